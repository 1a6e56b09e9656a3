"""Every write to HistoryEntry: what happened to a link, before and after, by what or whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from syncapp import bulk
from syncapp.models import HistoryEntry, Link, Operation


def entry(
    link: Link,
    event: str,
    *,
    operation: Operation | None = None,
    side: str = "",
    changes: Mapping[str, Any] | None = None,
    message: str = "",
    who: str = "",
) -> HistoryEntry:
    """An entry that is not stored yet; ``changes`` is {field: [before, after]}."""
    return HistoryEntry(
        pair_id=link.pair_id,
        link=link,
        operation=operation,
        event=event,
        side=side,
        name=link.name,
        changes=dict(changes or {}),
        message=message,
        who=who,
    )


def write(entries: Iterable[HistoryEntry]) -> None:
    bulk.insert(list(entries))
