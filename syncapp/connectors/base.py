"""What a connector promises to everything above it.

A connector turns neutral operations into one system's requests. Every side is asynchronous by contract; an immediate
one merely answers at once: ``submit`` returns the outcomes that are known, and what it leaves out is still open.
Connectors write to no table of the engine: they are handed records and operations, and hand back outcomes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from syncapp.mapping.abilities import Abilities
from syncapp.records import Batch, Operation, Outcome, Side


class ConnectorError(Exception):
    """The other system could not be reached or made no sense.

    ``message`` is for the person who oversees the sync and names the remedy; ``retry_seconds`` is None where trying
    again cannot help until somebody acts.
    """

    def __init__(self, message: str, *, remedy: str = "", retry_seconds: int | None = 60) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.retry_seconds = retry_seconds


class NotAuthorised(ConnectorError):
    """Access was withdrawn or never given; someone must sign in again or change a setting."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy, retry_seconds=None)


class WrongIdentity(ConnectorError):
    """The org or company that answered is not the one of this pair: nothing may be written."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy, retry_seconds=None)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a record is to say of how it stands; ``version`` is the one that we know, which shows what others did."""

    record_id: str
    version: str
    status: str
    error: str
    agreed_at: datetime | None
    link: str  # the address of our page about it; empty where it has none


@runtime_checkable
class Teller(Protocol):
    """A connector whose records can say how they stand; told at the end of a cycle, and never needed for syncing."""

    tells: Collection[str]  # the kinds that can

    def tell(self, kind: str, notices: Sequence[Notice]) -> Mapping[str, str]:
        """Write what is not there yet; by record id, nothing, or why the record does not take it.

        Records that are left out are to be told later: they were changed a moment ago, or no answer came.
        """
        ...


class Loader(Protocol):
    """How a side takes many creates at once. They are to be found out from the moment when they are handed over."""

    def least(self, kind: str) -> int:
        """From how many creates on they travel so; 0: never."""
        ...

    def rests(self, kind: str) -> bool:
        """Whether none travel so just now."""
        ...

    def send(self, kind: str, slices: Iterator[Sequence[Operation]]) -> Sequence[Operation]:
        """Have them made, as many slices as there is room for; back come those that cannot travel so."""
        ...

    def advance(self) -> set[str]:
        """Carry on with what is under way, and wait for it a while; the kinds of which some still is."""
        ...

    def tidy(self) -> None:
        """Everything that has ended was found out, and need not be kept any more."""
        ...


class Connector(Protocol):
    side: Side
    answers_later: bool  # outcomes and pages come by way of syncapp.receivers

    @property
    def loader(self) -> Loader | None:
        """None where nothing is gained by sending many creates together."""
        ...

    def fetch(self, kind: str, cursor: str, *, full: bool = False) -> Iterator[Batch]:
        """What changed since the cursor (everything, for an empty one or ``full``), page by page.

        The cursor in the last batch covers all of them. A side that answers later starts a pull (unless one is under
        way) and yields nothing.
        """
        ...

    def submit(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        """Do them; the outcomes that are known at once, by operation id.

        May be given any number; batches as its system allows. Never raises once something may have been written:
        then the outcome is Unknown for those it could not tell.
        """
        ...

    def find_out(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        """For operations of unknown outcome: what became of them, found by looking, never by sending again."""
        ...

    def read(self, kind: str, ids: Sequence[str]) -> Batch | None:
        """These records as they are now (missing ones as deleted); None where the answer comes later."""
        ...

    def warnings(self, kind: str) -> Mapping[str, str]:
        """What a person should put right, by record id, among the records that were read last."""
        ...

    def abilities(self) -> Abilities:
        """What this side told that it cannot take."""
        ...

    def preparing(self, more: bool) -> None:
        """Work for this side is being prepared (a session that has come for it should wait), or no longer is."""
        ...

    def overtaken(self) -> Collection[int]:
        """Operations handed over and not sent for so long that what was found out for them may not hold any more."""
        ...

    def withdraw(self, operations: Sequence[Operation]) -> set[int]:
        """Take back those that have certainly not been sent yet; their ids."""
        ...
