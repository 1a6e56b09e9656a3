"""Items and products, as a person sees and edits them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from project.sandbox.desktop import CompanyFile
from project.sandbox.desktop.items import ITEMS, STOCKED
from project.sandbox.example_books import SERVICES, STOCK, STOCK_ACCOUNTS
from project.sandbox.page.plain import Refusal, View, amount, count, given, number, plain, tie
from project.sandbox.salesforce import Org

PRODUCT = {"name": "Name", "about": "Description", "code": "ProductCode", "active": "IsActive"}
QUANTITIES = {"on_hand": "QB_On_Hand__c", "on_order": "QB_On_Sales_Order__c", "available": "QB_Available__c"}
# Where each type of item keeps what it is sold for, and what is said of it.
_INSIDE = "SalesOrPurchase"
_ABOUT = {"ItemInventory": "SalesDesc", "ItemInventoryAssembly": "SalesDesc", "ItemFixedAsset": "PurchaseDesc"}
NEW_ITEMS = {"Service": "ItemService", "Inventory": STOCK}
LOSSES = "Cost of Goods Sold"  # where an adjustment of the stock is booked


class Wares:
    def __init__(self, org: Org, file: CompanyFile) -> None:
        self.org, self.file = org, file

    # What is there

    def products(self) -> dict[str, View]:
        book = self.org.standard_pricebook
        prices = {
            row["Product2Id"]: row["UnitPrice"]
            for row in self.org.records("PricebookEntry")
            if row["Pricebook2Id"] == book
        }
        return {row["Id"]: self._product(row, prices.get(row["Id"])) for row in self.org.records("Product2")}

    def _product(self, row: Mapping[str, Any], price: Decimal | None) -> View:
        view = {ours: row.get(theirs) for ours, theirs in PRODUCT.items()}
        quantities = {ours: count(row.get(theirs)) for ours, theirs in QUANTITIES.items()}
        return plain(
            {**view, **quantities, "id": row["Id"], "tie": tie(row), "price": price, "type": row.get("QB_Item_Type__c")}
        )

    def items(self) -> dict[str, View]:
        return {each["ListID"]: self._item(kind, each) for kind in ITEMS for each in self.file.elements(kind)}

    def _item(self, kind: str, element: Mapping[str, Any]) -> View:
        inner = element.get(_INSIDE) or element
        rate = element.get("DiscountRatePercent") or element.get("TaxRate")
        on_hand, promised = element.get("QuantityOnHand"), element.get("QuantityOnSalesOrder") or Decimal(0)
        stocked = kind in STOCKED and on_hand is not None
        about = element.get(_ABOUT.get(kind, "ItemDesc")) or inner.get("Desc")
        return plain(
            {
                "id": element["ListID"],
                "name": element.get("FullName") or element["Name"],
                "type": kind.removeprefix("Item"),
                "price": inner.get("Price") if inner is not element else element.get("SalesPrice"),
                "percent": f"{rate.normalize():f} %" if rate else None,
                "about": about,
                "code": element["Name"],
                "active": element.get("IsActive", True),
                "on_hand": count(on_hand) if stocked else None,
                "on_order": count(promised) if stocked else None,
                "available": count(Decimal(str(on_hand)) - Decimal(str(promised))) if stocked else None,
                "parts": ", ".join(_parts(element)) or None,
            }
        )

    # Salesforce

    def add_product(self, record_id: str, values: Mapping[str, Any]) -> str:
        product = self.org.insert("Product2", **{"IsActive": True, **given(values, PRODUCT)})
        self._price(product, values)
        return product

    def edit_product(self, record_id: str, values: Mapping[str, Any]) -> str:
        fields = given(values, PRODUCT)
        if fields:
            self.org.update(record_id, **fields)
        self._price(record_id, values)
        return record_id

    def _price(self, product: str, values: Mapping[str, Any]) -> None:
        price = amount(values.get("price"))
        if price is None:
            return
        book = self.org.standard_pricebook
        for row in self.org.records("PricebookEntry"):
            if (row["Product2Id"], row["Pricebook2Id"]) == (product, book):
                self.org.update(row["Id"], UnitPrice=price)
                return
        self.org.insert("PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=price, IsActive=True)

    def delete_product(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.org.delete(record_id)
        return record_id

    # QuickBooks

    def add_item(self, record_id: str, values: Mapping[str, Any]) -> str:
        kind = NEW_ITEMS.get(str(values.get("type") or "Service"))
        if kind is None:
            raise Refusal("The page can enter services and inventory.")
        price, about = amount(values.get("price")), values.get("about")
        if kind == STOCK:
            held = number(values.get("on_hand"), "a quantity") or Decimal(0)
            cost = (price / 2).quantize(Decimal("0.01")) if price else None
            fields = {"SalesPrice": price, "SalesDesc": about, "PurchaseCost": cost, "QuantityOnHand": held}
            return self.file.add(kind, Name=values.get("name"), **_present(fields), **STOCK_ACCOUNTS)
        part = _present({"Price": price, "Desc": about, "AccountRef": SERVICES})
        return self.file.add(kind, Name=values.get("name"), SalesOrPurchase=part)

    def edit_item(self, record_id: str, values: Mapping[str, Any]) -> str:
        kind, element = self._existing(record_id)
        fields: dict[str, Any] = {}
        if "name" in values:
            fields["Name"] = values["name"]
        if "active" in values:
            fields["IsActive"] = bool(values["active"])
        inner: dict[str, Any] = {}
        if "price" in values:
            price = amount(values["price"])
            if _INSIDE in element:
                inner["Price"] = price
            elif kind in STOCKED:
                fields["SalesPrice"] = price
            else:
                raise Refusal(f"QuickBooks: an item of the type {kind.removeprefix('Item')} has no price of its own.")
        if "about" in values:
            (inner if _INSIDE in element else fields)[
                "Desc" if _INSIDE in element else _ABOUT.get(kind, "ItemDesc")
            ] = values["about"]
        if inner:
            fields[f"{_INSIDE}Mod"] = inner
        if fields:
            self.file.edit(kind, record_id, **fields)
        return record_id

    def adjust(self, record_id: str, values: Mapping[str, Any]) -> str:
        """Somebody has counted the stock: so many are there."""
        held = number(values.get("on_hand"), "a quantity")
        if held is None:
            raise Refusal("How many are on hand?")
        kind, _ = self._existing(record_id)
        if kind not in STOCKED:
            raise Refusal("QuickBooks: only inventory has a quantity on hand.")
        line = {"ItemRef": {"ListID": record_id}, "QuantityAdjustment": {"NewQuantity": held}}
        self.file.enter("InventoryAdjustment", [line], AccountRef=LOSSES, Memo="Counted")
        return record_id

    def delete_item(self, record_id: str, values: Mapping[str, Any]) -> str:
        kind, _ = self._existing(record_id)
        self.file.delete(kind, record_id)
        return record_id

    def _existing(self, list_id: str) -> tuple[str, dict[str, Any]]:
        for kind in ITEMS:
            for each in self.file.elements(kind):
                if each["ListID"] == list_id:
                    return kind, each
        raise Refusal("QuickBooks: this item is not there any more.")


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _parts(element: Mapping[str, Any]) -> list[str]:
    """What a group or an assembly is made of."""
    found = []
    for row, name in (("ItemGroupLine", "ItemRef"), ("ItemInventoryAssemblyLine", "ItemInventoryRef")):
        lines = element.get(row) or []
        for line in lines if isinstance(lines, list) else [lines]:
            found.append(f"{count(line.get('Quantity') or 1)} × {line[name]['FullName']}")
    return found
