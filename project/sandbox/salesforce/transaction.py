"""One transaction: who writes, since when, and how to take it all back.

Words    mark    a place in the transaction to which it can be rolled back (a savepoint)
         system  rights of the platform itself: no field-level security, no faults
Rule     the stamp is taken when the transaction starts; the rows become visible when it ends.
"""

from __future__ import annotations

import copy
from datetime import datetime, timedelta

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
