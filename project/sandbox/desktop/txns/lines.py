"""From the rows of an Add or a Mod to the lines of a draft.

Rule     in a Mod, no row at all leaves the lines alone; as soon as one is named, the others are deleted. Rows that
         stay must come in their order (3290); a TxnLineID of -1 is a new row. Rows of a group stand inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from project.sandbox.desktop import errors

from . import money, references
from .kinds import Rows, TxnKind
from .store import Line, Txn

if TYPE_CHECKING:
    from project.sandbox.desktop.company_file import CompanyFile

NEW = "-1"
MIXED = "lines"  # where the reader puts rows of several names, in the order of the document
# Of a row, handled by name; everything else is kept as it comes.
_OWN = frozenset(("@defMacro", "TxnLineID", "DataExt", "LinkToTxn", "PriceLevelRef", "TxnLineDetail"))
# Must have a value where a row of a Mod names them.
_NOT_CLEARABLE = frozenset(("ItemRef", "Quantity", "Rate", "Amount", "SalesTaxCodeRef", "OverrideItemAccountRef"))


@dataclass
class Row:
    """A line of the draft with what was sent for it; ``fresh`` if its defaults are still to be taken from the item."""

    line: Line
    sent: Mapping[str, Any]
    style: str
    fresh: bool


@dataclass
class Reading:
    """What has to be known while rows are read."""

    file: CompanyFile
    kind: TxnKind
    linked: Callable[[Line, Mapping[str, Any]], Mapping[str, Any]] | None = None

    @property
    def where(self) -> str:
        return f"{self.kind.name} line"


def sent_rows(data: Mapping[str, Any], names: Iterable[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """The rows of these names, in the order of the document."""
    wanted = tuple(name for name in names if name)
    mixed = [(name, row) for name, row in data.get(MIXED, ()) if name in wanted]
    return mixed + [(name, row) for name in wanted for row in data.get(name, ())]


def add(reading: Reading, data: Mapping[str, Any]) -> list[Row]:
    """The rows of an Add."""
    found: list[Row] = []
    for rows in reading.kind.rows:
        for name, sent in sent_rows(data, (rows.add, rows.group_add)):
            found += _new(reading, rows, name == rows.group_add, sent)
    return found


def change(reading: Reading, txn: Txn, data: Mapping[str, Any]) -> list[Row] | None:
    """The rows of a Mod; None if it names none. ``txn.lines`` is put in the new order."""
    found: list[Row] = []
    kept: list[Line] = []
    named = False
    for rows in reading.kind.rows:
        own = [line for line in txn.lines if line.name in (rows.ret, rows.group_ret)]
        sent = sent_rows(data, (rows.mod, rows.group_mod))
        if not sent:
            clear = "ClearExpenseLines" if rows.style == "expense" else "ClearItemLines"
            named = named or data.get(clear) == "true"
            kept += [] if data.get(clear) == "true" else own
            continue
        named = True
        changed = _merge(reading, rows, own, sent)
        found += changed
        top = [row.line for row in changed if not any(row.line in each.line.lines for each in changed)]
        kept += top
    if not named:
        return None
    txn.lines = kept
    return found


def _merge(
    reading: Reading, rows: Rows, own: list[Line], sent: list[tuple[str, Mapping[str, Any]]], within: bool = False
) -> list[Row]:
    places = {line.line_id: at for at, line in enumerate(own)}
    found: list[Row] = []
    last = -1
    for name, row in sent:
        line_id = row.get("TxnLineID") or ""
        is_group = not within and name == rows.group_mod
        if line_id == NEW:
            found += _new(reading, rows, is_group, row)
            continue
        at = places.get(line_id)
        if at is None or (own[at].name == rows.group_ret) != is_group:
            raise errors.not_found(line_id)
        if at <= last:
            raise wrong_order(line_id)
        last = at
        found += _changed(reading, rows, own[at], row, is_group)
    return found


def _changed(reading: Reading, rows: Rows, line: Line, sent: Mapping[str, Any], is_group: bool) -> list[Row]:
    before = line.quantity
    item_field = "ItemGroupRef" if is_group else "ItemRef"
    item = line.data.get(item_field)
    for field in _NOT_CLEARABLE & sent.keys():
        if sent[field] in ("", {}):
            raise errors.Fault(3190, f'The "{field}" element cannot be cleared.')
    merge(reading, line.data, sent)
    row = Row(line, sent, "group" if is_group else rows.style, line.data.get(item_field) != item)
    if not is_group:
        return [row]
    if row.fresh:
        return _expanded(reading, rows, row)
    inner = sent.get(rows.mod) or ()
    if not inner:
        return [row, *_rescaled(rows, line, before)]
    changed = _merge(reading, rows, line.lines, [(rows.mod, each) for each in inner], within=True)
    line.lines = [each.line for each in changed]
    return [row, *changed]


def _rescaled(rows: Rows, line: Line, before: Decimal) -> list[Row]:
    """A group whose number changed takes its rows along."""
    if line.quantity == before or not before:
        return [Row(each, {}, rows.style, False) for each in line.lines]
    found = []
    for each in line.lines:
        sent = {}
        if each.data.get("Quantity"):
            each.data["Quantity"] = money.quantity(each.quantity * line.quantity / before)
            sent = {"Quantity": each.data["Quantity"]}
        found.append(Row(each, sent, rows.style, False))
    return found


def _new(reading: Reading, rows: Rows, is_group: bool, sent: Mapping[str, Any]) -> list[Row]:
    line = Line(rows.group_ret if is_group else rows.ret)
    if sent.get("LinkToTxn") and reading.linked is not None:
        sent = reading.linked(line, sent)
    merge(reading, line.data, sent)
    for each in sent.get("DataExt") or ():
        _custom(reading, line, each)
    if sent.get("@defMacro"):
        line.data["@defMacro"] = sent["@defMacro"]
    row = Row(line, sent, "group" if is_group else rows.style, True)
    return _expanded(reading, rows, row) if is_group else [row]


def _expanded(reading: Reading, rows: Rows, row: Row) -> list[Row]:
    """A group line with a row for each item of the group."""
    group = references.found(reading.file, "ItemGroupRef", row.line.data.get("ItemGroupRef", ""))
    if group is None:
        raise errors.missing("ItemGroupRef")
    number = row.line.quantity if row.line.data.get("Quantity") else Decimal(1)
    row.line.data.setdefault("Desc", group.data.get("ItemDesc") or "")
    row.line.data["IsPrintItemsInGroup"] = group.data.get("IsPrintItemsInGroup") or "false"
    row.line.lines = []
    found = [row]
    for each in group.data.get("ItemGroupLine") or ():
        item = references.pointed(each, "ItemRef")
        quantity = money.quantity(number * money.number(each.get("Quantity") or "1"))
        line = Line(rows.ret, {"ItemRef": item, "Quantity": quantity})
        row.line.lines.append(line)
        found.append(Row(line, {"Quantity": quantity}, rows.style, True))
    return found


def merge(reading: Reading, kept: dict[str, Any], sent: Mapping[str, Any]) -> None:
    """Lay what was sent over what is kept: an omitted field stays, an empty one is cleared."""
    for field, value in sent.items():
        if field in _OWN or isinstance(value, list):
            continue
        if references.is_reference(field) and isinstance(value, Mapping):
            record = references.resolve(reading.file, field, value, reading.where)
            value = record.list_id if record is not None else ""
        if value:
            kept[field] = value
        else:
            kept.pop(field, None)


def _custom(reading: Reading, line: Line, sent: Mapping[str, Any]) -> None:
    definition = reading.file.definitions.find(sent["OwnerID"], sent["DataExtName"])
    if definition is None or not {reading.kind.name, "Item"} & set(definition.assigned):
        raise errors.bad_reference("DataExtDef", sent["DataExtName"], reading.where)
    if sent["DataExtValue"]:
        line.custom.setdefault(definition.owner, {})[definition.name] = sent["DataExtValue"]


def wrong_order(line_id: str) -> errors.Fault:
    return errors.Fault(3290, f'The item "{line_id}" is placed in the request in incorrect order.')


def top(rows: list[Row]) -> list[Line]:
    """The lines of a new transaction: those inside groups stand in their groups."""
    inside = {id(inner) for row in rows for inner in row.line.lines}
    return [row.line for row in rows if id(row.line) not in inside]
