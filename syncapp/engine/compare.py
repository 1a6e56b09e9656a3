"""What must travel, and which way, field by field against the last agreement.

Everything here is in canonical form: JSON-able values that are equal exactly if the two sides mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncapp.mapping.fields import Field
from syncapp.records import Side

Canonical = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    field: Field
    winner: Side | None  # the side whose value travels; None: both changed, and neither owns the field


@dataclass
class Comparison:
    changes: list[Change] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)  # equal now, though the base does not know it yet


def compare(fields: Sequence[Field], base: Mapping[Side, Canonical], now: Mapping[Side, Canonical]) -> Comparison:
    """The decision for every field. ``base`` is each side as it stood when last they agreed.

    salesforce   quickbooks   they now say    the decision
    same         same         anything        nothing: they agreed to spell it so
    any          any          the same        agreed by another road; the base learns it
    changed      same         different       salesforce's value travels
    same         changed      different       quickbooks's value travels
    changed      changed      different       conflict, unless the field has an owner
    owned: any change on either side          the owner's value travels, or nothing if it has none and erases nothing
    never agreed, one of them empty           the other's value travels
    never agreed, both filled, different      conflict, unless the field has an owner
    added, never agreed, its owner empty      nothing: the other side may have held it for long
    added, and a side was read without it     nothing is known of it yet
    """
    result = Comparison()
    for each in fields:
        name = each.name
        if each.added and not all(name in now[side] for side in Side):
            continue
        values = {side: now[side].get(name) for side in Side}
        moved = [side for side in Side if name not in base[side] or base[side][name] != values[side]]
        if values[Side.SALESFORCE] == values[Side.QUICKBOOKS]:
            if moved:
                result.agreed.append(name)
        elif moved and not (each.owner and values[each.owner] is None and _keeps(each, base)):
            result.changes.append(Change(each, _winner(each, moved, base, values)))
    return result


def _keeps(each: Field, base: Mapping[Side, Canonical]) -> bool:
    """Whether an owner that has nothing leaves the other side what it has."""
    return not each.erases or (each.added and all(each.name not in base[side] for side in Side))


def _winner(each: Field, moved: list[Side], base: Mapping[Side, Canonical], values: Mapping[Side, Any]) -> Side | None:
    if each.owner is not None:
        return each.owner
    if len(moved) == 1:
        return moved[0]
    first_meeting = all(each.name not in base[side] for side in Side)
    filled = [side for side in Side if values[side] is not None]
    if first_meeting and len(filled) == 1:
        return filled[0]
    return None
