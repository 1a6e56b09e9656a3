"""One REST call, or one subrequest of a composite one, on its way through the resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import SalesforceError, broken_json, not_found
from .schema import SObject
from .state import OrgState
from .transaction import Tx
from .wire import Request

DUPLICATE_HEADER = "sforce-duplicate-rule-header"
READ_METHODS = frozenset({"GET", "HEAD"})
NAMING_PARTS = {"sobjects": 2, "composite": 2, "metadata": 2, "jobs": 2}


def resource_of(parts: list[str]) -> str:
    """What the journal calls a resource: the path below the version, without what names a single record."""
    head = parts[0].lower() if parts else ""
    count = NAMING_PARTS.get(head, 1)
    if head == "sobjects" and len(parts) == 3 and parts[2] in ("describe", "updated", "deleted", "listviews"):
        count = 3
    return "/".join(parts[:count])


@dataclass
class Call:
    """``parts`` are the path below the version; ``body`` is JSON, already read, or None."""

    org: OrgState
    user_id: str
    version: str
    method: str
    parts: list[str]
    query: Mapping[str, str]
    tx: Tx
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    request: Request | None = None

    def __post_init__(self) -> None:
        self.tx.allow_duplicates = "allowsave=true" in self.headers.get(DUPLICATE_HEADER, "").replace(" ", "").lower()

    def object_body(self) -> dict[str, Any]:
        if not isinstance(self.body, dict):
            raise broken_json("Unexpected end of input: an object was expected at [line:1, column:1]")
        return self.body

    def sobject(self, name: str) -> SObject:
        found = self.org.visible(self.user_id, name)
        if found is None:
            raise not_found()
        return found

    def method_refused(self, allowed: str) -> SalesforceError:
        text = f"HTTP Method '{self.method}' not allowed. Allowed are {allowed}"
        return SalesforceError("METHOD_NOT_ALLOWED", text, status=405)
