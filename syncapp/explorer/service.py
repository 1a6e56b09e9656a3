"""What pages, the API and the commands call: ask a company for something, and follow what becomes of it.

    submit      a query, or changes of up to 10,000 records; all are checked first, and all or none is accepted
    preview     the qbXML that would be sent
    run_saved   a saved operation, with changes laid over what it holds
    cancel, retry, decide, start_import

Rule     what qbXML or this company cannot take is refused here, with the path, the rule, the value and a remedy;
         nothing is written then. Everything accepted is in the outbox, or on its way there, when the call returns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django_q.tasks import async_task

from qbwc.models import Company
from syncapp.explorer import checking, fields, imports, limits, running
from syncapp.explorer.checking import Preview
from syncapp.explorer.kinds import RecordType
from syncapp.explorer.models import Action, ApiToken, Job, Row, SavedOperation
from syncapp.explorer.problems import Problem, Refused, refused

__all__ = [
    "IdempotencyConflict", "Preview", "Problem", "Refused", "cancel", "decide", "preview", "retry", "run_saved",
    "start_import", "submit",
]  # fmt: skip

CUSTOM = "#custom"  # where a saved operation keeps the custom fields of its record


class IdempotencyConflict(Exception):
    """The key was used before, for something else."""

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__(f"This idempotency key belongs to job {job.pk}, which asked for something else.")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, and how they want to be told."""

    asked_by: str
    token: ApiToken | None = None
    idempotency_key: str = ""
    idempotency_hash: str = ""
    saved: SavedOperation | None = None
    webhook_url: str = ""


def submit(
    company: Company,
    record_type: str,
    action: str,
    records: Sequence[Mapping[str, Any]],
    *,
    fields: Sequence[str] = (),
    custom: Sequence[Mapping[str, str]] | None = None,
    asked_by: str,
    token: ApiToken | None = None,
    idempotency_key: str = "",
    idempotency_hash: str = "",
    saved: SavedOperation | None = None,
    webhook_url: str = "",
) -> Job:
    """Ask for it; the job that it became, or that it is already by its idempotency key.

    A query has one mapping, its filters; a change one for each record.
    """
    digest = idempotency_hash or (_digest(record_type, action, records, custom) if idempotency_key else "")
    origin = Origin(asked_by, token, idempotency_key, digest, saved, webhook_url)
    if idempotency_key and (known := _known(origin)):
        return known
    kind = checking.kind_for(company, record_type, action)
    job = Job(
        company=company,
        record_type=record_type,
        action=action,
        fields=list(fields),
        saved_operation=saved,
        asked_by=asked_by,
        token=token,
        idempotency_key=idempotency_key,
        idempotency_hash=digest,
        webhook_url=webhook_url,
    )
    if action == Action.QUERY:
        job.data = checking.filters(company, kind, records, fields)
        return _accepted(lambda: running.create(job), origin)
    rows = _rows(company, kind, action, records, custom)
    return _accepted(lambda: _create(job, rows), origin)


def _create(job: Job, rows: Sequence[Row]) -> Job:
    running.create(job, rows)
    keep_filling(job)
    return job


def keep_filling(job: Job) -> None:
    """Of many rows, only the first are in the outbox already."""
    if (job.total or 0) > limits.ROWS_PER_CHUNK:
        transaction.on_commit(partial(async_task, "syncapp.tasks.fill_job", job.pk))


def _accepted(create: Callable[[], Job], origin: Origin) -> Job:
    """Another call with the same idempotency key may be at work at the same moment: one of the two makes the job."""
    try:
        with transaction.atomic():
            return create()
    except IntegrityError:
        if origin.idempotency_key and (known := _known(origin)):
            return known
        raise


def _known(origin: Origin) -> Job | None:
    job = Job.objects.filter(token=origin.token, idempotency_key=origin.idempotency_key).first()
    if job is not None and job.idempotency_hash != origin.idempotency_hash:
        raise IdempotencyConflict(job)
    return job


def _digest(*asked: Any) -> str:
    return hashlib.sha256(json.dumps(fields.plain(asked), sort_keys=True, default=str).encode()).hexdigest()


def _rows(
    company: Company,
    kind: RecordType,
    action: str,
    records: Sequence[Mapping[str, Any]],
    custom: Sequence[Mapping[str, str]] | None,
) -> list[Row]:
    """The rows of a change, every one of them checked."""
    if not 0 < len(records) <= limits.ROWS_MAX:
        raise refused(f"{len(records)} records were given; a job takes 1 to {limits.ROWS_MAX}", rule="many")
    if custom is not None and len(custom) != len(records):
        raise refused(f"{len(custom)} sets of custom fields were given for {len(records)} records", rule="many")
    rows, wrong = [], []
    for number, record in enumerate(records, 1):
        row = Row(number=number, data=record, custom=dict(custom[number - 1]) if custom else {})
        wrong += checking.check(company, kind, action, row)
        rows.append(row)
        if len(wrong) >= limits.PROBLEMS_MAX:
            break
    if wrong:
        raise Refused(wrong[: limits.PROBLEMS_MAX])
    return rows


def preview(
    company: Company,
    record_type: str,
    action: str,
    record: Mapping[str, Any],
    custom: Mapping[str, str] | None = None,
    *,
    fields: Sequence[str] = (),
) -> Preview:
    """What would be sent, as text to read; nothing is queued. Refused if it could not be sent."""
    kind = checking.kind_for(company, record_type, action)
    if action == Action.QUERY:
        return checking.preview_query(company, kind, checking.filters(company, kind, [record], fields), fields)
    row = Row(number=1, data=record, custom=dict(custom or {}))
    if wrong := checking.check(company, kind, action, row, numbered=False):
        raise Refused(wrong)
    return checking.preview_row(company, kind, action, row)


# Saved operations ----------------------------------------------------------------------------------------


def run_saved(
    saved: SavedOperation,
    *,
    asked_by: str,
    changes: Mapping[str, Any] | None = None,
    token: ApiToken | None = None,
    idempotency_key: str = "",
    idempotency_hash: str = "",
    webhook_url: str = "",
) -> Job:
    """Run a saved operation; `changes` are laid over what it holds, element by element."""
    data = laid_over(saved.data, changes or {})
    custom = data.pop(CUSTOM, None)
    return submit(
        saved.company,
        saved.record_type,
        saved.action,
        [data],
        fields=saved.fields,
        custom=[custom] if custom and saved.action != Action.QUERY else None,
        asked_by=asked_by,
        token=token,
        idempotency_key=idempotency_key,
        idempotency_hash=idempotency_hash,
        saved=saved,
        webhook_url=webhook_url or saved.webhook_url,
    )


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, where they differ the upper; groups of elements are joined, lists replaced."""
    joined = dict(below)
    for name, value in above.items():
        there = joined.get(name)
        both = isinstance(value, Mapping) and isinstance(there, Mapping)
        joined[name] = laid_over(there or {}, value) if both else value
    return joined


# Afterwards ----------------------------------------------------------------------------------------------


def cancel(job: Job, by: str) -> int:
    """How many rows or requests will not be sent now; what is out already is still heard of."""
    return running.cancel(job.pk, by)


def retry(job: Job, by: str, rows: Sequence[int] | None = None) -> int:
    """Try again what failed or was skipped (all, or the rows with these ids), in the same job; how many.

    What is in doubt is tried again only after somebody has looked: see `decide`.
    """
    again = running.retry(job.pk, rows)
    if again > limits.ROWS_PER_CHUNK:
        keep_filling(job)
    return again


def decide(row: Row, done: bool, by: str) -> bool:
    """A person says of a row in doubt whether QuickBooks did it; not done, it can be tried again."""
    return running.decide(row.pk, done, by)


def start_import(job: Job, by: str) -> Job:
    """Begin an upload: its good rows go, its bad ones have failed with the reason."""
    imports.start(job, by)
    job.refresh_from_db()
    keep_filling(job)
    return job
