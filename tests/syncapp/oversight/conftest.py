"""Rows to look at, and two sides that answer at once."""

from __future__ import annotations

import pytest

from qbwc.models import Company
from syncapp.mapping.abilities import Abilities
from syncapp.models import Cursor, Link, MirrorRecord, Org, Pair
from syncapp.records import Applied, Batch, Record, Side

ACME = """
[salesforce.acme]
auth = "client_credentials"
domain = "acme.my"
client_id = "consumer-key"
client_secret = "env:ACME_SF_SECRET"

[desktop.acme]
username = "acme-qbwc"
password = "env:ACME_QBWC_PASSWORD"
company_file = ""

[pair.acme]
salesforce = "acme"
quickbooks = "desktop.acme"
schedule = "*/10 * * * *"
first_run = "apply"
customers = { direction = "both", only_won = true, conflict = "quickbooks" }
"""


@pytest.fixture
def acme(monkeypatch):
    monkeypatch.setenv("ACME_SF_SECRET", "a Salesforce secret")
    monkeypatch.setenv("ACME_QBWC_PASSWORD", "a password of 25 letters!")
    return ACME


@pytest.fixture
def pair(db):
    org = Org.objects.create(key="acme", domain="acme.my", client_id="id", client_secret="very secret", org_id="00D1")
    company = Company.objects.create(key="acme", name="Acme Ltd", username="acme-qbwc")
    return Pair.objects.create(key="acme", org=org, desktop=company, first_run="apply")


class Side_:
    """A side that holds some records and takes what it is sent."""

    answers_later = False
    loader = None

    def __init__(self, side, records=(), problem=None):
        self.side, self.records, self.problem, self.taken = side, list(records), problem, []

    def fetch(self, kind, cursor, *, full=False):
        if self.problem:
            raise self.problem
        yield Batch(tuple(self.records), cursor="1")

    def submit(self, operations):
        outcomes = {}
        for order in operations:
            self.taken.append(order)
            fields = {**order.current, **order.values}
            outcomes[order.id] = Applied(Record(order.kind, order.record_id or f"new-{order.id}", "2", fields))
        return outcomes

    def abilities(self):
        return Abilities()

    def preparing(self, more):
        pass

    def find_out(self, operations):
        return {}

    def read(self, kind, ids):
        return None

    def warnings(self, kind):
        return {}

    def overtaken(self):
        return ()

    def withdraw(self, operations):
        return set()


SIDES: dict = {}


def connectors_for(pair):
    return SIDES


@pytest.fixture
def sides(settings):
    settings.SYNC_CONNECTORS = "tests.syncapp.oversight.conftest.connectors_for"
    SIDES.clear()
    SIDES.update({side: Side_(side) for side in Side})
    return SIDES


def customer(record_id, name, **fields):
    return Record("customer", record_id, "1", {"name": name, "active": True, **fields})


@pytest.fixture
def linked(pair):
    """One whole link in conflict over its phone, with both records in the mirror."""
    from syncapp import clock, mirror
    from syncapp.mapping.customers import CUSTOMERS

    mirror.store(pair, Side.SALESFORCE, CUSTOMERS, [customer("001A", "Pomona Design", phone="555-0100")])
    mirror.store(pair, Side.QUICKBOOKS, CUSTOMERS, [customer("80000001-1", "Pomona Design", phone="555-0199")])
    Link.objects.filter(quickbooks_id="80000001-1").delete()
    link = Link.objects.get(salesforce_id="001A")
    link.quickbooks_id = "80000001-1"
    both = {"name": "Pomona Design", "phone": "555-0000", "active": True}
    link.base = {"salesforce": both, "quickbooks": both}
    link.state, link.reason, link.dirty = "conflict", "Changed on both sides: Phone. Choose which side holds.", False
    link.detail = {"conflicts": {"phone": ["555-0100", "555-0199"]}}
    link.linked_at = clock.now()
    link.save()
    for side in Side:
        Cursor.objects.create(pair=pair, side=side.value, kind="customer", complete=True, full_at=clock.now())
    assert MirrorRecord.objects.count() == 2
    return link
