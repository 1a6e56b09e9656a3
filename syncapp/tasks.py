"""The doors of django-q2: ids in, nothing out.

Tasks are delivered at least once; what must happen once is claimed in our own rows.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from qbwc import chores
from syncapp import clock, retention, webhook
from syncapp.cycle import WOKEN, cycle
from syncapp.explorer import chores as explorer_chores
from syncapp.explorer import rows, running, webhooks
from syncapp.models import Pair, Run
from syncapp.schedule import next_time

logger = logging.getLogger(__name__)

# A wake-up that no worker has taken within this time was lost with its worker.
WOKEN_MINUTES_MAX = 5


def sync_pair(pair_id: int, trigger: str) -> None:
    """One cycle of the pair, unless it is disabled or another cycle is at work."""
    pair = Pair.objects.select_related("org", "desktop").filter(pk=pair_id, enabled=True).first()
    # A call whose news another cycle has read meanwhile asks for nothing any more.
    if pair is not None and (trigger != webhook.CALLED or webhook.has_news(pair)):
        run_cycle(pair, trigger=trigger)


def run_cycle(pair: Pair, *, trigger: str, preview: bool = False, approve: bool = False) -> Run | None:
    connectors_for = import_string(settings.SYNC_CONNECTORS)
    return cycle(pair, connectors_for(pair), trigger=trigger, preview=preview, approve=approve)


def tick() -> None:
    """Every minute: start the cycles that are due, and sweep the outbox. What breaks for one stops no other."""
    close_old_connections()
    try:
        chores.sweep()
    except Exception:
        logger.exception("the sweep failed; it is tried again in a minute")
    retention.tidy()
    _tend_jobs()
    now = clock.now()
    explorer_chores.every_minute(now)
    for pair in Pair.objects.filter(enabled=True):
        try:
            _start_if_due(pair, now)
        except Exception:
            logger.exception("no cycle of %s could be started; it is tried again in a minute", pair.key)
    for pair_id in webhook.due(now):
        async_task("syncapp.tasks.sync_pair", pair_id, webhook.CALLED)


def _tend_jobs() -> None:
    try:
        running.tend()
    except Exception:
        logger.exception("the connector's jobs could not be tended; it is tried again in a minute")


def _start_if_due(pair: Pair, now: datetime) -> None:
    if pair.next_cycle_at is None or pair.next_cycle_at <= now:
        Pair.objects.filter(pk=pair.pk).update(next_cycle_at=next_time(pair.schedule, now))
        async_task("syncapp.tasks.sync_pair", pair.pk, "schedule")
    elif pair.woken_at is not None and pair.woken_at < now - timedelta(minutes=WOKEN_MINUTES_MAX):
        Pair.objects.filter(pk=pair.pk).update(woken_at=now)
        async_task("syncapp.tasks.sync_pair", pair.pk, WOKEN)


def fill_job(job_id: int) -> None:
    """Put the rows of a large job into the outbox, as many as it has room for."""
    rows.fill(job_id)


def settle_kept(message_id: int) -> None:
    """An answer too large for the Web Connector's call is settled here, while its session waits."""
    chores.settle_kept(message_id)


def deliver_webhook(job_id: int) -> None:
    """One attempt to tell another system that a job has ended."""
    webhooks.deliver(job_id)
