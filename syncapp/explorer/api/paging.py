"""Lists in pages: a cursor says where the next page begins.

Words    cursor  opaque to programs; inside, the sort of list and the number after which the page begins
Rule     a page costs what it shows, however long the list is and however deep the page
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest

from syncapp.explorer.api.problems import Problem, error

LIMIT, LIMIT_MAX = 100, 1000


def position(cursor: str, sort: str) -> int | None:
    """Where the page begins; None: at the beginning of the list."""
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"==").decode()
    except (binascii.Error, ValueError):
        text = ""
    found = re.fullmatch(rf"{sort}:([0-9]{{1,18}})", text, re.ASCII)
    if found is None:
        wrong = error("cursor", "cursor", "Take the cursor from `next` of the page before, unchanged.", cursor)
        raise Problem("invalid", "cursor: it is none of this list.", errors=[wrong])
    return int(found[1])


def page(
    request: HttpRequest,
    items: Iterable[Any],
    limit: int,
    sort: str,
    place: Callable[[Any], int],
    shown: Callable[[Any], Any],
) -> dict[str, Any]:
    """`items` has one more than `limit`, if there are more; `place` is where the page after an item begins."""
    found = list(items)
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = _address(request, f"{sort}:{place(found[-1])}")
    return {"items": [shown(item) for item in found], "next": following}


def _address(request: HttpRequest, text: str) -> str:
    query = request.GET.copy()
    query["cursor"] = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{request.path}?{query.urlencode()}"
