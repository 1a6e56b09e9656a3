"""Reading what a program sends: bounded before it is kept, and strict before it is believed.

Rule     never more than the limit is in memory, whether or not the length was told
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from ninja.parser import Parser

from syncapp.explorer.api.problems import Problem, error
from syncapp.explorer.strict_json import Malformed, check_text, parse

READ_BYTES = 1024 * 1024


def take_body(request: HttpRequest) -> None:
    """Read the whole body, so that Django's own limits, made for forms, do not apply."""
    limit = int(settings.API_BODY_BYTES)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        raise Problem("malformed", "The header Content-Length is no number.")
    if len(length) > 18 or int(length) > limit:
        raise _too_large(limit)
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    source = request.META["wsgi.input"] if chunked and request.META.get("wsgi.input_terminated") else request
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := source.read(READ_BYTES):
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            pieces.append(piece)
    except (OSError, UnreadablePostError):
        raise Problem("malformed", "The request broke off.") from None
    request._body = b"".join(pieces)
    request.META["CONTENT_LENGTH"] = str(size)


def _too_large(limit: int) -> Problem:
    return Problem("too-large", f"A request may have at most {limit} bytes.")


class StrictParser(Parser):
    """How django-ninja reads bodies and parameters."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return parse(request.body)
        except Malformed as problem:
            raise Problem("malformed", f"The body cannot be read: {problem}.") from None

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        for name in data:
            for value in data.getlist(name):
                try:
                    check_text(value if isinstance(value, str) else "")
                except Malformed as problem:
                    given = error(name, "text", f"It cannot be read: {problem}.")
                    raise Problem("malformed", f"{name}: {problem}.", errors=[given]) from None
        return super().parse_querydict(data, list_fields, request)
