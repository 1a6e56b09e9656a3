"""All that is known of a chunk of links, in a fixed number of queries, whatever their number.

Words    half    a link of one record only; its other half may exist without being known as such
         rival   another half on the same side with the same name: which of them is meant is not certain
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from django.db.models import Count, Q

from syncapp import bulk, chart, clock, item_parents, ledger, limits, links, mirror
from syncapp.engine.match import Candidate, Keys
from syncapp.engine.plan import canonical
from syncapp.engine.situation import Rules, Situation
from syncapp.invoiced import WHY, trace
from syncapp.links import ID_FIELD
from syncapp.models import Link, MirrorRecord, Operation, Pair
from syncapp.records import Record, Side, Value
from syncapp.references import LinkedRecords

# What a first match looks for; see syncapp.engine.match.
KEYS = ("name_key", "near_key", "email_key", "phone_key", "code_key")
# By which of them a record of its own side may be a rival, and what the engine calls it.
BESIDE = {"name_key": "name", "code_key": "code"}


class Knowledge:
    """All that is known of a chunk of links, in a fixed number of queries."""

    def __init__(self, pair: Pair, rules: Rules, due: Sequence[Link]) -> None:
        self.pair, self.rules, self.kind = pair, rules, rules.mapping.kind
        self.rows: dict[Side, dict[str, MirrorRecord]] = {}
        self.records: dict[Side, dict[str, Record]] = {}
        for side in Side:
            ids = [getattr(link, ID_FIELD[side]) for link in due]
            self.rows[side] = mirror.find(pair, side, self.kind, ids)
            self.records[side] = {i: mirror.as_record(row, rules.mapping) for i, row in self.rows[side].items()}
        self._made_of = self._trace(due)
        self.ready = mirror.ready(pair, self.kind)
        self.open = self._open_operations(due)
        self.restless = self._restless(due)
        self.candidates: dict[int, list[Candidate]] = defaultdict(list)
        self.rivals: dict[int, list[Candidate]] = defaultdict(list)
        self.references = LinkedRecords(pair)
        self._side_of: dict[int, Side] = {}
        self._left: set[str] = set()  # records whose counterpart was deleted
        self._deleted: set[str] = set()  # of the counterparts that halves name, those that were deleted
        self._read: set[str] = set()  # of the counterparts that halves name, those that were read
        if self.ready:
            self._look_for_candidates(due)
        self._load_references()
        self._about = self._load_about()
        new = [link for link in due if link.salesforce_id and not link.quickbooks_id]
        ours = self.records[Side.SALESFORCE]
        names = {link.pk: str(ours[i].fields.get("name")) for link in new if (i := link.salesforce_id) and i in ours}
        self._held = item_parents.waiting(pair, self.kind, names)

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
            obstacle=self.obstacle if link.salesforce_id and not link.quickbooks_id else None,
            held=self._held.get(link.pk),
            unread=self._unread(half) if half is not None else "",
            # A person who parted it from the one that was deleted wants another one.
            buried=self.rules.mapping.entered_once
            and half is not None
            and half.counterpart_key in self._deleted
            and not link.not_matches,
            stands=self.rules.mapping.entered_once
            and half is not None
            and half.counterpart_key in self._read - self._deleted,
            made_of=self._made_of.get(link.quickbooks_id or "", ""),
            name_taken=link.name_taken,
            restless=link.pk in self.restless,
            refused=link.refused,
            decisions=link.decisions,
            about=self._about.get(ids[Side.SALESFORCE] or "", {}),
            doubts=link.doubts,
            candidates=[c for c in self.candidates.get(link.pk, ()) if c.link_id not in link.not_matches],
            rivals=self.rivals.get(link.pk, ()),
            keys=keys_of(half) if half is not None else None,
        )

    def _trace(self, due: Sequence[Link]) -> Mapping[str, str]:
        """Halves that lead to nothing, since what they were made of belongs to another record, are not wanted; of the
        others, what must be read to know that."""
        records = self.records[Side.QUICKBOOKS]
        halves = [link.quickbooks_id for link in due if link.quickbooks_id in records and not link.salesforce_id]
        found = trace(self.pair, self.kind, [records[each] for each in halves if each])
        records |= {each: replace(records[each], wanted=False, why_unwanted=WHY) for each in found.ours}
        return found.unread

    @cached_property
    def obstacle(self) -> tuple[str, str] | None:
        return chart.obstacle(self.pair, self.kind)

    def _unread(self, half: MirrorRecord) -> str:
        return "" if half.counterpart_key in self._read else half.counterpart_key

    # References

    def _load_references(self) -> None:
        everything = [(side, record) for side in Side for record in self.records[side].values()]
        for each in (self.candidates, self.rivals):
            everything += [(self._side_of[c.link_id], c.record) for found in each.values() for c in found]
        self.references.load(self.rules.mapping, everything)
        for each in (self.candidates, self.rivals):
            for link_id, found in each.items():
                each[link_id] = [self._with_parent(c) for c in found]

    def _load_about(self) -> dict[str, dict[str, Mapping[str, Value]]]:
        """What the mapping asks for of the records in QuickBooks that ours refer to, by our record and its field."""
        found: dict[str, dict[str, Mapping[str, Value]]] = defaultdict(dict)
        for name, wanted in self.rules.mapping.about.items():
            kind = self.rules.mapping.field(name).reference
            of = {i: self._across(kind, str(r.fields.get(name))) for i, r in self.records[Side.SALESFORCE].items()}
            rows = mirror.find(self.pair, Side.QUICKBOOKS, kind, [each for each in of.values() if each])
            for record_id, there in of.items():
                if there in rows:
                    found[record_id][name] = {each: rows[there].fields.get(each) for each in wanted}
        return found

    def _across(self, kind: str, record_id: str) -> str:
        link = self.references.link_of(Side.SALESFORCE, kind, record_id)
        return self.references.record_of(link, Side.QUICKBOOKS) or "" if link is not None else ""

    def _with_parent(self, candidate: Candidate) -> Candidate:
        name = self.rules.mapping.match.parent
        if not name:
            return candidate
        side = self._side_of[candidate.link_id]
        parent = canonical(self.rules.mapping.field(name), candidate.record.fields.get(name), side, self.references)
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

    def _look_for_candidates(self, due: Sequence[Link]) -> None:
        for side in Side:
            halves = [link for link in due if not link.whole and getattr(link, ID_FIELD[side])]
            own = [(link, self.rows[side].get(getattr(link, ID_FIELD[side]))) for link in halves]
            present = [(link, row) for link, row in own if row is not None and not row.deleted]
            if present:
                self._look_across(side, present)
                self._look_beside(side, present)

    def _look_across(self, side: Side, halves: Sequence[tuple[Link, MirrorRecord]]) -> None:
        """Records of the other side that share a key with these and have no counterpart themselves."""
        other = side.other
        hits: dict[str, MirrorRecord] = {}
        marks = {self._mark(row): row.record_id for _, row in halves}
        for column in KEYS:
            hits |= self._rows_with(other, column, {getattr(row, column) for _, row in halves})
        if side is Side.QUICKBOOKS:
            hits |= self._rows_with(other, "counterpart_key", {row.record_id for _, row in halves})
        else:
            named = mirror.find(self.pair, other, self.kind, [row.counterpart_key for _, row in halves])
            self._read |= named.keys()
            self._deleted |= {record_id for record_id, row in named.items() if row.deleted}
            # What QuickBooks deleted before we knew that its copy had come to Salesforce: the copy is told so.
            copies = self.rules.writes_to == {Side.SALESFORCE}
            hits |= {record_id: row for record_id, row in named.items() if copies or not row.deleted}
            hits |= self._rows_with(other, "origin", marks)
        free = self._free_halves(other, hits)
        index: dict[tuple[str, str], list[MirrorRecord]] = defaultdict(list)
        for record_id in free:
            if hits[record_id].deleted:
                continue
            # Whoever was left alone by a deletion is met again by its very name, and not because a phone is the same.
            columns = ("name_key", "code_key") if record_id in self._left else KEYS
            for column in (*columns, "counterpart_key"):
                if key := getattr(hits[record_id], column):
                    index[column, key].append(hits[record_id])
            if source := marks.get(hits[record_id].origin):
                index["made from", source].append(hits[record_id])
        busy = self._busy(free.values())
        for link, row in halves:
            for hit, by_id in _hits(side, row, index, hits, free):
                self.candidates[link.pk].append(self._candidate(hit, free[hit.record_id], other, by_id, busy))

    def _mark(self, row: MirrorRecord) -> str:
        """What the counterpart of this record carries, if it was we who created it."""
        return ledger.create_key(self.pair.key, self.kind, Side(row.side).other, row.record_id)

    def _look_beside(self, side: Side, halves: Sequence[tuple[Link, MirrorRecord]]) -> None:
        """Where a name or a code is found across, the other halves of this side that have it too; and those that have
        the name of what a code finds."""
        wanted = {column: {link.pk: self._shared(link, row, column) for link, row in halves} for column in BESIDE}
        for column, by_link in wanted.items():
            rows = self._rows_with(side, column, set().union(*by_link.values()))
            free = self._free_halves(side, rows)
            by_key: dict[str, list[str]] = defaultdict(list)
            for record_id in free:
                by_key[getattr(rows[record_id], column)].append(record_id)
            for pk, values in by_link.items():
                others = [each for value in sorted(values) for each in by_key[value] if free[each] != pk]
                self.rivals[pk] += [self._candidate(rows[each], free[each], side, False, set()) for each in others]

    def _shared(self, link: Link, row: MirrorRecord, column: str) -> set[str]:
        """The values by which others of its own side may be meant instead of this half."""
        found = self.candidates.get(link.pk, ())
        own = str(getattr(row, column))
        values = {own} if any(getattr(c.keys, BESIDE[column]) == own for c in found) else set()
        if column == "name_key" and row.code_key:
            values |= {c.keys.name for c in found if c.keys.code == row.code_key}
        return values

    def _candidate(self, row: MirrorRecord, link_id: int, side: Side, by_id: bool, busy: Collection[int]) -> Candidate:
        self._side_of[link_id] = side
        record = mirror.as_record(row, self.rules.mapping)
        return Candidate(link_id, record, keys_of(row), None, by_id, link_id in busy)

    def _busy(self, ids: Iterable[int]) -> set[int]:
        query = Operation.objects.filter(link__in=list(ids), state__in=Operation.OPEN)
        return set(query.values_list("link_id", flat=True))

    def _rows_with(self, side: Side, column: str, values: Iterable[str]) -> dict[str, MirrorRecord]:
        rows: dict[str, MirrorRecord] = {}
        for some in bulk.chunks(sorted({value for value in values if value})):
            query = MirrorRecord.objects.filter(
                pair=self.pair, kind=self.kind, side=side.value, deleted=False, **{f"{column}__in": some}
            ).exclude(**{column: ""})
            rows.update({row.record_id: row for row in query})
        return rows

    def _free_halves(self, side: Side, hits: Collection[str]) -> dict[str, int]:
        """Of these records, those whose link is half, or whose counterpart was deleted, by the link's id."""
        free: dict[str, int] = {}
        half = Q(**{f"{ID_FIELD[side.other]}__isnull": True})
        attribute = ID_FIELD[side]
        for some in bulk.chunks(sorted(hits)):
            query = Link.objects.filter(pair=self.pair, kind=self.kind, **{f"{attribute}__in": some})
            query = query.filter(half | links.left_behind(side))
            for record_id, pk, counterpart in query.values_list(attribute, "pk", ID_FIELD[side.other]):
                free[record_id] = pk
                if counterpart:
                    self._left.add(record_id)
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
    for column in KEYS:
        for hit in index.get((column, getattr(row, column)), ()) if getattr(row, column) else ():
            shared[hit.record_id] = hit
    by_id = {hit.record_id for hit in index.get(("made from", row.record_id), ())}
    if side is Side.QUICKBOOKS:
        by_id |= {hit.record_id for hit in index.get(("counterpart_key", row.record_id), ())}
    elif row.counterpart_key in free:
        by_id.add(row.counterpart_key)
    for record_id in by_id:
        shared[record_id] = hits[record_id]
    for record_id, hit in shared.items():
        yield hit, record_id in by_id


def keys_of(row: MirrorRecord) -> Keys:
    return Keys(name=row.name_key, near=row.near_key, email=row.email_key, phone=row.phone_key, code=row.code_key)
