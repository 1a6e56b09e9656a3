"""Rules of lines, alike on opportunities, quotes and orders: a price of the right book, and money that adds up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from .errors import SalesforceError
from .store import Row
from .transaction import Tx

CENT = Decimal("0.01")
NO_ENTRY = (
    "field integrity exception: PricebookEntryId, unknown "
    "(versions 3.0 and higher must specify pricebook entry id; others must specify product id)"
)


def opportunity_line(tx: Tx, row: Row, old: Row | None) -> None:
    parent = tx.row("Opportunity", row.get("OpportunityId"))
    if parent is None or row.get("Quantity") is None:
        return  # the check of required fields refuses it
    product = _describe(tx, row, old, parent, "opportunity", may_lack_book=True)
    row["Name"] = f"{parent['Name']} {product['Name']}"[:376]
    if product.get("ProductCode"):
        row["ProductCode"] = product["ProductCode"]
    _price_or_total(tx, row, old)


def quote_line(tx: Tx, row: Row, old: Row | None) -> None:
    _plain_line(tx, row, old, tx.row("Quote", row.get("QuoteId")), "quote")


def order_item(tx: Tx, row: Row, old: Row | None) -> None:
    parent = tx.row("Order", row.get("OrderId"))
    if parent is not None and parent.get("StatusCode") == "Activated":
        touched = {"Quantity", "UnitPrice"} & tx.given if old is not None else {"OrderId"}
        if touched:
            text = f"field integrity exception: {', '.join(sorted(touched))} (the order has been activated)"
            raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, sorted(touched))
    _plain_line(tx, row, old, parent, "order")
    if row.get("Quantity") is not None:
        row["AvailableQuantity"] = row["Quantity"]


def _plain_line(tx: Tx, row: Row, old: Row | None, parent: Row | None, kind: str) -> None:
    if parent is None or row.get("Quantity") is None or row.get("UnitPrice") is None:
        return  # the check of required fields refuses it
    _describe(tx, row, old, parent, kind)
    row["Subtotal"] = cents(row["UnitPrice"] * row["Quantity"])
    row["TotalPrice"] = cents(row["UnitPrice"] * row["Quantity"] * _factor(row))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _factor(row: Row) -> Decimal:
    return 1 - (row.get("Discount") or Decimal(0)) / 100


def _describe(tx: Tx, row: Row, old: Row | None, parent: Row, kind: str, *, may_lack_book: bool = False) -> Row:
    """Find the price that the line is of and show what it says; the product."""
    entry = _entry(tx, row, parent) if old is None else tx.org.tables["PricebookEntry"].rows[old["PricebookEntryId"]]
    if old is None:
        _check_entry(tx, entry, parent, kind, may_lack_book)
    product = tx.org.tables["Product2"].rows[entry["Product2Id"]]
    row["PricebookEntryId"], row["Product2Id"] = entry["Id"], entry["Product2Id"]
    row["ListPrice"] = entry["UnitPrice"] if old is None else old["ListPrice"]
    if tx.org.switches.multi_currency:
        row["CurrencyIsoCode"] = parent["CurrencyIsoCode"]
    return product


def _entry(tx: Tx, row: Row, parent: Row) -> Row:
    book, product = parent.get("Pricebook2Id"), row.get("Product2Id")
    entry = tx.row("PricebookEntry", row.get("PricebookEntryId"))
    if entry is not None and product is not None and entry["Product2Id"] != product:
        raise _refused("PricebookEntryId, Product2Id (they are of different products)")
    if entry is None and product and book:
        same = tx.below("PricebookEntry", "Product2Id", product)
        fitting = (each for each in same if each["Pricebook2Id"] == book and _currency_fits(each, parent))
        entry = next(fitting, None)
    if entry is None:
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", NO_ENTRY, ["PricebookEntryId", "unknown"])
    return entry


def _currency_fits(entry: Row, parent: Row) -> bool:
    return bool(entry.get("CurrencyIsoCode") == parent.get("CurrencyIsoCode"))


def _check_entry(tx: Tx, entry: Row, parent: Row, kind: str, may_lack_book: bool) -> None:
    book = parent.get("Pricebook2Id")
    if book is None and not may_lack_book:
        raise _refused(f"PricebookEntryId (the {kind} has no pricebook)")
    if book and entry["Pricebook2Id"] != book:
        text = f"pricebook entry is in a different pricebook than the one assigned to the {kind}"
        raise _refused(f"PricebookEntryId ({text})")
    if not _currency_fits(entry, parent):
        raise _refused(f"PricebookEntryId (pricebook entry currency code does not match {kind} currency code)")
    if entry["IsArchived"]:
        raise _refused("PricebookEntryId (pricebook entry has been archived)")
    if not entry["IsActive"]:
        raise _refused("PricebookEntryId (pricebook entry is inactive)")
    if not tx.org.tables["Pricebook2"].rows[entry["Pricebook2Id"]]["IsActive"]:
        raise _refused("PricebookEntryId (pricebook is inactive)")


def _refused(what: str) -> SalesforceError:
    return SalesforceError("FIELD_INTEGRITY_EXCEPTION", f"field integrity exception: {what}", ["PricebookEntryId"])


def _price_or_total(tx: Tx, row: Row, old: Row | None) -> None:
    """Price and total determine each other; one of them has to be given, and only one."""
    given = {name for name in ("UnitPrice", "TotalPrice") if name in tx.given and row.get(name) is not None}
    if len(given) == 2 and old is not None:
        text = "Cannot change both 'UnitPrice' and 'TotalPrice' in update call"
        raise SalesforceError("INVALID_FIELD", text, ["UnitPrice"])
    nothing = not given if old is None else row.get("UnitPrice") is None and row.get("TotalPrice") is None
    if len(given) == 2 or nothing:
        text = "specify either UnitPrice or TotalPrice, but not both"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["UnitPrice", "TotalPrice"])
    if old is not None and {"Discount", "Quantity"} <= tx.given and not given:
        text = "field integrity exception: UnitPrice, TotalPrice (needed where Discount and Quantity are given)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["UnitPrice", "TotalPrice"])
    whole = row["Quantity"] * _factor(row)
    if given == {"TotalPrice"} or row.get("UnitPrice") is None:
        if not whole:
            text = "field integrity exception: TotalPrice (it cannot be divided by the quantity)"
            raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["TotalPrice"])
        row["UnitPrice"] = cents(row["TotalPrice"] / whole)
    else:
        row["TotalPrice"] = cents(row["UnitPrice"] * whole)
    row["Subtotal"] = cents(row["UnitPrice"] * row["Quantity"])
