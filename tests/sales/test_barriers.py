"""What QuickBooks cannot take is known before anything is sent, and said with the remedy: row by row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from syncapp.connectors.quickbooks_desktop.abilities import abilities
from syncapp.mapping.sales import SALES, barred, remark, shut
from syncapp.records import Side

LINE = {"id": "1", "product": "p", "quantity": Decimal(1), "amount": Decimal(75)}
SALE = {"type": "Invoice", "date": date(2026, 2, 3), "lines": (LINE,)}
FACTS = {"product": "QuickBooks Desktop Pro 2024", "edition": "Pro", "preferences": {}}
PREMIER = {"product": "QuickBooks Desktop Premier 2024", "edition": "Premier", "preferences": {}}


def off(**preferences):
    return {**PREMIER, "preferences": preferences}


# What the opportunity says, what QuickBooks told, what the customer's currency is, and the reason; "": it may go.
TABLE = [
    ("an invoice", {}, FACTS, "", ""),
    ("a sales order in Pro", {"type": "Sales Order"}, FACTS, "", "has no sales orders; only Premier and Enterprise do"),
    ("a sales order in Premier", {"type": "Sales Order"}, PREMIER, "", ""),
    ("an estimate in Pro", {"type": "Estimate"}, FACTS, "", ""),
    ("estimates off", {"type": "Estimate"}, off(estimates=False), "", "Estimates are switched off"),
    ("nothing known", {"type": "Sales Order"}, {}, "", ""),
    ("a closed period", {}, {**FACTS, "closing_date": "2026-02-28"}, "", "books are closed up to 2026-02-28"),
    ("the last closed day", {}, {**FACTS, "closing_date": "2026-02-03"}, "", "Give it a later date"),
    ("the day after", {}, {**FACTS, "closing_date": "2026-02-02"}, "", ""),
    ("an order posts nothing", {"type": "Sales Order"}, {**PREMIER, "closing_date": "2026-02-28"}, "", ""),
    ("the customer's currency", {"currency": "EUR"}, PREMIER, "EUR", ""),
    ("another currency", {"currency": "EUR"}, PREMIER, "USD", "It is in EUR, and its customer in QuickBooks in USD"),
    ("one currency only", {"currency": "EUR"}, off(multi_currency=False), "", "keeps its books in USD alone"),
    ("that very currency", {"currency": "USD"}, off(multi_currency=False), "", ""),
    ("a currency with a name of its own", {"currency": "EUR"}, off(multi_currency=True), "Our Euro", ""),
    (
        "a customer without one",
        {"currency": "EUR"},
        off(multi_currency=True),
        None,
        "its customer in QuickBooks in USD",
    ),
    ("a currency that nobody knows", {"currency": "EUR"}, PREMIER, "", ""),
    ("no price", {"lines": (LINE, {**LINE, "amount": None})}, FACTS, "", "Product 2 of it has no price"),
    ("nothing to pay", {"lines": ({**LINE, "amount": Decimal(0)},)}, FACTS, "", ""),
    ("a credit among products", {"lines": (LINE, {**LINE, "amount": Decimal(-5)})}, FACTS, "", ""),
    ("less than nothing", {"lines": ({**LINE, "amount": Decimal(-5)},)}, FACTS, "", "credit memo in QuickBooks"),
    ("a line's tax code", {"lines": ({**LINE, "tax_code": "Tax"},)}, off(sales_tax=False), "", "Sales tax is switched"),
]


@pytest.mark.parametrize(("said", "facts", "currency", "reason"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_what_becomes_nothing_says_why(said, facts, currency, reason):
    about = {"customer": {"currency": currency}} if currency != "" else {}
    found = barred({**SALE, **said}, abilities(facts, "US"), about, True)
    assert reason in found.get("*", "")
    assert ("*" in found) is bool(reason)


@pytest.mark.parametrize(
    ("said", "facts", "field"),
    [
        ({"class": "Retail"}, off(classes=False), "class"),
        ({"tax_item": "County"}, off(sales_tax=False), "tax_item"),
    ],
)
def test_what_quickbooks_has_no_room_for_is_left_out_and_named(said, facts, field):
    found = barred({**SALE, **said}, abilities(facts, "US"), {}, True)
    assert [*found] == [field]
    assert "Switch it on in QuickBooks" in found[field]


def test_a_transaction_of_a_closed_period_is_left_alone():
    closed = abilities({**FACTS, "closing_date": "2026-02-28"}, "US")
    assert shut(SALE, closed) == "QuickBooks's books are closed up to 2026-02-28, and it is dated 2026-02-03."
    assert shut({**SALE, "type": "Estimate"}, closed) == ""
    assert shut({**SALE, "date": date(2026, 3, 1)}, closed) == ""


def test_totals_that_differ_and_numbers_that_lack_are_told():
    def said(ours, theirs, number="7"):
        ours, theirs = {"amount": Decimal(ours)}, {"subtotal": Decimal(theirs), "number": number}
        return remark({Side.SALESFORCE: ours, Side.QUICKBOOKS: theirs})

    assert said("4495.16", "4495.16") == ""
    assert said("4495.16", "4495.15").startswith("QuickBooks's total without tax is 4495.15")
    assert "no number" in said("1", "1", number=None)


def test_every_field_that_may_be_barred_is_a_field():
    names = {each.name for each in SALES.fields}
    assert {"class", "tax_item", "lines", "date"} <= names
