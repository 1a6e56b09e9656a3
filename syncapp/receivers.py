"""What the Web Connector brought: pages and answers, settled in the database and nowhere else.

Rule     everything here happens inside a Web Connector call or the sweep: no foreign HTTP, and a bounded amount of
         work. What has become possible is planned at once for QuickBooks, so that it drains in the same session; the
         rest is left to a cycle, for which the session waits.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django_q.tasks import async_task

from qbwc import outbox
from qbwc.models import Company, Pull, Request
from syncapp import (
    chart,
    clock,
    companions,
    custom_fields,
    cycle,
    dispatch,
    ledger,
    limits,
    links,
    mirror,
    price_levels,
    wake,
)
from syncapp.connectors.quickbooks_desktop import DesktopConnector, answers
from syncapp.connectors.quickbooks_desktop.connector import HOLD_SECONDS
from syncapp.connectors.quickbooks_desktop.cursor import moved
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.flows import FLOWS, active, mapping_of, settings_of
from syncapp.flows.items import FLOW as ITEMS
from syncapp.flows.sales import KIND as SALE
from syncapp.invoiced import made_for_opportunities
from syncapp.models import Operation, Pair
from syncapp.records import Operation as Order
from syncapp.records import Outcome, Record, Rejected, Side, Unknown, Verb
from syncapp.settings_rules import source_in
from syncapp.settle import settle

logger = logging.getLogger(__name__)

# The first words of our references (connectors.quickbooks_desktop.connector): what follows is an operation's number …
ABOUT_OPERATIONS = ("op", "number", "taken", "found", "doubt", "seek", "shared")
WRITTEN = "op"  # the answer to what was written, rather than to a question
# … or a pair's.
ABOUT_PAIRS = ("pull", "deleted", "read", "met", "chart", custom_fields.WORD)


def on_request_closed(sender: Any, requests: Sequence[Request], **kwargs: Any) -> None:
    """Settle what these answers tell, pair by pair."""
    for pair_id, theirs in _by_pair(requests).items():
        pair = Pair.objects.select_related("desktop").get(pk=pair_id)
        with transaction.atomic():
            links.lock(pair.pk)
            Listener(pair).hear(theirs)
        only_writes = all(about(request)[0] == WRITTEN for request in theirs)
        if not (only_writes and more_comes(pair)):
            carry_on(pair)


def about(request: Request) -> tuple[str, int]:
    """The first word of the request's reference, and the operation's or pair's number; 0 where it is not ours."""
    word, number, *_ = [*request.reference.split("/"), ""]
    ours = word in (*ABOUT_OPERATIONS, *ABOUT_PAIRS) and number.isascii() and number.isdecimal() and len(number) < 19
    return word, int(number) if ours else 0


def _by_pair(requests: Sequence[Request]) -> dict[int, list[Request]]:
    """Requests of ours, by pair; those that people or other applications queued are none of our business."""
    operations = _operations_in(requests)
    pairs = dict(Operation.objects.filter(pk__in=operations).values_list("pk", "pair_id")) if operations else {}
    ours: dict[int, list[Request]] = defaultdict(list)
    for request in requests:
        word, number = about(request)
        pair_id = pairs.get(number) if word in ABOUT_OPERATIONS else number
        if pair_id:
            ours[pair_id].append(request)
    if not ours:
        return {}
    known = set(Pair.objects.filter(pk__in=ours).values_list("pk", flat=True))
    return {pair_id: theirs for pair_id, theirs in ours.items() if pair_id in known}


def _operations_in(requests: Sequence[Request]) -> set[int]:
    return {number for word, number in map(about, requests) if word in ABOUT_OPERATIONS and number}


def kind_of(request: Request) -> str:
    """The kind of record that a listing or a question about a pair is of; empty where it is none that we know."""
    _, _, kind, *_ = [*request.reference.split("/"), "", ""]
    return kind if kind in FLOWS else ""


def connector_for(pair: Pair) -> DesktopConnector:
    return DesktopConnector(pair.desktop, pair.pk, settings_of(pair.flows))


class Listener:
    """Takes one message's answers for one pair, of whatever kinds."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.connector = connector_for(pair)

    def hear(self, requests: Sequence[Request]) -> None:
        outcomes: dict[int, Outcome] = {}
        named = list(Operation.objects.filter(pk__in=_operations_in(requests)))
        still_open = [operation for operation in named if operation.state in Operation.OPEN]
        kinds = {operation.pk: operation.kind for operation in named}
        orders = {order.id: order for order in dispatch.orders(self.pair, Side.QUICKBOOKS, still_open)}
        for request in requests:
            word, number = about(request)
            order = orders.get(number) if word in ABOUT_OPERATIONS else None
            kind = kinds.get(number, "") if word in ABOUT_OPERATIONS else kind_of(request)
            if word in ("chart", custom_fields.WORD):
                self._hear_of_the_company(request, word)
            if not kind:
                continue
            if word == "shared":
                self._hear_sharers(request, number, kind)
                continue
            try:
                heard = answers.hear(request, word, kind, order, self.connector)
            except answers.Unintelligible as problem:
                logger.error("request %s: the answer makes no sense: %s", request.pk, problem)
                ledger.finding_out([order.id] if order else [], "QuickBooks's answer cannot be read.")
                continue
            outcomes |= heard.outcomes
            ledger.finding_out(heard.finding_out)
            records = made_for_opportunities(self.pair, kind, heard.records)
            records += [Record(kind, each, "", deleted=True) for each in mirror.beside(self.pair, kind, heard.whole)]
            records = self._worth_keeping(kind, records) if word == "met" else records
            self._remember(kind, records, request)
            self._look_again(kind, heard.mentioned)
            if word == "pull" and request.pull is not None and request.pull.state == Pull.State.DONE:
                outcomes |= self._listed(kind, request.pull, request.reference.rpartition("/")[2])
        settle(self.pair, outcomes)
        self._doubt_chart(orders, outcomes)
        decided = [number for number, outcome in outcomes.items() if not isinstance(outcome, Unknown)]
        self.connector.forget_doubts(decided)

    def _hear_of_the_company(self, request: Request, word: str) -> None:
        try:
            result = answers.result_of(request)
        except answers.Unintelligible as problem:
            logger.error("request %s: the answer about the company makes no sense: %s", request.pk, problem)
            return
        if word == "chart":
            chart.heard(self.pair, request.reference.rpartition("/")[2], result)
        else:
            custom_fields.heard(self.pair.desktop, result)

    def _hear_sharers(self, request: Request, number: int, kind: str) -> None:
        """Somebody used the number of a new record between our looking and its creation: that is said on its link."""
        try:
            shared, records = answers.sharers(request)
        except answers.Unintelligible as problem:
            logger.error("request %s: who has the number is not told: %s", request.pk, problem)
            return
        if records > 1:
            why = (
                f"“{shared}” is the number of {records} records of this type in QuickBooks: somebody used it while "
                "ours was under way. Give one of them another number there, and then have this one tried again."
            )
            link = Operation.objects.select_related("link").get(pk=number).link
            links.accuse(link, Side.QUICKBOOKS, "number", shared, why)

    def _doubt_chart(self, orders: Mapping[int, Order], outcomes: Mapping[int, Outcome]) -> None:
        """A new item was refused, perhaps for an account that has changed since the chart was read."""
        refused = [number for number, outcome in outcomes.items() if isinstance(outcome, Rejected)]
        if any(orders[number].verb is Verb.CREATE and orders[number].kind == ITEMS.kind for number in refused):
            chart.doubt(self.pair)

    def _remember(self, kind: str, records: Sequence[Record], request: Request) -> None:
        mapping = mapping_of(self.pair.flows, kind)
        dispatch.take_back_creates(self.pair, kind, self.connector, records)
        others, stirred = companions.of_news(self.pair, mapping, records)
        news = mirror.store(self.pair, Side.QUICKBOOKS, mapping, records, as_of=request.sent_at)
        if news and kind == ITEMS.kind:
            price_levels.items_changed(self.pair)
        if request.sent_at is not None:
            ids, listed = [each.id for each in records], FLOWS[kind].read_once and request.reference.endswith("/full")
            mirror.seen(self.pair, Side.QUICKBOOKS, kind, ids, as_of=request.sent_at, only_open=not listed)
        companions.touch(self.pair, others)
        # Where a complete listing of one is under way, so is one of its companions, or it has been.
        if not request.reference.endswith("/full"):
            for ids_by_kind in (others, stirred):
                for other, ids in companions.known(self.pair, ids_by_kind).items():
                    self.connector.read(other, ids)

    def _worth_keeping(self, kind: str, records: Sequence[Record]) -> list[Record]:
        """Those that carry the key of a create that is still to come, and those that lead to a record of their own."""
        return [*self._made_by_us(kind, records), *(each for each in records if each.wanted)]

    def _made_by_us(self, kind: str, records: Sequence[Record]) -> list[Record]:
        marked = [record for record in records if record.origin and not record.wanted]
        if not marked:
            return []
        halves = links.to_be_created(self.pair, Side.QUICKBOOKS, kind).only("kind", "salesforce_id", "not_matches")
        keys = {ledger.key_for(half, self.pair.key, Side.QUICKBOOKS, half.salesforce_id or "") for half in halves}
        return [record for record in marked if record.origin in keys]

    def _look_again(self, kind: str, mentioned: Mapping[str, str]) -> None:
        """Of the records that a listing mentions, those that we know and that have changed since are read again.

        Those that we don't are read where something is to be created: after a backup of our tables was restored, one
        of them may be just that. And where they may lead to a record of the other side.
        """
        rows = mirror.find(self.pair, Side.QUICKBOOKS, kind, mentioned)
        unknown = [i for i in mentioned if i not in rows]
        if unknown and not links.to_be_created(self.pair, Side.QUICKBOOKS, kind).exists():
            unknown = [i for i in unknown if SPELLINGS[kind].leads_to_new(i, self.connector.settings[kind])]
        self.connector.read_met(kind, unknown)
        changed = [i for i, row in rows.items() if not row.deleted and row.fields.get("modified") != mentioned[i]]
        if changed:
            mirror.suspect(self.pair, Side.QUICKBOOKS, kind, changed)
            self.connector.read(kind, changed)

    def _listed(self, kind: str, pull: Pull, sort: str) -> dict[int, Outcome]:
        """A listing is complete: the cursor moves, and creates in doubt are decided by it."""
        if sort == "open":
            self.connector.read_vanished(kind, began=pull.created_at)
            return {}
        full = sort == "full"
        known = mirror.cursor(self.pair, Side.QUICKBOOKS, kind).value
        cursor = moved(known, pull.watermark, full=full, began=pull.created_at)
        mirror.move_cursor(self.pair, Side.QUICKBOOKS, kind, cursor, full=full)
        if not full:
            return {}
        return dispatch.decide_creates(self.pair, kind, Side.QUICKBOOKS, listed_from=pull.created_at)


def more_comes(pair: Pair) -> bool:
    """Whether what has become possible may wait, to be planned together with what the next answers make possible.

    Answers to writes come one by one. A plan of each would cost more than all the rest, and calls of Salesforce's
    allowance; and as long as something is queued the session goes on, and comes here again.
    """
    now = clock.now()
    at_work = pair.leased_until is not None and pair.leased_until > now
    lately = pair.last_cycle_at is not None and now - pair.last_cycle_at < timedelta(
        seconds=limits.ANSWERS_WAIT_SECONDS
    )
    if not (at_work or lately) or not outbox.any_ready(pair.desktop):
        return False
    return not links.enough_dirty(pair, limits.LINKS_PER_CHUNK)


def carry_on(pair: Pair) -> None:
    """Plan what has become possible for QuickBooks, a bounded number of links; wake a cycle for the rest."""
    connector = connector_for(pair)
    flows = active(pair.flows, connector.abilities())
    kinds = [flow.kind for flow in flows]
    if not cycle.many_at_once(pair, kinds) and cycle.may_write(pair):
        dispatch.plan_for_quickbooks(pair, flows, connector)
    due = links.any_due(pair, kinds) or ledger.any_planned(pair, Side.SALESFORCE, kinds)
    if due or (price_levels.FLOW.kind in kinds and price_levels.due(pair)):
        connector.preparing(True)
        wake.wake(pair)


def on_pair_saving(sender: Any, instance: Pair, **kwargs: Any) -> None:
    """The sales flow is switched on: from now on what is won is new. A moment that is known already stays, unless sales
    are made of something else from now on: what is ready of that today may have been invoiced long ago."""
    chosen = instance.flows.get(SALE)
    if not chosen:
        return
    stored = Pair.objects.filter(pk=instance.pk).values_list("flows", flat=True).first() or {}
    known = stored.get(SALE, {}).get("started", "")
    started = chosen.get("started", "")
    if known and started in ("", known) and source_in(stored) != source_in(instance.flows):
        known = started = ""
        instance.flows = {**instance.flows, SALE: {name: each for name, each in chosen.items() if name != "started"}}
    if not started and chosen.get("on"):
        started = known or clock.now().isoformat(timespec="seconds")
        instance.flows = {**instance.flows, SALE: {**chosen, "started": started}}


def on_pair_saved(sender: Any, instance: Pair, **kwargs: Any) -> None:
    """A pair was disabled: nothing of it is to be written from now on."""
    if not instance.enabled:
        withdraw(instance)


def withdraw(pair: Pair) -> None:
    """Take back what has not been sent; it is planned again once the pair is enabled."""
    dispatch.withdraw_all(pair, {Side.QUICKBOOKS: connector_for(pair)}, "Taken back: the pair was disabled.")


def on_answer_kept(sender: Any, message_id: int, **kwargs: Any) -> None:
    """A large answer is settled by a task, while the session waits."""
    outbox.hold(Company.objects.get(messages=message_id), HOLD_SECONDS)
    transaction.on_commit(partial(async_task, "syncapp.tasks.settle_kept", message_id))
