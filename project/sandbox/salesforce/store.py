"""Where records are kept: one table per object, with the indexes that make 100,000 records workable.

Words    row       one record as a dict of what is not null; never changed in place, so that whoever holds one
                   holds a snapshot
         index     for fields that identify: folded value -> ids of records that are not in the recycle bin
         children  for lookups: parent id -> ids of the records that point at it
         stamps    (SystemModstamp, id) in order; an entry is stale once its record carries another stamp
Rule     a table is only written through a transaction, which can take every write back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from .schema import Field, SObject

Row = dict[str, Any]
UNCOUNTED_LOOKUPS = frozenset({"OwnerId", "CreatedById", "LastModifiedById", "RecordTypeId"})


class Table:
    def __init__(self, sobject: SObject) -> None:
        self.sobject = sobject
        self.rows: dict[str, Row] = {}
        self.ids: list[str] = []
        self.index: dict[str, dict[str, set[str]]] = {}
        self.children: dict[str, dict[str, set[str]]] = {}
        self.stamps: list[tuple[datetime, str]] = []
        self.last_number = 0
        self.live = 0  # how many rows are not in the recycle bin
        self.auto_numbers: dict[str, int] = {}
        self.purged: list[tuple[datetime, str]] = []  # deletions whose rows have left the recycle bin
        self.deletions_from: datetime | None = None  # what was deleted before is forgotten
        self.refresh()

    def refresh(self) -> None:
        """Take note of fields that were added or removed."""
        for field in self.sobject:
            if field.indexed and field.name != "Id" and field.name not in self.index:
                self.index[field.name] = {}
            if field.reference_to and field.name not in UNCOUNTED_LOOKUPS and field.name not in self.children:
                self.children[field.name] = {}
        known = {field.name for field in self.sobject}
        for gone in [name for name in (*self.index, *self.children) if name not in known]:
            self.index.pop(gone, None)
            self.children.pop(gone, None)

    def get(self, record_id: str | None) -> Row | None:
        return self.rows.get(record_id) if record_id else None

    def put(self, row: Row) -> Row | None:
        """Store a row; the one that it replaces, if any."""
        record_id = row["Id"]
        old = self.rows.get(record_id)
        if old is not None:
            self._forget(old)
        elif not self.ids or record_id > self.ids[-1]:
            self.ids.append(record_id)
        else:
            insort(self.ids, record_id)
        self.rows[record_id] = row
        self.live += (not row["IsDeleted"]) - (old is not None and not old["IsDeleted"])
        self._note(row, old)
        return old

    def drop(self, record_id: str) -> None:
        old = self.rows.pop(record_id, None)
        if old is not None:
            self._forget(old)
            self.live -= not old["IsDeleted"]
            self.ids.pop(bisect_left(self.ids, record_id))

    def _note(self, row: Row, old: Row | None) -> None:
        record_id = row["Id"]
        stamp = row["SystemModstamp"]
        if old is None or old["SystemModstamp"] != stamp:
            self._note_stamp(stamp, record_id)
        if not row["IsDeleted"]:
            for name, entries in self.index.items():
                if (value := row.get(name)) is not None:
                    entries.setdefault(self.fold(name, value), set()).add(record_id)
        for name, entries in self.children.items():
            if (value := row.get(name)) is not None:
                entries.setdefault(value, set()).add(record_id)

    def _note_stamp(self, stamp: datetime, record_id: str) -> None:
        entry = (stamp, record_id)
        if not self.stamps or entry > self.stamps[-1]:
            self.stamps.append(entry)
        else:
            insort(self.stamps, entry)
        if len(self.stamps) > 2 * len(self.rows) + 1000:
            self.stamps = sorted((row["SystemModstamp"], key) for key, row in self.rows.items())

    def _forget(self, row: Row) -> None:
        for name, entries in (*self.index.items(), *self.children.items()):
            if (value := row.get(name)) is None:
                continue
            key = self.fold(name, value) if name in self.index else value
            found = entries.get(key)
            if found:
                found.discard(row["Id"])
                if not found:
                    del entries[key]

    def fold(self, name: str, value: Any) -> str:
        """The form in which an identifying value is compared: without case, unless the field says so."""
        field: Field | None = self.sobject.field(name)
        text = str(value.normalize()) if isinstance(value, Decimal) else str(value)
        return text if field is not None and field.case_sensitive else text.casefold()

    def with_value(self, name: str, value: Any) -> list[str]:
        """Ids of the records, outside the recycle bin, that carry this identifying value."""
        if name == "Id":
            row = self.rows.get(value)
            return [] if row is None or row["IsDeleted"] else [value]
        return sorted(self.index[name].get(self.fold(name, value), ()))

    def pointing_at(self, name: str, parent_id: str) -> list[str]:
        return sorted(self.children[name].get(parent_id, ()))

    def stamped(self, since: datetime, until: datetime | None = None) -> Iterator[Row]:
        """Rows whose SystemModstamp lies in [since, until), oldest first."""
        seen: set[tuple[datetime, str]] = set()
        entries = self.stamps
        for place in range(bisect_left(entries, (since, "")), len(entries)):
            entry = entries[place]
            stamp, record_id = entry
            if until is not None and stamp >= until:
                return
            row = self.rows.get(record_id)
            if row is not None and row["SystemModstamp"] == stamp and entry not in seen:
                seen.add(entry)
                yield row

    def after_id(self, record_id: str) -> Iterable[Row]:
        start = bisect_left(self.ids, record_id)
        return (self.rows[key] for key in self.ids[start:])
