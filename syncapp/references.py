"""What records refer to, by the links that tie it; loaded for many records in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from syncapp import bulk, limits, mirror
from syncapp.links import ID_FIELD
from syncapp.mapping.fields import RecordMapping
from syncapp.models import Link, Pair
from syncapp.records import Record, Side

# Half links by how likely each is to become whole next; one of another state comes in between.
SOON = ("under_way", "new", "waiting")
NEVER = ("unwanted", "gone", "closed")
SALE, ITEM = "sale", "item"
GONE = (Link.State.GONE, Link.State.CLOSED)


class LinkedRecords:
    """The engine's References: it knows what it was told to load, and nothing else."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._link_of: dict[tuple[Side, str, str], int] = {}
        self._ids: dict[int, dict[Side, str | None]] = {}
        self._names: dict[int, str] = {}
        self._states: dict[int, str] = {}

    def load(self, mapping: RecordMapping, records: Iterable[tuple[Side, Record]]) -> None:
        """Learn the links of whatever these records refer to."""
        wanted: dict[tuple[Side, str], set[str]] = defaultdict(set)
        references = [(f, f.reference) for f in mapping.fields if f.reference]
        rows = [(f.name, f.rows) for f in mapping.fields if f.rows]
        for side, record in records if references or rows else ():
            for each, kind in references:
                wanted[side, kind].update(each.referred(record.fields.get(each.name)))
            for name, codec in rows:
                for kind, record_id in codec.others(record.fields.get(name)):
                    wanted[side, kind].add(record_id)
        for (side, kind), ids in wanted.items():
            stands_for = self._jobs(side, kind, ids) if kind != mapping.kind else {}
            self._load(side, kind, sorted({stands_for.get(each, each) for each in ids}))
            for job, customer in stands_for.items():
                if (link := self._link_of.get((side, kind, customer))) is not None:
                    self._link_of[side, kind, job] = link

    def _jobs(self, side: Side, kind: str, ids: Iterable[str]) -> dict[str, str]:
        """Of these, jobs that have no account of their own, with the customer whose account stands for them."""
        if kind != "customer" or side is not Side.QUICKBOOKS:
            return {}
        found: dict[str, str] = {}
        waiting = {each: each for each in ids}
        for _ in range(limits.LEVELS_MAX):
            rows = mirror.find(self.pair, side, kind, waiting.values())
            above = {i: str(row.fields["stands_for"]) for i, row in rows.items() if row.fields.get("stands_for")}
            waiting = {job: above[at] for job, at in waiting.items() if at in above}
            found |= waiting
            if not waiting:
                break
        return found

    def _load(self, side: Side, kind: str, ids: list[str]) -> None:
        for some in bulk.chunks(ids):
            query = Link.objects.filter(pair=self.pair, kind=kind, **{f"{ID_FIELD[side]}__in": some})
            # Of what was deleted on one side nothing new is to be tied to the rest; and no price, and no line, can be
            # of a product that was deleted.
            if kind == SALE or (kind == ITEM and side is Side.QUICKBOOKS):
                query = query.exclude(state__in=GONE)
            columns = ("pk", "name", "state", "salesforce_id", "quickbooks_id")
            for pk, name, state, ours, theirs in query.values_list(*columns):
                self._names[pk], self._states[pk] = name, state
                self._ids[pk] = {Side.SALESFORCE: ours, Side.QUICKBOOKS: theirs}
                for each, known in self._ids[pk].items():
                    if known:
                        self._link_of[each, kind, known] = pk

    def link_of(self, side: Side, kind: str, record_id: str) -> int | None:
        return self._link_of.get((side, kind, record_id))

    def record_of(self, link_id: int, side: Side) -> str | None:
        return self._ids.get(link_id, {}).get(side)

    def name_of(self, link_id: int) -> str:
        return self._names.get(link_id, "")

    def likely(self, link_ids: Sequence[int]) -> int:
        def rank(link_id: int) -> tuple[int, int]:
            state = self._states.get(link_id, "")
            return (0 if state in SOON else 2 if state in NEVER else 1, link_id)

        return min(link_ids, key=rank)
