"""What becomes of sales that something has happened to: each row ends with what both sides hold, and what is said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncapp import by_hand

pytestmark = pytest.mark.django_db


def quantity(world, deal, value):
    row = next(r for r in world.salesforce.records("OpportunityLineItem") if r["OpportunityId"] == deal)
    world.salesforce.update(row["Id"], Quantity=value)


def txn_of(world, name="Deal"):
    return world.sale(name).quickbooks_id.rpartition(":")[2]


def test_a_deposited_receipt_keeps_its_amount_and_quickbooks_says_why(stocked):
    """QuickBooks tells of no receipt that it was deposited: only what is asked of it shows that."""
    deal = stocked.opportunity(("Setup", 2, 75), QB_Transaction_Type__c="Sales Receipt")
    stocked.rest()
    stocked.file.add("Account", Name="Bank", AccountType="Bank")
    deposit = stocked.file.deposit("Bank", [txn_of(stocked)])
    quantity(stocked, deal, 3)
    stocked.salesforce.update(deal, QB_Memo__c="Thank you")
    stocked.rest()
    link = stocked.sale()
    assert link.state == "refused"
    assert link.reason.startswith("Lines: ")
    assert "This payment has been deposited and its amount cannot be changed. Take it off its deposit" in link.reason
    assert stocked.document_lines("SalesReceipt") == [("Setup", 2, 150)]
    assert stocked.document("SalesReceipt")["Memo"] == "Thank you"  # nothing else is held up
    assert stocked.deal_lines(deal) == [("Setup", 3, 225)]  # and nothing is lost
    stocked.file.delete_txn(deposit)
    quantity(stocked, deal, 4)
    stocked.rest()
    assert stocked.document_lines("SalesReceipt") == [("Setup", 4, 300)]
    assert stocked.sale().state == "in_step"


ESTIMATES = [
    # what is done in QuickBooks, its status in Salesforce, why a change of its lines is refused, its quantity then
    ("Closed", "Closed", "Lines: It is inactive in QuickBooks.", 2),
    ("Invoiced", "Open", "Lines: An order or an invoice was made from it in QuickBooks.", 2),
    ("Open", "Open", "", 3),
]


def test_an_estimate_that_is_closed_or_was_invoiced_in_quickbooks_is_left_alone(stocked):
    kind = {"QB_Transaction_Type__c": "Estimate"}
    deals = {name: stocked.opportunity(("Setup", 2, 75), name=name, **kind) for name, *_ in ESTIMATES}
    stocked.rest()
    stocked.file.edit_txn(txn_of(stocked, "Closed"), IsActive=False)
    stocked.file.document_from(txn_of(stocked, "Invoiced"))
    for deal in deals.values():
        quantity(stocked, deal, 3)
    stocked.rest()
    for name, status, reason, number in ESTIMATES:
        assert stocked.sale(name).reason == reason, name
        assert stocked.deal(deals[name])["QB_Status__c"] == status, name
        [line] = stocked.file.txn(txn_of(stocked, name))["EstimateLineRet"]
        assert line["Quantity"] == number, name
    # The invoice that QuickBooks made is nobody's copy: the opportunity has its estimate.
    assert stocked.document_lines() == [("Setup", 2, 150)]
    assert len(stocked.salesforce.records("Opportunity")) == len(ESTIMATES)
    stocked.file.edit_txn(txn_of(stocked, "Closed"), IsActive=True)
    stocked.rest()
    assert stocked.file.txn(txn_of(stocked, "Closed"))["EstimateLineRet"][0]["Quantity"] == 3


def test_items_and_products_that_go_leave_what_was_sold_and_name_what_cannot_be(stocked):
    stocked.service("Old", "5.00")
    stocked.service("Rare", "5.00")
    stocked.rest()
    sold = stocked.opportunity(("Setup", 2, 75), ("Cable", 1, 3), name="Sold before")
    stocked.rest()
    for name, item in (("Item inactive", "Old"), ("Item deleted", "Rare")):
        stocked.opportunity((item, 1, 5), name=name)
    items = {row["Name"]: row["ListID"] for row in stocked.file.elements("ItemService")}
    stocked.file.edit("ItemService", items["Old"], IsActive=False)
    stocked.file.delete("ItemService", items["Rare"])
    stocked.salesforce.update(stocked.product("Setup"), IsActive=False)
    quantity(stocked, sold, 5)
    stocked.rest()
    assert stocked.sale("Sold before").state == "in_step"
    assert stocked.document_lines() == [("Setup", 5, 375), ("Cable", 1, 3)]
    for name, item in (("Item inactive", "Old"), ("Item deleted", "Rare")):
        link = stocked.sale(name)
        assert link.state == "refused"
        assert f'Item "{item}"' in link.reason
        assert "Have that item active in QuickBooks, or take its product off" in link.reason


def test_a_contact_without_an_address_leaves_the_customers_own(stocked):
    contact = stocked.salesforce.insert("Contact", LastName="Byron", AccountId=stocked.account())
    stocked.salesforce.update(stocked.account(), BillingStreet="2 Main Street", BillingCity="Ayr")
    stocked.opportunity(("Setup", 1, 75), name="No contact")
    stocked.opportunity(("Setup", 1, 75), name="No address", ContactId=contact)
    stocked.rest()
    addresses = [each["BillAddress"] for each in stocked.documents()]
    assert addresses == [{"Addr1": "2 Main Street", "City": "Ayr"}] * 2
    assert [each.get("ShipAddress") for each in stocked.documents()] == [None, None]


def test_an_unlinked_sale_takes_its_opportunity_off_the_document(stocked):
    flows = stocked.pair.flows
    stocked.flows(customer=flows["customer"], item={}, sale=flows["sale"], invoice={"since": "2020-01-01"})
    deal = stocked.opportunity(("Setup", 2, 75))
    stocked.rest()

    def opportunities():
        return [row.get("QB_Opportunity__c") for row in stocked.salesforce.records("QB_Invoice__c")]

    assert opportunities() == [deal]
    assert by_hand.part(stocked.sale(), who="ann", reason="Another deal's") == ""
    stocked.rest()
    assert opportunities() == [None]
    assert len(stocked.documents()) == 1  # it is not made a second time, unless a person asks for that
    assert stocked.sale().reason.startswith("Its record in QuickBooks is there, and not linked with it")
    stocked.salesforce.update(deal, QB_Id__c=None)
    stocked.rest()
    assert len(stocked.documents()) == 2
    assert stocked.sale().state == "in_step"


def test_hundreds_of_lines_are_sent_and_changed_as_a_whole(stocked):
    deal = stocked.opportunity(*(("Cable", 1, place) for place in range(1, 301)))
    stocked.rest()
    assert [amount for _, _, amount in stocked.document_lines()] == [Decimal(place) for place in range(1, 301)]
    rows = [row for row in stocked.salesforce.records("OpportunityLineItem") if row["OpportunityId"] == deal]
    rows.sort(key=lambda row: row["SortOrder"])
    stocked.salesforce.update(rows[149]["Id"], Quantity=3)
    stocked.salesforce.delete(rows[299]["Id"])
    stocked.rest()
    found = [amount for _, _, amount in stocked.document_lines()]
    assert (len(found), found[148:151]) == (299, [149, 450, 151])
    assert stocked.sale().state == "in_step"
