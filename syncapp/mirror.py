"""Every write to MirrorRecord and Cursor: what each side holds, as last seen.

Rule     news is told by when it was asked for (``as_of``), on our own clock: what was asked for earlier never replaces
         what was asked for later, however late it arrives
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from syncapp import bulk, clock, links
from syncapp.engine.match import keys
from syncapp.mapping.fields import RecordMapping
from syncapp.models import Cursor, Link, MirrorRecord, Pair
from syncapp.records import Record, Side

STORED = [
    *("version", "fields", "name", "modified", "as_of", "deleted", "merged_into", "wanted", "why_unwanted", "suspect"),
    *("name_key", "near_key", "email_key", "phone_key", "code_key", "counterpart_key", "origin", "open"),
]
NOT_JUDGED = "The settings were changed, and it was not read since."


def find(pair: Pair, side: Side, kind: str, ids: Iterable[str]) -> dict[str, MirrorRecord]:
    """The mirror's rows for these records, by id."""
    rows: dict[str, MirrorRecord] = {}
    wanted = sorted({i for i in ids if i})
    for some in bulk.chunks(wanted):
        query = MirrorRecord.objects.filter(pair=pair, side=side.value, kind=kind, record_id__in=some)
        rows.update({row.record_id: row for row in query})
    return rows


def as_record(row: MirrorRecord, mapping: RecordMapping) -> Record:
    return Record(
        kind=row.kind,
        id=row.record_id,
        version=row.version,
        fields=mapping.load(row.fields),
        modified=row.modified,
        deleted=row.deleted,
        merged_into=row.merged_into,
        wanted=row.wanted,
        why_unwanted=row.why_unwanted,
        origin=row.origin,
    )


@transaction.atomic
def store(
    pair: Pair, side: Side, mapping: RecordMapping, records: Sequence[Record], *, as_of: datetime | None = None
) -> int:
    """Remember these records; return how many were news.

    1. Drop what is older than what is known.
    2. Keep what differs, with the keys that a first match looks for.
    3. Make their links dirty, and half a link for each record that has none. A record of Salesforce of which only the
       version moved is no news: something was written to it that we do not look at, such as how it stands.
    """
    as_of = as_of or clock.now()
    latest = {record.id: record for record in records}
    known = find(pair, side, mapping.kind, latest)
    gone = [record.id for record in latest.values() if record.deleted and record.id not in known]
    named, awaited = _named_across(pair, side, mapping.kind, gone), _awaited(pair, side, mapping, gone)
    rows, moved = [], []
    for record in latest.values():
        row = known.get(record.id)
        if row is not None and row.as_of > as_of:
            continue
        fresh = _row(pair, side, mapping, record, as_of)
        if row is None:
            if not (record.deleted or record.passing) or record.id in named or record.id in awaited:
                rows.append(fresh)
        elif row.suspect or _differs(row, fresh):
            if record.deleted and not record.fields:
                _keep_what_was_known(fresh, row)
            if side is Side.SALESFORCE and _only_moved(row, fresh):
                fresh.modified = row.modified
                moved.append(fresh)
            else:
                rows.append(fresh)
    if moved:
        bulk.upsert(moved, unique=["pair", "side", "kind", "record_id"], update=STORED)
    if rows:
        bulk.upsert(rows, unique=["pair", "side", "kind", "record_id"], update=STORED)
        links.ensure(pair, side, mapping.kind, rows)
        if awaited:
            links.wake_who_waits_for_unread(pair, mapping.kind)
        links.touch(pair, side.other, mapping.kind, [named[row.record_id] for row in rows if row.record_id in named])
    return len(rows)


def _named_across(pair: Pair, side: Side, kind: str, gone: Sequence[str]) -> dict[str, str]:
    """Of these records that are gone and were never seen, those which a record of the other side names, with that."""
    found: dict[str, str] = {}
    for some in bulk.chunks(gone):
        query = MirrorRecord.objects.filter(pair=pair, side=side.other.value, kind=kind, counterpart_key__in=some)
        found.update(dict(query.exclude(counterpart_key="").values_list("counterpart_key", "record_id")))
    return found


def _awaited(pair: Pair, side: Side, mapping: RecordMapping, gone: Sequence[str]) -> set[str]:
    """Of these records that are gone and were never seen, those whose reading another one of this side waits for."""
    if not gone or side is not Side.QUICKBOOKS or not mapping.has("came_from"):
        return set()
    waiting = Link.objects.filter(pair=pair, kind=mapping.kind, state="waiting", detail__unread=mapping.kind)
    rows = find(pair, side, mapping.kind, [each for each in waiting.values_list("quickbooks_id", flat=True) if each])
    return set(gone) & {each for row in rows.values() for each in str(row.fields.get("came_from") or "").split("\n")}


def _row(pair: Pair, side: Side, mapping: RecordMapping, record: Record, as_of: datetime) -> MirrorRecord:
    found = keys(record.fields if record.matches else {}, mapping.match)
    counterpart = record.fields.get(mapping.match.counterpart) if side is Side.SALESFORCE else None
    return MirrorRecord(
        pair=pair,
        side=side.value,
        kind=mapping.kind,
        record_id=record.id,
        version=record.version,
        fields=mapping.dump(record.fields),
        name=str(record.fields.get(mapping.match.name) or "")[:300],
        modified=record.modified,
        as_of=as_of,
        deleted=record.deleted,
        merged_into=record.merged_into,
        wanted=record.wanted,
        why_unwanted=record.why_unwanted,
        open=record.open and not record.deleted,
        suspect=record.unfinished,
        name_key=found.name,
        near_key=found.near,
        email_key=found.email,
        phone_key=found.phone,
        code_key=found.code,
        counterpart_key=str(counterpart or "")[:50],
        origin=record.origin,
    )


def _differs(row: MirrorRecord, fresh: MirrorRecord) -> bool:
    names = ("version", "fields", "deleted", "merged_into", "wanted")
    return any(getattr(row, name) != getattr(fresh, name) for name in names)


def _only_moved(row: MirrorRecord, fresh: MirrorRecord) -> bool:
    names = [name for name in STORED if name not in ("version", "modified", "as_of", "suspect")]
    return not row.suspect and all(getattr(row, name) == getattr(fresh, name) for name in names)


def _keep_what_was_known(fresh: MirrorRecord, row: MirrorRecord) -> None:
    """A deletion is often told by the id alone."""
    known = ("fields", "name", "version", "name_key", "near_key", "email_key", "phone_key", "code_key", "origin")
    for name in known:
        setattr(fresh, name, getattr(row, name))


def seen(pair: Pair, side: Side, kind: str, ids: Sequence[str], *, as_of: datetime, only_open: bool) -> None:
    """These were read just now, also where that was no news: so it is known which ones were not."""
    for some in bulk.chunks(list(ids)):
        query = MirrorRecord.objects.filter(pair=pair, side=side.value, kind=kind, record_id__in=some)
        query = query.filter(open=True) if only_open else query
        query.filter(as_of__lt=as_of).update(as_of=as_of)


def open_ones(pair_id: int, kind: str, *, before: datetime, most: int) -> list[str]:
    """The records of QuickBooks that may have changed without a mark, and were last read before then."""
    query = MirrorRecord.objects.filter(pair=pair_id, side=Side.QUICKBOOKS.value, kind=kind, open=True)
    return list(query.filter(as_of__lt=before).order_by("as_of").values_list("record_id", flat=True)[:most])


def suspect(pair: Pair, side: Side, kind: str, ids: Sequence[str]) -> None:
    """These records have moved on; nothing is planned from what is known of them until they were read again."""
    for some in bulk.chunks(list(ids)):
        MirrorRecord.objects.filter(pair=pair, side=side.value, kind=kind, record_id__in=some).update(suspect=True)


def doubt_all(pair: Pair, kind: str) -> None:
    """The same of all records of a kind that are linked: the field mapping by which they were read is another."""
    whole = Link.objects.filter(pair=pair, kind=kind, salesforce_id__isnull=False, quickbooks_id__isnull=False)
    for side, name in (("salesforce", "salesforce_id"), ("quickbooks", "quickbooks_id")):
        linked = MirrorRecord.objects.filter(pair=pair, side=side, kind=kind, record_id__in=whole.values(name))
        linked.filter(deleted=False).update(suspect=True)


def beside(pair: Pair, kind: str, whole: Mapping[str, Sequence[str]]) -> list[str]:
    """QuickBooks's records that belong to one of these customers, and are not among all that it was said to have."""
    rows = MirrorRecord.objects.filter(pair=pair, side=Side.QUICKBOOKS.value, kind=kind, deleted=False)
    found: list[str] = []
    for some in bulk.chunks(list(whole)):
        held = rows.filter(fields__customer__in=some).values_list("record_id", "fields__customer")
        found += [record_id for record_id, customer in held if record_id not in whole[customer]]
    return found


# Cursors ---------------------------------------------------------------------------


def cursor(pair: Pair, side: Side, kind: str) -> Cursor:
    return Cursor.objects.get_or_create(pair=pair, side=side.value, kind=kind)[0]


def cursors(pair_id: int, side: Side) -> list[str]:
    """Those of all kinds that have been read."""
    found = Cursor.objects.filter(pair=pair_id, side=side.value).exclude(value="")
    return list(found.values_list("value", flat=True))


def move_cursor(pair: Pair, side: Side, kind: str, value: str, *, full: bool) -> None:
    """The side was read up to here; ``full``: in a complete listing."""
    now = clock.now()
    fields: dict[str, Any] = {"moved_at": now}
    if value:
        fields["value"] = value
    if full:
        fields |= {"complete": True, "full_at": now}
    first = full and not cursor(pair, side, kind).complete
    Cursor.objects.filter(pair=pair, side=side.value, kind=kind).update(**fields)
    if first:
        links.touch_halves(pair, kind)


def read_all_again(pair: Pair) -> None:
    """The next cycle lists both sides completely."""
    Cursor.objects.filter(pair=pair).update(full_at=None)


def judge_anew(pair: Pair) -> None:
    """The settings are others: what had no counterpart leads to none before it was read by these. What they no longer
    speak of, such as an opportunity where sales are orders by now, is not read again, and so never leads to one.
    """
    half = {"pair": OuterRef("pair"), "kind": OuterRef("kind"), "salesforce_id": OuterRef("record_id")}
    halves = Exists(Link.objects.filter(**half, quickbooks_id__isnull=True))
    rows = MirrorRecord.objects.filter(halves, pair=pair, side=Side.SALESFORCE.value, wanted=True)
    rows.update(wanted=False, why_unwanted=NOT_JUDGED)


def ready(pair: Pair, kind: str) -> bool:
    """Whether both sides have been listed completely, so that a record without a counterpart really has none."""
    return Cursor.objects.filter(pair=pair, kind=kind, complete=True).count() == len(Side)
