"""Every write to Link: halves for records that are new, marks for what must be looked at, merges and repairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from syncapp import bulk, clock, history, limits
from syncapp.flows import mapping_of
from syncapp.flows.base import BadSetting
from syncapp.mapping.fields import field_label
from syncapp.models import Link, MirrorRecord, Operation, Pair
from syncapp.records import Side

ID_FIELD = {Side.SALESFORCE: "salesforce_id", Side.QUICKBOOKS: "quickbooks_id"}
UNDER_WAY = "An operation on it is under way: wait until it is settled."
PLANNED = [
    *("salesforce_id", "quickbooks_id", "name", "base", "state", "reason", "detail", "dirty", "retry_at", "failures"),
    *("waiting_for", "needed", "name_taken", "refused", "decisions", "doubts", "how", "linked_at", "changed_at"),
    *("agreed_at", "untold"),
]


def ensure(pair: Pair, side: Side, kind: str, rows: Sequence[MirrorRecord]) -> None:
    """Links of these records become dirty; a record without one gets half a link.

    A record that came of one of our own creates belongs to the link of that create, even before the create is
    settled: it gets no half of its own, or it would be created on the side it came from.
    """
    attribute = ID_FIELD[side]
    by_id = {row.record_id: row for row in rows}
    ids = list(by_id)
    known: set[str] = set()
    for some in bulk.chunks(ids):
        query = Link.objects.filter(pair=pair, kind=kind, **{f"{attribute}__in": some})
        known.update(query.values_list(attribute, flat=True))
        query.filter(dirty=False).update(dirty=True)
    new = [row for row in rows if row.record_id not in known and not row.deleted]
    ours = _of_our_creates(pair, side, kind, [row for row in new if row.origin])
    bulk.insert(
        [
            Link(pair=pair, kind=kind, name=row.name, **{attribute: row.record_id})
            for row in new
            if row.record_id not in ours
        ]
    )
    if new:
        wake_who_waits_for_unread(pair, kind)


def wake_who_waits_for_unread(pair: Pair, kind: str) -> None:
    """A record of this kind was read for the first time, or is known to be gone: those that wait for one that nobody
    had read look again."""
    Link.objects.filter(pair=pair, state="waiting", dirty=False, detail__unread=kind).update(dirty=True)


def _of_our_creates(pair: Pair, side: Side, kind: str, rows: Sequence[MirrorRecord]) -> set[str]:
    """Of these unlinked records, those which a create of ours made; they are tied to its link where it is over."""
    if not rows:
        return set()
    operations = Operation.objects.filter(
        pair=pair, side=side.value, kind=kind, verb="create", key__in=[row.origin for row in rows]
    ).select_related("link")
    latest = {operation.key: operation for operation in operations.order_by("id")}
    ours = set()
    for row in rows:
        operation = latest.get(row.origin)
        if operation is None or getattr(operation.link, ID_FIELD[side]):
            continue
        ours.add(row.record_id)
        if operation.state not in Operation.OPEN:
            adopt(operation.link, side, row.record_id, how="the record carries our own mark")
            operation.link.save(update_fields=PLANNED)
    return ours


def adopt(link: Link, side: Side, record_id: str, *, how: str) -> str:
    """Tie the record to this link (not saved); return why it can't be, or nothing.

    Half a link that the record had of its own ends here. A whole link of its own is never broken up, but where its
    other record was deleted, it gives this one away: whoever deletes a record and enters it anew means the same.
    """
    attribute = ID_FIELD[side]
    rival = (
        Link.objects.filter(pair_id=link.pair_id, kind=link.kind, **{attribute: record_id}).exclude(pk=link.pk).first()
    )
    if rival is not None and rival.whole and _left_behind(rival, side) and not _busy(rival):
        reason = f"Deleted in {side.other.label}; its record in {side.label} goes on with another."
        setattr(rival, attribute, None)
        rival.state, rival.reason, rival.base, rival.detail, rival.dirty = "closed", reason, {}, {}, False
        rival.save(update_fields=PLANNED)
        rival = None
    if rival is not None and (rival.whole or rival.operations.filter(state__in=Operation.OPEN).exists()):
        return f"The record {record_id} in {side.label} is linked to “{rival.name}” already."
    if rival is not None:
        merge_traces(rival, link)
        rival.delete()
    tie(link, side, record_id, how=how)
    return ""


def left_behind(side: Side) -> Exists:
    """Of links, those whose record on this side was left alone: the other one was deleted."""
    other = ID_FIELD[side.other]
    gone = {"pair": OuterRef("pair"), "kind": OuterRef("kind"), "record_id": OuterRef(other)}
    return Exists(MirrorRecord.objects.filter(side=side.other.value, deleted=True, **gone))


def _left_behind(link: Link, side: Side) -> bool:
    return Link.objects.filter(left_behind(side), pk=link.pk).exists()


def without_rivals(pair: Pair, kind: str, side: Side, wanted: Sequence[tuple[Link, str]]) -> set[str]:
    """Of the records that these links are to have, those that only one of them is to have, and that no other has."""
    attribute = ID_FIELD[side]
    times = Counter(record_id for _, record_id in wanted)
    free = {record_id: link.pk for link, record_id in wanted if times[record_id] == 1}
    ids = sorted(free)
    for some in bulk.chunks(ids):
        query = Link.objects.filter(pair=pair, kind=kind, **{f"{attribute}__in": some})
        for pk, record_id in query.values_list("pk", attribute):
            if free[record_id] != pk:
                del free[record_id]
    return set(free)


def tie(link: Link, side: Side, record_id: str, *, how: str) -> None:
    """The record becomes this link's (not saved); no other link has it."""
    setattr(link, ID_FIELD[side], record_id)
    link.how = how
    link.linked_at = clock.now()
    link.dirty = True


def merge_traces(rival: Link, link: Link) -> None:
    """What was known of the half that ends goes on under the other one."""
    rival.history.update(link=link)
    rival.operations.update(link=link)
    rival.waiters.update(waiting_for=link, dirty=True)
    link.needed = link.needed or rival.needed


def touch_all(pair: Pair) -> None:
    """Every link is looked at again, and what was refused is offered again: the settings are others now."""
    Link.objects.filter(pair=pair, state="refused").update(refused={})
    Link.objects.filter(pair=pair, dirty=False).update(dirty=True)


def touch(pair: Pair, side: Side, kind: str, ids: Sequence[str]) -> None:
    """These records' links are looked at again."""
    for some in bulk.chunks(ids):
        Link.objects.filter(pair=pair, kind=kind, dirty=False, **{f"{ID_FIELD[side]}__in": some}).update(dirty=True)


def plan_again(link: Link) -> None:
    Link.objects.filter(pk=link.pk).update(dirty=True)


def tied(pair: Pair, side: Side, kind: str, ids: Collection[str]) -> set[str]:
    """Of these records, those that have a link, whole or half."""
    if not ids:
        return set()
    attribute = ID_FIELD[side]
    query = Link.objects.filter(pair=pair, kind=kind, **{f"{attribute}__in": list(ids)})
    return set(query.values_list(attribute, flat=True))


def touch_halves(pair: Pair, kind: str) -> None:
    """Every record without a counterpart is looked at again."""
    halves = Q(salesforce_id__isnull=True) | Q(quickbooks_id__isnull=True)
    Link.objects.filter(halves, pair=pair, kind=kind, dirty=False).update(dirty=True)


def wake_waiters(links: Iterable[Link]) -> None:
    Link.objects.filter(waiting_for__in=[link.pk for link in links], dirty=False).update(dirty=True)


def need(ids: Iterable[int]) -> None:
    """Something that is wanted refers to these."""
    Link.objects.filter(pk__in=list(ids), needed=False).update(needed=True, dirty=True)


def refuse(links: Iterable[Link], reason: str) -> None:
    Link.objects.filter(pk__in=[link.pk for link in links]).update(state="refused", reason=reason, untold=True)


def accuse(link: Link, side: Side, field: str, value: Any, why: str) -> None:
    """Something is wrong with what this side holds: said until it holds something else, or somebody has it tried."""
    refused = {key: dict(each) for key, each in link.refused.items()}
    refused.setdefault(side.value, {})[field] = [value, why]
    link.refused, link.dirty = refused, True
    link.save(update_fields=["refused", "dirty"])
    history.write([history.entry(link, "refused", side=side.value, message=why)])


def offer(links: Sequence[Link]) -> None:
    """What was refused of these is offered again, as far as ``refused`` no longer names it."""
    for link in links:
        link.dirty = True
    bulk.update(links, ["refused", "dirty"])


def save(links: Sequence[Link]) -> None:
    """Store what planning and settling changed."""
    stamp = clock.now()
    for link in links:
        link.changed_at, link.untold = stamp, True
    bulk.update(links, PLANNED)


def put_off(link: Link, seconds: int) -> None:
    """Try the link again later (not saved): after so many seconds, twice as long with each failure in a row."""
    delay = min(max(seconds, 1) * 2**link.failures, limits.RETRY_MINUTES_MAX * 60)
    link.failures += 1
    link.retry_at = clock.now() + timedelta(seconds=delay)


def due(pair: Pair, kind: str, *, after: int = 0, limit: int) -> list[Link]:
    """Dirty links whose time has come, in order."""
    return list(_due(pair, [kind]).filter(pk__gt=after).order_by("pk")[:limit])


def offer_barred_again(pair: Pair) -> None:
    """Those that QuickBooks could not take are planned again from time to time: it may be another one by now."""
    barred = Link.objects.filter(pair=pair, dirty=False, state=Link.State.REFUSED, retry_at__lte=clock.now())
    barred.update(dirty=True, retry_at=None)


def to_be_created(pair: Pair, side: Side, kind: str) -> QuerySet[Link]:
    """Links that lack a record on this side, and may be given one by a create of ours: now, or once a wait is over."""
    idle = [Link.State.UNWANTED, Link.State.GONE, Link.State.CLOSED]
    half = Link.objects.filter(pair=pair, kind=kind, **{f"{ID_FIELD[side]}__isnull": True})
    return half.filter(Q(dirty=True) | ~Q(state__in=idle))


def any_due(pair: Pair, kinds: Collection[str]) -> bool:
    return _due(pair, kinds).exists()


def due_kinds(pair: Pair, kinds: Collection[str]) -> set[str]:
    """Those of these kinds that have dirty links whose time has come."""
    return set(_due(pair, kinds).values_list("kind", flat=True).distinct())


def _due(pair: Pair, kinds: Collection[str]) -> QuerySet[Link]:
    query = Link.objects.filter(pair=pair, kind__in=kinds, dirty=True)
    return query.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=clock.now()))


def enough_dirty(pair: Pair, number: int, **of: str) -> bool:
    """Whether so many records, of a kind or of all, are to be looked at."""
    query = Link.objects.filter(pair=pair, dirty=True, **of)
    return len(query.values_list("pk", flat=True)[:number]) == number


def dirty_whole(pair: Pair, kinds: Collection[str], *, most: int) -> int:
    """How many linked pairs of records of these kinds are to be looked at, counted up to ``most``."""
    query = Link.objects.filter(
        pair=pair, kind__in=kinds, dirty=True, salesforce_id__isnull=False, quickbooks_id__isnull=False
    )
    return len(query.values_list("pk", flat=True)[:most])


def count_whole(pair: Pair, kind: str) -> int:
    query = Link.objects.filter(pair=pair, kind=kind)
    return query.filter(salesforce_id__isnull=False, quickbooks_id__isnull=False).count()


# What is said on the records ------------------------------------------------------------


def untold(pair: Pair, kind: str, *, after: int, limit: int) -> list[Link]:
    """Links with a record in Salesforce that may stand otherwise than it says, in order; with what they wait for."""
    query = Link.objects.filter(pair=pair, kind=kind, untold=True, salesforce_id__isnull=False, pk__gt=after)
    query = query.select_related("waiting_for").defer("base", "decisions", "doubts", "not_matches", "waiting_for__base")
    return list(query.order_by("pk")[:limit])


@transaction.atomic
def note_told(pair: Pair, links: Sequence[Link]) -> None:
    """Their records say ``told``; a link that moved on meanwhile is told anew."""
    lock(pair.pk)
    for some in bulk.chunks(links):
        still = dict(Link.objects.filter(pk__in=[link.pk for link in some]).values_list("pk", "changed_at"))
        same = [link for link in some if still.get(link.pk) == link.changed_at]
        for link in same:
            link.untold = False
        bulk.update(same, ["told", "untold"])


def tell_again(pair: Pair, kind: str) -> None:
    """What every record says is compared with what it should say."""
    Link.objects.filter(pair=pair, kind=kind, untold=False).exclude(told="").update(untold=True, told="?")


# What people do ------------------------------------------------------------------------


def labels(link: Link, names: Sequence[str]) -> list[str]:
    """Fields as people call them, by the mapping that holds for the link's pair."""
    try:
        mapping = mapping_of(link.pair.flows, link.kind)
    except (BadSetting, KeyError):
        return list(names)
    return [field_label(mapping, name) for name in names]


@transaction.atomic
def decide(link: Link, side: Side, *, who: str, fields: Sequence[str] = ()) -> None:
    """A person says which side holds, for all fields in conflict or for some."""
    conflicts = link.detail.get("conflicts", {})
    chosen = [name for name in conflicts if not fields or name in fields]
    decisions = {name: {"side": side.value, "values": conflicts[name]} for name in chosen}
    link.decisions = {**link.decisions, **decisions}
    link.dirty = True
    link.save(update_fields=["decisions", "dirty"])
    message = f"{side.label} holds for {', '.join(labels(link, chosen))}."
    history.write([history.entry(link, "decided", side=side.value, message=message, who=who)])


@transaction.atomic
def try_again(link: Link, *, who: str) -> None:
    """Offer again what was refused, and end a wait."""
    link.refused, link.failures, link.retry_at, link.dirty = {}, 0, None, True
    link.save(update_fields=["refused", "failures", "retry_at", "dirty"])
    history.write([history.entry(link, "retried", who=who)])


def lock(pair_id: int) -> Any:
    """Wait until nobody else plans or settles this pair; needs a transaction, and holds until its end.

    Returns the flows' settings as they are now, and stay until then; None where there is no such pair.
    """
    return Pair.objects.select_for_update().filter(pk=pair_id).values_list("flows", flat=True).first()


def _busy(*links: Link) -> bool:
    return Operation.objects.filter(link__in=links, state__in=Operation.OPEN).exists()


@transaction.atomic
def join(link: Link, other: Link, *, who: str, how: str = "by hand") -> str:
    """Make one link of two halves; return why it can't be, or nothing."""
    lock(link.pair_id)
    if _busy(link, other):
        return UNDER_WAY
    if link.pk == other.pk or link.kind != other.kind or link.pair_id != other.pair_id:
        return "Only two records of the same kind and pair can be linked."
    side = Side.QUICKBOOKS if link.salesforce_id else Side.SALESFORCE
    record_id = getattr(other, ID_FIELD[side])
    if link.whole or not record_id:
        return "Each record can be linked once: choose one record of each side that has no link yet."
    if problem := adopt(link, side, record_id, how=how):
        return problem
    link.save(update_fields=PLANNED)
    # Others of that name were held up by the question which of them is meant.
    Link.objects.filter(pair_id=link.pair_id, kind=link.kind, name=link.name, state="conflict").update(dirty=True)
    history.write([history.entry(link, "linked", message=f"Linked {how}.", who=who)])
    return ""


@transaction.atomic
def not_a_match(link: Link, *, who: str) -> None:
    """A person says that the proposed records are others: each may have a counterpart of its own."""
    others = [row["link"] for row in link.detail.get("candidates", [])]
    for one in [link, *Link.objects.filter(pk__in=others)]:
        theirs = others if one.pk == link.pk else [link.pk]
        one.not_matches = sorted({*one.not_matches, *theirs})
        one.dirty = True
        one.save(update_fields=["not_matches", "dirty"])
    history.write([history.entry(link, "not a match", message="The proposed records are others.", who=who)])


@transaction.atomic
def part(link: Link, *, who: str, reason: str) -> str:
    """Undo a link: each record stands alone again, and neither is proposed to the other.

    Returns why it can't be, or nothing.
    """
    lock(link.pair_id)
    if _busy(link):
        return UNDER_WAY
    other = Link(pair_id=link.pair_id, kind=link.kind, name=link.name, quickbooks_id=link.quickbooks_id)
    link.quickbooks_id, link.base, link.linked_at, link.how, link.dirty = None, {}, None, "", True
    link.save(update_fields=["quickbooks_id", "base", "linked_at", "how", "dirty"])
    other.not_matches = [link.pk]
    other.save()
    link.not_matches = sorted({*link.not_matches, other.pk})
    link.save(update_fields=["not_matches"])
    history.write([history.entry(link, "unlinked", message=reason, who=who)])
    return ""
