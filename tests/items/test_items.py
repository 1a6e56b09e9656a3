"""Items become products with a standard price, and what happens to them afterwards follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncapp.flows.items import SOLD
from syncapp.models import Link
from tests.items.conftest import filled

pytestmark = pytest.mark.django_db


def test_a_service_becomes_an_active_product_with_its_price_in_the_standard_book(world):
    item = world.service("Consulting", "125.50", desc="By the hour")
    world.rest()
    product = world.products()["Consulting"]
    assert (product["ProductCode"], product["Description"], product["IsActive"]) == (
        "Consulting",
        "By the hour",
        True,
    )
    assert product["QB_Id__c"] == f"acme:{item}"
    assert product["QB_Item_Type__c"] == "Service"
    assert world.prices() == {"Consulting": 125.5}
    assert world.states()["Consulting"] == "in_step"


def test_changes_of_price_text_and_activity_follow(world):
    item = world.service("Consulting", "125.50")
    world.rest()
    world.file.edit("ItemService", item, SalesOrPurchaseMod={"Price": "140.00", "Desc": "By the day"})
    world.rest()
    assert world.prices() == {"Consulting": 140.0}
    assert world.products()["Consulting"]["Description"] == "By the day"
    world.file.edit("ItemService", item, IsActive="false")
    world.rest()
    assert world.products()["Consulting"]["IsActive"] is False
    world.file.edit("ItemService", item, IsActive="true", Name="Advice")
    world.rest(idle=5)
    assert world.products()["Advice"]["IsActive"] is True
    assert list(world.products()) == ["Advice"]


def sold(part, price, text):
    """How a type of item says its price and its text: in the part of that name, or in the item itself."""
    return lambda p, t: {part: {price: p, text: t}} if part else filled({price: p, text: t})


# Each type: how it says price and text when it is added, and when it is changed; and its price as a product has it.
TYPES = {
    "Service": (sold("SalesOrPurchase", "Price", "Desc"), sold("SalesOrPurchaseMod", "Price", "Desc"), 1),
    "NonInventory": (sold("SalesOrPurchase", "Price", "Desc"), sold("SalesOrPurchaseMod", "Price", "Desc"), 1),
    "OtherCharge": (sold("SalesOrPurchase", "Price", "Desc"), sold("SalesOrPurchaseMod", "Price", "Desc"), 1),
    "Inventory": (sold("", "SalesPrice", "SalesDesc"), sold("", "SalesPrice", "SalesDesc"), 1),
    "InventoryAssembly": (sold("", "SalesPrice", "SalesDesc"), sold("", "SalesPrice", "SalesDesc"), 1),
    "Discount": (sold("", "DiscountRate", "ItemDesc"), sold("", "DiscountRate", "ItemDesc"), -1),
    "FixedAsset": (lambda p, t: {"PurchaseDesc": t}, lambda p, t: {"PurchaseDesc": t}, 0),
    "Group": (lambda p, t: {"ItemDesc": t}, lambda p, t: {"ItemDesc": t}, 0),
    "Subtotal": (lambda p, t: {"ItemDesc": t}, lambda p, t: {"ItemDesc": t}, 0),
    "Payment": (lambda p, t: {"ItemDesc": t}, lambda p, t: {"ItemDesc": t}, 0),
}


def member(reference, item, quantity):
    return {reference: {"ListID": item}, "Quantity": str(quantity)}


def add_every_type(world):
    """One item of each type, by its type: the id."""
    takings, stock = world.accounts["Takings"], world.accounts["Stock"]
    in_stock = {
        "IncomeAccountRef": takings,
        "COGSAccountRef": world.accounts["Cost of Goods"],
        "AssetAccountRef": stock,
        "QuantityOnHand": "7",
    }
    more = {
        "Inventory": in_stock,
        "InventoryAssembly": in_stock,
        "Discount": {"AccountRef": takings},
        "FixedAsset": {
            "AcquiredAs": "New",
            "PurchaseDate": "2025-01-01",
            "AssetAccountRef": world.accounts["Machines"],
        },
    }
    ids = {}
    for name, (add, _, _) in TYPES.items():
        given = add("12.50", "As it was")
        if "SalesOrPurchase" in given:
            given["SalesOrPurchase"]["AccountRef"] = takings
        if name == "Group":
            more[name] = {
                "ItemGroupLine": [member("ItemRef", ids["Service"], 2), member("ItemRef", ids["Discount"], 1)]
            }
        elif name == "InventoryAssembly":
            line = member("ItemInventoryRef", ids["Inventory"], "1.5")
            more[name] = {**in_stock, "ItemInventoryAssemblyLine": [line]}
        ids[name] = world.file.add(f"Item{name}", Name=f"A {name}", **given, **more.get(name, {}))
    return ids


def test_every_type_of_item_becomes_a_product_and_its_changes_follow(world):
    world.flows(item={"types": [*SOLD, "Group", "Subtotal", "Payment"]}, stock={"every_minutes": 0})
    ids = add_every_type(world)
    world.rest()
    held = {}
    for name, (_, _, sign) in TYPES.items():
        product = world.products()[f"A {name}"]
        assert (product["QB_Item_Type__c"], product["IsActive"], product["Description"]) == (name, True, "As it was")
        assert (name, world.prices()[f"A {name}"]) == (name, 12.5 * sign)
        held[name] = product["QB_On_Hand__c"]
    # Only what lies in stock has quantities.
    assert {name: float(number) for name, number in held.items() if number is not None} == {
        "Inventory": 7.0,
        "InventoryAssembly": 7.0,
    }
    parts = {name: world.products()[f"A {name}"]["QB_Components__c"] for name in TYPES}
    assert {name: text.splitlines() for name, text in parts.items() if text} == {
        "Group": ["2 A Service", "1 A Discount"],
        "InventoryAssembly": ["1.5 A Inventory"],
    }
    for name, (_, mod, _) in TYPES.items():
        world.file.edit(f"Item{name}", ids[name], Name=f"The {name}", IsActive="false", **mod("20.00", "As it is"))
    world.rest()
    for name, (_, _, sign) in TYPES.items():
        product = world.products()[f"The {name}"]
        assert (product["QB_Id__c"], product["IsActive"], product["Description"]) == (
            f"acme:{ids[name]}",
            False,
            "As it is",
        )
        assert (name, world.prices()[f"The {name}"]) == (name, 20.0 * sign)
    world.file.edit("ItemGroup", ids["Group"], ItemGroupLine=[member("ItemRef", world.service("New"), 3)])
    world.rest()
    assert world.products()["The Group"]["QB_Components__c"] == "3 New"
    # Types that the settings do not name lead to nothing.
    world.flows(item={}, stock={"every_minutes": 0})
    world.file.add("ItemSubtotal", Name="Sum")
    world.rest()
    assert "Sum" not in world.products()
    assert world.states()["Sum"] == "unwanted"


def test_an_item_below_another_has_its_full_name_or_by_the_settings_a_family(world):
    hardware = world.service("Hardware")
    world.service("Hose", "20.00", ParentRef={"ListID": hardware})
    world.rest()
    assert sorted(world.products()) == ["Hardware", "Hardware:Hose"]
    world.flows(item={"hierarchy": "family"})
    world.rest()
    assert sorted(world.products()) == ["Hardware", "Hose"]
    assert world.products()["Hose"]["Family"] == "Hardware"
    assert world.prices() == {"Hardware": 0.0, "Hose": 20.0}


def test_a_product_of_the_same_name_or_else_of_the_same_code_is_the_same(world):
    world.salesforce.insert("Product2", Name="Consulting", IsActive=True)
    by_code = world.salesforce.insert("Product2", Name="Garden hose", ProductCode="GH20", IsActive=True)
    world.service("Consulting", "1.00")
    item = world.service("GH20", "2.00")
    world.rest()
    rows = {row["Id"]: row for row in world.salesforce.records("Product2")}
    assert len(rows) == 2
    assert rows[by_code]["QB_Id__c"] == f"acme:{item}"
    assert set(world.states().values()) <= {"in_step", "unwanted"}
    assert sorted(world.prices().values()) == [1.0, 2.0]


def test_two_products_with_the_code_of_one_item_are_left_to_a_person(world):
    for name in ("Hose", "Garden hose"):
        world.salesforce.insert("Product2", Name=name, ProductCode="GH20", IsActive=True)
    world.service("GH20", "2.00")
    world.rest()
    assert len(world.salesforce.records("Product2")) == 2
    assert world.states()["GH20"] == "conflict"


def test_what_the_org_says_of_unit_and_family_stays_where_quickbooks_says_nothing(world):
    world.salesforce.insert("Product2", Name="Consulting", Family="None", QuantityUnitOfMeasure="Each", IsActive=True)
    world.service("Consulting", "1.00")
    world.rest()
    product = world.products()["Consulting"]
    assert (product["Family"], product["QuantityUnitOfMeasure"]) == ("None", "Each")


@pytest.mark.parametrize(("on_delete", "active", "state"), [("nothing", True, "gone"), ("deactivate", False, "gone")])
def test_a_deleted_item_does_to_its_product_what_the_setting_says(world, on_delete, active, state):
    world.flows(item={"on_delete": on_delete})
    item = world.service("Consulting", "1.00")
    world.rest()
    world.file.delete("ItemService", item)
    world.rest()
    assert world.products()["Consulting"]["IsActive"] is active
    assert world.states()["Consulting"] == state


def test_a_price_that_somebody_changed_in_salesforce_stays_there_while_items_lead(world):
    item = world.service("Consulting", "1.00")
    world.rest()
    (entry,) = world.salesforce.records("PricebookEntry")
    world.salesforce.update(entry["Id"], UnitPrice=2)
    world.rest()
    assert world.items()["Consulting"]["SalesOrPurchase"]["Price"] == 1
    world.file.edit("ItemService", item, SalesOrPurchaseMod={"Price": "3.00"})
    world.rest()
    assert world.prices() == {"Consulting": 3.0}


def test_both_ways_a_price_and_a_name_travel_to_quickbooks(world):
    world.flows(item={"direction": "both"})
    hardware = world.service("Hardware")
    world.service("Hose", "1.00", ParentRef={"ListID": hardware})
    world.rest()
    product = world.products()["Hardware:Hose"]
    entry = next(e for e in world.salesforce.records("PricebookEntry") if e["Product2Id"] == product["Id"])
    world.salesforce.update(entry["Id"], UnitPrice=2.25)
    world.salesforce.update(product["Id"], Name="Hardware:Garden hose", Description="Twenty metres", IsActive=False)
    world.rest()
    item = world.items()["Garden hose"]
    assert (item["FullName"], item["IsActive"]) == ("Hardware:Garden hose", False)
    assert item["SalesOrPurchase"]["Price"] == Decimal("2.25")
    assert item["SalesOrPurchase"]["Desc"] == "Twenty metres"


def test_no_product_leads_to_an_item_unless_that_is_asked_for(world):
    world.flows(item={"direction": "both"})
    world.salesforce.insert("Product2", Name="Dream", IsActive=True)
    world.rest()
    assert "Dream" not in world.items()
    assert world.states()["Dream"] == "unwanted"


def test_a_product_goes_to_the_item_of_its_name_and_not_to_one_whose_code_it_has(world):
    hose = world.salesforce.insert("Product2", Name="Hose", ProductCode="GH20", IsActive=True)
    other = world.service("GH20", "2.00")
    same_name = world.service("Hose", "1.00")
    world.rest()
    by_item = {row["QB_Id__c"]: row for row in world.salesforce.records("Product2")}
    assert by_item[f"acme:{same_name}"]["Id"] == hose
    assert by_item[f"acme:{other}"]["Name"] == "GH20"
    assert world.prices() == {"Hose": 1.0, "GH20": 2.0}


def test_a_price_that_an_item_cannot_take_is_told_and_stays_in_salesforce(world):
    world.flows(item={"types": [*SOLD, "Group"]})
    share = {"PricePercent": "5.0", "AccountRef": world.accounts["Takings"]}
    fee = world.file.add("ItemOtherCharge", Name="Fee", SalesOrPurchase=share)
    world.file.add("ItemGroup", Name="Kit", ItemDesc="A kit")
    world.rest()
    for name, price in (("Fee", 12), ("Kit", 20)):
        world.salesforce.update(world.entry(name)["Id"], UnitPrice=price)
    world.rest()
    assert world.prices() == {"Fee": 12.0, "Kit": 20.0}
    reasons = dict(Link.objects.values_list("name", "reason"))
    assert reasons["Fee"] == (
        "Its price in Salesforce, 12.00, is Salesforce's own: QuickBooks prices this item by a percentage."
    )
    assert "not at all" in reasons["Kit"]
    world.flows(item={"types": [*SOLD, "Group"], "direction": "both"})
    world.salesforce.update(world.products()["Fee"]["Id"], Description="Of the sum")
    world.rest()
    [item] = world.file.elements("ItemOtherCharge")
    assert (item["ListID"], item["SalesOrPurchase"]["Desc"]) == (fee, "Of the sum")
    assert item["SalesOrPurchase"]["PricePercent"] == Decimal(5)
    assert world.states()["Fee"] == "refused"
    assert "Give the item an amount in QuickBooks" in Link.objects.get(name="Fee").reason
    world.file.edit("ItemOtherCharge", fee, SalesOrPurchaseMod={"Price": "4.00"})
    world.rest()
    assert world.states()["Fee"] == "in_step"
