"""Payments and credits stand in Salesforce with what of them was applied to which invoice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from syncapp import links
from syncapp.models import Link
from tests.documents.conftest import an_hour_passes

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], ids=["marked", "unmarked"])
def books(world, request):
    world.file.quirks = replace(world.file.quirks, payments_touch_documents=request.param)
    world.flows(customer={"only_won": False}, item={}, invoice={}, payment={}, credit={})
    return world


def allocations(world):
    numbers = {row["Id"]: row["Name"] for row in world.salesforce.records("QB_Invoice__c")}
    payers = {row["Id"]: row["Name"] for row in world.salesforce.records("QB_Payment__c")}
    return sorted(
        (payers[row["QB_Payment__c"]], numbers.get(row["QB_Invoice__c"]), float(row["QB_Amount__c"]))
        for row in world.salesforce.records("QB_Allocation__c")
    )


def test_a_payment_stands_at_its_account_with_its_allocation(books):
    invoice = books.invoice()
    payment = books.file.pay(invoice, "100.00", RefNumber="77", Memo="Wire", PaymentMethodRef="Check")
    books.rest()
    row = books.payments()["77"]
    assert (row["QB_Id__c"], row["QB_Account__c"]) == (f"acme:{payment}", books.account("Acme")["Id"])
    assert (row["QB_Amount__c"], row["QB_Unused__c"], row["QB_Status__c"]) == (100, 0, "Used")
    assert (row["QB_Memo__c"], row["QB_Method__c"], row["QB_Deposit_Account__c"]) == (
        "Wire",
        "Check",
        "Undeposited Funds",
    )
    assert allocations(books) == [("77", "1001", 100.0)]


def test_changes_and_removals_of_allocations_follow(books):
    first, second = books.invoice(number="1"), books.invoice(number="2")
    payment = books.file.enter(
        "ReceivePayment",
        CustomerRef="Acme",
        TotalAmount="100.00",
        RefNumber="77",
        AppliedToTxnAdd=[{"TxnID": first, "PaymentAmount": "60.00"}, {"TxnID": second, "PaymentAmount": "40.00"}],
    )
    books.rest()
    assert allocations(books) == [("77", "1", 60.0), ("77", "2", 40.0)]
    books.time_passes()
    books.file.edit_txn(payment, AppliedToTxnMod=[{"TxnID": second, "PaymentAmount": "70.00"}])
    books.rest(idle=5)
    assert allocations(books) == [("77", "2", 70.0)]
    assert (books.payments()["77"]["QB_Unused__c"], books.payments()["77"]["QB_Status__c"]) == (30, "Partly used")
    books.time_passes()
    books.file.delete_txn(second)
    books.rest()
    assert allocations(books) == []
    assert books.payments()["77"]["QB_Unused__c"] == 100
    books.file.delete_txn(payment)
    books.rest()
    row = books.payments()["77"]
    assert (row["QB_Status__c"], row["QB_Unused__c"]) == ("Deleted in QuickBooks", 0)


def test_a_credit_memo_is_a_credit_with_allocations_of_its_own(books):
    invoice = books.invoice()
    credit = books.file.enter(
        "CreditMemo", [{"ItemRef": "Support", "Quantity": 1}], CustomerRef="Acme", RefNumber="CM1"
    )
    books.rest()
    total = books.payments("Credit")["CM1"]["QB_Amount__c"]
    assert (books.payments("Credit")["CM1"]["QB_Status__c"], allocations(books)) == ("Unused", [])
    books.time_passes()
    books.file.edit_txn(invoice, SetCredit=[{"CreditTxnID": credit, "AppliedAmount": "20.00"}])
    books.rest()
    row = books.payments("Credit")["CM1"]
    assert (row["QB_Status__c"], row["QB_Unused__c"]) == ("Partly used", total - 20)
    assert allocations(books) == [("CM1", "1001", 20.0)]
    assert books.documents()["1001"]["QB_Applied__c"] == 20


def test_an_allocation_finds_its_invoice_once_that_stands_in_salesforce(world):
    world.flows(customer={"only_won": False}, payment={})
    invoice = world.invoice()
    world.file.pay(invoice, "100.00", RefNumber="77")
    world.rest()
    assert [row["QB_Invoice__c"] for row in world.salesforce.records("QB_Allocation__c")] == [None]
    world.flows(customer={"only_won": False}, payment={}, invoice={})
    world.rest()
    assert allocations(world) == [("77", "1001", 100.0)]


def test_an_overpayment_keeps_its_rest(books):
    books.invoice()
    books.file.receive("Acme", "300.00", RefNumber="77")
    books.rest()
    row = books.payments()["77"]
    assert (row["QB_Amount__c"], row["QB_Unused__c"], row["QB_Status__c"]) == (300, Decimal("29.37"), "Partly used")


def test_an_allocation_finds_its_invoice_that_came_to_salesforce_before_it_named_the_payment(world, monkeypatch):
    """The invoice was read before it was paid, and again only after both stood in Salesforce."""
    world.file.quirks = replace(world.file.quirks, payments_touch_documents=False)
    world.flows(customer={"only_won": False}, invoice={}, payment={})
    world.rest()
    closed = [True]
    world.salesforce.add_validation_rule("QB_Invoice__c", lambda row, before: "Not yet." if closed else None)
    invoice = world.invoice()
    world.time_passes()
    with monkeypatch.context() as later:
        later.setattr("syncapp.companions.known", lambda pair, ids: {})
        world.file.pay(invoice, "100.00", RefNumber="77")
        world.cycle()
        world.poll()
        world.cycle()
        assert allocations(world) == [("77", None, 100.0)]
        closed.clear()
        links.try_again(Link.objects.get(name="1001"), who="")
        world.cycle()
    an_hour_passes()
    world.rest()
    assert allocations(world) == [("77", "1001", 100.0)]
    assert world.documents()["1001"]["QB_Applied__c"] == 100
