"""A small mapping with one field of every sort, and short ways to say what a link's situation is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncapp.engine.match import Candidate, keys
from syncapp.engine.plan import Rules, Situation, canonical_fields, plan_link
from syncapp.mapping.codecs import Flag, Lines, Money, Name, Reference, Text
from syncapp.mapping.fields import Field, MatchKeys, RecordMapping
from syncapp.records import Record, Side

S, Q = Side.SALESFORCE, Side.QUICKBOOKS
SHORT = {S: 30, Q: 10}

MAPPING = RecordMapping(
    kind="customer",
    label="Customer",
    plural="Customers",
    fields=(
        Field("name", "Name", Name({S: 60, Q: 20}, forbidden={Q: ":"})),
        Field("parent", "Parent", Reference("customer")),
        Field("active", "Active", Flag(default=True)),
        Field("phone", "Phone", Text(SHORT)),
        Field("fax", "Fax", Text(SHORT)),
        Field("email", "E-mail", Text({S: 80, Q: 80})),
        Field("street", "Street", Lines({Q: (2, 10), S: (4, 20)})),
        Field("balance", "Balance", Money(), owner=Q),
        Field("stage", "Stage", Text(SHORT), owner=S),
        Field("website", "Website", Text({S: 255}), only=S),
    ),
    match=MatchKeys(name="name", email="email", phone="phone", parent="parent"),
)


@dataclass
class Ties:
    """The engine's References, from a table: link -> (Salesforce id, QuickBooks id, name)."""

    links: dict[int, tuple[str | None, str | None, str]] = field(default_factory=dict)

    def link_of(self, side: Side, kind: str, record_id: str) -> int | None:
        at = 0 if side is S else 1
        return next((link for link, row in self.links.items() if row[at] == record_id), None)

    def record_of(self, link_id: int, side: Side) -> str | None:
        return self.links[link_id][0 if side is S else 1]

    def name_of(self, link_id: int) -> str:
        return self.links[link_id][2]

    def likely(self, link_ids: Sequence[int]) -> int:
        return min(link_ids)


NOBODY = Ties()
IDS = {S: "S1", Q: "Q1"}


def record(side: Side, fields: Mapping[str, Any], *, id: str = "", minute: int = 0, **more: Any) -> Record:
    when = datetime(2026, 1, 1, 12, minute, tzinfo=UTC) if minute else None
    return Record("customer", id or IDS[side], f"v{minute}", {"name": "Acme", **fields}, modified=when, **more)


def rules(**more: Any) -> Rules:
    return Rules(**{"mapping": MAPPING, "gone_values": {"active": False}, **more})


def whole(
    salesforce: Mapping[str, Any] | Record,
    quickbooks: Mapping[str, Any] | Record,
    before: Mapping[str, tuple[Any, Any]] | None = None,
    *,
    ties: Ties = NOBODY,
    strangers: bool = False,
    **more: Any,
) -> Situation:
    """A whole link. ``before``: what each side held when they last agreed, where that is not what it holds now.

    ``strangers``: they have never agreed on anything, except where ``before`` says so.
    """
    given = {S: salesforce, Q: quickbooks}
    records = {side: it if isinstance(it, Record) else record(side, it) for side, it in given.items()}
    base: dict[Side, dict[str, Any]] = {S: {}, Q: {}}
    if not strangers:
        base = {side: canonical_fields(records[side], MAPPING, side, ties) for side in Side}
    for name, (ours, theirs) in (before or {}).items():
        base[S][name], base[Q][name] = ours, theirs
    return Situation(1, {side: records[side].id for side in Side}, records, base, **more)


def half(
    side: Side, fields: Mapping[str, Any], *, candidates: tuple[Candidate, ...] = (), wanted: bool = True, **more: Any
) -> Situation:
    """A record without a counterpart."""
    one = record(side, fields, wanted=wanted, **{k: more.pop(k) for k in ("why_unwanted", "deleted") if k in more})
    return Situation(
        1,
        {side: one.id, side.other: None},
        {side: one, side.other: None},
        {S: {}, Q: {}},
        keys=keys(one.fields, MAPPING.match),
        candidates=candidates,
        **more,
    )


def candidate(side: Side, link_id: int, fields: Mapping[str, Any], *, parent: Any = None, **more: Any) -> Candidate:
    """A record of that side which has no counterpart either."""
    one = record(side, fields, id=f"{side.value[0].upper()}{link_id}")
    return Candidate(link_id, one, keys(one.fields, MAPPING.match), parent, **more)


def plan(situation: Situation, *, ties: Ties = NOBODY, **settings: Any) -> Any:
    return plan_link(situation, rules(**settings), ties)
