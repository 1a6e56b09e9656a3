"""The engine's whole vocabulary: what the sides hold, what is asked of them, and how it ended.

Words    side       salesforce or quickbooks
         record     one Account, Customer, … as a side holds it, in neutral field names and values
         version    what the side uses to tell whether a record has changed (EditSequence, SystemModstamp); opaque here
         operation  one write asked of one side
         outcome    how an operation ended
Rule     values in ``fields`` are str, bool, int, Decimal, date or None, or rows of such values; a reference is the
         other's id on that side
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

Row = Mapping[str, Any]
Value = str | bool | int | Decimal | date | Sequence[Row] | None


class Side(StrEnum):
    SALESFORCE = "salesforce"
    QUICKBOOKS = "quickbooks"

    @property
    def other(self) -> Side:
        return Side.QUICKBOOKS if self is Side.SALESFORCE else Side.SALESFORCE

    @property
    def label(self) -> str:
        return "Salesforce" if self is Side.SALESFORCE else "QuickBooks"


class Verb(StrEnum):
    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a side holds it."""

    kind: str
    id: str
    version: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    modified: datetime | None = None  # when a person or program last changed it there, if the side tells
    deleted: bool = False
    merged_into: str = ""  # the id of the record that took its place
    wanted: bool = True  # may lead to a new record on the other side
    why_unwanted: str = ""
    matches: bool = True  # may be found to be the same as a record of the other side, at a first meeting
    origin: str = ""  # the key of our create that made it, where the side keeps it on the record
    open: bool = False  # what is known of it may change without a change of its version
    passing: bool = False  # remembered only if it was seen before
    unfinished: bool = False  # something of it has still to be worked out: nothing is planned from it before


@dataclass(frozen=True, slots=True)
class Operation:
    """One write, as a connector is asked for it.

    ``key`` is the same for every attempt at the same create, on any machine, also after a restored backup: the
    connector turns it into its system's own protection against doing a thing twice.
    """

    id: int
    key: str
    side: Side
    kind: str
    verb: Verb
    record_id: str  # empty for a create
    counterpart_id: str  # the record on the other side
    values: Mapping[str, Value]  # only what is to change; for a create, all that is known
    expected_version: str = ""
    current: Mapping[str, Value] = field(default_factory=dict)  # the record as it was planned against


# Outcomes -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Applied:
    """Done. ``record`` is what the side now holds; ``touched``: somebody else may have changed it since.

    ``refused`` names fields which the side did not take, with its reason, while it took the rest.
    """

    record: Record
    touched: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)
    spelt: Mapping[str, Value] = field(default_factory=dict)  # values as they were sent, where the spelling differs


@dataclass(frozen=True, slots=True)
class Stale:
    """The record had moved on: nothing was written. ``record``: as it is now, where the side told.

    ``doubtful``: it may have been written all the same, and the side cannot tell.
    """

    record: Record | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A unique value, such as the name, belongs to another record: nothing was written."""

    message: str
    record: Record | None = None  # the record which has it, where it is of the same kind


@dataclass(frozen=True, slots=True)
class Missing:
    """The record to be changed is gone (or, for a doubtful create: it never came to be)."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The side refused; sending the same again would be refused again. A person must look."""

    message: str
    code: str = ""
    remedy: str = ""
    fields: tuple[str, ...] = ()  # neutral names of the fields at fault, where the side told


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now (throttled, locked, closed for the night): nothing was written; try again later."""

    message: str
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done. It must be found out before anything else is written to this record."""

    message: str = ""


Outcome = Applied | Stale | Taken | Missing | Rejected | Deferred | Unknown


@dataclass(frozen=True, slots=True)
class Batch:
    """One page of what a side holds, and the cursor to store with it (empty: keep the old one)."""

    records: tuple[Record, ...]
    cursor: str = ""
    as_of: datetime | None = None  # our clock when the page was asked for
    unfinished: bool = False  # the complete listing that was asked for is still being made; these are changes only
