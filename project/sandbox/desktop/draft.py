"""What a record is about to become, for the rules of its list to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .lists import Record


@dataclass
class Draft:
    kept: dict[str, Any]  # the fields as they will be kept
    sent: dict[str, Any]
    name: str
    parent: Record | None
    record: Record | None = None  # as it is until now; None for a new one
