"""Everything that one org holds: its schema, tables, users, permissions, sessions, knobs and journal.

Words    person        somebody who works in Salesforce's pages; sees every field, suffers no fault
         integration   the user as whom an app's calls run; sees a custom field only if a permission set says so
         security      a number that grows with every change to schema or permissions, for caches to watch
Rule     whoever reads or writes holds ``guard``.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.faults import Faults

from . import ids
from .editions import EDITIONS, Allowance
from .errors import SalesforceError
from .schema import Field, SObject
from .standard import Switches, standard_schema
from .store import Row, Table

if TYPE_CHECKING:
    from .bulk import Bulk
    from .transaction import Tx

API_VERSIONS = {number: f"Release {number}" for number in range(31, 68)}
CURSORS_MAX = 10
OBJECT_RIGHTS = ("allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllRecords")


@dataclass
class PermissionSet:
    """What a permission set grants: fields as ``Account.X__c`` -> (readable, editable), objects -> rights."""

    name: str
    label: str = ""
    description: str = ""
    fields: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    objects: dict[str, frozenset[str]] = field(default_factory=dict)
    tabs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Access:
    """What one user may do with one object; ``readable`` is keyed by folded name."""

    readable: dict[str, Field]
    createable: frozenset[str]
    updateable: frozenset[str]
    rights: frozenset[str]


@dataclass
class User:
    id: str
    username: str
    password: str = ""
    security_token: str = ""
    active: bool = True


@dataclass(frozen=True)
class Entry:
    """One HTTP call, for assertions: no body, no token, no query of a token endpoint."""

    at: datetime
    method: str
    path: str
    resource: str
    query: str
    user_id: str
    records: int
    status: int
    fault: str
    writes: bool
    refusals: tuple[str, ...]  # the codes of what was refused, of the call or of single records in it


@dataclass
class Trigger:
    sobject: str
    when: str
    run: Callable[..., None]
    name: str


@dataclass
class Planned:
    """A fault, or something that happens, at one call to come: the next one, or the next one that writes."""

    fault: str
    writes_only: bool
    run: Callable[[], object] | None = None


@dataclass
class Cursor:
    """A query whose pages are still being fetched."""

    user_id: str
    result: Any
    size: int
    made_at: datetime


class OrgState:
    bulk: Bulk

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        chance: Chance,
        faults: Faults,
        domain: str = "",
        number: int = 1,
        edition: str = "Enterprise",
        licences: int = 0,
        switches: Switches | None = None,
    ) -> None:
        self.name = name
        self.domain = domain or f"{name}.my"
        self.clock = clock
        self.chance = chance
        self.faults = faults
        self.guard = threading.RLock()
        self.random = random.Random(f"{name}/{number}")
        self.pod = ids.DIGITS[10 + number // 62 % 52] + ids.DIGITS[number % 62]
        self.id = ids.make("00D", self.pod, number)
        self.edition = EDITIONS[edition]
        self.licences = licences
        self.switches = switches or Switches()
        self.schema = standard_schema(self.switches)
        self.tables: dict[str, Table] = {item.name: Table(item) for item in self.schema}
        self.permission_sets: dict[str, PermissionSet] = {}
        self.pages: dict[tuple[str, str], Any] = {}  # layouts, list views and tabs, by kind and full name
        self.users: dict[str, User] = {}
        self.hidden: set[str] = set()  # standard fields that apps' users do not see: "Account.Fax"
        self.withheld: dict[str, frozenset[str]] = {}  # rights to standard objects that apps' users lack
        self.security = 1
        self.schema_changed_at = self.now()
        self._access: dict[tuple[str, str], tuple[int, Access]] = {}
        self._set_knobs()

    def _set_knobs(self) -> None:
        self.api_enabled = self.edition.api
        self.api_calls = Allowance(self.clock)
        self.daily_limit = self.edition.daily_calls(self.licences)
        self.storage_mb = 10_240
        self.default_record_types: dict[str, str] = {}
        self.page_size = 2000
        self.child_page_size = 2000  # how many children of one record come with it
        self.page_shrink = 0.0  # how probable it is that a page holds fewer rows than asked for
        self.stamp_step_ms = 1000  # Salesforce stores whole seconds
        self.locked: set[str] = set()
        self.validation_rules: dict[str, list[Callable[[Row, Row | None], str | None]]] = {}
        self.duplicate_rules: dict[str, Callable[[Row], list[str]]] = {}
        self.triggers: list[Trigger] = []
        self.journal: deque[Entry] = deque(maxlen=200_000)
        self.call_counts: Counter[tuple[str, str]] = Counter()  # by method and resource, token calls included
        self.planned: list[Planned] = []
        self.cursors: dict[str, Cursor] = {}
        self.listeners: list[Callable[[Iterable[tuple[SObject, Row]]], None]] = []
        self.deployments: dict[str, Any] = {}
        self.deploy_polls = 1  # how often a deployment answers that it is not done yet
        self.serial = 0

    @property
    def api_used(self) -> int:
        return self.api_calls.used

    @property
    def storage_used_kb(self) -> int:
        """Two kilobytes a record, whatever it holds; setup is free."""
        return 2 * sum(table.live for table in self.tables.values() if table.sobject.replicateable)

    def check_storage(self) -> None:
        if self.storage_used_kb >= self.storage_mb * 1024:
            raise SalesforceError("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")

    def now(self) -> datetime:
        return self.clock.now()

    def stamp(self) -> datetime:
        now = self.now()
        return now.replace(microsecond=now.microsecond // 1000 // self.stamp_step_ms * self.stamp_step_ms * 1000)

    def happens(self, fault: str) -> bool:
        probability = float(getattr(self.faults, fault, 0.0))
        return probability > 0 and self.chance.happens(probability)

    def transaction_start(self) -> datetime:
        """The stamp of a transaction: now, or, if it is a slow one, up to five minutes ago."""
        if self.happens("slow"):
            return (self.stamp() - timedelta(seconds=self.chance.number(1, 300))).replace(microsecond=0)
        return self.stamp()

    def next_serial(self) -> int:
        self.serial += 1
        return self.serial

    def keep_cursor(self, cursor: Cursor) -> str:
        """Give a cursor an id; the oldest of a user who has too many is dropped."""
        mine = [key for key, each in self.cursors.items() if each.user_id == cursor.user_id]
        for key in mine[: max(0, len(mine) - CURSORS_MAX + 1)]:
            del self.cursors[key]
        cursor_id = ids.make("01g", self.pod, self.next_serial())
        self.cursors[cursor_id] = cursor
        return cursor_id

    def table(self, sobject: SObject) -> Table:
        return self.tables[sobject.name]

    def new_id(self, sobject: SObject) -> str:
        table = self.table(sobject)
        table.last_number += 1
        return ids.make(sobject.prefix, self.pod, table.last_number)

    def committed(self, tx: Tx) -> None:
        """A transaction has ended well: whoever waits for changes hears of them."""
        written = tx.written() if self.listeners else []
        for listen in self.listeners if written else ():
            listen(written)

    def secured(self) -> None:
        """Say that schema or permissions changed."""
        self.security += 1
        self.schema_changed_at = self.now()

    # -- who may do what

    def access(self, user_id: str, sobject: SObject) -> Access:
        key = (user_id, sobject.name)
        known = self._access.get(key)
        if known is None or known[0] != self.security:
            known = (self.security, self._access_of(user_id, sobject))
            self._access[key] = known
        return known[1]

    def granted(self, user_id: str) -> list[PermissionSet]:
        assigned = self.tables["PermissionSetAssignment"].rows.values()
        set_ids = {row["PermissionSetId"] for row in assigned if row["AssigneeId"] == user_id and not row["IsDeleted"]}
        return [self.permission_sets[set_id] for set_id in sorted(set_ids) if set_id in self.permission_sets]

    def _access_of(self, user_id: str, sobject: SObject) -> Access:
        sets = self.granted(user_id) if user_id else []
        rights = frozenset(OBJECT_RIGHTS)
        if user_id and sobject.custom:
            rights = frozenset().union(*(item.objects.get(sobject.name, frozenset()) for item in sets))
        elif user_id:
            rights -= self.withheld.get(sobject.name, frozenset())
        readable, editable = {}, set()
        for each in sobject:
            read = edit = not (user_id and f"{sobject.name}.{each.name}" in self.hidden)
            if user_id and each.governed:
                grants = [item.fields.get(f"{sobject.name}.{each.name}", (False, False)) for item in sets]
                read, edit = any(r or e for r, e in grants), any(e for _, e in grants)
            if read:
                readable[each.name.lower()] = each
            if read and edit:
                editable.add(each.name)
        return Access(
            readable,
            frozenset(each.name for each in sobject if each.createable and each.name in editable),
            frozenset(each.name for each in sobject if each.updateable and each.name in editable),
            rights,
        )

    def visible(self, user_id: str, name: str) -> SObject | None:
        sobject = self.schema.find(name)
        if sobject is None or "allowRead" not in self.access(user_id, sobject).rights:
            return None
        return sobject

    # -- the schema in motion (only a deploy comes here)

    def install(self, sobject: SObject) -> None:
        self.schema.add(sobject)
        self.tables.setdefault(sobject.name, Table(sobject)).refresh()
        self.secured()

    def uninstall(self, name: str) -> None:
        self.schema.remove(name)
        self.tables.pop(name, None)
        self.secured()
