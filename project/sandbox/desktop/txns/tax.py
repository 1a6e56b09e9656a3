"""Sales tax of a document: the header's tax item on the rows whose code is taxable.

Rule     the percentage is taken of the sum of all taxable rows and rounded once. A customer with a code that is not
         taxable pays none, whatever the rows say.
         Canada and the United Kingdom: each row's code names the tax items, for what is sold and for what is bought;
         the rows of one code are taxed together. With IsTaxIncluded the amounts hold the tax already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from . import amounts, money, references
from .store import Line, Posting, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile


def rows(txn: Txn) -> list[Line]:
    """The rows that have an amount of their own: those inside groups instead of the groups."""
    found: list[Line] = []
    for line in txn.lines:
        found += line.lines if line.data.get("ItemGroupRef") else [line]
    return found


def item_kind(file: CompanyFile, line: Line) -> str:
    item = references.found(file, "ItemRef", line.data.get("ItemRef", ""))
    return item.kind if item is not None else ""


def applies(file: CompanyFile, txn: Txn) -> bool:
    if not file.settings.sales_tax:
        return False
    code = txn.data.get("CustomerSalesTaxCodeRef", "")
    return not code or references.is_taxable(file, code)


def percentage(file: CompanyFile, txn: Txn) -> Decimal:
    return references.tax_rate(file, txn.data.get("ItemSalesTaxRef", ""))


def add_up(file: CompanyFile, txn: Txn) -> None:
    """Subtotal, tax and total of a draft whose rows are worked out."""
    subtotal = taxable = 0
    codes: dict[str, bool] = {}
    for line in rows(txn):
        kind = item_kind(file, line)
        if kind in amounts.NO_SUM:
            continue
        subtotal += line.amount
        code = line.data.get("SalesTaxCodeRef", "")
        if code not in codes:
            codes[code] = references.is_taxable(file, code)
        if codes[code] and kind not in amounts.UNTAXED:
            taxable += line.amount
    if file.product.country != "US":
        by_code(file, txn, "ItemSalesTaxRef")
        return
    txn.subtotal = subtotal
    txn.tax = money.share(taxable, percentage(file, txn)) if applies(file, txn) else 0
    txn.total = subtotal + txn.tax


def by_code(file: CompanyFile, txn: Txn, field: str) -> None:
    """Subtotal, tax and total where each row has a code of its own; the code's field names its tax item."""
    sums: dict[str, int] = {}
    for line in rows(txn):
        if item_kind(file, line) not in amounts.NO_SUM:
            code = line.data.get("SalesTaxCodeRef", "")
            sums[code] = sums.get(code, 0) + line.amount
    whole = sum(sums.values())
    included = txn.data.get("IsTaxIncluded") == "true"
    tax = 0
    for code, cents in sums.items():
        rate = _rate_of_code(file, code, field) if file.settings.sales_tax else Decimal(0)
        if included:
            tax += cents - money.to_cents(Decimal(cents) / (100 + rate))
        else:
            tax += money.share(cents, rate)
    txn.tax = tax
    txn.subtotal = whole - tax if included else whole
    txn.total = txn.subtotal + txn.tax


def _rate_of_code(file: CompanyFile, code: str, field: str) -> Decimal:
    record = references.found(file, "SalesTaxCodeRef", code)
    if record is None or record.data.get("IsTaxable") != "true":
        return Decimal(0)
    return references.tax_rate(file, references.pointed(record.data, field))


def without(postings: list[Posting], cents: int) -> list[Posting]:
    """Where the amounts hold the tax, the first row gives up what is posted as tax."""
    first, *rest = postings
    return [Posting(first.account, first.cents - cents, first.entity, first.line_id), *rest]
