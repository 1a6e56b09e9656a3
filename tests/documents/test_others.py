"""Sales orders, sales receipts, estimates, credit memos and refunds stand in Salesforce in the same way as invoices."""

from __future__ import annotations

from decimal import Decimal

import pytest

pytestmark = pytest.mark.django_db

ROWS = [{"ItemRef": "Consulting", "Quantity": 1}]


@pytest.fixture
def books(world):
    kinds = ("sales_order", "sales_receipt", "estimate", "credit_memo", "refund")
    world.flows(customer={"only_won": False}, item={}, invoice={}, **{kind: {} for kind in kinds})
    return world


def test_each_sort_stands_there_with_its_lines_and_its_status_in_words(books):
    for kind in ("SalesOrder", "SalesReceipt", "Estimate", "CreditMemo"):
        books.file.enter(kind, ROWS, CustomerRef="Acme", RefNumber=kind[:11])
    books.rest()
    rows = {row["Name"]: row for row in books.salesforce.records("QB_Invoice__c")}
    assert {name: (row["QB_Type__c"], row["QB_Status__c"]) for name, row in rows.items()} == {
        "SalesOrder": ("Sales Order", "Open"),
        "SalesReceip": ("Sales Receipt", "Paid"),
        "Estimate": ("Estimate", "Open"),
        "CreditMemo": ("Credit Memo", "Open"),
    }
    for name, row in rows.items():
        assert row["QB_Total__c"] == Decimal("108.25"), name
        assert row["QB_Account__c"] == books.account("Acme")["Id"]
        assert [line["QB_Item__c"] for line in books.lines(name)] == ["Consulting"]


def test_an_order_is_partly_invoiced_until_all_of_it_is(books):
    order = books.file.enter(
        "SalesOrder", [{"ItemRef": "Consulting", "Quantity": 3}], CustomerRef="Acme", RefNumber="SO1"
    )
    [line] = books.file.txn(order)["SalesOrderLineRet"]
    for number, status in ((1, "Partly invoiced"), (2, "Closed")):
        part = {"LinkToTxn": {"TxnID": order, "TxnLineID": line["TxnLineID"]}, "Quantity": number}
        invoice = books.invoice(part, number=f"10{number}")
        books.rest()
        assert books.documents("Sales Order")["SO1"]["QB_Status__c"] == status
    books.file.delete_txn(invoice)
    books.rest()
    assert books.documents("Sales Order")["SO1"]["QB_Status__c"] == "Partly invoiced"


def test_an_order_is_closed_once_it_is_invoiced_and_an_estimate_once_it_is_inactive(books):
    order = books.file.enter("SalesOrder", ROWS, CustomerRef="Acme", RefNumber="SO1")
    estimate = books.file.enter("Estimate", ROWS, CustomerRef="Acme", RefNumber="E1")
    books.rest()
    books.file.document_from(order, RefNumber="1001")
    books.file.edit_txn(estimate, IsActive=False)
    books.rest()
    assert books.documents("Sales Order")["SO1"]["QB_Status__c"] == "Closed"
    assert books.documents("Estimate")["E1"]["QB_Status__c"] == "Closed"
    assert books.documents()["1001"]["QB_Status__c"] in ("Open", "Overdue")


def test_a_refund_uses_up_its_credit_and_names_it(books):
    credit = books.file.enter("CreditMemo", ROWS, CustomerRef="Acme", RefNumber="CM1")
    books.rest()
    books.file.enter(
        "ARRefundCreditCard",
        CustomerRef="Acme",
        RefNumber="R1",
        RefundAppliedToTxnAdd=[{"TxnID": credit, "RefundAmount": "108.25"}],
    )
    books.rest()
    refund = books.documents("Refund")["R1"]
    assert (refund["QB_Total__c"], refund["QB_Status__c"]) == (Decimal("108.25"), "Paid")
    assert [line["QB_Description__c"] for line in books.lines("R1")] == ["Credit CM1"]
    assert (
        books.documents("Credit Memo")["CM1"]["QB_Status__c"],
        books.documents("Credit Memo")["CM1"]["QB_Balance__c"],
    ) == ("Closed", 0)


def test_a_receipt_without_a_customer_stands_there_without_an_account(books):
    books.file.enter("SalesReceipt", ROWS, RefNumber="SR1")
    books.rest()
    assert books.documents("Sales Receipt")["SR1"]["QB_Account__c"] is None
