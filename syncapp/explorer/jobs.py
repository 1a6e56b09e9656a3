"""Jobs: how they are found, counted and ended.

Words    lock   whoever changes a job, or rows of it, holds its lock until all of that is committed
         end    the one place where a job ends, once; from then on its webhook is due
Rule     jobs are written here and in running.py; drafts in imports.py, and what came of its webhook in webhooks.py
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django_q.tasks import async_task

from syncapp import clock
from syncapp.explorer import kinds
from syncapp.explorer.kinds import RecordType
from syncapp.explorer.models import Job, Row, SavedOperation

OPEN_ROWS = (Row.State.WAITING, Row.State.QUEUED)


def lock(job_id: int) -> Job | None:
    return Job.objects.select_for_update(no_key=True, of=("self",)).select_related("company").filter(pk=job_id).first()


def kind_of(job: Job) -> RecordType:
    kind = kinds.find(job.record_type)
    if kind is None:
        raise LookupError(f"there is no record type {job.record_type}")
    return kind


def reference(job: Job) -> str:
    return f"explorer/job/{job.pk}"


def end(job: Job, state: Job.State, changes: dict[str, Any], of: Sequence[str] = (Job.State.OPEN,)) -> bool:
    """End a job, unless somebody else did."""
    now = clock.now()
    due = {"webhook_state": "due", "webhook_attempts": 0, "webhook_next_at": now} if job.webhook_url else {}
    changed = Job.objects.filter(pk=job.pk, state__in=of).update(state=state, finished_at=now, **changes, **due)
    if changed:
        job.state = state
        if due:
            transaction.on_commit(partial(async_task, "syncapp.tasks.deliver_webhook", job.pk))
    return bool(changed)


def end_if_complete(job: Job) -> None:
    if not Row.objects.filter(job=job, state__in=OPEN_ROWS).exists():
        end(job, Job.State.DONE, count(job))


def count(job: Job) -> dict[str, int]:
    """How many of its rows are done, and how many failed."""
    states = Row.objects.filter(job=job).aggregate(
        done=Count("pk", Q(state=Row.State.DONE)), failed=Count("pk", Q(state=Row.State.FAILED))
    )
    return {"done": states["done"], "failed": states["failed"]}


def save_counts(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(done=job.done, failed=job.failed)


def reopen(job: Job, changes: dict[str, Any]) -> None:
    Job.objects.filter(pk=job.pk).update(state=Job.State.OPEN, finished_at=None, problem="", remark="", **changes)
    job.state = Job.State.OPEN


def refused(saved: SavedOperation, asked_by: str, problem: str) -> Job:
    """A turn of a schedule that could not be sent any more (the company has changed): visible, and told, as a job."""
    job = Job.objects.create(
        company=saved.company,
        saved_operation=saved,
        record_type=saved.record_type,
        action=saved.action,
        data=saved.data,
        fields=saved.fields,
        asked_by=asked_by,
        webhook_url=saved.webhook_url,
    )
    end(job, Job.State.FAILED, {"problem": problem})
    return job
