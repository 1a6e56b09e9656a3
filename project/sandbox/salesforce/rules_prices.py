"""Rules of products and prices: the standard price comes first, and what lines refer to is archived, not deleted."""

from __future__ import annotations

from .errors import SalesforceError
from .rules_people import associated
from .store import Row
from .transaction import Tx

LINES = ("OpportunityLineItem", "QuoteLineItem", "OrderItem")


def entry(tx: Tx, row: Row, old: Row | None) -> None:
    book, product = tx.row("Pricebook2", row.get("Pricebook2Id")), tx.row("Product2", row.get("Product2Id"))
    if book is None or product is None:
        return  # the check of required fields refuses it
    if old is None:
        _be_the_only_one(tx, row)
        row["Name"] = product["Name"]
        if product.get("ProductCode"):
            row["ProductCode"] = product["ProductCode"]
    _follow_standard_price(tx, row, old, book)
    if row["IsActive"] and row["IsArchived"]:
        text = "field integrity exception: IsActive (pricebook entry has been archived)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["IsActive"])


def _be_the_only_one(tx: Tx, row: Row) -> None:
    for same in _prices(tx, row):
        if same["Pricebook2Id"] == row["Pricebook2Id"]:
            text = "This price definition already exists in this price book"
            raise SalesforceError("DUPLICATE_VALUE", text)


def _prices(tx: Tx, row: Row) -> list[Row]:
    """The prices, in all books, of the same product in the same currency."""
    same = tx.below("PricebookEntry", "Product2Id", row["Product2Id"])
    return [each for each in same if each.get("CurrencyIsoCode") == row.get("CurrencyIsoCode")]


def _standard_price(tx: Tx, row: Row) -> Row | None:
    books = tx.org.tables["Pricebook2"].rows
    return next((each for each in _prices(tx, row) if books[each["Pricebook2Id"]]["IsStandard"]), None)


def _follow_standard_price(tx: Tx, row: Row, old: Row | None, book: Row) -> None:
    if book["IsStandard"]:
        if row["UseStandardPrice"]:
            text = "field integrity exception: UseStandardPrice (it must be false in the standard price book)"
            raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["UseStandardPrice"])
        return
    standard = _standard_price(tx, row)
    if standard is None and old is None:
        text = "Before creating a custom price, create a standard price."
        raise SalesforceError("STANDARD_PRICE_NOT_DEFINED", text)
    bound = row["UseStandardPrice"] if old is None else old["UseStandardPrice"] or row["UseStandardPrice"]
    if (
        bound
        and "UnitPrice" in tx.given
        and (old is not None or row.get("UnitPrice") != (standard or row)["UnitPrice"])
    ):
        text = "field integrity exception: UnitPrice, UseStandardPrice (the standard price is used)"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", text, ["UnitPrice", "UseStandardPrice"])
    if row["UseStandardPrice"] and standard is not None:
        row["UnitPrice"] = standard["UnitPrice"]


def entry_saved(tx: Tx, row: Row, old: Row | None) -> None:
    """The prices that follow the standard price move with it."""
    book = tx.org.tables["Pricebook2"].rows[row["Pricebook2Id"]]
    if old is None or not book["IsStandard"] or old["UnitPrice"] == row["UnitPrice"]:
        return
    for each in _prices(tx, row):
        if each["UseStandardPrice"]:
            tx.write("PricebookEntry", each["Id"], {"UnitPrice": row["UnitPrice"]})


def product_saved(tx: Tx, row: Row, old: Row | None) -> None:
    """A price shows its product's name and code; that it does leaves no trace on the price."""
    shown = {"Name": row["Name"], "ProductCode": row.get("ProductCode")}
    if old is None or all(old.get(name) == value for name, value in shown.items()):
        return
    for each in tx.below("PricebookEntry", "Product2Id", row["Id"]):
        tx.write("PricebookEntry", each["Id"], shown, silent=True)


# Leaving -------------------------------------------------------------------------------


def archive_product(tx: Tx, row: Row) -> bool:
    if not any(tx.below(line, "Product2Id", row["Id"]) for line in LINES):
        return False
    tx.write("Product2", row["Id"], {"IsArchived": True, "IsActive": False})
    for each in tx.below("PricebookEntry", "Product2Id", row["Id"]):
        tx.write("PricebookEntry", each["Id"], {"IsArchived": True, "IsActive": False})
    return True


def archive_book(tx: Tx, row: Row) -> bool:
    entries = tx.below("PricebookEntry", "Pricebook2Id", row["Id"])
    if not any(tx.below(line, "PricebookEntryId", each["Id"]) for each in entries for line in LINES):
        return False
    tx.write("Pricebook2", row["Id"], {"IsArchived": True, "IsActive": False})
    for each in entries:
        tx.write("PricebookEntry", each["Id"], {"IsArchived": True, "IsActive": False})
    return True


def book_leaves(tx: Tx, row: Row) -> None:
    if row["IsStandard"]:
        text = "Your attempt to delete the standard price book could not be completed: it cannot be deleted"
        raise SalesforceError("DELETE_FAILED", text)


def entry_leaves(tx: Tx, row: Row) -> None:
    if any(tx.below(line, "PricebookEntryId", row["Id"]) for line in LINES):
        raise associated(row, "products", [row["Name"]])
    book = tx.org.tables["Pricebook2"].rows[row["Pricebook2Id"]]
    others = [each for each in _prices(tx, row) if each["Id"] != row["Id"]]
    if book["IsStandard"] and others:
        raise associated(row, "custom prices", [row["Name"]])
