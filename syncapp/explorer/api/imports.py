"""Imports: a CSV whose lines are added, modified, deleted or voided, with a mapping of its columns.

Words    draft  a file that was read and not begun: its mapping can be changed, and every row is checked
Rule     a file is read, mapped and begun in one transaction: refused, it leaves nothing behind
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile
from ninja.responses import Status

from syncapp.explorer import imports, service, strict_json, webhooks
from syncapp.explorer.api import shapes
from syncapp.explorer.api.auth import company_of, job_of, require, require_action, token_of
from syncapp.explorer.api.companies import kind_of
from syncapp.explorer.api.jobs import ANY, address, by, told
from syncapp.explorer.api.problems import Problem, error, refusals
from syncapp.explorer.api.records import REPLAY, Key, Once, confirmed
from syncapp.explorer.models import Action, Job

router = Router(tags=["Imports"])
ANSWERS: dict[int, Any] = {200: shapes.ImportTold, 201: shapes.ImportTold, 202: shapes.ImportTold}
ANSWERS |= {409: shapes.ProblemTold, 413: shapes.ProblemTold, 422: shapes.ProblemTold}
MEMBERS = {"file", "mapping", "constants", "dates", "webhook_url", "dry_run", "confirm"}
MAPPING = Form("", description='JSON: {"column": "path"}; "" leaves a column out. Without it, the names decide.')
CONSTANTS = Form("", description='JSON: {"path": "value"}, for every record.')
DATES = Form("iso", description="How dates are written: iso (2026-02-07) or us (2/7/2026).")


@router.post(
    "/companies/{slug:key}/imports/{slug:record_type}/{slug:action}",
    response=ANSWERS,
    summary="Add, modify, delete or void what the lines of a CSV say",
)
def upload(
    request: HttpRequest,
    response: HttpResponse,
    key: str,
    record_type: str,
    action: str,
    file: File[UploadedFile],
    mapping: str = MAPPING,
    constants: str = CONSTANTS,
    dates: str = DATES,
    webhook_url: str = Form("", max_length=500, description=shapes.WEBHOOK),
    dry_run: bool = Form(False, description="Only read and check; the draft can be started afterwards."),
    confirm: bool = Form(False, description="Deleting and voiding need true."),
    idempotency_key: str = Key,
) -> Status[Any]:
    """Good rows go, bad ones fail with the reason. A dry run (201) tells every problem before anything is sent."""
    _known_members(request)
    company = company_of(token_of(request), key)
    kind = kind_of(record_type, action)
    token = require_action(request, action)
    if action == Action.QUERY:
        raise Problem("not-found", "A file can add, modify, delete and void, but not ask.")
    confirmed(action, confirm or dry_run)
    if webhook_url:
        webhooks.check_url(webhook_url)
    columns, fixed = _object("mapping", mapping), _object("constants", constants)
    content = file.read()
    asked = [key, kind.name, action, hashlib.sha256(content).hexdigest(), columns, fixed, dates, webhook_url, dry_run]
    once = Once(token, idempotency_key, asked)
    origin = {"token": token, "idempotency_key": once.key, "idempotency_hash": once.hash, "webhook_url": webhook_url}

    def begin() -> Job:
        with transaction.atomic():
            job = imports.upload(company, kind.name, action, file.name or "", content, by(token), **origin)
            if columns or fixed or dates != "iso":
                job = imports.remap(job, {**job.mapping, **columns}, fixed, dates=dates)
            return job if dry_run else service.start_import(job, by(token))

    job, replayed = _once(once, begin)
    if replayed:
        response.headers[REPLAY] = "true"
    response.headers["Location"] = address(job)
    return Status(201 if dry_run else 202, _told(job, checked=dry_run))


def _once(once: Once, begin: Any) -> tuple[Job, bool]:
    """The job that the same request brought before, or a new one; two at once bring one."""
    if (job := once.known()) is not None:
        return job, True
    try:
        return begin(), False
    except IntegrityError:
        if (job := once.known()) is None:
            raise
        return job, True


def _known_members(request: HttpRequest) -> None:
    if unknown := sorted({*request.POST, *request.FILES} - MEMBERS):
        remedy = f"There are {', '.join(sorted(MEMBERS))}."
        wrong = [error(name, "unknown", "There is no such member.", remedy=remedy) for name in unknown]
        raise Problem("invalid", f"{unknown[0]}: there is no such member. {remedy}", errors=wrong)


def _object(name: str, text: str) -> dict[str, str]:
    """A part of the form that is a JSON object of texts."""
    if not text:
        return {}
    try:
        found = strict_json.parse(text.encode())
    except strict_json.Malformed as problem:
        wrong = error(name, "json", f"It cannot be read: {problem}.")
        raise Problem("invalid", f"{name}: {problem}.", errors=[wrong]) from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        wrong = error(name, "type", "It is not a JSON object whose values are texts.")
        raise Problem("invalid", f"{name}: {wrong['message']}", errors=[wrong])
    return found


def _told(job: Job, *, checked: bool) -> dict[str, Any]:
    problems = refusals(imports.dry_run(job)) if checked and job.state == Job.State.DRAFT else []
    columns = {"columns": job.columns, "mapping": job.mapping, "constants": _constants(job)}
    return {**told(job), **columns, "problems": problems}


def _constants(job: Job) -> Mapping[str, str]:
    return {path: value for path, value in job.data.items() if not path.startswith("#")}


def _import_of(request: HttpRequest, job_id: int) -> Job:
    job = job_of(require(request, *ANY), job_id)
    if not job.columns:
        raise Problem("not-found", f"Job {job.pk} did not begin as a file; see {address(job)}.")
    return job


def _draft_of(request: HttpRequest, job_id: int) -> Job:
    job = _import_of(request, job_id)
    require_action(request, job.action)
    if job.state != Job.State.DRAFT:
        raise Problem("conflict", f"Job {job.pk} has begun already: it is {job.state}.")
    return job


@router.get("/imports/{int:job_id}", response=shapes.ImportTold, summary="An import; of a draft, all that is wrong")
def show_import(request: HttpRequest, job_id: int) -> dict[str, Any]:
    return _told(_import_of(request, job_id), checked=True)


@router.patch(
    "/imports/{int:job_id}",
    response={200: shapes.ImportTold, 409: shapes.ProblemTold},
    summary="Change the mapping of a draft",
)
def remap(request: HttpRequest, job_id: int, ask: shapes.RemapAsk) -> Status[Any]:
    job = _draft_of(request, job_id)
    columns = job.mapping if ask.mapping is None else ask.mapping
    return Status(200, _told(imports.remap(job, columns, ask.constants, dates=ask.dates), checked=True))


@router.post(
    "/imports/{int:job_id}/start",
    response={202: shapes.ImportTold, 409: shapes.ProblemTold},
    summary="Begin a draft: good rows go, bad ones fail with the reason",
)
def start(request: HttpRequest, job_id: int, ask: shapes.StartAsk) -> Status[Any]:
    job = _draft_of(request, job_id)
    confirmed(job.action, ask.confirm)
    return Status(202, _told(service.start_import(job, by(token_of(request))), checked=False))
