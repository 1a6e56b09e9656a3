"""Every list of a company file, by the same few rules: added, changed, queried, deleted, found again."""

from __future__ import annotations

from typing import Any

import pytest

from project.sandbox.desktop import Settings, others, rules
from project.sandbox.desktop.execute import HANDLERS
from project.sandbox.desktop.kinds import ITEMS, KINDS

from .books import done, refused, request
from .support import ask, company, one, rets, status

EVERYTHING = Settings(
    multi_currency=True,
    class_tracking=True,
    units_of_measure=True,
    multi_site=True,
    bar_codes=True,
    personal_data=True,
)
INVENTORY = {
    "IncomeAccountRef": "Sales Income",
    "COGSAccountRef": "Cost of Goods Sold",
    "AssetAccountRef": "Inventory Asset",
}
ONE_SIDED = {"SalesOrPurchase": {"Desc": "d", "Price": "5.00", "AccountRef": "Sales Income"}}
# What an element of each list needs beside its name.
NEEDED: dict[str, dict[str, Any]] = {
    "Account": {"AccountType": "Expense"},
    "BillingRate": {"FixedBillingRate": "50.00"},
    "Currency": {"CurrencyCode": "CHF"},
    "DateDrivenTerms": {"DayOfMonthDue": "10"},
    "ItemDiscount": {"AccountRef": "Sales Income", "DiscountRatePercent": "10.0"},
    "ItemFixedAsset": {
        "AcquiredAs": "New",
        "PurchaseDesc": "Van",
        "PurchaseDate": "2026-01-02",
        "AssetAccountRef": "Furniture and Equipment",
    },
    "ItemInventory": INVENTORY,
    "ItemInventoryAssembly": INVENTORY,
    "ItemNonInventory": ONE_SIDED,
    "ItemOtherCharge": ONE_SIDED,
    "ItemService": ONE_SIDED,
    "ItemSalesTaxGroup": {"ItemSalesTaxRef": ["San Mateo"]},
    "PayrollItemWage": {"WageType": "Bonus", "ExpenseAccountRef": "Payroll Expenses"},
    "PriceLevel": {"PriceLevelFixedPercentage": "-5.0"},
    "SalesTaxCode": {"IsTaxable": "true"},
    "UnitOfMeasureSet": {"UnitOfMeasureType": "Count", "BaseUnit": {"Name": "each", "Abbreviation": "ea"}},
    "WorkersCompCode": {"RateEntry": [{"Rate": "1.5", "EffectiveDate": "2026-01-01"}]},
}
NAMED = {"SalesRep": "Initial", "Lead": "FullName", "Employee": "FirstName", "ToDo": "Notes"}
ADDED = sorted(kind for kind in KINDS if f"{kind}Add" in rules.REQUESTS)
CHANGED = sorted(kind for kind in KINDS if f"{kind}Mod" in rules.REQUESTS)
DELETED = set(rules.REQUESTS["ListDel"].content.by_name["ListDelType"].options)


def whole(**options: Any):
    """A company with everything switched on."""
    return company(settings=EVERYTHING, **{"edition": "Enterprise", **options})


def add(file, kind: str, name: str = "New", **fields: Any) -> dict[str, Any]:
    if kind == "SalesRep":
        file.add("OtherName", Name=f"Rep {name}")
        fields = {"SalesRepEntityRef": f"Rep {name}", **fields}
    return done(file, f"{kind}Add", **{NAMED.get(kind, "Name"): name, **NEEDED.get(kind, {}), **fields})


def mod(file, kind: str, record: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return done(file, f"{kind}Mod", ListID=record["ListID"], EditSequence=record["EditSequence"], **fields)


def queried(file, kind: str, inner: str = "") -> list[dict[str, Any]]:
    return rets(one(file, f"<{kind}QueryRq>{inner}</{kind}QueryRq>"))


def delete(file, kind: str, list_id: str) -> int:
    return status(one(file, f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{list_id}</ListID></ListDelRq>"))


# One rule for all -------------------------------------------------------------------------


def test_every_request_is_done_or_refused_for_a_reason():
    assert set(rules.REQUESTS) == set(HANDLERS)
    assert all(code in (1030, 3250) and len(why) > 20 for code, why in others.REFUSED.values())


def test_every_list_that_can_be_deleted_from_is_there():
    assert set(KINDS) >= DELETED


@pytest.mark.parametrize("kind", ADDED)
def test_what_is_added_is_found_by_id_and_by_name(kind):
    file = whole()
    record = add(file, kind, "Neu")
    assert [each["ListID"] for each in queried(file, kind, f"<ListID>{record['ListID']}</ListID>")] == [
        record["ListID"]
    ]
    if kind == "ToDo":
        return
    branch = "Name" if kind == "Lead" else "FullName"
    assert queried(file, kind, f"<{branch}>NEU</{branch}>")[0]["EditSequence"] == record["EditSequence"]


@pytest.mark.parametrize("kind", ADDED)
def test_a_name_is_used_once_whatever_its_case(kind):
    file = whole()
    add(file, kind, "Neu")
    if kind == "ToDo":
        assert add(file, kind, "Neu")["Notes"] == "Neu"
        return
    again = {NAMED.get(kind, "Name"): "NEU", **NEEDED.get(kind, {})}
    if kind == "SalesRep":
        again["SalesRepEntityRef"] = "Rep Neu"
    assert refused(file, f"{kind}Add", **again) == 3100


@pytest.mark.parametrize("kind", CHANGED)
def test_a_change_needs_the_current_edit_sequence(kind):
    file = whole()
    record = add(file, kind, "Old")
    field = NAMED.get(kind, "Name")
    changed = mod(file, kind, record, **{field: "Jan"})
    assert (changed[field], changed["ListID"]) == ("Jan", record["ListID"])
    assert int(changed["EditSequence"]) > int(record["EditSequence"])
    code = refused(file, f"{kind}Mod", ListID=record["ListID"], EditSequence=record["EditSequence"], **{field: "Lat"})
    assert code == 3200
    assert refused(file, f"{kind}Mod", ListID="8000FFFF-1", EditSequence="1", **{field: "Non"}) == 3120


@pytest.mark.parametrize("kind", sorted(set(ADDED) & DELETED))
def test_what_is_deleted_is_gone_and_remembered(kind):
    file = whole()
    record = add(file, kind, "Gon")
    assert delete(file, kind, record["ListID"]) == 0
    assert delete(file, kind, record["ListID"]) == 3120
    found = one(file, f"<{kind}QueryRq><ListID>{record['ListID']}</ListID></{kind}QueryRq>")
    assert (status(found), len(found)) == (500, 0)
    log = f"<ListDeletedQueryRq><ListDelType>{kind}</ListDelType></ListDeletedQueryRq>"
    assert [each["ListID"] for each in rets(one(file, log))] == [record["ListID"]]


@pytest.mark.parametrize("kind", [kind for kind in ADDED if KINDS[kind].hierarchical])
def test_a_tree_has_five_levels_and_full_names(kind):
    file = whole()
    parent = add(file, kind, "L1")
    assert parent["Sublevel"] == "0"
    for level in range(2, 6):
        parent = add(file, kind, f"L{level}", ParentRef={"ListID": parent["ListID"]})
    assert (parent["FullName"], parent["Sublevel"]) == ("L1:L2:L3:L4:L5", "4")
    fields = {"Name": "L6", **NEEDED.get(kind, {}), "ParentRef": {"ListID": parent["ListID"]}}
    assert refused(file, f"{kind}Add", **fields) == 3130
    assert refused(file, f"{kind}Add", **{**fields, "ParentRef": "Nobody"}) == 3130
    top = queried(file, kind, "<FullName>L1</FullName>")[0]
    assert delete(file, kind, top["ListID"]) == 3160


@pytest.mark.parametrize("kind", [kind for kind in ADDED if KINDS[kind].custom_fields])
def test_custom_fields_are_kept_for_their_owner(kind):
    file = whole()
    record = add(file, kind, "Marked")
    what = KINDS[kind].custom_fields
    file.define_custom_field("Colour", objects=(what,))
    body = (
        "<DataExtAddRq><DataExtAdd><OwnerID>0</OwnerID><DataExtName>Colour</DataExtName>"
        f"<ListDataExtType>{what}</ListDataExtType><ListObjRef><ListID>{record['ListID']}</ListID></ListObjRef>"
        "<DataExtValue>red</DataExtValue></DataExtAdd></DataExtAddRq>"
    )
    assert status(one(file, body)) == 0
    shown = queried(file, kind, f"<ListID>{record['ListID']}</ListID><OwnerID>0</OwnerID>")[0]
    assert shown["DataExtRet"]["DataExtValue"] == "red"
    assert shown["EditSequence"] != record["EditSequence"]


@pytest.mark.parametrize("kind", ["Account", "Employee", *ITEMS, "SalesRep", "ToDo", "UnitOfMeasureSet"])
def test_a_stored_file_brings_every_list_back(kind):
    file, copy = whole(), whole()
    add(file, kind, "Kept")
    copy.load_json(file.to_json())
    assert copy.elements(kind) == file.elements(kind)


# Features and editions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settings", "edition"),
    [
        ("Currency", Settings(), "Enterprise"),
        ("InventorySite", Settings(multi_site=True), "Premier"),
        ("InventorySite", Settings(), "Enterprise"),
        ("UnitOfMeasureSet", Settings(units_of_measure=True), "Pro"),
        ("ItemInventory", Settings(inventory=False), "Pro"),
        ("ItemInventoryAssembly", Settings(), "Pro"),
        ("BillingRate", Settings(), "Pro"),
    ],
)
def test_lists_of_other_editions_and_features_are_not_available(kind, settings, edition):
    file = company(settings=settings, edition=edition)
    fields = {"Name": "A", **NEEDED.get(kind, {})}
    answers = ask(file, request(f"{kind}Add", **fields) + f"<{kind}QueryRq/>")
    assert [status(each) for each in answers] == [3250, 3250]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("Class", Settings()),
        ("PriceLevel", Settings(price_levels=False)),
        ("SalesTaxCode", Settings(sales_tax=False)),
        ("ItemSalesTax", Settings(sales_tax=False)),
    ],
)
def test_what_is_switched_off_can_be_looked_at_but_not_written(kind, settings):
    file = company(settings=settings)
    fields = {"Name": "A", **NEEDED.get(kind, {})}
    answers = ask(file, request(f"{kind}Add", **fields) + f"<{kind}QueryRq/>")
    assert [status(each) for each in answers] in ([3250, 0], [3250, 1])


def test_a_query_of_several_lists_shows_those_that_are_there():
    file = company(edition="Pro")
    add(file, "ItemService", "S")
    assert {each.tag for each in one(file, "<ItemQueryRq/>")} == {"ItemServiceRet", "ItemSalesTaxRet"}


def test_items_come_grouped_by_their_type():
    file = whole()
    for kind in reversed(ITEMS):
        add(file, kind, f"A {kind}")
    file.clock.advance(10)
    add(file, "ItemService", "Z")
    tags = [each.tag for each in one(file, "<ItemQueryRq/>")]
    assert list(dict.fromkeys(tags)) == [f"{kind}Ret" for kind in ITEMS]
    since = "<FromModifiedDate>2026-01-01</FromModifiedDate>"
    assert [each.tag for each in one(file, f"<ItemQueryRq>{since}</ItemQueryRq>")] == tags


def test_names_and_terms_are_queried_together():
    file = whole()
    for kind in ("Vendor", "Customer", "OtherName", "Employee"):
        add(file, kind, f"A {kind}")
    tags = [each.tag for each in one(file, "<EntityQueryRq/>")]
    assert tags == ["CustomerRet", "EmployeeRet", "OtherNameRet", "VendorRet"]


@pytest.mark.parametrize("name", sorted(others.REFUSED))
def test_what_cannot_be_done_is_refused_as_by_quickbooks(name):
    from . import shapes

    body = f"<{name}Rq>{shapes.least(rules.REQUESTS[name].content)}</{name}Rq>"
    file = company(country="CA" if name.startswith("SalesTaxReturn") else "US")
    assert status(one(file, body)) == others.REFUSED[name][0]


def test_the_rets_of_a_new_company_fit_the_schema():
    file = whole()
    queries = "".join(f"<{kind}QueryRq/>" for kind in KINDS)
    assert {status(each) for each in ask(file, queries)} <= {0, 1}
    assert [each.tag for each in one(file, "<CompanyActivityQueryRq/>")] == ["CompanyActivityRet"]
