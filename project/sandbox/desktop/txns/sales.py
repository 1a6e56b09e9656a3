"""Estimates, sales orders, invoices, sales receipts and credit memos."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop.lists import Record

from . import amounts, credits, dates, header, lines, money, orders, references, tax
from .families import Stock, family
from .job import Job, not_saved
from .store import Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

_FROM_CUSTOMER = {
    "BillAddress": "BillAddress",
    "ShipAddress": "ShipAddress",
    "TermsRef": "TermsRef",
    "SalesRepRef": "SalesRepRef",
    "ItemSalesTaxRef": "ItemSalesTaxRef",
    "CustomerSalesTaxCodeRef": "SalesTaxCodeRef",
    "PaymentMethodRef": "PreferredPaymentMethodRef",
}
_NOT_IN = {"PaymentMethodRef": ("SalesReceipt",), "TermsRef": ("Estimate", "SalesOrder", "Invoice", "CreditMemo")}
_OUT = ("Invoice", "SalesReceipt")


@family("sales")
class Sales:
    def prepare(self, job: Job) -> None:
        header.fill(job)
        self._defaults(job)
        reading = lines.Reading(job.file, job.kind, lambda line, sent: orders.linked_row(job, line, sent))
        if job.is_new:
            rows = [*orders.rows_of_linked(job), *lines.add(reading, job.sent)]
            job.draft.lines = lines.top(rows)
        else:
            rows = lines.change(reading, job.draft, job.sent) or []
        amounts.work_out(job.draft, rows, _terms(job))
        tax.add_up(job.file, job.draft)
        if job.draft.total < 0:
            raise not_saved(job.kind, "The transaction total cannot be negative.")
        if job.old is not None and job.old.txn_id in job.file.txns.deposited and job.draft.total != job.old.total:
            raise not_saved(job.kind, "This payment has been deposited and its amount cannot be changed.")
        credits.check_total(job)
        if job.sent.get("SetCredit"):
            credits.set_on_document(job)
        orders.touch_orders(job)

    def _defaults(self, job: Job) -> None:
        kind, customer = job.kind.name, header.entity_of(job)
        fields = {ours: theirs for ours, theirs in _FROM_CUSTOMER.items() if kind in _NOT_IN.get(ours, (kind,))}
        header.take(job, customer, fields)
        if job.file.settings.sales_tax:
            taxes = {name: record.list_id for name, record in job.file.default_taxes().items()}
            header.default(job, ItemSalesTaxRef=taxes.get("ItemSalesTaxRef", ""))
            if job.draft.entity:
                header.default(job, CustomerSalesTaxCodeRef=taxes.get("SalesTaxCodeRef", ""))
        header.default(job, IsToBeEmailed="false", TemplateRef=header.template(job.file, kind))
        if kind == "Estimate":
            header.default(job, IsActive="true")
        else:
            header.default(job, IsToBePrinted="true", ShipDate=job.draft.date)
        if kind == "SalesOrder":
            header.default(job, IsManuallyClosed="false")
        elif kind != "Estimate":
            header.default(job, IsPending="false")
        if kind == "Invoice":
            header.default(job, IsFinanceCharge="false")
        _due(job)

    def postings(self, file: CompanyFile, txn: Txn) -> list[Posting]:
        sign = -1 if txn.kind == "CreditMemo" else 1
        main = txn.data.get("ARAccountRef") or txn.data.get("DepositToAccountRef", "")
        found = [Posting(main, sign * txn.total, "" if txn.kind == "SalesReceipt" else txn.entity)]
        if txn.kind == "CreditMemo":
            found = credits.split(file, txn, main)
        start = len(found)
        for line in tax.rows(txn):
            item = references.found(file, "ItemRef", line.data.get("ItemRef", ""))
            if item is None or item.kind in amounts.NO_SUM:
                continue
            account = line.data.get("OverrideItemAccountRef") or references.income_account(file, item)
            found.append(Posting(account, -sign * line.amount, txn.entity, line.line_id))
            if item.kind in references.STOCKED:
                found += _cost_of_goods(file, item, line.quantity * sign)
        if txn.tax and txn.data.get("IsTaxIncluded") == "true":
            found[start:] = tax.without(found[start:], -sign * txn.tax)
        if txn.tax:
            found.append(Posting(references.special_account(file, "SalesTaxPayable"), -sign * txn.tax, txn.entity))
        return found

    def stock(self, file: CompanyFile, txn: Txn) -> Stock:
        if txn.kind == "Estimate":
            return {}
        return orders.stock(file, txn, out=txn.kind in _OUT)

    def show(self, file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
        shown["Subtotal"] = money.amount(txn.subtotal)
        if file.settings.sales_tax:
            if file.product.country == "US" or txn.data.get("ItemSalesTaxRef"):
                shown["SalesTaxPercentage"] = money.percent(tax.percentage(file, txn))
            shown["SalesTaxTotal"] = money.amount(txn.tax)
        remaining = file.txns.remaining(txn)
        if txn.kind == "Invoice":
            shown["AppliedAmount"] = money.amount(-file.txns.paid(txn.txn_id))
            shown["BalanceRemaining"] = money.amount(remaining)
            shown["BalanceRemainingInHomeCurrency"] = header.in_home_currency(file, txn.data, remaining)
            shown["IsPaid"] = "false" if remaining or txn.data.get("IsPending") == "true" else "true"
            _suggest_discount(file, txn, shown)
            return
        shown["TotalAmount"] = money.amount(txn.total)
        shown["TotalAmountInHomeCurrency"] = header.in_home_currency(file, txn.data, txn.total)
        if txn.kind == "CreditMemo":
            shown["CreditRemaining"] = money.amount(remaining)
            shown["CreditRemainingInHomeCurrency"] = header.in_home_currency(file, txn.data, remaining)
        elif txn.kind == "SalesOrder":
            shown["IsFullyInvoiced"] = "true" if orders.is_used_up(file, txn) else "false"


def _terms(job: Job) -> amounts.Terms:
    customer = header.entity_of(job)
    level = references.pointed(customer.data, "PriceLevelRef") if customer is not None else ""
    code = job.draft.data.get("CustomerSalesTaxCodeRef", "")
    return amounts.Terms(
        job.file,
        level=references.found(job.file, "PriceLevelRef", level) if job.file.settings.price_levels else None,
        tax_code=code if code and not references.is_taxable(job.file, code) else "",
        taxed=job.file.settings.sales_tax,
    )


def _due(job: Job) -> None:
    """Invoices are due by their terms, other documents at once; changed terms or dates move the day."""
    sent, data = job.sent, job.draft.data
    if sent.get("DueDate"):
        return
    if not job.is_new and not sent.keys() & {"TermsRef", "TxnDate", "DueDate"}:
        return
    terms = references.found(job.file, "TermsRef", data.get("TermsRef", ""))
    by_terms = terms is not None and job.kind.name in ("Invoice", "CreditMemo")
    data["DueDate"] = dates.due(job.draft.date, terms.data if by_terms and terms is not None else {})


def _suggest_discount(file: CompanyFile, txn: Txn, shown: dict[str, Any]) -> None:
    terms = references.found(file, "TermsRef", txn.data.get("TermsRef", ""))
    until = dates.discount_until(txn.date, terms.data) if terms is not None else ""
    if until and until >= header.today(file).isoformat() and not txn.voided:
        shown["SuggestedDiscountAmount"] = money.amount(money.share(txn.total, money.number(terms.data["DiscountPct"])))  # type: ignore[union-attr]
        shown["SuggestedDiscountDate"] = until


def _cost_of_goods(file: CompanyFile, item: Record, quantity: Decimal) -> list[Posting]:
    cost = money.to_cents(quantity * money.number(references.sales_part(item.data).get("PurchaseCost") or "0"))
    account = references.pointed(item.data, "COGSAccountRef") or references.special_account(file, "CostOfGoodsSold")
    return [Posting(account, cost), Posting(references.expense_account(file, item), -cost)]
