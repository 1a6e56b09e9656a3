"""Sales: a won Opportunity with its lines, and the transaction of QuickBooks that it became.

Words    type     what it becomes: an Invoice, a Sales Order, a Sales Receipt or an Estimate
         line     a product with its quantity and what it comes to; prices follow from the two
         frozen   why QuickBooks's transaction must be left alone: paid, closed, void; nothing where it may be changed
         layout   all lines of QuickBooks's transaction, also those that Salesforce cannot show, in their order
Rules    1 A line is compared as far as both sides can say it alike: quantities and amounts with two decimals. A price
           of five decimals stays in QuickBooks while nobody changes the line.
         2 Type, number and addresses are said when the transaction is made; from then on they are QuickBooks's own.
           What is said of terms, class, rep, tax, memo, shipping and the dates of both travels both ways.
         3 QuickBooks's totals are the truth: a difference is told, never corrected.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from syncapp.mapping.abilities import Abilities, About
from syncapp.mapping.codecs import Day, Money, Paragraphs, Plain, Reference, Text
from syncapp.mapping.customers import SPELLING, Q, S, address, text
from syncapp.mapping.document_rows import Rows, rows_of
from syncapp.mapping.fields import Field, MatchKeys, RecordMapping
from syncapp.records import Row, Value

TYPES = ("Invoice", "Sales Order", "Sales Receipt", "Estimate")
NO_TYPE = "None"  # chosen on an opportunity that is to become nothing
# What each type has no room for.
NOT_IN: dict[str, frozenset[str]] = {
    "Sales Receipt": frozenset({"po_number", "terms"}),
    "Estimate": frozenset({"ship_date", "ship_method"}),
}
# Types that post to the ledger, and so heed its closing date.
POSTING = ("Invoice", "Sales Receipt")
# Features of QuickBooks that a company may have switched off (syncapp.mapping.abilities).
CLASSES, SALES_TAX = "classes", "sales tax"
TOO_OLD = (
    "It was won before the sync began and has not been edited since; choose its QuickBooks Transaction Type to send it."
)
DELETED, VOID = "Deleted in QuickBooks", "Void"
NO_LINES = (
    "It has no products any more, and QuickBooks leaves no transaction without lines. Give it a product, or void or "
    "delete the transaction in QuickBooks."
)
# What the keys of a pair's own parts of a line begin with.
OWN = "own_"
# Parts of a line that are kept and sent, and not compared.
EXACT = ("rate", "discount", "list_amount")


@dataclass(frozen=True)
class SaleLines(Rows):
    """Lines that both sides may change, and that are therefore kept in the base as they are, line by line."""

    merges = True

    def canonical(self, value: Value) -> Any:
        """A pair's own part stands only where there is something, so that to map one changes no line."""
        said = [{name: self._said(name, row.get(name)) for name in self._names} for row in rows_of(value)]
        return [
            {n: part for n, part in row.items() if part is not None or not n.startswith(OWN)} for row in said
        ] or None

    def _loaded(self, row: Row) -> Row:
        return {**super()._loaded(row), **{name: Decimal(row[name]) for name in EXACT if name in row}}


LINES = SaleLines(
    numbers={"quantity": 2, "amount": 2},
    days=("service_date",),
    texts=("description", "tax_code"),
    refers={"product": "item"},
)


def made_with(name: str, label: str, codec: Text | Paragraphs | Plain) -> Field:
    """Said by Salesforce when the transaction is made, and QuickBooks's own afterwards."""
    return Field(name, label, codec, owner=Q, erases=False)


def told(name: str, label: str, codec: Text | Money) -> Field:
    return Field(name, label, codec, owner=Q)


def _at_first(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(Field(each.name, each.label, each.codec, owner=Q, erases=False) for each in fields)


# What cannot be sent ---------------------------------------------------------------


def barred(fields: Mapping[str, Value], abilities: Abilities, about: About, new: bool) -> dict[str, str]:
    """Why the opportunity's values cannot go to QuickBooks: by field, or ("*") why it can become nothing there."""
    found: dict[str, str] = {}
    lines = rows_of(fields.get("lines"))
    if fields.get("class") and CLASSES in abilities.lacks:
        found["class"] = abilities.lacks[CLASSES]
    if SALES_TAX in abilities.lacks:
        if fields.get("tax_item"):
            found["tax_item"] = abilities.lacks[SALES_TAX]
        if any(line.get("tax_code") for line in lines):
            found["lines"] = f"{abilities.lacks[SALES_TAX]} A product of it has a tax code."
    if problem := _closed(fields, abilities):
        found["date"] = problem
    if problem := _unpriced(str(fields.get("type") or ""), lines):
        found["lines"] = problem
    if not new and not lines:
        found["lines"] = NO_LINES
    if not new:
        return found
    whole = (
        abilities.lacks.get(str(fields.get("type"))),
        found.get("date"),
        found.get("lines"),
        _wrong_currency(fields, abilities, about),
    )
    if why := next(filter(None, whole), ""):
        found["*"] = why
    return found


def shut(fields: Mapping[str, Value], abilities: Abilities) -> str:
    """Why a transaction of QuickBooks must be left alone."""
    if _closed(fields, abilities):
        return f"QuickBooks's books are closed up to {abilities.closed_until}, and it is dated {fields['date']}."
    return ""


def _closed(fields: Mapping[str, Value], abilities: Abilities) -> str:
    day, until = fields.get("date"), abilities.closed_until
    if fields.get("type") not in POSTING or not isinstance(day, date) or until is None or day > until:
        return ""
    return (
        f"It is dated {day}, and QuickBooks's books are closed up to {until}. Give it a later date, or ask your "
        "accountant whether the closing date may be changed."
    )


def _unpriced(kind: str, lines: tuple[Row, ...]) -> str:
    for number, line in enumerate(lines, 1):
        if line.get("amount") is None:
            return f"Product {number} of it has no price. Give it one, 0 for what costs nothing."
    total = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
    if total >= 0:
        return ""
    return (
        f"Its products come to {total:.2f}, and QuickBooks takes no {kind.lower()} of less than nothing. Correct them, "
        "or give the customer a credit memo in QuickBooks and choose the transaction type None."
    )


def _wrong_currency(fields: Mapping[str, Value], abilities: Abilities, about: About) -> str:
    ours = fields.get("currency")
    theirs = about["customer"].get("currency") or abilities.home if "customer" in about else None
    if ours and abilities.currency and ours != abilities.currency:
        return (
            f"It is in {ours}, and this QuickBooks keeps its books in {abilities.currency} alone. Switch several "
            "currencies on in QuickBooks, or change the currency."
        )
    known = len(str(theirs)) == 3  # another one has a name that only this company knows
    if ours and theirs and known and ours != theirs:
        return (
            f"It is in {ours}, and its customer in QuickBooks in {theirs}: QuickBooks makes a transaction in its "
            f"customer's currency. Use an account whose customer is in {ours}, or change the currency."
        )
    return ""


# What a person should know -----------------------------------------------------------


def remark(fields: Mapping[Any, Mapping[str, Value]]) -> str:
    """What a person should know of a sale that is in step: QuickBooks's sum is another than the opportunity's."""
    ours, theirs = fields[S].get("amount"), fields[Q].get("subtotal")
    if isinstance(ours, Decimal) and isinstance(theirs, Decimal) and ours != theirs:
        return f"QuickBooks's total without tax is {theirs:.2f}, Salesforce's amount {ours:.2f}."
    if not fields[Q].get("number"):
        return "QuickBooks gave it no number; the setting numbers can have it come from here."
    return ""


SALES = RecordMapping(
    kind="sale",
    label="Sale",
    plural="Sales",
    fields=(
        Field("name", "Name", Plain(), only=S),  # of a transaction, what it is called until it has an opportunity
        made_with("type", "Type", text(40, 40)),
        told("shown_type", "Transaction type", text(40, 40)),
        Field("customer", "Customer", Reference("customer")),
        Field("date", "Date", Day()),
        Field("number", "Number", text(40, 11), owner=Q, erases=False, assigned=True),
        Field("po_number", "PO number", text(25, 25)),
        Field("terms", "Terms", text(31, 31)),
        Field("due_date", "Due date", Day()),
        Field("class", "Class", text(159, 159)),
        Field("sales_rep", "Sales rep", text(5, 5)),
        Field("ship_date", "Ship date", Day()),
        Field("ship_method", "Ship method", text(15, 15)),
        Field("tax_item", "Sales tax item", text(31, 31)),
        Field("memo", "Memo", Paragraphs({S: 255, Q: 4095}, SPELLING)),
        *_at_first(address("billing", "Billing")),
        *_at_first(address("shipping", "Shipping")),
        Field("lines", "Lines", LINES),
        Field("quickbooks_id", "QuickBooks id", Text({S: 80}, SPELLING), owner=Q),
        told("status", "Status", text(40, 40)),
        told("total", "Total", Money()),
        told("balance", "Balance", Money()),
        # Where there are products, Salesforce adds up the amount by itself.
        Field("bare_amount", "Amount without products", Money(), owner=Q, erases=False),
        # Said when an opportunity is made, and never again.
        Field("currency", "Currency", text(3, 3), owner=Q, erases=False),
        Field("amount", "Amount", Money(), only=S),
        Field("subtotal", "Subtotal", Money(), only=Q),
        Field("frozen", "Left alone because", Plain(), only=Q),
        Field("layout", "All its lines", Plain(), only=Q),
        Field("modified", "Last modified", Plain(), only=Q),
        Field("txn", "Transaction", Plain(), only=Q),
        Field("came_from", "Made of", Plain(), only=Q),
    ),
    named_by={"txn": ("invoice", "sales_order", "sales_receipt", "estimate")},
    match=MatchKeys(name="name", counterpart="quickbooks_id"),
    entered_once=True,
    indispensable=("customer", "date", "lines"),
    frozen="frozen",
    remark=remark,
    about={"customer": ("currency",)},
    barred=barred,
    shut=shut,
)
