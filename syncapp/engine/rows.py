"""Rows of a document name other records: how those are compared, and what the other side knows them as.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.engine.situation import References
from syncapp.mapping.fields import Field
from syncapp.records import Side, Value


def linked(each: Field, value: Value, side: Side, references: References) -> Value:
    """Rows name another record by its link. The owner's rows do so only where that record is on the other side, too."""
    codec = each.rows
    if codec is None:
        return value

    def other(name: str, record_id: str) -> str | None:
        link = references.link_of(side, codec.refers[name], record_id)
        if link is not None and references.record_of(link, side.other):
            return f"link {link}"
        return None if side is each.owner else f"{side.value} {record_id}"

    return codec.with_others(value, other)


def across(each: Field, value: Value, target: Side, references: References) -> Value:
    """Rows as the target can take them: without the records that are not there."""
    codec = each.rows
    if codec is None:
        return value

    def other(name: str, record_id: str) -> str | None:
        link = references.link_of(target.other, codec.refers[name], record_id)
        return references.record_of(link, target) if link is not None else None

    return codec.with_others(codec.fit(value, target), other)
