"""Reading the settings of a flow's ``fields``: what makes no sense in itself is refused with its remedy.

Whether the two sides have the fields that are named is asked of their own tables (connectors/…/own_fields.py).
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from syncapp.mapping import formula
from syncapp.mapping.fields import Field, RecordMapping
from syncapp.mapping.formula import BadFormula, Formula
from syncapp.mapping.overrides import (
    BOTH,
    OFF,
    OWNERS,
    TO_QUICKBOOKS,
    TO_SALESFORCE,
    TYPES,
    Override,
    Overrides,
    constant_of,
    is_fixed,
    key_of,
    type_of,
)
from syncapp.mapping.registry import MAPPINGS
from syncapp.records import Side

S, Q = Side.SALESFORCE, Side.QUICKBOOKS
KEYS: dict[str, type | tuple[type, ...]] = {
    "label": str,
    "salesforce": str,
    "quickbooks": str,
    "direction": str,
    "conflict": str,
    "type": str,
    "places": int,
    "formula": str,
    "value": (str, int, float, bool),
    "values": dict,
}
POLICIES = ("quickbooks", "salesforce", "newest", "ask")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
SALESFORCE_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)?")
QUICKBOOKS_NAME = re.compile(r"custom:[^\]]{1,31}|[A-Za-z]\w*(\.[A-Za-z]\w*)*")
FIELDS_MAX = 100
PLACES_MAX = 5


class BadOverride(ValueError):
    """A field's settings make no sense; the message names the field, and says what to do."""


def of(kind: str, settings: Mapping[str, Any]) -> Overrides:
    """Those of a flow's complete settings. Raises BadOverride."""
    given = settings.get("fields")
    return _remembered(kind, json.dumps(given)) if given else Overrides(kind)


@lru_cache(maxsize=256)
def _remembered(kind: str, given: str) -> Overrides:
    return read(MAPPINGS[kind], json.loads(given))


def read(mapping: RecordMapping, given: Mapping[str, Any]) -> Overrides:
    """The overrides of one flow; raises BadOverride."""
    if len(given) > FIELDS_MAX:
        raise BadOverride(f"there are {len(given)} fields; {FIELDS_MAX} are allowed.")
    fields = tuple(_one(mapping, name, table) for name, table in given.items())
    for side in Side:
        targets = [each.spelt[side] for each in fields if each.spelt.get(side) and each.owner is not side]
        twice = [name for name, times in Counter(targets).items() if times > 1]
        if twice:
            raise BadOverride(f"{side.label}'s {twice[0]} is written by two fields. Leave it to one of them.")
    return Overrides(mapping.kind, fields)


def _one(mapping: RecordMapping, name: str, table: Any) -> Override:
    def bad(message: str) -> BadOverride:
        return BadOverride(f"fields.{name}: {message}")

    if not isinstance(table, Mapping):
        raise bad('it must be a table, such as { salesforce = "Region__c", quickbooks = "custom:Region" }.')
    if not NAME.fullmatch(name):
        raise bad("a name has small letters, digits and _, begins with a letter, and has at most 40 of them.")
    _check_types(table, bad)
    default = next((each for each in mapping.fields if each.name == name), None)
    if default is not None and is_fixed(default, mapping):
        raise bad(
            "records are told apart or steered by this field, so it stays as it is. Its conflicts are settled by "
            "conflict_by_field; for another field beside it, choose another name."
        )
    spelt = _spelt(table, bad)
    made = _formula(table, bad)
    direction = _direction(mapping, table, default, spelt, made, bad)
    values = _values(table, direction, bad)
    meaning = (dict(spelt), str(made or ""), values, table.get("type", ""), table.get("places", 2))
    own = default is None or bool(spelt or made is not None or values or table.get("type") or "places" in table)
    return Override(
        name=name,
        label=str(table.get("label") or (default.label if default else name.replace("_", " ").capitalize())),
        key=key_of(name, *meaning) if own and direction != OFF else name,
        direction=direction,
        default=default,
        type=str(table.get("type") or (type_of(default) if default else "text")),
        retyped="type" in table or "places" in table,
        places=int(table.get("places", 2)),
        conflict=_conflict(table, direction, bad),
        spelt=spelt,
        formula=made,
        values=values,
    )


def _check_types(table: Mapping[str, Any], bad: Any) -> None:
    for key, value in table.items():
        if key not in KEYS:
            raise bad(f"there is no key “{key}”; there are {', '.join(KEYS)}.")
        number_as_flag = KEYS[key] is int and isinstance(value, bool)
        if not isinstance(value, KEYS[key]) or number_as_flag:
            hint = " Write a date as a text, such as “2026-01-31”." if key == "value" else ""
            raise bad(f"{key} is “{value}”, which is of the wrong type.{hint}")
    if (kind := table.get("type", "text")) not in TYPES:
        raise bad(f"type is “{kind}”, but may be: {', '.join(TYPES)}.")
    if not 0 <= table.get("places", 2) <= PLACES_MAX:
        raise bad(f"places is {table['places']}, but may be 0 to {PLACES_MAX}.")


def _spelt(table: Mapping[str, Any], bad: Any) -> dict[Side, str]:
    found = {side: str(table.get(side.value, "")).strip() for side in Side}
    if found[S] and not SALESFORCE_NAME.fullmatch(found[S]):
        raise bad(f"salesforce is “{found[S]}”, but must be a field's API name, such as Region__c.")
    if found[Q] and not QUICKBOOKS_NAME.fullmatch(found[Q]):
        raise bad(
            f"quickbooks is “{found[Q]}”, but must be an element, such as JobStatus or BillAddress.City, or custom: "
            "and the name of a custom field (at most 31 characters)."
        )
    return {side: name for side, name in found.items() if name}


def _formula(table: Mapping[str, Any], bad: Any) -> Formula | None:
    if "formula" in table and "value" in table:
        raise bad("it has a formula and a value. Keep one of them.")
    if "value" in table:
        return formula.constant(constant_of(table["value"]))
    if "formula" not in table:
        return None
    try:
        return formula.read(table["formula"])
    except BadFormula as problem:
        raise bad(f"the formula “{table['formula']}” cannot be read: {problem}.") from None


def _direction(
    mapping: RecordMapping,
    table: Mapping[str, Any],
    default: Field | None,
    spelt: Mapping[Side, str],
    made: Formula | None,
    bad: Any,
) -> str:
    given = str(table.get("direction", ""))
    if given and given not in (*OWNERS, OFF):
        raise bad(f"direction is “{given}”, but may be: {', '.join((*OWNERS, OFF))}.")
    if given == OFF:
        if default is None:
            raise bad("a field of your own is switched off by leaving it out.")
        return OFF
    if made is not None:
        return _direction_of_formula(given, default, spelt, bad)
    if default is None and len(spelt) < 2:
        raise bad("it needs both salesforce and quickbooks, or one of them with a formula or a value.")
    if default is not None and default.owner is not None:
        one_way = TO_SALESFORCE if default.owner is Q else TO_QUICKBOOKS
        if given not in ("", one_way):
            raise bad(f"{default.owner.label} alone holds this field: its direction can only be {one_way}.")
        return one_way
    if default is None and _only_to_salesforce(mapping):
        if given not in ("", TO_SALESFORCE):
            raise bad(f"{mapping.plural} are never written to QuickBooks: its direction can only be {TO_SALESFORCE}.")
        return TO_SALESFORCE
    if "." in spelt.get(S, "") and given != TO_QUICKBOOKS:
        raise bad(f"{spelt[S]} belongs to another record, which is not written: set direction = “{TO_QUICKBOOKS}”.")
    return given or BOTH


def _direction_of_formula(given: str, default: Field | None, spelt: Mapping[Side, str], bad: Any) -> str:
    if given == BOTH:
        raise bad(
            "a formula or a value goes one way: it cannot be worked out backwards. Set direction to "
            f"{TO_QUICKBOOKS} or {TO_SALESFORCE}, or use values for words that differ."
        )
    ways = {S: TO_SALESFORCE, Q: TO_QUICKBOOKS}
    if len(spelt) == 2:
        raise bad("a formula is written to one side: name only the field that it goes to, salesforce or quickbooks.")
    if spelt:
        [target] = spelt
        if given not in ("", ways[target]):
            raise bad(f"it goes to {target.label}'s {spelt[target]}, so its direction can only be {ways[target]}.")
        return ways[target]
    if default is None:
        raise bad("it must name the field that it goes to: salesforce or quickbooks.")
    if default.owner is not None:
        return TO_SALESFORCE if default.owner is Q else TO_QUICKBOOKS
    if not given:
        raise bad(f"say with direction where it goes: {TO_QUICKBOOKS} or {TO_SALESFORCE}.")
    return given


def _only_to_salesforce(mapping: RecordMapping) -> bool:
    return all(each.owner is Q for each in mapping.fields if each.travels)


def _conflict(table: Mapping[str, Any], direction: str, bad: Any) -> str:
    policy = str(table.get("conflict", ""))
    if policy and policy not in POLICIES:
        raise bad(f"conflict is “{policy}”, but may be: {', '.join(POLICIES)}.")
    if policy and direction != BOTH:
        raise bad("it goes one way, so there are no conflicts to settle. Leave conflict out.")
    return policy


def _values(table: Mapping[str, Any], direction: str, bad: Any) -> dict[str, str]:
    values = table.get("values", {})
    for ours, theirs in values.items():
        if not isinstance(theirs, str):
            raise bad(f"values.{ours} is “{theirs}”, but must be a text in quotes.")
    twice = [theirs for theirs, times in Counter(values.values()).items() if times > 1]
    if twice and direction != TO_QUICKBOOKS:
        raise bad(
            f"two of its values become “{twice[0]}” in QuickBooks, so the way back is not known. Set direction = "
            f"“{TO_QUICKBOOKS}”, or give each value one of its own."
        )
    return dict(values)
