"""An edit that a person makes on one side, and how one sees that it has arrived on the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """``problem`` says how it has not arrived; nothing if it has."""

    says: str
    problem: Callable[[], str]
