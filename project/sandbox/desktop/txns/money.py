"""Amounts, prices and quantities: how QuickBooks rounds them and how it prints them.

Words    cents     an amount as a whole number; the only form in which amounts are added up
         price     a rate per unit, two to five decimals
         quantity  as entered, without zeros at the end
Rule     halves are rounded away from zero, as people do on paper.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from project.sandbox.desktop import errors

CENTS_MAX = 10**15 - 1
_CENT = Decimal("0.01")
_FINEST = Decimal("0.00001")
HUNDRED = Decimal(100)


def cents(text: str) -> int:
    """The amount that stands in a document; an empty one is nothing."""
    return int(Decimal(text) * 100) if text else 0


def to_cents(value: Decimal) -> int:
    """A computed amount, rounded. Fault 3101 if QuickBooks could not hold it."""
    rounded = int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(rounded) > CENTS_MAX:
        raise errors.Fault(3101, "The resulting amount is too large.")
    return rounded


def amount(value: int) -> str:
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100}.{abs(value) % 100:02d}"


def number(text: str) -> Decimal:
    return Decimal(text or "0")


def price(value: Decimal) -> str:
    """At least two decimals, at most five."""
    rounded = value.quantize(_FINEST, ROUND_HALF_UP)
    if rounded == rounded.quantize(_CENT):
        return f"{rounded:.2f}"
    return f"{rounded:f}".rstrip("0")


def percent(value: Decimal) -> str:
    return price(value)


def quantity(value: Decimal) -> str:
    text = f"{value.quantize(_FINEST, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: int, rate: Decimal) -> int:
    """That percentage of an amount in cents."""
    return to_cents(Decimal(part) * rate / HUNDRED / 100)


def at_rate(value: int, rate: Decimal) -> int:
    """An amount in a foreign currency as one at home."""
    return value if rate == 1 else to_cents(Decimal(value) / 100 * rate)
