"""How a kind of record is spelt in qbXML: what each kind's module says, and what all lists share.

Pure. Each kind has one Spelling in a module of its own; the registry is in kinds.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from qbwc.qbxml.read import Ret
from syncapp.records import Operation, Record, Value

Settings = Mapping[str, Any]


class Asked(NamedTuple):
    """One request: its name in the catalogue, and its data."""

    name: str
    data: dict[str, Any]


class Spelling(ABC):
    """One kind of list record. ``query`` lists it; ``lists`` are its types in ListDeletedQuery."""

    kind: str
    query: str
    lists: tuple[str, ...] = ()
    filters: Mapping[str, Any] = {}  # of every listing
    open_filters: Mapping[str, Any] = {}  # what lists those that are open; empty: those are read by their ids
    always_full = False  # what is wanted of it changes without a change of TimeModified
    mentions = False  # its listing only tells which records have changed: they are read by their ids
    asked_by_its_id = True  # False: within another record, so that no answer says that it is gone
    hides: tuple[str, ...] = ()  # types of items whose lines only QuickBooks shows
    records: tuple[tuple[str, str], ...] = ()  # what its records are called, each with the query that tells it
    requests: tuple[str, ...] = ()  # what it is written by
    custom_of: str = ""  # whose custom fields it has, as DataExtMod calls them; empty: none are written

    # Reading

    @abstractmethod
    def record(self, ret: Ret, settings: Settings) -> Record | None:
        """A Ret as a neutral record; None where it is not of this kind."""

    def all_records(self, ret: Ret, settings: Settings) -> Iterable[Record]:
        """All records in a Ret, where one holds several."""
        found = self.record(ret, settings)
        return () if found is None else (found,)

    def deletions(self, since: str) -> Asked | None:
        """What asks for the records that were deleted since then; None where nothing tells."""
        if not self.lists:
            return None
        span = {"FromDeletedDate": since}
        return Asked("ListDeletedQuery", {"ListDelType": list(self.lists), "DeletedDateRangeFilter": span})

    def deleted(self, ret: Ret) -> Record | None:
        if ret.name != "ListDeleted":
            return None
        return Record(kind=self.kind, id=ret.data["ListID"], version="", deleted=True)

    def by_ids(self, ids: Sequence[str]) -> Asked:
        return Asked(self.query, {"ListID": list(ids)})

    def alike(self, ids: Sequence[str]) -> Iterable[Sequence[str]]:
        """The ids in portions that one request can ask for."""
        return [ids]

    def remote_id(self, record_id: str) -> str:
        """The id as QuickBooks prints it …"""
        return record_id

    def id_asked(self, request: str, remote_id: str) -> str:
        """… and the record's id, by the request that asked for it."""
        return remote_id

    def id_in(self, recovery: Mapping[str, Any], operation: Operation) -> str:
        """The record's id as error recovery gives it."""
        return str(recovery.get("ListID") or "")

    def mentioned(self, ret: Ret) -> tuple[str, str] | None:
        """The id of a record that a listing mentions, and when it was modified last."""
        return None

    def leads_to_new(self, record_id: str, settings: Settings) -> bool:
        """Whether a record that a listing mentions, and that nobody knows, may lead to one of the other side."""
        return False

    def changed_since(self, since: str, settings: Settings) -> Mapping[str, Any]:
        """What asks for the records that have changed, where the listing only mentions them; "" for ``since``: for all
        that can be ours."""
        return {}

    def lost(self, operation: Operation, sent: datetime, *, wide: bool) -> Asked | None:
        """What looks for the record of a create whose answer was lost; None: a complete listing does.

        ``wide``: where it was not found at its place.
        """
        return None

    def whole(self, ret: Ret, version: str) -> tuple[str, tuple[str, ...]] | None:
        """A customer and the ids of all its records, where the Ret holds all that there are; None where it says nothing
        of others. ``version`` is the qbXML that it was told in."""
        return None

    # Writing

    @abstractmethod
    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        """The Add of a create. It carries our key, by which a lost create is recognised; and its number, where one was
        chosen (``numbers``)."""

    def numbers(self, operation: Operation, settings: Settings) -> list[str]:
        """The numbers that a new record may have, the best first; none where QuickBooks counts."""
        return []

    def holders_of(self, operation: Operation, numbers: Sequence[str]) -> Asked:
        """What asks which of these numbers are used."""
        return Asked(self.query, {"RefNumber": list(numbers)})

    @abstractmethod
    def mod(self, operation: Operation, settings: Settings) -> Asked:
        """The Mod of an update, with the EditSequence that it was planned from."""

    @abstractmethod
    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The neutral fields that a refusal names, by a path of elements or by the last of them alone."""

    def remedy(self, message: str, operation: Operation) -> str:
        """What to do about this refusal, where the kind knows better than the status code tells; or nothing."""
        return ""

    def holder(self, record_id: str) -> dict[str, Any]:
        """The record as DataExtMod names it."""
        return {"ListDataExtType": self.custom_of, "ListObjRef": {"ListID": self.remote_id(record_id)}}

    def fields_named(self, message: str, operation: Operation) -> tuple[str, ...]:
        """The neutral fields that a refusal speaks of without naming an element."""
        return ()

    # Names

    def holder_of(self, operation: Operation, parent_name: str, settings: Settings) -> Asked:
        """What asks who has the name that this operation wanted; ``parent_name`` is its parent's full name."""
        name = str({**operation.current, **operation.values}.get("name") or "")
        return Asked(self.query, {"FullName": [f"{parent_name}:{name}" if parent_name else name]})

    def whose(self, same_kind: bool) -> str:
        """Who has a name that is taken, in words."""
        return f"another {self.kind}" if same_kind else "another record"


def filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty, at any depth: an Add says only what there is."""
    inner = {name: filled(value) if isinstance(value, Mapping) else value for name, value in data.items()}
    return {name: value for name, value in inner.items() if value not in (None, "", {})}


def named(path: str) -> list[str]:
    """The elements of a path such as `CustomerAdd/ShipAddress[1]/City`."""
    return path.replace("[", "/").replace("]", "").split("/")


def origin(data: Mapping[str, Any]) -> str:
    """The key of our create that made the record."""
    return str(data.get("ExternalGUID") or "").strip("{}").lower()


def modified(edit_sequence: str) -> datetime | None:
    """When the record was last changed. In practice EditSequence is that moment in seconds since 1970 (UTC);
    the times that QuickBooks prints are local, with an offset that cannot be trusted."""
    if not edit_sequence.isdigit() or not 10**9 <= int(edit_sequence) < 10**10:
        return None
    return datetime.fromtimestamp(int(edit_sequence), UTC)
