"""What a new transaction says: number, memo, addresses, terms, discounts; and what this QuickBooks cannot take."""

from __future__ import annotations

from decimal import Decimal

import pytest

from qbwc.models import Request
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import Pair
from tests.sales.conftest import SalesWorld

pytestmark = pytest.mark.django_db


def test_the_memo_names_the_opportunity(stocked):
    deal = stocked.opportunity(("Setup", 1, 75))
    stocked.rest()
    assert stocked.document()["Memo"] == f"Salesforce opportunity {deal}"


def test_numbers_come_from_the_opportunity_or_are_made_with_a_prefix(stocked):
    stocked.sales(numbers="salesforce")
    deal = stocked.opportunity(("Setup", 1, 75), QB_Number__c="2026-17")
    stocked.rest()
    assert stocked.document()["RefNumber"] == "2026-17"
    assert stocked.deal(deal)["QB_Number__c"] == "2026-17"
    stocked.sales(numbers="prefix", prefix="WEB-")
    other = stocked.opportunity(("Setup", 1, 75), name="Other")
    stocked.rest()
    number = stocked.deal(other)["QB_Number__c"]
    assert number.startswith("WEB-")
    assert len(number) <= 11


def test_a_number_that_quickbooks_cannot_hold_gives_way_to_one_that_is_made_and_is_never_cut(stocked):
    stocked.sales(numbers="salesforce")
    deal = stocked.opportunity(("Setup", 1, 75), QB_Number__c="2026-0000000017")
    stocked.rest()
    number = stocked.document()["RefNumber"]
    assert number.startswith("SF-")
    assert stocked.deal(deal)["QB_Number__c"] == number


def test_addresses_are_those_of_the_primary_contact(stocked):
    contact = stocked.salesforce.insert(
        "Contact",
        LastName="Byron",
        AccountId=stocked.account(),
        MailingStreet="1 Mill Road\nFloor 2",
        MailingCity="Bath",
        MailingPostalCode="BA1",
        OtherStreet="Dock 7",
        OtherCity="Bristol",
    )
    stocked.opportunity(("Setup", 1, 75), ContactId=contact)
    stocked.rest()
    bill, ship = stocked.document()["BillAddress"], stocked.document()["ShipAddress"]
    assert (bill["Addr1"], bill["Addr2"], bill["City"], bill["PostalCode"]) == ("1 Mill Road", "Floor 2", "Bath", "BA1")
    assert (ship["Addr1"], ship["City"]) == ("Dock 7", "Bristol")


def test_terms_and_class_come_from_the_settings_and_a_wrong_one_is_named(stocked):
    stocked.sales(terms="Net 30")
    stocked.opportunity(("Setup", 1, 75))
    stocked.rest()
    assert stocked.document()["TermsRef"]["FullName"] == "Net 30"
    stocked.sales(terms="Net 31")
    stocked.opportunity(("Setup", 1, 75), name="Wrong")
    stocked.rest()
    assert stocked.sale("Wrong").state == "refused"
    assert "Net 31" in stocked.sale("Wrong").reason


def test_a_discount_reduces_the_rate(stocked):
    stocked.opportunity(("Setup", 2, 75, {"Discount": 10, "ServiceDate": "2026-01-15"}))
    stocked.rest()
    [line] = stocked.document()["InvoiceLineRet"]
    assert (line["Quantity"], line["Rate"], line["Amount"]) == (2, Decimal("67.5"), Decimal(135))
    assert str(line["ServiceDate"]) == "2026-01-15"


def test_or_it_is_a_line_of_its_own_that_follows_its_line(stocked):
    stocked.file.add("ItemDiscount", Name="Rebate", DiscountRate="0.00", AccountRef=stocked.accounts["Takings"])
    stocked.sales(discounts="line", discount_item="Rebate")
    deal = stocked.opportunity(("Setup", 2, 75, {"Discount": 10}), ("Cable", 1, 3.5))
    stocked.rest()
    assert [row[::2] for row in stocked.document_lines()] == [
        ("Setup", 150),
        ("Rebate", -15),
        ("Cable", Decimal("3.5")),
    ]
    row = next(row for row in stocked.salesforce.records("OpportunityLineItem") if row["Discount"])
    stocked.salesforce.update(row["Id"], Quantity=4)
    stocked.rest()
    assert [row[::2] for row in stocked.document_lines()] == [
        ("Setup", 300),
        ("Rebate", -30),
        ("Cable", Decimal("3.5")),
    ]
    assert stocked.deal_lines(deal) == [("Setup", 4, 270), ("Cable", 1, 3.5)]
    assert stocked.sale().state == "in_step"


def test_a_quickbooks_without_sales_orders_says_so(db):
    world = SalesWorld(edition="Pro")
    try:
        world.rest()
        world.opportunity(("Setup", 1, 75), QB_Transaction_Type__c="Sales Order")
        world.rest()
        link = world.sale()
        assert link.state == "refused"
        assert "has no sales orders; only Premier and Enterprise do" in link.reason
        assert world.documents("SalesOrder") == []
        assert not Request.objects.filter(name="SalesOrderAdd").exists()
    finally:
        world.close()


def test_every_transaction_travels_alone(stocked):
    for number in range(3):
        stocked.opportunity(("Setup", 1, 75), name=f"Deal {number}")
    stocked.rest()
    adds = Request.objects.filter(name="InvoiceAdd")
    assert adds.count() == len({request.message_id for request in adds}) == 3


def test_the_moment_at_which_the_flow_is_switched_on_is_noted_and_stays(db):
    world = SalesWorld()
    try:
        Pair.objects.update(flows={})
        world.pair.refresh_from_db()
        world.pair.flows = {"sale": {"on": True}}
        world.pair.save()
        noted = Pair.objects.get().flows["sale"]["started"]
        world.pair.flows = {"sale": {"on": True, "type": "Estimate"}}
        world.pair.save()
        assert noted
        assert Pair.objects.get().flows["sale"]["started"] == noted
    finally:
        world.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"since": "soon"}, "must be a date"),
        ({"prefix": "TOO-LONG"}, "may have 5 characters"),
        ({"discounts": "line"}, "needs discount_item"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(BadSetting, match=said):
        FLOWS["sale"].complete(settings)
