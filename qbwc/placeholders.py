"""Values that a request takes from the answer of the request it waits for: `@{ListID}`, `@{ParentRef.ListID}`.

Rule     pure. A value that the answer lacks is an error: an empty id would mean something else to QuickBooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from re import Match
from typing import Any
from xml.sax.saxutils import escape

from qbwc.kinds import PLACEHOLDER


class Missing(Exception):
    """The answer holds no such value."""


def fill(body: str, result: Any) -> str:
    """The body with every placeholder filled from the result's first record, or from its ErrorRecovery."""
    sources: list[Mapping[str, Any]] = [record.data for record in result.records[:1]]
    if result.recovery:
        sources.append(result.recovery)

    def value(match: Match[str]) -> str:
        for source in sources:
            found = _at(source, match.group(1))
            if found is not None:
                return escape(str(found)).encode("ascii", "xmlcharrefreplace").decode()
        raise Missing(f"the answer holds no {match.group(1)}")

    return PLACEHOLDER.sub(value, body)


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(data, list):
            data = data[0] if data else None
        if not isinstance(data, Mapping):
            return None
        data = data.get(name)
    return None if isinstance(data, (Mapping, list)) or data == "" else data
