"""Customers who are people: their name is made of their first and last name, in either order.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.records import Value


def is_persons_name(name: Value, first: Value, last: Value) -> bool:
    """Whether the name says the same as a first and a last name: “Anna Miller”, “Miller, Anna”, “MILLER ANNA”."""
    return bool(last) and _words(name) == _words(f"{first or ''} {last}")


def _words(text: Value) -> list[str]:
    return sorted(str(text or "").replace(",", " ").casefold().split())
