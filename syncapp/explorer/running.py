"""Running jobs: begun, asked, cancelled, tried again, decided, and tended once a minute.

Rule     what one call changes is one transaction. Of a job's many rows only the first go into the outbox at once;
         a task puts in more (syncapp.tasks.fill_job), each answer makes room for others, and whatever was killed goes
         on with the next minute's `tend`.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from qbwc import outbox, pulls
from qbwc.models import Pull, Request
from qbwc.qbxml.errors import BadRequest, BadResponse
from syncapp import bulk
from syncapp.explorer import hearing, jobs, limits, problems, queries, results, rows
from syncapp.explorer.models import Action, Job, Row

# Beginning -----------------------------------------------------------------------------------------------


def create(job: Job, records: Sequence[Row] = ()) -> Job:
    """Store a job with its rows; what is open and small enough goes into the outbox at once."""
    with transaction.atomic():
        job.total = len(records) or None
        job.save(force_insert=True)
        for row in records:
            row.job = job
        Row.objects.bulk_create(records, batch_size=500)
        if job.state == Job.State.OPEN:
            begin(job)
    return job


def begin(job: Job) -> None:
    """Send what an open job asks for; of many rows only the first, since filling is a task's work."""
    if job.action == Action.QUERY:
        _ask(job)
    else:
        rows.fill(job.pk, limits.ROWS_PER_CHUNK)


def _ask(job: Job) -> None:
    company, kind = job.company, jobs.kind_of(job)
    version, name = company.qbxml_version, kind.requests["query"]
    data = queries.prepared(kind, job.data, job.fields, version, company.country)
    try:
        if queries.paged(kind, job.data, version):
            pulls.start(company, name, filters=data, reference=jobs.reference(job))
        else:
            outbox.enqueue(company, name, data, reference=jobs.reference(job))
    except BadRequest as problem:  # the company has changed since it was checked
        raise problems.Refused([problems.of(problem)]) from None


# Queries -------------------------------------------------------------------------------------------------


def hear_query(job_id: int, requests: Sequence[Request]) -> None:
    """Keep what a query brought; end it with its only answer, or with its pull."""
    job = jobs.lock(job_id)
    if job is None or job.state != Job.State.OPEN:
        return
    problem = remark = ""
    for request in requests:
        answer, code = request.state == Request.State.ANSWERED, request.status_code
        if answer and code is not None and code < hearing.ERRORS_FROM:
            try:
                results.store(job, request, outbox.read_answer(request))
            except BadResponse:
                problem = rows.UNREADABLE
            remark = request.status_message if code not in (0, hearing.NOTHING) else remark
        elif answer:
            problem = hearing.explained(code or hearing.ERRORS_FROM, request.status_message)
        else:
            problem = request.status_message
    job.done = results.count(job)
    pull = requests[-1].pull
    job.total = (pull.counted if pull is not None else None) or job.total
    Job.objects.filter(pk=job.pk).update(done=job.done, total=job.total)
    if pull is None:
        _close(job, problem, remark)
    elif pull.state != Pull.State.OPEN:
        _end_with_pull(job, pull, problem, [request.pk for request in requests])


def _end_with_pull(job: Job, pull: Pull, problem: str = "", told: Sequence[int] = ()) -> None:
    """The pull has ended; a page of it that nobody was told of yet comes first."""
    waiting = Request.objects.filter(pull=pull, announced=False, closed_at__isnull=False).exclude(pk__in=told)
    if not waiting.exists():
        failed = pull.problem or "It ended before all records had come."
        _close(job, problem or (failed if pull.state == Pull.State.FAILED else ""))


def _close(job: Job, problem: str = "", remark: str = "") -> None:
    changes = {"problem": problem, "remark": remark, "total": job.done}
    jobs.end(job, Job.State.FAILED if problem else Job.State.DONE, changes)


# Ending --------------------------------------------------------------------------------------------------


def cancel(job_id: int, by: str) -> int:
    """End a job now; how many rows or requests will not be sent. What is out already is still heard of."""
    with transaction.atomic():
        job = jobs.lock(job_id)
        if job is None or job.state not in (Job.State.DRAFT, Job.State.OPEN):
            return 0
        reason = f"Cancelled by {by}."
        jobs.end(job, Job.State.CANCELLED, {"problem": reason}, (Job.State.DRAFT, Job.State.OPEN))
        if job.action == Action.QUERY:
            return _cancel_query(job, reason)
        cancelled = rows.skip_waiting(job, reason)
        for row in Row.objects.filter(job=job, state=Row.State.QUEUED).select_related("request"):
            cancelled += rows.take_back(job, row, reason)
        Job.objects.filter(pk=job.pk).update(**jobs.count(job))
        return cancelled


def _cancel_query(job: Job, reason: str) -> int:
    pull = pulls.open_for(job.company, jobs.reference(job))
    if pull is not None:
        return int(pulls.stop(pull.pk, reason))
    queued = Request.objects.filter(company=job.company, reference=jobs.reference(job), state=Request.State.QUEUED)
    return sum(outbox.cancel(pk, reason) for pk in queued.values_list("pk", flat=True))


# Again ---------------------------------------------------------------------------------------------------


def retry(job_id: int, only: Sequence[int] | None = None) -> int:
    """Try again what failed or was skipped, or a query that failed; how many rows (1 for a query)."""
    with transaction.atomic():
        job = jobs.lock(job_id)
        if job is None or job.state == Job.State.DRAFT:
            return 0
        if job.action == Action.QUERY:
            return _ask_again(job)
        again = rows.again(job, only)
        if again:
            jobs.reopen(job, jobs.count(job))
            rows.fill(job.pk, limits.ROWS_PER_CHUNK)
        return again


def _ask_again(job: Job) -> int:
    if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        return 0
    results.forget(job)
    jobs.reopen(job, {"done": 0, "total": None})
    _ask(job)
    return 1


def decide(row_id: int, done: bool, by: str) -> bool:
    """A person has looked in QuickBooks, and says whether it did what a row asked. False if the row is not in doubt."""
    with transaction.atomic():
        job = jobs.lock(Row.objects.filter(pk=row_id).values_list("job_id", flat=True).first() or 0)
        said = f"{by} looked in QuickBooks: it was {'done' if done else 'not done'}."
        if job is None or not rows.decide(job, row_id, done, said):
            return False
        Job.objects.filter(pk=job.pk).update(**jobs.count(job))
    return True


def start(job: Job, made: Sequence[Row], by: str) -> None:
    """Begin a draft, under its lock, with the rows as they were made: good ones wait, bad ones have failed already."""
    bulk.update(made, ["data", "custom", "state", "problem"])
    job.state, job.total, job.asked_by = Job.State.OPEN, len(made), by or job.asked_by
    counts = jobs.count(job)
    Job.objects.filter(pk=job.pk).update(state=job.state, total=job.total, asked_by=job.asked_by, **counts)
    rows.fill(job.pk, limits.ROWS_PER_CHUNK)
    jobs.end_if_complete(job)


# Once a minute -------------------------------------------------------------------------------------------


def tend() -> int:
    """Fill the outbox where a job has room, and end what is complete; how many rows were put in."""
    waiting = Row.objects.filter(job=OuterRef("pk"), state=Row.State.WAITING)
    open_jobs = Job.objects.filter(state=Job.State.OPEN).order_by("pk")
    put = 0
    for job_id in _ids(open_jobs.filter(Exists(waiting))):
        put += rows.fill(job_id)
    still = Row.objects.filter(job=OuterRef("pk"), state__in=jobs.OPEN_ROWS)
    for job_id in _ids(open_jobs.exclude(action=Action.QUERY).exclude(Exists(still))):
        with transaction.atomic():
            if (job := jobs.lock(job_id)) is not None:
                jobs.end_if_complete(job)
    for job_id in _ids(open_jobs.filter(action=Action.QUERY)):
        _tend_query(job_id)
    return put


def _ids(jobs: QuerySet[Job]) -> list[int]:
    return list(jobs.values_list("pk", flat=True)[: limits.JOBS_PER_TICK])


@transaction.atomic
def _tend_query(job_id: int) -> None:
    """A pull may end without an answer that anybody is told of: after too many sessions that died."""
    job = jobs.lock(job_id)
    if job is None or job.state != Job.State.OPEN:
        return
    pull = Pull.objects.filter(company=job.company, reference=jobs.reference(job)).order_by("-pk").first()
    if pull is not None and pull.state != Pull.State.OPEN:
        _end_with_pull(job, pull)
