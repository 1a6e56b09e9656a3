"""One org with its server, a real client signed in to it, and a raw connection."""

from __future__ import annotations

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.faults import Faults
from project.sandbox.salesforce import Org, serve

from .wiring import Raw, client_for, install


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def org(clock):
    return Org("acme", clock=clock, chance=Chance(1), faults=Faults())


@pytest.fixture
def server(org):
    with serve(org) as running:
        yield running


@pytest.fixture
def sf(org, server):
    return client_for(org, server)


@pytest.fixture
def installed(org, sf):
    """The client of an org that has our fields, and whose user may see them."""
    install(sf, org)
    return sf


@pytest.fixture
def raw(org, server):
    token = org.doors.open(org.integration_user).token
    return Raw(org, server, token)


@pytest.fixture
def stranger(org, server):
    return Raw(org, server)
