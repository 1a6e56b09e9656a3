"""Payments and credits of QuickBooks with what of them was allocated to which document.

Words    payment     a ReceivePayment
         credit      a credit memo, as something that pays
         allocation  how much of a payment or a credit one document has received; what that is, is told in words as
                     well, since it may be none that stands in Salesforce
Rule     every field is QuickBooks's own
"""

from __future__ import annotations

from syncapp.mapping.codecs import Day, Money, Paragraphs, Reference
from syncapp.mapping.customers import S
from syncapp.mapping.document_rows import Rows
from syncapp.mapping.documents import RATE, owned, text
from syncapp.mapping.fields import MatchKeys, RecordMapping

ALLOCATIONS = Rows(
    numbers={"amount": 2, "discount": 2},
    days=("date",),
    texts=("applied_to",),
    refers={"invoice": "invoice"},
    also={"invoice": ("refund",)},
    noun="allocation",
)


def _payment(kind: str, label: str, plural: str) -> RecordMapping:
    return RecordMapping(
        kind=kind,
        label=label,
        plural=plural,
        fields=(
            owned("number", "Number", text(80)),
            owned("quickbooks_id", "QuickBooks id", text(80)),
            owned("customer", "Customer", Reference("customer")),
            owned("date", "Date", Day()),
            owned("amount", "Amount", Money()),
            owned("unused", "Unused", Money()),
            owned("method", "Payment method", text(40)),
            owned("memo", "Memo", Paragraphs({S: 4100})),
            owned("deposit_account", "Deposited to", text(255)),
            owned("currency", "Currency", text(3)),
            owned("exchange_rate", "Exchange rate", RATE),
            owned("status", "Status", text(40)),
            owned("allocations", "Allocations", ALLOCATIONS),
        ),
        match=MatchKeys(name="number", counterpart="quickbooks_id"),
        companions={"allocations": ("invoice", "refund")},
        stirs=("customer",),
    )


PAYMENTS = {
    "payment": _payment("payment", "Payment", "Payments"),
    "credit": _payment("credit", "Credit", "Credits"),
}
