"""SalesTaxPayableQuery: the sales tax that was taken and not yet paid, by tax agency and by tax item.

Rule     the tax of a group is divided among its items by their percentages; the last one takes what rounding leaves.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors
from project.sandbox.desktop.reader import Call

from . import money, references
from .store import Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

_TAKEN = {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1}


def rows(file: CompanyFile, call: Call) -> list[dict[str, Any]]:
    if not file.settings.sales_tax:
        raise errors.not_available()
    agencies: dict[str, dict[str, int]] = {}
    for item, cents in _owed(file, call.data.get("AsOfDate") or "").items():
        record = file.lists.find(("ItemSalesTax",), item)
        vendor = references.pointed(record.data, "TaxVendorRef") if record is not None else ""
        if cents:
            agencies.setdefault(vendor, {})[item] = cents
    return [_shown(file, vendor, items) for vendor, items in agencies.items()]


def _owed(file: CompanyFile, until: str) -> dict[str, int]:
    owed: dict[str, int] = {}
    for kind, sign in _TAKEN.items():
        for txn in file.txns.in_order(kind, "", until):
            if txn.tax and txn.postings:
                for item, cents in _divided(file, txn):
                    owed[item] = owed.get(item, 0) + sign * cents
    for txn in file.txns.in_order("SalesTaxPaymentCheck", "", until):
        for line in txn.lines if txn.postings else ():
            item = line.data["ItemSalesTaxRef"]
            owed[item] = owed.get(item, 0) - line.amount
    return owed


def _divided(file: CompanyFile, txn: Txn) -> list[tuple[str, int]]:
    item = txn.data.get("ItemSalesTaxRef", "")
    record = references.found(file, "ItemSalesTaxRef", item)
    if record is None or record.kind != "ItemSalesTaxGroup":
        return [(item, txn.tax)]
    members = [references.pointed({"ref": each}, "ref") for each in record.data.get("ItemSalesTaxRef") or ()]
    whole = references.tax_rate(file, item)
    found: list[tuple[str, int]] = []
    left = txn.tax
    for member in members[:-1]:
        part = money.to_cents(Decimal(txn.tax) / 100 * references.tax_rate(file, member) / whole)
        found.append((member, part))
        left -= part
    return [*found, (members[-1], left)]


def _shown(file: CompanyFile, vendor: str, items: dict[str, int]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Amount": money.amount(sum(items.values())),
        "SalesTaxPayableLineRet": [
            {"ItemSalesTaxRef": references.shown(file, "ItemSalesTaxRef", item), "Amount": money.amount(cents)}
            for item, cents in items.items()
        ],
    }
    if vendor:
        shown["PayeeEntityRef"] = references.shown(file, "PayeeEntityRef", vendor)
    return shown
