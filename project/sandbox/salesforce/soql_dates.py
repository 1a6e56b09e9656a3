"""What SOQL says of days: words such as THIS_MONTH, and functions that take a date apart.

Rule     the org's zone is UTC and its week begins on Sunday, as in the United States
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Span = tuple[date, date]  # from the first day to before the last
UNITS = ("WEEK", "MONTH", "QUARTER", "YEAR")
SINGLE = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}
PLAIN_WORDS = (*SINGLE, *(f"{which}_{unit}" for which in ("LAST", "THIS", "NEXT") for unit in UNITS))
PLAIN_WORDS = (*PLAIN_WORDS, "LAST_90_DAYS", "NEXT_90_DAYS")
COUNTED_WORDS = (
    *(f"{which}_N_{unit}S" for which in ("LAST", "NEXT") for unit in ("DAY", *UNITS)),
    *(f"N_{unit}S_AGO" for unit in ("DAY", *UNITS)),
)
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "CALENDAR_YEAR": lambda value: value.year,
    "CALENDAR_QUARTER": lambda value: (value.month + 2) // 3,
    "CALENDAR_MONTH": lambda value: value.month,
    "DAY_IN_MONTH": lambda value: value.day,
    "DAY_IN_WEEK": lambda value: value.isoweekday() % 7 + 1,
    "DAY_IN_YEAR": lambda value: value.timetuple().tm_yday,
    "DAY_ONLY": lambda value: value.date(),
    "HOUR_IN_DAY": lambda value: value.hour,
}
OF_MOMENTS = frozenset({"DAY_ONLY", "HOUR_IN_DAY"})


def taken_apart(function: str, value: Any) -> Any:
    return None if value is None else FUNCTIONS[function](value)


def span(word: str, count: int, today: date) -> Span:
    """The days that a word stands for, seen from today."""
    if word in SINGLE:
        first = today + timedelta(days=SINGLE[word])
        return first, first + timedelta(days=1)
    if word in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        word, count = word.replace("90_", "N_"), 90
    which, unit = word.split("_")[0], word.removesuffix("S_AGO").removesuffix("S").split("_")[-1]
    if word.startswith("N_"):
        return _unit(unit, today, -count)
    if "_N_" not in word:
        return _unit(unit, today, {"LAST": -1, "THIS": 0, "NEXT": 1}[which])
    if unit == "DAY":
        days = timedelta(days=count)
        return (today - days, today + timedelta(days=1)) if which == "LAST" else (_next(today), _next(today + days))
    if which == "LAST":
        return _unit(unit, today, -count)[0], _unit(unit, today, 0)[0]
    return _unit(unit, today, 1)[0], _unit(unit, today, count)[1]


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _unit(unit: str, today: date, away: int) -> Span:
    """A whole day, week, month, quarter or year, so many of them away."""
    if unit == "DAY":
        first = today + timedelta(days=away)
        return first, _next(first)
    if unit == "WEEK":
        first = today - timedelta(days=today.isoweekday() % 7) + timedelta(weeks=away)
        return first, first + timedelta(weeks=1)
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    start = (today.year * 12 + today.month - 1) // months * months + away * months
    return _month(start), _month(start + months)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
