"""An invoice of QuickBooks stands in Salesforce with its lines, and what happens to it afterwards follows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from qbwc.models import Pull, Request
from syncapp import clock, mirror
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import Link, MirrorRecord, Operation

pytestmark = pytest.mark.django_db


def row(item, quantity=1, **more):
    return {"ItemRef": item, "Quantity": quantity, **more}


def test_an_invoice_stands_in_salesforce_with_its_lines_at_its_account(world):
    invoice = world.invoice(Memo="Thank you", PONumber="PO 7")
    world.rest()
    document = world.documents()["1001"]
    assert document["QB_Id__c"] == f"acme:{invoice}"
    assert document["QB_Account__c"] == world.account("Acme")["Id"]
    assert (document["QB_Subtotal__c"], document["QB_Tax__c"]) == (250, Decimal("20.63"))
    assert document["QB_Balance__c"] == document["QB_Total__c"] == Decimal("270.63")
    assert (document["QB_Status__c"], document["QB_Memo__c"], document["QB_PO_Number__c"]) == (
        "Open",
        "Thank you",
        "PO 7",
    )
    lines = world.lines("1001")
    assert [line["QB_Item__c"] for line in lines] == ["Consulting", "Support"]
    products = world.products()
    assert [line["QB_Product__c"] for line in lines] == [products["Consulting"]["Id"], products["Support"]["Id"]]
    assert [float(line["QB_Amount__c"]) for line in lines] == [200.0, 50.0]
    assert world.states() == {"1001": "in_step"}


def test_lines_that_are_added_changed_moved_and_removed_follow(world):
    invoice = world.invoice(row("Consulting", 2), row("Support", 1), row("Consulting", 3))
    world.rest()
    kept = world.file.txn(invoice)["InvoiceLineRet"]
    world.file.edit_txn(
        invoice,
        [
            row("Support", 7, Desc="New"),
            {"TxnLineID": kept[0]["TxnLineID"], "Quantity": 5},
            {"TxnLineID": kept[2]["TxnLineID"]},
        ],
    )
    world.rest()
    lines = world.lines("1001")
    assert [(each["QB_Item__c"], float(each["QB_Quantity__c"])) for each in lines] == [
        ("Support", 7.0),
        ("Consulting", 5.0),
        ("Consulting", 3.0),
    ]
    assert [each["QB_Line_Number__c"] for each in lines] == [1, 2, 3]
    assert world.documents()["1001"]["QB_Subtotal__c"] == 1150


def test_what_somebody_changes_in_salesforce_is_undone(world):
    world.invoice()
    world.rest()
    first, second = world.lines("1001")
    world.salesforce.update(world.documents()["1001"]["Id"], QB_Total__c=1, QB_Memo__c="Mine")
    world.salesforce.update(first["Id"], QB_Amount__c=3)
    world.salesforce.delete(second["Id"])
    world.salesforce.insert("QB_Invoice_Line__c", QB_Invoice__c=first["QB_Invoice__c"], QB_Item__c="Invented")
    world.rest()
    document = world.documents()["1001"]
    assert (document["QB_Total__c"], document["QB_Memo__c"]) == (Decimal("270.63"), None)
    assert [(each["QB_Item__c"], float(each["QB_Amount__c"])) for each in world.lines("1001")] == [
        ("Consulting", 200.0),
        ("Support", 50.0),
    ]


def test_an_invoice_waits_visibly_until_its_customer_has_an_account(world):
    world.flows(customer={"only_won": True, "direction": "to_quickbooks"}, invoice={})
    world.invoice()
    world.rest()
    link = Link.objects.get(kind="invoice")
    assert (link.state, link.reason) == ("waiting", "Waiting for its customer, “Acme”.")
    assert world.documents() == {}
    world.flows(customer={"only_won": False}, invoice={})
    world.rest()
    assert world.documents()["1001"]["QB_Account__c"] == world.account("Acme")["Id"]


def test_the_invoice_of_a_job_that_has_no_account_stands_at_its_customers_account(world):
    job = world.file.add_customer(Name="Roof", ParentRef={"ListID": world.customer_id}, JobStatus="Awarded")
    below = world.file.add_customer(Name="Tiles", ParentRef={"ListID": job}, JobStatus="Awarded")
    assert below
    world.invoice(customer="Acme:Roof:Tiles")
    world.rest()
    assert world.documents()["1001"]["QB_Account__c"] == world.account("Acme")["Id"]
    assert [each["Name"] for each in world.salesforce.records("Account")] == ["Acme"]


def test_a_void_invoice_says_so_and_owes_nothing(world):
    invoice = world.invoice()
    world.rest()
    world.file.void_txn(invoice)
    world.rest()
    document = world.documents()["1001"]
    assert (document["QB_Status__c"], document["QB_Total__c"], document["QB_Balance__c"]) == ("Void", 0, 0)
    assert [each["QB_Amount__c"] for each in world.lines("1001")] == [0, 0]


def test_an_invoice_that_is_deleted_in_quickbooks_stays_and_says_so(world):
    invoice = world.invoice()
    world.rest()
    world.file.delete_txn(invoice)
    world.rest()
    document = world.documents()["1001"]
    assert (document["QB_Status__c"], document["QB_Balance__c"]) == ("Deleted in QuickBooks", 0)
    assert world.states() == {"1001": "gone"}


def test_an_invoice_deleted_before_we_knew_that_it_stands_in_salesforce_says_so_there(world):
    """Its create was put off midway, say, and it was deleted in QuickBooks before it was completed."""
    invoice = world.invoice()
    world.rest()
    Link.objects.filter(kind="invoice").update(salesforce_id=None, base={})
    MirrorRecord.objects.filter(kind="invoice", side="salesforce").delete()
    world.file.delete_txn(invoice)
    world.rest()
    mirror.read_all_again(world.pair)
    world.rest()
    document = world.documents()["1001"]
    assert (document["QB_Status__c"], document["QB_Balance__c"]) == ("Deleted in QuickBooks", 0)
    assert world.states() == {"1001": "gone"}


def test_a_customers_balance_follows_invoices_and_payments(world):
    """QuickBooks does not mark the customer as changed."""
    world.flows(customer={"only_won": False, "near_matches": "ignore"}, invoice={}, payment={})
    world.rest()

    def balance():
        return next(row["QB_Balance__c"] for row in world.salesforce.records("Account") if row["Name"] == "Acme")

    world.time_passes()
    invoice = world.invoice()
    world.rest()
    assert balance() == Decimal("270.63")
    world.time_passes()
    world.file.pay(invoice, 100)
    world.rest()
    assert balance() == Decimal("170.63")


def test_two_invoices_of_the_same_number_are_two_also_if_one_of_them_is_deleted(world):
    first = world.invoice(Memo="First")
    world.rest()
    world.file.delete_txn(first)
    world.invoice(Memo="Second")
    world.rest()
    rows = {r["QB_Memo__c"]: r["QB_Status__c"] for r in world.salesforce.records("QB_Invoice__c")}
    assert rows == {"First": "Deleted in QuickBooks", "Second": "Open"}


def test_an_invoice_is_overdue_once_its_day_has_passed(world):
    world.invoice(DueDate=date(2020, 1, 1), TxnDate=date(2019, 12, 1))
    world.rest()
    assert world.documents()["1001"]["QB_Status__c"] == "Overdue"


def test_what_is_older_than_the_first_date_is_left_out_and_what_was_read_before_goes_on(world):
    world.flows(customer={"only_won": False}, invoice={"since": "2026-01-01"})
    old = world.invoice(number="1", TxnDate=date(2025, 12, 31))
    new = world.invoice(number="2", TxnDate=date(2026, 1, 1))
    world.rest()
    assert list(world.documents()) == ["2"]
    world.file.edit_txn(old, Memo="Later")
    world.file.edit_txn(new, Memo="Later", TxnDate=date(2025, 12, 31))
    world.rest()
    assert {name: each["QB_Memo__c"] for name, each in world.documents().items()} == {"2": "Later"}
    assert list(world.states()) == ["2"]


def test_lines_of_a_group_name_it_and_text_lines_have_no_item(world):
    world.file.add(
        "ItemGroup",
        Name="Bundle",
        ItemGroupLine=[
            {"ItemRef": {"FullName": "Consulting"}, "Quantity": "1"},
            {"ItemRef": {"FullName": "Support"}, "Quantity": "2"},
        ],
    )
    world.invoice(
        {"Desc": "As agreed"}, {"row": "InvoiceLineGroup", "ItemGroupRef": "Bundle", "Quantity": 2}, row("Support")
    )
    world.rest()
    assert [(each["QB_Item__c"], each["QB_Group__c"], each["QB_Description__c"]) for each in world.lines("1001")] == [
        (None, None, "As agreed"),
        ("Bundle", "Bundle", None),
        ("Consulting", "Bundle", None),
        ("Support", "Bundle", None),
        ("Support", None, None),
    ]


def test_many_invoices_and_one_with_very_many_lines_are_written_in_few_calls(world):
    for number in range(30):
        world.invoice(row("Consulting"), row("Support"), number=f"{number}")
    world.invoice(*[row("Consulting", place + 1) for place in range(1010)], number="long")
    world.come_to_rest()
    made = Operation.objects.filter(kind="invoice").count()
    assert made == 31
    assert len(world.documents()) == 31
    lines = world.lines("long")
    assert [float(each["QB_Quantity__c"]) for each in lines] == [place + 1.0 for place in range(1010)]


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(BadSetting, match=r"Invoices: since is “1\.1\.2026”"):
        FLOWS["invoice"].complete({"since": "1.1.2026"})
    with pytest.raises(BadSetting, match="open_every_minutes"):
        FLOWS["invoice"].complete({"open_every_minutes": -1})


def test_an_invoice_that_was_read_before_its_customer_goes_on_by_itself(world):
    world.come_to_rest()
    world.file.add_customer(Name="Bolt")
    world.invoice(customer="Bolt")
    pulls = Pull.objects.filter(reference__contains="/customer/")
    world.cycle()
    hold = Request.objects.filter(pull__in=pulls, state="queued")
    assert hold.update(not_before=clock.now() + timedelta(hours=1), ready=False)
    world.poll()
    world.cycle()
    link = Link.objects.get(kind="invoice")
    assert (link.state, link.reason) == ("waiting", "Waiting for its customer, which has not been read yet.")
    Request.objects.filter(pull__in=pulls).update(not_before=None, ready=True)
    world.rest()
    assert world.documents()["1001"]["QB_Account__c"] == world.account("Bolt")["Id"]
