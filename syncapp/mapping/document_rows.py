"""The rows of a document, as one value: its lines, or what of a payment was allocated to which invoice.

Words    row        a plain dict of texts, numbers, amounts and dates; "id" is the row's own id in QuickBooks
         refers     the rows' entries that name other records, each with that record's kind; `also` names further
                    kinds that an entry may be of, where their ids are never alike
Rules    1 Rows are equal if they say the same in the same order; their ids say nothing.
         2 The canonical form is a digest that begins with the number of rows: the base keeps it twice for each
           document, and documents are many.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from syncapp.mapping.codecs import Plain
from syncapp.records import Row, Side, Value

# What stands in the place of another record, by the rows' entry and the record's id.
Other = Callable[[str, str], Any]


@dataclass(frozen=True)
class Rows(Plain):
    numbers: Mapping[str, int]  # places, by name
    days: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    refers: Mapping[str, str] = field(default_factory=dict)
    noun: str = "line"
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs: str = ""  # a row without this entry is none
    merges = False  # both sides may change them, so that they are merged row by row

    def canonical(self, value: Value) -> Any:
        rows = rows_of(self.complete(value))
        if not rows:
            return None
        said = [{name: self._said(name, row.get(name)) for name in self._names} for row in rows]
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        return f"{len(rows)} {self.noun}{'' if len(rows) == 1 else 's'} ({digest[:32]})"

    @property
    def _names(self) -> tuple[str, ...]:
        return (*self.numbers, *self.days, *self.texts, *self.refers)

    def _said(self, name: str, value: Any) -> Any:
        if value is None or value == "":
            return None
        if name in self.numbers:
            quantum = Decimal(1).scaleb(-self.numbers[name])
            return str(Decimal(str(value)).quantize(quantum, rounding=ROUND_HALF_UP).normalize() + 0)
        if name in self.days:
            return value.isoformat() if isinstance(value, date) else str(value)
        return "\n".join(line.rstrip() for line in str(value).splitlines()).strip() or None

    def dump(self, value: Value) -> Any:
        rows = rows_of(value)
        return [{name: _plain(each) for name, each in row.items() if each not in (None, "")} for row in rows] or None

    def load(self, stored: Any) -> Value:
        return tuple(self._loaded(row) for row in stored) if stored else None

    def _loaded(self, row: Mapping[str, Any]) -> Row:
        found = dict(row)
        for name in self.numbers:
            if name in found:
                found[name] = Decimal(found[name])
        for name in self.days:
            if name in found:
                found[name] = date.fromisoformat(found[name])
        return found

    def with_others(self, value: Value, other: Other) -> Value:
        """The rows with what stands for the records that they name."""
        if not self.refers:
            return value
        return tuple(
            {**row, **{name: other(name, str(row[name])) for name in self.refers if row.get(name)}}
            for row in rows_of(value)
        )

    def complete(self, value: Value) -> Value:
        """The rows that have what each one needs."""
        return tuple(row for row in rows_of(value) if row.get(self.needs)) if self.needs else value

    def others(self, value: Value) -> list[tuple[str, str]]:
        """The kinds and ids of the records that the rows name."""
        named = [(name, str(row[name])) for row in rows_of(value) for name in self.refers if row.get(name)]
        return [(kind, record_id) for name, record_id in named for kind in self.kinds(name)]

    def kinds(self, name: str) -> tuple[str, ...]:
        """What the record may be that an entry names."""
        return (self.refers[name], *self.also.get(name, ()))

    def fit(self, value: Value, side: Side, *, seed: str = "", taken: bool = False) -> Value:
        return rows_of(value) or None


def rows_of(value: Value) -> tuple[Row, ...]:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
