"""Sales tax of a document: the header's tax item on the rows whose code is taxable.

Rule     the percentage is taken of the sum of all taxable rows and rounded once. A customer with a code that is not
         taxable pays none, whatever the rows say.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from . import amounts, money, references
from .store import Line, Txn

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
    txn.subtotal = subtotal
    txn.tax = money.share(taxable, percentage(file, txn)) if applies(file, txn) else 0
    txn.total = subtotal + txn.tax
