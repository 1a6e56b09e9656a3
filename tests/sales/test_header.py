"""Terms, class, rep, tax, dates, shipping and memo: said when a transaction is made, and later changes both ways."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

pytestmark = pytest.mark.django_db

SAID = {
    "QB_Terms__c": "Net 15",
    "QB_Class__c": "East",
    "QB_Sales_Rep__c": "EL",
    "QB_Ship_Method__c": "Courier",
    "QB_Tax_Item__c": "Quebec",
    "QB_Memo__c": "By hand",
    "QB_Due_Date__c": "2026-03-01",
    "QB_Ship_Date__c": "2026-02-10",
    "QB_PO_Number__c": "PO-1",
}
LATER = {
    "QB_Terms__c": "Net 30",
    "QB_Class__c": "West",
    "QB_Sales_Rep__c": None,
    "QB_Ship_Method__c": None,
    "QB_Tax_Item__c": "San Mateo",
    "QB_Memo__c": "Changed",
    "QB_Due_Date__c": "2026-04-01",
    "QB_Ship_Date__c": "2026-02-11",
    "QB_PO_Number__c": "PO-2",
}
REFERENCES = ("TermsRef", "ClassRef", "SalesRepRef", "ShipMethodRef", "ItemSalesTaxRef")
PLAIN = ("Memo", "DueDate", "ShipDate", "PONumber")


@pytest.fixture
def shop(stocked):
    """A company with classes, reps, a ship method, and Quebec's tax of 9.975 percent."""
    stocked.file.settings.class_tracking = True
    stocked.file.add("Class", Name="East")
    stocked.file.add("Class", Name="West")
    stocked.file.add("OtherName", Name="Erin Lund")
    stocked.file.add("SalesRep", Initial="EL", SalesRepEntityRef="Erin Lund")
    stocked.file.add("ShipMethod", Name="Courier")
    stocked.file.add("Vendor", Name="Revenue")
    stocked.file.add("ItemSalesTax", Name="Quebec", TaxRate="9.975", TaxVendorRef="Revenue")
    return stocked


def header(world):
    found = world.document()
    said = [found.get(name, {}).get("FullName") for name in REFERENCES]
    return [*said, *(str(found[name]) if name in found else None for name in PLAIN)]


def shown(world, deal):
    row = world.deal(deal)
    return {name: row.get(name) and str(row[name]) for name in SAID}


def test_what_the_opportunity_says_arrives_and_later_changes_travel_both_ways(shop):
    deal = shop.opportunity(
        ("Setup", 1, "4495.16", {"QB_Tax_Code__c": "Tax", "ServiceDate": "2026-01-15"}), ("Cable", 1, 0), **SAID
    )
    shop.rest()
    assert header(shop) == [
        *("Net 15", "East", "EL", "Courier", "Quebec"),
        *("By hand", "2026-03-01", "2026-02-10", "PO-1"),
    ]
    # QuickBooks's tax and total are the truth, to the cent; they differ from no number of ours.
    tax = shop.document()["SalesTaxTotal"]
    assert tax in (Decimal("448.39"), Decimal("448.40"))
    assert Decimal(str(shop.deal(deal)["QB_Total__c"])) == Decimal("4495.16") + tax
    assert (shop.sale().state, shop.sale().reason) == ("in_step", "")

    shop.salesforce.update(deal, **LATER)
    row = next(row for row in shop.salesforce.records("OpportunityLineItem") if row.get("QB_Tax_Code__c"))
    shop.salesforce.update(row["Id"], QB_Tax_Code__c="Non")
    shop.rest()
    assert header(shop) == [
        *("Net 30", "West", None, None, "San Mateo"),
        *("Changed", "2026-04-01", "2026-02-11", "PO-2"),
    ]
    assert shop.document()["SalesTaxTotal"] == 0
    assert shop.document()["InvoiceLineRet"][0]["SalesTaxCodeRef"]["FullName"] == "Non"

    invoice = shop.document()
    rows = [{"TxnLineID": each["TxnLineID"]} for each in invoice["InvoiceLineRet"]]
    rows[0] |= {"SalesTaxCodeRef": "Tax", "ServiceDate": date(2026, 1, 20)}
    shop.file.edit_txn(
        invoice["TxnID"],
        lines=rows,
        TermsRef="Net 60",
        ClassRef="East",
        SalesRepRef="EL",
        ShipMethodRef="Courier",
        ItemSalesTaxRef="Quebec",
        Memo="Theirs",
        PONumber="PO-3",
        DueDate=date(2026, 5, 1),
        ShipDate=date(2026, 2, 12),
    )
    shop.rest()
    assert [*shown(shop, deal).values()] == [
        *("Net 60", "East", "EL", "Courier", "Quebec", "Theirs", "2026-05-01", "2026-02-12", "PO-3"),
    ]
    row = next(r for r in shop.salesforce.records("OpportunityLineItem") if r["Id"] == row["Id"])
    assert (row["QB_Tax_Code__c"], str(row["ServiceDate"])) == ("Tax", "2026-01-20")


def test_what_quickbooks_lacks_is_named_and_stops_nothing_else(shop):
    """A new transaction is refused as a whole; of a change only the field that is wrong."""
    shop.opportunity(("Setup", 1, 75), name="Wrong", QB_Sales_Rep__c="XX")
    deal = shop.opportunity(("Setup", 1, 75), name="Right")
    shop.rest()
    assert shop.sale("Wrong").state == "refused"
    assert "Choose a sales rep on it that QuickBooks has" in shop.sale("Wrong").reason
    # What QuickBooks filled in by itself is shown.
    assert shop.deal(deal)["QB_Memo__c"] == f"Salesforce opportunity {deal}"
    assert str(shop.deal(deal)["QB_Due_Date__c"]) == str(shop.document()["DueDate"])
    assert shop.deal(deal)["QB_Tax_Item__c"] == shop.document()["ItemSalesTaxRef"]["FullName"]
    shop.salesforce.update(deal, QB_Terms__c="Net 31", QB_PO_Number__c="PO-9")
    shop.rest()
    assert shop.document()["PONumber"] == "PO-9"
    assert shop.sale("Right").state == "refused"
    assert shop.sale("Right").reason.startswith("Terms: ")
    assert "Net 31" in shop.sale("Right").reason
    wrong = next(row for row in shop.salesforce.records("Opportunity") if row["Name"] == "Wrong")
    shop.salesforce.update(wrong["Id"], QB_Sales_Rep__c="EL")
    shop.salesforce.update(deal, QB_Terms__c="Net 30")
    shop.rest()
    assert {link.name: link.state for link in shop.sales_links()} == {"Wrong": "in_step", "Right": "in_step"}


def test_the_settings_say_what_the_opportunity_does_not(shop):
    shop.sales(terms="Net 30", sales_rep="EL", tax_item="Quebec", tax_code="Non", **{"class": "East"})
    shop.opportunity(("Setup", 1, 75), QB_Terms__c="Net 15")
    shop.rest()
    found = shop.document()
    assert [found[name]["FullName"] for name in ("TermsRef", "SalesRepRef", "ItemSalesTaxRef", "ClassRef")] == [
        *("Net 15", "EL", "Quebec", "East")
    ]
    assert found["InvoiceLineRet"][0]["SalesTaxCodeRef"]["FullName"] == "Non"
