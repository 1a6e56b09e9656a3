"""Which opportunities are sent, and what of QuickBooks is left alone, by record type, by date, and as things stand."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from qbwc.models import Pull, Request
from syncapp import backfill, clock, cycle
from syncapp.connectors.base import ConnectorError
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import Cursor
from syncapp.records import Side

pytestmark = pytest.mark.django_db

LATER = "2099-01-01T00:00:00+00:00"


def test_a_record_type_says_what_its_opportunities_become_unless_one_of_them_says_otherwise(stocked):
    service = stocked.salesforce.add_record_type("Opportunity", "Service")
    internal = stocked.salesforce.add_record_type("Opportunity", "Internal_Use", "Internal use")
    stocked.sales(record_types={"Service": "Sales Receipt", "Internal use": "None"})
    stocked.opportunity(("Setup", 1, 75), name="By its type", RecordTypeId=service)
    stocked.opportunity(("Setup", 1, 75), name="As it says", RecordTypeId=service, QB_Transaction_Type__c="Estimate")
    stocked.opportunity(("Setup", 1, 75), name="Left out", RecordTypeId=internal)
    stocked.opportunity(("Setup", 1, 75), name="Without one")
    stocked.rest()
    assert [len(stocked.documents(kind)) for kind in ("SalesReceipt", "Estimate", "Invoice")] == [1, 1, 1]
    assert stocked.sale_states()["Left out"] == ("unwanted", "The settings leave out its record type, Internal use.")
    stocked.sales(record_types={"Servise": "Invoice"})
    with pytest.raises(ConnectorError, match="Opportunities have no record type “Servise”"):
        stocked.connectors()[Side.SALESFORCE].check("sale")


def test_a_record_type_can_become_only_what_there_is():
    with pytest.raises(BadSetting, match=r"record_types\.Service is “Bill”, but may be: Invoice"):
        FLOWS["sale"].complete({"record_types": {"Service": "Bill"}})


def test_a_backfill_counts_first_and_sends_when_it_is_told_to(stocked):
    stocked.sales(started=LATER)
    stocked.opportunity(("Setup", 1, 75), name="Old")
    stocked.opportunity(("Setup", 2, 75), name="Older")
    stocked.rest()
    assert stocked.documents() == []

    def said(*more, since="2026-02-03"):
        out = StringIO()
        call_command("backfill", "acme", "--since", since, *more, stdout=out)
        return out.getvalue()

    assert "2 opportunities were closed since 2026-02-03" in said()
    assert "together 225.00" in said()
    assert "No opportunity" in said(since="2026-02-04")
    with pytest.raises(CommandError, match="--since is “soon”, but must be a date"):
        said(since="soon")
    stocked.pair.refresh_from_db()
    assert not stocked.pair.flows["sale"].get("since")
    said("--send")
    stocked.pair.refresh_from_db()
    stocked.rest()
    assert len(stocked.documents()) == 2
    assert backfill.reach(stocked.pair, date(2026, 2, 3)).number == 0


def test_what_stands_in_the_way_is_named_before_anything_is_sent(stocked):
    """A closed period, an invoice made of an order, and somebody who has the form open."""
    order = stocked.opportunity(("Setup", 2, 75), name="Order", QB_Transaction_Type__c="Sales Order")
    deal = stocked.opportunity(("Setup", 2, 75), name="Deal")
    stocked.rest()
    [invoice] = stocked.documents()
    lines = {row["OpportunityId"]: row["Id"] for row in stocked.salesforce.records("OpportunityLineItem")}

    stocked.file.lock_txn(invoice["TxnID"])
    stocked.salesforce.update(lines[deal], Quantity=3)
    stocked.cycle()
    stocked.poll()
    assert stocked.file.txn(invoice["TxnID"])["InvoiceLineRet"][0]["Quantity"] == 2
    assert stocked.sale("Deal").state in ("under_way", "waiting")
    stocked.file.unlock_txn(invoice["TxnID"])
    stocked.clock.advance(120)
    stocked.rest()
    assert stocked.file.txn(invoice["TxnID"])["InvoiceLineRet"][0]["Quantity"] == 3

    stocked.file.document_from(stocked.document("SalesOrder")["TxnID"])
    stocked.file.settings.closing_date = "2026-02-28"
    stocked.rest()
    mods = Request.objects.filter(name__endswith="Mod").count()
    stocked.salesforce.update(lines[deal], Quantity=4)
    stocked.salesforce.update(lines[order], Quantity=4)
    stocked.opportunity(("Setup", 1, 75), name="Late")
    stocked.rest()
    states = stocked.sale_states()
    closed = "QuickBooks's books are closed up to 2026-02-28, and it is dated 2026-02-03."
    assert states["Deal"] == ("refused", f"Lines: {closed}")
    assert states["Order"][0] == "refused"
    assert "invoiced in QuickBooks" in states["Order"][1]
    assert states["Late"][1].startswith("It is dated 2026-02-03, and QuickBooks's books are closed up to 2026-02-28.")
    assert Request.objects.filter(name__endswith="Mod").count() == mods
    # A preview says so, too, instead of “create”.
    stocked.opportunity(("Setup", 1, 75), name="Later still")
    plan = cycle.cycle(stocked.pair, stocked.connectors(), trigger="test", preview=True).plan
    assert [(row["name"], row.get("verb")) for row in plan] == [("Later still", None)]
    assert plan[0]["cannot"].startswith("It is dated 2026-02-03")

    stocked.file.settings.closing_date = ""
    stocked.rest()
    stocked.sales_links().filter(detail__barred=True).update(retry_at=clock.now())  # an hour has passed
    stocked.cycle()
    stocked.rest()
    assert stocked.sale("Late").state == stocked.sale("Deal").state == "in_step"
    assert stocked.sale("Order").state == "refused"


def test_what_stands_in_quickbooks_is_listed_in_several_pages_whatever_lines_it_has(stocked, settings):
    settings.QBWC_PAGE_TRANSACTIONS = 2
    Cursor.objects.filter(kind="sale").delete()  # as if the flow were switched on now
    lines = [{"ItemRef": "Setup"}, {"ItemRef": "Cable"}]
    stocked.file.add_customer(Name="Bolt")
    for _ in range(3):
        stocked.file.enter("Invoice", lines, CustomerRef="Bolt")
    stocked.opportunity(("Setup", 1, 75))
    stocked.rest()
    [listing] = Pull.objects.filter(reference__endswith="/sale/full").order_by("-id")[:1]
    assert (listing.state, listing.problem, listing.received) == ("done", "", 3)
    assert stocked.sale_states() == {"Deal": ("in_step", "")}


def test_a_condition_that_leaves_out_what_is_on_its_way_takes_it_back_before_the_next_cycle(stocked):
    stocked.opportunity(("Setup", 1, 75), name="First")
    stocked.rest()
    stocked.opportunity(("Setup", 2, 75))
    stocked.cycle()
    assert stocked.sale().state == "under_way"
    stocked.sales(condition="Name != 'Deal'")
    stocked.poll()
    assert stocked.document_lines() == [("Setup", 1, 75)]
    stocked.sales()
    stocked.rest()
    assert len(stocked.documents()) == 2
