"""Roll-up summary fields: what a master shows of its details moves whenever one of them does.

Rule     an empty sum and an empty count are zero, an empty minimum or maximum is null; a master whose summary changed
         carries a new stamp, and its own master is looked at in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .schema import Field, SObject, Summary
from .store import Row
from .transaction import Tx

OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: bool(value == wanted),
    "notEqual": lambda value, wanted: bool(value != wanted),
    "lessThan": lambda value, wanted: value is not None and bool(value < wanted),
    "greaterThan": lambda value, wanted: value is not None and bool(value > wanted),
    "lessOrEqual": lambda value, wanted: value is not None and bool(value <= wanted),
    "greaterOrEqual": lambda value, wanted: value is not None and bool(value >= wanted),
    "contains": lambda value, wanted: value is not None and str(wanted).lower() in str(value).lower(),
    "startsWith": lambda value, wanted: value is not None and str(value).lower().startswith(str(wanted).lower()),
}


def refresh(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    """Work out anew what the masters of a written record show."""
    for master in sobject.masters:
        parent = tx.org.schema[master.reference_to]
        ids = {row.get(master.name), (old or row).get(master.name)} - {None}
        for parent_id in sorted(str(each) for each in ids):
            work_out(tx, parent, parent_id, of=(sobject.name, master.name))


def work_out(tx: Tx, parent: SObject, parent_id: str, *, of: tuple[str, str] | None = None) -> None:
    """What one master shows: all of it, or what concerns the details of one lookup."""
    sums = [(item, item.summary) for item in parent if item.summary is not None]
    fields = [item for item, summary in sums if of is None or (summary.child, summary.lookup) == of]
    if not fields:
        return
    old = tx.row(parent.name, parent_id)
    if old is None or old["IsDeleted"]:
        return
    changed = {}
    for item in fields:
        value = summarised(tx, item, parent_id)
        if old.get(item.name) != value:
            changed[item.name] = value
    if changed:
        tx.write(parent.name, parent_id, changed)
        refresh(tx, parent, tx.org.table(parent).rows[parent_id], old)


def summarised(tx: Tx, item: Field, parent_id: str) -> Any:
    summary = item.summary
    if summary is None:
        return None
    child = tx.org.schema[summary.child]
    rows = [row for row in tx.below(summary.child, summary.lookup, parent_id) if _passes(child, summary, row)]
    if summary.operation == "count":
        return Decimal(len(rows))
    field = child.fields[summary.field.lower()]
    values = [value for row in rows if (value := field.value(row)) is not None]
    if summary.operation == "sum":
        return sum(values, Decimal(0))
    if not values:
        return None
    return min(values) if summary.operation == "min" else max(values)


def _passes(child: SObject, summary: Summary, row: Row) -> bool:
    return all(
        OPERATIONS[operation](child.fields[name.lower()].value(row), filter_value(child.fields[name.lower()], text))
        for name, operation, text in summary.filters
    )


def filter_value(field: Field, text: str) -> Any:
    """A filter's text in the form of the field's stored values; raises ValueError where it has none."""
    if text == "":
        return None
    if field.type == "boolean":
        if text.lower() not in ("true", "false", "1", "0"):
            raise ValueError(text)
        return text.lower() in ("true", "1")
    if field.type in ("double", "currency", "percent", "int"):
        try:
            return Decimal(text)
        except ArithmeticError:
            raise ValueError(text) from None
    if field.type == "date":
        return date.fromisoformat(text)
    if field.type == "datetime":
        return datetime.fromisoformat(text)
    return text
