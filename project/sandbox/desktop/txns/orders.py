"""Sales orders and purchase orders, and the documents that are made from them, row by row.

Words    open      of an order's row: what has not been invoiced or received
Rule     a row of an invoice, a bill or an item receipt remembers the row that it came from. Everything else (Invoiced,
         ReceivedQuantity, IsFullyInvoiced, the stock on order) follows from that.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import money, references, tax
from .families import Stock
from .job import Job
from .lines import Row
from .store import Line, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

# What may be made from what: applications from orders; people from estimates, too.
SOURCES = {
    "Invoice": ("SalesOrder",),
    "Bill": ("PurchaseOrder",),
    "ItemReceipt": ("PurchaseOrder",),
    "Check": ("PurchaseOrder",),
    "CreditCardCharge": ("PurchaseOrder",),
}
BY_HAND = {"Invoice": ("Estimate",), "SalesOrder": ("Estimate",)}
_COPIED = ("ItemRef", "Desc", "Rate", "RatePercent", "ClassRef", "SalesTaxCodeRef", "Other1", "Other2", "CustomerRef")
_ORDERS = ("SalesOrder", "PurchaseOrder", "Estimate")
_ON_ORDER = {"PurchaseOrder": 1, "SalesOrder": 2}  # where a Stock counts them


def drawn(file: CompanyFile, order: Txn, line: Line) -> Decimal:
    """How many have been invoiced or received of an order's row."""
    total = Decimal(0)
    for txn_id, line_id in file.txns.drawn.get((order.txn_id, line.line_id), ()):
        txn = file.txns.get(txn_id)
        made = txn.line(line_id) if txn is not None else None
        if txn is not None and made is not None and not txn.voided:
            total += made.quantity if made.data.get("Quantity") else Decimal(1)
    return total


def ordered(line: Line) -> Decimal:
    return line.quantity if line.data.get("Quantity") else Decimal(1)


def open_quantity(file: CompanyFile, order: Txn, line: Line) -> Decimal:
    closed = order.data.get("IsManuallyClosed") == "true" or line.data.get("IsManuallyClosed") == "true"
    if closed or not line.data.get("ItemRef"):
        return Decimal(0)
    return max(Decimal(0), ordered(line) - drawn(file, order, line))


def stock(file: CompanyFile, txn: Txn, *, out: bool) -> Stock:
    """What its rows move: pieces on hand, or, of an order, those on purchase order or on sales order."""
    slot = _ON_ORDER.get(txn.kind, 0)
    found: dict[str, list[Decimal]] = {}
    for line in tax.rows(txn):
        if tax.item_kind(file, line) in references.STOCKED:
            held = found.setdefault(line.data["ItemRef"], [Decimal(0)] * 3)
            moved = open_quantity(file, txn, line) if slot else line.quantity
            held[slot] += -moved if out else moved
    return {item: (str(held[0]), str(held[1]), str(held[2])) for item, held in found.items()}


def is_used_up(file: CompanyFile, order: Txn) -> bool:
    """Whether every row has been invoiced or received in full."""
    rows = [line for line in order.all_lines() if line.data.get("ItemRef")]
    return bool(rows) and all(drawn(file, order, line) >= ordered(line) for line in rows)


def is_closed(file: CompanyFile, order: Txn) -> bool:
    return order.voided or not any(open_quantity(file, order, line) for line in order.all_lines())


def _source(job: Job, txn_id: str) -> Txn:
    allowed = SOURCES.get(job.kind.name, ()) + (BY_HAND.get(job.kind.name, ()) if job.by_hand else ())
    order = job.file.txns.get(txn_id, *allowed) if allowed else None
    if order is None or order.entity != job.draft.entity:
        raise errors.not_found(txn_id)
    return order


def rows_of_linked(job: Job) -> list[Row]:
    """LinkToTxnID: the open rows of whole orders. A closed order is not linked (570), which refuses nothing."""
    found: list[Row] = []
    style = job.kind.rows[-1].style
    for txn_id in job.sent.get("LinkToTxnID") or ():
        order = _source(job, txn_id)
        if is_closed(job.file, order):
            job.warning = (570, f'The transaction "{txn_id}" is already closed and could not be linked.')
            continue
        for line in order.all_lines():
            number = open_quantity(job.file, order, line)
            if number:
                copied, sent = _copy(job, order, line)
                if line.data.get("Quantity"):
                    sent["Quantity"] = copied.data["Quantity"] = money.quantity(number)
                found.append(Row(copied, sent, style, False))
            elif not line.data.get("ItemRef") and not line.data.get("ItemGroupRef"):
                found.append(Row(Line(job.kind.rows[-1].ret, dict(line.data)), {}, style, False))
    return found


def linked_row(job: Job, line: Line, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """LinkToTxn: one row of an order; the item is the order's, what else was sent counts."""
    link = sent["LinkToTxn"]
    order = _source(job, link["TxnID"])
    ordered_line = order.line(link["TxnLineID"])
    if ordered_line is None or not ordered_line.data.get("ItemRef"):
        raise errors.not_found(link["TxnLineID"])
    if sent.get("ItemRef"):
        raise errors.Fault(3153, 'There are conflicting elements: "ItemRef" and "LinkToTxn".')
    copied, defaults = _copy(job, order, ordered_line)
    if "Quantity" in copied.data:
        open_ = open_quantity(job.file, order, ordered_line)
        defaults["Quantity"] = copied.data["Quantity"] = money.quantity(open_ or ordered(ordered_line))
    line.data.update(copied.data)
    line.order = copied.order
    for name in _COPIED:
        if name in copied.data and name not in defaults:
            is_ref = references.is_reference(name)
            defaults[name] = {"ListID": copied.data[name]} if is_ref else copied.data[name]
    rest = {name: value for name, value in sent.items() if name != "LinkToTxn"}
    if rest.keys() & {"Rate", "RatePercent", "Amount", "Cost"}:
        for name in ("Rate", "RatePercent", "Amount", "Cost"):
            defaults.pop(name, None)
    return {**defaults, **rest}


def _copy(job: Job, order: Txn, line: Line) -> tuple[Line, dict[str, Any]]:
    """A row as on the order, and as if it had been sent."""
    copied = Line(job.kind.rows[-1].ret, {name: line.data[name] for name in _COPIED if name in line.data})
    copied.order = (order.txn_id, line.line_id)
    sent: dict[str, Any] = {name: line.data[name] for name in ("Rate", "RatePercent") if name in line.data}
    if order.kind == "PurchaseOrder" and "Rate" in copied.data:
        sent["Cost"] = copied.data["Cost"] = copied.data.pop("Rate")
    if line.data.get("Quantity"):
        copied.data["Quantity"] = line.data["Quantity"]
    elif "Rate" not in line.data and "RatePercent" not in line.data:
        sent["Amount"] = money.amount(line.amount)
    return copied, sent


def touch_orders(job: Job) -> None:
    """The orders of all rows, before and after, are worked out anew."""
    for txn in (job.draft, job.old):
        for line in txn.all_lines() if txn is not None else ():
            if line.order is not None:
                job.settles(line.order[0])


def made_from(file: CompanyFile, order: Txn) -> dict[str, Decimal]:
    """The documents that were made from an order, with the number of pieces."""
    found: dict[str, Decimal] = {}
    for line in order.all_lines():
        for txn_id, line_id in file.txns.drawn.get((order.txn_id, line.line_id), ()):
            txn = file.txns.get(txn_id)
            made = txn.line(line_id) if txn is not None else None
            if made is not None:
                found[txn_id] = found.get(txn_id, Decimal(0)) + ordered(made)
    return found


def sources(txn: Txn) -> dict[str, Decimal]:
    """The orders that a document was made from."""
    found: dict[str, Decimal] = {}
    for line in txn.all_lines():
        if line.order is not None:
            found[line.order[0]] = found.get(line.order[0], Decimal(0)) + ordered(line)
    return found


def is_order(txn: Txn) -> bool:
    return txn.kind in _ORDERS
