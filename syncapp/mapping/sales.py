"""Sales: a won Opportunity with its lines, and the transaction of QuickBooks that it became.

Words    type     what it becomes: an Invoice, a Sales Order, a Sales Receipt or an Estimate
         line     a product with its quantity and what it comes to; prices follow from the two
         frozen   why QuickBooks's transaction must be left alone: paid, closed, void; nothing where it may be changed
         layout   all lines of QuickBooks's transaction, also those that Salesforce cannot show, in their order
Rules    1 A line is compared as far as both sides can say it alike: quantities and amounts with two decimals. A price
           of five decimals stays in QuickBooks while nobody changes the line.
         2 Type, number and addresses are said when the transaction is made; from then on they are QuickBooks's own.
         3 QuickBooks's totals are the truth: a difference is told, never corrected.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from syncapp.mapping.codecs import Day, Money, Paragraphs, Plain, Reference, Text
from syncapp.mapping.customers import SPELLING, Q, S, address, text
from syncapp.mapping.document_rows import Rows, rows_of
from syncapp.mapping.fields import Field, MatchKeys, RecordMapping
from syncapp.records import Row, Value

TYPES = ("Invoice", "Sales Order", "Sales Receipt", "Estimate")
NO_TYPE = "None"  # chosen on an opportunity that is to become nothing
DELETED, VOID = "Deleted in QuickBooks", "Void"
# Parts of a line that are kept and sent, and not compared.
EXACT = ("rate", "discount", "list_amount")


@dataclass(frozen=True)
class SaleLines(Rows):
    """Lines that both sides may change, and that are therefore kept in the base as they are, line by line."""

    merges = True

    def canonical(self, value: Value) -> Any:
        rows = rows_of(value)
        return [{name: self._said(name, row.get(name)) for name in self._names} for row in rows] or None

    def _loaded(self, row: Row) -> Row:
        return {**super()._loaded(row), **{name: Decimal(row[name]) for name in EXACT if name in row}}


LINES = SaleLines(
    numbers={"quantity": 2, "amount": 2},
    days=("service_date",),
    texts=("description",),
    refers={"product": "item"},
)


def made_with(name: str, label: str, codec: Text | Paragraphs | Plain) -> Field:
    """Said by Salesforce when the transaction is made, and QuickBooks's own afterwards."""
    return Field(name, label, codec, owner=Q, erases=False)


def told(name: str, label: str, codec: Text | Money) -> Field:
    return Field(name, label, codec, owner=Q)


def _at_first(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(Field(each.name, each.label, each.codec, owner=Q, erases=False) for each in fields)


def remark(fields: Mapping[Any, Mapping[str, Value]]) -> str:
    """What a person should know of a sale that is in step: QuickBooks's sum is another than the opportunity's."""
    ours, theirs = fields[S].get("amount"), fields[Q].get("subtotal")
    if not isinstance(ours, Decimal) or not isinstance(theirs, Decimal) or ours == theirs:
        return ""
    return f"QuickBooks's total without tax is {theirs:.2f}, the opportunity's amount {ours:.2f}."


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
        made_with("number", "Number", text(40, 11)),
        Field("po_number", "PO number", text(25, 25)),
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
    frozen="frozen",
    remark=remark,
)
