"""What changes later travels both ways, line by line, and what must be left alone is left alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from syncapp import links
from syncapp.connectors.salesforce import sales_creating
from syncapp.models import Operation

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(stocked):
    """A deal of two lines, and its invoice."""
    stocked.deal_id = stocked.opportunity(("Setup", 2, 75), ("Cable", 10, 3.5))
    stocked.rest()
    stocked.txn_id = stocked.document()["TxnID"]
    return stocked


def lines_of(world):
    rows = world.salesforce.records("OpportunityLineItem")
    return sorted((row for row in rows if row["OpportunityId"] == world.deal_id), key=lambda row: row["Id"])


def books(world, kind="Invoice"):
    return world.document(kind).get(f"{kind}LineRet") or []


def test_nothing_travels_where_nothing_changed(sold):
    before = Operation.objects.count()
    sold.read_everything_again()
    sold.rest()
    assert Operation.objects.count() == before


# From Salesforce -----------------------------------------------------------------------


def test_a_changed_quantity_an_added_and_a_removed_line_reach_quickbooks(sold):
    setup, cable = lines_of(sold)
    sold.salesforce.update(setup["Id"], Quantity=3)
    sold.salesforce.delete(cable["Id"])
    sold.line(sold.deal_id, "Cable", 4, 2, SortOrder=9)
    kept = books(sold)[0]["TxnLineID"]
    sold.rest()
    assert sold.document_lines() == [("Setup", 3, Decimal(225)), ("Cable", 4, Decimal(8))]
    assert books(sold)[0]["TxnLineID"] == kept
    assert sold.deal_lines(sold.deal_id) == [("Setup", 3, 225), ("Cable", 4, 8)]


def test_date_and_order_number_reach_quickbooks_and_the_lines_are_not_touched(sold):
    before = books(sold)
    sold.salesforce.update(sold.deal_id, CloseDate="2026-02-01", QB_PO_Number__c="PO-7")
    sold.rest()
    invoice = sold.document()
    assert (invoice["TxnDate"], invoice["PONumber"]) == (date(2026, 2, 1), "PO-7")
    assert books(sold) == before


def test_what_only_quickbooks_shows_of_the_lines_outlives_a_change_from_salesforce(sold):
    first, second = books(sold)
    sold.file.add("ItemSubtotal", Name="Sum")
    sold.file.add("ItemDiscount", Name="Loyal", DiscountRatePercent="10.0", AccountRef=sold.accounts["Takings"])
    lines = [
        {"row": "InvoiceLine", "TxnLineID": first["TxnLineID"]},
        {"row": "InvoiceLine", "TxnLineID": second["TxnLineID"]},
        {"row": "InvoiceLine", "TxnLineID": "-1", "ItemRef": "Sum"},
        {"row": "InvoiceLine", "TxnLineID": "-1", "ItemRef": "Loyal"},
        {"row": "InvoiceLine", "TxnLineID": "-1", "Desc": "Thank you"},
    ]
    sold.file.edit_txn(sold.txn_id, lines=lines)
    sold.rest()
    assert sold.deal_lines(sold.deal_id) == [("Setup", 2, 150), ("Cable", 10, 35)]
    sold.salesforce.update(lines_of(sold)[0]["Id"], Quantity=4)
    sold.line(sold.deal_id, "Setup", 1, 10, SortOrder=9)
    sold.rest()
    shown = [(line.get("ItemRef", {}).get("FullName"), line.get("Amount")) for line in books(sold)]
    assert shown == [
        ("Setup", Decimal(300)),
        ("Cable", Decimal(35)),
        ("Setup", Decimal(10)),
        ("Sum", Decimal(345)),
        ("Loyal", Decimal("-34.5")),
        (None, None),
    ]


def test_a_price_of_five_decimals_stays_where_another_line_is_changed(sold):
    first, second = books(sold)
    lines = [{"TxnLineID": first["TxnLineID"]}, {"TxnLineID": second["TxnLineID"], "Quantity": "3", "Rate": "3.33333"}]
    sold.file.edit_txn(sold.txn_id, lines=lines)
    sold.rest()
    assert sold.deal_lines(sold.deal_id) == [("Setup", 2, 150), ("Cable", 3, 10)]
    sold.salesforce.update(lines_of(sold)[0]["Id"], Quantity=1)
    sold.rest()
    assert [line["Rate"] for line in books(sold)] == [75, Decimal("3.33333")]


# From QuickBooks -----------------------------------------------------------------------


def test_lines_added_changed_and_removed_in_quickbooks_reach_the_opportunity(sold):
    first, _ = books(sold)
    lines = [
        {"TxnLineID": first["TxnLineID"], "Quantity": "5"},
        {"TxnLineID": "-1", "ItemRef": "Setup", "Quantity": "1", "Rate": "20", "Desc": "On site"},
    ]
    kept = lines_of(sold)[0]["Id"]
    sold.file.edit_txn(sold.txn_id, lines=lines, TxnDate="2026-01-31")
    sold.rest(idle=5)
    assert sold.deal_lines(sold.deal_id) == [("Setup", 5, 375), ("Setup", 1, 20)]
    assert kept in [row["Id"] for row in lines_of(sold)]
    assert "On site" in [row["Description"] for row in lines_of(sold)]
    assert str(sold.deal(sold.deal_id)["CloseDate"]) == "2026-01-31"
    assert float(sold.deal(sold.deal_id)["Amount"]) == 395


def test_more_changes_of_lines_than_salesforce_takes_at_once_are_refused_with_the_remedy(sold, monkeypatch):
    monkeypatch.setattr(sales_creating, "PARTS_MAX", 1)  # of 500
    before = sold.deal_lines(sold.deal_id)
    sold.file.edit_txn(sold.txn_id, lines=[{"TxnLineID": each["TxnLineID"], "Quantity": "9"} for each in books(sold)])
    sold.rest()
    assert sold.deal_lines(sold.deal_id) == before
    assert "It needs 3 changes to its products, and Salesforce takes 1 at once. Change part" in sold.sale().reason
    monkeypatch.undo()
    links.try_again(sold.sale(), who="ann")
    sold.rest()
    assert [quantity for _, quantity, _ in sold.deal_lines(sold.deal_id)] == [9, 9]


def test_a_product_without_a_price_in_the_opportunitys_book_is_refused_with_the_remedy(sold):
    first, second = books(sold)
    sold.service("Rare", "9.00")
    sold.rest()
    entry = next(e for e in sold.salesforce.records("PricebookEntry") if e["Product2Id"] == sold.product("Rare"))
    sold.salesforce.update(entry["Id"], IsActive=False)
    rows = [{"TxnLineID": each["TxnLineID"]} for each in (first, second)]
    sold.file.edit_txn(sold.txn_id, lines=[*rows, {"TxnLineID": "-1", "ItemRef": "Rare", "Quantity": "1"}])
    sold.rest()
    link = sold.sale()
    assert link.state == "refused"
    assert "“Rare”" in link.reason
    assert "Add the product to the opportunity's price book" in link.reason
    assert len(lines_of(sold)) == 2


def test_the_price_comes_from_the_opportunitys_own_book(stocked):
    book = stocked.salesforce.insert("Pricebook2", Name="Partners", IsActive=True)
    entries = {}
    for name in ("Setup", "Cable"):
        entries[name] = stocked.salesforce.insert(
            "PricebookEntry", Pricebook2Id=book, Product2Id=stocked.product(name), UnitPrice=50, IsActive=True
        )
    deal = stocked.salesforce.insert(
        "Opportunity", Name="Deal", AccountId=stocked.account(), StageName="Closed Won", CloseDate="2026-02-03",
        Pricebook2Id=book,
    )  # fmt: skip
    stocked.line(deal, "Setup", 1, 50)
    stocked.rest()
    [first] = books(stocked)
    lines = [{"TxnLineID": first["TxnLineID"]}, {"TxnLineID": "-1", "ItemRef": "Cable", "Quantity": "2", "Rate": "3"}]
    stocked.file.edit_txn(stocked.document()["TxnID"], lines=lines)
    stocked.rest()
    used = {row["PricebookEntryId"] for row in stocked.salesforce.records("OpportunityLineItem")}
    assert used == set(entries.values())


# Both at once --------------------------------------------------------------------------


def both_change(world):
    world.salesforce.update(lines_of(world)[0]["Id"], Quantity=7)
    first, second = books(world)
    lines = [{"TxnLineID": first["TxnLineID"]}, {"TxnLineID": second["TxnLineID"], "Quantity": "20"}]
    world.file.edit_txn(world.txn_id, lines=lines)
    world.rest()


@pytest.mark.parametrize(
    ("conflict", "lines"),
    [
        ("quickbooks", [("Setup", 2, 150), ("Cable", 20, 70)]),
        ("salesforce", [("Setup", 7, 525), ("Cable", 10, 35)]),
    ],
)
def test_where_both_changed_lines_one_side_holds_as_a_whole(sold, conflict, lines):
    sold.sales(conflict=conflict)
    both_change(sold)
    assert sold.document_lines() == lines
    assert sold.deal_lines(sold.deal_id) == lines


def test_or_a_person_decides_and_nothing_is_merged_until_then(sold):
    sold.sales(conflict="ask")
    both_change(sold)
    link = sold.sale()
    assert (link.state, link.reason) == ("conflict", "Changed on both sides: Lines. Choose which side holds.")
    assert sold.document_lines() == [("Setup", 2, 150), ("Cable", 20, 70)]
    assert sold.deal_lines(sold.deal_id) == [("Setup", 7, 525), ("Cable", 10, 35)]


def test_with_one_direction_switched_off_quickbooks_is_not_written_to(sold):
    sold.sales(direction="to_salesforce")
    sold.salesforce.update(lines_of(sold)[0]["Id"], Quantity=7)
    sold.rest()
    assert sold.document_lines()[0] == ("Setup", 2, 150)
    assert sold.deal_lines(sold.deal_id)[0] == ("Setup", 7, 525)


def test_with_the_other_one_switched_off_salesforce_is_not_written_to(sold):
    sold.sales(direction="to_quickbooks")
    first, second = books(sold)
    lines = [{"TxnLineID": first["TxnLineID"]}, {"TxnLineID": second["TxnLineID"], "Quantity": "20"}]
    sold.file.edit_txn(sold.txn_id, lines=lines)
    sold.rest()
    assert sold.deal_lines(sold.deal_id)[1] == ("Cable", 10, 35)


# Left alone ----------------------------------------------------------------------------


def test_a_paid_invoice_is_left_alone_and_says_why_until_the_payment_is_gone(sold):
    payment = sold.file.pay(sold.txn_id)
    sold.rest()
    assert sold.deal(sold.deal_id)["QB_Status__c"] == "Paid"
    assert float(sold.deal(sold.deal_id)["QB_Balance__c"]) == 0
    sold.salesforce.update(lines_of(sold)[0]["Id"], Quantity=3)
    sold.rest()
    link = sold.sale()
    assert (link.state, link.reason) == ("refused", "Lines: It is paid in QuickBooks.")
    assert sold.document_lines()[0] == ("Setup", 2, 150)
    sold.file.delete_txn(payment)
    sold.rest()
    assert sold.document_lines()[0] == ("Setup", 3, 225)


def test_a_payment_in_part_is_reason_enough(sold):
    sold.file.pay(sold.txn_id, 10)
    sold.salesforce.update(sold.deal_id, CloseDate="2026-02-01")
    sold.rest()
    assert sold.sale().reason == "Date: A payment or credit is applied to it in QuickBooks."


def test_a_voided_invoice_shows_as_void_and_is_left_alone(sold):
    sold.file.void_txn(sold.txn_id)
    sold.rest()
    assert sold.deal(sold.deal_id)["QB_Status__c"] == "Void"
    assert len(sold.documents()) == 1


def test_a_closed_period_is_left_alone_and_says_why(sold):
    sold.file.settings.closing_date = "2026-02-28"
    sold.salesforce.update(lines_of(sold)[0]["Id"], Quantity=3)
    sold.rest()
    link = sold.sale()
    assert link.state == "refused"
    assert "the books are closed up to 2026-02-28" in link.reason or "closed" in link.reason
    assert sold.document_lines()[0] == ("Setup", 2, 150)


@pytest.mark.parametrize(("on_delete", "status"), [("mark", "Deleted in QuickBooks"), ("nothing", "Open")])
def test_an_invoice_that_is_deleted_in_quickbooks_does_not_come_back(sold, on_delete, status):
    sold.sales(on_delete=on_delete)
    sold.rest()
    sold.file.delete_txn(sold.txn_id)
    sold.rest()
    assert sold.documents() == []
    shown = sold.deal(sold.deal_id)["QB_Status__c"]
    assert shown == status or (status == "Open" and shown == "Overdue")
    assert sold.sale().state == "gone"


def test_the_very_first_transaction_may_be_deleted_before_any_was_ever_listed(stocked):
    deal = stocked.opportunity(("Setup", 2, 75))
    stocked.cycle()
    stocked.poll()
    stocked.file.delete_txn(stocked.document()["TxnID"])
    stocked.rest()
    assert stocked.sale().state == "gone"
    assert stocked.deal(deal)["QB_Status__c"] == "Deleted in QuickBooks"


def test_an_opportunity_that_is_deleted_leaves_the_invoice_alone(sold):
    sold.salesforce.delete(sold.deal_id)
    sold.rest()
    assert sold.document_lines() == [("Setup", 2, 150), ("Cable", 10, 35)]
    assert sold.sale().state == "gone"


def test_a_total_that_is_another_than_the_opportunitys_is_flagged(sold):
    sold.file.add("ItemDiscount", Name="Loyal", DiscountRatePercent="10.0", AccountRef=sold.accounts["Takings"])
    rows = [{"TxnLineID": each["TxnLineID"]} for each in books(sold)]
    sold.file.edit_txn(sold.txn_id, lines=[*rows, {"TxnLineID": "-1", "ItemRef": "Loyal"}])
    sold.rest()
    link = sold.sale()
    assert link.state == "in_step"
    assert link.reason == "QuickBooks's total without tax is 181.50, Salesforce's amount 185.00."
