"""Ask for a cycle soon. Asking twice is one cycle."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django_q.tasks import async_task

from syncapp import clock
from syncapp.cycle import WOKEN
from syncapp.models import Pair


def wake(pair: Pair) -> None:
    """Queue a cycle of this pair, unless one is asked for already."""
    if Pair.objects.filter(pk=pair.pk, woken_at__isnull=True).update(woken_at=clock.now()):
        transaction.on_commit(partial(async_task, "syncapp.tasks.sync_pair", pair.pk, WOKEN))
