"""One cycle of a pair: find out, fetch, plan, submit, settle, until nothing is left to do now.

Rule     Web Connector calls and cycles may work on a pair at the same time (they meet in the database, one chunk at a
         time); two cycles may not, since only a cycle speaks to Salesforce
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count

from syncapp import clock, ledger, limits, links, mirror, reconcile, runs
from syncapp.connectors.base import Connector, ConnectorError
from syncapp.engine import safety
from syncapp.flows import FLOWS
from syncapp.flows.base import Flow
from syncapp.mapping.fields import RecordMapping
from syncapp.models import Link, MirrorRecord, Operation, Pair, Run
from syncapp.records import Applied, Deferred, Missing, Outcome, Record, Side, Unknown
from syncapp.records import Operation as Order
from syncapp.settle import settle

logger = logging.getLogger(__name__)

Connectors = Mapping[Side, Connector]

# The trigger of a cycle that is to carry on with what answers brought.
WOKEN = "answers"


class LostLease(Exception):
    """Another cycle took the pair over: this one stops where it is."""


def may_write(pair: Pair) -> bool:
    """Whether anything may be written without somebody's approval."""
    fresh = Pair.objects.values("first_run", "approved_at", "held_because", "enabled").get(pk=pair.pk)
    approved = fresh["first_run"] == Pair.FirstRun.APPLY or fresh["approved_at"] is not None
    return bool(fresh["enabled"] and approved and not fresh["held_because"])


def cycle(
    pair: Pair, connectors: Connectors, *, trigger: str, preview: bool = False, approve: bool = False
) -> Run | None:
    """One cycle, or its preview; None where another cycle is at work.

    ``approve``: what was held, or previewed as the first run, is written now.
    """
    lease = runs.take_lease(pair)
    if not lease:
        return None
    run = runs.start(pair, trigger)
    work = Cycle(pair, connectors, run, lease, preview=preview, approved=approve)
    try:
        if approve:
            Pair.objects.filter(pk=pair.pk).update(approved_at=clock.now(), held_because="")
        work.work()
    except ConnectorError as problem:
        runs.finish(run, "failed", counts=work.counts(), message=f"{problem.message} {problem.remedy}".strip())
    except LostLease:
        runs.finish(run, "failed", counts={}, message="Another cycle took over.")
    except Exception:
        logger.exception("run %s of %s failed", run.pk, pair.key)
        runs.finish(run, "failed", counts={}, message="It stopped at a fault of ours; the log has the details.")
        raise
    finally:
        for connector in connectors.values():
            connector.preparing(False)
        runs.drop_lease(pair, lease)
    return run


class Cycle:
    def __init__(
        self, pair: Pair, connectors: Connectors, run: Run, lease: str, *, preview: bool, approved: bool
    ) -> None:
        self.pair, self.connectors, self.run, self.lease = pair, connectors, run, lease
        self.preview, self.approved = preview, approved
        self.opened: Counter[str] = Counter()
        self.warnings: list[str] = []

    def work(self) -> None:
        """One round for every flow.

        1. Find out what became of operations that nobody waits for any more.
        2. Fetch what has changed.
        3. See whether the plan may be carried out; if not, show it and stop.
        4. Carry it out, and again what that made possible.
        """
        for flow in FLOWS.values():
            settings = flow.complete(self.pair.flows.get(flow.kind, {}))
            if not self.preview:
                self._find_out(flow)
            for side, connector in self.connectors.items():
                # A cycle that answers woke must not ask again what they have just told, or a session never ends.
                if not (connector.answers_later and self.run.trigger == WOKEN):
                    self._fetch(flow, side)
            rules = flow.rules(settings)
            dry = self._dry_run(rules, flow)
            if dry is not None:
                runs.finish(self.run, dry[0], counts=self.counts(), message=dry[1], plan=dry[2])
                return
            self._carry_out(flow, rules)
        warnings = " ".join(self.warnings[: limits.WARNINGS_PER_RUN])
        runs.finish(self.run, "done", counts=self.counts(), message=warnings)

    def counts(self) -> dict[str, Any]:
        return {"opened": dict(self.opened), "links": summary(self.pair)}

    def _still_ours(self) -> None:
        if not runs.keep_lease(self.pair, self.lease):
            raise LostLease
        for connector in self.connectors.values():
            connector.preparing(True)

    # Finding out and fetching

    def _find_out(self, flow: Flow) -> None:
        """Operations of a side that answers at once were settled by the cycle that sent them, or it was killed."""
        for side, connector in self.connectors.items():
            operations = ledger.doubtful(self.pair, side, submitted=not connector.answers_later)
            if not operations:
                continue
            outcomes = dict(connector.find_out(orders(self.pair, side, flow.mapping, operations)))
            settle(self.pair, flow.mapping, outcomes)

    def _fetch(self, flow: Flow, side: Side) -> None:
        connector = self.connectors[side]
        cursor = mirror.cursor(self.pair, side, flow.kind)
        old = cursor.full_at is None or clock.now() - cursor.full_at > timedelta(hours=limits.FULL_LISTING_HOURS)
        full = old or not cursor.complete
        last = ""
        for batch in connector.fetch(flow.kind, cursor.value, full=full):
            with transaction.atomic():
                links.lock(self.pair.pk)
                mirror.store(self.pair, side, flow.mapping, batch.records, as_of=batch.as_of)
            last = batch.cursor or last
            self._still_ours()
        if not connector.answers_later:
            mirror.move_cursor(self.pair, side, flow.kind, last, full=full)
        self._note_warnings(flow, side)

    def _note_warnings(self, flow: Flow, side: Side) -> None:
        told = self.connectors[side].warnings(flow.kind)
        rows = mirror.find(self.pair, side, flow.kind, told)
        for record_id, warning in told.items():
            name = rows[record_id].name if record_id in rows else record_id
            self.warnings.append(f"{name}: {warning}")

    # Planning without writing

    def _dry_run(self, rules: Any, flow: Flow) -> tuple[str, str, list[dict[str, Any]]] | None:
        """The state, message and rows of a run that must not write; None if it may."""
        if not (self.preview or Pair.objects.filter(pk=self.pair.pk, enabled=True).exists()):
            return "held", "The pair is disabled: nothing is written.", []
        waits = not may_write(self.pair)
        many = links.dirty_whole(self.pair, flow.kind, most=limits.OVERWRITE_COUNT_MIN + 1) > limits.OVERWRITE_COUNT_MIN
        if self.approved or not (self.preview or waits or many):
            return None
        overwrites, rows = self._plan_all(rules)
        linked = Link.objects.filter(
            pair=self.pair, kind=flow.kind, salesforce_id__isnull=False, quickbooks_id__isnull=False
        ).count()
        bounds = safety.Limits(limits.OVERWRITE_SHARE_MAX, limits.OVERWRITE_COUNT_MIN)
        reason = safety.held(overwrites, linked, bounds)
        if self.preview:
            return "preview", "", rows
        first = self.pair.first_run == Pair.FirstRun.PREVIEW and self.pair.approved_at is None
        if first:
            return "held", "This is the plan of the first run. Approve it to have it carried out.", rows
        Pair.objects.filter(pk=self.pair.pk).update(held_because=reason)
        return ("held", reason, rows) if reason else None

    def _plan_all(self, rules: Any) -> tuple[int, list[dict[str, Any]]]:
        rows: list[dict[str, Any]] = []
        overwrites = after = 0
        while True:
            chunk = reconcile.chunk(self.pair, rules, after=after, dry=True)
            if not chunk.seen:
                return overwrites, rows
            overwrites += chunk.overwrites
            rows.extend(chunk.rows[: limits.PLAN_ROWS_MAX - len(rows)])
            after = chunk.last
            self._still_ours()

    # Carrying out

    def _carry_out(self, flow: Flow, rules: Any) -> None:
        for _ in range(limits.PASSES_PER_CYCLE):
            if not self._one_pass(flow, rules):
                return

    def _one_pass(self, flow: Flow, rules: Any) -> bool:
        """Plan and submit every dirty link once; whether there were any."""
        withdraw_outdated(self.pair, flow, self.connectors)
        self._dispatch(flow)
        after, any_seen, undelivered = 0, False, 0
        while True:
            chunk = reconcile.chunk(self.pair, rules, run=self.run, after=after)
            if not chunk.seen:
                self._dispatch(flow)
                return any_seen
            after, any_seen = chunk.last, True
            for side, number in chunk.opened.items():
                self.opened[side.value] += number
            look_for(self.pair, flow, self.connectors[Side.QUICKBOOKS], chunk.look_for)
            undelivered += sum(chunk.opened.values())
            # Together they take fewer calls than chunk by chunk.
            if undelivered > limits.OPERATIONS_PER_SUBMIT - limits.LINKS_PER_CHUNK:
                self._dispatch(flow)
                undelivered = 0
            self._still_ours()

    def _dispatch(self, flow: Flow) -> None:
        for side in Side:
            dispatch(self.pair, flow, side, self.connectors[side])


# What the Web Connector's side does as well ---------------------------------------------


def orders(pair: Pair, side: Side, mapping: RecordMapping, operations: Sequence[Operation]) -> list[Order]:
    """The operations as a connector is asked for them, each with the record that it would change."""
    rows = mirror.find(pair, side, mapping.kind, [operation.record_id for operation in operations])
    found = []
    for operation in operations:
        row = rows.get(operation.record_id)
        found.append(ledger.as_order(operation, mapping, row.fields if row is not None else None))
    return found


def dispatch(pair: Pair, flow: Flow, side: Side, connector: Connector) -> None:
    """Hand over what is planned for this side, and settle what it says at once.

    A side that answers later is handed its operations in the transaction that marks them: the outbox is in the same
    database, so an operation is queued exactly if it is marked.
    """
    while operations := ledger.planned(pair, side, limits.OPERATIONS_PER_SUBMIT):
        if connector.answers_later:
            with transaction.atomic():
                claimed = ledger.mark_submitted(operations)
                settle(pair, flow.mapping, connector.submit(orders(pair, side, flow.mapping, claimed)))
            continue
        with transaction.atomic():
            claimed = ledger.mark_submitted(operations)
        asked = orders(pair, side, flow.mapping, claimed)
        try:
            outcomes = dict(connector.submit(asked))
        except ConnectorError as problem:
            later: Outcome = Deferred(problem.message, seconds=problem.retry_seconds or 600)
            settle(pair, flow.mapping, {order.id: later for order in asked})
            raise
        lost = Unknown("The connector did not say how it ended.")
        settle(pair, flow.mapping, {order.id: outcomes.get(order.id, lost) for order in asked})


def look_for(pair: Pair, flow: Flow, connector: Connector, ids: Sequence[str]) -> None:
    """Have these records read; where that is done at once, what was found is remembered."""
    batch = connector.read(flow.kind, ids) if ids else None
    if batch is not None:
        mirror.store(pair, connector.side, flow.mapping, batch.records, as_of=batch.as_of)


def take_back_creates(pair: Pair, flow: Flow, connector: Connector, records: Sequence[Record]) -> None:
    """Creates that have not been sent, though their record exists: an earlier one, of which we know no more, made it.

    So it is when a backup of our tables was restored. The record is tied when it is stored (syncapp.links).
    """
    marked = {record.id: record.origin for record in records if record.origin}
    for tied in links.tied(pair, connector.side, flow.kind, marked):
        del marked[tied]
    operations = ledger.creates_by_key(pair, connector.side, list(marked.values()))
    planned = {operation.pk for operation in operations if operation.state == "planned"}
    back = planned | connector.withdraw(orders(pair, connector.side, flow.mapping, operations))
    for operation in operations:
        if operation.pk in back:
            ledger.drop(operation, "Its record exists: it was created before.")


def withdraw_outdated(pair: Pair, flow: Flow, connectors: Connectors) -> None:
    """What waits for the next poll while its source has changed is taken back, and planned anew."""
    for side, connector in connectors.items():
        operations = ledger.outdated(pair, side) if connector.answers_later else []
        if not operations:
            continue
        with transaction.atomic():
            back = connector.withdraw(orders(pair, side, flow.mapping, operations))
            for operation in operations:
                if operation.pk in back:
                    ledger.drop(operation, "Replaced by a newer plan before it was sent.")


def plan_for_quickbooks(pair: Pair, flow: Flow, connector: Connector) -> None:
    """Plan a bounded number of links and queue what is for QuickBooks; Salesforce's part is left to a cycle."""
    rules = flow.rules(flow.complete(pair.flows.get(flow.kind, {})))
    withdraw_outdated(pair, flow, {Side.QUICKBOOKS: connector})
    after = 0
    for _ in range(limits.LINKS_PER_SOAP_CALL // limits.LINKS_PER_CHUNK):
        chunk = reconcile.chunk(pair, rules, after=after)
        look_for(pair, flow, connector, chunk.look_for)
        dispatch(pair, flow, Side.QUICKBOOKS, connector)
        after = chunk.last
        if chunk.seen < limits.LINKS_PER_CHUNK:
            return


def decide_creates(pair: Pair, mapping: RecordMapping, side: Side, *, listed_from: datetime) -> dict[int, Outcome]:
    """A complete listing that began after a create was sent decides it: our key is on a record, or it never was."""
    outcomes: dict[int, Outcome] = {}
    for operation in ledger.creates_in_doubt(pair, side, before=listed_from):
        row = MirrorRecord.objects.filter(
            pair=pair, side=side.value, kind=operation.kind, origin=operation.key, deleted=False
        ).first()
        if row is None:
            outcomes[operation.pk] = Missing("A complete listing does not show it: it was never created.")
        else:
            outcomes[operation.pk] = Applied(mirror.as_record(row, mapping), touched=True)
    return outcomes


def summary(pair: Pair) -> dict[str, dict[str, int]]:
    """How many links are in which state, by kind."""
    found: dict[str, dict[str, int]] = {}
    rows = Link.objects.filter(pair=pair).values_list("kind", "state").annotate(n=Count("id"))
    for kind, state, number in rows:
        found.setdefault(kind, {})[state] = number
    return found
