"""How an item is spelt in qbXML, whatever its type; and how its quantities are.

Pure. Element names and their meaning: qbXML's ItemQuery and the Add and Mod of each type of item.

Rules    1 One ItemQuery lists all types; the element's name is the type.
         2 A Mod names the type again, and the part that holds the prices, which cannot be exchanged for the other one.
         3 A discount's rate is positive in QuickBooks and takes away: as a price it is negative.
         4 A price that is a percentage is no amount: it reads as none, and it is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qbwc.qbxml.errors import BadRequest
from qbwc.qbxml.read import Ret
from syncapp.connectors.quickbooks_desktop.spelling import Asked, Settings, Spelling, filled, modified, named, origin
from syncapp.mapping.items import FEATURES
from syncapp.records import Operation, Record, Value, Verb

QUERY = "ItemQuery"
TYPES = (
    *("Service", "NonInventory", "OtherCharge", "Inventory", "InventoryAssembly", "FixedAsset", "Discount"),
    *("Group", "Subtotal", "Payment", "SalesTax", "SalesTaxGroup"),
)
STOCKED = ("Inventory", "InventoryAssembly")
# The lines of what consists of others, and what names the other item in each.
MEMBERS = {
    "Group": ("ItemGroupLine", "ItemRef"),
    "InventoryAssembly": ("ItemInventoryAssemblyLine", "ItemInventoryRef"),
}
WITH_PART_NUMBER = ("NonInventory", *STOCKED)
WITH_PARENT = ("Service", "NonInventory", "OtherCharge", "Discount", *STOCKED)
# Where each way of keeping prices has them: the part that holds them, the description, and the price.
PRICES = {
    "one": ("SalesOrPurchase", "Desc", "Price"),
    "two": ("SalesAndPurchase", "SalesDesc", "SalesPrice"),
    "flat": ("", "SalesDesc", "SalesPrice"),
    "discount": ("", "ItemDesc", "DiscountRate"),
    "none": ("", "ItemDesc", ""),
    "asset": ("", "PurchaseDesc", ""),
    "one, percent": ("SalesOrPurchase", "Desc", ""),
    "discount, percent": ("", "ItemDesc", ""),
}


def how_priced(item_type: str, data: Mapping[str, Any]) -> str:
    """One of PRICES, by what the item holds."""
    if item_type in STOCKED:
        return "flat"
    if item_type == "FixedAsset":
        return "asset"
    if item_type == "Discount":
        return "discount, percent" if data.get("DiscountRatePercent") else "discount"
    if data.get("SalesAndPurchase"):
        return "two"
    if item_type in ("Service", "NonInventory", "OtherCharge"):
        return "one, percent" if (data.get("SalesOrPurchase") or {}).get("PricePercent") else "one"
    return "none"


class Items(Spelling):
    kind = "item"
    query = QUERY
    lists = tuple(f"Item{each}" for each in TYPES)
    records = tuple((QUERY, f"Item{each}") for each in TYPES)
    requests = tuple(f"Item{each}{verb}" for each in TYPES for verb in ("Mod", "Add"))
    custom_of = "Item"

    # Reading

    def record(self, ret: Ret, settings: Settings) -> Record | None:
        item_type = ret.name.removeprefix("Item")
        if not ret.name.startswith("Item") or item_type not in TYPES:
            return None
        data = ret.data
        why = "" if item_type in settings["types"] else f"Its type, {item_type}, is left out by the settings."
        return Record(
            kind=self.kind,
            id=data["ListID"],
            version=str(data["EditSequence"]),
            fields=self._fields(item_type, data, settings),
            modified=modified(str(data["EditSequence"])),
            wanted=not (why or data.get("IsActive") is False),
            why_unwanted=why or ("Inactive in QuickBooks." if data.get("IsActive") is False else ""),
            matches=not why,
            origin=origin(data),
        )

    def _fields(self, item_type: str, data: Mapping[str, Any], settings: Settings) -> dict[str, Value]:
        prices = how_priced(item_type, data)
        part, description, price = PRICES[prices]
        holder = data.get(part) or {} if part else data
        amount = holder.get(price) if price else None
        full_name = data.get("FullName") or data.get("Name")
        parents, _, _ = str(full_name or "").rpartition(":")
        by_family = settings["hierarchy"] == "family"
        return {
            "name": data.get("Name") if by_family else full_name,
            "active": data.get("IsActive"),
            "code": _code(data, settings),
            "description": holder.get(description),
            "price": -amount if amount is not None and prices == "discount" else amount,
            "unit": (data.get("UnitOfMeasureSetRef") or {}).get("FullName"),
            "family": (parents or None) if by_family else None,
            "item_type": item_type,
            "components": _components(item_type, data),
            "quickbooks_id": data["ListID"],
            "full_name": full_name,
            "parent": (data.get("ParentRef") or {}).get("ListID"),
            "prices": prices,
        }

    # Writing

    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        values = operation.values
        item_type = settings["new_item_type"]
        *above, name = str(values.get("name") or "").split(":")
        data: dict[str, Any] = {"Name": name, "IsActive": values.get("active")}
        if above and settings["hierarchy"] == "full_name":
            data["ParentRef"] = {"FullName": ":".join(above)}
        if item_type in WITH_PART_NUMBER and settings["product_code"] == "part_number":
            data["ManufacturerPartNumber"] = values.get("code")
        data |= _used(settings, item_type, values)
        data["ExternalGUID"] = "{" + operation.key + "}"
        request = f"Item{item_type}Add"
        return Asked(request, {request: filled(data)})

    def mod(self, operation: Operation, settings: Settings) -> Asked:
        values, current = operation.values, operation.current
        item_type = str(current.get("item_type") or "")
        request = f"Item{item_type}Mod"
        if item_type not in TYPES:
            raise BadRequest("", "unknown", item_type, "QuickBooks's item has not been read completely yet")
        data: dict[str, Any] = {"ListID": operation.record_id, "EditSequence": operation.expected_version}
        if "name" in values:
            data |= self._renamed(str(values["name"] or ""), item_type, current, settings)
        if "active" in values:
            data["IsActive"] = values["active"]
        prices = str(current.get("prices") or "none")
        if values.get("price") and not PRICES[prices][2]:
            raise BadRequest("Price", "unknown", values["price"], _unpriced(item_type, prices))
        data |= _priced(prices, values, "Mod")
        return Asked(request, {request: data})

    def _renamed(self, name: str, item_type: str, current: Mapping[str, Value], settings: Settings) -> dict[str, Any]:
        if settings["hierarchy"] == "family" or item_type not in WITH_PARENT:
            return {"Name": name}
        above, _, own = name.rpartition(":")
        before, _, _ = str(current.get("full_name") or "").rpartition(":")
        moved = {"ParentRef": {"FullName": above} if above else None} if above != before else {}
        return {"Name": own, **moved}

    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        elements = {
            "Name": "name",
            "ParentRef": "name",
            "IsActive": "active",
            "ManufacturerPartNumber": "code",
            "Desc": "description",
            "SalesDesc": "description",
            "ItemDesc": "description",
            "Price": "price",
            "SalesPrice": "price",
            "DiscountRate": "price",
            "PurchaseDesc": "description",
        }
        found = [elements[each] for each in named(path) if each in elements]
        return tuple(name for name in found if name in values)

    def remedy(self, message: str, operation: Operation) -> str:
        if operation.verb is not Verb.CREATE or not any(word in message for word in ("ccount", "endor", "Tax", "Unit")):
            return ""
        return (
            "What new items use stands in the pair's items settings: income_account, cogs_account, asset_account, "
            "expense_account, preferred_vendor, tax_code and unit_set. Name what QuickBooks has, of the right types."
        )

    def holder_of(self, operation: Operation, parent_name: str, settings: Settings) -> Asked:
        whole = {**operation.current, **operation.values}
        if settings["hierarchy"] == "full_name":
            return Asked(self.query, {"FullName": [str(whole.get("name") or "")]})
        return super().holder_of(operation, parent_name, settings)

    def whose(self, same_kind: bool) -> str:
        return "another item"


def _components(item_type: str, data: Mapping[str, Any]) -> Value:
    """What a group or an assembly consists of: "2 Bolt", one to a line; a group's line may name a unit."""
    lines, reference = MEMBERS.get(item_type, ("", ""))
    said = []
    for line in data.get(lines) or ():
        quantity = line.get("Quantity")
        number = "" if quantity is None else f"{Decimal(str(quantity)).normalize():f}"
        name = (line.get(reference) or {}).get("FullName")
        if name:
            said.append(" ".join(filter(None, (number, line.get("UnitOfMeasure"), name))))
    return "\n".join(said) or None


def _code(data: Mapping[str, Any], settings: Settings) -> Value:
    by = settings["product_code"]
    found = data.get({"name": "Name", "part_number": "ManufacturerPartNumber"}.get(by, ""))
    return str(found) if found else None


def _priced(prices: str, values: Mapping[str, Value], suffix: str) -> dict[str, Any]:
    """The elements of the description and the price, where they are asked for and the item has room for them."""
    part, description, price = PRICES[prices]
    inner: dict[str, Any] = {}
    if "description" in values:
        inner[description] = values["description"]
    if "price" in values and price:
        amount = Decimal(str(values["price"] or 0))
        inner[price] = -amount if prices == "discount" else amount
    return {f"{part}{suffix}": inner} if part and inner else inner


def _unpriced(item_type: str, prices: str) -> str:
    """Why an item cannot take an amount for its price."""
    if prices.endswith("percent"):
        return (
            "QuickBooks prices this item by a percentage, so an amount stays in Salesforce alone. "
            "Give the item an amount in QuickBooks, or clear the price in Salesforce"
        )
    return f"QuickBooks keeps no price for an item of the type {item_type}, so it stays in Salesforce alone"


def _used(settings: Settings, item_type: str, values: Mapping[str, Value]) -> dict[str, Any]:
    """The prices of a new item, with the accounts and whatever else the settings name for it."""
    lacks = settings.get("lacks", ())
    data: dict[str, Any] = {}
    for name, element in (("tax_code", "SalesTaxCodeRef"), ("unit_set", "UnitOfMeasureSetRef")):
        if settings[name].strip() and FEATURES[name] not in lacks:
            data[element] = _named(settings, name)
    bought = {"PrefVendorRef": _named(settings, "preferred_vendor")} if settings["preferred_vendor"].strip() else {}
    income = _named(settings, "income_account")
    if item_type in STOCKED:
        accounts = {
            "COGSAccountRef": _named(settings, "cogs_account"),
            "AssetAccountRef": _named(settings, "asset_account"),
        }
        return {**data, **_priced("flat", values, ""), "IncomeAccountRef": income, **accounts, **bought}
    how, accounts = "one", {"AccountRef": income}
    if settings["expense_account"].strip():
        how = "two"
        accounts = {"IncomeAccountRef": income, "ExpenseAccountRef": _named(settings, "expense_account"), **bought}
    part, _, _ = PRICES[how]
    return {**data, part: {**_priced(how, values, "").get(part, {}), **accounts}}


def _named(settings: Settings, name: str) -> dict[str, str]:
    return {"FullName": settings[name].strip()}


class Stock(Spelling):
    """The quantities of the items that have any. They move without a change of the item, so all are read each time."""

    kind = "stock"
    query = QUERY
    lists = tuple(f"Item{each}" for each in STOCKED)
    records = tuple((QUERY, f"Item{each}") for each in STOCKED)
    always_full = True

    def record(self, ret: Ret, settings: Settings) -> Record | None:
        data = ret.data
        if ret.name.removeprefix("Item") not in STOCKED:
            return None
        on_hand, promised = data.get("QuantityOnHand"), data.get("QuantityOnSalesOrder")
        return Record(
            kind=self.kind,
            id=data["ListID"],
            version=str(data["EditSequence"]),
            fields={
                "name": data.get("FullName"),
                "on_hand": on_hand,
                "on_sales_order": promised,
                "available": None if on_hand is None else on_hand - (promised or 0),
                "on_purchase_order": data.get("QuantityOnOrder"),
            },
            wanted=False,
            why_unwanted="No product is tied to this item.",
            matches=False,
        )

    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        raise BadRequest("", "unknown", None, "quantities are QuickBooks's own")

    def mod(self, operation: Operation, settings: Settings) -> Asked:
        raise BadRequest("", "unknown", None, "quantities are QuickBooks's own")

    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        return ()
