"""The lists of a company file: records, their names and ids, and the indexes that keep 100,000 of them quick.

Words    key      a full name in lower case: QuickBooks compares names without regard to case; what has no name
                  has its id for a key
Rule     EditSequence grows with every modification, also with two in one second.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .kinds import KINDS as KINDS
from .kinds import TARGETS as TARGETS
from .kinds import Kind as Kind


class Record:
    """One element of a list. ``data`` holds its fields as QuickBooks would print them; references hold an id."""

    __slots__ = (
        "balance",
        "created",
        "custom",
        "data",
        "edit_sequence",
        "full_name",
        "is_active",
        "key",
        "kind",
        "list_id",
        "locked",
        "modified",
        "name",
        "parent",
        "used",
    )

    def __init__(self, kind: str, list_id: str, name: str, parent: str, now: int) -> None:
        self.kind = kind
        self.list_id = list_id
        self.name = name
        self.parent = parent
        self.created = now
        self.modified = now
        self.edit_sequence = now
        self.is_active = True
        self.data: dict[str, Any] = {}
        self.custom: dict[str, dict[str, str]] = {}
        self.balance = 0  # cents
        self.used = False  # in a transaction: cannot be deleted any more
        self.locked = False  # somebody has it open
        self.full_name = name
        self.key = name.casefold()

    def touch(self, now: int) -> None:
        self.modified = max(now, self.modified)
        self.edit_sequence = max(now, self.edit_sequence + 1)

    def as_json(self) -> dict[str, Any]:
        return {slot: getattr(self, slot) for slot in self.__slots__}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Record:
        record = cls.__new__(cls)
        for slot in cls.__slots__:
            setattr(record, slot, state[slot])
        return record


class Shelf:
    """Records that share one set of names, indexed by id, full name, parent and time of modification."""

    def __init__(self) -> None:
        self.counter = 0
        self.by_id: dict[str, Record] = {}
        self.by_key: dict[str, Record] = {}
        self.by_time: dict[str, Record] = {}  # oldest modification first
        self.children: dict[str, dict[str, None]] = {}
        self._sorted: dict[str, list[Record]] = {}

    def next_id(self, now: int) -> str:
        self.counter += 1
        return f"8{self.counter:07X}-{now}"

    def add(self, record: Record) -> None:
        self._name(record)
        self.by_id[record.list_id] = record
        self.by_time[record.list_id] = record
        self.by_key[record.key] = record
        if record.parent:
            self.children.setdefault(record.parent, {})[record.list_id] = None
        self._sorted.pop(record.kind, None)

    def remove(self, record: Record) -> None:
        del self.by_id[record.list_id], self.by_time[record.list_id], self.by_key[record.key]
        if record.parent:
            del self.children[record.parent][record.list_id]
        self._sorted.pop(record.kind, None)

    def rename(self, record: Record, name: str, parent: str) -> None:
        """A new name or a new parent; full names below follow, without a modification of their own."""
        del self.by_key[record.key]
        if record.parent != parent:
            if record.parent:
                del self.children[record.parent][record.list_id]
            if parent:
                self.children.setdefault(parent, {})[record.list_id] = None
        record.name, record.parent = name, parent
        self._name(record)
        self.by_key[record.key] = record
        self._sorted.pop(record.kind, None)
        for child in list(self.children.get(record.list_id, ())):
            below = self.by_id[child]
            self.rename(below, below.name, record.list_id)

    def touch(self, record: Record, now: int) -> None:
        record.touch(now)
        self.by_time[record.list_id] = self.by_time.pop(record.list_id)

    def _name(self, record: Record) -> None:
        tree = KINDS[record.kind].hierarchical
        above = self.by_id[record.parent].full_name + ":" if record.parent and tree else ""
        record.full_name = above + record.name
        record.key = record.full_name.casefold() or record.list_id

    def level(self, record: Record) -> int:
        return record.full_name.count(":")

    def below(self, record: Record) -> Iterator[Record]:
        """All records under this one, at any depth."""
        for child in self.children.get(record.list_id, ()):
            yield self.by_id[child]
            yield from self.below(self.by_id[child])

    def in_order(self, kind: str) -> list[Record]:
        """One kind by full name, children directly after their parent."""
        if kind not in self._sorted:
            self._sorted[kind] = sorted(
                (record for record in self.by_id.values() if record.kind == kind), key=name_order
            )
        return self._sorted[kind]

    def modified_since(self, unix: int) -> Iterator[Record]:
        """The records modified at that second or later, newest first, without looking at the others."""
        for record in reversed(self.by_time.values()):
            if record.modified < unix:
                return
            yield record


def name_order(record: Record) -> list[str]:
    return record.key.split(":")


class Lists:
    """All shelves of a company file."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {kind.shelf: Shelf() for kind in KINDS.values()}

    def shelf(self, kind: str) -> Shelf:
        return self.shelves[KINDS[kind].shelf]

    def get(self, kind: str, list_id: str) -> Record | None:
        record = self.shelf(kind).by_id.get(list_id)
        return record if record is not None and record.kind == kind else None

    def find(self, kinds: tuple[str, ...], list_id: str = "", full_name: str = "") -> Record | None:
        """By id if one is given, else by full name: an id wins over a name."""
        for kind in kinds:
            shelf = self.shelf(kind)
            record = shelf.by_id.get(list_id) if list_id else shelf.by_key.get(full_name.casefold())
            if record is not None and record.kind == kind:
                return record
        return None

    def as_json(self) -> dict[str, Any]:
        return {
            name: {"counter": shelf.counter, "records": [record.as_json() for record in shelf.by_time.values()]}
            for name, shelf in self.shelves.items()
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Lists:
        lists = cls()
        for name, kept in state.items():
            shelf = lists.shelves[name]
            shelf.counter = kept["counter"]
            records = [Record.from_json(each) for each in kept["records"]]
            for record in records:
                shelf.by_id[record.list_id] = record
                shelf.by_time[record.list_id] = record
                shelf.by_key[record.key] = record
                if record.parent:
                    shelf.children.setdefault(record.parent, {})[record.list_id] = None
        return lists
