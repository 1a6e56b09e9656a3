"""What both sides are taken to have agreed on, once an operation has been settled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from syncapp.records import Side

Base = dict[str, dict[str, Any]]  # by side's value, then by field


def agree(
    base: Mapping[str, Mapping[str, Any]],
    *,
    target: Side,
    basis: Mapping[str, Any],
    sent: Mapping[str, Any],
    stored: Mapping[str, Any],
    touched: bool,
    refused: Collection[str] = (),
    assigned: Collection[str] = (),
) -> Base:
    """The base after a write: it moves only for the fields that the operation carried.

    1. On the side the values came from: to what was planned from (``basis``), not to what is there by now, or an
       edit made while the operation waited would be lost.
    2. On the side written to: to what it stored, not to what was sent, or its own spelling would look like an edit.
    3. If somebody else may have changed the record since (``touched``), a value that differs from what was sent may
       be theirs: the base is what was sent, so that theirs counts as an edit.

    4. Where the target assigns a value of its own to a field (``assigned``), that counts as an edit, too.

    All values are canonical. ``refused`` fields were not stored, so nothing is agreed on them.
    """
    new: Base = {side.value: dict(base.get(side.value, {})) for side in Side}
    for name in sent:
        if name in refused:
            continue
        kept = stored.get(name)
        new[target.value][name] = sent[name] if (touched or name in assigned) and kept != sent[name] else kept
        new[target.other.value][name] = basis.get(name)
    return new


def learn(
    base: Mapping[str, Mapping[str, Any]],
    agreed: Mapping[str, Any],
    spelt: Mapping[str, Mapping[Side, Any]] | None = None,
) -> Base:
    """The base after both sides were found to say the same, in the same words or (``spelt``) each in its own."""
    new: Base = {side.value: dict(base.get(side.value, {})) for side in Side}
    for name, value in agreed.items():
        for side in Side:
            new[side.value][name] = value
    for name, values in (spelt or {}).items():
        for side in Side:
            new[side.value][name] = values[side]
    return new
