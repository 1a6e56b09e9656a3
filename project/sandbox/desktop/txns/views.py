"""A transaction as its Ret shows it: stored fields, those that are worked out, links, and lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import addresses, views

from . import money, orders, references
from .families import FAMILIES
from .kinds import KINDS
from .store import Line, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

MIXED = "lines"
_LINE_FIELDS = ("AppliedToTxnRet", "RefundAppliedToTxnRet", "ComponentItemLineRet")


@dataclass(frozen=True)
class Wanted:
    """How much of it is asked for. An answer to an Add or a Mod shows all of it."""

    lines: bool = True
    links: bool = True
    owners: Collection[str] = ()


ALL = Wanted()


def view(file: CompanyFile, txn: Txn, wanted: Wanted = ALL) -> dict[str, Any]:
    """Every field by its qbXML name, as text."""
    kind = KINDS[txn.kind]
    shown: dict[str, Any] = {
        "TxnID": txn.txn_id,
        "TimeCreated": file.time.stamp(txn.created),
        "TimeModified": file.time.stamp(txn.modified),
        "EditSequence": str(txn.edit_sequence),
        "TxnNumber": str(txn.number),
    }
    _fields(file, txn.data, shown)
    FAMILIES[kind.family].show(file, txn, shown)
    if not wanted.lines:
        for field in _LINE_FIELDS:
            shown.pop(field, None)
    if wanted.links:
        shown["LinkedTxn"] = linked(file, txn)
    if wanted.lines and kind.rows:
        _lines(file, txn, shown, wanted.owners)
    if wanted.owners:
        shown["DataExtRet"] = views.custom_fields(file, txn.custom, wanted.owners)
    return shown


def _fields(file: CompanyFile, data: Mapping[str, Any], shown: dict[str, Any]) -> None:
    for field, value in data.items():
        if references.is_reference(field) and isinstance(value, str):
            if value:
                shown[field] = references.shown(file, field, value)
            continue
        shown[field] = value
        if field.endswith("Address") and isinstance(value, Mapping):
            shown[f"{field}Block"] = addresses.block(dict(value), file.product.country)


def _lines(file: CompanyFile, txn: Txn, shown: dict[str, Any], owners: Collection[str]) -> None:
    """Each line under its own name, and all of them in their order for answers with several names."""
    mixed: list[tuple[str, dict[str, Any]]] = []
    for line in txn.lines:
        plain = _line(file, txn, line, owners)
        shown.setdefault(line.name, []).append(plain)
        mixed.append((line.name, plain))
    shown[MIXED] = mixed


def _line(file: CompanyFile, txn: Txn, line: Line, owners: Collection[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"TxnLineID": line.line_id}
    _fields(file, line.data, shown)
    if txn.kind in ("SalesOrder", "PurchaseOrder") and line.data.get("ItemRef"):
        _progress(file, txn, line, shown)
    for inner in line.lines:
        shown.setdefault(inner.name, []).append(_line(file, txn, inner, owners))
    if owners:
        shown["DataExtRet"] = views.custom_fields(file, line.custom, owners)
    return shown


def _progress(file: CompanyFile, txn: Txn, line: Line, shown: dict[str, Any]) -> None:
    done = orders.drawn(file, txn, line)
    shown.setdefault("IsManuallyClosed", "false")
    if txn.kind == "SalesOrder":
        shown["Invoiced"] = money.quantity(done)
    else:
        shown["ReceivedQuantity"] = money.quantity(done)
        shown["UnbilledQuantity"] = money.quantity(max(Decimal(0), orders.ordered(line) - done))
        shown["IsBilled"] = "true" if done >= orders.ordered(line) else "false"


def linked(file: CompanyFile, txn: Txn) -> list[dict[str, Any]]:
    """Payments and credits with their amounts, orders and what was made of them with the number of pieces."""
    txns = file.txns
    found: list[dict[str, Any]] = []
    amounts: dict[str, int] = {}
    for each in txns.paid_by.get(txn.txn_id, ()):
        amounts[each.payer] = amounts.get(each.payer, 0) - each.total
    for each in txns.pays.get(txn.txn_id, ()):
        amounts[each.target] = amounts.get(each.target, 0) - each.cents
    for txn_id, cents in amounts.items():
        found.append(_link(txns.by_id[txn_id], "AMTTYPE", money.amount(cents)))
    for txn_id, number in {
        **orders.sources(txn),
        **(orders.made_from(file, txn) if orders.is_order(txn) else {}),
    }.items():
        other = txns.get(txn_id)
        if other is not None:
            found.append(_link(other, "QUANTYPE", money.amount(money.to_cents(number))))
    return found


def _link(other: Txn, link_type: str, amount: str) -> dict[str, Any]:
    return {
        "TxnID": other.txn_id,
        "TxnType": other.kind,
        "TxnDate": other.date,
        "RefNumber": other.ref,
        "LinkType": link_type,
        "Amount": amount,
    }
