"""Jobs: what was asked, how far it is, what came of it; cancelled, tried again, decided."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from qbwc.masking import masked_values
from syncapp.explorer import results, service
from syncapp.explorer.api import paging, shapes
from syncapp.explorer.api.auth import company_of, job_of, jobs, require, saved_of
from syncapp.explorer.api.problems import Problem
from syncapp.explorer.models import Action, ApiToken, Job, Row
from syncapp.explorer.tokens import SCOPE_OF

router = Router(tags=["Jobs"])
Limit = Query(paging.LIMIT, ge=1, le=paging.LIMIT_MAX, description="How many in one page.")
Cursor = Query("", max_length=100, description="From `next` of the page before.")
ANY = tuple(ApiToken.Scope.values)


def address(job: Job) -> str:
    return f"/api/v1/jobs/{job.pk}"


def told(job: Job) -> dict[str, Any]:
    query, here = job.action == Action.QUERY, address(job)
    webhook = None
    if job.webhook_url:
        state = job.webhook_state or "waiting"
        webhook = {
            "url": job.webhook_url,
            "state": state,
            "attempts": job.webhook_attempts,
            "next_at": job.webhook_next_at,
        }
    names = ("record_type", "action", "state", "fields", "total", "done", "failed", "problem", "remark", "asked_by")
    return {
        "id": job.pk,
        "company": job.company.key,
        **{name: getattr(job, name) for name in (*names, "created_at", "finished_at")},
        "saved_operation": job.saved_operation.key if job.saved_operation else None,
        "webhook": webhook,
        "links": {
            "self": here,
            "records": f"{here}/records" if query else None,
            "rows": None if query else f"{here}/rows",
            "files": {form: f"{here}/result.{form}" for form in ("csv", "json", "xml") if query or form != "xml"},
        },
    }


def whole(job: Job) -> dict[str, Any]:
    states = job.rows.order_by().values_list("state").annotate(Count("pk"))
    return {**told(job), "rows": dict(states)}


# Looking -----------------------------------------------------------------------------------


@router.get("/jobs", response=shapes.JobsPage, summary="The jobs of the token's companies, newest first")
def list_jobs(
    request: HttpRequest,
    company: str = "",
    state: shapes.JobState | None = None,
    record_type: str = "",
    action: shapes.ActionName | None = None,
    saved_operation: str = "",
    limit: int = Limit,
    cursor: str = Cursor,
) -> dict[str, Any]:
    token = require(request, *ANY)
    found = jobs(token).order_by("-pk")
    if company:
        found = found.filter(company=company_of(token, company))
    if saved_operation:
        found = found.filter(saved_operation=saved_of(token, saved_operation))
    wanted = {"state": state, "record_type": record_type, "action": action}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    before = paging.position(cursor, "jobs")
    if before is not None:
        found = found.filter(pk__lt=before)
    return paging.page(request, found[: limit + 1], limit, "jobs", lambda job: job.pk, told)


@router.get("/jobs/{int:job_id}", response=shapes.JobWhole, summary="One job")
def show_job(request: HttpRequest, job_id: int) -> dict[str, Any]:
    return whole(job_of(require(request, *ANY), job_id))


@router.get("/jobs/{int:job_id}/records", response=shapes.RecordsPage, summary="What a query found")
def list_records(request: HttpRequest, job_id: int, limit: int = Limit, cursor: str = Cursor) -> dict[str, Any]:
    """While the job is open, more may come, and what came may be replaced; page through it when it is done."""
    job = job_of(require(request, *ANY), job_id)
    if job.action != Action.QUERY:
        raise Problem("not-found", f"Job {job.pk} changes records: see {address(job)}/rows.")
    start = paging.position(cursor, "records") or 0
    found = enumerate(results.records(job, start, limit + 1), start=start + 1)
    page = paging.page(request, found, limit, "records", lambda each: each[0], _record)
    return {**page, "complete": not job.is_open}


def _record(numbered: tuple[int, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    _, (name, data) = numbered
    return {"type": name, "record": data}


@router.get("/jobs/{int:job_id}/rows", response=shapes.RowsPage, summary="What became of each record of a change")
def list_rows(
    request: HttpRequest,
    job_id: int,
    state: shapes.RowState | None = None,
    limit: int = Limit,
    cursor: str = Cursor,
) -> dict[str, Any]:
    job = job_of(require(request, *ANY), job_id)
    found = job.rows.filter(number__gt=paging.position(cursor, "rows") or 0).order_by("number")
    if state:
        found = found.filter(state=state)
    return paging.page(request, found[: limit + 1], limit, "rows", lambda row: row.number, row_told)


def row_told(row: Row) -> dict[str, Any]:
    names = ("number", "state", "record_id", "problem", "status_code", "data", "custom", "record")
    return masked_values({name: getattr(row, name) for name in names})


# Acting ------------------------------------------------------------------------------------


def _may_act(request: HttpRequest, job: Job) -> ApiToken:
    """Whoever may ask for such a job may act on it; and whoever may run saved operations, on what they began."""
    run = (ApiToken.Scope.RUN.value,) if job.saved_operation_id else ()
    return require(request, SCOPE_OF[Action(job.action)].value, *run)


def by(token: ApiToken) -> str:
    return f"token {token.name}"


@router.delete(
    "/jobs/{int:job_id}",
    response={200: shapes.CancelledTold, 409: shapes.ProblemTold},
    summary="Cancel what has not been sent yet",
)
def cancel_job(request: HttpRequest, job_id: int) -> Status[Any]:
    """What is out already is not called back; its rows still end as they end. Nothing is deleted here."""
    job = job_of(require(request, *ANY), job_id)
    token = _may_act(request, job)
    if job.state in Job.CLOSED:
        raise Problem("conflict", f"Job {job.pk} has ended already: it is {job.state}.")
    number = service.cancel(job, by(token))
    return Status(200, {"cancelled": number, "job": whole(job_of(token, job_id))})


@router.post(
    "/jobs/{int:job_id}/retry",
    response={202: shapes.JobWhole, 409: shapes.ProblemTold},
    summary="Try failed and skipped rows again",
)
def retry_job(request: HttpRequest, job_id: int, ask: shapes.RetryAsk) -> Status[Any]:
    job = job_of(require(request, *ANY), job_id)
    token = _may_act(request, job)
    chosen = None if ask.rows is None else list(job.rows.filter(number__in=ask.rows).values_list("pk", flat=True))
    if chosen is not None and len(chosen) != len(set(ask.rows or ())):
        raise Problem("not-found", f"Job {job.pk} does not have all of these rows.")
    if not service.retry(job, by(token), rows=chosen):
        raise Problem("conflict", f"Job {job.pk} has nothing to try again there: it is {job.state}.")
    return Status(202, whole(job_of(token, job_id)))


@router.post(
    "/jobs/{int:job_id}/rows/{int:number}/decide",
    response={200: shapes.RowTold, 409: shapes.ProblemTold},
    summary="Say whether QuickBooks did what nobody knows of",
)
def decide_row(request: HttpRequest, job_id: int, number: int, ask: shapes.DecideAsk) -> Status[Any]:
    """For rows that are `unknown`: a person looked in QuickBooks."""
    job = job_of(require(request, *ANY), job_id)
    token = _may_act(request, job)
    row = job.rows.filter(number=number).first() if number < 2**31 else None
    if row is None:
        raise Problem("not-found", f"Job {job.pk} has no row {str(number)[:20]}.")
    if row.state != Row.State.UNKNOWN:
        raise Problem("conflict", f"Row {number} is {row.state}: there is nothing to decide.")
    service.decide(row, ask.done, by(token))
    row.refresh_from_db()
    return Status(200, row_told(row))
