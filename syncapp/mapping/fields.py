"""What a mapping is made of: fields in neutral names, each with its codec and its owner."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from syncapp.mapping.abilities import Abilities, About
from syncapp.mapping.codecs import Codec, Reference
from syncapp.mapping.document_rows import Rows
from syncapp.records import Side, Value


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    codec: Codec
    owner: Side | None = None  # the side whose value always holds; None: both may change it
    erases: bool = True  # False: where the owner has nothing, the other side keeps what it has
    assigned: bool = False  # the owner may take another value than it was asked for, and then that one holds
    only: Side | None = None  # lives on this side alone, for matching and rules; never travels
    # Of a pair's own mapping: either side may have held something before, so nothing is concluded from a record that
    # was not read with it, nothing is erased at a first meeting, and the safety valve counts what is overwritten.
    added: bool = False
    replaced: bool = False  # or switched off: it is remembered, and neither compared nor shown
    apart: Side | None = None  # this side writes it by itself, once the record is there

    @property
    def reference(self) -> str:
        """The kind it refers to, or empty."""
        return self.codec.kind if isinstance(self.codec, Reference) else ""

    @property
    def loose(self) -> bool:
        """Whether it refers to a record that nobody waits for."""
        return isinstance(self.codec, Reference) and self.codec.loose

    def referred(self, value: Value) -> list[str]:
        """The ids of what its value refers to."""
        return self.codec.ids(value) if isinstance(self.codec, Reference) else []

    @property
    def rows(self) -> Rows | None:
        """Its codec, where its value is rows, which may name other records."""
        return self.codec if isinstance(self.codec, Rows) else None

    @property
    def travels(self) -> bool:
        return self.only is None


@dataclass(frozen=True)
class MatchKeys:
    """Which fields tell, at a first meeting, that two records are the same."""

    name: str
    code: str = ""  # a number by which people know the record, as good as its name
    email: str = ""
    phone: str = ""
    parent: str = ""
    counterpart: str = ""  # Salesforce's field that holds the QuickBooks id of the record


@dataclass(frozen=True)
class RecordMapping:
    kind: str
    label: str
    plural: str
    fields: tuple[Field, ...]
    match: MatchKeys
    # Fields that name other records which change with this one, each with their kinds.
    companions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Fields that name a record whose sums move with this one, though nothing marks it as changed.
    stirs: tuple[str, ...] = ()
    # Fields with the ids of records that refer to this one; they are planned again once it has its counterpart.
    named_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entered_once: bool = False  # what was deleted in QuickBooks is not made again, even where nobody knows it was tied
    # Fields without which none is made: where one of them is refused, the whole record is.
    indispensable: tuple[str, ...] = ()
    frozen: str = ""  # the field that says why a record must be left alone
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what barred needs of whom a field refers to
    # Why values cannot go to QuickBooks, by field or for the whole record; whether it would be new there.
    barred: Callable[[Mapping[str, Value], Abilities, About, bool], Mapping[str, str]] | None = None
    shut: Callable[[Mapping[str, Value], Abilities], str] | None = None  # why a record of QuickBooks is left alone
    remark: Callable[[Mapping[Side, Mapping[str, Value]]], str] | None = None  # on what is in step all the same

    def field(self, name: str) -> Field:
        return self._by_name[name]

    def has(self, name: str) -> bool:
        """Not so, where the pair's own mapping has changed since."""
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {each.name: each for each in self.fields}

    def dump(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Neutral values as a JSON column holds them; unknown names are left out."""
        return {f.name: f.codec.dump(values[f.name]) for f in self.fields if f.name in values}

    def load(self, stored: Mapping[str, Any]) -> dict[str, Value]:
        return {f.name: f.codec.load(stored[f.name]) for f in self.fields if f.name in stored}


def field_label(mapping: RecordMapping | None, name: str) -> str:
    """How people call a field, also one of a former mapping."""
    labels = {f.name: f.label for f in mapping.fields} if mapping else {}
    if name == "*":
        return "The whole record"
    # The key of a field of the pair's own, as it was before its mapping changed.
    former = re.fullmatch(r"own_(\w+)_[0-9a-f]{6}", name)
    return labels.get(name) or (former[1].replace("_", " ").capitalize() if former else name)
