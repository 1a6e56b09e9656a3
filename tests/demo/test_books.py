"""The judge of `demo --once`: whatever differs between the two sides is named, and the command fails."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.core.management.color import no_style

from project.sandbox.page import once, table, world
from project.sandbox.page.books import Books

LINE = {"item": "Chair", "quantity": "2", "rate": "100.00", "amount": "200.00"}
STOCK = {"on_hand": "5", "on_order": "0", "available": "5"}
ITEM = {"name": "Chair", "type": "Inventory", "price": "100.00", "about": None, "active": True, **STOCK}
PAPER = {"customer": "Acme", "date": "2026-02-03", "memo": None}
AMOUNTS = {"subtotal": "200.00", "tax": "16.50", "total": "216.50", "balance": "116.50", "lines": [LINE]}
INVOICE = {
    "type": "Invoice",
    "number": "1001",
    "name": "Invoice 1001",
    "due": None,
    "status": "Open",
    "deal": "Deal",
    **PAPER,
    **AMOUNTS,
}
PAID = {"amount": "100.00", "unused": "0.00", "method": "Check", "applied": "100.00 of 1001"}
PAYMENT = {"type": "Payment", "number": "77", "name": "Payment 77", "status": "Used", **PAPER, **PAID}
DEAL = {"name": "Deal", "status": "Open", "number": "1001", "total": "216.50", "balance": "116.50", "lines": [LINE]}
CUSTOMER = {"name": "Acme", "parent": None, "balance": "116.50", "others": "Mia Stone"}
LEVEL = {"name": "Trade", "percent": "-10", "active": True, "lines": []}
BOOK = {**LEVEL, "percent": None, "lines": [{"item": "Chair", "amount": "90.00"}]}


class Side:
    """Both sides' records as the desk shows them, all in step."""

    def __init__(self) -> None:
        self.held = copy.deepcopy(
            {
                "accounts": {"001": {**CUSTOMER, "id": "001", "tie": "C1"}},
                "customers": {"C1": {**CUSTOMER, "id": "C1"}},
                "products": {"01t": {**ITEM, "id": "01t", "tie": "I1"}},
                "items": {"I1": {**ITEM, "id": "I1"}},
                "books": {"01s": {**BOOK, "id": "01s", "tie": "L1"}},
                "levels": {"L1": {**LEVEL, "id": "L1"}},
                "opportunities": {"006": {**DEAL, "id": "006", "tie": "T1"}},
                "shown_documents": {"a01": {**INVOICE, "id": "a01", "tie": "T1"}},
                "documents": {"T1": {**INVOICE, "id": "T1"}},
                "shown_payments": {"a02": {**PAYMENT, "id": "a02", "tie": "T2"}},
                "payments": {"T2": {**PAYMENT, "id": "T2"}},
            }
        )
        self.wares = self.deals = self.papers = self
        self.levels = SimpleNamespace(levels=lambda: self.held["levels"], books=lambda: self.held["books"])

    def __getattr__(self, name):
        return lambda: self.held[name]


@pytest.fixture
def desk():
    return Side()


def broken(desk):
    return Books(desk).differences(), [each.kind for each in Books(desk).sums() if not each.equal]


def test_what_is_in_step_is_no_difference(desk):
    assert broken(desk) == ([], [])


@pytest.mark.parametrize(
    ("views", "key", "change", "words", "kinds"),
    [
        ("levels", "L1", {"percent": "-20"}, "Price book Trade holds", ["Price levels"]),
        ("accounts", "001", {"others": None}, "Mia Stone of Acme is not once at the account", ["Further contacts"]),
        ("shown_documents", "a01", {"deal": None}, "Opportunity Deal: its document names [None]", []),
        ("products", "01t", {"price": "99.99"}, "price is “99.99” in Salesforce and “100.00”", ["Products and items"]),
        ("items", "I1", {"on_hand": "4"}, "on_hand is “5” in Salesforce and “4”", ["  in stock"]),
        ("documents", "T1", {"balance": "116.49"}, "balance is “116.50”", ["Won opportunities", "Invoices"]),
        ("shown_documents", "a01", {"total": "216.51"}, "total is “216.51”", ["Invoices"]),
        ("shown_documents", "a01", {"lines": []}, "lines is “[]”", []),
        ("shown_documents", "a01", {"customer": "Bolt"}, "customer is “Bolt” in Salesforce and “Acme”", []),
        ("shown_payments", "a02", {"amount": "1.00"}, "Payment 77: amount is “1.00”", ["Payments"]),
        ("shown_payments", "a02", {"applied": None}, "applied is “None”", []),
        (
            "shown_payments",
            "a02",
            {"unused": "20.00"},
            "Acme owes 116.50, and its documents come to 96.50",
            ["Payments"],
        ),
        ("opportunities", "006", {"number": "7"}, "Opportunity Deal: number is “7”", []),
        ("opportunities", "006", {"total": "1.00"}, "Opportunity Deal: total", ["Won opportunities"]),
        ("opportunities", "006", {"lines": [LINE, LINE]}, "Opportunity Deal: its lines", []),
        ("accounts", "001", {"balance": "0.00"}, "Acme owes 0.00", ["Accounts and customers"]),
    ],
)
def test_one_value_that_differs_is_named(desk, views, key, change, words, kinds):
    desk.held[views][key] |= change
    sentences, sums = broken(desk)
    assert any(words in each for each in sentences), sentences
    assert sums == kinds or set(sums) == set(kinds)


@pytest.mark.parametrize(
    ("views", "words", "kind"),
    [
        ("shown_documents", "Invoice 1001 is not in Salesforce.", "Invoices"),
        ("books", "Price level Trade is not in Salesforce.", "Price levels"),
        ("shown_payments", "Payment 77 is not in Salesforce.", "Payments"),
        ("products", "Item Chair is not in Salesforce.", "Products and items"),
        ("documents", "Invoice 1001 stands in Salesforce, and not in QuickBooks.", "Invoices"),
    ],
)
def test_a_record_that_is_missing_is_named(desk, views, words, kind):
    desk.held[views].clear()
    sentences, sums = broken(desk)
    assert words in sentences
    assert kind in sums


def test_a_record_that_is_there_twice_is_named(desk):
    desk.held["shown_documents"]["a03"] = {**desk.held["shown_documents"]["a01"], "id": "a03"}
    sentences, sums = broken(desk)
    assert "Invoice 1001 stands 2 times in Salesforce." in sentences
    assert "Invoices" in sums


def test_a_document_of_a_customer_that_salesforce_does_not_know_is_not_missed(desk):
    desk.held["documents"]["T9"] = {**INVOICE, "id": "T9", "name": "Invoice 9", "customer": "Stranger"}
    assert broken(desk) == ([], [])


def test_the_table_says_where_the_sides_differ(desk):
    desk.held["shown_documents"]["a01"]["balance"] = "0.00"
    lines = list(table.both_sides(Books(desk).sums()))
    assert [line for line in lines if line.endswith("DIFFERS")] == [
        f"{'':<24} {'still open':<16} {'':>4} {'0.00':>13} {'':>4} {'116.50':>13}  DIFFERS"
    ]


def test_a_state_that_differs_ends_the_command_with_an_error(desk, monkeypatch, capsys):
    desk.held["shown_documents"]["a01"]["balance"] = "0.00"
    stopped = []
    stub = SimpleNamespace(desk=desk, pair=SimpleNamespace(flows={}), stop=lambda: stopped.append(True))
    monkeypatch.setattr(world, "check_settings", lambda: None)
    monkeypatch.setattr(world, "build", lambda **_: stub)
    monkeypatch.setattr(once.check, "problems", lambda _: [])
    monkeypatch.setattr(once.check_books, "problems", lambda each: Books(each.desk).differences())
    monkeypatch.setattr(table, "links", lambda *_: [])
    for name in ("_until_rest", "_needs_a_person"):
        monkeypatch.setattr(once.Once, name, lambda *_: None)
    monkeypatch.setattr(once.Once, "_planned", lambda _: [])
    monkeypatch.setattr("django.core.management.color.color_style", no_style)
    with pytest.raises(CommandError, match="did not end as it should"):
        call_command("demo", "--once")
    said = capsys.readouterr().out
    assert "NO The example does not stand right." in said
    assert "Invoice 1001: balance is “0.00” in Salesforce and “116.50” in QuickBooks." in said
    assert "things are not as they should be." in said
    assert stopped == [True]
