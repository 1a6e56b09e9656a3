"""Items and Products: items become products with a standard price; products become items where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from syncapp.flows.base import TO_SALESFORCE, Flow, Setting, on
from syncapp.mapping.items import ITEMS
from syncapp.records import Side

SOLD = ["Service", "NonInventory", "OtherCharge", "Inventory", "InventoryAssembly", "Discount", "FixedAsset"]
OTHERS = ["Group", "Subtotal", "Payment", "SalesTax", "SalesTaxGroup"]
# What an item of each type needs beside its name.
NEEDS = {
    "Service": ("income_account",),
    "NonInventory": ("income_account",),
    "OtherCharge": ("income_account",),
    "Inventory": ("income_account", "cogs_account", "asset_account"),
}
# The types of account, in QuickBooks's words, that an inventory item may use; any other item may use any account but
# those of NOT_FOR_ITEMS.
STOCK_TYPES = {
    "income_account": ("Income", "OtherIncome"),
    "cogs_account": ("CostOfGoodsSold",),
    "asset_account": ("OtherCurrentAsset",),
}
NOT_FOR_ITEMS = ("AccountsReceivable", "AccountsPayable", "NonPosting")


class Needed(NamedTuple):
    """An account that a new item needs: the setting that names it, its full name, and the types it may be of."""

    setting: str
    name: str
    types: tuple[str, ...]  # none: any that items may use

    def takes(self, account_type: str) -> bool:
        return account_type in self.types if self.types else account_type not in NOT_FOR_ITEMS


def accounts_needed(settings: Mapping[str, Any]) -> list[Needed]:
    """The accounts that new items are to have; none where products lead to no items."""
    if not (settings["on"] and settings["create_items"]):
        return []
    kind = settings["new_item_type"]
    types = STOCK_TYPES if kind == "Inventory" else {}
    return [Needed(name, settings[name].strip(), types.get(name, ())) for name in NEEDS[kind]]


def judge(settings: Mapping[str, Any]) -> str:
    """Products can lead to items only where it is said which accounts those are to have."""
    if not settings["create_items"]:
        return ""
    if settings["direction"] == "to_salesforce":
        return "create_items needs a direction that leads to QuickBooks: both, or to_quickbooks."
    missing = [name for name in NEEDS[settings["new_item_type"]] if not settings[name].strip()]
    if not missing:
        return ""
    kind, names = settings["new_item_type"], " and ".join(missing)
    return f"a new item of type {kind} needs {names}: give the full name of the account in QuickBooks."


def creates_in(settings: Mapping[str, Any]) -> frozenset[Side]:
    return frozenset(Side) if settings["create_items"] else frozenset({Side.SALESFORCE})


FLOW = Flow(
    kind="item",
    creates_in=creates_in,
    mapping=ITEMS,
    active_field="active",
    judge=judge,
    settings=(
        on(False, "Items and products are kept in step."),
        *TO_SALESFORCE,
        Setting("types", SOLD, (*SOLD, *OTHERS), "Types of items that become products; groups have no price."),
        Setting(
            "hierarchy",
            "full_name",
            ("full_name", "family"),
            "An item below others: its product has the full name, or its own name and the parents as family.",
        ),
        Setting(
            "product_code",
            "name",
            ("name", "part_number", "none"),
            "Product code: the item's own name (its number), the manufacturer's part number, or left alone.",
        ),
        Setting("create_items", False, (), "Products lead to new items."),
        Setting("condition", "", (), "A SOQL condition on Product2: only those become items."),
        Setting("new_item_type", "Service", tuple(NEEDS), "The type of a new item."),
        Setting("income_account", "", (), "The income account of a new item, by its full name."),
        Setting("cogs_account", "", (), "The account for the cost of goods of a new inventory item."),
        Setting("asset_account", "", (), "The asset account of a new inventory item."),
        Setting("duplicates", "stop", ("stop", "save"), "What to do when Salesforce's duplicate rules object."),
        Setting("careful", [], (), "Fields for which Salesforce's version is checked record by record."),
    ),
)
