"""Documents of QuickBooks as Salesforce shows them: the fields that invoices, orders, receipts and credits share.

Words    document  an invoice, a sales order, a sales receipt, an estimate, a credit memo or a refund
         total     what the document comes to, tax included; QuickBooks's own number
         balance   what is still to be paid of it; of a credit memo, what is still to be used
Rules    1 Every field is QuickBooks's own: an edit of a document in Salesforce is undone with the next look at it.
         2 Documents are tied by QuickBooks's id alone: numbers are not unique.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncapp.mapping.codecs import Day, Money, Paragraphs, Plain, Reference, Text
from syncapp.mapping.customers import Q, S
from syncapp.mapping.document_rows import Rows
from syncapp.mapping.fields import Field, MatchKeys, RecordMapping

DELETED, VOID = "Deleted in QuickBooks", "Void"
OPEN, PARTLY_PAID, PARTLY_INVOICED, PARTLY_USED, OVERDUE, PENDING = (
    *("Open", "Partly paid", "Partly invoiced", "Partly used", "Overdue", "Pending"),
)
# Of a document that says one of these something is still to come, though nobody may touch the document for that.
UNFINISHED = (OPEN, PARTLY_PAID, PARTLY_INVOICED, PARTLY_USED, OVERDUE, PENDING)
STATUSES = (OPEN, PARTLY_PAID, "Paid", OVERDUE, VOID, DELETED, "Closed", PENDING, PARTLY_INVOICED, PARTLY_USED)


@dataclass(frozen=True)
class Sort:
    """One sort of document: our kind, QuickBooks's name of it, and what Salesforce calls it (QB_Type__c)."""

    kind: str
    txn: str
    type: str
    plural: str


SORTS = (
    Sort("invoice", "Invoice", "Invoice", "Invoices"),
    Sort("sales_order", "SalesOrder", "Sales Order", "Sales orders"),
    Sort("sales_receipt", "SalesReceipt", "Sales Receipt", "Sales receipts"),
    Sort("estimate", "Estimate", "Estimate", "Estimates"),
    Sort("credit_memo", "CreditMemo", "Credit Memo", "Credit memos"),
    Sort("refund", "ARRefundCreditCard", "Refund", "Refunds"),
)

# A payment, a credit and what it pays change together, and so do an order and its invoices; QuickBooks does not always
# mark the others as changed.
COMPANIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "invoice": {"linked": ("payment", "credit", "sales_order")},
    "credit_memo": {"linked": ("invoice",)},
    "refund": {"linked": ("payment", "credit", "credit_memo")},
}

LINES = Rows(
    numbers={"quantity": 5, "rate": 5, "rate_percent": 5, "amount": 2},
    days=("service_date",),
    texts=("item", "description", "unit", "tax_code", "class", "group"),
    refers={"product": "item"},
)


def text(length: int) -> Text:
    return Text({S: length})


def owned(name: str, label: str, codec: Text | Paragraphs | Money | Day | Reference | Rows | Plain) -> Field:
    return Field(name, label, codec, owner=Q)


RATE = Money(places=5)


def document(sort: Sort) -> RecordMapping:
    return RecordMapping(
        kind=sort.kind,
        label=sort.type,
        plural=sort.plural,
        fields=(
            owned("number", "Number", text(80)),
            owned("quickbooks_id", "QuickBooks id", text(80)),
            owned("customer", "Customer", Reference("customer")),
            owned("opportunity", "Opportunity", Reference("sale", loose=True)),
            owned("date", "Date", Day()),
            owned("due_date", "Due date", Day()),
            owned("terms", "Terms", text(40)),
            owned("po_number", "PO number", text(40)),
            owned("ship_date", "Ship date", Day()),
            owned("subtotal", "Subtotal", Money()),
            owned("tax", "Tax", Money()),
            owned("total", "Total", Money()),
            owned("applied", "Applied", Money()),
            owned("balance", "Balance", Money()),
            owned("currency", "Currency", text(3)),
            owned("exchange_rate", "Exchange rate", RATE),
            owned("status", "Status", text(40)),
            owned("memo", "Memo", Paragraphs({S: 4100})),
            owned("bill_to", "Bill to", Paragraphs({S: 1000})),
            owned("ship_to", "Ship to", Paragraphs({S: 1000})),
            owned("class", "Class", text(255)),
            owned("sales_rep", "Sales rep", text(40)),
            owned("modified", "Last modified in QuickBooks", text(40)),
            owned("lines", "Lines", LINES),
            Field("linked", "Payments and credits", Plain(), only=Q),
        ),
        match=MatchKeys(name="number", counterpart="quickbooks_id"),
        companions=COMPANIONS.get(sort.kind, {}),
        stirs=("customer",),
    )


DOCUMENTS = {sort.kind: document(sort) for sort in SORTS}
