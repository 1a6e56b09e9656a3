"""The request that a query becomes: the caller's filters, what to leave out, and whether it is pulled page by page.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qbwc.qbxml.catalogue import Field
from syncapp.explorer.fields import CUSTOM
from syncapp.explorer.kinds import RecordType

PUBLIC = "0"  # the OwnerID of the custom fields that people see
ALWAYS = ("ListID", "TxnID", "EditSequence", "TimeModified")
ITERATOR_SINCE = 5.0


def prepared(
    kind: RecordType, filters: Mapping[str, Any], chosen: Sequence[str], version: str, country: str
) -> dict[str, Any]:
    """The data of the request. Custom fields come along; of the rest, what was chosen (all, if nothing was)."""
    known = kind.content("query").fields
    data = dict(filters)
    if _takes(known, "OwnerID", version, country) and not data.get("OwnerID"):
        data["OwnerID"] = [PUBLIC]
    if chosen and _takes(known, "IncludeRetElement", version, country) and not data.get("IncludeRetElement"):
        tops = ["DataExtRet" if path.startswith(CUSTOM) else path.split("/")[0].split("[")[0] for path in chosen]
        told = {name for record in kind.answers.values() if record.content for name in record.content.fields}
        data["IncludeRetElement"] = [name for name in dict.fromkeys([*ALWAYS, *tops]) if name in told]
    return data


def _takes(known: Mapping[str, Field], name: str, version: str, country: str) -> bool:
    field = known.get(name)
    return field is not None and float(field.since) <= float(version) and country not in field.absent


def paged(kind: RecordType, filters: Mapping[str, Any], version: str) -> bool:
    """Whether it is a pull: it iterates, and neither single records nor a number of them were asked for."""
    single = {*kind.queried_by, "RefNumberCaseSensitive", "MaxReturned"}
    return kind.iterates and float(version) >= ITERATOR_SINCE and not any(filters.get(name) for name in single)
