"""Price levels and further price books: which prices a level of QuickBooks comes to.

Words    level   a fixed percentage on all prices, or prices of single items (Premier and Enterprise)
         priced  the item has an amount for its price; a percentage is none, and a discount is no price
         rows    the level's prices, one an item, in the order of the items' ids
Rules    1 The prices are worked out from the level and from the items as last read: QuickBooks tells of a fixed
           percentage only the percentage, and a change of an item's price is no change of the level.
         2 A price by percentage is the item's price, and so much of it on top (-10 takes away a tenth), rounded half up
           to the cent, or up to the next multiple that the settings name: which one a level uses is not told.
         3 An inactive item has no price in any level, and what is not on Salesforce's side has none there.
         4 All prices are QuickBooks's own; a book's name and whether it is active follow the level when that changes.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from syncapp.mapping.codecs import Flag, Money, Plain
from syncapp.mapping.customers import Q, S, text
from syncapp.mapping.document_rows import Rows, rows_of
from syncapp.mapping.fields import Field, MatchKeys, RecordMapping
from syncapp.records import Side, Value

CENT = Decimal("0.01")
# Types of items whose price is one.
PRICED = ("Service", "NonInventory", "OtherCharge", "Inventory", "InventoryAssembly")
LEAVE_OUT, STANDARD = "leave_out", "standard"
NEAREST = "nearest"

PRICES = Rows(numbers={"price": 2}, refers={"product": "item"}, needs="product", noun="price")
# The prices that a level of single items names, by the item's id; "percent" where it is one.
CUSTOM = Rows(numbers={"price": 5, "percent": 5}, texts=("item",), noun="price")


def remark(fields: Mapping[Side, Mapping[str, Value]]) -> str:
    """How many prices Salesforce cannot show yet."""
    lacking = len(rows_of(fields[Q].get("prices"))) - len(rows_of(fields[S].get("prices")))
    if lacking <= 0:
        return ""
    number = "One of its prices is" if lacking == 1 else f"{lacking} of its prices are"
    return f"{number} of items that have no product in Salesforce."


PRICE_LEVELS = RecordMapping(
    kind="price_level",
    label="Price level",
    plural="Price levels",
    fields=(
        Field("name", "Name", text(255, 31)),
        Field("active", "Active", Flag(default=True)),
        Field("currency", "Currency", text(3, 3), owner=Q),
        Field("prices", "Prices", PRICES, owner=Q),
        Field("quickbooks_id", "QuickBooks id", text(80, 36), owner=Q),
        Field("percent", "Percentage", Money(places=5), only=Q),
        Field("custom", "Prices of single items", CUSTOM, only=Q),
        Field("level", "Name in QuickBooks", Plain(), only=Q),
    ),
    match=MatchKeys(name="name", counterpart="quickbooks_id"),
    remark=remark,
)


@dataclass(frozen=True)
class Item:
    """What a level needs to know of an item."""

    type: str
    price: Decimal | None  # none: it is no amount
    active: bool


def prices(level: Mapping[str, Value], items: Mapping[str, Item], *, rounding: str, others: str) -> Value:
    """The rows of a level; ``level`` are its record's fields, ``rounding`` and ``others`` the flow's settings."""
    found = dict(_prices(level, items, rounding, others))
    return tuple({"product": item, "price": found[item]} for item in sorted(found)) or None


def _prices(
    level: Mapping[str, Value], items: Mapping[str, Item], rounding: str, others: str
) -> Iterator[tuple[str, Decimal]]:
    percent = level.get("percent")
    custom = {str(row["item"]): row for row in rows_of(level.get("custom"))}
    for key, item in items.items():
        if not item.active or item.type not in PRICED:
            continue
        row = custom.get(key, {})
        if row.get("price") is not None:
            yield key, Decimal(str(row["price"])).quantize(CENT, rounding=ROUND_HALF_UP)
            continue
        share = row.get("percent", percent)
        if item.price is None:
            continue
        if share is not None:
            yield key, rounded(item.price * (1 + Decimal(str(share)) / 100), rounding)
        elif others == STANDARD:
            yield key, item.price.quantize(CENT, rounding=ROUND_HALF_UP)


def rounded(price: Decimal, how: str) -> Decimal:
    """To the nearest cent ("nearest"), or up to the next multiple of an amount ("up_0.25")."""
    if how == NEAREST:
        return price.quantize(CENT, rounding=ROUND_HALF_UP)
    step = Decimal(how.removeprefix("up_"))
    return ((price / step).to_integral_value(rounding=ROUND_CEILING) * step).quantize(CENT)


class BadNames(ValueError):
    """What names the levels makes no sense; the message says why."""


def book_names(chosen: str) -> tuple[bool, dict[str, str]]:
    """Whether all levels become price books, and those that are named, with their books' names, by level in lower case.

    ``chosen`` is such as "all", "Trade; Wholesale" or "all; Trade = Partners": names are divided by semicolons, and
    what follows "=" is the name of the book. Raises BadNames.
    """
    every, named = False, {}
    for part in filter(None, (each.strip() for each in chosen.split(";"))):
        level, equals, book = (each.strip() for each in part.partition("="))
        if part.casefold() == "all":
            every = True
        elif not level or (equals and not book):
            raise BadNames(f"“{part}” is no level, nor a level with its book, such as Trade = Partners")
        elif level.casefold() in named:
            raise BadNames(f"“{level}” is named twice")
        else:
            named[level.casefold()] = book or level
    if len({book.casefold() for book in named.values()}) < len(named):
        raise BadNames("two levels cannot have the same book")
    return every, named


def book_name(level: str, chosen: str) -> str:
    """The name of the level's book; empty where the settings leave the level out."""
    every, named = book_names(chosen)
    return named.get(level.casefold()) or (level if every else "")
