"""Edits of items, stock, opportunities, documents and payments, and how each must have arrived at rest.

Rule     what each edit is compared with is written here in numbers, not read from the other side
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from project.sandbox.example_books import TRADE
from project.sandbox.page.books import Books
from project.sandbox.page.edit import Edit
from project.sandbox.page.plain import View
from project.sandbox.page.world import World


def _do(world: World, kind: str, side: str, act: str, record_id: str = "", **values: Any) -> str:
    return world.desk.do(side, act, record_id, values, kind)


def _named(views: Mapping[str, View], name: str) -> View:
    return next((view for view in views.values() if view["name"] == name), {})


def _wrong(where: str, view: Mapping[str, Any] | None, **wanted: Any) -> str:
    """How a record differs from what is wanted; nothing if it does not."""
    if not view:
        return f"{where} has no such record"
    for name, value in wanted.items():
        if view[name] != value:
            return f"{where} has {name} “{view[name]}” instead of “{value}”"
    return ""


def _document(books: Books, tie: str) -> View | None:
    return next((view for view in books.shown_documents.values() if view["tie"] == tie), None)


def _payment(books: Books, tie: str) -> View | None:
    return next((view for view in books.shown_payments.values() if view["tie"] == tie), None)


# Items and stock ------------------------------------------------------------------------


def _price_in_quickbooks(world: World) -> Edit:
    chair = _named(world.desk.wares.items(), "Office Chair")
    _do(world, "item", "quickbooks", "edit", chair["id"], price="229.00")
    return Edit(
        "The Office Chair costs 229.00 from now on, in QuickBooks: so does the product",
        lambda: _wrong("Salesforce", _named(world.desk.wares.products(), "Office Chair"), price="229.00"),
    )


def _price_in_salesforce(world: World) -> Edit:
    lamp = _named(world.desk.wares.products(), "Installation")
    _do(world, "item", "salesforce", "edit", lamp["id"], price="99.00")
    return Edit(
        "Installation costs 99.00 from now on, in Salesforce: so does the item",
        lambda: _wrong("QuickBooks", _named(world.desk.wares.items(), "Installation"), price="99.00"),
    )


def _new_item(world: World) -> Edit:
    _do(world, "item", "quickbooks", "add", name="Monitor Arm", type="Inventory", price="89.00", on_hand="15")
    return Edit(
        "The Monitor Arm is new in QuickBooks, with 15 on hand: it becomes a product",
        lambda: _wrong(
            "Salesforce", _named(world.desk.wares.products(), "Monitor Arm"), price="89.00", on_hand="15", active=True
        ),
    )


def _missing_item(world: World) -> Edit:
    """What Coffee corner has waited for."""
    _do(world, "item", "quickbooks", "add", name="Espresso Machine", type="Service", price="1290.00")

    def problem() -> str:
        books = Books(world.desk)
        deal = _named(books.deals, "Coffee corner")
        return _wrong("QuickBooks", books.documents.get(deal["tie"] or ""), type="Invoice", subtotal="1480.00")

    return Edit("The Espresso Machine is entered in QuickBooks: Coffee corner, which waited, is invoiced", problem)


def _counted(world: World) -> Edit:
    cabinet = _named(world.desk.wares.items(), "Filing Cabinet")
    _do(world, "item", "quickbooks", "adjust", cabinet["id"], on_hand="25")
    # Two of them go with Site office, and one with the sales order that is invoiced.
    return Edit(
        "25 Filing Cabinets are counted, and 3 of them sold: the product shows 22",
        lambda: _wrong("Salesforce", _named(world.desk.wares.products(), "Filing Cabinet"), on_hand="22"),
    )


def _level(world: World) -> Edit:
    level = _named(world.desk.levels.levels(), TRADE)
    _do(world, "level", "quickbooks", "edit", level["id"], percent="-20")

    def problem() -> str:
        book = _named(world.desk.levels.books(), TRADE)
        prices = {each["item"]: each["amount"] for each in book.get("lines", ())}
        # The chair costs 229.00 by now, and the desk 549.00 as before.
        return _wrong("Salesforce", prices, **{"Office Chair": "183.20", "Standing Desk": "439.20"})

    return Edit("The level Trade takes a fifth off instead of a tenth: so does its price book", problem)


# Opportunities ------------------------------------------------------------------------


def _won(world: World) -> Edit:
    deal = _named(world.desk.deals.opportunities(), "Site office")
    _do(world, "sale", "salesforce", "win", deal["id"])

    def problem() -> str:
        books = Books(world.desk)
        now = books.deals[deal["id"]]
        txn = books.documents.get(now["tie"] or "")
        return _wrong("QuickBooks", txn, type="Invoice", customer="Granite State Roofing", subtotal="717.00") or _wrong(
            "Salesforce", now, number=txn["number"] if txn else None, total="776.15", balance="776.15"
        )

    return Edit("Site office is won: an invoice over 717.00, and its number and total with tax come back", problem)


def _new_deal(world: World) -> Edit:
    lines = [{"item": "Desk Lamp", "quantity": "2", "rate": "49.90"}, {"item": "Installation", "quantity": "1.5"}]
    deal = _do(
        world,
        "sale",
        "salesforce",
        "add",
        name="Lamps for the crew",
        customer="Yellowstone Outfitters",
        type="Sales Receipt",
        won=True,
        lines=lines,
    )

    def problem() -> str:
        books = Books(world.desk)
        txn = books.documents.get(books.deals[deal]["tie"] or "")
        return _wrong("QuickBooks", txn, type="Sales Receipt", customer="Yellowstone Outfitters")

    return Edit("A won opportunity of Yellowstone Outfitters becomes a sales receipt, once it is a customer", problem)


def _changed_deal(world: World) -> Edit:
    deal = _named(world.desk.deals.opportunities(), "Reading corner")
    lines = [{**each, "quantity": "8"} if each["item"] == "Desk Lamp" else each for each in deal["lines"]]
    _do(world, "sale", "salesforce", "edit", deal["id"], lines=lines)

    def problem() -> str:
        books = Books(world.desk)
        return _wrong("QuickBooks", books.documents.get(deal["tie"]), subtotal="1713.20") or _wrong(
            "Salesforce", books.deals[deal["id"]], amount="1713.20"
        )

    return Edit("Reading corner takes 8 lamps instead of 6: the invoice follows", problem)


def _paid_deal(world: World) -> Edit:
    deal = _named(world.desk.deals.opportunities(), "Consulting room")
    _do(world, "sale", "quickbooks", "pay", deal["tie"], amount="1000.00")
    return Edit(
        "1,000.00 are paid for Consulting room in QuickBooks: the opportunity shows what is still open",
        lambda: _wrong("Salesforce", world.desk.deals.opportunities()[deal["id"]], total="1599.94", balance="599.94"),
    )


# Documents and payments -----------------------------------------------------------------


def _entered(world: World) -> Edit:
    lines = [{"item": "Standing Desk", "quantity": "1"}, {"item": "Delivery", "quantity": "2", "rate": "30.00"}]
    tie = _do(world, "document", "quickbooks", "add", type="Invoice", customer="Hawthorne Books", lines=lines)

    def problem() -> str:
        view = _document(Books(world.desk), tie)
        found = _wrong("Salesforce", view, customer="Hawthorne Books", subtotal="609.00", balance="659.24")
        deal = next((each for each in Books(world.desk).deals.values() if each["tie"] == tie), None)
        found = found or _wrong("Salesforce", deal, won=True, amount="609.00", total="659.24")
        return found or ("" if view and len(view["lines"]) == 2 else "Salesforce lacks its lines")

    return Edit("An invoice is entered in QuickBooks: it stands in Salesforce, and so does a won opportunity", problem)


def _received(world: World) -> Edit:
    tie = world.papers["1003"]
    payment = _do(world, "document", "quickbooks", "pay", tie, amount="100.00", method="Visa")

    def problem() -> str:
        books = Books(world.desk)
        return _wrong("Salesforce", _payment(books, payment), amount="100.00", unused="0.00") or _wrong(
            "Salesforce", _document(books, tie), total="339.91", balance="239.91"
        )

    return Edit("Evergreen Nursery pays 100.00 of 339.91: the payment shows, and the balance falls", problem)


def _credited(world: World) -> Edit:
    lines = [{"item": "Custom Signage", "quantity": "1", "rate": "50.00"}]
    tie = _do(world, "document", "quickbooks", "add", type="Credit Memo", customer="Evergreen Nursery", lines=lines)
    return Edit(
        "Evergreen Nursery gets a credit memo",
        lambda: _wrong("Salesforce", _document(Books(world.desk), tie), type="Credit Memo", subtotal="50.00"),
    )


def _refunded(world: World) -> Edit:
    credit = world.papers["5001"]
    tie = _do(world, "document", "quickbooks", "refund", credit, amount="10.00")

    def problem() -> str:
        books = Books(world.desk)
        return _wrong("Salesforce", _document(books, tie), type="Refund", total="10.00", status="Paid") or _wrong(
            "Salesforce", _document(books, credit), total="42.22", balance="12.22"
        )

    return Edit("Maple Leaf Movers gets 10.00 of its credit back: the refund shows, and the credit falls", problem)


def _voided(world: World) -> Edit:
    tie = world.papers["1004"]
    _do(world, "document", "quickbooks", "void", tie)
    return Edit(
        "Fairhaven's invoice is voided in QuickBooks, and Salesforce says so",
        lambda: _wrong("Salesforce", _document(Books(world.desk), tie), status="Void", balance="0.00"),
    )


def _deleted(world: World) -> Edit:
    tie = world.papers["3001"]
    _do(world, "document", "quickbooks", "delete", tie)
    return Edit(
        "An estimate is deleted in QuickBooks: Salesforce keeps it, and says so",
        lambda: _wrong("Salesforce", _document(Books(world.desk), tie), status="Deleted in QuickBooks"),
    )


def _invoiced(world: World) -> Edit:
    order = _named(world.desk.papers.documents(), "Sales Order 4001")
    tie = _do(world, "document", "quickbooks", "invoice", order["id"])

    def problem() -> str:
        books = Books(world.desk)
        return _wrong("Salesforce", _document(books, tie), type="Invoice", subtotal=order["subtotal"]) or _wrong(
            "Salesforce", _document(books, order["id"]), status="Closed"
        )

    return Edit("A sales order is invoiced in QuickBooks: the invoice shows, and the order is closed", problem)


def _tampered(world: World) -> Edit:
    view = _document(Books(world.desk), world.papers["1001"]) or {}
    _do(world, "document", "salesforce", "edit", view["id"], memo="Somebody was here")
    return Edit(
        "Somebody writes into an invoice in Salesforce: it is QuickBooks's own, and comes back",
        lambda: _wrong("Salesforce", _document(Books(world.desk), world.papers["1001"]), memo=None),
    )


EDITS = (
    *(
        _price_in_quickbooks,
        _price_in_salesforce,
        _new_item,
        _missing_item,
        _counted,
        _level,
        _won,
        _new_deal,
        _changed_deal,
    ),
    *(_paid_deal, _entered, _received, _credited, _refunded, _voided, _deleted, _invoiced, _tampered),
)
