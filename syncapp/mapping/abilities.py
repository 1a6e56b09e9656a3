"""What the other side told that it cannot take, so that a plan says so before anything is sent.

Words    lacks         why, with the remedy, by what is lacking: a type of transaction, or the name of a feature
         closed_until  the last day of the period that is closed
         currency      the only currency that is kept, by its ISO code; empty where there are several, or none is known
Rule     what is not known speaks against nothing.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from syncapp.records import Value


@dataclass(frozen=True)
class Abilities:
    lacks: Mapping[str, str] = field(default_factory=dict)
    closed_until: date | None = None
    currency: str = ""
    home: str = ""  # what a customer without a currency of its own has, where there are several


ALL = Abilities()  # nothing is known to be lacking
# What is known of the records on the other side that a record refers to, by the field that refers to them.
About = Mapping[str, Mapping[str, Value]]
