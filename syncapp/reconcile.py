"""Load what is dirty, plan it, open the operations: the step that is repeated until nothing is left to do.

Rule     a chunk is loaded, planned and opened in one transaction that holds the pair, so that the Web Connector's
         thread and a worker never plan the same link from different knowledge
Imports  the engine, and the tables' writers; connectors are handed in
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count

from syncapp import clock, history, ledger, limits, links, mirror
from syncapp.engine import agree
from syncapp.engine.match import Candidate, Keys
from syncapp.engine.plan import Plan, Rules, Situation, canonical, plan_link
from syncapp.links import ID_FIELD
from syncapp.models import HistoryEntry, Link, MirrorRecord, Operation, Pair, Run
from syncapp.records import Record, Side


@dataclass
class Chunk:
    """What one step did (or, in a preview, would do)."""

    seen: int = 0
    last: int = 0  # the highest link looked at
    opened: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    overwrites: int = 0
    matched: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)


def lock(pair: Pair) -> None:
    """Wait until nobody else plans or settles this pair; needs a transaction, and holds until its end."""
    Pair.objects.select_for_update().filter(pk=pair.pk).values_list("pk").first()


def chunk(
    pair: Pair,
    rules: Rules,
    *,
    run: Run | None = None,
    limit: int = limits.LINKS_PER_CHUNK,
    after: int = 0,
    dry: bool = False,
) -> Chunk:
    """Plan the next dirty links and open what they need; ``dry``: only say what would be done."""
    with transaction.atomic():
        lock(pair)
        due = links.due(pair, rules.mapping.kind, after=after, limit=limit)
        result = Chunk(seen=len(due), last=due[-1].pk if due else after)
        if not due:
            return result
        known = Knowledge(pair, rules, due)
        planned: list[tuple[Link, Plan]] = []
        used: set[int] = set()
        for link in due:
            plan = plan_link(known.situation(link), rules, known)
            if link.pk in used or (plan.match and plan.match.link_id in used):
                continue  # it became part of another link a moment ago; what is left is planned again
            if plan.match:
                used |= {link.pk, plan.match.link_id}
            planned.append((link, plan))
        _count(result, planned, rules)
        if not dry:
            _apply(pair, rules, run, known, planned)
    return result


def _count(result: Chunk, planned: Sequence[tuple[Link, Plan]], rules: Rules) -> None:
    for link, plan in planned:
        if plan.write is not None:
            result.opened[plan.write.side] += 1
            result.overwrites += plan.write.overwrites
        result.matched += plan.match is not None
        if plan.write is not None or plan.match is not None:
            result.rows.append(describe(link, plan, rules))


def describe(link: Link, plan: Plan, rules: Rules) -> dict[str, Any]:
    """One line of a preview: what would be done to this link."""
    row: dict[str, Any] = {"link": link.pk, "name": link.name, "kind": link.kind}
    if plan.match is not None:
        row |= {"match": plan.match.record.id, "how": plan.how}
    if plan.write is not None:
        labels = {f.name: f.label for f in rules.mapping.fields}
        row |= {
            "side": plan.write.side.value,
            "verb": plan.write.verb.value,
            "values": {labels[name]: value for name, value in plan.write.sent.items()},
        }
    return row


# Knowledge ---------------------------------------------------------------------------


class Knowledge:
    """All that is known of a chunk of links, in a fixed number of queries. It answers the engine's References."""

    def __init__(self, pair: Pair, rules: Rules, due: Sequence[Link]) -> None:
        self.pair, self.rules, self.kind = pair, rules, rules.mapping.kind
        self.rows: dict[Side, dict[str, MirrorRecord]] = {}
        self.records: dict[Side, dict[str, Record]] = {}
        for side in Side:
            ids = [getattr(link, ID_FIELD[side]) for link in due]
            self.rows[side] = mirror.find(pair, side, self.kind, ids)
            self.records[side] = {i: mirror.as_record(row, rules.mapping) for i, row in self.rows[side].items()}
        self.ready = mirror.ready(pair, self.kind)
        self.open = self._open_operations(due)
        self.restless = self._restless(due)
        self.candidates = self._candidates(due) if self.ready else {}
        self._load_references()

    def situation(self, link: Link) -> Situation:
        ids = {side: getattr(link, ID_FIELD[side]) for side in Side}
        rows = {side: self.rows[side].get(i or "") for side, i in ids.items()}
        half = (
            None if link.whole else next(row for side, row in rows.items() if ids[side]) if any(rows.values()) else None
        )
        return Situation(
            link_id=link.pk,
            ids=ids,
            records={side: self.records[side].get(i or "") for side, i in ids.items()},
            base={side: link.base.get(side.value, {}) for side in Side},
            open=link.pk in self.open,
            suspect=any(row is not None and row.suspect for row in rows.values()),
            ready=self.ready,
            needed=link.needed,
            name_taken=link.name_taken,
            restless=link.pk in self.restless,
            refused=link.refused,
            decisions=link.decisions,
            doubts=link.doubts,
            candidates=[c for c in self.candidates.get(link.pk, ()) if c.link_id not in link.not_matches],
            keys=keys_of(half) if half is not None else None,
        )

    # References

    def link_of(self, side: Side, kind: str, record_id: str) -> int | None:
        return self._link_of.get((side, record_id))

    def record_of(self, link_id: int, side: Side) -> str | None:
        return self._ids.get(link_id, {}).get(side)

    def name_of(self, link_id: int) -> str:
        return self._names.get(link_id, "")

    def _load_references(self) -> None:
        wanted: dict[Side, set[str]] = {side: set() for side in Side}
        names = [f.name for f in self.rules.mapping.fields if f.reference]
        everything = [(side, record) for side in Side for record in self.records[side].values()]
        everything += [
            (side, c.record) for found in self.candidates.values() for c in found for side in [self._side_of[c.link_id]]
        ]
        for side, record in everything:
            wanted[side].update(str(record.fields[name]) for name in names if record.fields.get(name))
        self._link_of: dict[tuple[Side, str], int] = {}
        self._ids: dict[int, dict[Side, str | None]] = {}
        self._names: dict[int, str] = {}
        for side, ids in wanted.items():
            for some in mirror.chunks(sorted(ids)):
                query = Link.objects.filter(pair=self.pair, kind=self.kind, **{f"{ID_FIELD[side]}__in": some})
                for pk, name, ours, theirs in query.values_list("pk", "name", "salesforce_id", "quickbooks_id"):
                    self._names[pk] = name
                    self._ids[pk] = {Side.SALESFORCE: ours, Side.QUICKBOOKS: theirs}
                    self._link_of[side, ours if side is Side.SALESFORCE else theirs] = pk
        for link_id, found in self.candidates.items():
            self.candidates[link_id] = [self._with_parent(c) for c in found]

    def _with_parent(self, candidate: Candidate) -> Candidate:
        name = self.rules.mapping.match.parent
        if not name:
            return candidate
        side = self._side_of[candidate.link_id]
        parent = canonical(self.rules.mapping.field(name), candidate.record.fields.get(name), side, self)
        return replace(candidate, parent=parent)

    # What the links themselves tell

    def _open_operations(self, due: Sequence[Link]) -> set[int]:
        query = Operation.objects.filter(link__in=[link.pk for link in due], state__in=Operation.OPEN)
        return set(query.values_list("link_id", flat=True))

    def _restless(self, due: Sequence[Link]) -> set[int]:
        since = clock.now() - timedelta(days=1)
        query = Operation.objects.filter(link__in=[link.pk for link in due], created_at__gte=since)
        counted = query.values("link_id").annotate(n=Count("id"))
        return set(counted.filter(n__gte=limits.OPERATIONS_PER_LINK_PER_DAY).values_list("link_id", flat=True))

    # Candidates for a first match

    def _candidates(self, due: Sequence[Link]) -> dict[int, list[Candidate]]:
        self._side_of: dict[int, Side] = {}
        found: dict[int, list[Candidate]] = defaultdict(list)
        for side in Side:
            halves = [link for link in due if not link.whole and getattr(link, ID_FIELD[side])]
            own = [(link, self.rows[side].get(getattr(link, ID_FIELD[side]))) for link in halves]
            present = [(link, row) for link, row in own if row is not None and not row.deleted]
            if present:
                self._look_up(side, present, found)
        return found

    def _look_up(
        self, side: Side, halves: Sequence[tuple[Link, MirrorRecord]], found: dict[int, list[Candidate]]
    ) -> None:
        """Records of the other side that share a key with these and have no counterpart themselves."""
        other = side.other
        hits: dict[str, MirrorRecord] = {}
        for column in ("name_key", "near_key", "email_key", "phone_key"):
            hits |= self._rows_with(other, column, {getattr(row, column) for _, row in halves})
        if side is Side.QUICKBOOKS:
            hits |= self._rows_with(other, "counterpart_key", {row.record_id for _, row in halves})
        else:
            hits |= mirror.find(self.pair, other, self.kind, [row.counterpart_key for _, row in halves])
        free = self._free_halves(other, hits)
        busy = set(
            Operation.objects.filter(link__in=free.values(), state__in=Operation.OPEN).values_list("link_id", flat=True)
        )
        index: dict[tuple[str, str], list[MirrorRecord]] = defaultdict(list)
        for record_id in free:
            for column in ("name_key", "near_key", "email_key", "phone_key", "counterpart_key"):
                if key := getattr(hits[record_id], column):
                    index[column, key].append(hits[record_id])
        for link, row in halves:
            for hit, by_id in _hits(side, row, index, hits, free):
                link_id = free[hit.record_id]
                self._side_of[link_id] = other
                record = mirror.as_record(hit, self.rules.mapping)
                found[link.pk].append(Candidate(link_id, record, keys_of(hit), None, by_id, link_id in busy))

    def _rows_with(self, side: Side, column: str, values: Iterable[str]) -> dict[str, MirrorRecord]:
        rows: dict[str, MirrorRecord] = {}
        for some in mirror.chunks(sorted({value for value in values if value})):
            query = MirrorRecord.objects.filter(
                pair=self.pair, kind=self.kind, side=side.value, deleted=False, **{f"{column}__in": some}
            ).exclude(**{column: ""})
            rows.update({row.record_id: row for row in query})
        return rows

    def _free_halves(self, side: Side, hits: Collection[str]) -> dict[str, int]:
        """Of these records, those whose link is half, by the link's id."""
        free: dict[str, int] = {}
        attribute = ID_FIELD[side]
        for some in mirror.chunks(sorted(hits)):
            query = Link.objects.filter(
                pair=self.pair, kind=self.kind, **{f"{attribute}__in": some, f"{ID_FIELD[side.other]}__isnull": True}
            )
            free.update(dict(query.values_list(attribute, "pk")))
        return free


def _hits(
    side: Side,
    row: MirrorRecord,
    index: Mapping[tuple[str, str], list[MirrorRecord]],
    hits: Mapping[str, MirrorRecord],
    free: Collection[str],
) -> Iterable[tuple[MirrorRecord, bool]]:
    """The free records that share a key with this one, each once, and whether an id says so."""
    shared: dict[str, MirrorRecord] = {}
    for column in ("name_key", "near_key", "email_key", "phone_key"):
        for hit in index.get((column, getattr(row, column)), ()) if getattr(row, column) else ():
            shared[hit.record_id] = hit
    by_id: set[str] = set()
    if side is Side.QUICKBOOKS:
        by_id = {hit.record_id for hit in index.get(("counterpart_key", row.record_id), ())}
    elif row.counterpart_key in free:
        by_id = {row.counterpart_key}
    for record_id in by_id:
        shared[record_id] = hits[record_id]
    for record_id, hit in shared.items():
        yield hit, record_id in by_id


def keys_of(row: MirrorRecord) -> Keys:
    return Keys(name=row.name_key, near=row.near_key, email=row.email_key, phone=row.phone_key)


# Applying ----------------------------------------------------------------------------


def _apply(pair: Pair, rules: Rules, run: Run | None, known: Knowledge, planned: Sequence[tuple[Link, Plan]]) -> None:
    """Write the plans down.

    1. Halves that were found to be one become one link.
    2. The base learns what both sides agree on.
    3. Operations are opened; states and reasons are stored.
    4. What a waiting link waits for is wanted, too.
    """
    entries: list[HistoryEntry] = []
    operations: list[Operation] = []
    needed: set[int] = set()
    for link, plan in planned:
        if plan.match is not None and (problem := _merge(link, plan, entries)):
            plan = Plan("conflict", problem)
        if plan.agreed:
            link.base = agree.learn(link.base, plan.agreed)
        if plan.write is not None:
            operations.append(ledger.new(link, plan.write, rules.mapping, pair, run))
        if plan.waits_for is not None:
            needed.add(plan.waits_for)
        _note(link, plan, known)
    links.save([link for link, _ in planned])
    if needed:
        links.need(needed)
        _refuse_circles([link for link, plan in planned if plan.waits_for is not None])
    ledger.open_all(operations)
    history.write(entries)


def _merge(link: Link, plan: Plan, entries: list[HistoryEntry]) -> str:
    assert plan.match is not None
    side = Side.QUICKBOOKS if link.salesforce_id else Side.SALESFORCE
    problem = links.adopt(link, side, plan.match.record.id, how=plan.how)
    if not problem:
        entries.append(history.entry(link, "linked", message=f"Linked, because {plan.how}."))
    return problem


def _note(link: Link, plan: Plan, known: Knowledge) -> None:
    link.state, link.reason, link.detail = plan.state, plan.reason, dict(plan.detail)
    link.waiting_for_id = plan.waits_for
    link.dirty = False
    link.retry_at = None
    for side in (Side.QUICKBOOKS, Side.SALESFORCE):
        row = known.rows[side].get(getattr(link, ID_FIELD[side]) or "")
        if row is not None and row.name:
            link.name = row.name
    if plan.detail.get("unlink"):
        link.how = "unlinked, as the settings say"


def _refuse_circles(waiting: Sequence[Link]) -> None:
    """A record that waits for itself, by way of others, would wait for ever: say so on each of them."""
    for link in waiting:
        seen: list[Link] = [link]
        while (step := seen[-1].waiting_for) is not None and len(seen) <= limits.LEVELS_MAX + 1:
            if step.pk == link.pk:
                names = " → ".join(f"“{one.name}”" for one in [*seen, link])
                reason = f"These are each other's parents: {names}. Remove one of the parents."
                Link.objects.filter(pk__in=[one.pk for one in seen]).update(state="refused", reason=reason)
                break
            seen.append(step)
        else:
            if len(seen) > limits.LEVELS_MAX:
                reason = f"It stands more than {limits.LEVELS_MAX} levels deep, and QuickBooks has {limits.LEVELS_MAX}."
                Link.objects.filter(pk=link.pk).update(state="refused", reason=reason)
