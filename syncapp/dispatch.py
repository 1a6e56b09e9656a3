"""Operations on their way to a side: handed over, taken back, looked for; what cycles and the Web Connector share.

Rule     operations of several kinds may travel together: each is made with its own kind's mapping
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from syncapp import ledger, limits, links, mirror, reconcile
from syncapp.connectors.base import Connector, ConnectorError
from syncapp.flows import mapping_of
from syncapp.flows.base import Active, Flow
from syncapp.models import MirrorRecord, Operation, Pair
from syncapp.records import Applied, Deferred, Missing, Outcome, Record, Side, Unknown
from syncapp.records import Operation as Order
from syncapp.settle import settle

TRAVELS = "It travels together with others, and is found out when they have arrived."


def orders(pair: Pair, side: Side, operations: Sequence[Operation]) -> list[Order]:
    """The operations as a connector is asked for them, each with the record that it would change, in their order."""
    ids: dict[str, list[str]] = defaultdict(list)
    for operation in operations:
        ids[operation.kind].append(operation.record_id)
    rows = {kind: mirror.find(pair, side, kind, some) for kind, some in ids.items()}
    mappings = {kind: mapping_of(pair.flows, kind) for kind in ids}
    found = []
    for operation in operations:
        row = rows[operation.kind].get(operation.record_id)
        found.append(ledger.as_order(operation, mappings[operation.kind], row.fields if row is not None else None))
    return found


def dispatch(pair: Pair, kinds: Collection[str], side: Side, connector: Connector) -> None:
    """Hand over what is planned of these kinds for this side, and settle what it says at once.

    A side that answers later is handed its operations in the transaction that marks them: the outbox is in the same
    database, so an operation is queued exactly if it is marked. Nothing is claimed once the settings differ from those
    of ``pair``: what was planned by another field mapping is left to whoever knows that one.
    """
    while operations := ledger.planned(pair, side, kinds, limits.OPERATIONS_PER_SUBMIT):
        if connector.answers_later:
            with transaction.atomic():
                if links.lock(pair.pk) != pair.flows:
                    return
                claimed = ledger.mark_submitted(operations)
                settle(pair, connector.submit(orders(pair, side, claimed)))
            continue
        with transaction.atomic():
            if links.lock(pair.pk) != pair.flows:
                return
            claimed = ledger.mark_submitted(operations)
        asked = orders(pair, side, claimed)
        try:
            outcomes = dict(connector.submit(asked))
        except ConnectorError as problem:
            later: Outcome = Deferred(problem.message, seconds=problem.retry_seconds or 600)
            settle(pair, {order.id: later for order in asked})
            raise
        lost = Unknown("The connector did not say how it ended.")
        settle(pair, {order.id: outcomes.get(order.id, lost) for order in asked})


def find_out(pair: Pair, connectors: Mapping[Side, Connector], still_ours: Callable[[], None]) -> None:
    """Operations of a side that answers at once were settled by the cycle that sent them, or it was killed."""
    for side, connector in connectors.items():
        if connector.answers_later:
            operations = ledger.doubtful(pair, side, submitted=False, limit=limits.DOUBTFUL_PER_CYCLE)
            if operations:
                settle(pair, dict(connector.find_out(orders(pair, side, operations))))
        else:
            _find_out_at_once(pair, side, connector, still_ours)


def _find_out_at_once(pair: Pair, side: Side, connector: Connector, still_ours: Callable[[], None]) -> None:
    """All that is in doubt, but for the kinds of which some still travel."""
    loader, after = connector.loader, 0
    travelling = loader.advance() if loader else set()
    still_ours()
    while operations := ledger.doubtful(
        pair, side, submitted=True, limit=limits.OPERATIONS_PER_SUBMIT, after=after, but=travelling
    ):
        settle(pair, dict(connector.find_out(orders(pair, side, operations))))
        after = operations[-1].pk
        still_ours()
    if loader:
        loader.tidy()


def load(pair: Pair, kinds: Collection[str], side: Side, connector: Connector, still_ours: Callable[[], None]) -> None:
    """Have what is planned to be created travel together, where there is so much of it that this is worth while."""
    loader = connector.loader
    if loader is None or not ledger.any_planned(pair, side, kinds):
        return
    for kind in kinds:
        least = loader.least(kind)
        while least and ledger.enough_creates(pair, side, kind, least) and not loader.rests(kind):
            left = list(loader.send(kind, _claimed(pair, side, kind, still_ours)))
            if left:
                settle(pair, dict(connector.submit(left)))
            _find_out_at_once(pair, side, connector, still_ours)


def room(pair: Pair, kind: str, connectors: Mapping[Side, Connector]) -> int:
    """How many operations are planned before they are handed over: more where they may travel together."""
    for connector in connectors.values():
        least = connector.loader.least(kind) if connector.loader else 0
        if least and links.enough_dirty(pair, least, kind=kind):
            return max(least, limits.OPERATIONS_PER_LOAD)
    return limits.OPERATIONS_PER_SUBMIT - limits.LINKS_PER_CHUNK


def _claimed(pair: Pair, side: Side, kind: str, still_ours: Callable[[], None]) -> Iterator[list[Order]]:
    """Creates in slices, each noted as to be found out before it is handed over."""
    taken = 0
    while taken < limits.OPERATIONS_PER_LOAD:
        operations = ledger.planned_creates(pair, side, kind, limits.OPERATIONS_PER_SUBMIT)
        with transaction.atomic():
            claimed = ledger.mark_submitted(operations)
            ledger.finding_out([operation.pk for operation in claimed], TRAVELS)
        if not operations:
            return
        taken += len(claimed)
        yield orders(pair, side, claimed)
        still_ours()


def look_for(pair: Pair, flow: Flow | Active, connector: Connector, ids: Sequence[str]) -> None:
    """Have these records read; where that is done at once, what was found is remembered."""
    batch = connector.read(flow.kind, ids) if ids else None
    if batch is not None:
        mirror.store(pair, connector.side, flow.mapping, batch.records, as_of=batch.as_of)


# Taking back ---------------------------------------------------------------------------


def take_back_creates(pair: Pair, kind: str, connector: Connector, records: Sequence[Record]) -> None:
    """Creates that have not been sent, though their record exists: an earlier one, of which we know no more, made it.

    So it is when a backup of our tables was restored. The record is tied when it is stored (syncapp.links).
    """
    marked = {record.id: record.origin for record in records if record.origin}
    for tied in links.tied(pair, connector.side, kind, marked):
        del marked[tied]
    operations = ledger.creates_by_key(pair, connector.side, kind, list(marked.values()))
    planned = {operation.pk for operation in operations if operation.state == "planned"}
    back = planned | connector.withdraw(orders(pair, connector.side, operations))
    for operation in operations:
        if operation.pk in back:
            ledger.drop(operation, "Its record exists: it was created before.")


def withdraw_outdated(pair: Pair, connectors: Mapping[Side, Connector]) -> None:
    """What waits for the next poll is taken back, and planned anew, if its source has changed, or what was found out
    for it is too old."""
    for side, connector in connectors.items():
        operations = ledger.outdated(pair, side) if connector.answers_later else []
        overtaken = set(connector.overtaken() if connector.answers_later else ()) - {each.pk for each in operations}
        operations += [each for each in ledger.waiting(pair, side) if each.pk in overtaken] if overtaken else []
        if not operations:
            continue
        with transaction.atomic():
            back = connector.withdraw(orders(pair, side, operations))
            for operation in operations:
                if operation.pk in back:
                    ledger.drop(operation, "Replaced by a newer plan before it was sent.")
                if operation.pk in back & overtaken:
                    links.plan_again(operation.link)


def withdraw_all(pair: Pair, connectors: Mapping[Side, Connector], why: str, *, but: Collection[str] = ()) -> None:
    """Take back whatever has not been sent, of all kinds ``but`` these; it is planned again once it may be."""
    with transaction.atomic():
        links.lock(pair.pk)
        back = ledger.unsent(pair, but=but)
        for side, connector in connectors.items():
            waiting = ledger.waiting(pair, side, but=but) if connector.answers_later else []
            unsent = connector.withdraw(orders(pair, side, waiting)) if waiting else set()
            back += [operation for operation in waiting if operation.pk in unsent]
        for operation in back:
            if ledger.drop(operation, why):
                links.plan_again(operation.link)


# What the Web Connector's side does as well ---------------------------------------------


def plan_for_quickbooks(pair: Pair, flows: Sequence[Active], connector: Connector) -> None:
    """Plan a bounded number of links and queue what is for QuickBooks; Salesforce's part is left to a cycle."""
    withdraw_outdated(pair, {Side.QUICKBOOKS: connector})
    kinds = [flow.kind for flow in flows]
    dispatch(pair, kinds, Side.QUICKBOOKS, connector)
    left = limits.LINKS_PER_SOAP_CALL
    due = links.due_kinds(pair, kinds)
    for flow in flows:
        if flow.kind not in due or flow.flow.left_to_cycles:
            continue
        after = 0
        while left > 0:
            chunk = reconcile.chunk(pair, flow.rules, after=after)
            look_for(pair, flow, connector, chunk.look_for)
            dispatch(pair, [flow.kind], Side.QUICKBOOKS, connector)
            after = chunk.last
            left -= chunk.seen
            if chunk.seen < limits.LINKS_PER_CHUNK:
                break
        due = links.due_kinds(pair, kinds)  # what was planned may be what another flow waits for


def decide_creates(pair: Pair, kind: str, side: Side, *, listed_from: datetime) -> dict[int, Outcome]:
    """A complete listing that began after a create was sent decides it: our key is on a record, or it never was."""
    outcomes: dict[int, Outcome] = {}
    for operation in ledger.creates_in_doubt(pair, side, kind, before=listed_from):
        row = MirrorRecord.objects.filter(
            pair=pair, side=side.value, kind=kind, origin=operation.key, deleted=False
        ).first()
        if row is None:
            outcomes[operation.pk] = Missing("A complete listing does not show it: it was never created.")
        else:
            outcomes[operation.pk] = Applied(mirror.as_record(row, mapping_of(pair.flows, kind)), touched=True)
    return outcomes
