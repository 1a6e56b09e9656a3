"""The tree that a SOQL query is read into.  It knows no schema.

Words    path     a field reached over parents: Account.Owner.Name
         place    where in the text something stands, for the caret in a refusal
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Path:
    """A field, reached over parents; ``function`` takes a date apart, ``alias`` names it in a grouped answer."""

    parts: tuple[str, ...]
    place: int
    function: str = ""
    alias: str = ""

    @property
    def folded(self) -> str:
        return ".".join(self.parts).lower()


@dataclass(frozen=True)
class Literal:
    """A value as written: kind is string, number, date, moment, boolean, null or day."""

    kind: str
    value: Any
    place: int


@dataclass(frozen=True)
class Compare:
    """``path`` is an aggregate in HAVING only."""

    path: Path | Aggregate
    operator: str
    value: Literal


@dataclass(frozen=True)
class Within:
    """IN, or INCLUDES where it is said ``of_choices`` of a multi-select picklist."""

    path: Path
    values: tuple[Literal, ...]
    query: Query | None
    negated: bool
    of_choices: bool = False


@dataclass(frozen=True)
class Not:
    term: Condition


@dataclass(frozen=True)
class Joined:
    word: str
    terms: tuple[Condition, ...]


Condition = Compare | Within | Not | Joined


@dataclass(frozen=True)
class Aggregate:
    function: str
    path: Path | None
    alias: str


@dataclass(frozen=True)
class AllFields:
    kind: str
    place: int


@dataclass(frozen=True)
class Order:
    path: Path | Aggregate
    descending: bool
    nulls_last: bool


@dataclass
class Query:
    text: str
    sobject: str = ""
    place: int = 0
    alias: str = ""
    select: list[Path | Query | Aggregate | AllFields] = field(default_factory=list)
    counts_only: bool = False
    where: Condition | None = None
    group: list[Path] = field(default_factory=list)
    having: Condition | None = None
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
