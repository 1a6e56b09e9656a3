"""How a pull is cut into windows of time, and how each window stands.

Words    window  a span of TimeModified, both ends included; an empty end is open
         total   what the window holds by its iterator's first page; `count` is QuickBooks's rough count before
Rule     pure; a window is a plain dict, so that a pull can keep its windows as JSON
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

Window = dict[str, Any]
BEGINNING = "1990-01-01T00:00:00"  # no record of a QuickBooks company is older
SECOND = timedelta(seconds=1)


def new(start: str = "", end: str = "", count: int | None = None) -> Window:
    return {
        "from": start, "to": end, "count": count, "of": None, "counting": False,
        "total": None, "received": 0, "faults": 0, "done": False,
    }  # fmt: skip


def key(window: Mapping[str, Any]) -> str:
    return f"{window['from']}|{window['to']}"


def find(windows: list[Window], wanted: str) -> Window | None:
    return next((window for window in windows if key(window) == wanted), None)


def current(windows: list[Window]) -> Window | None:
    """The first that is not complete; the newest comes last, so that records edited meanwhile are in it."""
    return next((window for window in windows if not window["done"]), None)


def split(window: Window, today: date) -> list[Window]:
    """Two halves by time, the first to be counted; the window itself where a second cannot be divided."""
    low = datetime.fromisoformat(window["from"] or BEGINNING)
    high = datetime.fromisoformat(window["to"] or f"{today + timedelta(days=2)}T00:00:00")
    if high - low <= SECOND:
        return [window]
    middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
    left = new(window["from"], middle.isoformat())
    right = new((middle + SECOND).isoformat(), window["to"])
    left["counting"], left["of"] = True, window["count"]
    return [left, right]


def cut(windows: list[Window], records_max: int, windows_max: int, today: date) -> tuple[list[Window], list[Window]]:
    """Split what is too large; the windows now, and those of them to count."""
    result: list[Window] = []
    for window in windows:
        large = window["count"] is not None and window["count"] > records_max
        room = len(windows) + len(result) < windows_max * 2
        result += split(window, today) if large and room else [window]
    return result, [window for window in result if window["counting"]]


def counted(windows: list[Window], window: Window, count: int | None) -> None:
    """Take the count of a left half; the right one has what is left."""
    window["counting"], window["count"] = False, count
    if window["of"] is None or count is None:
        return
    following = windows[windows.index(window) + 1]
    following["count"] = max(0, window["of"] - count)


def merge(windows: list[Window], records_max: int) -> list[Window]:
    """Neighbours that together are small enough become one."""
    merged: list[Window] = []
    for window in windows:
        before = merged[-1] if merged else None
        if before is not None and (before["count"] or 0) + (window["count"] or 0) <= records_max:
            merged[-1] = new(before["from"], window["to"], (before["count"] or 0) + (window["count"] or 0))
        else:
            merged.append(window)
    return merged


def restart(window: Window) -> None:
    window["received"], window["total"] = 0, None


def take_page(window: Window, records: int, announced: int | None, remaining: int) -> str:
    """Add a page to its window; the discrepancy in words, if QuickBooks's own numbers don't add up."""
    if announced is not None and announced != records:
        return f"QuickBooks announced {announced} records on a page and sent {records}"
    window["received"] += records
    if window["total"] is None:
        window["total"] = window["received"] + remaining
    if window["received"] + remaining != window["total"]:
        return (
            f"QuickBooks announced {window['total']} records, sent {window['received']}"
            f" and says that {remaining} remain"
        )
    window["done"] = remaining == 0
    return ""
