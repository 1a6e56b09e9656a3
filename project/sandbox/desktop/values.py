"""The types of qbXML: what text each accepts, and how QuickBooks writes the value down.

Rule     a value that its type refuses is the fault of one request (a status code), never of the document.
         Values are kept as the text that QuickBooks would print: "true", "10.00", "2026-02-10".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from . import errors
from .notation import LINES, Content, Element

_AMOUNT = re.compile(r"[+-]?\d{1,13}(\.\d{2})?")
_NUMBER = re.compile(r"[+-]?\d{1,10}(\.\d{1,5})?")
_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_INTEGER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MOMENT = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})([+-]\d{1,2}:\d{1,2})?)?)?)?")
_INTERVAL = re.compile(r"[+-]?PT(\d+H)?(\d+M)?(\d+S)?")
_GUID = re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
_ID = re.compile(r"[0-9A-Fa-f]+-\d+")
ID_LENGTH_MAX = 36


class Macro(str):
    """In place of an id: the name under which an earlier request of the document put its object (useMacro)."""

    __slots__ = ()


def read_value(element: Element, text: str, country: str = "US") -> str:
    """The text as QuickBooks would keep it; "" clears. Raises the Fault that names the field."""
    kind = element.kind
    if kind == "text":
        return _text(element, text, country)
    return _READERS[kind](element, text)


def _text(element: Element, text: str, country: str) -> str:
    limit = element.limits.get(country, element.limit)
    if limit and len(text) > limit:
        raise errors.too_long(text, element.name)
    return stored(text)


def stored(text: str) -> str:
    """QuickBooks trims, and holds Windows-1252: what that alphabet lacks becomes a question mark."""
    text = text.strip()
    return text if text.isascii() else text.encode("cp1252", "replace").decode("cp1252")


def _identifier(element: Element, text: str) -> str:
    text = text.strip()
    if len(text) > ID_LENGTH_MAX:
        raise errors.bad_id(text, element.name)
    return text


def is_list_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _boolean(element: Element, text: str) -> str:
    text = text.strip()
    if text in ("true", "1"):
        return "true"
    if text in ("false", "0"):
        return "false"
    if text == "":
        return ""
    raise errors.not_converted(3010, "boolean", text, element.name)


def _date(element: Element, text: str) -> str:
    text = text.strip()
    if text == "":
        return ""
    found = _DATE.fullmatch(text)
    if found is None or not _on_the_calendar(*(int(part) for part in found.groups())):
        raise errors.not_converted(3020, "date", text, element.name)
    return text


def _on_the_calendar(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _moment(element: Element, text: str) -> str:
    text = text.strip()
    if text and moment_parts(text) is None:
        raise errors.not_converted(3020, "date", text, element.name)
    return text


def moment_parts(text: str) -> tuple[datetime, str, bool] | None:
    """The wall-clock part, the offset ("" if none) and whether a time of day was given; None if it is no moment."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    return moment, offset or "", hour is not None


def _amount(element: Element, text: str) -> str:
    if text == "":
        return ""
    if _AMOUNT.fullmatch(text) is None:
        raise errors.not_converted(3040, "amount", text, element.name)
    return f"{Decimal(text):.2f}"


def _number(code: int, what: str) -> Callable[[Element, str], str]:
    def read(element: Element, text: str) -> str:
        if text == "":
            return ""
        if _NUMBER.fullmatch(text) is None:
            raise errors.not_converted(code, what, text, element.name)
        return text.lstrip("+")

    return read


def _float(element: Element, text: str) -> str:
    text = text.strip()
    if text and _FLOAT.fullmatch(text) is None:
        raise errors.not_converted(3041, "float", text, element.name)
    return text


def _integer(element: Element, text: str) -> str:
    text = text.strip()
    floor, ceiling = element.floor, element.ceiling
    bad = _INTEGER.fullmatch(text) is None
    if bad or (floor is not None and int(text) < floor) or (ceiling is not None and int(text) > ceiling):
        raise errors.not_converted(3085, "number", text, element.name)
    return str(int(text))


def _interval(element: Element, text: str) -> str:
    """A length of time; at least one of hours, minutes and seconds."""
    text = text.strip()
    if text and (_INTERVAL.fullmatch(text) is None or text[-1] == "T"):
        raise errors.not_converted(3035, "time interval", text, element.name)
    return text


def _guid(element: Element, text: str) -> str:
    if _GUID.fullmatch(text) is None:
        raise errors.not_converted(3065, "GUID", text, element.name)
    return text


def _token(element: Element, text: str) -> str:
    if text not in element.options:
        raise errors.unknown_choice(text, element.name)
    return text


_READERS: dict[str, Callable[[Element, str], str]] = {
    "id": _identifier,
    "bool": _boolean,
    "date": _date,
    "moment": _moment,
    "amount": _amount,
    "price": _number(3045, "price"),
    "percent": _number(3050, "percent"),
    "quantity": _number(3060, "quantity"),
    "float": _float,
    "int": _integer,
    "guid": _guid,
    "interval": _interval,
    "enum": _token,
}


def money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def from_python(content: Content, values: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """What a person enters (plain Python values, any order), checked and kept like what an application sends."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name == LINES:
            kept[name] = [(each, _one(content.by_name[each], line)) for each, line in value]
            continue
        element = content.by_name.get(name)
        if element is None:
            raise ValueError(f"{where or 'The form'} has no field {name!r}.")
        if element.repeats:
            kept[name] = [_one(element, each) for each in (value if isinstance(value, list | tuple) else [value])]
        else:
            kept[name] = _one(element, value)
    return kept


def _one(element: Element, value: Any) -> Any:
    if element.inner is not None:
        if element.kind == "ref" and isinstance(value, str):
            value = {"FullName": value}
        return from_python(element.inner, value or {}, element.name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if element.kind == "amount" and not isinstance(value, str):
        value = f"{Decimal(value):.2f}"
    return read_value(element, str(value))


def to_python(content: Content, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The kept texts as Python values: bool, int, Decimal, date, str; moments stay as QuickBooks prints them."""
    plain: dict[str, Any] = {}
    for name, value in kept.items():
        if name == LINES:
            plain[name] = [(each, _plain(content.by_name[each], line)) for each, line in value]
            continue
        element = content.by_name[name]
        if isinstance(value, list):
            plain[name] = [_plain(element, each) for each in value]
        else:
            plain[name] = _plain(element, value)
    return plain


def _plain(element: Element, value: Any) -> Any:
    if element.inner is not None:
        return to_python(element.inner, value)
    if element.kind == "bool":
        return value == "true"
    if element.kind in ("amount", "price", "percent", "quantity", "float"):
        return Decimal(value)
    if element.kind == "int":
        return int(value)
    if element.kind == "date":
        return date.fromisoformat(value)
    return value
