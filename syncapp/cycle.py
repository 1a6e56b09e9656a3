"""One cycle of a pair: find out, fetch, plan, submit, settle, until nothing is left to do now.

Rule     Web Connector calls and cycles may work on a pair at the same time (they meet in the database, one chunk at a
         time); two cycles may not, since only a cycle speaks to Salesforce
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count

from syncapp import (
    chart,
    clock,
    custom_fields,
    dispatch,
    limits,
    links,
    mirror,
    price_levels,
    reading,
    reconcile,
    runs,
    telling,
    webhook,
)
from syncapp.connectors.base import Connector, ConnectorError
from syncapp.engine import safety
from syncapp.flows import active
from syncapp.flows.base import Active
from syncapp.models import Link, Pair, Run
from syncapp.records import Side

logger = logging.getLogger(__name__)

Connectors = Mapping[Side, Connector]

# The trigger of a cycle that is to carry on with what answers brought.
WOKEN = "answers"


class Outdated(Exception):
    """The settings have changed: what this cycle reads by the former ones would be half of the truth."""


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
        if not preview:
            webhook.began(pair)
        if approve:
            Pair.objects.filter(pk=pair.pk).update(approved_at=clock.now(), held_because="")
        work.work()
    except ConnectorError as problem:
        runs.finish(run, "failed", counts=work.counts(), message=f"{problem.message} {problem.remedy}".strip())
    except LostLease:
        runs.finish(run, "failed", counts={}, message="Another cycle took over.")
    except Outdated:
        runs.finish(
            run, "failed", counts=work.counts(), message="The settings were changed; the next cycle reads anew."
        )
    except Exception:
        logger.exception("run %s of %s failed", run.pk, pair.key)
        runs.finish(run, "failed", counts={}, message="It stopped at a fault of ours; the log has the details.")
        raise
    finally:
        runs.drop_lease(pair, lease)
        for connector in connectors.values():
            connector.preparing(False)
    return run


class Cycle:
    def __init__(
        self, pair: Pair, connectors: Connectors, run: Run, lease: str, *, preview: bool, approved: bool
    ) -> None:
        self.pair, self.connectors, self.run, self.lease = pair, connectors, run, lease
        self.preview, self.approved = preview, approved
        self.flows: list[Active] = []
        self.kinds: list[str] = []
        self.listed = False  # whether a side was asked for everything
        self.opened: Counter[str] = Counter()
        self.warnings: list[str] = []

    def work(self) -> None:
        """One round for every flow that is on.

        1. Find out what became of operations that nobody waits for any more; take back what is off.
        2. Fetch what has changed.
        3. See whether the plan may be carried out; if not, show the plans of all flows and stop.
        4. Carry them out, and again what that made possible.
        """
        self.flows = active(self.pair.flows, self.connectors[Side.QUICKBOOKS].abilities())
        self.kinds = [flow.kind for flow in self.flows]
        if not self.preview:
            dispatch.find_out(self.pair, self.connectors, self._still_ours)
            off = "Taken back: its flow is switched off."
            dispatch.withdraw_all(self.pair, self.connectors, off, but=self.kinds)
            reading.stop(self.pair, but=self.kinds)
            links.offer_barred_again(self.pair)
        for flow in self.flows:
            for side, connector in self.connectors.items():
                # A cycle that answers woke must not ask again what they have just told, or a session never ends; and
                # one that Salesforce asked for has nothing to ask of QuickBooks.
                if not (connector.answers_later and self.run.trigger in (WOKEN, webhook.CALLED)):
                    self._fetch(flow, side)
        if self.run.trigger != WOKEN:
            chart.ask_if_due(self.pair)
            custom_fields.ask_if_due(self.pair)
        if price_levels.FLOW.kind in self.kinds:
            price_levels.work_out(self.pair)
        dry = self._dry_run()
        if dry is not None:
            runs.finish(self.run, dry[0], counts=self.counts(), message=dry[1], plan=dry[2])
            return
        self._carry_out()
        self._tell()
        warnings = " ".join(self.warnings[: limits.WARNINGS_PER_RUN])
        runs.finish(self.run, "done", counts=self.counts(), message=warnings)

    def counts(self) -> dict[str, Any]:
        """What was begun; and, where a complete listing was read, how all links stand, which takes a look at each."""
        found: dict[str, Any] = {"opened": dict(self.opened)}
        return {**found, "links": summary(self.pair)} if self.listed else found

    def _still_ours(self) -> None:
        if not runs.keep_lease(self.pair, self.lease):
            raise LostLease
        for connector in self.connectors.values():
            connector.preparing(True)

    # Fetching

    def _fetch(self, flow: Active, side: Side) -> None:
        connector = self.connectors[side]
        cursor = mirror.cursor(self.pair, side, flow.kind)
        now = clock.now()
        old = cursor.full_at is None or (
            not flow.flow.read_once and now - cursor.full_at > timedelta(hours=limits.FULL_LISTING_HOURS)
        )
        if not old and cursor.moved_at is not None and now - cursor.moved_at < flow.every(side):
            return
        full = old or not cursor.complete
        self.listed = self.listed or full
        last, unfinished = "", False
        for batch in connector.fetch(flow.kind, cursor.value, full=full):
            with transaction.atomic():
                if links.lock(self.pair.pk) != self.pair.flows:
                    raise Outdated
                mirror.store(self.pair, side, flow.mapping, batch.records, as_of=batch.as_of)
            last = batch.cursor or last
            unfinished = unfinished or batch.unfinished
            self._still_ours()
        if unfinished:
            self.warnings.append(f"{flow.mapping.plural}: {side.label} is still making the complete listing.")
        if not connector.answers_later:
            listed = full and not unfinished
            mirror.move_cursor(self.pair, side, flow.kind, last, full=listed)
            if listed:
                links.tell_again(self.pair, flow.kind)
        self._note_warnings(flow, side)

    def _note_warnings(self, flow: Active, side: Side) -> None:
        told = self.connectors[side].warnings(flow.kind)
        rows = mirror.find(self.pair, side, flow.kind, told)
        for record_id, warning in told.items():
            name = rows[record_id].name if record_id in rows else record_id
            self.warnings.append(f"{name}: {warning}")

    # Planning without writing

    def _dry_run(self) -> tuple[str, str, list[dict[str, Any]]] | None:
        """The state, message and rows of a run that must not write; None if it may."""
        if not (self.preview or Pair.objects.filter(pk=self.pair.pk, enabled=True).exists()):
            return "held", "The pair is disabled: nothing is written.", []
        waits = not may_write(self.pair)
        if self.approved or not (self.preview or waits or many_at_once(self.pair, self.kinds)):
            return None
        bounds = safety.Limits(limits.OVERWRITE_SHARE_MAX, limits.OVERWRITE_COUNT_MIN)
        reasons: list[str] = []
        plans: dict[str, list[dict[str, Any]]] = {}
        shown = self.preview or waits
        for flow in self.flows:
            # A large plan is not made where it could not be a reason: see safety.held.
            if shown or not flow.flow.left_to_cycles or many_at_once(self.pair, [flow.kind]):
                overwrites, plans[flow.kind] = self._plan_all(flow)
                reasons.append(safety.held(overwrites, links.count_whole(self.pair, flow.kind), bounds))
        reason = " ".join(filter(None, reasons))
        for flow in self.flows if reason else ():
            if flow.kind not in plans:
                _, plans[flow.kind] = self._plan_all(flow)
        rows = _shown([plans[flow.kind] for flow in self.flows if flow.kind in plans])
        if self.preview:
            return "preview", "", rows
        first = self.pair.first_run == Pair.FirstRun.PREVIEW and self.pair.approved_at is None
        if first:
            return "held", "This is the plan of the first run. Approve it to have it carried out.", rows
        Pair.objects.filter(pk=self.pair.pk).update(held_because=reason)
        return ("held", reason, rows) if reason else None

    def _plan_all(self, flow: Active) -> tuple[int, list[dict[str, Any]]]:
        rows: list[dict[str, Any]] = []
        overwrites = after = 0
        while True:
            chunk = reconcile.chunk(self.pair, flow.rules, after=after, dry=True)
            if not chunk.seen:
                return overwrites, rows
            overwrites += chunk.overwrites
            rows.extend(chunk.rows[: limits.PLAN_ROWS_MAX - len(rows)])
            after = chunk.last
            self._still_ours()

    # Carrying out

    def _carry_out(self) -> None:
        """Pass after pass, since what one flow did may be what another one waits for."""
        for _ in range(limits.PASSES_PER_CYCLE):
            dispatch.withdraw_outdated(self.pair, self.connectors)
            self._dispatch()
            due = seen = links.due_kinds(self.pair, self.kinds)
            for flow in self.flows:
                if flow.kind in due:
                    self._plan(flow)
                    due = links.due_kinds(self.pair, self.kinds)
            if not seen:
                return

    def _plan(self, flow: Active) -> None:
        """Plan and submit every dirty link of this flow once."""
        room = dispatch.room(self.pair, flow.kind, self.connectors)
        after, undelivered = 0, 0
        while True:
            chunk = reconcile.chunk(self.pair, flow.rules, run=self.run, after=after)
            if not chunk.seen:
                self._dispatch()
                dispatch.withdraw_outdated(self.pair, self.connectors)
                return
            after = chunk.last
            for side, number in chunk.opened.items():
                self.opened[side.value] += number
            dispatch.look_for(self.pair, flow, self.connectors[Side.QUICKBOOKS], chunk.look_for)
            undelivered += sum(chunk.opened.values())
            # Together they take fewer calls than chunk by chunk.
            if undelivered >= room:
                self._dispatch()
                undelivered = 0
            self._still_ours()

    def _tell(self) -> None:
        """Records say how they stand; the cycle's work is done by now, so that nothing of it can fail here."""
        try:
            told = telling.tell(self.pair, self.kinds, self.connectors[Side.SALESFORCE], self._still_ours)
        except LostLease:
            raise
        except Exception:
            logger.exception("the records of %s could not be told how they stand", self.pair.key)
            told = ["Statuses were not written: a fault of ours; the log has the details."]
        self.warnings += told

    def _dispatch(self) -> None:
        for side in Side:
            dispatch.load(self.pair, self.kinds, side, self.connectors[side], self._still_ours)
            dispatch.dispatch(self.pair, self.kinds, side, self.connectors[side])


def many_at_once(pair: Pair, kinds: Collection[str]) -> bool:
    """Whether so many linked records are to be looked at that the safety valve must be asked first."""
    most = limits.OVERWRITE_COUNT_MIN
    if links.dirty_whole(pair, kinds, most=most + 1) <= most:
        return False
    return any(links.dirty_whole(pair, [kind], most=most + 1) > most for kind in kinds)


def _shown(plans: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """As many rows as are kept: each flow has its share, and what one does not need is left to the next ones."""
    shown: list[dict[str, Any]] = []
    for number, rows in enumerate(plans):
        later = sum(len(each) for each in plans[number + 1 :])
        fair = limits.PLAN_ROWS_MAX * (number + 1) // len(plans)
        shown += rows[: max(fair, limits.PLAN_ROWS_MAX - later) - len(shown)]
    return shown


def summary(pair: Pair) -> dict[str, dict[str, int]]:
    """How many links are in which state, by kind."""
    found: dict[str, dict[str, int]] = {}
    rows = Link.objects.filter(pair=pair).values_list("kind", "state").annotate(n=Count("id"))
    for kind, state, number in rows:
        found.setdefault(kind, {})[state] = number
    return found
