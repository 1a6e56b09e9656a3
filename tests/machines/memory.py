"""A side in memory that obeys the connectors' contract: versions, unique names, its own idea of a tidy text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncapp import clock
from syncapp.mapping.abilities import Abilities
from syncapp.records import (
    Applied,
    Batch,
    Missing,
    Operation,
    Outcome,
    Record,
    Side,
    Stale,
    Taken,
    Unknown,
    Verb,
)


@dataclass
class Held:
    id: str
    version: int
    fields: dict[str, Any]
    origin: str = ""
    kind: str = "customer"
    deleted: bool = False
    by_us: bool = False  # whoever wrote last
    born: int = 0


@dataclass
class MemorySide:
    """``lose``: the next so many answers are lost after the deed; ``width``: it keeps no more of a text, silently."""

    side: Side
    width: int = 100
    unique_names: bool = False
    answers_later: bool = False
    loader: None = None
    held: dict[str, Held] = field(default_factory=dict)
    lose: int = 0
    before_write: Any = None
    writes: int = 0
    _next: int = 1

    def __post_init__(self) -> None:
        """For sides that need more."""

    # People

    def add(self, kind: str = "customer", **fields: Any) -> str:
        return self._insert(kind, fields, "", by_us=False).id

    def edit(self, record_id: str, **fields: Any) -> None:
        self._change(self.held[record_id], fields, by_us=False)

    def delete(self, record_id: str) -> None:
        held = self.held[record_id]
        held.deleted = True
        held.version = self._tick()

    def alive(self, kind: str = "customer") -> list[Held]:
        return [held for held in self.held.values() if not held.deleted and held.kind == kind]

    # Connector

    def fetch(self, kind: str, cursor: str, *, full: bool = False) -> Iterator[Batch]:
        since = 0 if full or not cursor else int(cursor)
        as_of = clock.now()
        news = [held for held in self.held.values() if held.version > since and held.kind == kind]
        yield Batch(tuple(self._record(held) for held in news), str(self._next - 1), as_of)

    def submit(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        return {operation.id: self._do(operation) for operation in operations}

    def find_out(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        outcomes: dict[int, Outcome] = {}
        for operation in operations:
            if operation.verb is Verb.UPDATE:
                outcomes[operation.id] = Stale(self._record(self.held[operation.record_id]), doubtful=True)
                continue
            found = next((h for h in self.held.values() if h.origin == operation.key), None)
            outcomes[operation.id] = self._found(found, operation) if found else Missing()
        return outcomes

    def read(self, kind: str, ids: Sequence[str]) -> Batch:
        return Batch(tuple(self._record(self.held[i]) for i in ids), "", clock.now())

    def abilities(self) -> Abilities:
        return Abilities()

    def preparing(self, more: bool) -> None:
        """Nobody waits in memory."""

    def warnings(self, kind: str) -> dict[str, str]:
        return {}

    def overtaken(self) -> tuple[int, ...]:
        return ()

    def withdraw(self, operations: Sequence[Operation]) -> set[int]:
        return set()

    # Inside

    def _do(self, operation: Operation) -> Outcome:
        if self.before_write is not None:
            self.before_write(self, operation)
        outcome = self._execute(operation)
        if self.lose and isinstance(outcome, Applied):
            self.lose -= 1
            return Unknown("the answer was lost")
        return outcome

    def _execute(self, operation: Operation) -> Outcome:
        name = operation.values.get("name")
        if operation.verb is Verb.CREATE:
            mine = next((h for h in self.held.values() if h.origin == operation.key), None)
            if mine is not None:
                return self._found(mine, operation)
            if self.unique_names and (holder := self._named(operation.kind, name)):
                return Taken(f"{name} is used", self._record(holder))
            self.writes += 1
            return Applied(
                self._record(self._insert(operation.kind, dict(operation.values), operation.key, by_us=True))
            )
        held = self.held.get(operation.record_id)
        if held is None or held.deleted:
            return Missing()
        if operation.expected_version and str(held.version) != operation.expected_version:
            return Stale(self._record(held))
        holder = self._named(operation.kind, name) if self.unique_names and name else None
        if holder is not None and holder is not held:
            return Taken(f"{name} is used", self._record(holder))
        self.writes += 1
        self._change(held, operation.values, by_us=True)
        return Applied(self._record(held))

    def _found(self, held: Held, operation: Operation) -> Applied:
        """A record that a create of ours made; it knows how it spells what it was sent."""
        spelt = {name: self._tidy(value) for name, value in operation.values.items()}
        return Applied(self._record(held), touched=held.version != held.born, spelt=spelt)

    def _named(self, kind: str, name: Any) -> Held | None:
        wanted = self._tidy(name)
        return next((h for h in self.alive(kind) if str(h.fields["name"]).lower() == str(wanted).lower()), None)

    def _insert(self, kind: str, fields: Mapping[str, Any], origin: str, *, by_us: bool) -> Held:
        version = self._tick()
        prefix = "S" if self.side is Side.SALESFORCE else "Q"
        kept = {name: self._tidy(value) for name, value in fields.items()}
        held = Held(f"{prefix}{version}", version, {"active": True, **kept}, origin, kind, by_us=by_us, born=version)
        self.held[held.id] = held
        return held

    def _change(self, held: Held, fields: Mapping[str, Any], *, by_us: bool) -> None:
        held.fields.update({name: self._tidy(value) for name, value in fields.items()})
        held.version, held.by_us = self._tick(), by_us

    def _tidy(self, value: Any) -> Any:
        return value.strip()[: self.width] or None if isinstance(value, str) else value

    def _tick(self) -> int:
        self._next += 1
        return self._next - 1

    def _record(self, held: Held) -> Record:
        fields = dict(held.fields)
        if self.side is Side.QUICKBOOKS:
            fields |= {"quickbooks_id": held.id, "full_name": fields.get("name")}
        return Record(
            kind=held.kind,
            id=held.id,
            version=str(held.version),
            fields=fields,
            modified=datetime.fromtimestamp(held.version, UTC),
            deleted=held.deleted,
            origin=held.origin,
        )
