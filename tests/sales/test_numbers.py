"""Document numbers: QuickBooks's, Salesforce's, or made with a prefix; one that is used is resolved, not repeated."""

from __future__ import annotations

from datetime import timedelta

import pytest

from project.sandbox.update import SessionOver
from qbwc.models import Request
from syncapp.connectors.quickbooks_desktop.sales import numbers_for
from syncapp.models import Link
from syncapp.records import Operation, Side, Verb

pytestmark = pytest.mark.django_db


def enter(world, number):
    if "Walk-in" not in [each["Name"] for each in world.file.customers()]:
        world.file.add_customer(Name="Walk-in")
    world.file.enter("Invoice", [{"ItemRef": "Cable", "Quantity": 1}], CustomerRef="Walk-in", RefNumber=number)


def numbers(world):
    return sorted(each["RefNumber"] for each in world.documents())


def test_a_used_number_is_followed_by_the_next_free_one_and_two_deals_never_share_one(stocked):
    stocked.file.add_customer(Name="Walk-in")
    enter(stocked, "2026-17")
    enter(stocked, "2026-17-1")
    stocked.sales(numbers="salesforce")
    stocked.opportunity(("Setup", 1, 75), name="One", QB_Number__c="2026-17")
    stocked.opportunity(("Setup", 1, 75), name="Two", QB_Number__c="2026-17")
    stocked.opportunity(("Setup", 1, 75), name="Order", QB_Number__c="2026-17", QB_Transaction_Type__c="Sales Order")
    stocked.rest()
    assert numbers(stocked) == ["2026-17", "2026-17-1", "2026-17-2", "2026-17-3"]
    assert stocked.document("SalesOrder")["RefNumber"] == "2026-17"  # numbers are each type's own
    told = sorted(row["QB_Number__c"] for row in stocked.salesforce.records("Opportunity"))
    assert told == ["2026-17", "2026-17-2", "2026-17-3"]
    assert {link.state for link in Link.objects.filter(kind="sale")} == {"in_step"}


def test_or_a_person_is_asked_and_another_number_settles_it(stocked):
    stocked.file.add_customer(Name="Walk-in")
    enter(stocked, "A-1")
    stocked.sales(numbers="salesforce", duplicate_numbers="ask")
    deal = stocked.opportunity(("Setup", 1, 75), QB_Number__c="a-1")
    stocked.rest()
    link = stocked.sale()
    assert link.state == "refused"
    assert link.reason.startswith("The number “a-1” is used in QuickBooks already. Give it another QuickBooks Number")
    assert numbers(stocked) == ["A-1"]
    stocked.salesforce.update(deal, QB_Number__c="A-2")
    stocked.rest()
    assert numbers(stocked) == ["A-1", "A-2"]
    assert stocked.sale().state == "in_step"


def test_whatever_is_lost_while_a_number_is_looked_up_there_is_one_invoice(stocked):
    stocked.sales(numbers="prefix", prefix="WEB-")
    deal = stocked.opportunity(("Setup", 1, 75))
    stocked.cycle()
    stocked.poll_and_lose_the_answer_to("InvoiceQuery")
    stocked.poll_and_lose_the_answer_to("InvoiceAdd")
    stocked.rest()
    [number] = numbers(stocked)
    assert number.startswith("WEB-")
    assert stocked.deal(deal)["QB_Number__c"] == number


def test_a_number_that_somebody_uses_before_the_next_session_is_looked_up_again(stocked):
    """The session dies between the answer and the invoice; hours pass."""
    stocked.sales(numbers="salesforce")
    stocked.opportunity(("Setup", 1, 75), QB_Number__c="A-1")
    stocked.cycle()
    exchange = stocked.web_connector._exchange

    def dies_after_the_answer(document):
        found = exchange(document)
        if "<InvoiceQueryRq" in document:
            raise SessionOver("The computer was switched off.", "QBWC1042")
        return found

    stocked.web_connector._exchange = dies_after_the_answer
    stocked.poll()
    stocked.web_connector._exchange = exchange
    add = Request.objects.get(name="InvoiceAdd", state="queued")
    Request.objects.filter(pk=add.pk).update(created_at=add.created_at - timedelta(hours=1))
    enter(stocked, "A-1")
    stocked.rest()
    assert numbers(stocked) == ["A-1", "A-1-1"]
    assert stocked.sale().state == "in_step"


def test_a_number_that_somebody_uses_in_the_very_moment_is_told(stocked):
    stocked.sales(numbers="salesforce")
    deal = stocked.opportunity(("Setup", 1, 75), QB_Number__c="A-1")
    stocked.cycle()
    execute = stocked.web_connector._execute

    def and_a_person(document):
        if "<InvoiceAddRq" in document and len(stocked.documents()) == 0:
            enter(stocked, "a-1")
        return execute(document)

    stocked.web_connector._execute = and_a_person
    stocked.rest()
    assert numbers(stocked) == ["A-1", "a-1"]
    link = stocked.sale()
    assert link.state == "refused"
    assert link.reason.startswith("Number: “A-1” is the number of 2 records of this type in QuickBooks")
    stocked.salesforce.update(deal, QB_PO_Number__c="PO-1")
    stocked.rest()
    ours = next(each for each in stocked.documents() if each["RefNumber"] == "A-1")
    assert ours["PONumber"] == "PO-1"  # nothing else is held up
    stocked.file.edit_txn(ours["TxnID"], RefNumber="A-2")
    stocked.rest()
    assert (stocked.sale().state, stocked.sale().reason) == ("in_step", "")


def test_without_a_number_of_quickbooks_the_link_says_so(stocked):
    stocked.file.quirks.ref_numbers = "blank"
    stocked.opportunity(("Setup", 1, 75))
    stocked.rest()
    assert stocked.sale_states()["Deal"] == (
        "in_step",
        "QuickBooks gave it no number; the setting numbers can have it come from here.",
    )


def order(number):
    values = {"type": "Invoice", "number": number}
    return Operation(1, "key", Side.QUICKBOOKS, "sale", Verb.CREATE, "", "006000000000001AAA", values)


@pytest.mark.parametrize(
    ("settings", "given", "first", "second"),
    [
        ({"numbers": "salesforce"}, "2026-17", "2026-17", "2026-17-1"),
        ({"numbers": "salesforce"}, "2026-000017", "2026-000017", "SF-"),  # no room for more
        ({"numbers": "salesforce"}, None, "SF-", "SF-"),
        ({"numbers": "prefix"}, "2026-17", "SF-", "SF-"),
    ],
)
def test_the_variants_of_a_number_fit_and_are_ten_different_ones(settings, given, first, second):
    found = numbers_for(order(given), {"prefix": "SF-", **settings})
    assert found[0].startswith(first)
    assert found[1].startswith(second)
    assert len(set(found)) == len(found) >= 10
    assert all(len(each) <= 11 for each in found)
