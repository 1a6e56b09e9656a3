"""Items and Products: items become products with a standard price; products become items where that is asked for."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from syncapp.flows.base import TO_SALESFORCE, Flow, Setting, on
from syncapp.mapping.items import FEATURES, ITEMS
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
TAX_CODE_LENGTH = 3


# What a new item may name beside its accounts: the setting, and the list of QuickBooks that has it.
NAMED = {"tax_code": "tax_code", "unit_set": "unit_set", "preferred_vendor": "vendor"}
BOUGHT = ("Service", "NonInventory", "OtherCharge")  # sold alone, or bought as well: then with an expense account


class Needed(NamedTuple):
    """A name that new items use: the setting that has it, the full name, the list, and an account's possible types."""

    setting: str
    name: str
    of: str  # account, tax_code, unit_set, vendor
    types: tuple[str, ...] = ()  # none: any that items may use

    def takes(self, account_type: str) -> bool:
        if self.of != "account":
            return True
        return account_type in self.types if self.types else account_type not in NOT_FOR_ITEMS


def names_needed(settings: Mapping[str, Any], lacks: Container[str] = ()) -> list[Needed]:
    """What new items are to use; nothing where products lead to no items, nor what QuickBooks ``lacks``."""
    if not (settings["on"] and settings["create_items"]):
        return []
    kind = settings["new_item_type"]
    types = STOCK_TYPES if kind == "Inventory" else {}
    accounts = [*NEEDS[kind], *(["expense_account"] if settings["expense_account"].strip() else [])]
    found = [Needed(name, settings[name].strip(), "account", types.get(name, ())) for name in accounts]
    others = {name: of for name, of in NAMED.items() if settings[name].strip() and FEATURES.get(name) not in lacks}
    return [*found, *(Needed(name, settings[name].strip(), of) for name, of in others.items())]


def judge(settings: Mapping[str, Any]) -> str:
    """Products can lead to items only where it is said which accounts those are to have."""
    if not settings["create_items"]:
        return ""
    if settings["direction"] == "to_salesforce":
        return "create_items needs a direction that leads to QuickBooks: both, or to_quickbooks."
    missing = [name for name in NEEDS[settings["new_item_type"]] if not settings[name].strip()]
    kind, names = settings["new_item_type"], " and ".join(missing)
    if missing:
        return f"a new item of type {kind} needs {names}: give the full name of the account in QuickBooks."
    return _judge_names(settings, kind)


def _judge_names(settings: Mapping[str, Any], kind: str) -> str:
    """Why an item of this type cannot have what it is to have; or nothing."""
    given = {name for name in ("expense_account", *NAMED) if settings[name].strip()}
    if "expense_account" in given and kind not in BOUGHT:
        return f"an item of type {kind} has no expense_account: its costs are booked to cogs_account. Leave it empty."
    if "preferred_vendor" in given and kind in BOUGHT and "expense_account" not in given:
        return f"preferred_vendor: a new item of type {kind} that is bought needs expense_account, too."
    if "unit_set" in given and kind == "OtherCharge":
        return "unit_set: an item of type OtherCharge has no units of measure. Leave it empty."
    if len(settings["tax_code"].strip()) > TAX_CODE_LENGTH:
        return f"tax_code is “{settings['tax_code']}”, but a code has {TAX_CODE_LENGTH} characters, such as Tax or Non."
    return ""


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
        Setting(
            "expense_account",
            "",
            (),
            "The expense account of a new item that is bought and sold; empty: it is only sold. Not for Inventory.",
        ),
        Setting("preferred_vendor", "", (), "The vendor from whom a new item is bought, by name."),
        Setting(
            "tax_code",
            "",
            (),
            "The sales tax code of a new item, such as Tax or Non; empty: QuickBooks's own default. "
            "It is left out where QuickBooks keeps no sales tax.",
        ),
        Setting(
            "unit_set",
            "",
            (),
            "The unit of measure set of a new item, by its name. It is left out in QuickBooks Pro, which has none.",
        ),
        Setting("duplicates", "stop", ("stop", "save"), "What to do when Salesforce's duplicate rules object."),
        Setting("careful", [], (), "Fields for which Salesforce's version is checked record by record."),
    ),
)
