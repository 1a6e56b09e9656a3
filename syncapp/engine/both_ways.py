"""The lines of a sale as the other side can take them: matched, merged, and each naming its product there.

Rule     a sale waits for the products of all its lines; none is left out
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from typing import Any

from syncapp.engine import rows
from syncapp.engine.lines import PRODUCT, wanted
from syncapp.engine.situation import References, Situation
from syncapp.engine.waiting import Wait, Waits
from syncapp.mapping.document_rows import rows_of
from syncapp.mapping.fields import Field
from syncapp.mapping.sales import EXACT, OWN
from syncapp.records import Record, Row, Side, Value

PRICED = ("quantity", "amount")


def fit(each: Field, situation: Situation, target: Side, references: References) -> Value | Waits:
    """The lines that the target is to have; or the products that they wait for."""
    source = target.other
    held = {side: _held(each, situation.records[side]) for side in Side}
    said = {side: _said(each, held[side], side, references) for side in Side}
    base: dict[Side, list[dict[str, Any]]] = {side: situation.base[side].get(each.name) or [] for side in Side}
    agreed = {name for lines in base.values() for line in lines for name in line}
    found: list[Row] = []
    waits: list[Wait] = []
    for line in wanted(base[source], said[source], base[target], said[target]):
        ours = held[source][line.source]
        product = _product(each, ours, target, references)
        if isinstance(product, Wait):
            waits.append(product)
            continue
        theirs = held[target][line.target] if line.target is not None else {}
        found.append(_merged(ours, theirs, line.changed - _kept(ours, theirs, agreed), product))
    return Waits(tuple(waits)) if waits else tuple(found) or None


def _held(each: Field, record: Record | None) -> tuple[Row, ...]:
    return rows_of(record.fields.get(each.name)) if record is not None else ()


def _said(each: Field, lines: Value, side: Side, references: References) -> list[dict[str, Any]]:
    return each.codec.canonical(rows.linked(each, lines, side, references)) or []


def _kept(ours: Row, theirs: Row, agreed: set[str]) -> set[str]:
    """Parts of the pair's own of which nothing was ever agreed: a source that has nothing empties none."""
    return {name for name in theirs if name.startswith(OWN) and name not in agreed and ours.get(name) is None}


def _merged(ours: Row, theirs: Row, changed: frozenset[str], product: str) -> Row:
    """The target's line with what has changed; its price goes with its quantity and amount."""
    names = {*changed} - {PRODUCT}
    line = dict(theirs)
    if names & {*PRICED}:
        names |= {*EXACT}
    for name in names:
        line.pop(name, None)
        if ours.get(name) is not None:
            line[name] = ours[name]
    return {**line, PRODUCT: product}


def _product(each: Field, line: Row, target: Side, references: References) -> str | Wait:
    assert each.rows is not None
    kind = each.rows.refers[PRODUCT]
    link = references.link_of(target.other, kind, str(line.get(PRODUCT)))
    if link is None:
        return Wait(kind, unread=f"an {kind} of its lines that has not been read (is that flow on?)", kind=kind)
    remote = references.record_of(link, target)
    if remote is None:
        return Wait(kind, link, references.name_of(link))
    return remote
