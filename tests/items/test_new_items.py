"""Products lead to new items where that is asked for, with the accounts that an item needs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import Link

pytestmark = pytest.mark.django_db

BOTH = {"direction": "both", "create_items": True}


def product(world, name, price=None, **more):
    product_id = world.salesforce.insert("Product2", Name=name, **{"IsActive": True, **more})
    if price is not None:
        book = next(row["Id"] for row in world.salesforce.records("Pricebook2") if row["IsStandard"])
        world.salesforce.insert(
            "PricebookEntry", Product2Id=product_id, Pricebook2Id=book, UnitPrice=price, IsActive=True
        )
    return product_id


def test_a_product_becomes_a_service_with_the_income_account_of_the_settings(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    product(world, "Advice", 90, Description="By the hour\nor less")
    world.rest()
    item = world.items()["Advice"]
    assert item["SalesOrPurchase"]["AccountRef"]["FullName"] == "Takings"
    assert item["SalesOrPurchase"]["Price"] == Decimal(90)
    assert "By the hour" in item["SalesOrPurchase"]["Desc"]
    assert world.products()["Advice"]["QB_Id__c"] == f"acme:{item['ListID']}"
    assert world.states() == {"Advice": "in_step"}


def test_a_product_becomes_an_inventory_item_with_its_three_accounts(world):
    accounts = {"income_account": "Takings", "cogs_account": "Cost of Goods", "asset_account": "Stock"}
    world.flows(item={**BOTH, "new_item_type": "Inventory", **accounts})
    product(world, "Pump", 250)
    world.rest()
    item = world.items("ItemInventory")["Pump"]
    kept = [item[f"{name}AccountRef"]["FullName"] for name in ("Income", "COGS", "Asset")]
    assert kept == ["Takings", "Cost of Goods", "Stock"]
    assert world.prices() == {"Pump": 250.0}


def test_a_product_whose_full_name_names_an_item_goes_below_it(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    world.service("Hardware")
    product(world, "Hardware:Hose", 1)
    world.rest()
    assert world.items()["Hose"]["FullName"] == "Hardware:Hose"


def test_a_name_too_long_for_an_item_ends_in_a_mark_and_the_product_keeps_its_own(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    long = "A product with a name of more than thirty-one characters"
    product(world, long, 1)
    world.rest()
    (name,) = world.items()
    assert len(name) <= 31
    assert " ~" in name
    assert list(world.products()) == [long]
    assert set(world.states().values()) == {"in_step"}


def test_a_name_that_an_item_of_another_type_has_means_the_same(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    world.inventory("Pump", "1.00")
    product(world, "Pump", 2)
    world.rest()
    assert len(Link.objects.filter(kind="item", name="Pump")) == 1
    assert world.prices() == {"Pump": 1.0}


def test_an_account_that_quickbooks_does_not_have_is_named_in_the_refusal(world):
    world.flows(item={**BOTH, "income_account": "No such account"})
    product(world, "Advice", 90)
    world.rest()
    link = Link.objects.get(name="Advice")
    assert link.state == "refused"
    assert "No such account" in link.reason
    assert "income_account" in link.reason
    world.flows(item={**BOTH, "income_account": "Takings"})
    world.rest()
    assert "Advice" in world.items()


def test_settings_that_could_create_no_item_are_refused_with_the_reason():
    flow = FLOWS["item"]
    with pytest.raises(BadSetting, match="needs income_account: give the full name of the account"):
        flow.complete(BOTH)
    with pytest.raises(BadSetting, match="needs cogs_account and asset_account"):
        flow.complete({**BOTH, "new_item_type": "Inventory", "income_account": "Sales"})
    with pytest.raises(BadSetting, match="create_items needs a direction"):
        flow.complete({"create_items": True, "income_account": "Sales"})
    with pytest.raises(BadSetting, match="types names “Car”"):
        flow.complete({"types": ["Car"]})
