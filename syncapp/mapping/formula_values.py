"""The functions of formulas, and how values are taken for one another.

Rule     nothing here raises but TooLong: what cannot be worked out is empty
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import Any

from syncapp.records import Value

# Longer than any text that either side can hold; a product of texts may be endless.
TEXT_MAX = 131_072
DIGITS = 34
PLACES_MAX = 10
# Larger than any amount of either side.
NUMBER_MAX = Decimal(10) ** 18
WORDS = {"true": True, "yes": True, "y": True, "1": True}


class TooLong(ValueError):
    """A text grew longer than any field could be."""


# Taking one sort of value for another -----------------------------------------------------


def as_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _digits(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _digits(number: Decimal) -> str:
    """Without needless zeros; empty for what no amount can be, such as NaN."""
    if as_number(number) is None:
        return ""
    with localcontext(Context(prec=2 * DIGITS)):
        return f"{number.normalize() + 0:f}"


def as_number(value: Value) -> Decimal | None:
    if isinstance(value, bool) or value is None or isinstance(value, date):
        return None
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < NUMBER_MAX and _exact(found) else None


def _exact(number: Decimal) -> bool:
    """Neither so small nor so long that printing it would be a burden."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -DIGITS <= exponent <= DIGITS


def as_day(value: Value) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(as_text(value).strip()[:10])
    except ValueError:
        return None


def as_flag(value: Value) -> bool:
    if isinstance(value, str):
        return WORDS.get(value.strip().lower(), False)
    return bool(value)


# Signs ------------------------------------------------------------------------------------


def _fits(text: str) -> str:
    if len(text) > TEXT_MAX:
        raise TooLong(f"the text has more than {TEXT_MAX} characters")
    return text


def joined(*values: Value) -> str:
    return _fits("".join(as_text(value) for value in values))


def sum_of(one: Value, other: Value) -> Value:
    """Numbers are added, and days to a date."""
    number = as_number(other)
    if isinstance(one, date):
        return _days_later(one, number)
    first = as_number(one)
    return None if first is None or number is None else _worked_out(lambda: first + number)


def _worked_out(work: Callable[[], Decimal]) -> Decimal | None:
    with localcontext(Context(prec=DIGITS)):
        try:
            return as_number(work())
        except ArithmeticError:
            return None


def product(one: Value, other: Value) -> Value:
    first, second = as_number(one), as_number(other)
    return None if first is None or second is None else _worked_out(lambda: first * second)


def quotient(one: Value, other: Value) -> Value:
    first, second = as_number(one), as_number(other)
    if first is None or not second:
        return None
    divisor = second
    found = _worked_out(lambda: first / divisor)
    return None if found is None else _rounded(found, PLACES_MAX)


def same(one: Value, other: Value) -> bool:
    """As numbers where both are, else as texts, letter by letter."""
    first, second = as_number(one), as_number(other)
    if first is not None and second is not None:
        return first == second
    return as_text(one) == as_text(other)


def less(one: Value, other: Value) -> bool:
    first, second = as_number(one), as_number(other)
    if first is not None and second is not None:
        return first < second
    return as_text(one) < as_text(other)


# Functions ----------------------------------------------------------------------------------


def _count(value: Value) -> int:
    """A number of characters or places; nothing is none."""
    number = as_number(value)
    return 0 if number is None else max(0, min(int(number), TEXT_MAX))


def _middle(text: Value, start: Value, length: Value = None) -> Value:
    begin = max(_count(start), 1) - 1
    end = TEXT_MAX if length is None else begin + _count(length)
    return as_text(text)[begin:end]


def _right(text: Value, length: Value) -> Value:
    count = _count(length)
    return as_text(text)[-count:] if count else ""


def _replaced(text: Value, old: Value, new: Value) -> Value:
    whole, part, instead = as_text(text), as_text(old), as_text(new)
    if not part:
        return whole
    if len(whole) + whole.count(part) * (len(instead) - len(part)) > TEXT_MAX:
        raise TooLong(f"the text has more than {TEXT_MAX} characters")
    return whole.replace(part, instead)


def _first_filled(*values: Value) -> Value:
    return next((value for value in values if value is not None and value != ""), None)


def _mapped(value: Value, *pairs: Value) -> Value:
    """The value that stands beside it; the last one, where their number is odd, for all others."""
    for at in range(0, len(pairs) - 1, 2):
        if same(value, pairs[at]):
            return pairs[at + 1]
    return pairs[-1] if len(pairs) % 2 else None


def _rounded(number: Decimal, places: int) -> Decimal:
    with localcontext(Context(prec=2 * DIGITS)):
        return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


def _round(value: Value, places: Value = None) -> Value:
    number = as_number(value)
    return None if number is None else _rounded(number, min(_count(places), PLACES_MAX))


def _days_later(value: Value, days: Value) -> Value:
    day, number = as_day(value), as_number(days)
    if day is None or number is None:
        return None
    try:
        return day + timedelta(days=int(number))
    except OverflowError:
        return None


def _days_between(one: Value, other: Value) -> Value:
    first, second = as_day(one), as_day(other)
    return None if first is None or second is None else Decimal((second - first).days)


def _part_of_day(name: str) -> Callable[[Value], Value]:
    def part(value: Value) -> Value:
        day = as_day(value)
        return None if day is None else Decimal(getattr(day, name))

    return part


@dataclass(frozen=True)
class Function:
    """``about`` is how it is used, with its result; without, it is the name of a sign."""

    act: Callable[..., Any]
    least: int
    most: int
    about: str


ANY = 200
FUNCTIONS: dict[str, Function] = {
    "concat": Function(joined, 1, ANY, "concat(a, b, …): the texts one after the other"),
    "left": Function(lambda text, n: as_text(text)[: _count(n)], 2, 2, "left(text, n): its first n characters"),
    "right": Function(_right, 2, 2, "right(text, n): its last n characters"),
    "substring": Function(_middle, 2, 3, "substring(text, start, n): n characters from the start-th on"),
    "upper": Function(lambda text: _fits(as_text(text).upper()), 1, 1, "upper(text): in capitals"),
    "lower": Function(lambda text: _fits(as_text(text).lower()), 1, 1, "lower(text): in small letters"),
    "trim": Function(lambda text: as_text(text).strip(), 1, 1, "trim(text): without blanks at its ends"),
    "length": Function(lambda text: Decimal(len(as_text(text))), 1, 1, "length(text): how many characters it has"),
    "replace": Function(_replaced, 3, 3, "replace(text, old, new): with new wherever old was"),
    "contains": Function(lambda text, part: as_text(part) in as_text(text), 2, 2, "contains(text, part): yes or no"),
    "default": Function(_first_filled, 1, ANY, "default(a, b, …): the first that is not empty"),
    "if": Function(_first_filled, 2, 3, "if(condition, then, else)"),
    "map": Function(_mapped, 3, ANY, "map(value, from, to, from, to, …, else): what stands beside it"),
    "number": Function(as_number, 1, 1, "number(text): as a number; empty if it is none"),
    "text": Function(as_text, 1, 1, "text(value): as a text"),
    "round": Function(_round, 1, 2, "round(number, places): half up"),
    "date": Function(as_day, 1, 1, "date(text): as a date, from 2026-01-31"),
    "add_days": Function(_days_later, 2, 2, "add_days(date, n): n days later"),
    "days_between": Function(_days_between, 2, 2, "days_between(from, to): a number of days"),
    "year": Function(_part_of_day("year"), 1, 1, "year(date)"),
    "month": Function(_part_of_day("month"), 1, 1, "month(date)"),
    "day": Function(_part_of_day("day"), 1, 1, "day(date)"),
    "product": Function(product, 2, 2, ""),
    "quotient": Function(quotient, 2, 2, ""),
}
