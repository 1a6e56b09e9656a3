"""A value as the other side can take it, or why it cannot, or whom it waits for.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from typing import Any

from syncapp.engine import both_ways, rows
from syncapp.engine.situation import References, Situation
from syncapp.engine.waiting import Wait, Waits
from syncapp.mapping.codecs import DoesNotFit
from syncapp.mapping.fields import Field
from syncapp.records import Side, Value


def fit(
    each: Field, value: Value, now: Any, target: Side, situation: Situation, references: References
) -> Value | DoesNotFit | Waits:
    """The value as the target can take it; why it can't; or whom it waits for."""
    if each.reference:
        return _fit_reference(each, value, now, target, references)
    if each.rows is not None and each.rows.merges:
        return both_ways.fit(each, situation, target, references)
    if each.rows is not None:
        return rows.across(each, value, target, references)
    source_id = situation.ids[target.other] or ""
    taken = bool(situation.name_taken) and situation.name_taken == now
    try:
        return each.codec.fit(value, target, seed=source_id, taken=taken)
    except DoesNotFit as problem:
        return problem


def _fit_reference(
    each: Field, value: Value, now: Any, target: Side, references: References
) -> Value | DoesNotFit | Waits:
    if now is None:
        return None
    if each.loose:
        loose = loosely(each, value, target.other, references)
        return references.record_of(loose, target) if loose is not None else None
    link = references.link_of(target.other, each.reference, str(value))
    if link is None:
        spoken = f"its {each.label.lower()}, which has not been read yet"
        return Waits((Wait(each.label.lower(), unread=spoken, kind=each.reference),))
    remote = references.record_of(link, target)
    if remote is None:
        return Waits((Wait(each.label.lower(), link, references.name_of(link)),))
    return remote


def loosely(each: Field, value: Value, side: Side, references: References) -> int | None:
    """The first of what a loose reference names that stands on both sides."""
    links = [references.link_of(side, each.reference, one) for one in each.referred(value)]
    return next((link for link in links if link is not None and references.record_of(link, side.other)), None)
