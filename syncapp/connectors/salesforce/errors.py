"""What can go wrong with a call or a record, sorted by what may be done about it.

Words    unreachable  the call never left: nothing was done
         lost         the call left, and no usable answer came: it may have been done
         throttled    Salesforce did nothing, and asks for patience
         refused      Salesforce did nothing, and says why
         problem      what one answer or one record's result says: code, message, fields
Rule     simple-salesforce's own exceptions print whole addresses, with queries and so people's data in them; they
         never leave this package, not even as a cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from syncapp.connectors.base import ConnectorError, NotAuthorised
from syncapp.records import Deferred, Missing, Outcome, Rejected


class Unreachable(ConnectorError):
    """The call did not reach Salesforce; nothing was done."""


class Lost(ConnectorError):
    """The call left and no usable answer came back; it may have been done."""


class Throttled(ConnectorError):
    """Salesforce did nothing since too much was asked of it."""


@dataclass(frozen=True)
class Problem:
    code: str
    message: str
    fields: tuple[str, ...] = ()  # as Salesforce spells them


class Refused(ConnectorError):
    """Salesforce says no to the call as a whole; nothing was done."""

    def __init__(self, problem: Problem, status: int, *, remedy: str = "") -> None:
        super().__init__(f"{problem.message} ({problem.code})", remedy=remedy, retry_seconds=None)
        self.problem = problem
        self.status = status


def problem_of(body: Any) -> Problem:
    """The first error of an answer or of a record's result, whichever of its two shapes it has."""
    first = body[0] if isinstance(body, Sequence) and not isinstance(body, str) and body else body
    if not isinstance(first, Mapping):
        return Problem("NO_JSON", "Salesforce's answer is not what its API sends.")
    code = str(first.get("errorCode") or first.get("statusCode") or first.get("error") or "UNKNOWN")
    message = str(first.get("message") or first.get("error_description") or code)
    return Problem(code, message[:1000], tuple(str(name) for name in first.get("fields") or ()))


# Calls ---------------------------------------------------------------------------


def of_status(status: int, body: Any) -> ConnectorError:
    """The error that stands for an answer which is not a success."""
    problem = problem_of(body)
    if problem.code == "REQUEST_LIMIT_EXCEEDED":
        return throttled(problem)
    if problem.code in ("API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"):
        return NotAuthorised(
            "The Salesforce org does not let this user use the API.",
            remedy="Professional edition needs API access as an add-on; else tick “API Enabled” in the user's profile.",
        )
    if status >= 500:
        return Lost(f"Salesforce is not available just now (HTTP {status}).", retry_seconds=60)
    if status == 410 or problem.code == "UNSUPPORTED_API_VERSION":
        return Refused(problem, status, remedy="Set SALESFORCE_API_VERSION to a version that the org offers.")
    return Refused(problem, status, remedy=REMEDIES.get(problem.code, ""))


def throttled(problem: Problem) -> Throttled:
    if "concurrent" in problem.message.lower():
        return Throttled("Too many long calls run in the Salesforce org at once.", retry_seconds=30)
    return Throttled(
        "The Salesforce org has used up its API calls of the last 24 hours.",
        remedy="It goes on by itself as calls become free; else buy more, or sync less often.",
        retry_seconds=900,
    )


def of_wire(error: requests.RequestException) -> ConnectorError:
    """The error that stands for a connection that failed: before the call left, or after."""
    if isinstance(error, requests.exceptions.InvalidJSONError):
        return Lost("Salesforce answered with a page instead of data: maintenance, or a proxy in between.")
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return Unreachable(f"Salesforce cannot be reached ({type(error).__name__}).", remedy=WIRE_REMEDY)
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"):
        return Unreachable("Salesforce cannot be reached: no connection.", remedy=WIRE_REMEDY)
    if isinstance(error, requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError):
        return Lost(f"The connection to Salesforce broke before its answer came ({type(error).__name__}).")
    return ConnectorError(f"The call to Salesforce could not be made ({type(error).__name__}).", retry_seconds=None)


WIRE_REMEDY = "Check this server's network, its proxy settings and the org's domain."

# Records -------------------------------------------------------------------------

# Not now, though the same may well be taken later; seconds to wait.
PASSING = {
    "UNABLE_TO_LOCK_ROW": 30,
    "REQUEST_LIMIT_EXCEEDED": 900,
    "SERVER_UNAVAILABLE": 60,
    "UNKNOWN_EXCEPTION": 120,
    "QUERY_TIMEOUT": 60,
    "PROCESSING_HALTED": 30,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": 30,
    "STORAGE_LIMIT_EXCEEDED": 3600,
    "LIMIT_EXCEEDED": 120,
}
GONE = ("ENTITY_IS_DELETED", "NOT_FOUND")

REMEDIES = {
    "DUPLICATES_DETECTED": "A duplicate rule of the org found a similar record. Link the two, or change the rule for "
    'the sync\'s user, or set duplicates = "save" for the pair.',
    "DUPLICATE_VALUE": "Another record already has this value, which must be unique. If you cannot find it, the sync's "
    "user may not be allowed to see it: give it “View All” on the object.",
    "REQUIRED_FIELD_MISSING": "The org demands a field that the sync does not fill: give it a default in Salesforce, "
    "or make it optional for the sync's user.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule of the org says no: change the record, or exempt the "
    "sync's user from the rule.",
    "STRING_TOO_LONG": "Shorten the value on the side it comes from.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Add the value to the picklist, or change it on the side it comes from.",
    "FIELD_INTEGRITY_EXCEPTION": "With state and country picklists, Salesforce takes only its own spellings: correct "
    "the address, or add the value in Setup.",
    "INVALID_EMAIL_ADDRESS": "Correct the e-mail address on the side it comes from.",
    "INSUFFICIENT_ACCESS": "Give the sync's user access to the record: sharing, or “Modify All” on the object.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "Give the sync's user access to the record: sharing, or “Modify All”.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "Give the sync's user access to the record it refers to.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "The sync's user may not edit this field: check its permission sets.",
    "INVALID_FIELD": "A field is missing or not visible to the sync's user: run manage.py salesforce_package install.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "A trigger or flow of the org failed: its administrator must look.",
    "INVALID_TYPE": "The sync's user may not see this object: check its permission sets.",
}


def seconds_until_again(problem: Problem) -> int | None:
    """How long to wait where the problem passes by itself; None where it does not."""
    if "UNABLE_TO_LOCK_ROW" in problem.message:  # a trigger that met a locked record
        return PASSING["UNABLE_TO_LOCK_ROW"]
    return PASSING.get(problem.code)


def outcome_of(problem: Problem, neutral: Mapping[str, str]) -> Outcome:
    """What a refused record means; ``neutral`` turns Salesforce's field names into ours."""
    seconds = seconds_until_again(problem)
    if seconds is not None:
        return Deferred(problem.message, seconds)
    if problem.code in GONE:
        return Missing(problem.message)
    return Rejected(
        problem.message,
        code=problem.code,
        remedy=REMEDIES.get(problem.code, ""),
        fields=tuple(neutral[name] for name in problem.fields if name in neutral),
    )
