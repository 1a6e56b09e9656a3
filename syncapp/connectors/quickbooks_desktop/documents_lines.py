"""How the lines of a document are spelt in qbXML.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qbwc.qbxml.markup import ORDER
from syncapp.connectors.quickbooks_desktop.own_fields import custom_field
from syncapp.mapping.line_fields import NONE, LineFields, Part
from syncapp.records import Row, Value


def named(data: Mapping[str, Any], reference: str) -> Value:
    found: Value = (data.get(reference) or {}).get("FullName")
    return found


def lines(txn: str, data: Mapping[str, Any], own: LineFields = NONE) -> Iterator[Row]:
    """The lines in their order; a group is followed by its members, each with the group's name."""
    if txn == "ARRefundCreditCard":
        for each in data.get("RefundAppliedToTxnRet") or ():
            number = each.get("RefNumber") or ""
            yield {"id": each["TxnID"], "description": f"Credit {number}".strip(), "amount": each.get("RefundAmount")}
        return
    plain, group = f"{txn}LineRet", f"{txn}LineGroupRet"
    for name, each in in_order(data, plain, group):
        if name == plain:
            yield _line(each, "", own)
            continue
        called = str(named(each, "ItemGroupRef") or "")
        yield {
            "id": each["TxnLineID"],
            "item": called,
            "description": each.get("Desc"),
            "quantity": each.get("Quantity"),
            "unit": each.get("UnitOfMeasure"),
            "group": called,
        }
        for member in each.get(plain) or ():
            yield _line(member, called, own)


def in_order(data: Mapping[str, Any], *names: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Elements of these names as they followed one another."""
    waiting = {name: list(data.get(name) or ()) for name in names}
    order = data.get(ORDER) or [name for name in names for _ in waiting[name]]
    for name in order:
        if waiting.get(name):
            yield name, waiting[name].pop(0)


def _line(data: Mapping[str, Any], group: str, own: LineFields) -> Row:
    return {
        "id": data["TxnLineID"],
        "product": (data.get("ItemRef") or {}).get("ListID"),
        "item": named(data, "ItemRef"),
        "description": data.get("Desc"),
        "quantity": data.get("Quantity"),
        "unit": data.get("UnitOfMeasure"),
        "rate": data.get("Rate"),
        "rate_percent": data.get("RatePercent"),
        "amount": data.get("Amount"),
        "tax_code": named(data, "SalesTaxCodeRef"),
        "service_date": data.get("ServiceDate"),
        "class": named(data, "ClassRef"),
        "group": group or None,
        **{each.key: held(data, each) for each in own.parts},
    }


def held(line: Mapping[str, Any], part: Part) -> Any:
    """What a line has for one of the pair's own parts."""
    if part.custom:
        return custom_field(line, part.custom)
    return named(line, part.element.name) if part.element.reference else line.get(part.element.name)
