"""Whom a record waits for before it can be written, and how that is said.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncapp.engine.situation import Plan

NAMES_MAX = 5


@dataclass(frozen=True)
class Wait:
    """One record of the other side that must be there first."""

    noun: str  # what it is to the one that waits: "customer", "item"
    link: int | None = None  # None: it has not been read
    name: str = ""
    unread: str = ""  # how it is spoken of where it has not been read …
    kind: str = ""  # … and its kind, whose first reading wakes the one that waits


@dataclass(frozen=True)
class Waits:
    """In the place of a value: it cannot be said yet."""

    all: tuple[Wait, ...]


def waiting(waits: Sequence[Wait]) -> Plan:
    """“Waiting for its customer, “ACME”, and its items, “Cable” and “Setup”.”"""
    links = list(dict.fromkeys(wait.link for wait in waits if wait.link is not None))
    phrases = list(dict.fromkeys(wait.unread for wait in waits if wait.link is None))
    for noun in dict.fromkeys(wait.noun for wait in waits if wait.link is not None):
        names = list(dict.fromkeys(f"“{wait.name}”" for wait in waits if wait.noun == noun and wait.link is not None))
        phrases.append(f"its {noun}{'s' if len(names) > 1 else ''}, {_listed(names)}")
    joint = ", and " if any(", " in phrase for phrase in phrases) else " and "
    kinds = [wait.kind for wait in waits if wait.kind]
    return Plan(
        "waiting",
        f"Waiting for {joint.join(phrases)}.",
        detail={"unread": kinds[0]} if kinds else {},
        waits_for=links[0] if links else None,
        needs=links,
    )


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:NAMES_MAX])
    if len(names) > NAMES_MAX:
        shown.append(f"{len(names) - NAMES_MAX} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
