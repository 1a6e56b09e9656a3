"""A QuickBooks company file in miniature: what applications send it and what people do in it.

It is written from public facts of the SDK and stands alone, so that it can judge the product: it is as strict as
QuickBooks, and where sources disagree a quirk says which way it goes (settings.py).
"""

from __future__ import annotations

import json
import pickle
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.faults import Faults

from . import accounts, execute, people, reader, stock
from .custom_fields import PUBLIC, Definitions
from .deletions import DeletedLog
from .errors import Fault, Refused
from .lists import Lists, Record
from .message_sets import MessageSets
from .notation import Version
from .records import add
from .session import Session
from .settings import Product, Quirks, Settings
from .times import LocalTime
from .txns import references
from .txns.changes import locked
from .txns.people import Bookkeeping
from .txns.store import Txn, Txns

APP_LOCK = "AppLock"
FILE_ID = "FileID"
# What belongs to the file itself, and so to its backups.
_STATE = ("lists", "txns", "sets", "deleted", "definitions", "company_custom", "apps", "counters")


class CompanyFile(people.People, Bookkeeping):
    """``process`` is what COM's ProcessRequest does; the people's part is in people.py."""

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        chance: Chance,
        faults: Faults | None = None,
        edition: str = "Pro",
        year: int = 2024,
        country: str = "US",
        time_zone: str = "America/Los_Angeles",
        settings: Settings | None = None,
        quirks: Quirks | None = None,
        path: str = "",
    ) -> None:
        self.name = name
        self.clock = clock
        self.chance = chance
        self.faults = faults or Faults()
        self.product = Product(edition, year, country)
        self.settings = settings or Settings()
        self.quirks = quirks or Quirks()
        self.time = LocalTime(time_zone, self.quirks.offsets)
        self.path = path or f"C:\\Users\\Public\\Documents\\Intuit\\QuickBooks\\Company Files\\{name}.QBW"
        self.lists = Lists()
        self.txns = Txns()
        self.sets = MessageSets()
        self.deleted = DeletedLog()
        self.definitions = Definitions()
        self.company_custom: dict[str, dict[str, str]] = {}
        self.apps: dict[str, dict[str, Any]] = {}
        self.counters: dict[str, int] = {}
        self.modal_dialog = ""
        self.executed: Counter[str] = Counter()  # requests done, by name: what tests count double work with
        self._lock = threading.RLock()
        self._sessions: dict[str, Session] = {}
        self._stock()

    def _stock(self) -> None:
        """What every new company has."""
        for account in accounts.stock(self.product.edition):
            add(self, "Account", account, own=True)
        references.open_special_accounts(self)
        for kind, entries in stock.ENTRIES:
            for fields in entries:
                add(self, kind, dict(fields), own=True)
        if self.settings.multi_currency:
            for name, code in stock.CURRENCIES:
                add(self, "Currency", {"Name": name, "CurrencyCode": code, "IsUserDefinedCurrency": "false"}, own=True)

    # Applications

    def begin_session(self, app: str = "Sandbox") -> Session:
        return Session(self, app)

    def process(self, document: str, app: str | Session = "Sandbox") -> str:
        """Execute a document as ProcessRequest would. Raises Refused where COM hands back an HRESULT.

        With an application's name instead of a session, that application's calls share one lasting session,
        until ``end_sessions``.
        """
        with self._lock:
            session = app if isinstance(app, Session) else self._sessions.setdefault(app, self.begin_session(app))
            if self.modal_dialog:
                raise Refused("0x80040414")
            envelope = reader.read_document(document, self.product.supported, self.product.country)
            return self.sets.handle(
                envelope,
                session.app,
                self.quirks.unknown_set_status,
                lambda each: execute.execute(self, each, session),
            )

    def end_sessions(self) -> None:
        """Close the sessions that ``process`` opened by name: their iterators are gone."""
        for session in self._sessions.values():
            session.end()
        self._sessions.clear()

    def register_app(
        self, app: str, *, owner_id: str, file_id: str, machine: str = "BOOKSPC", read_only: bool = False
    ) -> None:
        """What the Web Connector writes into the file when a .qwc is added and the Admin agrees."""
        held = self.company_custom.get(owner_id, {})
        if held.get(APP_LOCK, f"LOCKED:{machine}:").split(":")[1] != machine:
            raise ValueError(f"QBWC1026: another machine is registered for the FileID {held.get(FILE_ID)}.")
        for name in (APP_LOCK, FILE_ID):
            if self.definitions.find(owner_id, name) is None:
                self.definitions.define(owner_id, name, "STR255TYPE", ["Company"])
        ticks = (self.clock.unix() + 62_135_596_800) * 10_000_000  # .NET counts from the year 1
        self.company_custom[owner_id] = {APP_LOCK: f"LOCKED:{machine}:{ticks}", FILE_ID: file_id}
        self.apps[app] = {"owner_id": owner_id, "file_id": file_id, "read_only": read_only}

    def is_read_only(self, app: str) -> bool:
        return bool(self.apps.get(app, {}).get("read_only"))

    def disturb(self, record: Record) -> None:
        """The faults that strike a record just before it is written: somebody has it open, or has just saved it."""
        if self.chance.happens(self.faults.stale_version):
            self.lists.shelf(record.kind).touch(record, self.clock.unix())
        if self.chance.happens(self.faults.lock):
            raise Fault(
                3175,
                f'There was an error when modifying the object "{record.list_id}" because it is already in use.  '
                "QuickBooks error message: The list element is in use.",
            )

    def disturb_txn(self, txn: Txn, stale: bool = True) -> None:
        """The same faults, for a transaction."""
        if stale and self.chance.happens(self.faults.stale_version):
            self.txns.touch(txn, self.clock.unix())
        if self.chance.happens(self.faults.lock):
            raise locked(txn)

    # Shared by the parts

    def default_taxes(self) -> dict[str, Record]:
        """The code and the item that a new customer is taxed with."""
        code = self.lists.find(("SalesTaxCode",), "", "Tax")
        item = next(iter(self.lists.shelf("ItemSalesTax").in_order("ItemSalesTax")), None)
        found = {"SalesTaxCodeRef": code, "ItemSalesTaxRef": item if self.product.country == "US" else None}
        return {field: record for field, record in found.items() if record is not None}

    def _count(self, name: str) -> int:
        self.counters[name] = self.counters.get(name, 0) + 1
        return self.counters[name]

    def next_note_id(self) -> int:
        return self._count("note")

    def next_contact_id(self) -> str:
        return f"8{self._count('contact'):07X}-{self.clock.unix()}"

    def define_custom_field(
        self, name: str, *, kind: str = "STR255TYPE", objects: tuple[str, ...] = ("Customer",)
    ) -> None:
        """A public custom field, as people set it up in Additional Info."""
        self.definitions.define(PUBLIC, name, kind, list(objects))

    def set_custom_field(self, list_id: str, name: str, value: str, *, kind: str = "Customer") -> None:
        """A person's entry in a public custom field of a list record; an empty one clears it."""
        with self._lock:
            shelf = self.lists.shelf(kind)
            record = shelf.by_id[list_id]
            values = record.custom.setdefault(PUBLIC, {})
            values[name] = value
            if not value:
                del values[name]
            shelf.touch(record, self.clock.unix())

    @property
    def qbxml_version(self) -> Version:
        major, minor = self.product.supported[-1].split(".")
        return int(major), int(minor)

    # Backups and storage

    def snapshot(self) -> bytes:
        """A backup of the file, message sets included."""
        with self._lock:
            return pickle.dumps({name: getattr(self, name) for name in _STATE})

    def restore(self, backup: bytes) -> None:
        """Put a backup in place of the file. Open sessions end, as restoring closes the company."""
        with self._lock:
            self.end_sessions()
            for name, value in pickle.loads(backup).items():
                setattr(self, name, value)

    def to_json(self) -> str:
        parts = {"lists", "txns", "sets", "deleted", "definitions"}
        state = {name: getattr(self, name).as_json() if name in parts else getattr(self, name) for name in _STATE}
        return json.dumps({"name": self.name, **state}, ensure_ascii=False)

    def load_json(self, text: str) -> None:
        """Take over what ``to_json`` wrote. Raises ValueError if it is something else."""
        state = json.loads(text)
        if not isinstance(state, dict) or not set(_STATE) <= set(state):
            raise ValueError("This is not a sandbox company file.")
        readers: dict[str, Callable[[Any], Any]] = {
            "lists": Lists.from_json,
            "txns": Txns.from_json,
            "sets": MessageSets.from_json,
            "deleted": DeletedLog.from_json,
            "definitions": Definitions.from_json,
        }
        with self._lock:
            self.end_sessions()
            self.name = state["name"]
            for name in _STATE:
                setattr(self, name, readers[name](state[name]) if name in readers else state[name])
