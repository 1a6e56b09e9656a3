"""Fetching over real HTTP: everything, changes, what is wanted, what is gone, and how few calls that takes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.connector import SalesforceConnector

from .conftest import fetched


def test_an_account_and_its_billing_contact_are_one_record(world, connector):
    parent = world.account("Globex")
    account = world.account(
        "Acme",
        ParentId=parent,
        BillingStreet="1 Road\r\nHouse 2",
        BillingCity="Springfield",
        Phone="555 0100",
        Website="acme.example",
        QB_Id__c="acme:8000-1",
        QB_Balance__c=1234.5,
        QB_Active__c=False,
    )
    world.contact(account, "Jane", "Doe", Email="jane@acme.example", QB_Billing_Contact__c=True)
    world.contact(account, "Bob", "Roe")
    record = fetched(connector)[0][account]
    assert record.fields["name"] == "Acme"
    assert record.fields["parent"] == parent
    assert record.fields["billing_street"] == "1 Road\nHouse 2"
    assert record.fields["website"] == "acme.example"
    assert record.fields["quickbooks_id"] == "8000-1"
    assert record.fields["balance"] == Decimal("1234.5")
    assert isinstance(record.fields["balance"], Decimal)
    assert record.fields["active"] is False
    assert record.fields["contact_first_name"] == "Jane"
    assert record.fields["contact_email"] == "jane@acme.example"
    assert record.wanted


def test_everything_arrives_in_pages_with_few_calls_and_one_cursor(world, connect):
    ids = world.many_accounts(2500)
    for account in ids[::2]:
        world.contact(account, "Jane", "Doe")
    for account in ids[::5]:
        world.opportunity(account, won=True)
    connector = connect()
    before = world.calls()
    batches = list(connector.fetch("customer", ""))
    assert max(len(batch.records) for batch in batches) <= 2000
    records = [record for batch in batches for record in batch.records]
    assert sorted(record.id for record in records) == sorted(ids)
    assert {record.id for record in records if record.wanted} == set(ids[::5])
    assert sum(record.fields["contact_last_name"] == "Doe" for record in records) == 1250
    assert [bool(batch.cursor) for batch in batches] == [False] * (len(batches) - 1) + [True]
    # One looks at our fields; each page takes one, and what belongs to it at most two more.
    assert world.calls() - before <= 1 + 2 * 3


def test_nothing_changed_takes_at_most_four_calls(world, connect):
    ids = world.many_accounts(300)
    world.opportunity(ids[0], won=True)
    connector = connect()
    _, cursor = fetched(connector)
    world.clock.advance(3600)
    _, cursor = fetched(connector, cursor)
    before = world.calls()
    records, _ = fetched(connector, cursor)
    assert world.calls() - before <= 4
    assert len(records) <= 300


def test_an_old_change_is_not_read_again_and_again(world, connector):
    world.many_accounts(250)
    _, cursor = fetched(connector)
    world.clock.advance(1200)
    single = world.account("Late")
    records, cursor = fetched(connector, cursor)
    assert single in records
    world.clock.advance(1200)
    _, cursor = fetched(connector, cursor)
    world.clock.advance(1200)
    records, cursor = fetched(connector, cursor)
    assert set(records) <= {single}


@pytest.mark.parametrize("what", ["account", "contact", "opportunity"])
def test_a_change_of_any_of_its_records_brings_the_account_again(world, connect, what):
    account = world.account("Acme")
    contact = world.contact(account, "Jane", "Doe")
    opportunity = world.opportunity(account, won=False)
    connector = connect(only_won=True)
    records, cursor = fetched(connector)
    assert not records[account].wanted
    assert records[account].why_unwanted
    world.clock.advance(3600)
    _, cursor = fetched(connector, cursor)
    world.clock.advance(3600)
    if what == "account":
        world.org.update(account, Phone="555 0199")
    elif what == "contact":
        world.org.update(contact, Email="jane@acme.example")
    else:
        world.org.update(opportunity, StageName="Closed Won")
    records, _ = fetched(connector, cursor)
    record = records[account]
    if what == "account":
        assert record.fields["phone"] == "555 0199"
    elif what == "contact":
        assert record.fields["contact_email"] == "jane@acme.example"
    else:
        assert record.wanted


def test_a_deleted_account_arrives_as_deleted(world, connector):
    account = world.account("Acme")
    _, cursor = fetched(connector)
    world.clock.advance(3600)
    world.org.delete(account)
    records, _ = fetched(connector, cursor)
    assert records[account].deleted


def test_a_merged_account_says_into_which(world, connector):
    winner, loser = world.account("Acme"), world.account("Acme Inc.")
    _, cursor = fetched(connector)
    world.clock.advance(3600)
    world.org.merge(winner, loser)
    records, _ = fetched(connector, cursor)
    assert records[loser].deleted
    assert records[loser].merged_into == winner
    assert not records[winner].deleted


def test_a_deleted_billing_contact_leaves_the_record(world, connector):
    account = world.account("Acme")
    contact = world.contact(account, "Jane", "Doe")
    _, cursor = fetched(connector)
    world.clock.advance(3600)
    world.org.delete(contact)
    records, _ = fetched(connector, cursor)
    assert records[account].fields["contact_last_name"] is None


def test_a_change_that_appears_late_with_an_old_stamp_is_found(world, connector):
    late = world.account("Late")
    world.account("Early")
    _, cursor = fetched(connector)
    world.clock.advance(60)
    world.account("Newest")
    _, cursor = fetched(connector, cursor)
    world.save_late(late, Name="Renamed", seconds_ago=300)
    records, _ = fetched(connector, cursor)
    assert records[late].fields["name"] == "Renamed"


def test_an_own_change_that_appears_late_is_found_once_the_overlap_has_passed(world, connector, org):
    late = world.account("Late")
    _, cursor = fetched(connector)
    world.clock.advance(60)
    world.account("Newest")
    _, cursor = fetched(connector, cursor)
    world.save_late(late, Name="Renamed", seconds_ago=30, as_user=org.user_id)
    world.clock.advance(601)
    records, _ = fetched(connector, cursor)
    assert records[late].fields["name"] == "Renamed"


def test_a_condition_says_what_is_wanted(world, connect):
    yes, no = world.account("Yes", Type="Customer"), world.account("No", Type="Partner")
    records, _ = fetched(connect(condition="Type = 'Customer' AND Name != null"))
    assert records[yes].wanted
    assert not records[no].wanted


def test_a_condition_that_is_wrong_is_told_with_what_salesforce_says(world, connect):
    world.account("Acme")
    connector = connect(condition="Nmae = 'Acme'")
    for attempt in (lambda: fetched(connector), connector.check):
        with pytest.raises(ConnectorError, match="Nmae") as caught:
            attempt()
        assert "condition" in caught.value.remedy
        assert caught.value.retry_seconds is None


def test_two_ticked_contacts_are_a_warning_until_one_is_left(world, connector):
    account = world.account("Acme")
    first = world.contact(account, "Jane", "Doe", QB_Billing_Contact__c=True)
    world.clock.advance(1)
    second = world.contact(account, "Bob", "Roe", QB_Billing_Contact__c=True)
    records, _ = fetched(connector)
    assert records[account].fields["contact_first_name"] == "Jane"
    assert "Bob Roe" in connector.warnings("customer")[account]
    world.org.update(first, QB_Billing_Contact__c=False)
    connector.read("customer", [account])
    assert account not in connector.warnings("customer")
    assert connector.read("customer", [account]).records[0].fields["contact_first_name"] == "Bob"
    assert second


def test_an_account_of_another_company_is_left_alone(world, connector):
    account = world.account("Acme", QB_Id__c="globex:8000-1")
    record = fetched(connector)[0][account]
    assert record.fields["quickbooks_id"] is None
    assert not record.wanted
    assert "globex" in record.why_unwanted


def test_reading_finds_what_is_gone(world, connector):
    here, deleted = world.account("Here"), world.account("Deleted")
    nowhere = here[:-6] + "zzz" + here[-3:]
    world.org.delete(deleted)
    batch = connector.read("customer", [here, deleted, nowhere, here])
    found = {record.id: record.deleted for record in batch.records}
    assert found == {here: False, deleted: True, nowhere: True}
    assert len(batch.records) == 3


def test_fields_that_are_not_installed_are_named_with_the_command(world, bare_org):
    connector = SalesforceConnector(bare_org, "acme", {"customer": {}})
    with pytest.raises(ConnectorError, match=r"Account\.QB_Id__c") as caught:
        fetched(connector)
    assert "salesforce_package install acme" in caught.value.remedy
    assert caught.value.retry_seconds is None


def test_fields_that_nobody_lets_us_see_are_told_apart_from_missing_ones(world, connector):
    world.take_permission_set_away()
    connector.gateway.forget_describes()
    with pytest.raises(ConnectorError, match="not visible") as caught:
        fetched(connector)
    assert "Assign the permission set" in caught.value.remedy


def test_the_allowance_is_noted_on_the_org(world, connector, org):
    fetched(connector)
    org.refresh_from_db()
    assert org.api_allowed > 0
    assert 0 < org.api_used <= world.calls()


def test_pages_that_salesforce_cuts_short_are_followed_to_their_end(world, connect):
    ids = world.many_accounts(450)
    for account in ids:
        world.contact(account, "Jane", "Doe")
    connector = connect(all=True)
    world.org.page_size = 200
    records, cursor = fetched(connector)
    assert set(records) == set(ids)
    assert all(record.fields["contact_last_name"] == "Doe" for record in records.values())
    world.clock.advance(3600)
    for account in ids:
        world.org.update(account, Phone="555 0100")
    records, _ = fetched(connector, cursor)
    assert {record.id for record in records.values() if record.fields["phone"] == "555 0100"} == set(ids)


def test_a_cursor_that_is_not_understood_reads_everything(world, connector):
    account = world.account("Acme")
    for cursor in ("nonsense", "[]", "{}", '{"seen": 1}'):
        records, after = fetched(connector, cursor)
        assert set(records) == {account}
        assert after


def test_an_empty_org_gives_a_cursor_that_finds_the_first_account(world, connector):
    records, cursor = fetched(connector)
    assert records == {}
    account = world.account("Acme")
    assert set(fetched(connector, cursor)[0]) == {account}


def test_a_full_fetch_later_on_tells_of_deleted_accounts_too(world, connector):
    account = world.account("Acme")
    _, cursor = fetched(connector)
    world.org.delete(account)
    assert fetched(connector, cursor, full=True)[0][account].deleted
    assert fetched(connector)[0] == {}
