"""Saved operations: read, made, changed, deleted, and run.

Rule     whoever makes or changes one needs the scope of what it does: by one that deletes, a token that may run
         whatever is saved would delete
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.responses import Status

from syncapp.explorer import saved, service, webhooks
from syncapp.explorer.api import paging, shapes
from syncapp.explorer.api.auth import company_of, require, require_action, saved_of, saved_operations
from syncapp.explorer.api.jobs import ANY, Cursor, Limit, by
from syncapp.explorer.api.records import ANSWERS, Key, Once, confirmed
from syncapp.explorer.models import ApiToken, SavedOperation

router = Router(tags=["Saved operations"])
WRITE, RUN = ApiToken.Scope.WRITE.value, ApiToken.Scope.RUN.value
REFUSALS = {409: shapes.ProblemTold, 422: shapes.ProblemTold}


def told(operation: SavedOperation) -> dict[str, Any]:
    names = ("key", "name", "record_type", "action", "data", "fields", "schedule", "enabled", "webhook_url")
    waiting = saved.open_job(operation) if operation.schedule else None
    return {
        **{name: getattr(operation, name) for name in (*names, "next_run_at", "created_by", "changed_at")},
        "company": operation.company.key,
        "waiting_for": f"/api/v1/jobs/{waiting.pk}" if waiting else None,
    }


def _may_write(request: HttpRequest, *actions: str) -> ApiToken:
    token = require(request, WRITE)
    for action in actions:
        require_action(request, action)
    return token


@router.get("/saved-operations", response=shapes.SavedPage, summary="The saved operations of the token's companies")
def list_saved(request: HttpRequest, company: str = "", limit: int = Limit, cursor: str = Cursor) -> dict[str, Any]:
    token = require(request, *ANY)
    found = saved_operations(token).order_by("pk")
    if company:
        found = found.filter(company=company_of(token, company))
    found = found.filter(pk__gt=paging.position(cursor, "saved") or 0)
    return paging.page(request, found[: limit + 1], limit, "saved", lambda each: each.pk, told)


@router.get("/saved-operations/{slug:key}", response=shapes.SavedTold, summary="One saved operation")
def show_saved(request: HttpRequest, key: str) -> dict[str, Any]:
    return told(saved_of(require(request, *ANY), key))


@router.post("/saved-operations", response={201: shapes.SavedTold, **REFUSALS}, summary="Save an operation")
def create_saved(request: HttpRequest, response: HttpResponse, ask: shapes.SavedAsk) -> Status[Any]:
    """What could not be sent is refused. Deleting and voiding have no schedule."""
    token = _may_write(request, ask.action)
    values = _given(ask)
    operation = saved.create(company_of(token, values.pop("company")), created_by=by(token), **values)
    response.headers["Location"] = f"/api/v1/saved-operations/{operation.key}"
    return Status(201, told(operation))


@router.patch(
    "/saved-operations/{slug:key}", response={200: shapes.SavedTold, **REFUSALS}, summary="Change what is named"
)
def change_saved(request: HttpRequest, key: str, ask: shapes.SavedChange) -> Status[Any]:
    operation = saved_of(require(request, *ANY), key)
    token = _may_write(request, operation.action, ask.action or operation.action)
    values = _given(ask)
    if "company" in values:
        values["company"] = company_of(token, values["company"])
    return Status(200, told(saved.change(operation, by=by(token), **values)))


def _given(ask: shapes.SavedChange) -> dict[str, Any]:
    return {name: value for name, value in ask.model_dump(exclude_unset=True).items() if value is not None}


@router.delete("/saved-operations/{slug:key}", response={204: None}, summary="Forget it; its jobs stay")
def delete_saved(request: HttpRequest, key: str) -> Status[Any]:
    operation = saved_of(require(request, *ANY), key)
    saved.delete(operation, by=by(_may_write(request, operation.action)))
    return Status(204, None)


@router.post("/saved-operations/{slug:key}/run", response={**ANSWERS}, summary="Run it now")
def run_saved(
    request: HttpRequest, response: HttpResponse, key: str, ask: shapes.RunAsk, idempotency_key: str = Key
) -> Status[Any]:
    """`changes` are laid over what is saved, for this run. With changes, the scope of its action is needed, too."""
    token = require(request, RUN)
    operation = saved_of(token, key)
    if ask.changes:
        require_action(request, operation.action)
    confirmed(operation.action, ask.confirm)
    if ask.webhook_url:
        webhooks.check_url(ask.webhook_url)
    once = Once(token, idempotency_key, ["run", key, ask.model_dump()])
    return once(
        response,
        lambda: service.run_saved(
            operation,
            asked_by=by(token),
            changes=ask.changes,
            token=token,
            idempotency_key=once.key,
            idempotency_hash=once.hash,
            webhook_url=ask.webhook_url,
        ),
    )
