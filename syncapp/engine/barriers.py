"""What QuickBooks cannot take, or must not be asked for: known in advance, so that nothing is sent to find it out.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncapp.engine.situation import Rules, Situation
from syncapp.records import Record, Side

BARRED = "barred"  # in a plan's detail: it may become possible without a change of any record


def barriers(record: Record, situation: Situation, rules: Rules, target: Side, *, new: bool) -> Mapping[str, str]:
    """Why this record's values cannot go to the target, by field; WHOLE_RECORD: it cannot be created at all."""
    judge = rules.mapping.barred
    if judge is None or target is not Side.QUICKBOOKS:
        return {}
    return judge(record.fields, rules.abilities, situation.about, new)


def left_alone(rules: Rules, record: Record | None) -> str:
    """Why nothing may be written to this record; empty if it may."""
    mapping = rules.mapping
    if record is None:
        return ""
    said = str(record.fields.get(mapping.frozen) or "") if mapping.frozen else ""
    return said or (mapping.shut(record.fields, rules.abilities) if mapping.shut else "")
