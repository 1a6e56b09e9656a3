"""getUpdated and getDeleted: what changed between two minutes.

Rule  seconds are cut off both ends; a window has at least a minute, starts at most 30 days ago, and is answered only
      up to ``latestDateCovered``, which is where the next window has to start.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .errors import SalesforceError
from .schema import SObject
from .state import OrgState
from .values import parse_moment, stamp_text

MINUTE = timedelta(minutes=1)
DAYS_MAX = timedelta(days=30)


def _window(org: OrgState, query: dict[str, str]) -> tuple[datetime, datetime]:
    start, end = (_moment(query.get(name, ""), name) for name in ("start", "end"))
    if end - start < MINUTE:
        text = "endDate must be at least one minute greater than startDate"
        raise SalesforceError("INVALID_REPLICATION_DATE", text)
    if start < org.now() - DAYS_MAX - MINUTE:
        raise SalesforceError("INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
    return start, end


def _moment(text: str, name: str) -> datetime:
    moment = parse_moment(text.replace(" ", "+"))
    if moment is None:
        raise SalesforceError("MALFORMED_QUERY", f"{name} is not a dateTime: {text}")
    return moment.replace(second=0, microsecond=0)


def _covered(org: OrgState, end: datetime) -> datetime:
    return min(end, org.now().astimezone(UTC).replace(second=0, microsecond=0))


def _check(sobject: SObject) -> None:
    if not sobject.replicateable:
        raise SalesforceError("INVALID_TYPE", f"{sobject.name} is not replicateable")


def updated(org: OrgState, sobject: SObject, query: dict[str, str]) -> dict[str, Any]:
    _check(sobject)
    start, end = _window(org, query)
    rows = org.table(sobject).stamped(start, end)
    found = list(dict.fromkeys(row["Id"] for row in rows if not row["IsDeleted"]))
    return {"ids": found, "latestDateCovered": stamp_text(_covered(org, end))}


def deleted(org: OrgState, sobject: SObject, query: dict[str, str]) -> dict[str, Any]:
    _check(sobject)
    start, end = _window(org, query)
    table = org.table(sobject)
    if table.deletions_from is not None and start < table.deletions_from.replace(second=0, microsecond=0):
        text = f"startDate before org replication enabled date or {stamp_text(table.deletions_from)}"
        raise SalesforceError("INVALID_REPLICATION_DATE", text)
    gone = [(row["SystemModstamp"], row["Id"]) for row in table.stamped(start, end) if row["IsDeleted"]]
    gone += [entry for entry in table.purged if start <= entry[0] < end]
    earliest = table.deletions_from or org.now() - DAYS_MAX
    return {
        "deletedRecords": [{"deletedDate": stamp_text(stamp), "id": each} for stamp, each in sorted(gone)],
        "earliestDateAvailable": stamp_text(earliest.replace(second=0, microsecond=0)),
        "latestDateCovered": stamp_text(_covered(org, end)),
    }
