"""A whole world under one seed: QuickBooks Desktop with its Web Connector, Salesforce, our application between them.

The Web Connector speaks to the real WSGI application; Salesforce is either in memory (fast) or the sandbox over HTTP,
which the real client library talks to. What people write carries a number, so that the test knows who wrote what after
having seen what.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, fields
from functools import cache

from django.core.handlers.wsgi import WSGIHandler

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile
from project.sandbox.desktop.settings import Settings
from project.sandbox.faults import Faults
from project.sandbox.qwc import Registration
from project.sandbox.web_connector import WebConnector
from qbwc import chores, passwords
from qbwc.models import Company, Message, Pull, Request, Session
from syncapp import cycle as cycles
from syncapp.connectors.quickbooks_desktop import DesktopConnector
from syncapp.flows import FLOWS
from syncapp.models import (
    BulkJob,
    Cursor,
    HistoryEntry,
    LedgerAccount,
    Link,
    MirrorRecord,
    Operation,
    Org,
    Pair,
    Run,
    Webhook,
)
from syncapp.records import Side
from tests.world import emitted

TABLES = (HistoryEntry, Operation, Link, MirrorRecord, LedgerAccount, Cursor, Run, BulkJob, Webhook, Pair, Org)
QBWC_TABLES = (Request, Pull, Message, Session, Company)
URL = "http://localhost/qbwc/"
ROUNDS_MAX = 14
TEXTS = ("phone", "fax")
ELEMENTS = {"phone": "Phone", "fax": "Fax"}
KINDS_OF_FAULT = [field.name for field in fields(Faults)]


@cache
def _handler():
    return WSGIHandler()


def application(environ, start_response):
    """Ours; one for all worlds, since loading it takes longer than a call."""
    return _handler()(environ, start_response)


@dataclass
class Wrote:
    author: Side
    parent: int | None
    text: str


def number(text):
    return int(str(text).split(".")[0])


class World:
    """The people, the programs and the faults; ``live`` is one life, from the first record to rest."""

    company_settings: Settings | None = None  # what the company has switched on; None: what is usual

    def __init__(self, seed, *, winner=None, edition="Enterprise"):
        self.seed = seed
        self.random = random.Random(seed)
        self.clock, self.chance, self.faults = Clock(), Chance(seed), Faults()
        self._forget_everything()
        self.winner = winner or self.random.choice(list(Side))
        self._set_up_quickbooks(edition)
        self._set_up_salesforce()
        self._set_up_pair()
        self.wrote: list[Wrote] = []
        self.program: list[str] = []
        self.invalid: list[str] = []  # what Intuit's schema says of documents that were sent

    def _forget_everything(self):
        Message.objects.update(about=None)
        for model in (*TABLES, *QBWC_TABLES):
            model.objects.all().delete()

    def _set_up_quickbooks(self, edition):
        self.company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
        password = passwords.set_password(self.company)
        self.file = CompanyFile(
            "Acme",
            clock=self.clock,
            chance=self.chance,
            faults=self.faults,
            edition=edition,
            settings=self.company_settings,
        )
        self.web_connector = WebConnector(
            self.file,
            username="acme-qbwc",
            password=password,
            clock=self.clock,
            chance=self.chance,
            faults=self.faults,
            url=URL,
            wsgi_app=application,
            registration=Registration(url=URL, username="acme-qbwc", file_id=self.company.file_guid),
            while_waiting=self.work_meanwhile,
        )

    def _set_up_salesforce(self):
        raise TypeError("a world has a Salesforce of some sort")

    def _set_up_pair(self):
        self.org = self._org()
        flow = {"conflict": self.winner.value, "near_matches": "ignore", "only_won": False}
        self.pair = Pair.objects.create(
            key="acme", org=self.org, desktop=self.company, first_run="apply", flows={"customer": flow}
        )

    def _org(self):
        return Org.objects.create(key="acme", domain="acme.my", client_id="client", client_secret="secret")

    def salesforce_connector(self):
        raise TypeError("a world has a Salesforce of some sort")

    def connectors(self):
        whole = {kind: flow.complete(self.pair.flows.get(kind, {})) for kind, flow in FLOWS.items()}
        desktop = DesktopConnector(self.company, self.pair.pk, whole)
        return {Side.SALESFORCE: self.salesforce_connector(), Side.QUICKBOOKS: desktop}

    # What people see: {name: {id, phone, fax}} of the live records

    def salesforce_records(self):
        raise TypeError("a world has a Salesforce of some sort")

    def quickbooks_records(self):
        found = {}
        for customer in self.file.customers():
            assert customer["Name"] not in found, f"DUPLICATE in QuickBooks: {customer['Name']}"
            found[customer["Name"]] = {
                "id": customer["ListID"],
                "phone": customer.get("Phone"),
                "fax": customer.get("Fax"),
            }
        return found

    def records(self, side):
        return self.salesforce_records() if side is Side.SALESFORCE else self.quickbooks_records()

    # People

    def text(self, author, parent):
        self.wrote.append(Wrote(author, parent, f"{len(self.wrote)}." + "x" * self.random.randint(0, 6)))
        return self.wrote[-1].text

    def person_creates(self):
        side = self.random.choice(list(Side))
        name = f"Customer {len(self.wrote)}"
        texts = {field: self.text(side, None) for field in TEXTS}
        if side is Side.SALESFORCE:
            self.create_account(name, **texts)
        else:
            self.file.add_customer(Name=name, Phone=texts["phone"], Fax=texts["fax"])
        return f"{side.value} {name}"

    def person_edits(self):
        found = [(side, name, record) for side in Side for name, record in self.records(side).items()]
        if not found:
            return "nothing"
        side, name, record = self.random.choice(found)
        field = self.random.choice(TEXTS)
        seen = record[field]
        text = self.text(side, number(seen) if seen else None)
        if side is Side.SALESFORCE:
            self.edit_account(record["id"], **{field: text})
        else:
            self.file.edit_customer(record["id"], **{ELEMENTS[field]: text})
        return f"{side.value} {name} {field} {text}"

    def create_account(self, name, **texts):
        raise TypeError("a world has a Salesforce of some sort")

    def edit_account(self, record_id, **texts):
        raise TypeError("a world has a Salesforce of some sort")

    # Programs

    def cycle(self, trigger="test"):
        run = cycles.cycle(self.pair, self.connectors(), trigger=trigger)
        return f"{run.state} {run.message}" if run else "busy"

    def poll(self):
        self.clock.advance(60)
        result = self.web_connector.update()
        self.invalid += emitted.invalid(exchange.request for exchange in result.exchanges)
        return f"{result.status} {result.error} {' '.join(result.faults)} executed {result.executed}"

    def work_meanwhile(self):
        """What a worker does while a session waits."""
        self.cycle(trigger=cycles.WOKEN)

    def sweep(self):
        chores.sweep()
        return ""

    # A whole life

    def live(self, steps=14, faults=0.06):
        self.step("person_creates")
        for _ in range(steps):
            self._draw_faults(faults)
            names = ["person_edits"] * 4 + ["cycle"] * 3 + ["poll"] * 4 + ["sweep"]
            if len(self.salesforce_records()) + len(self.quickbooks_records()) < 4:
                names.append("person_creates")
            self.step(self.random.choice(names))
        self.come_to_rest()
        self.check()

    def _draw_faults(self, most):
        """Some kinds of fault, now and then; each step has its own weather."""
        self.faults.stop()
        for name in self.random.sample(KINDS_OF_FAULT, 4):
            setattr(self.faults, name, self.random.choice([0.0, most, 4 * most]))

    def step(self, name):
        self.program.append(f"{name}: {getattr(self, name)()}")

    def come_to_rest(self):
        self.faults.stop()
        self.file.close_modal_dialog()
        for _ in range(ROUNDS_MAX):
            before = self.amount_of_work()
            Pair.objects.update(lease="", leased_until=None)
            Link.objects.update(retry_at=None)
            self.step("cycle")
            self.step("poll")
            self.step("sweep")
            if before == self.amount_of_work() and not self.unsettled():
                return
        raise AssertionError(f"RESTLESS {self.unsettled()}")

    def amount_of_work(self):
        return Operation.objects.count()

    def unsettled(self):
        links = list(Link.objects.filter(dirty=True).values_list("name", "state", "reason"))
        operations = Operation.objects.filter(state__in=Operation.OPEN)
        return links + list(operations.values_list("id", "state", "verb", "side", "message"))

    # What must hold

    def check(self):
        ours, theirs = self.salesforce_records(), self.quickbooks_records()
        assert ours.keys() == theirs.keys(), f"MISSING {sorted(ours)} {sorted(theirs)}"
        links = {(link.salesforce_id, link.quickbooks_id): link for link in Link.objects.all()}
        pairs = {(ours[name]["id"], theirs[name]["id"]) for name in ours}
        assert set(links) == pairs, f"LINKS {sorted(map(str, links))} {sorted(map(str, pairs))}"
        for name, record in ours.items():
            listed = links[record["id"], theirs[name]["id"]].detail.get("conflicts", {})
            for field in set(TEXTS) - set(listed):
                self.check_text(str(record[field]), str(theirs[name][field]))

    def check_text(self, left, right):
        assert left == right, f"DISAGREE {left} {right}"
        last = self.wrote[number(left)]
        family = self.family(number(left))
        assert left == last.text, f"NOT WHAT WAS WRITTEN: {last.text} became {left}"
        newer = [n for n in family if number(left) in self.ancestors(n)]
        assert not newer, f"OLD TEXT CAME BACK: {left} after {newer}"
        if last.author is not self.winner:
            rivals = {n for n in family if self.wrote[n].author is self.winner}
            unseen = rivals - self.ancestors(number(left))
            assert not unseen, f"THE WINNER'S EDIT WAS LOST: {sorted(unseen)} under {left}"

    def ancestors(self, n):
        found = set()
        while (parent := self.wrote[n].parent) is not None:
            found.add(parent)
            n = parent
        return found

    def family(self, n):
        root = min(self.ancestors(n) | {n})
        return {m for m in range(len(self.wrote)) if m == root or root in self.ancestors(m)}

    def open(self):
        """What a world needs of the machine, such as a server; a copy of a world is opened anew (tests.world.stock)."""

    def close(self):
        """What a world leaves open; and what must hold of all that was sent in it."""
        assert not self.invalid, f"AGAINST INTUIT'S SCHEMA: {self.invalid}"


def seeds(how_many):
    """The worlds to run; WORLD_SEED=… runs that one again."""
    given = os.environ.get("WORLD_SEED")
    return [int(given)] if given else range(how_many)


def run_world(kind, seed, **options):
    world = kind(seed, **options)
    try:
        world.live()
    except Exception as problem:
        lines = "\n  ".join(world.program)
        raise AssertionError(f"WORLD_SEED={seed} winner={world.winner.value}: {problem}\n  {lines}") from problem
    finally:
        world.close()
