"""What the org refuses, in the two shapes in which Salesforce says so.

Words    single record   ``[{"message", "errorCode", "fields"}]`` with an HTTP status of its own
         per record      ``{"statusCode", "message", "fields"}`` inside a collection's result list
Rule     one exception carries both; who answers chooses the shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SalesforceError(Exception):
    """The org refused: a code, a text, the fields concerned and the HTTP status of a single-record call."""

    def __init__(
        self,
        code: str,
        message: str,
        fields: Sequence[str] = (),
        *,
        status: int = 400,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = list(fields)
        self.status = status
        self.extra = extra or {}

    def for_record_call(self) -> list[dict[str, Any]]:
        body: dict[str, Any] = {**self.extra, "message": self.message, "errorCode": self.code}
        if self.fields:
            body["fields"] = self.fields
        return [body]

    def for_result_list(self) -> dict[str, Any]:
        error = {**self.extra, "statusCode": self.code, "message": self.message, "fields": self.fields}
        return {"success": False, "errors": [error]}


def not_found() -> SalesforceError:
    return SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)


def is_deleted() -> SalesforceError:
    return SalesforceError("ENTITY_IS_DELETED", "entity is deleted", status=404)


def no_such_record() -> SalesforceError:
    return SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)


def unknown_field(name: str, sobject: str) -> SalesforceError:
    return SalesforceError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def lock_refused(record_id: str) -> SalesforceError:
    text = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
    return SalesforceError("UNABLE_TO_LOCK_ROW", text)


def broken_json(text: str) -> SalesforceError:
    return SalesforceError("JSON_PARSER_ERROR", text)
