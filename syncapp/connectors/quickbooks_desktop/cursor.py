"""How far QuickBooks has been read, in its own local time, and from where the next listing must begin.

Words    watermark  the highest TimeModified seen, a local time as QuickBooks prints it; no zone is ever applied to it
         overlap    how far before the watermark a listing begins: an hour is repeated in autumn, and workstations'
                    clocks differ, so a change may carry a time that has been passed already
         covered    a listing with overlap began so long after the watermark was first seen that no such change can
                    come any more: from then on nothing is read again but the very second of the watermark

Pure: times of our own clock are arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

BEGINNING = "1990-01-01"  # no QuickBooks company is older
OVERLAP = timedelta(minutes=65)
# The repeated hour, and the overlap on top of it.
COVERED_AFTER = timedelta(minutes=130)


def since(cursor: str) -> str:
    """From when a listing of changes must begin; empty: only a complete one will do."""
    if not cursor:
        return ""
    known = json.loads(cursor)
    watermark: str = known["modified"]
    if known.get("covered"):
        return watermark
    return (datetime.fromisoformat(watermark) - OVERLAP).isoformat(timespec="seconds")


def highest(cursors: Iterable[str]) -> str:
    """The latest time that QuickBooks has shown; empty: none.

    It is a watermark for a complete listing that begins afterwards and finds nothing: what comes to be later carries a
    later time, but for the overlap.
    """
    return max((json.loads(each)["modified"] for each in cursors if each), default="")


def moved(cursor: str, watermark: str, *, full: bool, began: datetime) -> str:
    """The cursor after a listing that began then and saw this watermark; empty: nothing was ever seen."""
    old = json.loads(cursor) if cursor else {}
    if not full:
        # A record that carried the watermark may have been deleted; what was read stays read.
        watermark = max(watermark, old.get("modified", ""))
    if not watermark:
        return ""
    if watermark != old.get("modified"):
        return json.dumps({"modified": watermark, "seen": began.isoformat(), "covered": False})
    seen = datetime.fromisoformat(old["seen"])
    return json.dumps({**old, "covered": bool(old["covered"]) or began - seen >= COVERED_AFTER})
