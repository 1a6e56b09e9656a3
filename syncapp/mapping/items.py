"""Item and Product2: the fields they share, in neutral names, and the quantities that a product shows.

Words    name    the item's full name ("Hardware:Hose"), or its own ("Hose") where the settings make a family of parents
         code    ProductCode; by the settings the item's own name, or the manufacturer's part number
         price   the base price: the item's rate, and the product's entry in the standard price book
Rules    1 Lengths are those of qbXML's item requests and of Salesforce's describe of Product2.
         2 Nothing said and zero are the same price: a product without a standard price could not be sold.
         3 What QuickBooks does not say of an item (a unit, a family) leaves the product as it is.
         4 An item that QuickBooks prices by a percentage, or not at all, has the price that the product was given in
           Salesforce; that it does is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from syncapp.mapping.abilities import Abilities, About
from syncapp.mapping.codecs import Flag, Money, Name, Paragraphs, Path, Plain
from syncapp.mapping.customers import SPELLING, Q, S, text
from syncapp.mapping.fields import Field, MatchKeys, RecordMapping
from syncapp.mapping.sales import SALES_TAX
from syncapp.records import Side, Value

# How QuickBooks keeps the prices of items that have no amount, in words.
UNPRICED = {
    "one, percent": "by a percentage",
    "discount, percent": "by a percentage",
    "none": "not at all",
    "asset": "not at all",
}


def remark(fields: Mapping[Side, Mapping[str, Value]]) -> str:
    """Where a product has a price that its item cannot have."""
    price, how = fields[S].get("price"), UNPRICED.get(str(fields[Q].get("prices")), "")
    if not (price and how):
        return ""
    return (
        f"Its price in Salesforce, {Decimal(str(price)):.2f}, is Salesforce's own: QuickBooks prices this item {how}."
    )


NO_PRICE = (
    "The product has no price in the standard price book, so the item keeps its own. Give the product one, or 0.00 "
    "there if the item is to cost nothing"
)


def barred(fields: Mapping[str, Value], abilities: Abilities, about: About, new: bool) -> dict[str, str]:
    """A price that is not there says nothing: it never takes away an item's own."""
    return {} if new or fields.get("price") is not None else {"price": NO_PRICE}


# How the feature of an item's unit is called among what QuickBooks lacks (syncapp.mapping.abilities).
UNITS = "units of measure"
# The settings of a new item that only count where QuickBooks has the feature.
FEATURES = {"tax_code": SALES_TAX, "unit_set": UNITS}
# What a group or an assembly consists of, one a line; hundreds of them in Enterprise.
COMPONENTS_LENGTH = 32_000

ITEMS = RecordMapping(
    kind="item",
    label="Item",
    plural="Items",
    fields=(
        Field("name", "Name", Path(Name({Q: 31}, forbidden={}, spelling=SPELLING))),
        Field("active", "Active", Flag(default=True)),
        Field("code", "Product code", text(255, 31), owner=Q, erases=False),
        Field("description", "Description", Paragraphs({S: 4000, Q: 4095}, SPELLING)),
        Field("price", "Price", Money(default=Decimal(0))),
        Field("unit", "Unit of measure", text(40, 31), owner=Q, erases=False),
        Field("family", "Family", text(255, 159), owner=Q, erases=False),
        Field("item_type", "Type of item", text(40, 40), owner=Q, erases=False),
        Field("components", "Components", Paragraphs({S: COMPONENTS_LENGTH}), owner=Q),
        Field("quickbooks_id", "QuickBooks id", text(80, 36), owner=Q),
        Field("full_name", "Full name in QuickBooks", text(255, 159), owner=Q),
        Field("parent", "Parent in QuickBooks", Plain(), only=Q),
        Field("prices", "How QuickBooks keeps its price", Plain(), only=Q),
    ),
    match=MatchKeys(name="name", code="code", counterpart="quickbooks_id"),
    barred=barred,
    remark=remark,
)

QUANTITY = Money(places=5)

STOCK = RecordMapping(
    kind="stock",
    label="Quantity",
    plural="Quantities",
    fields=(
        Field("name", "Name", Plain(), only=Q),  # to be shown; each side has its own
        Field("on_hand", "On hand", QUANTITY, owner=Q),
        Field("on_sales_order", "On sales orders", QUANTITY, owner=Q),
        Field("available", "Available", QUANTITY, owner=Q),
        Field("on_purchase_order", "On purchase orders", QUANTITY, owner=Q),
        Field("quickbooks_id", "QuickBooks id", Plain(), only=S),
    ),
    match=MatchKeys(name="name", counterpart="quickbooks_id"),
)
