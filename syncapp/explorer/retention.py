"""What the connector forgets in time: jobs that ended, with their rows and results; drafts that nobody started.

Rule     what is open is never forgotten, nor what a person still must decide, nor what another system must be told
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from syncapp.explorer import limits, results, webhooks
from syncapp.explorer.models import Action, Job, ResultPage, Row

GONE = "Its records are no longer kept: the result was large. Ask again."


def forget(now: datetime) -> int:
    """Forget a bounded number of jobs and of large results; how many."""
    return _forget_jobs(now) + _forget_large(now)


def _forget_jobs(now: datetime) -> int:
    old = now - timedelta(days=limits.KEEP_DAYS)
    undecided = Row.objects.filter(job=OuterRef("pk"), state=Row.State.UNKNOWN)
    ended = Job.objects.filter(state__in=Job.CLOSED, finished_at__lt=old).exclude(webhook_state=webhooks.DUE)
    drafts = Job.objects.filter(state=Job.State.DRAFT, created_at__lt=now - timedelta(days=limits.KEEP_DRAFT_DAYS))
    ids = _some(ended.exclude(Exists(undecided)).order_by("finished_at")) + _some(drafts.order_by("pk"))
    Job.objects.filter(pk__in=ids).delete()
    return len(ids)


def _forget_large(now: datetime) -> int:
    old = now - timedelta(days=limits.KEEP_LARGE_DAYS)
    held = ResultPage.objects.filter(job=OuterRef("pk"))
    large = Job.objects.filter(
        Exists(held),
        action=Action.QUERY,
        state__in=Job.CLOSED,
        finished_at__lt=old,
        done__gt=limits.LARGE_RESULT_RECORDS,
    )
    found = list(large.order_by("finished_at")[: limits.JOBS_FORGOTTEN_AT_ONCE])
    for job in found:
        results.forget(job)
        Job.objects.filter(pk=job.pk).update(remark=f"{job.remark} {GONE}".strip())
    return len(found)


def _some(jobs: QuerySet[Job]) -> list[int]:
    return list(jobs.values_list("pk", flat=True)[: limits.JOBS_FORGOTTEN_AT_ONCE])
