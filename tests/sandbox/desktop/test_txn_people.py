"""What bookkeepers do by hand is seen by applications, and bound to the same rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from project.sandbox.desktop.errors import Fault

from .books import books, get


def test_a_day_in_the_office():
    file = books()
    sold = file.enter(
        "Invoice",
        [{"ItemRef": "Widget", "Quantity": 2}, {"ItemRef": "Setup", "Quantity": Decimal("1.5")}],
        CustomerRef="Acme",
        TxnDate=date(2026, 2, 1),
        Memo="by phone",
    )
    shown = file.txn(sold)
    assert (shown["TxnType"], shown["TxnDate"], shown["Memo"]) == ("Invoice", date(2026, 2, 1), "by phone")
    assert shown["BalanceRemaining"] == Decimal("220.64")
    name, row = shown["lines"][1]
    assert (name, row["Quantity"], row["Amount"]) == ("InvoiceLineRet", Decimal("1.5"), Decimal("112.50"))
    paid = file.pay(sold, 100, day=date(2026, 2, 2), RefNumber="77")
    assert file.txn(paid)["RefNumber"] == "77"
    assert get(file, "Invoice", sold)["BalanceRemaining"] == "120.64"
    file.pay(sold)
    assert file.txn(sold)["IsPaid"] is True
    assert file.find_txn("Invoice", shown["RefNumber"])["TxnID"] == sold


def test_rows_are_kept_added_and_left_out_by_hand():
    file = books()
    sold = file.enter("Invoice", [{"ItemRef": "Widget"}, {"ItemRef": "Setup"}], CustomerRef="Acme")
    kept = file.txn(sold)["lines"][1][1]["TxnLineID"]
    before = file.txn(sold)["EditSequence"]
    file.edit_txn(sold, lines=[{"TxnLineID": kept, "Quantity": 2}, {"ItemRef": "Cable"}], PONumber="P")
    shown = file.txn(sold)
    assert [row["ItemRef"]["FullName"] for _, row in shown["lines"]] == ["Setup", "Cable"]
    assert (shown["PONumber"], shown["lines"][0][1]["Amount"]) == ("P", Decimal("150.00"))
    assert shown["EditSequence"] != before
    file.edit_txn(sold, Memo="later")
    assert len(file.txn(sold)["lines"]) == 2


def test_entries_and_bills_name_their_rows():
    file = books()
    file.enter(
        "JournalEntry",
        [
            {"row": "JournalDebitLine", "AccountRef": "Rent", "Amount": 10},
            {"row": "JournalCreditLine", "AccountRef": "Checking", "Amount": 10},
        ],
    )
    bill = file.enter(
        "Bill",
        [{"row": "ExpenseLine", "AccountRef": "Rent", "Amount": 5}, {"ItemRef": "Widget", "Quantity": 1}],
        VendorRef="Supplies Inc",
    )
    assert file.txn(bill)["AmountDue"] == Decimal("25.00")
    assert len(file.txns_of("JournalEntry")) == 1


def test_money_goes_to_the_bank():
    file = books()
    paid = file.receive("Acme", 50)
    made = file.deposit("Checking", [paid])
    assert file.txn(made)["DepositTotal"] == Decimal("50.00")


def test_orders_become_documents():
    file = books()
    estimate = file.enter("Estimate", [{"ItemRef": "Widget", "Quantity": 4}], CustomerRef="Acme")
    order = file.document_from(estimate, "SalesOrder")
    sold = file.document_from(order)
    assert file.txn(sold)["Subtotal"] == Decimal("199.80")
    assert file.txn(order)["IsFullyInvoiced"] is True
    purchase = file.enter("PurchaseOrder", [{"ItemRef": "Widget", "Quantity": 4}], VendorRef="Supplies Inc")
    assert file.txn(file.document_from(purchase))["AmountDue"] == Decimal("80.00")


def test_people_are_bound_to_the_same_rules():
    file = books()
    with pytest.raises(Fault) as caught:
        file.enter("Invoice", [{"ItemRef": "Nothing"}], CustomerRef="Acme")
    assert caught.value.code == 3140
    with pytest.raises(ValueError, match="has no field"):
        file.enter("Invoice", CustomerRef="Acme", Colour="red")
    with pytest.raises(Fault):
        file.txn("FF-1")
