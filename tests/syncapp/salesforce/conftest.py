"""A Salesforce org in miniature, served over HTTP, and a connector that signs in to it with the real client library."""

from __future__ import annotations

import itertools

import pytest

from project.sandbox.clock import Clock
from syncapp import clock as our_clock
from syncapp.connectors.salesforce import auth, gateway, package
from syncapp.connectors.salesforce.connector import SalesforceConnector
from syncapp.models import Org
from syncapp.records import Operation, Side, Verb

from .world import World

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _nothing_remembered(settings):
    """Each test has its own org behind the same primary keys, so nothing may be kept from the test before."""
    settings.SALESFORCE_RETRY_PAUSE_SECONDS = 0
    for kept in (gateway._described, gateway._used, auth._locks):
        kept.clear()


@pytest.fixture
def world(settings, monkeypatch):
    """The org with its server; ``world.clock`` is the clock of both sides."""
    made = World(Clock())
    monkeypatch.setattr(our_clock, "now", made.clock.now)
    settings.SALESFORCE_LOOPBACK_URL = made.server.url
    yield made
    made.stop()


@pytest.fixture
def bare_org(db, world):
    """Our row for the org, before our fields were installed there."""
    return Org.objects.create(key="acme", auth="client_credentials", **world.client_credentials())


@pytest.fixture
def org(bare_org):
    package.install(gateway.Gateway(bare_org), lambda line: None, poll_seconds=0)
    return bare_org


@pytest.fixture
def connect(org):
    """Makes a connector with these settings of the customers flow."""
    return lambda **settings: SalesforceConnector(org, "acme", {"customer": settings})


@pytest.fixture
def connector(connect):
    return connect(all=True)


def create(counterpart_id="8000-1", **values):
    return Operation(
        id=next(_numbers),
        key=f"key-{counterpart_id}",
        side=Side.SALESFORCE,
        kind="customer",
        verb=Verb.CREATE,
        record_id="",
        counterpart_id=counterpart_id,
        values=values,
    )


def update(record, counterpart_id="8000-1", **values):
    return Operation(
        id=next(_numbers),
        key=f"key-{record.id}",
        side=Side.SALESFORCE,
        kind="customer",
        verb=Verb.UPDATE,
        record_id=record.id,
        counterpart_id=counterpart_id,
        values=values,
        expected_version=record.version,
    )


def fetched(connector, cursor="", **options):
    """Every record of a fetch by id, and the cursor after it."""
    records, after = {}, ""
    for batch in connector.fetch("customer", cursor, **options):
        records.update({record.id: record for record in batch.records})
        after = batch.cursor or after
    return records, after
