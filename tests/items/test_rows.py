"""What becomes of items and products, row by row: each test is one thing that people do, and how both sides end."""

from __future__ import annotations

import pytest

from qbwc.models import Request
from syncapp.mapping.items import ITEMS
from syncapp.models import Link
from tests.items.test_new_items import FullWorld, product
from tests.world.stock import copy_of

pytestmark = pytest.mark.django_db

NEW = {"direction": "both", "create_items": True, "income_account": "Takings"}


@pytest.fixture
def world(db):
    with copy_of(FullWorld) as world:
        yield world


def full_names(world):
    return sorted(item["FullName"] for item in world.file.elements("ItemService"))


def told(name):
    link = Link.objects.get(name=name)
    return link.state, link.reason


# Every field -----------------------------------------------------------------------------

# What each default field of an item is in Salesforce, for the item that the test makes.
ARRIVES = {
    "name": ("Name", "Hardware:Pump"),
    "active": ("IsActive", True),
    "code": ("ProductCode", "PU-7"),
    "description": ("Description", "Pumps\nwater"),
    "unit": ("QuantityUnitOfMeasure", "Count"),
    "item_type": ("QB_Item_Type__c", "Inventory"),
    "full_name": ("QB_Full_Name__c", "Hardware:Pump"),
}
ELSEWHERE = {"price", "quickbooks_id", "family", "components"}  # the last two are not of such an item


def test_every_default_field_of_an_item_arrives(world):
    assert {each.name for each in ITEMS.fields if each.only is None} == {*ARRIVES, *ELSEWHERE}
    world.flows(item={"product_code": "part_number"})
    [units] = world.file.elements("UnitOfMeasureSet")
    pump = world.inventory(
        "Pump",
        "250.00",
        ParentRef={"ListID": world.inventory("Hardware")},
        ManufacturerPartNumber="PU-7",
        UnitOfMeasureSetRef={"ListID": units["ListID"]},
        SalesDesc="Pumps\nwater",
    )
    world.rest()
    row = world.products()["Hardware:Pump"]
    assert {name: row[field] for name, (field, _) in ARRIVES.items()} == {n: value for n, (_, value) in ARRIVES.items()}
    assert (row["QB_Id__c"], world.prices()["Hardware:Pump"]) == (f"acme:{pump}", 250.0)


def test_an_invoice_line_shows_the_unit_that_it_was_sold_by(world):
    world.flows(customer={"only_won": False}, item={}, invoice={})
    [units] = world.file.elements("UnitOfMeasureSet")
    bolt = world.inventory("Bolt", "1.00", UnitOfMeasureSetRef={"ListID": units["ListID"]})
    customer = world.file.add_customer(Name="Acme")
    line = {"ItemRef": {"ListID": bolt}, "Quantity": "3", "UnitOfMeasure": "each", "Rate": "1.00"}
    world.file.enter("Invoice", [line], CustomerRef={"ListID": customer}, RefNumber="1")
    world.rest()
    [row] = world.salesforce.records("QB_Invoice_Line__c")
    assert (row["QB_Unit__c"], row["QB_Quantity__c"], row["QB_Amount__c"]) == ("each", 3, 3)
    assert row["QB_Product__c"] == world.products()["Bolt"]["Id"]


# Names -----------------------------------------------------------------------------------


def test_a_name_that_changed_on_both_sides_is_the_one_of_quickbooks(world):
    world.flows(item={"direction": "both"})
    item = world.service("Setup", "1.00")
    world.rest()
    world.salesforce.update(world.products()["Setup"]["Id"], Name="Start")
    world.file.edit("ItemService", item, Name="Begin")
    world.rest()
    assert list(world.products()) == list(world.items()) == ["Begin"]
    assert world.states()["Begin"] == "in_step"


def test_a_name_that_was_made_to_fit_is_whole_again_once_it_is_short(world):
    world.flows(item=NEW)
    long = "A product with a name of more than thirty-one characters"
    for name in (long, f"{long}, too"):
        product(world, name, 1)
    world.rest()
    assert all(len(name) <= 31 and " ~" in name for name in world.items())
    assert len(world.items()) == 2
    assert sorted(world.products()) == [long, f"{long}, too"]
    world.salesforce.update(world.products()[long]["Id"], Name="A product")
    world.rest()
    assert "A product" in world.items()
    assert sorted(world.products()) == ["A product", f"{long}, too"]
    assert set(world.states().values()) == {"in_step"}


def test_two_products_of_one_name_are_shown_to_a_person_and_none_is_linked_or_made(world):
    for _ in range(2):
        world.salesforce.insert("Product2", Name="Setup", IsActive=True)
    world.service("Setup", "1.00")
    world.rest()
    assert [row["QB_Id__c"] for row in world.salesforce.records("Product2")] == [None, None]
    assert {link.state for link in Link.objects.filter(name="Setup")} == {"conflict"}
    reason = Link.objects.get(name="Setup", salesforce_id=None).reason
    assert reason == "2 records in Salesforce have this name or code. Link the right ones by hand, or rename one."


# Items below others ------------------------------------------------------------------------


@pytest.mark.parametrize("family", [False, True], ids=["full names", "families"])
def test_what_stands_below_an_item_follows_when_that_is_renamed_or_moved(world, family):
    def seen():
        return sorted((row["Name"], row["Family"]) for row in world.products().values())

    def expected(*full_names):
        split = [(name.rpartition(":")[2], name.rpartition(":")[0] or None) for name in full_names]
        return sorted(split if family else [(name, None) for name in full_names])

    world.flows(item={"hierarchy": "family" if family else "full_name"})
    top, garden = world.service("Hardware"), world.service("Garden")
    hoses = world.service("Hoses", ParentRef={"ListID": top})
    short = world.service("Short", "2.00", ParentRef={"ListID": hoses})
    world.rest()
    assert seen() == expected("Garden", "Hardware", "Hardware:Hoses", "Hardware:Hoses:Short")
    world.file.edit("ItemService", top, Name="Tools")
    world.rest()
    assert seen() == expected("Garden", "Tools", "Tools:Hoses", "Tools:Hoses:Short")
    world.file.edit("ItemService", hoses, ParentRef={"ListID": garden})
    world.file.edit("ItemService", short, ParentRef={"ListID": top})
    world.rest()
    assert seen() == expected("Garden", "Garden:Hoses", "Tools", "Tools:Short")
    assert set(world.states().values()) == {"in_step"}


def test_new_items_below_others_wait_for_them_whatever_the_order_of_their_products(world):
    world.flows(item=NEW)
    for name in ("Hardware:Hoses:Short", "hardware:Hoses", "Hardware", "Garden:Rake"):
        product(world, name, 6)
    world.rest()
    assert full_names(world) == ["Hardware", "Hardware:Hoses", "Hardware:Hoses:Short"]
    assert told("Garden:Rake") == (
        "waiting",
        "QuickBooks has no item “Garden”, below which it goes. It is made once that item is there: enter it in "
        "QuickBooks, or make a product of that name.",
    )
    # No request was spent on what could not be done.
    assert Request.objects.filter(name="ItemServiceAdd").count() == 3
    world.service("Garden")
    world.rest()
    assert "Garden:Rake" in full_names(world)
    assert set(world.states().values()) == {"in_step"}


def test_an_item_stands_at_most_five_levels_deep(world):
    world.flows(item=NEW)
    above = {}
    for level in range(1, 6):
        above = {"ParentRef": {"ListID": world.service(f"L{level}", "1.00", **above)}}
    product(world, "L1:L2:L3:L4:L5:L6", 6)
    world.rest()
    assert sorted(world.products()) == [":".join(f"L{n}" for n in range(1, most + 1)) for most in range(1, 7)]
    assert told("L1:L2:L3:L4:L5:L6") == ("refused", "Name: it has 6 levels, and QuickBooks takes 5.")


# Deletions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_delete", "active", "state"),
    [("nothing", True, "gone"), ("deactivate", False, "gone"), ("unlink", True, "closed")],
)
def test_a_deleted_product_does_to_its_item_what_the_setting_says(world, on_delete, active, state):
    world.flows(item={**NEW, "on_delete": on_delete})
    world.service("Setup", "1.00")
    world.rest()
    world.salesforce.delete(world.products()["Setup"]["Id"])
    world.rest()
    assert world.products() == {}
    assert world.items()["Setup"]["IsActive"] is active
    assert world.states()["Setup"] == state


def test_a_price_that_was_deleted_in_salesforce_takes_none_away_in_quickbooks(world):
    world.flows(item={"direction": "both"})
    world.service("Setup", "75.00")
    world.rest()
    world.salesforce.delete(world.entry("Setup")["Id"])
    world.rest()
    assert world.items()["Setup"]["SalesOrPurchase"]["Price"] == 75
    assert told("Setup") == (
        "refused",
        "Price: The product has no price in the standard price book, so the item keeps its own. Give the product one, "
        "or 0.00 there if the item is to cost nothing.",
    )
    # Nor does a change of something else, which would otherwise bring a price of nothing back.
    world.file.edit("ItemService", world.items()["Setup"]["ListID"], SalesOrPurchaseMod={"Desc": "New"})
    world.rest()
    assert world.products()["Setup"]["Description"] == "New"
    assert world.items()["Setup"]["SalesOrPurchase"]["Price"] == 75
    assert world.states()["Setup"] == "refused"
    book, mine = world.salesforce.standard_pricebook, world.products()["Setup"]["Id"]
    world.salesforce.insert("PricebookEntry", Product2Id=mine, Pricebook2Id=book, UnitPrice=80, IsActive=True)
    world.rest()
    assert world.items()["Setup"]["SalesOrPurchase"]["Price"] == 80
    world.salesforce.update(world.entry("Setup")["Id"], UnitPrice=0)
    world.rest()
    assert world.items()["Setup"]["SalesOrPurchase"]["Price"] == 0
    assert world.states()["Setup"] == "in_step"
