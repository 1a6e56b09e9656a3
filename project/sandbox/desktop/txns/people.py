"""What bookkeepers do with transactions by hand, for tests and for the demo.

Fields have qbXML's names and plain Python values; ``lines`` are dicts, each with the name of its row under "row" where
it is not the kind's first (``{"row": "ItemLine", "ItemRef": "Widget", "Quantity": 2}``). The same rules apply as to
applications, as Fault; only EditSequence and other people's locks do not concern them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from project.sandbox.desktop import values
from project.sandbox.desktop.errors import not_found
from project.sandbox.desktop.notation import LINES, Content
from project.sandbox.desktop.rules import REQUESTS, RETS

from . import changes, filters, money, views
from .kinds import KINDS
from .lines import NEW
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

Lines = Iterable[Mapping[str, Any]]


class Bookkeeping:
    """Mixed into CompanyFile."""

    @property
    def _books(self) -> CompanyFile:
        return cast("CompanyFile", self)

    # Any kind

    def enter(self, kind: str, lines: Lines = (), **fields: Any) -> str:
        """A new transaction; its TxnID."""
        with self._books._lock:
            sent = _sent(kind, "Add", fields, lines)
            return changes.add(self._books, kind, sent, by_hand=True).draft.txn_id

    def edit_txn(self, txn_id: str, lines: Lines | None = None, **fields: Any) -> None:
        """Change fields; with ``lines``, all lines: those with a TxnLineID stay, others are new, the rest goes."""
        with self._books._lock:
            txn = self._txn(txn_id)
            head = {"TxnID": txn_id, "EditSequence": str(txn.edit_sequence)}
            sent = _sent(txn.kind, "Mod", {**head, **fields}, lines or ())
            changes.change(self._books, txn, sent, by_hand=True)

    def void_txn(self, txn_id: str) -> None:
        with self._books._lock:
            changes.void(self._books, self._txn(txn_id))

    def delete_txn(self, txn_id: str) -> None:
        with self._books._lock:
            changes.delete(self._books, self._txn(txn_id))

    def lock_txn(self, txn_id: str) -> None:
        """Somebody opens the form and leaves it open: applications get 3175."""
        self._txn(txn_id).locked = True

    def unlock_txn(self, txn_id: str) -> None:
        self._txn(txn_id).locked = False

    def txn(self, txn_id: str) -> dict[str, Any]:
        """The transaction as it is now, with lines, links and custom fields, as Python values."""
        with self._books._lock:
            return _plain(self._books, self._txn(txn_id))

    def txns_of(self, kind: str, **filters_: Any) -> list[dict[str, Any]]:
        """All transactions of a kind, oldest first; filters as a query has them."""
        with self._books._lock:
            return [_plain(self._books, each) for each in filters.select(self._books, (kind,), filters_)]

    def find_txn(self, kind: str, ref_number: str) -> dict[str, Any] | None:
        with self._books._lock:
            found = [txn for txn in self._books.txns.with_ref(ref_number) if txn.kind == kind]
            return _plain(self._books, found[0]) if found else None

    def _txn(self, txn_id: str) -> Txn:
        txn = self._books.txns.get(txn_id)
        if txn is None:
            raise not_found(txn_id)
        return txn

    # What is done most

    def pay(
        self, txn_id: str, amount: Decimal | int | str | None = None, *, day: date | None = None, **fields: Any
    ) -> str:
        """A customer pays an invoice, or we pay a bill: all that is open, or a part; the payment's TxnID."""
        with self._books._lock:
            txn = self._txn(txn_id)
            due = money.amount(self._books.txns.remaining(txn)) if amount is None else f"{Decimal(amount):.2f}"
            applied = {"TxnID": txn_id, "PaymentAmount": due}
            if day is not None:
                fields["TxnDate"] = day
            if "APAccountRef" in txn.data:
                kind = "BillPaymentCreditCard" if "CreditCardAccountRef" in fields else "BillPaymentCheck"
                fields.setdefault("PayeeEntityRef", {"ListID": txn.entity})
                if kind == "BillPaymentCheck" and "RefNumber" not in fields:
                    fields.setdefault("IsToBePrinted", True)
                return self.enter(kind, APAccountRef={"ListID": txn.data["APAccountRef"]}, **_applied(fields, applied))
            fields = {"CustomerRef": {"ListID": txn.entity}, "TotalAmount": due, **fields}
            return self.enter(
                "ReceivePayment", ARAccountRef={"ListID": txn.data["ARAccountRef"]}, **_applied(fields, applied)
            )

    def receive(self, customer: str, amount: Decimal | int | str, **fields: Any) -> str:
        """A customer pays; QuickBooks applies it by itself unless IsAutoApply says no."""
        fields.setdefault("IsAutoApply", True)
        return self.enter("ReceivePayment", CustomerRef=customer, TotalAmount=amount, **fields)

    def deposit(self, account: str, payments: Iterable[str], **fields: Any) -> str:
        """Payments that wait in Undeposited Funds are taken to the bank."""
        rows = [{"PaymentTxnID": txn_id} for txn_id in payments]
        return self.enter("Deposit", rows, DepositToAccountRef=account, **fields)

    def document_from(self, order_id: str, kind: str = "", **fields: Any) -> str:
        """An invoice of an estimate or a sales order, a sales order of an estimate, a bill of a purchase order."""
        with self._books._lock:
            order = self._txn(order_id)
            kind = kind or ("Bill" if order.kind == "PurchaseOrder" else "Invoice")
            fields = {KINDS[kind].entity: {"ListID": order.entity}, **fields}
            sent = _sent(kind, "Add", fields, ())
            return changes.add(self._books, kind, {**sent, "LinkToTxnID": [order_id]}, by_hand=True).draft.txn_id


def _applied(fields: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "AppliedToTxnAdd": [row]}


def _form(kind: str, act: str) -> Content:
    """The fields that people fill in: those of the request."""
    request = REQUESTS.get(f"{kind}{act}") or REQUESTS.get(f"{kind}Add")
    form = request.content.by_name.get(request.name) if request is not None else None
    if form is None or form.inner is None:
        raise ValueError(f"This QuickBooks has no window to write a {kind} in.")
    return form.inner


def _sent(kind: str, act: str, fields: Mapping[str, Any], lines: Lines) -> dict[str, Any]:
    """What was entered, as if it had been sent."""
    form = _form(kind, act)
    sent = values.from_python(form, fields, kind)
    for each in lines:
        row = dict(each)
        name = _row_name(kind, act, row.pop("row", ""))
        if act == "Mod":
            row.setdefault("TxnLineID", NEW)
        element = form.by_name.get(name)
        if element is None or element.inner is None:
            raise ValueError(f"A {kind} has no rows named {name!r}.")
        sent.setdefault(LINES, []).append((name, values.from_python(element.inner, row, name)))
    return sent


def _row_name(kind: str, act: str, given: str) -> str:
    if given:
        return given if given.endswith((act, "Line")) and given.startswith("Journal") else f"{given}{act}"
    rows = KINDS[kind].rows
    if not rows:
        raise ValueError(f"A {kind} has no rows.")
    return rows[-1].mod if act == "Mod" else rows[-1].add


def _plain(file: CompanyFile, txn: Txn) -> dict[str, Any]:
    owners = sorted({owner for held in (txn.custom, *(each.custom for each in txn.all_lines())) for owner in held})
    shown = views.view(file, txn, views.Wanted(owners=owners))
    content = RETS[txn.kind]
    kept = _known(content, shown)
    kept["TxnType"] = txn.kind
    return values.to_python(content, {name: value for name, value in kept.items() if name != "TxnType"}) | {
        "TxnType": txn.kind
    }


def _known(content: Content, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Only what a Ret may hold, at every depth, and only what has a value."""
    found: dict[str, Any] = {}
    for name, value in shown.items():
        if name == LINES:
            found[name] = [
                (each, _known(element.inner, row))
                for each, row in value
                if (element := content.by_name.get(each)) is not None and element.inner is not None
            ]
            continue
        element = content.by_name.get(name)
        if element is None or not value:
            continue
        if element.inner is None:
            found[name] = value
        elif isinstance(value, list):
            found[name] = [_known(element.inner, each) for each in value]
        else:
            found[name] = _known(element.inner, value)
    return found
