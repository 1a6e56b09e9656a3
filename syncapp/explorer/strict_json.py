"""JSON as it can be believed and kept: RFC 8259 without what programs and databases understand differently.

Rule     no NaN, no member twice, no zero characters, no half characters, no endless nesting; numbers keep every digit
         that was written, those with a point or an exponent as text

Pure.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

DEPTH_MAX = 20  # of qbXML's own elements, five are the most
DIGITS_MAX = 40


class Malformed(ValueError):
    """The text is not JSON as we take it."""


def parse(text: bytes) -> Any:
    """The JSON document; raises Malformed with the reason."""
    try:
        found = json.loads(
            text.decode("utf-8"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_members,
        )
    except UnicodeDecodeError:
        raise Malformed("it is not in UTF-8") from None
    except RecursionError:
        raise Malformed(f"it is nested deeper than {DEPTH_MAX} levels") from None
    except json.JSONDecodeError as problem:
        raise Malformed(f"it is not JSON: {problem}") from None
    _check(found, 0)
    return found


def _decimal(text: str) -> str:
    """A number with a point or an exponent, as the text that qbXML takes: nothing is rounded on the way."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Malformed("it has a number that is too large") from None
    if not number.is_finite() or abs(number.adjusted()) > DIGITS_MAX or len(number.as_tuple().digits) > DIGITS_MAX:
        raise Malformed(f"it has a number of more than {DIGITS_MAX} digits")
    return format(number, "f")


def _integer(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise Malformed(f"it has a number of more than {DIGITS_MAX} digits")
    return int(text)


def _constant(text: str) -> Any:
    raise Malformed(f"{text} is no JSON value")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Malformed(f"the member “{twice[:60]}” stands twice in one object")
    return found


def _check(value: Any, depth: int) -> None:
    """Texts that no database takes, and nesting that no record has."""
    if depth > DEPTH_MAX:
        raise Malformed(f"it is nested deeper than {DEPTH_MAX} levels")
    if isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
    elif isinstance(value, str):
        check_text(value)


def check_text(value: str) -> None:
    if "\0" in value:
        raise Malformed("it has a zero character in a text")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise Malformed("it has half of a surrogate pair in a text")
