"""Bills, vendor credits, item receipts, checks, credit card charges and credits, and purchase orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import amounts, credits, dates, header, lines, money, orders, references, tax
from .families import Stock, family
from .job import Job, not_saved
from .store import Line, Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

# Where the money comes from the vendor, not from us.
_BACK = ("VendorCredit", "CreditCardCredit")
_ADDRESSES = {"Bill": "VendorAddress", "PurchaseOrder": "VendorAddress", "Check": "Address"}
_THEIRS = {"Vendor": "VendorAddress", "Customer": "BillAddress", "Employee": "EmployeeAddress"}
_TOTALS = {
    "Bill": "AmountDue",
    "VendorCredit": "CreditAmount",
    "ItemReceipt": "TotalAmount",
    "PurchaseOrder": "TotalAmount",
}


@family("purchase")
class Purchases:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        self._defaults(job)
        reading = lines.Reading(job.file, job.kind, lambda line, sent: orders.linked_row(job, line, sent))
        if job.is_new:
            rows = [*orders.rows_of_linked(job), *lines.add(reading, job.sent)]
            job.draft.lines = lines.top(rows)
        else:
            rows = lines.change(reading, job.draft, job.sent) or []
        _expenses(job, rows)
        terms = amounts.Terms(job.file, taxed=False)
        amounts.work_out(job.draft, [row for row in rows if row.style != "expense"], terms)
        if job.file.product.country == "US":
            job.draft.total = job.draft.subtotal = _sum(job.file, job.draft)
        else:
            tax.by_code(job.file, job.draft, "ItemPurchaseTaxRef")
        if job.draft.total < 0:
            raise not_saved(job.kind, "The transaction total cannot be negative.")
        credits.check_total(job)
        if job.sent.get("ApplyCheckToTxnAdd") or job.sent.get("ApplyCheckToTxnMod"):
            raise not_saved(job.kind, "A bill is paid by a bill payment.")
        orders.touch_orders(job)

    def _defaults(self, job: Job) -> None:
        kind, payee = job.kind.name, header.entity_of(job)
        fields = {"TermsRef": "TermsRef"} if kind in ("Bill", "PurchaseOrder") else {}
        if kind in _ADDRESSES and payee is not None and payee.kind in _THEIRS:
            fields[_ADDRESSES[kind]] = _THEIRS[payee.kind]
        header.take(job, payee, fields)
        if kind == "PurchaseOrder":
            header.default(job, IsToBePrinted="true", IsToBeEmailed="false", IsManuallyClosed="false")
            header.default(job, DueDate=job.draft.date, ExpectedDate=job.draft.date)
            header.default(job, TemplateRef=header.template(job.file, kind))
        elif kind == "Check":
            header.default(job, IsToBePrinted="false")
        moved = job.is_new or job.sent.keys() & {"TermsRef", "TxnDate", "DueDate"}
        if kind == "Bill" and moved and not job.sent.get("DueDate"):
            terms = references.found(job.file, "TermsRef", job.draft.data.get("TermsRef", ""))
            by_terms = terms.data if terms is not None else {"StdDueDays": "10"}  # what preferences say
            job.draft.data["DueDate"] = dates.due(job.draft.date, by_terms)

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        sign = -1 if txn.kind in _BACK else 1
        main = txn.data.get("APAccountRef") or txn.data["AccountRef"]
        if txn.kind == "VendorCredit":
            found = credits.split(file, txn, main)
        else:
            found = [Posting(main, -sign * txn.total, txn.entity)]
        start = len(found)
        for line in tax.rows(txn):
            found += _row_postings(file, txn, line, sign)
        if txn.tax and txn.data.get("IsTaxIncluded") == "true":
            found[start:] = tax.without(found[start:], sign * txn.tax)
        if txn.tax:
            found.append(Posting(references.special_account(file, "SalesTaxPayable"), sign * txn.tax, txn.entity))
        return found

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        return orders.stock(file, txn, out=txn.kind in _BACK)

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        field = _TOTALS.get(txn.kind, "Amount")
        shown[field] = money.amount(txn.total)
        shown[f"{field}InHomeCurrency"] = header.in_home_currency(file, txn.data, txn.total)
        remaining = file.txns.remaining(txn)
        if txn.kind == "Bill":
            shown["IsPaid"] = "false" if remaining else "true"
        if txn.kind in ("Bill", "VendorCredit"):
            shown["OpenAmount"] = money.amount(remaining)
        if txn.kind == "PurchaseOrder":
            shown["IsFullyReceived"] = "true" if orders.is_used_up(file, txn) else "false"


def _expenses(job: Job, rows: list[lines.Row]) -> None:
    """Expense rows have an account and an amount, and nothing to work out."""
    for row in rows:
        if row.style != "expense":
            continue
        line = row.line
        if row.fresh and not line.data.get("AccountRef"):
            raise errors.missing("AccountRef")
        line.amount = money.cents(line.data.get("Amount") or "0.00")
        line.data["Amount"] = money.amount(line.amount)
    for line in job.draft.lines:
        kind = references.account_type(job.file, line.data.get("AccountRef", ""))
        if kind in ("AccountsReceivable", "AccountsPayable") and not (line.data.get("CustomerRef") or job.draft.entity):
            raise not_saved(job.kind, "An account of receivables or payables needs a name.")


def _sum(file: CompanyFile, txn: Txn) -> int:
    return sum(line.amount for line in tax.rows(txn) if tax.item_kind(file, line) not in amounts.NO_SUM)


def _row_postings(file: CompanyFile, txn: Txn, line: Line, sign: int) -> list[Posting]:
    name = line.data.get("CustomerRef") or txn.entity
    if line.data.get("AccountRef"):
        return [Posting(line.data["AccountRef"], sign * line.amount, name, line.line_id)]
    item = references.found(file, "ItemRef", line.data.get("ItemRef", ""))
    if item is None or item.kind in amounts.NO_SUM:
        return []
    account = line.data.get("OverrideItemAccountRef") or references.expense_account(file, item)
    return [Posting(account, sign * line.amount, name, line.line_id)]
