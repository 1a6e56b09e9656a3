"""Documents and payments, as the bookkeeper sees and edits them, and as Salesforce shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from project.sandbox.desktop import CompanyFile
from project.sandbox.example_books import GROUP, refund, row_of
from project.sandbox.page.plain import Refusal, View, amount, count, number, plain, tie
from project.sandbox.salesforce import Org

# QuickBooks's kinds in our words, which are also Salesforce's.
DOCUMENTS = {
    "Invoice": "Invoice",
    "SalesOrder": "Sales Order",
    "SalesReceipt": "Sales Receipt",
    "Estimate": "Estimate",
    "CreditMemo": "Credit Memo",
    "ARRefundCreditCard": "Refund",
}
REFUND = "ARRefundCreditCard"
PAYMENTS = {"ReceivePayment": "Payment", "CreditMemo": "Credit"}
VOIDED = "VOID:"
METHODS = ("Check", "Cash", "Visa")


class Papers:
    def __init__(self, org: Org, file: CompanyFile) -> None:
        self.org, self.file = org, file

    # What Salesforce shows

    def shown_documents(self) -> dict[str, View]:
        accounts = self._accounts()
        deals = {row["Id"]: row["Name"] for row in self.org.records("Opportunity")}
        lines: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self.org.records("QB_Invoice_Line__c"):
            lines[row["QB_Invoice__c"]].append(row)
        return {
            row["Id"]: plain(
                {
                    "id": row["Id"],
                    "tie": tie(row),
                    "name": f"{row['QB_Type__c']} {row['Name']}",
                    "number": row["Name"],
                    "type": row["QB_Type__c"],
                    "customer": accounts.get(row.get("QB_Account__c") or ""),
                    "deal": deals.get(row.get("QB_Opportunity__c") or ""),
                    "date": row.get("QB_Txn_Date__c"),
                    "due": row.get("QB_Due_Date__c"),
                    "status": row.get("QB_Status__c"),
                    "subtotal": row.get("QB_Subtotal__c"),
                    "tax": row.get("QB_Tax__c"),
                    "total": row.get("QB_Total__c"),
                    "balance": row.get("QB_Balance__c"),
                    "memo": row.get("QB_Memo__c"),
                    "lines": [_shown_line(each) for each in sorted(lines[row["Id"]], key=_place)],
                }
            )
            for row in self.org.records("QB_Invoice__c")
        }

    def shown_payments(self) -> dict[str, View]:
        accounts = self._accounts()
        numbers = {row["Id"]: row["Name"] for row in self.org.records("QB_Invoice__c")}
        applied: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self.org.records("QB_Allocation__c"):
            applied[row["QB_Payment__c"]].append(row)
        return {
            row["Id"]: plain(
                {
                    "id": row["Id"],
                    "tie": tie(row),
                    "name": f"{row['QB_Type__c']} {row['Name']}",
                    "number": row["Name"],
                    "type": row["QB_Type__c"],
                    "customer": accounts.get(row.get("QB_Account__c") or ""),
                    "date": row.get("QB_Date__c"),
                    "status": row.get("QB_Status__c"),
                    "amount": row.get("QB_Amount__c"),
                    "unused": row.get("QB_Unused__c"),
                    "method": row.get("QB_Method__c"),
                    "memo": row.get("QB_Memo__c"),
                    "applied": _applied(
                        (numbers.get(each.get("QB_Invoice__c") or "", ""), each["QB_Amount__c"])
                        for each in applied[row["Id"]]
                    ),
                }
            )
            for row in self.org.records("QB_Payment__c")
        }

    def _accounts(self) -> dict[str, str]:
        return {row["Id"]: row["Name"] for row in self.org.records("Account")}

    # What QuickBooks holds

    def documents(self) -> dict[str, View]:
        return {txn["TxnID"]: self._document(kind, txn) for kind in DOCUMENTS for txn in self.file.txns_of(kind)}

    def _document(self, kind: str, txn: Mapping[str, Any]) -> View:
        memo = txn.get("Memo") or ""
        void = memo.startswith(VOIDED)
        owed = txn.get("BalanceRemaining", txn.get("CreditRemaining"))
        paid = kind in (REFUND, "SalesReceipt") or (kind == "Invoice" and not owed)
        closed = txn.get("IsManuallyClosed") or txn.get("IsFullyInvoiced")
        lines, grouped = _lines(kind, txn)
        return plain(
            {
                "id": txn["TxnID"],
                "name": f"{DOCUMENTS[kind]} {txn.get('RefNumber') or ''}".strip(),
                "number": txn.get("RefNumber"),
                "type": DOCUMENTS[kind],
                "customer": txn["CustomerRef"]["FullName"],
                "date": txn.get("TxnDate"),
                "due": txn.get("DueDate"),
                "po_number": txn.get("PONumber"),
                "status": "Void" if void else "Paid" if paid else "Closed" if closed else "Open",
                "subtotal": txn.get("Subtotal"),
                "tax": txn.get("SalesTaxTotal"),
                "total": total(txn),
                "balance": owed,
                "memo": memo,
                "grouped": grouped,
                "lines": lines,
            }
        )

    def payments(self) -> dict[str, View]:
        return {txn["TxnID"]: self._payment(kind, txn) for kind in PAYMENTS for txn in self.file.txns_of(kind)}

    def _payment(self, kind: str, txn: Mapping[str, Any]) -> View:
        unused = txn.get("UnusedPayment", txn.get("CreditRemaining"))
        numbers = ((self._number(txn_id), paid) for txn_id, paid in allocations(txn))
        return plain(
            {
                "id": txn["TxnID"],
                "name": f"{PAYMENTS[kind]} {txn.get('RefNumber') or ''}".strip(),
                "number": txn.get("RefNumber"),
                "type": PAYMENTS[kind],
                "customer": txn["CustomerRef"]["FullName"],
                "date": txn.get("TxnDate"),
                "amount": txn["TotalAmount"],
                "unused": unused,
                "method": (txn.get("PaymentMethodRef") or {}).get("FullName"),
                "memo": txn.get("Memo"),
                "applied": _applied(numbers),
            }
        )

    def _number(self, txn_id: str) -> str:
        """Of an invoice or a refund; what else was paid has no record of its own in Salesforce."""
        txn = self.file.txn(txn_id)
        return str(txn.get("RefNumber") or txn_id) if txn["TxnType"] in ("Invoice", REFUND) else ""

    # What the bookkeeper does

    def enter(self, record_id: str, values: Mapping[str, Any]) -> str:
        kind = next((kind for kind, words in DOCUMENTS.items() if words == values.get("type")), "")
        if kind in ("", REFUND) or not values.get("customer"):
            raise Refusal("QuickBooks: choose the type of the document and the customer.")
        rows = [self._row(each) for each in values.get("lines") or []]
        if GROUP in [each.get("item") for each in values.get("lines") or []] and kind != "Invoice":
            raise Refusal("The page enters groups on invoices only.")
        return self.file.enter(kind, rows, CustomerRef=values["customer"], **_present(values, {"memo": "Memo"}))

    def _row(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if not given.get("item"):
            raise Refusal("QuickBooks: choose the item of each line.")
        return row_of(given["item"], number(given.get("quantity"), "a quantity"), amount(given.get("rate")))

    def edit(self, record_id: str, values: Mapping[str, Any]) -> str:
        fields = {"Memo": values["memo"]} if "memo" in values else {}
        rows = self._rows(record_id, values["lines"]) if "lines" in values else None
        self.file.edit_txn(record_id, rows, **fields)
        return record_id

    def _rows(self, txn_id: str, lines: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """All lines as the window holds them: those that were there keep their ids."""
        txn = self.file.txn(txn_id)
        held, grouped = _lines(txn["TxnType"], txn)
        if grouped:
            raise Refusal("The page cannot change the lines of a document with a group.")
        known = {each["id"]: each for each in held}
        found = []
        for each in lines:
            old = known.get(each.get("id") or "")
            if old is None:
                found.append(self._row(each))
                continue
            row: dict[str, Any] = {"TxnLineID": old["id"]}
            if (each.get("quantity"), each.get("rate")) != (old["quantity"], old["rate"]):
                row |= {"Quantity": number(each.get("quantity"), "a quantity"), "Rate": amount(each.get("rate"))}
            found.append(row)
        return found

    def pay(self, record_id: str, values: Mapping[str, Any]) -> str:
        """The customer pays the invoice: all that is open, or a part."""
        method = values.get("method") or METHODS[0]
        return self.file.pay(record_id, amount(values.get("amount")), PaymentMethodRef=method)

    def refund(self, record_id: str, values: Mapping[str, Any]) -> str:
        """Money goes back, out of a credit memo."""
        credit = self.file.txn(record_id)
        back = amount(values.get("amount"))
        if back is None:
            raise Refusal("QuickBooks: say how much goes back.")
        return refund(self.file, record_id, credit["CustomerRef"]["FullName"], back)

    def receive(self, record_id: str, values: Mapping[str, Any]) -> str:
        """The customer pays; QuickBooks applies it to what is open, the oldest first."""
        paid = amount(values.get("amount"))
        if paid is None or not values.get("customer"):
            raise Refusal("QuickBooks: choose the customer, and say how much was paid.")
        fields = _present(values, {"method": "PaymentMethodRef", "memo": "Memo", "number": "RefNumber"})
        return self.file.receive(values["customer"], paid, **fields)

    def edit_payment(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.file.edit_txn(record_id, None, Memo=values.get("memo"))
        return record_id

    def invoice(self, record_id: str, values: Mapping[str, Any]) -> str:
        """An invoice of an estimate or a sales order."""
        return self.file.document_from(record_id)

    def void(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.file.void_txn(record_id)
        return record_id

    def delete(self, record_id: str, values: Mapping[str, Any]) -> str:
        self.file.delete_txn(record_id)
        return record_id

    # Somebody tries to edit in Salesforce what is QuickBooks's own

    def tamper(self, record_id: str, values: Mapping[str, Any]) -> str:
        if "memo" in values:
            self.org.update(record_id, QB_Memo__c=values["memo"])
        return record_id


def total(txn: Mapping[str, Any]) -> Decimal:
    """With tax; an invoice does not say it."""
    said = txn.get("TotalAmount")
    return Decimal(said) if said is not None else (txn.get("Subtotal") or 0) + (txn.get("SalesTaxTotal") or Decimal(0))


def allocations(txn: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    """The TxnIDs of what a payment or a credit memo has paid, with how much."""
    if txn["TxnType"] == "ReceivePayment":
        return [(each["TxnID"], each["Amount"]) for each in txn.get("AppliedToTxnRet") or []]
    linked = txn.get("LinkedTxn") or []
    return [(each["TxnID"], -each["Amount"]) for each in linked if each.get("LinkType") == "AMTTYPE"]


def _lines(kind: str, txn: Mapping[str, Any]) -> tuple[list[View], bool]:
    """Groups with their members, and then the lines in their order; whether there is a group."""
    found: list[View] = []
    if kind == REFUND:
        return [_refunded(each) for each in txn["RefundAppliedToTxnRet"]], False
    groups = txn.get(f"{kind}LineGroupRet") or []
    for each in groups:
        found.append(_line({**each, "ItemRef": each["ItemGroupRef"]}))  # its members come to its amount
        found += [_line(member) for member in each.get(f"{kind}LineRet") or []]
    return found + [_line(each) for each in txn.get(f"{kind}LineRet") or []], bool(groups)


def _refunded(row: Mapping[str, Any]) -> View:
    item = f"Credit {row.get('RefNumber') or ''}".strip()
    return {"id": row["TxnID"], "item": item, "quantity": None, "rate": None, "amount": f"{row['RefundAmount']:.2f}"}


def _line(line: Mapping[str, Any]) -> View:
    rate, came_to = line.get("Rate"), line.get("Amount")
    return {
        "id": line["TxnLineID"],
        "item": (line.get("ItemRef") or {}).get("FullName") or line.get("Desc"),
        "quantity": count(line.get("Quantity", line.get("Ordered"))),
        "rate": f"{rate:.2f}" if rate is not None else None,
        "amount": f"{came_to:.2f}" if came_to is not None else None,
    }


def _shown_line(row: Mapping[str, Any]) -> View:
    rate, came_to = row.get("QB_Rate__c"), row.get("QB_Amount__c")
    return {
        "id": row["Id"],
        "item": row.get("QB_Item__c") or row.get("QB_Group__c") or row.get("QB_Description__c"),
        "quantity": count(row.get("QB_Quantity__c")),
        "rate": f"{rate:.2f}" if rate is not None else None,
        "amount": f"{came_to:.2f}" if came_to is not None else None,
    }


def _place(row: Mapping[str, Any]) -> Any:
    return row.get("QB_Line_Number__c") or 0


def _applied(parts: Iterator[tuple[str, Decimal]]) -> str | None:
    said = (f"{paid:.2f} of {number_}" if number_ else f"{paid:.2f} elsewhere" for number_, paid in parts)
    return " · ".join(sorted(said)) or None


def _present(values: Mapping[str, Any], spelling: Mapping[str, str]) -> dict[str, Any]:
    return {theirs: values[ours] for ours, theirs in spelling.items() if values.get(ours)}
