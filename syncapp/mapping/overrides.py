"""A pair's own field mapping: the settings of a flow's ``fields``, and the mapping that they make of the default one.

Words    default   a field of the product's own mapping
         override  what the settings say of one field: of a default by its name, or of a field of the pair's own
         spelt     how a side calls the field: a Salesforce field, a QuickBooks element, or `custom:NAME`
         key       the name under which an override's values are kept; it changes with what the field means
Rules    1 A default that is spelt otherwise, or made by a formula, becomes a field of its own, under its own key. So
           nothing that was read or agreed before is taken for a value of the new field: it starts without a base.
         2 A default that is replaced or switched off stays where it is, and no longer travels.
         3 A formula or a constant goes one way; so does the side that a one-way field comes from hold.
         4 QuickBooks's custom fields are written by themselves, after their record.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from syncapp.mapping.codecs import Codec, Day, Flag, Lines, Money, Paragraphs, Reference, Text
from syncapp.mapping.customers import SPELLING
from syncapp.mapping.fields import Field, RecordMapping
from syncapp.mapping.formula import Formula
from syncapp.mapping.formula_values import TooLong, as_day, as_flag, as_number, as_text
from syncapp.records import Side, Value

S, Q = Side.SALESFORCE, Side.QUICKBOOKS
CUSTOM = "custom:"
BOTH, TO_SALESFORCE, TO_QUICKBOOKS, OFF = "both", "to_salesforce", "to_quickbooks", "off"
OWNERS: dict[str, Side | None] = {BOTH: None, TO_SALESFORCE: Q, TO_QUICKBOOKS: S}
TYPES: dict[str, str] = {
    "text": "one line of text",
    "lines": "text of several lines",
    "number": "a number",
    "date": "a date",
    "flag": "yes or no",
}
# What other parts of the product rely on by these names.
RELIED_ON = ("active", "status", "type", "shown_type")


class Unfit(ValueError):
    """A side holds what is no value of the field's type."""


@dataclass(frozen=True)
class Override:
    """One field of a pair's own mapping, complete and sensible in itself."""

    name: str
    label: str
    key: str
    direction: str
    default: Field | None = None
    type: str = "text"
    retyped: bool = True  # the type is not simply the default's
    places: int = 2
    conflict: str = ""
    spelt: Mapping[Side, str] = field(default_factory=dict)  # only where it is not the default's
    formula: Formula | None = None
    values: Mapping[str, str] = field(default_factory=dict)  # Salesforce's to QuickBooks's

    @property
    def owner(self) -> Side | None:
        return OWNERS.get(self.direction)

    @property
    def changes_meaning(self) -> bool:
        return self.key != self.name

    @property
    def apart(self) -> Side | None:
        """The side that writes it by itself."""
        return Q if self.spelt.get(Q, "").startswith(CUSTOM) and self.owner is not Q else None

    def names(self, side: Side) -> tuple[str, ...]:
        """What of this side it reads, in that side's spelling."""
        found = list(self.formula.names) if self.formula and self.owner is side else []
        return tuple(filter(None, [self.spelt.get(side, ""), *found]))

    def reads_default(self, side: Side) -> bool:
        """Whether this side spells it as the default does."""
        from_formula = self.formula is not None and self.owner is side
        return self.default is not None and not self.spelt.get(side) and not from_formula

    # Values

    def taken(self, value: Value) -> Value:
        """What a side holds as a value of the field's type; Unfit if it is none."""
        if value is None or value == "":
            return None
        if self.type in ("text", "lines"):
            return as_text(value)
        if self.type == "flag":
            return as_flag(value)
        found: Value = as_number(value) if self.type == "number" else as_day(value)
        if found is None:
            raise Unfit(f"“{as_text(value)[:50]}” is not {TYPES[self.type]}")
        return found

    def heard(self, side: Side, value: Value) -> Value:
        """A side's value in neutral terms: those of QuickBooks, where the two have different words for it."""
        return self.values.get(as_text(value), value) if self.values and side is S else value

    def told(self, side: Side, value: Value) -> Value:
        """A neutral value in the side's own terms."""
        if not self.values or side is Q:
            return value
        return {theirs: ours for ours, theirs in self.values.items()}.get(as_text(value), value)

    # The mapping's field

    def field(self) -> Field:
        default = self.default
        codec = _CODECS[self.type](self) if default is None or self.retyped else self._codec_of(default)
        erases = default.erases if default is not None else True
        return Field(self.key, self.label, codec, self.owner, erases, added=True, apart=self.apart)

    def _codec_of(self, default: Field) -> Codec:
        """The default's, without the length of what a side spells otherwise: nobody here knows that."""
        codec = default.codec
        if not isinstance(codec, Text | Lines | Paragraphs):
            return codec
        limits: Any = {side: most for side, most in codec.limits.items() if not self.spelt.get(side)}
        return replace(codec, limits=limits)


_CODECS: dict[str, Callable[[Override], Codec]] = {
    "text": lambda each: Text({}, SPELLING if each.owner is not Q else {}),
    "lines": lambda each: Paragraphs({}, SPELLING if each.owner is not Q else {}),
    "number": lambda each: Money(places=each.places),
    "date": lambda each: Day(),
    "flag": lambda each: Flag(),
}


@dataclass(frozen=True)
class Overrides:
    """All of one flow; without any, everything is as the default has it."""

    kind: str
    fields: tuple[Override, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields)

    @property
    def own(self) -> tuple[Override, ...]:
        """Those that are spelt, or mean, something of their own."""
        return tuple(each for each in self.fields if each.changes_meaning and each.direction != OFF)

    def names(self, side: Side) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.own for name in each.names(side)))

    @property
    def reads_custom(self) -> bool:
        return any(name.startswith(CUSTOM) for name in self.names(Q))

    def policies(self, by_default: Mapping[str, str]) -> dict[str, str]:
        """Who wins, by key: a default's policy goes with it."""
        found = dict(by_default)
        for each in self.fields:
            if each.name in by_default:
                found[each.key] = by_default[each.name]
            if each.conflict:
                found[each.key] = each.conflict
        return found

    def mapping(self, default: RecordMapping) -> RecordMapping:
        """The mapping that holds for the pair."""
        if not self.fields:
            return default
        told = {each.name: each for each in self.fields}
        fields: list[Field] = []
        for known in default.fields:
            each = told.get(known.name)
            if each is None:
                fields.append(known)
            elif each.direction == OFF or each.changes_meaning:
                fields.append(replace(known, only=Q, replaced=True))
            else:
                fields.append(replace(known, label=each.label, owner=each.owner, added=True))
        return replace(default, fields=(*fields, *(each.field() for each in self.own)))

    # Reading and writing, for the connectors

    def read(self, side: Side, defaults: Mapping[str, Value], look: Callable[[str], Value]) -> dict[str, Value]:
        """A record's fields with the pair's own ones beside them, by key.

        ``look`` tells what the side holds under one of its own names; LookupError where that was not asked for, and
        then the field is left out, as is one that holds no value of its type: nothing is concluded from those.
        """
        found = dict(defaults)
        for each in self.own:
            try:
                found[each.key] = self._value(each, side, defaults, look)
            except (LookupError, Unfit, TooLong):
                continue
        return found

    def _value(self, each: Override, side: Side, defaults: Mapping[str, Value], look: Callable[[str], Value]) -> Value:
        if each.formula is not None and each.owner is side:
            return each.heard(side, each.taken(each.formula.value(look)))
        if each.reads_default(side):
            return each.heard(side, each.taken(defaults.get(each.name)))
        return each.heard(side, each.taken(look(each.spelt[side])))

    def usual(self, side: Side, values: Mapping[str, Value]) -> dict[str, Value]:
        """The values of an operation, those that the side spells as ever by their default names; and the rest of the
        pair's own by their keys."""
        back = {each.key: each for each in self.own}
        found: dict[str, Value] = {}
        for name, value in values.items():
            each = back.get(name)
            if each is None:
                found[name] = value
            else:
                found[each.name if each.reads_default(side) else name] = each.told(side, value)
        return found

    def spelt(self, side: Side, values: Mapping[str, Value]) -> dict[str, Value]:
        """Of an operation's values, the pair's own, by the side's own names."""
        back = {each.key: each for each in self.own}
        return {back[n].spelt[side]: value for n, value in values.items() if n in back and back[n].spelt.get(side)}

    def keys(self, side: Side) -> dict[str, str]:
        """The keys of the pair's own fields, by how the side spells them: its own names, or the defaults'."""
        found = {each.spelt[side]: each.key for each in self.own if each.spelt.get(side)}
        return found | {each.name: each.key for each in self.own if each.reads_default(side)}


def key_of(name: str, *meaning: Any) -> str:
    """Where what a field means is another, so is its key."""
    digest = hashlib.sha256(json.dumps(meaning, sort_keys=True, default=str).encode()).hexdigest()[:6]
    return f"own_{name}_{digest}"


def type_of(default: Field) -> str:
    """The type of a default, in the words of the settings."""
    names = {Money: "number", Day: "date", Flag: "flag", Paragraphs: "lines", Lines: "lines"}
    return next((word for codec, word in names.items() if isinstance(default.codec, codec)), "text")


def is_fixed(default: Field, mapping: RecordMapping) -> bool:
    """Whether records are told apart, tied or steered by this field, so that it must stay as it is."""
    match = mapping.match
    relied_on = {match.name, match.parent, match.counterpart, mapping.frozen, *RELIED_ON}
    travels_at_first = default.owner is not None and not default.erases and mapping.kind == "sale"
    return (
        default.only is not None
        or default.name in relied_on
        or isinstance(default.codec, Reference)
        or default.rows is not None
        or travels_at_first
    )


def constant_of(value: Any) -> Value:
    """A constant as settings hold it; TOML's and JSON's numbers are Decimal from here on."""
    if isinstance(value, bool | str | date):
        return value
    return Decimal(str(value))
