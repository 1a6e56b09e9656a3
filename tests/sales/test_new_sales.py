"""A won opportunity becomes a transaction in QuickBooks, once, and shows what came of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from syncapp.models import Link
from tests.breaking.test_backups import backup_of_ours, put_back_ours

pytestmark = pytest.mark.django_db


def test_a_won_opportunity_becomes_an_invoice_with_its_customer_and_lines(stocked):
    deal = stocked.opportunity(("Setup", 2, 75), ("Cable", 10, 3.5))
    stocked.rest()
    invoice = stocked.document()
    assert invoice["CustomerRef"]["FullName"] == "ACME"
    assert str(invoice["TxnDate"]) == "2026-02-03"
    assert stocked.document_lines() == [("Setup", 2, Decimal(150)), ("Cable", 10, Decimal(35))]
    row = stocked.deal(deal)
    assert row["QB_Id__c"] == f"acme:{invoice['TxnID']}"
    assert row["QB_Number__c"] == invoice["RefNumber"]
    assert row["QB_Transaction_Type__c"] == "Invoice"
    assert float(row["QB_Total__c"]) == float(row["QB_Balance__c"]) == float(invoice["BalanceRemaining"])
    assert row["QB_Status__c"] in ("Open", "Overdue")
    assert stocked.sale().state == "in_step"


def test_whatever_is_lost_on_the_way_there_is_one_invoice(stocked):
    stocked.opportunity(("Setup", 2, 75))
    stocked.cycle()
    stocked.poll_and_lose_the_answer_to("InvoiceAdd")
    stocked.rest()
    assert stocked.document_lines() == [("Setup", 2, Decimal(150))]
    assert stocked.sale().state == "in_step"


def test_a_lost_invoice_that_quickbooks_can_tell_nothing_of_is_found_by_our_mark(stocked):
    stocked.file.quirks.unknown_set_status = 9002
    stocked.opportunity(("Setup", 2, 75))
    stocked.cycle()
    stocked.poll_and_lose_the_answer_to("InvoiceAdd")
    stocked.file.sets.__init__()  # as after a repair of the file
    stocked.rest()
    assert stocked.document_lines() == [("Setup", 2, Decimal(150))]
    assert stocked.sale().state == "in_step"


@pytest.mark.parametrize("queued", [False, True])
def test_an_invoice_of_after_our_own_backup_is_found_before_it_is_made_again(stocked, queued):
    """Its id was not written to Salesforce: only the mark in it tells."""
    deal = stocked.opportunity(("Setup", 2, 75))
    if not queued:
        backup = backup_of_ours()
    stocked.cycle()
    if queued:
        backup = backup_of_ours()
    stocked.poll()
    assert stocked.document_lines() == [("Setup", 2, Decimal(150))]
    stocked.salesforce.update(deal, QB_Id__c=None, QB_Number__c=None, QB_Transaction_Type__c=None)
    put_back_ours(stocked, backup)
    stocked.rest()
    assert stocked.document_lines() == [("Setup", 2, Decimal(150))]
    assert stocked.deal(deal)["QB_Id__c"] == f"acme:{stocked.document()['TxnID']}"
    assert stocked.sale().state == "in_step"


def test_what_is_entered_in_quickbooks_meanwhile_is_nobody_elses(stocked):
    """Looking for lost ones, we meet others: they are left alone, and leave no trace."""
    stocked.opportunity(("Setup", 2, 75))
    stocked.cycle()
    customer = stocked.file.add_customer(Name="Walk-in")
    stocked.file.enter("Invoice", [{"ItemRef": "Cable", "Quantity": 1}], CustomerRef="Walk-in", RefNumber="77")
    stocked.rest()
    assert customer
    assert len(stocked.documents()) == 2
    assert Link.objects.filter(kind="sale").count() == 1


def test_customer_items_and_invoice_arrive_one_after_the_other_in_one_session(world):
    world.sales()
    world.rest()
    world.opportunity(("Setup", 1, 75), account="Newcomer")
    world.cycle()
    world.poll()
    assert world.document()["CustomerRef"]["FullName"] == "Newcomer"


def test_it_waits_visibly_for_its_customer(stocked):
    customers = stocked.pair.flows["customer"]
    stocked.flows(
        customer={**customers, "direction": "to_salesforce"},
        item={},
        sale=stocked.pair.flows["sale"],
    )
    stocked.opportunity(("Setup", 1, 75))
    stocked.rest()
    link = stocked.sale()
    assert (link.state, link.reason) == ("waiting", "Waiting for its customer, “ACME”.")
    assert stocked.documents() == []
    stocked.sales()
    stocked.rest()
    assert len(stocked.documents()) == 1


def test_it_waits_visibly_for_the_item_of_a_line_and_pulls_it_along(stocked):
    product = stocked.salesforce.insert("Product2", Name="Dream", IsActive=True)
    stocked.salesforce.insert(
        "PricebookEntry", Product2Id=product, Pricebook2Id=stocked.standard_book(), UnitPrice=9, IsActive=True
    )
    stocked.opportunity(("Setup", 1, 75), ("Dream", 1, 9))
    stocked.rest()
    link = stocked.sale()
    assert (link.state, link.reason) == ("waiting", "Waiting for its item, “Dream”.")
    customer, sale = stocked.pair.flows["customer"], stocked.pair.flows["sale"]
    stocked.flows(customer=customer, item={"direction": "both"}, sale=sale)
    stocked.rest()
    dream = Link.objects.get(kind="item", name="Dream")
    assert (dream.state, dream.reason) == ("unwanted", "The settings say that nothing is created in QuickBooks.")
    stocked.flows(
        customer=stocked.pair.flows["customer"],
        item={"direction": "both", "create_items": True, "income_account": "Takings", "condition": "Name = 'none'"},
        sale=stocked.pair.flows["sale"],
    )
    stocked.rest()
    assert stocked.document_lines() == [("Setup", 1, Decimal(75)), ("Dream", 1, Decimal(9))]


WHICH = [
    ("not won", {"stage": "Prospecting"}, "It is not won."),
    ("no products", {"lines": ()}, "It has no products."),
    ("no account", {"account": None}, "It has no account."),
    ("none chosen", {"QB_Transaction_Type__c": "None"}, "Its transaction type says that it becomes none."),
]


@pytest.mark.parametrize(("fields", "reason"), [row[1:] for row in WHICH], ids=[row[0] for row in WHICH])
def test_what_is_no_sale_leads_to_nothing_and_says_why(stocked, fields, reason):
    lines = fields.pop("lines", (("Setup", 1, 75),))
    stocked.opportunity(*lines, **fields)
    stocked.rest()
    assert stocked.documents() == []
    assert (stocked.sale().state, stocked.sale().reason) == ("unwanted", reason)


LATER = "2099-01-01T00:00:00+00:00"
REACH = [
    ("won before", {}, {}, 0),
    ("chosen by hand", {"QB_Transaction_Type__c": "Invoice"}, {}, 1),
    ("backfill reaches it", {}, {"since": "2026-02-03"}, 1),
    ("backfill ends after it", {}, {"since": "2026-02-04"}, 0),
]


@pytest.mark.parametrize(("fields", "settings", "number"), [row[1:] for row in REACH], ids=[row[0] for row in REACH])
def test_opportunities_of_before_are_sent_only_where_somebody_asks_for_it(stocked, fields, settings, number):
    stocked.sales(started=LATER, **settings)
    stocked.opportunity(("Setup", 1, 75), **fields)
    stocked.rest()
    assert len(stocked.documents()) == number


TYPES = [("Invoice", "Invoice"), ("Sales Order", "SalesOrder"), ("Sales Receipt", "SalesReceipt"), ("Estimate",) * 2]


@pytest.mark.parametrize(("chosen", "kind"), TYPES)
def test_the_opportunity_says_what_it_becomes(stocked, chosen, kind):
    deal = stocked.opportunity(("Setup", 2, 75), QB_Transaction_Type__c=chosen)
    stocked.rest()
    assert stocked.document_lines(kind) == [("Setup", 2, Decimal(150))]
    found = stocked.document(kind)
    total = found.get("TotalAmount", found.get("BalanceRemaining"))
    assert float(stocked.deal(deal)["QB_Total__c"]) == float(total)
    assert stocked.sale().state == "in_step"


def test_else_the_settings_say_what_it_becomes(stocked):
    stocked.sales(type="Sales Receipt")
    deal = stocked.opportunity(("Setup", 1, 75))
    stocked.rest()
    assert len(stocked.documents("SalesReceipt")) == 1
    assert stocked.deal(deal)["QB_Transaction_Type__c"] == "Sales Receipt"


def test_an_answer_costs_few_statements_while_more_are_queued(stocked):
    stocked.opportunity(("Setup", 1, 75), name="First")
    stocked.rest()

    def statements(number):
        deals = [stocked.opportunity(("Setup", 1, 75), name=f"Deal {n} of {number}") for n in range(number)]
        stocked.cycle()
        with CaptureQueriesContext(connection) as asked:
            stocked.poll()
        assert [bool(stocked.deal(each)["QB_Number__c"]) for each in deals] == [True] * number
        return len(asked)

    few, many = statements(2), statements(12)
    assert (many - few) / 10 < 95
