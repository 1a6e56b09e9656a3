"""What a check finds of a field mapping: one problem, whose it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from syncapp.records import Side


@dataclass(frozen=True)
class Finding:
    field: str  # the override's name
    side: Side
    what: str  # without a full stop
    remedy: str
    warning: bool = False  # it may be as it should
    setting: str = "fields"  # which names it

    def __str__(self) -> str:
        return f"{self.setting}.{self.field}: {self.what}. {self.remedy}".strip()
