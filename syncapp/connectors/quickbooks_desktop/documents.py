"""How documents are spelt in qbXML: invoices, sales orders, sales receipts, estimates, credit memos and refunds.

Rules    1 Documents are read and never written here.
         2 A document that is older than the date of the settings is passed over, unless it was read before.
         3 The total of an invoice is what has been applied to it and what remains; QuickBooks prints no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from qbwc.qbxml.errors import BadRequest
from qbwc.qbxml.read import Ret
from syncapp import clock
from syncapp.connectors.quickbooks_desktop.currencies import currency
from syncapp.connectors.quickbooks_desktop.documents_lines import lines, named
from syncapp.connectors.quickbooks_desktop.spelling import Asked, Settings, Spelling, modified
from syncapp.mapping import line_fields
from syncapp.mapping.documents import (
    OPEN,
    OVERDUE,
    PARTLY_INVOICED,
    PARTLY_PAID,
    PARTLY_USED,
    PENDING,
    SORTS,
    UNFINISHED,
    VOID,
    Sort,
)
from syncapp.mapping.sales import TYPES
from syncapp.records import Operation, Record, Value

# What QuickBooks writes before the memo of a voided transaction.
VOIDED = "VOID:"
ADDRESS = ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5")
# Where a transaction says what it belongs together with.
LINKED = {"ARRefundCreditCard": "RefundAppliedToTxnRet"}
PLACE = ("City", "State", "PostalCode")


class Transactions(Spelling):
    """What all kinds of transaction share: they are read by TxnID, and their deletions are told by TxnDeletedQuery."""

    txn: str
    filters: Mapping[str, Any] = {"IncludeLineItems": True}

    def record(self, ret: Ret, settings: Settings) -> Record | None:
        if ret.name != self.txn:
            return None
        data = ret.data
        old = str(data.get("TxnDate") or "") < settings["since"]
        fields = self.fields(data, settings)
        return Record(
            kind=self.kind,
            id=data["TxnID"],
            version=str(data["EditSequence"]),
            fields=fields,
            modified=modified(str(data["EditSequence"])),
            wanted=not old,
            why_unwanted=f"It is older than {settings['since']}, from when on the settings take them." if old else "",
            matches=False,
            open=self.is_open(fields),
            passing=old,
        )

    def fields(self, data: Mapping[str, Any], settings: Settings) -> dict[str, Value]:
        raise TypeError("each kind has its fields")

    def is_open(self, fields: Mapping[str, Value]) -> bool:
        return False

    def deletions(self, since: str) -> Asked | None:
        span = {"FromDeletedDate": since}
        return Asked("TxnDeletedQuery", {"TxnDelType": [self.txn], "DeletedDateRangeFilter": span})

    def deleted(self, ret: Ret) -> Record | None:
        if ret.name != "TxnDeleted" or ret.data.get("TxnDelType") != self.txn:
            return None
        return Record(kind=self.kind, id=ret.data["TxnID"], version="", deleted=True)

    def by_ids(self, ids: Sequence[str]) -> Asked:
        return Asked(self.query, {"TxnID": list(ids), **self.filters})

    def id_in(self, recovery: Mapping[str, Any], operation: Operation) -> str:
        return str(recovery.get("TxnID") or "")

    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        raise BadRequest("", "unknown", None, "the sync writes no such transactions to QuickBooks")

    def mod(self, operation: Operation, settings: Settings) -> Asked:
        raise BadRequest("", "unknown", None, "the sync writes no such transactions to QuickBooks")

    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        return ()


class Documents(Transactions):
    def __init__(self, sort: Sort) -> None:
        self.kind, self.txn, self.query = sort.kind, sort.txn, f"{sort.txn}Query"
        self.records = ((self.query, self.txn),)
        if sort.txn in ("Invoice", "SalesOrder", "Estimate", "CreditMemo"):
            self.filters = {**self.filters, "IncludeLinkedTxns": True}
        if sort.txn == "Invoice":
            self.open_filters = {"PaidStatus": "NotPaidOnly"}

    def is_open(self, fields: Mapping[str, Value]) -> bool:
        return fields["status"] in UNFINISHED

    def fields(self, data: Mapping[str, Any], settings: Settings) -> dict[str, Value]:
        total, applied, balance = amounts(self.txn, data)
        shown: dict[str, Value] = {
            "number": data.get("RefNumber") or data["TxnID"],
            "quickbooks_id": data["TxnID"],
            "customer": (data.get("CustomerRef") or {}).get("ListID"),
            "opportunity": sales_of(self.txn, data),
            "date": data.get("TxnDate"),
            "due_date": data.get("DueDate"),
            "terms": named(data, "TermsRef"),
            "po_number": data.get("PONumber"),
            "ship_date": data.get("ShipDate"),
            "subtotal": data.get("Subtotal"),
            "tax": data.get("SalesTaxTotal"),
            "total": total,
            "applied": applied,
            "balance": balance,
            "currency": currency(data),
            "exchange_rate": data.get("ExchangeRate"),
            "memo": data.get("Memo"),
            "bill_to": address(data.get("BillAddress") or data.get("Address") or {}),
            "ship_to": address(data.get("ShipAddress") or {}),
            "class": named(data, "ClassRef"),
            "sales_rep": named(data, "SalesRepRef"),
            "modified": _as_printed(data.get("TimeModified")),
            "lines": tuple(lines(self.txn, data, line_fields.of(settings))) or None,
            "linked": " ".join(sorted({each["TxnID"] for each in data.get(LINKED.get(self.txn, "LinkedTxn")) or ()}))
            or None,
        }
        return {**shown, "status": status(self.txn, data, total, applied, balance)}


# The sorts of document that are sales as well, by what QuickBooks calls them.
SALES = {sort.txn: sort.type for sort in SORTS if sort.type in TYPES}
SOURCES = ("SalesOrder", "Estimate")


def made_of(data: Mapping[str, Any]) -> list[str]:
    """The sales orders and estimates that a document was made of, as sales."""
    linked = [(each.get("TxnType"), each["TxnID"]) for each in data.get("LinkedTxn") or ()]
    return sorted(f"{SALES[txn]}:{txn_id}" for txn, txn_id in linked if txn in SOURCES)


def sales_of(txn: str, data: Mapping[str, Any]) -> Value:
    """The sales whose opportunity the document belongs to, one a line: itself, then what it was made of."""
    own = [f"{SALES[txn]}:{data['TxnID']}"] if txn in SALES else []
    return "\n".join(own + (made_of(data) if txn == "Invoice" else [])) or None


def _as_printed(value: Any) -> Value:
    return None if value is None else str(value)


def address(parts: Mapping[str, Any]) -> Value:
    """As it would stand on an envelope."""
    rows = [parts.get(each) for each in ADDRESS]
    rows.append(" ".join(str(parts[each]) for each in PLACE if parts.get(each)))
    rows.append(parts.get("Country"))
    return "\n".join(str(row) for row in rows if row) or None


def amounts(txn: str, data: Mapping[str, Any]) -> tuple[Value, Value, Value]:
    """Total, what has been applied, and what remains."""
    total = data.get("TotalAmount")
    remains = data.get("BalanceRemaining", data.get("CreditRemaining"))
    if txn == "Invoice" and remains is not None:
        applied = -(data.get("AppliedAmount") or Decimal(0))
        return remains + applied, applied, remains
    if txn == "CreditMemo" and remains is not None and total is not None:
        return total, total - remains, remains
    if total is None and data.get("Subtotal") is not None:
        total = data["Subtotal"] + (data.get("SalesTaxTotal") or Decimal(0))
    return total, None, None


def is_void(data: Mapping[str, Any], total: Value) -> bool:
    """QuickBooks says so nowhere but in the memo, beside an amount of nothing."""
    return str(data.get("Memo") or "").startswith(VOIDED) and not total


def status(txn: str, data: Mapping[str, Any], total: Value, applied: Value, balance: Value) -> str:
    if is_void(data, total):
        return VOID
    if data.get("IsPending"):
        return PENDING
    if txn == "Invoice":
        if data.get("IsPaid") or not balance:
            return "Paid"
        due = data.get("DueDate")
        if isinstance(due, date) and due < timezone.localdate(clock.now()):
            return OVERDUE
        return PARTLY_PAID if applied else OPEN
    if txn == "CreditMemo":
        return "Closed" if not balance else PARTLY_USED if applied else OPEN
    if txn == "SalesOrder":
        if data.get("IsFullyInvoiced") or data.get("IsManuallyClosed"):
            return "Closed"
        return PARTLY_INVOICED if _invoiced(data) else OPEN
    if txn == "Estimate":
        return "Closed" if data.get("IsActive") is False else OPEN
    return "Paid"


def _invoiced(data: Mapping[str, Any]) -> bool:
    """Whether an invoice was made of a part of the order."""
    groups = data.get("SalesOrderLineGroupRet") or ()
    rows = [*(data.get("SalesOrderLineRet") or ()), *(row for g in groups for row in g.get("SalesOrderLineRet") or ())]
    return any(row.get("Invoiced") for row in rows)


ALL = tuple(Documents(sort) for sort in SORTS)
