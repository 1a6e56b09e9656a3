"""What is forgotten in time: history, settled operations and the runs they belong to."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from syncapp import clock, limits
from syncapp.models import BulkJob, HistoryEntry, Operation, Run


def tidy() -> int:
    """Forget a bounded number of rows that are older than KEEP_DAYS; how many.

    What is open is never forgotten, nor is a link or the base: only how it came to be.
    """
    before = clock.now() - timedelta(days=settings.KEEP_DAYS)
    old = (
        HistoryEntry.objects.filter(at__lt=before),
        Operation.objects.filter(closed_at__lt=before).exclude(state__in=Operation.OPEN),
        Run.objects.filter(finished_at__lt=before),
        BulkJob.objects.filter(put_away_at__lt=before),
    )
    forgotten = 0
    for rows in old:
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: limits.ROWS_FORGOTTEN_AT_ONCE])
        forgotten += rows.model.objects.filter(pk__in=ids).delete()[0]
    return forgotten
