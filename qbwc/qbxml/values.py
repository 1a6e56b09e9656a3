"""Values on their way into qbXML and out of it.

Words    amount is money (none or two decimals); price, quantity and percent have up to five; float is an exchange rate
Rule     what goes out is exact or refused: nothing is rounded, cut or guessed here. What comes in is kept: a value that
         is not of its type stays the text that it was. Date-times stay text both ways, for QuickBooks compares them
         in the local time of its own machine and prints offsets that cannot be trusted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from .errors import BadRequest, shown

_AMOUNT = re.compile(r"[+-]?[0-9]{1,13}(\.[0-9]{2})?").fullmatch
_NUMBER = re.compile(r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?").fullmatch
_RATE = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?").fullmatch
_READABLE = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?").fullmatch
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}").fullmatch
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_DATETIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:T([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})([+-][0-9]{1,2}:[0-9]{1,2})?)?)?)?"
).fullmatch
_INTERVAL = re.compile(r"[+-]?PT(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?").fullmatch
_GUID = re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}").fullmatch
_BOOLEANS = {"true", "false", "1", "0"}


def _wrong(value: object, expected: str, rule: str = "type") -> BadRequest:
    return BadRequest("", rule, value, f"{shown(value)} is not {expected}")


def _exact(value: object, pattern: Callable[[str], object], places: int, most: int, expected: str) -> str:
    """A number with at least ``places`` and at most ``most`` decimals, written out."""
    if isinstance(value, str):
        if not pattern(value):
            raise _wrong(value, expected, "format")
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _wrong(value, expected + " (give a Decimal)")
    number = Decimal(value)
    # A number with a large exponent would be written out in full by format, however many digits that takes.
    if not number.is_finite() or number.adjusted() > 20 or int(number.as_tuple().exponent) < -60:
        raise _wrong(value, expected, "format")
    whole, _, decimals = format(number if number else Decimal(0), "f").partition(".")
    if len(decimals) > most:
        decimals = decimals.rstrip("0")
    if len(decimals) > most:
        raise BadRequest("", "decimals", value, f"{shown(value)} has more than {most} decimals")
    decimals = decimals.ljust(places, "0")
    text = f"{whole}.{decimals}" if decimals else whole
    if not pattern(text):
        raise _wrong(value, expected, "format")
    return text


def write_amount(value: object) -> str:
    return _exact(value, _AMOUNT, 2, 2, "an amount with two decimals")


def write_number(value: object) -> str:
    return _exact(value, _NUMBER, 0, 5, "a number with up to five decimals")


def write_float(value: object) -> str:
    return _exact(value, _RATE, 0, 18, "a decimal number")


def write_integer(value: object) -> str:
    if isinstance(value, str) and _INTEGER(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**18:
        raise _wrong(value, "a whole number")
    return str(value)


def write_boolean(value: object) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str) and value in _BOOLEANS:
        return value
    raise _wrong(value, "true or false")


def write_date(value: object) -> str:
    if isinstance(value, str):
        try:
            date.fromisoformat(value if _DATE(value) else "")
        except ValueError:
            raise _wrong(value, "a date such as 2026-02-07", "format") from None
        return value
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _wrong(value, "a date")
    return f"{value.year:04}-{value.month:02}-{value.day:02}"


def write_datetime(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise _wrong(value, "a time without offset, as the clock of the QuickBooks machine shows it")
        if value.microsecond:
            raise _wrong(value, "a time in whole seconds")
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return write_date(value)
    found = _DATETIME(value) if isinstance(value, str) else None
    if found is None or not isinstance(value, str) or not _is_moment(found):
        raise _wrong(value, "a time such as 2026-02-07T14:30:00", "format")
    return value


def _is_moment(found: re.Match[str]) -> bool:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def write_interval(value: object) -> str:
    if isinstance(value, timedelta):
        if value < timedelta(0) or value.microseconds:
            raise _wrong(value, "a length of time in whole seconds")
        minutes, seconds = divmod(value.days * 86400 + value.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"PT{hours}H{minutes}M{seconds}S"
    if isinstance(value, str) and _INTERVAL(value):
        return value
    raise _wrong(value, "a length of time such as PT1H30M", "format" if isinstance(value, str) else "type")


def write_guid(value: object) -> str:
    if isinstance(value, UUID):
        return "{" + str(value) + "}"
    if isinstance(value, str) and _GUID(value):
        return value
    raise _wrong(value, "a GUID in braces, or 0", "format" if isinstance(value, str) else "type")


WRITERS: dict[str, Callable[[object], str]] = {
    "amount": write_amount,
    "price": write_number,
    "quantity": write_number,
    "percent": write_number,
    "float": write_float,
    "int": write_integer,
    "bool": write_boolean,
    "date": write_date,
    "datetime": write_datetime,
    "interval": write_interval,
    "guid": write_guid,
}


# Only what has the right form is remembered (a call that raises is not), so the memory stays small whatever is read.
@lru_cache(maxsize=8192)
def _read_number(text: str) -> Decimal:
    if not _READABLE(text):
        raise ValueError(text)
    return Decimal(text)


@lru_cache(maxsize=4096)
def _read_integer(text: str) -> int:
    if not _INTEGER(text):
        raise ValueError(text)
    return int(text)


@lru_cache(maxsize=4096)
def _read_date(text: str) -> date:
    if not _DATE(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _read_boolean(text: str) -> bool:
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    raise ValueError(text)


READERS: dict[str, Callable[[str], object]] = {
    "amount": _read_number,
    "price": _read_number,
    "quantity": _read_number,
    "percent": _read_number,
    "float": _read_number,
    "int": _read_integer,
    "bool": _read_boolean,
    "date": _read_date,
}


def read(kind: str, text: str) -> object:
    """A text as its type means it; None for an empty number, date or boolean; the text if it is not of the type."""
    reader = READERS.get(kind)
    if reader is None:
        return text
    try:
        return reader(text.strip()) if text else None
    except ValueError:
        return text
