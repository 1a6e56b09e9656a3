"""Building SOQL that means what was meant: quoting, times, and lists of ids that fit into an address.

Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote as percent

# An address longer than about 16 KB is refused; the rest is room for the host and the path.
ADDRESS_BYTES_MAX = 15_000

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def quote(text: str) -> str:
    return "'" + text.translate(_ESCAPES) + "'"


def quote_all(values: Sequence[str]) -> str:
    return "(" + ",".join(quote(value) for value in values) + ")"


def like(company_key: str) -> str:
    """What our ids of this company begin with, as LIKE understands it."""
    return company_key.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%") + ":%"


def moment(at: datetime) -> str:
    """A time literal, to the millisecond; not quoted in SOQL."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def parse_moment(text: str) -> datetime:
    """Salesforce writes 2026-01-01T12:00:00.000+0000; the offset has no colon."""
    return datetime.fromisoformat(text)


def encoded(text: str) -> str:
    """As the value of an address's parameter; quotes, commas and brackets may stand in one as they are."""
    return percent(text, safe="',()")


def portions(template: str, values: Sequence[str], *, most: int) -> Iterator[list[str]]:
    """The values in portions so small that the query made from each fits into an address."""
    room = ADDRESS_BYTES_MAX - len(encoded(template))
    portion: list[str] = []
    used = 0
    for value in values:
        size = len(encoded(quote(value) + ","))
        if portion and (used + size > room or len(portion) == most):
            yield portion
            portion, used = [], 0
        portion.append(value)
        used += size
    if portion:
        yield portion
