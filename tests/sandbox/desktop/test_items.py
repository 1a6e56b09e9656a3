"""What is special about items: accounts, two-sided items, groups, assemblies, quantities, price levels."""

from __future__ import annotations

import pytest

from project.sandbox.desktop import Quirks, Settings, others

from .books import done, fields, listed, refused
from .support import company, one, query, rets, status
from .test_lists import INVENTORY, ONE_SIDED, add, delete, mod, queried, whole

TWO_SIDED = {
    "SalesDesc": "s",
    "SalesPrice": "9.00",
    "IncomeAccountRef": "Sales Income",
    "PurchaseDesc": "p",
    "PurchaseCost": "4.00",
    "ExpenseAccountRef": "Cost of Goods Sold",
}


# Accounts of items -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("IncomeAccountRef", "Office Supplies"),
        ("COGSAccountRef", "Sales Income"),
        ("AssetAccountRef", "Checking"),
    ],
)
def test_an_account_of_the_wrong_type_is_refused(field, wrong):
    file = whole()
    assert refused(file, "ItemInventoryAdd", Name="A", **{**INVENTORY, field: wrong}) == 3153
    assert refused(file, "ItemInventoryAdd", Name="A", **{**INVENTORY, field: "Nowhere"}) == 3140
    assert refused(file, "ItemInventoryAdd", Name="A", **{**INVENTORY, field: None}) == 3270


@pytest.mark.parametrize("account", ["Accounts Receivable", "Accounts Payable", "Estimates"])
@pytest.mark.parametrize("kind", ["ItemService", "ItemNonInventory", "ItemOtherCharge"])
def test_no_item_posts_to_what_quickbooks_keeps_for_itself(kind, account):
    assert refused(whole(), f"{kind}Add", Name="A", SalesOrPurchase={"AccountRef": account}) == 3153


@pytest.mark.parametrize("code", [3180, 3270])
def test_an_item_bought_and_sold_needs_an_expense_account(code):
    file = whole(quirks=Quirks(missing_expense_account=code))
    part = {name: value for name, value in TWO_SIDED.items() if name != "ExpenseAccountRef"}
    body = fields(Name="A", SalesAndPurchase=part)
    rs = one(file, f"<ItemServiceAddRq><ItemServiceAdd>{body}</ItemServiceAdd></ItemServiceAddRq>")
    assert (status(rs), "An expense account must be specified." in rs.get("statusMessage")) == (code, True)


def test_an_account_in_use_by_an_item_cannot_be_deleted():
    file = whole()
    account = add(file, "Account", "Rentals", AccountType="Income")
    add(file, "ItemService", "S", SalesOrPurchase={"AccountRef": "Rentals"})
    assert delete(file, "Account", account["ListID"]) == 3160


# One side or two ---------------------------------------------------------------------------


def test_a_mod_changes_one_field_of_one_side():
    file = whole()
    item = add(file, "ItemService", "S")
    changed = mod(file, "ItemService", item, SalesOrPurchaseMod={"Price": "6.00"})
    assert changed["SalesOrPurchase"] == {
        "Desc": "d",
        "Price": "6.00",
        "AccountRef": item["SalesOrPurchase"]["AccountRef"],
    }
    percent = mod(file, "ItemService", changed, SalesOrPurchaseMod={"PricePercent": "10.0"})
    assert "Price" not in percent["SalesOrPurchase"]
    assert percent["SalesOrPurchase"]["PricePercent"] == "10.0"


def test_a_mod_cannot_make_one_side_two():
    file = whole()
    item = add(file, "ItemService", "S")
    sides = {"SalesAndPurchaseMod": TWO_SIDED}
    ids = {"ListID": item["ListID"], "EditSequence": item["EditSequence"]}
    assert refused(file, "ItemServiceMod", **ids, **sides) == 3153
    account = {"SalesOrPurchaseMod": {"AccountRef": {}}}
    assert refused(file, "ItemServiceMod", **ids, **account) == 3190


def test_a_two_sided_item_keeps_its_vendor_and_accounts():
    file = whole()
    vendor = add(file, "Vendor", "Maker")
    item = done(file, "ItemServiceAdd", Name="S", SalesAndPurchase={**TWO_SIDED, "PrefVendorRef": "Maker"})
    assert item["SalesAndPurchase"]["PrefVendorRef"] == {"ListID": vendor["ListID"], "FullName": "Maker"}
    assert item["SalesAndPurchase"]["ExpenseAccountRef"]["FullName"] == "Cost of Goods Sold"
    assert delete(file, "Vendor", vendor["ListID"]) == 3160


# Stock -------------------------------------------------------------------------------------


def test_an_inventory_item_starts_with_what_it_is_given():
    file = whole()
    item = add(file, "ItemInventory", "Bolt", QuantityOnHand="8", TotalValue="10.00", InventoryDate="2026-02-01")
    shown = {name: item[name] for name in ("QuantityOnHand", "AverageCost", "QuantityOnOrder", "QuantityOnSalesOrder")}
    assert shown == {
        "QuantityOnHand": "8",
        "AverageCost": "1.25",
        "QuantityOnOrder": "0",
        "QuantityOnSalesOrder": "0",
    }
    assert "TotalValue" not in item
    assert refused(file, "ItemInventoryAdd", Name="Nut", **INVENTORY, TotalValue="5.00") == 3210


def test_an_assembly_can_be_built_from_what_is_there():
    file = whole()
    add(file, "ItemInventory", "Bolt", QuantityOnHand="7", TotalValue="7.00")
    add(file, "ItemInventory", "Plate", QuantityOnHand="10", TotalValue="20.00")
    lines = [
        {"ItemInventoryRef": "Bolt", "Quantity": "2"},
        {"ItemInventoryRef": "Plate", "Quantity": "1"},
    ]
    frame = add(file, "ItemInventoryAssembly", "Frame", ItemInventoryAssemblyLine=lines)
    assert [each["ItemInventoryRef"]["FullName"] for each in frame["ItemInventoryAssemblyLine"]] == ["Bolt", "Plate"]
    ask_for = (
        "<ItemInventoryAssemblyRef><FullName>{}</FullName></ItemInventoryAssemblyRef><TxnDate>2026-02-03</TxnDate>"
    )
    body = f"<ItemAssembliesCanBuildQueryRq>{ask_for}</ItemAssembliesCanBuildQueryRq>"
    assert rets(one(file, body.format("Frame")))[0]["QuantityCanBuild"] == "3"
    assert status(one(file, body.format("Bolt"))) == 3140
    bolt = queried(file, "ItemInventory", "<FullName>Bolt</FullName>")[0]
    assert delete(file, "ItemInventory", bolt["ListID"]) == 3160
    empty = mod(file, "ItemInventoryAssembly", frame, ClearItemsInGroup="true")
    assert "ItemInventoryAssemblyLine" not in empty
    assert delete(file, "ItemInventory", bolt["ListID"]) == 0


def test_an_assembly_never_contains_itself():
    file = whole()
    inner = add(file, "ItemInventoryAssembly", "Inner")
    line = {"ItemInventoryRef": "Inner", "Quantity": "1"}
    add(file, "ItemInventoryAssembly", "Outer", ItemInventoryAssemblyLine=[line])
    ids = {"ListID": inner["ListID"], "EditSequence": inner["EditSequence"]}
    for name in ("Inner", "Outer"):
        line = {"ItemInventoryRef": name, "Quantity": "1"}
        assert refused(file, "ItemInventoryAssemblyMod", **ids, ItemInventoryAssemblyLine=[line]) == 3280


def test_items_in_all_sites_can_be_asked_for_where_there_are_sites():
    file = whole()
    add(file, "ItemInventory", "Bolt", QuantityOnHand="7", TotalValue="7.00")
    shown = rets(one(file, "<ItemSitesQueryRq/>"))[0]
    assert (shown["ItemInventoryRef"]["FullName"], shown["QuantityOnHand"]) == ("Bolt", "7")
    assert status(one(company(), "<ItemSitesQueryRq/>")) == 3250


# Groups and taxes --------------------------------------------------------------------------


def test_a_group_keeps_its_members_and_no_groups():
    file = whole()
    for name in ("A", "B"):
        add(file, "ItemService", name)
    lines = [{"ItemRef": "A", "Quantity": "2"}, {"ItemRef": "B"}]
    group = add(file, "ItemGroup", "G", ItemGroupLine=lines)
    assert [each["ItemRef"]["FullName"] for each in group["ItemGroupLine"]] == ["A", "B"]
    assert refused(file, "ItemGroupAdd", Name="H", ItemGroupLine=[{"ItemRef": "G"}]) == 3280
    fewer = mod(file, "ItemGroup", group, ItemGroupLine=[{"ItemRef": "B"}])
    assert [each["ItemRef"]["FullName"] for each in listed(fewer["ItemGroupLine"])] == ["B"]


def test_a_tax_above_nothing_needs_an_agency():
    file = whole()
    add(file, "Vendor", "State Board")
    assert refused(file, "ItemSalesTaxAdd", Name="County", TaxRate="1.5") == 3150
    add(file, "ItemSalesTax", "County", TaxRate="1.5", TaxVendorRef="State Board")
    add(file, "ItemSalesTax", "Exempt", TaxRate="0.0")
    group = add(file, "ItemSalesTaxGroup", "Both", ItemSalesTaxRef=["County", "San Mateo"])
    assert [each["FullName"] for each in group["ItemSalesTaxRef"]] == ["County", "San Mateo"]
    assert refused(file, "ItemSalesTaxGroupAdd", Name="More", ItemSalesTaxRef=["Both"]) == 3280


def test_item_names_are_unique_over_all_types_under_one_parent():
    file = whole()
    add(file, "ItemService", "Work")
    assert refused(file, "ItemNonInventoryAdd", Name="WORK", **ONE_SIDED) == 3100
    below = add(file, "ItemService", "Work", ParentRef="Work")
    assert (below["FullName"], below["Sublevel"]) == ("Work:Work", "1")
    assert refused(file, "ItemNonInventoryAdd", Name="A", ParentRef="Work", **ONE_SIDED) == 3130


def test_an_item_of_another_type_is_not_changed():
    file = whole()
    item = add(file, "ItemService", "S")
    code = refused(file, "ItemNonInventoryMod", ListID=item["ListID"], EditSequence=item["EditSequence"], Name="T")
    assert code == 3280


# Prices ------------------------------------------------------------------------------------


def test_a_price_level_is_a_percentage_or_prices_of_items():
    file = whole()
    add(file, "ItemService", "S", SalesOrPurchase={"Price": "20.00", "AccountRef": "Sales Income"})
    level = done(
        file,
        "PriceLevelAdd",
        Name="Special",
        PriceLevelPerItem=[{"ItemRef": "S", "AdjustPercentage": "-10.0", "AdjustRelativeTo": "StandardPrice"}],
    )
    assert (level["PriceLevelType"], level["PriceLevelPerItemRet"]["CustomPrice"]) == ("PerItem", "18.00")
    assert len(queried(file, "PriceLevel", "<ItemRef><FullName>S</FullName></ItemRef>")) == 1
    pro = company(edition="Pro")
    add(pro, "ItemService", "S")
    prices = [{"ItemRef": "S", "CustomPrice": "1.00"}]
    assert refused(pro, "PriceLevelAdd", Name="Special", PriceLevelPerItem=prices) == 3250


def test_a_billing_rate_holds_service_items_only():
    file = whole()
    add(file, "ItemService", "S")
    add(file, "ItemNonInventory", "N")
    rate = done(file, "BillingRateAdd", Name="R", BillingRatePerItem=[{"ItemRef": "S", "CustomRate": "30.00"}])
    assert (rate["BillingRateType"], rate["BillingRatePerItemRet"]["CustomRate"]) == ("PerItem", "30.00")
    wrong = [{"ItemRef": "N", "CustomRate": "30.00"}]
    assert refused(file, "BillingRateAdd", Name="Q", BillingRatePerItem=wrong) == 3280


# Special items, bar codes, units -------------------------------------------------------------


@pytest.mark.parametrize("special", sorted(others.SPECIAL_ITEMS))
def test_special_items_are_made_once_and_stay(special):
    file = whole()
    item = done(file, "SpecialItemAdd", SpecialItemType=special)
    assert item["SpecialItemType"] == special
    assert refused(file, "SpecialItemAdd", SpecialItemType=special) == 3100
    assert delete(file, others.SPECIAL_ITEMS[special][1], item["ListID"]) == 3160


def test_bar_codes_show_where_they_are_switched_on():
    file, without = whole(), company(settings=Settings())
    for each in (file, without):
        add(each, "ItemService", "S", BarCode={"BarCodeValue": "4006381333931"})
    assert rets(one(file, "<BarCodeQueryRq/>"))[0]["FullName"] == "S"
    assert queried(file, "ItemService")[0]["BarCodeValue"] == "4006381333931"
    assert "BarCodeValue" not in queried(without, "ItemService")[0]
    assert status(one(without, "<BarCodeQueryRq/>")) == 3250


def test_a_set_of_units_uses_its_own():
    file = whole()
    base = {"UnitOfMeasureType": "Count", "BaseUnit": {"Name": "each", "Abbreviation": "ea"}}
    dozen = {"Name": "dozen", "Abbreviation": "dz", "ConversionRatio": "12"}
    use = {"UnitUsedFor": "Sales", "Unit": "dozen"}
    units = done(file, "UnitOfMeasureSetAdd", Name="Eggs", **base, RelatedUnit=[dozen], DefaultUnit=[use])
    assert units["RelatedUnit"]["ConversionRatio"] == "12"
    assert refused(file, "UnitOfMeasureSetAdd", Name="B", **base, DefaultUnit=[{**use, "Unit": "box"}]) == 3210
    add(file, "ItemService", "S", UnitOfMeasureSetRef="Eggs")
    assert delete(file, "UnitOfMeasureSet", units["ListID"]) == 3160


def test_customers_refer_to_tax_groups_too():
    file = whole()
    add(file, "ItemSalesTaxGroup", "Both")
    add(file, "Customer", "A", ItemSalesTaxRef="Both")
    assert rets(one(file, query()))[0]["ItemSalesTaxRef"]["FullName"] == "Both"
