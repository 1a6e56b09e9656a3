"""What a side refused before, and how that is said.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from typing import Any

from syncapp.engine.situation import Situation
from syncapp.records import Side


def refusal(situation: Situation, target: Side, name: str, value: Any) -> str:
    """Why this very value was refused before; empty if it may be offered."""
    refused = situation.refused.get(target.value, {}).get(name)
    return refused[1] if refused and refused[0] == value else ""


def sentence(message: str) -> str:
    return message.rstrip(". ") + "."
