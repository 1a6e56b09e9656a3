"""Every write to Operation: opened before anything is sent, settled exactly once.

State changes are compare-and-swap: an update names the state it starts from, and losing it is normal.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncapp import bulk, clock, limits
from syncapp.engine.plan import Draft
from syncapp.mapping.fields import RecordMapping
from syncapp.models import Link, Operation, Pair, Run
from syncapp.records import Operation as Order
from syncapp.records import Side, Verb

# The namespace of the keys of our creates; a constant of this product, so that keys survive a restored backup.
KEYS = uuid.UUID("6f0d3f5e-8f0b-4a52-9d0f-3b1f5a0c7e21")


def create_key(pair_key: str, kind: str, target: Side, source_id: str) -> str:
    """The same for every attempt to create the counterpart of one record."""
    return str(uuid.uuid5(KEYS, f"{pair_key}/{kind}/{target.value}/{source_id}"))


def key_for(link: Link, pair_key: str, target: Side, source_id: str) -> str:
    """The key of the create of this link's counterpart; whoever was parted from an earlier one shall have another."""
    return create_key(pair_key, link.kind, target, "/".join([source_id, *map(str, link.not_matches)]))


def new(link: Link, draft: Draft, mapping: RecordMapping, pair: Pair, run: Run | None) -> Operation:
    """An operation that is not stored yet."""
    create = draft.verb is Verb.CREATE
    key = key_for(link, pair.key, draft.side, draft.counterpart_id) if create else str(uuid.uuid4())
    return Operation(
        pair=pair,
        link=link,
        run=run,
        side=draft.side.value,
        kind=link.kind,
        verb=draft.verb.value,
        key=key,
        record_id=draft.record_id,
        counterpart_id=draft.counterpart_id,
        values=mapping.dump(draft.values),
        basis={"sent": dict(draft.sent), "source": dict(draft.basis)},
        expected_version=draft.expected_version,
    )


def open_all(operations: Sequence[Operation]) -> None:
    """Commit them as planned; the database refuses a second open one for a link."""
    bulk.insert(operations)


def as_order(operation: Operation, mapping: RecordMapping, current: Mapping[str, Any] | None = None) -> Order:
    """The operation as a connector is asked for it; ``current``: the stored fields of the record to be changed."""
    return Order(
        id=operation.pk,
        key=operation.key,
        side=Side(operation.side),
        kind=operation.kind,
        verb=Verb(operation.verb),
        record_id=operation.record_id,
        counterpart_id=operation.counterpart_id,
        values=mapping.load(operation.values),
        expected_version=operation.expected_version,
        current=mapping.load(current or {}),
    )


def planned(pair: Pair, side: Side, kinds: Collection[str], limit: int) -> list[Operation]:
    query = Operation.objects.filter(pair=pair, side=side.value, kind__in=kinds, state="planned")
    return list(query.order_by("id")[:limit])


def planned_creates(pair: Pair, side: Side, kind: str, limit: int) -> list[Operation]:
    query = Operation.objects.filter(pair=pair, side=side.value, kind=kind, verb="create", state="planned")
    return list(query.order_by("id")[:limit])


def enough_creates(pair: Pair, side: Side, kind: str, number: int) -> bool:
    """Whether so many creates of this kind are planned."""
    query = Operation.objects.filter(pair=pair, side=side.value, kind=kind, verb="create", state="planned")
    return len(query.values_list("pk", flat=True)[:number]) == number


def any_planned(pair: Pair, side: Side, kinds: Collection[str]) -> bool:
    return Operation.objects.filter(pair=pair, side=side.value, kind__in=kinds, state="planned").exists()


def outdated(pair: Pair, side: Side) -> list[Operation]:
    """Handed over, not settled, while one of their records has changed since: a newer plan would be better."""
    query = Operation.objects.filter(pair=pair, side=side.value, state="submitted", link__dirty=True)
    return list(query.order_by("id")[: limits.OUTDATED_PER_PASS])


def waiting(pair: Pair, side: Side, *, but: Collection[str] = ()) -> list[Operation]:
    """Handed over and not settled, of all kinds ``but`` these: a side that answers later may not have sent them."""
    query = Operation.objects.filter(pair=pair, side=side.value, state="submitted").exclude(kind__in=but)
    return list(query.select_related("link").order_by("id"))


def unsent(pair: Pair, *, but: Collection[str]) -> list[Operation]:
    """Planned and not handed over, of all kinds ``but`` these."""
    query = Operation.objects.filter(pair=pair, state="planned").exclude(kind__in=but)
    return list(query.select_related("link").order_by("id"))


def creates_in_doubt(pair: Pair, side: Side, kind: str, *, before: datetime) -> list[Operation]:
    """Creates of unknown outcome that were handed over before then."""
    query = Operation.objects.filter(pair=pair, side=side.value, kind=kind, verb="create", state="finding_out")
    return list(query.filter(submitted_at__lt=before).order_by("id"))


def creates_by_key(pair: Pair, side: Side, kind: str, keys: Sequence[str]) -> list[Operation]:
    """Open creates with these keys that were not found to be in doubt."""
    query = Operation.objects.filter(pair=pair, side=side.value, kind=kind, verb="create")
    return list(query.filter(state__in=("planned", "submitted"), key__in=keys)) if keys else []


def doubtful(
    pair: Pair, side: Side, *, submitted: bool, limit: int, after: int = 0, but: Collection[str] = ()
) -> list[Operation]:
    """Operations whose outcome must be found out, of all kinds ``but`` these, from id ``after`` on.

    ``submitted``: also those that nobody waits for any more.
    """
    states = ["finding_out", "submitted"] if submitted else ["finding_out"]
    query = Operation.objects.filter(pair=pair, side=side.value, state__in=states, pk__gt=after)
    return list(query.exclude(kind__in=but).order_by("id")[:limit])


def mark_submitted(operations: Sequence[Operation]) -> list[Operation]:
    """Claim these for sending; those that another process has claimed are left out. Needs a transaction."""
    ids = [operation.pk for operation in operations]
    free = Operation.objects.select_for_update().filter(pk__in=ids, state="planned").values_list("pk", flat=True)
    taken = set(free)
    Operation.objects.filter(pk__in=taken).update(state="submitted", submitted_at=clock.now())
    return [operation for operation in operations if operation.pk in taken]


def finding_out(ids: Iterable[int], message: str = "") -> None:
    Operation.objects.filter(pk__in=list(ids), state="submitted").update(state="finding_out", message=message)


def drop(operation: Operation, message: str) -> bool:
    """It was never sent, and is not wanted any more."""
    query = Operation.objects.filter(pk=operation.pk, state__in=("planned", "submitted"))
    return query.update(state="dropped", message=message, closed_at=clock.now()) == 1


def close(ids: Iterable[int], state: str, *, message: str = "", code: str = "") -> int:
    """Settle these; how many were still open: what was settled already is not touched by a second answer."""
    query = Operation.objects.filter(pk__in=list(ids), state__in=Operation.OPEN)
    return query.update(state=state, message=message, code=code[:60], closed_at=clock.now())
