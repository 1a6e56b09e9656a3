"""What executing one request yields, before it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import writer
from .errors import Fault, severity

OK = "Status OK"
NOTHING_FOUND = "A query request did not find a matching object in QuickBooks"
NOT_PROCESSED = "The request has not been processed."


@dataclass
class Answer:
    code: int = 0
    message: str = OK
    body: str = ""
    # Beyond the status: retCount, iteratorRemainingCount, iteratorID, in this order.
    attributes: list[tuple[str, str]] = field(default_factory=list)
    # What a later status check tells of the object that was written.
    recovery: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, fault: Fault) -> Answer:
        return cls(fault.code, fault.message)

    @classmethod
    def not_found(cls, names: list[str]) -> Answer:
        """Only the first missing one is named, however many there are."""
        return cls(
            500,
            "The query request has not been fully completed. There was a required element "
            f'("{names[0]}") that could not be found in QuickBooks.',
        )

    @property
    def failed(self) -> bool:
        return self.code >= 1000

    def text(self, name: str, request_id: str | None) -> str:
        return rs(name, request_id, self.code, self.message, self.attributes, self.body)


def rs(name: str, request_id: str | None, code: int, message: str, attributes: list[tuple[str, str]], body: str) -> str:
    """One XxxRs; a request without requestID is answered without one."""
    head = [("requestID", request_id)] if request_id is not None else []
    head += [("statusCode", str(code)), ("statusSeverity", severity(code)), ("statusMessage", message)]
    return writer.element(f"{name}Rs", head + attributes, body)
