"""What goes wrong in the API, as a document that programs can read (RFC 9457, application/problem+json).

Words    type    the sort of problem, as an address at which it is explained
         errors  one entry for each thing that is wrong in what was sent: where, which rule, and what to do
Rule     every answer of 400 and above has this form, whoever raised it
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from syncapp.explorer import problems as refusing
from syncapp.explorer.problems import Refused

MEDIA_TYPE = "application/problem+json"
ERRORS_SHOWN_MAX = 1000
# name -> (status, title, what to do)
SORTS: dict[str, tuple[int, str, str]] = {
    "malformed": (400, "The request cannot be read", "Send JSON in UTF-8, as the OpenAPI document describes it."),
    "unauthorized": (401, "No valid token", "Send “Authorization: Bearer TOKEN” with a token that is still valid."),
    "forbidden": (403, "The token may not do this", "Use a token that has the scope that is named."),
    "not-found": (404, "There is nothing here", "Look the address up in the OpenAPI document, and ids in the lists."),
    "method-not-allowed": (405, "Not possible here", "Use one of the methods that the header “Allow” names."),
    "conflict": (409, "The state of things does not allow this", "Read it again, and decide anew."),
    "idempotency-conflict": (
        409,
        "The Idempotency-Key was used for something else",
        "Use a new key for a new request, and the same key only with the same request.",
    ),
    "too-large": (413, "Too much at once", "Send less at once, in several requests."),
    "invalid": (422, "What was sent is not valid", "Correct what `errors` names; nothing was done."),
    "too-many-requests": (429, "Too many wrong tokens", "Wait as long as the header “Retry-After” says."),
    "internal": (500, "This is our mistake", "Try again later; the log of the server says more."),
}
BY_STATUS = {status: name for name, (status, _, _) in reversed(SORTS.items())}


class Problem(Exception):
    """Ends the request with this answer."""

    def __init__(
        self,
        sort: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.sort, self.detail = sort, detail
        self.errors, self.headers, self.more = list(errors), dict(headers or {}), dict(more or {})


def error(
    path: str, rule: str, message: str, value: Any = None, row: int | None = None, remedy: str = ""
) -> dict[str, Any]:
    """One entry of `errors`; a value is shown as short text, whatever it is."""
    shown = None if value is None else value if isinstance(value, str) else repr(value)
    if shown is not None and len(shown) > 100:
        shown = shown[:99] + "…"
    return {"path": path, "rule": rule, "message": message, "value": shown, "row": row, "remedy": remedy}


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    status, title, _ = SORTS[problem.sort]
    body: dict[str, Any] = {
        "type": f"/api/v1/problems/{problem.sort}",
        "title": title,
        "status": status,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.errors:
        body["errors"] = problem.errors[:ERRORS_SHOWN_MAX]
        body["errors_total"] = len(problem.errors)
    content = json.dumps({**body, **problem.more}).encode()
    return HttpResponse(content, status=status, content_type=MEDIA_TYPE, headers=problem.headers)


def of_status(status: int, detail: str) -> Problem:
    """The nearest sort for a status that somebody else chose."""
    sort = BY_STATUS.get(status) or ("internal" if status >= 500 else "malformed")
    return Problem(sort, detail or HTTPStatus(status).phrase)


def of_validation(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """What pydantic found, in our words: unknown members are named, and places are written as paths."""
    found = [_of_pydantic(each) for each in errors]
    first = found[0]
    where = f"{first['path']}: " if first["path"] else ""
    return Problem("invalid", f"{where}{first['message']}", errors=found)


def of_refusal(refusal: Refused) -> Problem:
    """What the connector refused, record by record."""
    return Problem("invalid", str(refusal) or "It is not valid.", errors=refusals(refusal.problems))


def refusals(problems: Iterable[refusing.Problem]) -> list[dict[str, Any]]:
    return [error(each.path, each.rule, each.message, each.value or None, each.row, each.remedy) for each in problems]


def _of_pydantic(given: Mapping[str, Any]) -> dict[str, Any]:
    place = [str(part) for part in given.get("loc", ())]
    source = place.pop(0) if place and place[0] in ("body", "query", "path", "header", "form", "file") else ""
    if source == "body" and place and place[0] == "ask":
        place.pop(0)
    sort = str(given.get("type", ""))
    message = str(given.get("msg", "not valid")).removeprefix("Value error, ")
    if sort == "extra_forbidden":
        remedy = "Leave it out, or correct its name."
        return error("/".join(place), "unknown", f"There is no member “{place[-1]}” here.", remedy=remedy)
    value = given.get("input") if isinstance(given.get("input"), str | int | float | bool) else None
    rule = {"missing": "required", "value_error": "value"}.get(sort, sort)
    return error("/".join(place), rule, message, value)
