"""Due dates from terms, and the date macros of filters ("LastMonth", "ThisFiscalYear")."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Any

_MACRO = re.compile(
    r"(This|Last|Next)(FourWeeks|Week|Month|CalendarQuarter|FiscalQuarter|CalendarYear|FiscalYear)(ToDate)?"
)
_MONTHS = {"Month": 1, "CalendarQuarter": 3, "FiscalQuarter": 3, "CalendarYear": 12, "FiscalYear": 12}
_WHICH = {"This": 0, "Last": -1, "Next": 1}


def due(day: str, terms: dict[str, Any]) -> str:
    """When a document of that day must be paid. Terms without days are due at once."""
    start = date.fromisoformat(day)
    try:
        if terms.get("DayOfMonthDue"):
            return _on_day(start, int(terms["DayOfMonthDue"]), int(terms.get("DueNextMonthDays") or 0)).isoformat()
        return (start + timedelta(days=int(terms.get("StdDueDays") or 0))).isoformat()
    except (OverflowError, ValueError):
        return date.max.isoformat()


def discount_until(day: str, terms: dict[str, Any]) -> str:
    """The last day of the terms' discount, or "" if they give none."""
    start = date.fromisoformat(day)
    if not float(terms.get("DiscountPct") or 0):
        return ""
    try:
        if terms.get("DiscountDayOfMonth"):
            return _on_day(start, int(terms["DiscountDayOfMonth"]), 0).isoformat()
        return (start + timedelta(days=int(terms.get("StdDiscountDays") or 0))).isoformat()
    except (OverflowError, ValueError):
        return date.max.isoformat()


def _on_day(start: date, day_of_month: int, least_days: int) -> date:
    """That day of this month, or of the next if it is past or nearer than the terms allow."""
    year, month = start.year, start.month
    found = _clipped(year, month, day_of_month)
    while found < start + timedelta(days=least_days):
        year, month = _month_after(year, month, 1)
        found = _clipped(year, month, day_of_month)
    return found


def _clipped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _month_after(year: int, month: int, by: int) -> tuple[int, int]:
    whole = year * 12 + month - 1 + by
    return whole // 12, whole % 12 + 1


def macro(name: str, today: date) -> tuple[str, str]:
    """The first and the last day that a date macro means; "" for an open end. Fiscal years begin in January."""
    if name == "All":
        return "", ""
    if name in ("Today", "Yesterday"):
        day = (today - timedelta(days=name == "Yesterday")).isoformat()
        return day, day
    found = _MACRO.fullmatch(name)
    if found is None:
        raise ValueError(f"There is no date macro {name!r}.")
    which, unit, to_date = _WHICH[found[1]], found[2], bool(found[3])
    if unit in ("Week", "FourWeeks"):
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=which)
        first, last = monday, monday + timedelta(weeks=4 if unit == "FourWeeks" else 1, days=-1)
        until = today + timedelta(weeks=which)
    else:
        months = _MONTHS[unit]
        begin = (today.month - 1) // months * months + 1
        first = date(*_month_after(today.year, begin, which * months), 1)
        last = date(*_month_after(first.year, first.month, months), 1) - timedelta(days=1)
        until = _clipped(*_month_after(today.year, today.month, which * months), today.day)
    return first.isoformat(), (until if to_date else last).isoformat()
