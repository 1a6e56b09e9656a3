"""Asking: a query, or one change or many, of one record type in one company."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Router
from ninja.responses import Status

from qbwc.models import Company
from syncapp.explorer import limits, service, webhooks
from syncapp.explorer.api import shapes
from syncapp.explorer.api.auth import company_of, require_action, token_of
from syncapp.explorer.api.companies import kind_of
from syncapp.explorer.api.jobs import address, by, told
from syncapp.explorer.api.problems import Problem, error
from syncapp.explorer.models import DESTRUCTIVE, Action, ApiToken, Job
from syncapp.explorer.problems import Refused

router = Router(tags=["Records"])
PREVIEWED = 20
REPLAY = "Idempotent-Replay"
Key = Header(
    "", alias="Idempotency-Key", max_length=200, description="A word of your own; the same brings the same job."
)
ANSWERS = {
    200: shapes.JobTold | shapes.PreviewTold,
    202: shapes.JobTold,
    409: shapes.ProblemTold,
    422: shapes.ProblemTold,
}
ANSWERS |= {413: shapes.ProblemTold}


@router.post(
    "/companies/{slug:key}/records/{slug:record_type}/{slug:action}",
    response=ANSWERS,
    summary="Query, add, modify, delete or void",
)
def ask(
    request: HttpRequest,
    response: HttpResponse,
    key: str,
    record_type: str,
    action: str,
    ask: shapes.Ask,
    idempotency_key: str = Key,
) -> Status[Any]:
    """`query` takes its filters in `data`; the others one record in `data`, or several in `records`.

    A modify finds its record by id, or by its name or number, and takes the EditSequence as it is given, or the latest
    one. `delete` and `void` need `confirm: true`.
    """
    token = token_of(request)
    company = company_of(token, key)
    kind = kind_of(record_type, action)
    require_action(request, action)
    records = _records(ask, action)
    confirmed(action, ask.confirm or ask.dry_run)
    if ask.webhook_url:
        webhooks.check_url(ask.webhook_url)
    if ask.dry_run:
        return Status(200, preview(company, kind.name, action, records, ask.custom))
    once = Once(token, idempotency_key, [key, kind.name, action, ask.model_dump()])
    return once(
        response,
        lambda: service.submit(
            company,
            kind.name,
            action,
            records,
            fields=ask.fields,
            custom=ask.custom,
            asked_by=by(token),
            token=token,
            idempotency_key=once.key,
            idempotency_hash=once.hash,
            webhook_url=ask.webhook_url,
        ),
    )


def _records(ask: shapes.Ask, action: str) -> list[dict[str, Any]]:
    if ask.data is not None and ask.records is not None:
        raise _invalid("records", "branch", "Give `data` or `records`, not both.")
    if action == Action.QUERY:
        if ask.records is not None:
            raise _invalid("records", "branch", "A query has its filters in `data`.")
        return [ask.data or {}]
    if ask.fields:
        raise _invalid("fields", "branch", "Only a query chooses fields.")
    records = ask.records if ask.records is not None else [ask.data] if ask.data is not None else []
    if not records:
        raise _invalid("data", "required", "Give the record in `data`, or several in `records`.")
    if len(records) > limits.ROWS_MAX:
        raise Problem("too-large", f"A job has at most {limits.ROWS_MAX} records; these are {len(records)}.")
    if ask.custom is not None and len(ask.custom) != len(records):
        said = f"There are {len(records)} records, but custom fields for {len(ask.custom)}."
        raise _invalid("custom", "many", said)
    return records


def _invalid(path: str, rule: str, message: str) -> Problem:
    return Problem("invalid", f"{path}: {message}", errors=[error(path, rule, message)])


def confirmed(action: str, confirm: bool) -> None:
    if action in DESTRUCTIVE and not confirm:
        raise _invalid("confirm", "required", f"To {action} records for good, send “confirm”: true.")


def preview(
    company: Company, record_type: str, action: str, records: list[dict[str, Any]], custom: list[dict[str, str]] | None
) -> dict[str, Any]:
    """What would be sent; every record is checked, and the first few are shown."""
    problems: list[service.Problem] = []
    shown: list[str] = []
    for number, record in enumerate(records, start=1):
        try:
            found = service.preview(company, record_type, action, record, custom[number - 1] if custom else None)
        except Refused as refusal:
            problems += [replace(each, row=number) for each in refusal.problems]
            continue
        if len(shown) < PREVIEWED:
            shown.append(found.qbxml)
    if problems:
        raise Refused(problems)
    return {"records": len(records), "qbxml": shown}


# Once and not twice ------------------------------------------------------------------------


class Once:
    """One Idempotency-Key of one token: the same request brings the same job, another is refused."""

    def __init__(self, token: ApiToken, key: str, asked: Any) -> None:
        if key and not (key.isprintable() and key.isascii()):
            raise Problem("malformed", "The header Idempotency-Key holds something else than printable characters.")
        self.token, self.key = token, key
        canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
        self.hash = hashlib.sha256(canonical.encode()).hexdigest() if key else ""

    def known(self) -> Job | None:
        """The job that this very request brought before; Problem if the key brought another."""
        if not self.key:
            return None
        job = Job.objects.filter(token=self.token, idempotency_key=self.key).first()
        if job is not None and job.idempotency_hash != self.hash:
            raise self._conflict(job)
        return job

    def _conflict(self, job: Job) -> Problem:
        said = f"This Idempotency-Key brought job {job.pk}, which was another request."
        return Problem("idempotency-conflict", said, more={"job": address(job)})

    def __call__(self, response: HttpResponse, submit: Callable[[], Job]) -> Status[Any]:
        job = self.known()
        replayed = job is not None
        if job is None:
            try:
                job = submit()
            except service.IdempotencyConflict as conflict:
                raise self._conflict(conflict.job) from None
        response.headers["Location"] = address(job)
        if replayed:
            response.headers[REPLAY] = "true"
        return Status(200 if replayed and job.state in Job.CLOSED else 202, told(job))
