"""What is to be written to the part of a record, such as an account's billing contact.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class PartPlan:
    insert: dict[str, Any] | None = None
    update: dict[str, Any] | None = None  # with the id of the part
    untick: str = ""  # the id of the part that was chosen before, once the new one is in place
    carried: tuple[str, ...] = ()  # the neutral fields in it
    refused: dict[str, str] = field(default_factory=dict)
