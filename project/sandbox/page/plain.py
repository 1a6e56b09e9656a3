"""What comes from the page and what is shown on it, in plain words and values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

TEXT_MAX = 2000
LINES_MAX = 40

View = dict[str, Any]


class Refusal(Exception):
    """The program, or the page, would not take it; the text is for the person who tried."""


def amount(value: Any) -> Decimal | None:
    """Money as a person writes it. Raises Refusal."""
    found = number(value, "an amount of money")
    return None if found is None else found.quantize(Decimal("0.01"))


def number(value: Any, what: str = "a number") -> Decimal | None:
    """Raises Refusal, which says that it is not ``what``."""
    if value in (None, ""):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise Refusal(f"“{value}” is not {what}.") from None
    if not found.is_finite() or abs(found) >= 10**9:
        raise Refusal(f"“{value}” is not {what}.")
    return found


def given(values: Mapping[str, Any], spelling: Mapping[str, str]) -> dict[str, Any]:
    return {theirs: values[ours] for ours, theirs in spelling.items() if ours in values}


def clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """Text without blanks around it, nothing for empty text; anything but text, yes, no and lines is refused."""
    return {name: _lines(value) if name == "lines" else _one(name, value) for name, value in values.items()}


def _lines(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > LINES_MAX or not all(isinstance(each, dict) for each in value):
        raise Refusal(f"The page can enter {LINES_MAX} lines at most.")
    return [{name: _one(name, part) for name, part in each.items()} for each in value]


def _one(name: str, value: Any) -> Any:
    if isinstance(value, str) and len(value) <= TEXT_MAX:
        return value.strip() or None
    if value is None or isinstance(value, bool):
        return value
    raise Refusal(f"The page cannot enter this for {name}.")


def plain(view: Mapping[str, Any]) -> View:
    """What JSON can hold; nothing for what is empty; line ends as browsers show them; money with its cents."""
    shown: View = {}
    for name, value in view.items():
        if isinstance(value, Decimal | float) or (isinstance(value, int) and not isinstance(value, bool)):
            shown[name] = f"{Decimal(str(value)):.2f}"
        elif isinstance(value, str):
            shown[name] = value.replace("\r\n", "\n") or None
        elif hasattr(value, "isoformat"):
            shown[name] = value.isoformat()
        else:
            shown[name] = value
    return shown


def count(value: Any) -> str | None:
    """A quantity without zeros that say nothing: 2, 1.5."""
    if value in (None, ""):
        return None
    found = Decimal(str(value))
    return f"{found.normalize():f}" if found else "0"


def tie(row: Mapping[str, Any]) -> str | None:
    """The id of the record of QuickBooks that one of Salesforce is tied to."""
    return str(row.get("QB_Id__c") or "").partition(":")[2] or None
