"""What the connector does every minute beside its jobs: schedules, webhooks, and forgetting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django_q.tasks import async_task

from syncapp.explorer import retention, saved, webhooks

logger = logging.getLogger(__name__)


def every_minute(now: datetime) -> None:
    """What breaks for one stops no other; it is tried again in a minute."""
    for what, act in (("schedules", saved.start_due), ("webhooks", tell_due), ("retention", retention.forget)):
        _guarded(what, act, now)


def tell_due(now: datetime) -> None:
    """Each attempt in a task of its own: a receiver that is slow holds up no other."""
    for job_id in webhooks.due(now):
        async_task("syncapp.tasks.deliver_webhook", job_id)


def _guarded(what: str, act: Callable[[datetime], object], now: datetime) -> None:
    try:
        act(now)
    except Exception:
        logger.exception("the connector's %s could not be looked after", what)
