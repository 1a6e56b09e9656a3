"""The single conditional update, for fields where the second or two between reading and writing are too long.

Salesforce compares whole seconds: an edit within the second of the last one still goes unnoticed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.change import Change
from syncapp.connectors.salesforce.errors import Lost, Refused
from syncapp.connectors.salesforce.fields import Row
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.reading import MAIN, PART
from syncapp.connectors.salesforce.soql import parse_moment
from syncapp.records import Unknown


def write_carefully(gateway: Gateway, change: Change) -> None:
    """Update the main row and its part, each only if it is as it was read; the rest is left to the batch."""
    if change.before is None:
        return
    steps = (
        (MAIN, change.reader.main, change.main_update, change.before.main),
        (PART, change.reader.part, change.part_update, _part_of(change)),
    )
    change.main_update = change.part_update = None
    for part, sobject, row, as_read in steps:
        if row and as_read and not _write(gateway, change, part, sobject, row, as_read):
            change.part_insert = None
            return


def _write(gateway: Gateway, change: Change, part: str, sobject: str, row: dict[str, object], as_read: Row) -> bool:
    fields = {name: value for name, value in row.items() if name != "id"}
    try:
        unchanged = gateway.patch_unless_changed(sobject, str(row["id"]), fields, _whole_second(as_read))
    except Refused as error:
        change.note(part, error.problem)
        return False
    except Lost as error:
        change.outcome = Unknown(error.message)
        return False
    except ConnectorError as error:
        change.outcome = change.not_sent(error)
        return False
    if unchanged:
        change.note(part, None)
    change.overtaken = not unchanged
    return unchanged


def _part_of(change: Change) -> Row | None:
    wanted = (change.part_update or {}).get("id")
    parts = change.before.parts if change.before else ()
    return next((row for row in parts if row["Id"] == wanted), None)


def _whole_second(row: Row) -> datetime:
    """The record's stamp, rounded up: a time in a header has no fractions."""
    stamp = parse_moment(row["SystemModstamp"])
    return stamp + timedelta(seconds=1) - timedelta(microseconds=stamp.microsecond) if stamp.microsecond else stamp
