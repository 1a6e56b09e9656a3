"""Who asks: the bearer token, its scopes, and its companies.

Rules    1 A right token is always let in; wrong ones must wait longer and longer, per address, as wrong passwords of
           the Web Connector do. Since a secret cannot be guessed, this only spares the database, and one program
           with an old token cannot lock out another behind the same address.
         2 What a token is not for does not exist for it: other companies, and their jobs, are answered 404.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja.security import HttpBearer

from qbwc import throttle
from qbwc.models import Company
from qbwc.views import client_address
from syncapp import clock
from syncapp.explorer import tokens
from syncapp.explorer.api.problems import Problem
from syncapp.explorer.models import ApiToken, Job, SavedOperation

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="api"'}


class Bearer(HttpBearer):
    """`Authorization: Bearer qbs_…`"""

    openapi_description = "A token made by `manage.py api_token create` or in the admin."

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Problem("unauthorized", "The request has no token.", headers=CHALLENGE)
        return self.authenticate(request, text.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        found = tokens.find(token)
        if found is None:
            raise _refused(token, f"api {client_address(request)}")
        return found


def _refused(token: str, address: str) -> Problem:
    name, now = f"api {tokens.prefix_of(token)}", clock.now()
    wait, _ = throttle.look(name, address, now)
    if wait:
        detail = f"There were too many wrong tokens from this address. Wait {wait} seconds."
        return Problem("too-many-requests", detail, headers={"Retry-After": str(wait)})
    throttle.failed(name, address, now)
    detail = "The token is not valid: it is unknown, has expired, or was revoked."
    return Problem(
        "unauthorized", detail, headers={"WWW-Authenticate": CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}
    )


def token_of(request: HttpRequest) -> ApiToken:
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    return token


def require(request: HttpRequest, *scopes: str) -> ApiToken:
    """The request's token, if it has one of these scopes."""
    token = token_of(request)
    if not set(scopes) & set(token.scopes):
        needed = " or ".join(f"“{scope}”" for scope in scopes)
        raise Problem("forbidden", f"This needs the scope {needed}; the token “{token.name}” has it not.")
    return token


def require_action(request: HttpRequest, action: str) -> ApiToken:
    return require(request, tokens.SCOPE_OF[action].value)  # type: ignore[index]


def companies(token: ApiToken) -> QuerySet[Company]:
    allowed = tokens.companies_of(token)
    return Company.objects.all() if allowed is None else Company.objects.filter(pk__in=allowed)


def company_of(token: ApiToken, key: str) -> Company:
    company = companies(token).filter(key=key).first()
    if company is None:
        raise Problem("not-found", f"There is no company “{key}” for this token.")
    return company


def jobs(token: ApiToken) -> QuerySet[Job]:
    """What the token may look at: without the scope “read”, what it asked for itself."""
    found = Job.objects.select_related("company", "saved_operation")
    if ApiToken.Scope.READ.value not in token.scopes:
        found = found.filter(token=token)
    allowed = tokens.companies_of(token)
    return found if allowed is None else found.filter(company__in=allowed)


def job_of(token: ApiToken, job_id: int) -> Job:
    job = jobs(token).filter(pk=job_id).first() if job_id < 2**63 else None
    if job is None:
        raise Problem("not-found", f"There is no job {str(job_id)[:20]} for this token.")
    return job


def saved_operations(token: ApiToken) -> QuerySet[SavedOperation]:
    found = SavedOperation.objects.select_related("company")
    allowed = tokens.companies_of(token)
    return found if allowed is None else found.filter(company__in=allowed)


def saved_of(token: ApiToken, key: str) -> SavedOperation:
    saved = saved_operations(token).filter(key=key).first()
    if saved is None:
        raise Problem("not-found", f"There is no saved operation “{key}” for this token.")
    return saved
