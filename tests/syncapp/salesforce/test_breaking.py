"""The wire breaks and Salesforce pushes back: what may be repeated is, what may have been done is not."""

from __future__ import annotations

import pytest

from project.sandbox.chance import Chance
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.connector import SalesforceConnector
from syncapp.connectors.salesforce.errors import Throttled, Unreachable
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.records import Applied, Deferred, Missing, Stale, Unknown

from .conftest import create, fetched, update
from .world import around_the_next_write


def test_a_read_is_tried_again_until_it_works(world, connector):
    world.account("Acme")
    connector.check()
    world.org.faults.unavailable_503 = 0.3
    world.org.chance = Chance(3)
    assert [len(fetched(connector)[0]) for _ in range(10)] == [1] * 10


def test_a_read_that_never_works_tells_so(world, connector):
    world.org.faults.unavailable_503 = 1.0
    with pytest.raises(ConnectorError, match="not available") as caught:
        fetched(connector)
    assert caught.value.retry_seconds


def test_nobody_at_the_address_is_told_as_unreachable(world, org, settings):
    settings.SALESFORCE_LOOPBACK_URL = "http://127.0.0.1:9"
    with pytest.raises(Unreachable, match="cannot be reached"):
        SalesforceConnector(org, "acme", {"customer": {}}).submit([create(name="Acme")])


def test_a_spent_allowance_defers_and_shows_on_the_org(world, connector, org):
    connector.check()
    world.org.faults.rate_limit = 1.0
    with pytest.raises(Throttled):
        connector.submit([create(name="Acme")])
    org.refresh_from_db()
    assert "Salesforce org" in org.problem
    world.org.faults.rate_limit = 0.0
    operation = create(name="Acme")
    assert isinstance(connector.submit([operation])[operation.id], Applied)
    org.refresh_from_db()
    assert org.problem == ""


def test_the_last_calls_of_the_day_are_left_to_the_org(world, connector, settings):
    connector.check()
    settings.SALESFORCE_API_SHARE = 0
    before = world.calls()
    with pytest.raises(Throttled, match="left to the org"):
        fetched(connector)
    assert world.calls() == before


def test_after_something_was_written_nothing_is_raised(world, connector):
    operations = [create(f"8000-{n}", name=f"Customer {n}") for n in range(400)]
    connector.check()
    around_the_next_write(connector, after=lambda: setattr(world.org.faults, "rate_limit", 1.0))
    outcomes = connector.submit(operations)
    kinds = {type(outcomes[operation.id]) for operation in operations}
    assert set(outcomes) == {operation.id for operation in operations}
    assert kinds == {Applied, Deferred}


def test_the_loopback_address_is_refused_in_production(world, org, settings):
    settings.TRYING = False
    with pytest.raises(Exception, match="SALESFORCE_LOOPBACK_URL"):
        Gateway(org)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_breaks_every_customer_is_there_once_in_the_end(world, connector, seed):
    """Creates and updates under all faults at once, each outcome taken at its word, until nothing is open."""
    connector.check()
    world.org.chance = Chance(seed)
    faults = world.org.faults
    faults.lost_answer = faults.error_500 = faults.unavailable_503 = faults.rate_limit = 0.1
    faults.lock = faults.token_expired = faults.stale_version = faults.lost_request = faults.slow = 0.1
    wanted = {f"8000-{n}": f"Customer {n}" for n in range(8)}
    done, doubtful = {}, {}
    for turn in range(60):
        if turn == 40:
            faults.stop()
        doubtful = _find_out(connector, doubtful, done)
        todo = [
            create(key, name=name, contact_last_name=f"Person {name}")
            for key, name in wanted.items()
            if key not in done and key not in doubtful
        ]
        doubtful |= _settle(connector, todo, done)
        if len(done) == len(wanted):
            break
    assert len(done) == len(wanted), f"seed {seed}: {set(wanted) - set(done)} are still open"
    accounts = [row for row in world.org.records("Account") if row["QB_Id__c"]]
    assert sorted(row["QB_Id__c"] for row in accounts) == sorted(f"acme:{key}" for key in wanted), f"seed {seed}"
    contacts = world.org.records("Contact")
    assert len({row["QB_Key__c"] for row in contacts}) == len(contacts), f"seed {seed}"


def _settle(connector, operations, done):
    try:
        outcomes = connector.submit(operations) if operations else {}
    except ConnectorError:
        return {}
    doubtful = {}
    for operation in operations:
        outcome = outcomes[operation.id]
        if isinstance(outcome, Applied):
            done[operation.counterpart_id] = outcome.record
        elif isinstance(outcome, Unknown):
            doubtful[operation.counterpart_id] = operation
        else:
            assert isinstance(outcome, Deferred), outcome
    return doubtful


def _find_out(connector, doubtful, done):
    try:
        outcomes = connector.find_out(list(doubtful.values())) if doubtful else {}
    except ConnectorError:
        return doubtful
    for operation in doubtful.values():
        outcome = outcomes[operation.id]
        if isinstance(outcome, Applied):
            done[operation.counterpart_id] = outcome.record
        else:
            assert isinstance(outcome, Missing), outcome
    return {}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_breaks_an_update_arrives_or_says_that_it_did_not(world, connector, seed):
    account = world.account("Acme")
    connector.check()
    world.org.chance = Chance(seed)
    faults = world.org.faults
    faults.lost_answer = faults.error_500 = faults.rate_limit = faults.lock = faults.token_expired = 0.2
    for turn in range(40):
        if turn == 30:
            faults.stop()
        try:
            record = connector.read("customer", [account]).records[0]
            if record.fields["phone"] == "555 0100" and record.fields["contact_last_name"] == "Doe":
                break
            operation = update(record, phone="555 0100", contact_last_name="Doe")
            outcome = connector.submit([operation])[operation.id]
        except ConnectorError:
            continue
        assert isinstance(outcome, Applied | Unknown | Deferred | Stale), f"seed {seed}: {outcome}"
    else:
        pytest.fail(f"seed {seed}: the update never arrived")
    assert len(world.contacts_of(account)) == 1, f"seed {seed}"
