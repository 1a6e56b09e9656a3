"""What pays what, in every way that QuickBooks has: what both sides say at the end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from syncapp.connectors.quickbooks_desktop.payments import Credits, Payments

pytestmark = pytest.mark.django_db

TOTAL = Decimal("270.63")
SAID = ("Applied_To", "Amount", "Discount")
SUPPORT = [{"ItemRef": "Support", "Quantity": 1}]  # 54.13 with its tax


@pytest.fixture
def books(world):
    on = ("invoice", "credit_memo", "refund", "payment", "credit")
    world.flows(customer={"only_won": False}, item={}, **{kind: {} for kind in on})
    world.expense = {"ListID": world.file.add("Account", Name="Discounts Given", AccountType="Expense")}
    return world


def allocations(world):
    """Payer, the document there, what it is in words, amount and discount, as people see them."""
    names = {row["Id"]: row["Name"] for row in world.salesforce.records("QB_Invoice__c")}
    payers = {row["Id"]: row["Name"] for row in world.salesforce.records("QB_Payment__c")}
    rows = world.salesforce.records("QB_Allocation__c")
    found = [
        (payers[row["QB_Payment__c"]], names.get(row["QB_Invoice__c"]), *(row[f"QB_{name}__c"] for name in SAID))
        for row in rows
    ]
    return sorted(found, key=lambda row: (row[0], row[2]))


def owed(world, number="1001"):
    row = world.documents()[number]
    return row["QB_Status__c"], row["QB_Applied__c"], row["QB_Balance__c"]


def paid(world, invoice, amount, number, **row):
    """A payment of one invoice, with a discount."""
    rows = [{"TxnID": invoice, "PaymentAmount": amount, "DiscountAccountRef": world.expense, **row}]
    return world.file.enter(
        "ReceivePayment", CustomerRef="Acme", RefNumber=number, TotalAmount=amount, AppliedToTxnAdd=rows
    )


def customer_balance(world):
    """As QuickBooks and as Salesforce have it."""
    [theirs] = [each["TotalBalance"] for each in world.file.elements("Customer") if each["Name"] == "Acme"]
    return Decimal(theirs), world.account("Acme")["QB_Balance__c"]


def test_a_payment_with_a_discount_and_a_write_off_pay_an_invoice_off(books):
    invoice = books.invoice()
    books.rest()
    paid(books, invoice, "250.00", "77", DiscountAmount="5.41")
    books.rest()
    assert owed(books) == ("Partly paid", Decimal("255.41"), Decimal("15.22"))
    paid(books, invoice, "0.00", "78", DiscountAmount="15.22")
    books.rest()
    assert owed(books) == ("Paid", TOTAL, 0)
    assert allocations(books) == [
        ("77", "1001", "Invoice 1001", 250, Decimal("5.41")),
        ("78", "1001", "Invoice 1001", 0, Decimal("15.22")),
    ]
    assert sum(amount + discount for *_, amount, discount in allocations(books)) == TOTAL
    assert books.payments()["78"]["QB_Status__c"] == "Used"
    assert customer_balance(books) == (0, 0)


def test_refunds_use_up_an_overpayment_and_a_part_of_a_credit_memo_and_are_named_there(books):
    books.invoice()
    payment = books.file.receive("Acme", "300.00", RefNumber="77")
    credit = books.file.enter("CreditMemo", SUPPORT, CustomerRef="Acme", RefNumber="CM1")
    books.rest()
    assert (books.payments()["77"]["QB_Unused__c"], owed(books)) == (Decimal("29.37"), ("Paid", TOTAL, 0))
    assert customer_balance(books) == (Decimal("-83.50"), Decimal("-83.50"))
    for number, txn, amount in (("R1", payment, "29.37"), ("R2", credit, "50.00")):
        rows = [{"TxnID": txn, "RefundAmount": amount}]
        books.file.enter("ARRefundCreditCard", CustomerRef="Acme", RefNumber=number, RefundAppliedToTxnAdd=rows)
    books.rest()
    paid, credited = books.payments()["77"], books.payments("Credit")["CM1"]
    assert (paid["QB_Amount__c"], paid["QB_Unused__c"], paid["QB_Status__c"]) == (300, 0, "Used")
    assert (credited["QB_Unused__c"], credited["QB_Status__c"]) == (Decimal("4.13"), "Partly used")
    assert books.documents("Credit Memo")["CM1"]["QB_Balance__c"] == Decimal("4.13")
    assert allocations(books) == [
        ("77", "1001", "Invoice 1001", TOTAL, None),
        ("77", "R1", "Refund R1", Decimal("29.37"), None),
        ("CM1", "R2", "Refund R2", 50, None),
    ]
    assert {name: row["QB_Total__c"] for name, row in books.documents("Refund").items()} == {
        "R1": Decimal("29.37"),
        "R2": 50,
    }
    assert customer_balance(books) == (Decimal("-4.13"), Decimal("-4.13"))


def test_a_finance_charge_is_an_invoice_and_a_statement_charge_is_paid_though_it_is_no_document_here(books):
    books.invoice(SUPPORT[0], number="FC 1", IsFinanceCharge=True)
    charge = books.file.enter(
        "Charge", CustomerRef="Acme", RefNumber="SC9", ItemRef="Support", Quantity=1, Rate="50.00"
    )
    books.rest()
    assert owed(books, "FC 1") == ("Open", 0, Decimal("54.13"))
    assert customer_balance(books) == (Decimal("104.13"), Decimal("104.13"))
    rows = [{"TxnID": charge, "PaymentAmount": "50.00"}]
    payment = books.file.enter(
        "ReceivePayment", CustomerRef="Acme", RefNumber="77", TotalAmount="50.00", AppliedToTxnAdd=rows
    )
    books.rest()
    row = books.payments()["77"]
    assert (row["QB_Unused__c"], row["QB_Status__c"]) == (0, "Used")
    assert allocations(books) == [("77", None, "Statement charge SC9", 50, None)]
    assert customer_balance(books) == (Decimal("54.13"), Decimal("54.13"))
    assert set(books.states("payment").values()) == {"in_step"}
    before = books.payments(), allocations(books), owed(books, "FC 1")
    books.file.deposit("Checking", [payment])
    books.rest()
    assert (books.payments(), allocations(books), owed(books, "FC 1")) == before, "a deposit leaves its payment alone"


def test_a_journal_entry_pays_an_invoice_though_it_is_neither_payment_nor_credit_here(books):
    invoice = books.invoice()
    books.rest()
    rows = [
        {"row": "JournalDebitLine", "AccountRef": books.expense, "Amount": "40.00"},
        {"row": "JournalCreditLine", "AccountRef": "Accounts Receivable", "EntityRef": "Acme", "Amount": "40.00"},
    ]
    entry = books.file.enter("JournalEntry", rows, RefNumber="J1")
    books.file.edit_txn(invoice, SetCredit=[{"CreditTxnID": entry, "AppliedAmount": "40.00"}])
    books.rest()
    assert owed(books) == ("Partly paid", 40, TOTAL - 40)
    assert (allocations(books), books.payments()) == ([], {})
    assert customer_balance(books) == (TOTAL - 40, TOTAL - 40)
    books.file.delete_txn(entry)
    books.rest()
    assert owed(books) == ("Open", 0, TOTAL)
    assert customer_balance(books) == (TOTAL, TOTAL)


APPLIED = [
    ("Invoice", "1001", "Invoice 1001"),
    ("Charge", None, "Statement charge of 2026-02-03"),
    ("JournalEntry", "7", "Journal entry 7"),
    ("Check", "1042", "Check 1042"),
    ("ARRefundCreditCard", "R1", "Refund R1"),
    ("Deposit", None, "Deposit of 2026-02-03"),
]


@pytest.mark.parametrize(("kind", "number", "words"), APPLIED)
def test_what_something_was_applied_to_is_told_in_words(kind, number, words):
    link = {"TxnID": "1A-1", "TxnType": kind, "TxnDate": date(2026, 2, 3), "RefNumber": number}
    payment = {"AppliedToTxnRet": [{**link, "Amount": Decimal(10)}]}
    credit = {"LinkedTxn": [{**link, "LinkType": "AMTTYPE", "Amount": Decimal(-10)}]}
    for found in (list(Payments().applied(payment)), list(Credits().applied(credit))):
        assert [(row["applied_to"], row["amount"]) for row in found] == [(words, 10)]
