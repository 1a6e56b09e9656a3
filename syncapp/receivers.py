"""What the Web Connector brought: pages and answers, settled in the database and nowhere else.

Rule     everything here happens inside a Web Connector call or the sweep: no foreign HTTP, and a bounded amount of
         work. What has become possible is planned at once for QuickBooks, so that it drains in the same session; the
         rest is left to a cycle, for which the session waits.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django_q.tasks import async_task

from qbwc import outbox
from qbwc.models import Pull, Request
from syncapp import cycle, ledger, limits, links, mirror, wake
from syncapp.connectors.quickbooks_desktop import DesktopConnector, answers
from syncapp.connectors.quickbooks_desktop.connector import HOLD_SECONDS
from syncapp.flows import FLOWS
from syncapp.flows.base import Flow
from syncapp.models import Operation, Pair
from syncapp.records import Operation as Order
from syncapp.records import Outcome, Record, Side
from syncapp.settle import settle

logger = logging.getLogger(__name__)

ABOUT_OPERATIONS = ("op", "taken", "found", "doubt")


def on_request_closed(sender: Any, requests: Sequence[Request], **kwargs: Any) -> None:
    """Settle what these answers tell, pair by pair."""
    for pair_id, theirs in _by_pair(requests).items():
        pair = Pair.objects.select_related("desktop", "org").get(pk=pair_id)
        with transaction.atomic():
            links.lock(pair.pk)
            Listener(pair).hear(theirs)
        carry_on(pair)


def _by_pair(requests: Sequence[Request]) -> dict[int, list[Request]]:
    """Requests of ours, by pair; those that people or other applications queued are none of our business."""
    operations = {int(r.reference.split("/")[1]) for r in requests if r.reference.split("/")[0] in ABOUT_OPERATIONS}
    pairs = dict(Operation.objects.filter(pk__in=operations).values_list("pk", "pair_id")) if operations else {}
    ours: dict[int, list[Request]] = defaultdict(list)
    for request in requests:
        word, _, rest = request.reference.partition("/")
        if word in ABOUT_OPERATIONS:
            pair_id = pairs.get(int(rest.split("/")[0]))
        elif word in ("pull", "deleted", "read"):
            pair_id = int(rest.split("/")[0])
        else:
            continue
        if pair_id is not None:
            ours[pair_id].append(request)
    if not ours:
        return {}
    known = set(Pair.objects.filter(pk__in=ours).values_list("pk", flat=True))
    return {pair_id: theirs for pair_id, theirs in ours.items() if pair_id in known}


def connector_for(pair: Pair, flow: Flow) -> DesktopConnector:
    return DesktopConnector(pair.desktop, pair.pk, {flow.kind: flow.complete(pair.flows.get(flow.kind, {}))})


class Listener:
    """Takes one message's answers for one pair."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.flow: Flow = FLOWS["customer"]
        self.settings = self.flow.complete(pair.flows.get(self.flow.kind, {}))
        self.connector = connector_for(pair, self.flow)

    def hear(self, requests: Sequence[Request]) -> None:
        outcomes: dict[int, Outcome] = {}
        orders = self._orders(requests)
        for request in requests:
            parts = request.reference.split("/")
            order = orders.get(int(parts[1])) if parts[0] in ABOUT_OPERATIONS else None
            try:
                heard = answers.hear(request, parts[0], order, self.connector, self.settings)
            except answers.Unintelligible as problem:
                logger.error("request %s: the answer makes no sense: %s", request.pk, problem)
                continue
            outcomes |= heard.outcomes
            ledger.finding_out(heard.finding_out)
            self._remember(heard.records, request)
            if parts[0] == "pull" and request.pull is not None and request.pull.state == Pull.State.DONE:
                outcomes |= self._listed(request.pull, full=parts[3] == "full")
        settle(self.pair, self.flow.mapping, outcomes)

    def _orders(self, requests: Sequence[Request]) -> dict[int, Order]:
        ids = [int(r.reference.split("/")[1]) for r in requests if r.reference.split("/")[0] in ABOUT_OPERATIONS]
        operations = list(Operation.objects.filter(pk__in=ids, state__in=Operation.OPEN))
        return {order.id: order for order in cycle.orders(self.pair, Side.QUICKBOOKS, self.flow.mapping, operations)}

    def _remember(self, records: Sequence[Record], request: Request) -> None:
        mirror.store(self.pair, Side.QUICKBOOKS, self.flow.mapping, records, as_of=request.sent_at)

    def _listed(self, pull: Pull, *, full: bool) -> dict[int, Outcome]:
        """A listing is complete: the cursor moves, and creates in doubt are decided by it."""
        cursor = json.dumps({"modified": pull.watermark}) if pull.watermark else ""
        mirror.move_cursor(self.pair, Side.QUICKBOOKS, self.flow.kind, cursor, full=full)
        if not full:
            return {}
        return cycle.decide_creates(self.pair, self.flow.mapping, Side.QUICKBOOKS, listed_from=pull.created_at)


def carry_on(pair: Pair) -> None:
    """Plan what has become possible for QuickBooks, a bounded number of links; wake a cycle for the rest."""
    flow = FLOWS["customer"]
    few = links.dirty_whole(pair, flow.kind, most=limits.OVERWRITE_COUNT_MIN + 1) <= limits.OVERWRITE_COUNT_MIN
    if few and cycle.may_write(pair):
        cycle.plan_for_quickbooks(pair, flow, connector_for(pair, flow))
    if links.any_due(pair) or ledger.any_planned(pair, Side.SALESFORCE):
        connector_for(pair, flow).preparing(True)
        wake.wake(pair)


def on_answer_kept(sender: Any, message_id: int, **kwargs: Any) -> None:
    """A large answer is settled by a task, while the session waits."""
    outbox.hold(sender, HOLD_SECONDS)
    transaction.on_commit(partial(async_task, "syncapp.tasks.settle_kept", message_id))
