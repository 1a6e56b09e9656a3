"""Rows: what is put into the outbox for them, and what its answers mean to them.

Words    fill   put waiting rows into the outbox, a bounded number at once
         hear   take the answer to a request of a row
Rule     rows are written here (those of drafts in imports.py), under the lock of their job. A row leaves `waiting` in
         the transaction that puts its request into the outbox, and an answer counts only if it is to the request that
         the row waits for, so that nothing is done or counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from qbwc import outbox
from qbwc.kinds import is_read
from qbwc.masking import is_secret, masked_text, masked_values
from qbwc.models import Request
from qbwc.qbxml.errors import BadRequest, BadResponse
from syncapp import clock
from syncapp.explorer import hearing, jobs, limits, problems, steps
from syncapp.explorer.fields import plain
from syncapp.explorer.models import Action, Job, Row
from syncapp.explorer.steps import Answer, End, Move, Progress, Task

UNREADABLE = "QuickBooks's answer cannot be read."
AGAIN = (Row.State.FAILED, Row.State.SKIPPED)


def task_of(job: Job, row: Row) -> Task:
    company = job.company
    return Task(
        kind=jobs.kind_of(job),
        action=job.action,
        data=row.data,
        custom=tuple(row.custom.items()),
        guid=f"{{{row.guid}}}",
        version=company.qbxml_version,
        country=company.country,
    )


# Putting in ----------------------------------------------------------------------------------------------


def fill(job_id: int, at_most: int = limits.ROWS_IN_OUTBOX) -> int:
    """Put waiting rows into the outbox, chunk by chunk; how many. Each chunk is whole or was never begun."""
    put = 0
    while put < at_most and (some := _fill_chunk(job_id, min(limits.ROWS_PER_CHUNK, at_most - put))):
        put += some
    return put


@transaction.atomic
def _fill_chunk(job_id: int, at_most: int) -> int:
    job = jobs.lock(job_id)
    if job is None or job.state != Job.State.OPEN or job.action == Action.QUERY:
        return 0
    room = limits.ROWS_IN_OUTBOX - Row.objects.filter(job=job, state=Row.State.QUEUED).count()
    waiting = Row.objects.filter(job=job, state=Row.State.WAITING).order_by("number")
    rows = list(waiting[: max(0, min(at_most, room))])
    for row in rows:
        task = task_of(job, row)
        _apply(job, row, steps.first(task, Progress.of(row.progress)))
    jobs.save_counts(job)
    return len(rows)


def _apply(job: Job, row: Row, move: Move) -> None:
    """Write down what follows for a row: its next request, or its end."""
    doubted = Progress.of(row.progress).doubt
    before = {"state": row.state, "request_id": row.request_id}
    row.progress = move.progress.to_json()
    row.record_id = move.progress.record_id or row.record_id
    row.record = masked_values(move.record) if move.record else row.record
    end = move.end
    if move.ask is not None:
        end = _stopped(job, move) or _enqueue(job, row, move.ask)
    if end is not None:
        row.state, row.problem, row.status_code, row.request = Row.State(end.state), end.problem, end.code, None
        job.done += end.state == steps.DONE
        job.failed += end.state == steps.FAILED
    changed = Row.objects.filter(pk=row.pk, **before).update(
        state=row.state, problem=row.problem, status_code=row.status_code, request=row.request,
        record_id=row.record_id, record=row.record, progress=row.progress, attempts=row.attempts,
    )  # fmt: skip
    if not changed:
        raise RuntimeError(f"row {row.pk} changed although its job was locked")
    if row.state == Row.State.DONE:
        _forget_secrets(job, row)
    if doubted and row.state != Row.State.UNKNOWN and (not move.progress.doubt or end is not None):
        forget_doubts(job, row)


def _forget_secrets(job: Job, row: Row) -> None:
    """What is done needs no card number any more: neither as it was given nor as it was uploaded."""
    columns = {column for column, path in job.mapping.items() if is_secret(path)}
    data = masked_values(row.data)
    source = [
        {name: masked_text(text) if name in columns else text for name, text in line.items()} for line in row.source
    ]
    if (data, source) != (row.data, row.source):
        Row.objects.filter(pk=row.pk).update(data=data, source=source)


def _stopped(job: Job, move: Move) -> End | None:
    """Of a cancelled job nothing more is written; what may have been done is still found out."""
    if job.state != Job.State.CANCELLED or move.ask is None or move.ask.word == steps.FOUND:
        return None
    return hearing.stopped(move.progress, steps.SKIPPED, "The job was cancelled.")


def _enqueue(job: Job, row: Row, ask: steps.Ask) -> End | None:
    """Queue the row's next request; or the row's end, if QuickBooks would not even read it."""
    bulk = (job.total or 0) > limits.BULK_ROWS
    priority = limits.PRIORITY_BULK if bulk else limits.PRIORITY
    try:
        row.request = outbox.enqueue(
            job.company,
            ask.name,
            ask.data,
            reference=f"explorer/row/{row.pk}/{ask.word}",
            priority=priority + (ask.word in (steps.CUSTOM, steps.FOUND)),
            not_before=clock.now() + timedelta(seconds=ask.delay) if ask.delay else None,
        )
    except BadRequest as problem:
        why = problems.of(problem, jobs.kind_of(job).holder(job.action) if ask.word == steps.WRITE else "")
        return hearing.stopped(Progress.of(row.progress), steps.FAILED, str(why))
    row.state, row.problem, row.status_code = Row.State.QUEUED, "", None
    row.attempts += ask.word == steps.WRITE
    return None


def forget_doubts(job: Job, row: Row) -> None:
    """What was in doubt is found out: nobody is to send it again from the outbox, nor has sent it again there."""
    left = (Request.State.UNKNOWN, Request.State.QUEUED)
    unknown = Request.objects.filter(
        company=job.company, reference__startswith=f"explorer/row/{row.pk}/", state__in=left
    ).exclude(pk=row.request_id or 0)
    for request_id in unknown.values_list("pk", flat=True):
        outbox.cancel(request_id, "Found out by looking at the record.")


# Hearing -------------------------------------------------------------------------------------------------


def hear(job_id: int, heard: Sequence[tuple[int, str, Request]]) -> None:
    """Take answers to requests of one job's rows: (row, word, request)."""
    job = jobs.lock(job_id)
    if job is None:
        return
    rows = Row.objects.filter(job=job, state=Row.State.QUEUED).in_bulk([row_id for row_id, _, _ in heard])
    for row_id, word, request in heard:
        row = rows.get(row_id)
        if row is not None and row.state == Row.State.QUEUED and row.request_id == request.pk:
            task, so_far = task_of(job, row), Progress.of(row.progress)
            _apply(job, row, hearing.heard(task, so_far, word, answer_of(request)))
    jobs.save_counts(job)
    if job.state == Job.State.OPEN:
        fill(job.pk, limits.ROWS_PER_CHUNK)
        jobs.end_if_complete(job)


def answer_of(request: Request) -> Answer:
    """What became of a request, in the words of steps.py."""
    moment = (request.sent_at or request.created_at) - timedelta(hours=limits.DOUBT_HOURS)
    sent = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    if request.state != Request.State.ANSWERED:
        # Who cancels what was out already does not thereby know that it was not done.
        was_out = request.state == Request.State.CANCELLED and request.sent_at is not None
        state = steps.DOUBTFUL if was_out and not is_read(request.name) else request.state
        return Answer(state, request.status_code, request.status_message, sent=sent)
    try:
        result = outbox.read_answer(request)
    except BadResponse:
        state = steps.REFUSED if is_read(request.name) else steps.DOUBTFUL
        return Answer(state, request.status_code, UNREADABLE, sent=sent)
    found = [plain(ret.data) for ret in result.records]
    return Answer(steps.ANSWERED, result.status, result.message, found, plain(result.recovery), sent)


# Ending and beginning again ------------------------------------------------------------------------------


def take_back(job: Job, row: Row, reason: str) -> bool:
    """Cancel a row's request if it is not out; a question about what may have been done goes on."""
    if row.request is None or row.request.reference.endswith(f"/{steps.FOUND}"):
        return False
    if not outbox.cancel(row.request.pk, reason, queued_only=True):
        return False
    answer = Answer(steps.CANCELLED, message=reason)
    _apply(job, row, hearing.heard(task_of(job, row), Progress.of(row.progress), "", answer))
    return True


def skip_waiting(job: Job, reason: str) -> int:
    return Row.objects.filter(job=job, state=Row.State.WAITING).update(state=Row.State.SKIPPED, problem=reason)


def again(job: Job, only: Sequence[int] | None) -> int:
    """What failed or was skipped waits again; what was done already for a row is not done once more."""
    rows = Row.objects.filter(job=job, state__in=AGAIN)
    rows = rows if only is None else rows.filter(pk__in=only)
    changed = 0
    for row in rows.only("pk", "progress").iterator(chunk_size=500):
        kept = {name: value for name, value in row.progress.items() if name not in ("sent", "looked")}
        changed += Row.objects.filter(pk=row.pk, state__in=AGAIN).update(
            state=Row.State.WAITING, problem="", status_code=None, progress=kept
        )
    return changed


def decide(job: Job, row_id: int, done: bool, said: str) -> bool:
    """What a person saw of the one thing that is in doubt; what is known to be done is not sent again for it."""
    row = Row.objects.filter(pk=row_id, job=job, state=Row.State.UNKNOWN).first()
    if row is None:
        return False
    before = Progress.of(row.progress)
    known = Progress()
    if before.written or done:
        fields_done = before.custom_done + (done and before.doubt == steps.CUSTOM)
        known = Progress(before.record_id, before.edit_sequence, written=True, custom_done=fields_done)
    whole = known.written and known.custom_done >= len(row.custom)
    state, problem = (Row.State.DONE, said) if done and whole else (Row.State.FAILED, said)
    if known.written and not whole:
        problem = f"{said} The record was saved, but not all of its custom fields."
    changed = Row.objects.filter(pk=row_id, job=job, state=Row.State.UNKNOWN).update(
        state=state, problem=problem, status_code=None, progress=known.to_json()
    )
    if changed:
        forget_doubts(job, Row(pk=row_id))
    return bool(changed)
