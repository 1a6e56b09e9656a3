"""What every request to the API passes on its way in, and every answer on its way out.

Rules    1 HEAD is answered as GET without the body, OPTIONS and what is not possible with the header Allow.
         2 Whatever goes wrong ends as a problem document; what is our mistake is logged whole and told to nobody.
         3 No cookie is read or set, and no other web site's page may read an answer: programs come with a token.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from ninja.errors import HttpError, ValidationError

from syncapp.explorer.api import problems
from syncapp.explorer.api.problems import Problem, error
from syncapp.explorer.api.reading import take_body
from syncapp.explorer.problems import Refused

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]


def through(pattern: URLPattern) -> URLPattern:
    """The same address, with its view behind the door."""
    pattern.callback = door(pattern.callback)
    return pattern


def door(view: View) -> View:
    @wraps(view, updated=())
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        head = request.method == "HEAD"
        try:
            take_body(request)
            if head:
                request.method = "GET"
            response = view(request, *args, **kwargs)
        except Exception as problem:
            response = told(request, problem)
        if isinstance(response, HttpResponseNotAllowed):
            response = _not_allowed(request, response, head=head)
        return _finished(response, head=head)

    inside.csrf_exempt = True  # type: ignore[attr-defined]
    return inside


def only_known_parameters(run: View) -> View:
    """A filter spelt wrong would be a filter left out: what is not known is refused by name."""
    models = run.__self__.models  # type: ignore[attr-defined]
    known = {
        name for model in models if model.__ninja_param_source__ == "query" for name in model.__ninja_flatten_map__
    }

    @wraps(run)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if unknown := [name for name in request.GET if name not in known]:
            there = f"There are {', '.join(sorted(known))}." if known else "There are none here."
            wrong = [error(name, "unknown", "There is no such parameter.", remedy=there) for name in unknown]
            raise Problem("invalid", f"{unknown[0]}: there is no such parameter. {there}", errors=wrong)
        return run(request, *args, **kwargs)

    return checked


def told(request: HttpRequest, problem: Exception) -> HttpResponse:
    """Any exception as an answer."""
    if isinstance(problem, HttpError) and isinstance(problem.__cause__, Problem):
        problem = problem.__cause__
    if isinstance(problem, Problem):
        return problems.answer(request, problem)
    if isinstance(problem, Refused):
        return problems.answer(request, problems.of_refusal(problem))
    if isinstance(problem, ValidationError):
        return problems.answer(request, problems.of_validation(problem.errors))
    if isinstance(problem, Http404):
        return problems.answer(request, Problem("not-found", f"There is nothing at {request.path}."))
    if isinstance(problem, RequestDataTooBig):
        return problems.answer(request, Problem("too-large", str(problem)))
    if isinstance(problem, SuspiciousOperation | MultiPartParserError):
        return problems.answer(request, Problem("malformed", str(problem)))
    if isinstance(problem, HttpError):
        return problems.answer(request, problems.of_status(problem.status_code, str(problem)))
    logger.error("a request to the API could not be answered: %s %s", request.method, request.path, exc_info=problem)
    return problems.answer(request, Problem("internal", "The request could not be answered. The log says more."))


def _not_allowed(request: HttpRequest, response: HttpResponseNotAllowed, *, head: bool) -> HttpResponse:
    allowed = {name.strip() for name in response["Allow"].split(",")}
    allowed |= {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
    allow = {"Allow": ", ".join(sorted(allowed))}
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=allow)
    method = "HEAD" if head else request.method
    return problems.answer(
        request, Problem("method-not-allowed", f"{method} is not possible at {request.path}.", headers=allow)
    )


def _finished(response: HttpResponseBase, *, head: bool) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if head and isinstance(response, HttpResponse):
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    elif head and hasattr(response, "streaming_content"):
        response.streaming_content = iter(())
    return response
