"""One transaction: who writes, since when, and how to take it all back.

Words    mark    a place in the transaction to which it can be rolled back (a savepoint)
         system  rights of the platform itself: no field-level security, no faults
Rule     the stamp is taken when the transaction starts; the rows become visible when it ends.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .schema import SObject
from .state import Access, OrgState
from .store import Row, Table

Undo = list[tuple[Table, str, Row | None]]


class Tx:
    def __init__(self, org: OrgState, user_id: str, *, system: bool = False) -> None:
        self.org = org
        self.user_id = user_id
        self.system = system
        self.stamp = org.transaction_start()
        self.allow_duplicates = False
        self.depth = 0
        self.given: frozenset[str] = frozenset()  # the fields that the save under way was handed
        self._undo: Undo = []

    def as_system(self) -> Tx:
        """The same transaction with the platform's rights, one level deeper."""
        other = copy.copy(self)
        other.system = True
        other.depth = self.depth + 1
        return other

    def access(self, sobject: SObject) -> Access:
        return self.org.access("" if self.system else self.user_id, sobject)

    def put(self, sobject: SObject, row: Row) -> None:
        table = self.org.table(sobject)
        self._undo.append((table, row["Id"], table.put(row)))

    def row(self, name: str, record_id: str | None) -> Row | None:
        return self.org.tables[name].get(record_id)

    def below(self, name: str, lookup: str, parent_id: str) -> list[Row]:
        """The records, outside the recycle bin, whose lookup names this parent."""
        table = self.org.tables.get(name)
        if table is None:
            return []  # an object that this org does not have
        rows = (table.rows[each] for each in table.pointing_at(lookup, parent_id))
        return [row for row in rows if not row["IsDeleted"]]

    def plant(self, name: str, stored: Mapping[str, Any]) -> str:
        """A new record as the platform itself makes one: no checks, values in stored form."""
        sobject = self.org.schema[name]
        defaults = {field.name: field.default for field in sobject if field.default is not None}
        stamps = {"CreatedDate": self.stamp, "LastModifiedDate": self.stamp, "SystemModstamp": self.stamp}
        who = {"CreatedById": self.user_id, "LastModifiedById": self.user_id}
        row = {"Id": self.org.new_id(sobject), "IsDeleted": False, **defaults, **stamps, **who, **stored}
        self.put(sobject, row)
        return str(row["Id"])

    def write(self, name: str, record_id: str, stored: Mapping[str, Any], *, silent: bool = False) -> None:
        """Change a record as the platform itself does; its stamp moves unless the change is one that leaves none."""
        old = self.org.tables[name].rows[record_id]
        row = {key: value for key, value in {**old, **stored}.items() if value is not None}
        if not silent:
            row["SystemModstamp"] = self.stamp_after(old)
        self.put(self.org.schema[name], row)

    def written(self) -> list[tuple[SObject, Row]]:
        """Every record that was written, once, as it is now."""
        seen = {(table.sobject.name, record_id): (table, record_id) for table, record_id, _ in self._undo}
        return [(table.sobject, table.rows[key]) for table, key in seen.values() if key in table.rows]

    def mark(self) -> int:
        return len(self._undo)

    def roll_back(self, mark: int = 0) -> None:
        while len(self._undo) > mark:
            table, record_id, old = self._undo.pop()
            if old is None:
                table.drop(record_id)
            else:
                table.put(old)
            if table.sobject.name == "PermissionSetAssignment":
                self.org.secured()

    def stamp_after(self, old: Row | None) -> datetime:
        """The stamp of a written row: the transaction's, but after the row's last one where time allows it."""
        if old is None:
            return self.stamp
        last: datetime = old["SystemModstamp"]
        if self.stamp > last:
            return self.stamp
        return max(last, min(last + timedelta(milliseconds=self.org.stamp_step_ms), self.org.stamp()))
