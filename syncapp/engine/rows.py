"""Rows of a document name other records: how those are compared, and what the other side knows them as.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncapp.engine.situation import References
from syncapp.mapping.document_rows import Rows
from syncapp.mapping.fields import Field
from syncapp.records import Record, Side, Value


def _link(codec: Rows, name: str, side: Side, record_id: str, references: References) -> int | None:
    found = (references.link_of(side, kind, record_id) for kind in codec.kinds(name))
    return next((link for link in found if link is not None), None)


def linked(each: Field, value: Value, side: Side, references: References) -> Value:
    """Rows name another record by its link. The owner's rows do so only where that record is on the other side, too."""
    codec = each.rows
    if codec is None:
        return value

    def other(name: str, record_id: str) -> str | None:
        link = _link(codec, name, side, record_id, references)
        if link is not None and references.record_of(link, side.other):
            return f"link {link}"
        return None if side is each.owner else f"{side.value} {record_id}"

    return codec.with_others(value, other)


def missing(fields: Sequence[Field], record: Record, side: Side, references: References) -> list[int]:
    """The links of the records that the owner's rows name, and that are not on the other side yet."""
    found: dict[int, None] = {}
    for each in fields:
        if each.rows is None or each.owner is not side:
            continue
        for kind, record_id in each.rows.others(record.fields.get(each.name)):
            link = references.link_of(side, kind, record_id)
            if link is not None and not references.record_of(link, side.other):
                found[link] = None
    return list(found)


def across(each: Field, value: Value, target: Side, references: References) -> Value:
    """Rows as the target can take them: without the records that are not there."""
    codec = each.rows
    if codec is None:
        return value

    def other(name: str, record_id: str) -> str | None:
        link = _link(codec, name, target.other, record_id, references)
        return references.record_of(link, target) if link is not None else None

    return codec.complete(codec.with_others(codec.fit(value, target), other)) or None
