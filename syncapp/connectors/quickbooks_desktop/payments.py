"""How payments and credits are spelt in qbXML, with what of them was applied to which document.

Rule     what one payment has applied to one document is one allocation, however many rows QuickBooks shows of it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from syncapp.connectors.quickbooks_desktop.currencies import currency
from syncapp.connectors.quickbooks_desktop.documents import Transactions, is_void
from syncapp.connectors.quickbooks_desktop.documents_lines import named
from syncapp.connectors.quickbooks_desktop.spelling import Settings
from syncapp.mapping.documents import VOID
from syncapp.records import Row, Value


class _Paying(Transactions):
    """What payments and credits share."""

    def fields(self, data: Mapping[str, Any], settings: Settings) -> dict[str, Value]:
        amount = data.get("TotalAmount")
        unused = data.get("UnusedPayment", data.get("CreditRemaining"))
        return {
            "number": data.get("RefNumber") or data["TxnID"],
            "quickbooks_id": data["TxnID"],
            "customer": (data.get("CustomerRef") or {}).get("ListID"),
            "date": data.get("TxnDate"),
            "amount": amount,
            "unused": unused,
            "method": named(data, "PaymentMethodRef"),
            "memo": data.get("Memo"),
            "deposit_account": named(data, "DepositToAccountRef"),
            "currency": currency(data),
            "exchange_rate": data.get("ExchangeRate"),
            "status": VOID if is_void(data, amount) else _use(amount, unused),
            "allocations": _merged(self.applied(data)),
        }

    def is_open(self, fields: Mapping[str, Value]) -> bool:
        return fields["status"] in ("Unused", "Partly used")

    def applied(self, data: Mapping[str, Any]) -> Iterator[Row]:
        raise TypeError("each kind says what it was applied to")


def _use(amount: Value, unused: Value) -> str:
    if not unused:
        return "Used"
    return "Unused" if unused == amount else "Partly used"


class Payments(_Paying):
    kind, txn, query = "payment", "ReceivePayment", "ReceivePaymentQuery"
    records = ((query, txn),)

    def applied(self, data: Mapping[str, Any]) -> Iterator[Row]:
        for each in data.get("AppliedToTxnRet") or ():
            amount, discount = each.get("Amount"), each.get("DiscountAmount")
            yield {**_to(each), "amount": amount, "discount": discount}


class Credits(_Paying):
    kind, txn, query = "credit", "CreditMemo", "CreditMemoQuery"
    records = ((query, txn),)
    filters: Mapping[str, Any] = {"IncludeLinkedTxns": True}

    def applied(self, data: Mapping[str, Any]) -> Iterator[Row]:
        """Only amounts: an order's rows are linked by quantity. QuickBooks prints them as less than nothing."""
        for each in data.get("LinkedTxn") or ():
            if each.get("LinkType") == "AMTTYPE" and each.get("Amount"):
                yield {**_to(each), "amount": abs(each["Amount"])}


# What payments and credits are applied to; the rest is called as QuickBooks calls it.
CALLED = {
    "Charge": "Statement charge",
    "ARRefundCreditCard": "Refund",
    "JournalEntry": "Journal entry",
    "CreditMemo": "Credit memo",
    "ReceivePayment": "Payment",
}


def _to(each: Mapping[str, Any]) -> Row:
    """What it was applied to, in words too: not all of that stands in Salesforce."""
    kind, number, day = str(each.get("TxnType") or ""), each.get("RefNumber"), each.get("TxnDate")
    name = CALLED.get(kind, kind) or "Transaction"
    called = f"{name} {number}" if number else f"{name} of {day}" if day else name
    return {"invoice": each["TxnID"], "applied_to": called, "date": day}


def _merged(rows: Iterator[Row]) -> Value:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = found.setdefault(row["invoice"], {"id": row["invoice"], **row, "amount": None, "discount": None})
        for name in ("amount", "discount"):
            if row.get(name) is not None:
                known[name] = (known[name] or Decimal(0)) + row[name]
    return tuple(found[key] for key in sorted(found)) or None


ALL = (Payments(), Credits())
