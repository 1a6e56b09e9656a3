"""A world without chance in which items and products are kept in step, too."""

from __future__ import annotations

import pytest

from syncapp.models import Link
from syncapp.settings_rules import plan_again
from tests.breaking.calm import CalmWorld
from tests.world.conftest import _one_connection
from tests.world.stock import copy_of

__all__ = ["_one_connection"]


class ItemWorld(CalmWorld):
    """``winner`` is QuickBooks; customers are left alone, so that what is read is items."""

    idle_rounds = 0  # one world of each kind of record is tried oftener: rest(idle=5)

    def __init__(self, **options):
        super().__init__(**options)
        self.flows(item={})
        self.accounts = {}
        for name, kind in (
            ("Takings", "Income"),
            ("Cost of Goods", "CostOfGoodsSold"),
            ("Stock", "OtherCurrentAsset"),
            ("Machines", "FixedAsset"),
        ):
            self.accounts[name] = {"ListID": self.file.add("Account", Name=name, AccountType=kind)}

    def flows(self, **settings):
        """Each flow's settings; those that are named are on, and customers only where they are named."""
        named = {kind: {"on": True, **given} for kind, given in settings.items()}
        self.pair.flows = {"customer": {"on": False}, **named}
        self.pair.save(update_fields=["flows"])
        plan_again(self.pair)

    # People in QuickBooks

    def service(self, name, price=None, **more):
        part = {"Desc": more.pop("desc", None), "Price": price, "AccountRef": self.accounts["Takings"]}
        return self.file.add("ItemService", Name=name, SalesOrPurchase=filled(part), **more)

    def inventory(self, name, price=None, **more):
        accounts = {
            "IncomeAccountRef": self.accounts["Takings"],
            "COGSAccountRef": self.accounts["Cost of Goods"],
            "AssetAccountRef": self.accounts["Stock"],
        }
        return self.file.add("ItemInventory", Name=name, **filled({"SalesPrice": price, **accounts, **more}))

    # What people see

    def products(self):
        return {row["Name"]: row for row in self.salesforce.records("Product2")}

    def prices(self):
        """Each product's standard price."""
        names = {row["Id"]: row["Name"] for row in self.salesforce.records("Product2")}
        standard = self.salesforce.standard_pricebook
        rows = [row for row in self.salesforce.records("PricebookEntry") if row["Pricebook2Id"] == standard]
        return {names[row["Product2Id"]]: float(row["UnitPrice"]) for row in rows}

    def entry(self, name):
        """The entry of a product in the standard price book."""
        product, book = self.products()[name]["Id"], self.salesforce.standard_pricebook
        [found] = [
            row
            for row in self.salesforce.records("PricebookEntry")
            if (row["Product2Id"], row["Pricebook2Id"]) == (product, book)
        ]
        return found

    def items(self, kind="ItemService"):
        return {row["Name"]: row for row in self.file.elements(kind)}

    def states(self, kind="item"):
        """Without the sales tax item that every company has."""
        links = Link.objects.filter(kind=kind).exclude(name="San Mateo").order_by("id")
        return {link.name: link.state for link in links}


def filled(values):
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture
def world(db):
    with copy_of(ItemWorld) as world:
        yield world
