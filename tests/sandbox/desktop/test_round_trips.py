"""What is sent is shown: every field of every Add and Mod of every list comes back, or it is known why not."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from project.sandbox.desktop.kinds import KINDS, TARGETS
from project.sandbox.desktop.rules import REQUESTS, RETS

from . import shapes
from .support import one, plain, status
from .test_lists import ADDED, CHANGED, add, whole

# The request's field -> why its Ret shows it otherwise or not at all.
OTHERWISE = {
    "BarCode": "an aggregate, of which BarCodeValue is shown",
    "OpenBalance": "becomes the balance",
    "OpenBalanceDate": "the date of the opening balance",
    "TotalValue": "becomes the average cost",
    "InventoryDate": "the date of the quantity to begin with",
    "TaxLineID": "shown with its name",
    "Contacts": "numbered and shown as ContactsRet",
    "AdditionalNotes": "numbered and shown as AdditionalNotesRet",
    "AdditionalContactRef": "the first are phone and mail",
    "PriceLevelPerItem": "shown as PriceLevelPerItemRet",
    "BillingRatePerItem": "shown as BillingRatePerItemRet",
    "RateEntry": "shown as RateHistory",
    "Locations": "numbered and shown as LocationsRet",
    "LeadContacts": "numbered and shown as LeadContactsRet",
    "SalesOrPurchaseMod": "a part of SalesOrPurchase",
    "SalesAndPurchaseMod": "a part of SalesAndPurchase",
    "FixedAssetSalesInfoMod": "shown as FixedAssetSalesInfo",
    "EmployeePayrollInfoMod": "shown as EmployeePayrollInfo",
    "LocationsMod": "shown as LocationsRet",
    "LeadContactsMod": "shown as LeadContactsRet",
    "ContactsMod": "shown as ContactsRet",
    "AdditionalNotesMod": "shown as AdditionalNotesRet",
    "ClearItemsInGroup": "an instruction",
    "ForceUOMChange": "an instruction",
    "EditSequence": "the next one is shown",
    "EmployeePayrollInfo": "ClearEarnings in it is an instruction",
    "SSN": "shown as long as one is",
}
INSTRUCTIONS = (
    "ApplyAccountRefToExistingTxns",
    "ApplyIncomeAccountRefToExistingTxns",
    "ApplyCOGSAccountRefToExistingTxns",
)
# Accounts that fit.
ACCOUNTS = {
    "IncomeAccountRef": "Sales Income",
    "COGSAccountRef": "Cost of Goods Sold",
    "AssetAccountRef": "Inventory Asset",
    "DepositToAccountRef": "Undeposited Funds",
}
# References that do not go together with what the rest of the document says, or need an element of a certain kind.
PARTS_LEFT_OUT = ("ParentRef", "ParentSiteRef", "ContactsMod", "AdditionalNotesMod", "LocationsMod", "LeadContactsMod")


def furnished():
    """A company with an element in every list that something can refer to."""
    file = whole()
    for kind in ("UnitOfMeasureSet", "Vendor", "Employee", "Customer", "OtherName", "CustomerType", "VendorType"):
        add(file, kind, f"A {kind}"[:15])
    for kind in ("JobType", "Class", "ItemService", "ItemInventory", "BillingRate", "PayrollItemWage", "Lead"):
        add(file, kind, f"A {kind}"[:15])
    add(file, "SalesRep", "AR")
    return file


def fit(file, node: etree._Element) -> None:
    """Let every reference lead to something that is there, and drop what would have to be known before."""
    for each in list(node.iter()):
        if each.tag in PARTS_LEFT_OUT:
            each.getparent().remove(each)
        elif each.tag in TARGETS:
            for child in list(each):
                each.remove(child)
            etree.SubElement(each, "FullName").text = target(file, each.tag)
    for each in [line for name in ("Addr3", "Addr4", "Addr5", "Country") for line in node.iter(name)]:
        each.getparent().remove(each)  # five lines at most, those of the city and the country among them
    for each in list(node.iter("MiddleName", "LastName")) if node.tag.startswith("Employee") else ():
        each.text = "x"  # three names are one of 41 characters
    for unit in node.iter("DefaultUnit"):
        unit.find("Unit").text = node.findtext(".//BaseUnit/Name")
    for number, unit in enumerate(node.iter("RelatedUnit")):
        unit.find("Name").text = f"unit {number}"
    for name in ("PrefillAccountRef", "RateEntry"):  # each only once
        for each in list(node.iter(name))[1:]:
            each.getparent().remove(each)


def target(file, field: str) -> str:
    if field in ACCOUNTS:
        return ACCOUNTS[field]
    for kind in TARGETS[field]:
        for record in file.lists.shelf(kind).in_order(kind):
            if kind != "Account" or record.data["AccountType"] in ("Expense", "FixedAsset"):
                return record.full_name
    raise LookupError(field)


def sent(file, name: str, take: int, record: dict[str, Any] | None = None) -> etree._Element:
    content = REQUESTS[name].content.by_name[name].inner
    node = etree.fromstring(f"<{name}>{shapes.most(content, take)}</{name}>")
    fit(file, node)
    if record is not None:
        node.find("ListID").text, node.find("EditSequence").text = record["ListID"], record["EditSequence"]
    if name == "AccountAdd" or name == "AccountMod":
        node.find("AccountType").text = "Bank" if take else "Expense"
    if name.startswith("ItemFixedAsset"):
        node.find("AssetAccountRef/FullName").text = "Furniture and Equipment"
    return node


def differing(kind: str, node: etree._Element, shown: dict[str, Any]) -> list[str]:
    known = RETS[kind].by_name
    found = []
    for field, value in plain(node).items():
        if field in OTHERWISE or field in INSTRUCTIONS or field not in known:
            if field not in OTHERWISE and field not in INSTRUCTIONS:
                found.append(f"{field} is not in the Ret")
        elif not covers(shown.get(field), value):
            found.append(f"{field}: sent {value!r}, shown {shown.get(field)!r}")
    return found


def covers(shown: Any, value: Any) -> bool:
    """Equal as far as it was sent; a number may be written otherwise."""
    if isinstance(value, dict):
        return isinstance(shown, dict) and all(covers(shown.get(name), each) for name, each in value.items())
    if isinstance(value, list):
        return isinstance(shown, list) and all(covers(*pair) for pair in zip(shown, value, strict=True))
    return shown == value


def choices(name: str) -> range:
    return range(shapes.branches(REQUESTS[name].content.by_name[name].inner))


@pytest.mark.parametrize("kind", ADDED)
def test_everything_that_an_add_holds_is_shown(kind):
    name = f"{kind}Add"
    for take in choices(name):
        file = furnished()
        node = sent(file, name, take)
        rs = one(file, f"<{name}Rq>{etree.tostring(node).decode()}</{name}Rq>")
        assert status(rs) == 0, (rs.get("statusMessage"), etree.tostring(node))
        assert differing(kind, node, plain(rs[0])) == [], f"branch {take}"


@pytest.mark.parametrize("kind", CHANGED)
def test_everything_that_a_mod_holds_is_shown(kind):
    name = f"{kind}Mod"
    for take in choices(name):
        file = furnished()
        extra = two_sided(take) if kind in ("ItemService", "ItemNonInventory", "ItemOtherCharge") else {}
        record = add(file, kind, "Old", **extra)
        node = sent(file, name, take, record)
        rs = one(file, f"<{name}Rq>{etree.tostring(node).decode()}</{name}Rq>")
        if kind == "PriceLevel" and take:
            assert status(rs) == 3153  # a percentage cannot become prices of items
            continue
        assert status(rs) == 0, (rs.get("statusMessage"), etree.tostring(node))
        assert differing(kind, node, plain(rs[0])) == [], f"branch {take}"


def two_sided(take: int) -> dict[str, Any]:
    if take % 2 == 0:
        return {}
    return {
        "SalesOrPurchase": None,
        "SalesAndPurchase": {"IncomeAccountRef": "Sales Income", "ExpenseAccountRef": "Office Supplies"},
    }


def test_each_exception_is_a_field_of_some_request():
    names = {
        field
        for kind in KINDS
        for act in ("Add", "Mod")
        if f"{kind}{act}" in REQUESTS
        for field in REQUESTS[f"{kind}{act}"].content.by_name[f"{kind}{act}"].inner.by_name
    }
    assert set(OTHERWISE) <= names
