"""Writing how records stand: what differs, in few calls, and nothing over what somebody did a moment ago."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncapp.connectors.base import ConnectorError, Notice
from syncapp.connectors.salesforce import gateway
from syncapp.connectors.salesforce.sales import TOO_OLD

from .conftest import fetched

AGREED = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)
PAGE = "https://sync.example.com/admin/syncapp/link/1/change/"

pytestmark = pytest.mark.django_db


def notice(record, status="In step", error="", agreed_at=AGREED, link=PAGE):
    return Notice(record.id, record.version, status, error, agreed_at, link)


def account(world, record_id):
    return next(row for row in world.org.records("Account") if row["Id"] == record_id)


def told(world, record_id):
    row = account(world, record_id)
    return row["QB_Status__c"], row["QB_Error__c"], row["QB_Link__c"]


def test_a_thousand_records_take_two_looks_and_one_write(world, connector):
    world.many_accounts(1000)
    records, _ = fetched(connector)
    before = world.calls()
    connector.tell("customer", [notice(each) for each in records.values()])
    assert world.calls() - before <= 3
    rows = world.org.records("Account")
    assert {row["QB_Status__c"] for row in rows} == {"In step"}
    assert {row["QB_Synced_At__c"].replace("Z", "+00:00")[:19] for row in map(dumped, rows)} == {"2026-02-03T04:05:06"}
    # Told once more, nothing is written.
    versions = {row["Id"]: row["SystemModstamp"] for row in rows}
    world.clock.advance(60)
    assert set(connector.tell("customer", [notice(each) for each in records.values()])) == set(records)
    assert {row["Id"]: row["SystemModstamp"] for row in world.org.records("Account")} == versions


def dumped(row):
    return {**row, "QB_Synced_At__c": row["QB_Synced_At__c"].isoformat()}


def test_what_is_awkward_about_single_records_harms_no_other(world, connector):
    names = ("good", "deleted", "changed", "stubborn", "locked", "elsewhere")
    ids = {name: world.account(name) for name in names}
    records, _ = fetched(connector)
    world.org.delete(ids["deleted"])
    world.clock.advance(5)
    world.org.update(ids["changed"], Phone="555-0100")  # by a person, since we looked
    world.org.update(ids["elsewhere"], QB_Id__c="other:8000-1")
    world.org.add_validation_rule(
        "Account", lambda row, old: "Not by a program" if row["Name"] == "stubborn" and row.get("QB_Error__c") else None
    )
    world.org.locked.add(ids["locked"])
    done = connector.tell(
        "customer", [notice(records[i], "Refused by QuickBooks", "Why. Do that.") for i in ids.values()]
    )
    assert told(world, ids["good"]) == ("Refused by QuickBooks", "Why. Do that.", PAGE)
    assert {name: done.get(i, "later") for name, i in ids.items()} == {
        "good": "",
        "deleted": "",
        "changed": "later",
        "stubborn": "Not by a program. A validation rule of the org says no: change the record, or exempt the sync's "
        "user from the rule.",
        "locked": "later",
        "elsewhere": "",
    }
    assert account(world, ids["changed"])["QB_Status__c"] is None
    assert account(world, ids["elsewhere"])["QB_Status__c"] is None


def test_what_is_too_long_is_cut_and_keeps_the_remedy(world, connector):
    record_id = world.account("ACME")
    records, _ = fetched(connector)
    long = notice(
        records[record_id], f"Waiting for customer {'A' * 80}", f"{'Because. ' * 60}Shorten it.", None, "x" * 300
    )
    assert connector.tell("customer", [long]) == {record_id: ""}
    status, error, link = told(world, record_id)
    assert (len(status), status[-1], error[-11:], link) == (80, "…", "Shorten it.", None)
    assert len(error) <= 255


def test_missing_fields_are_named_with_the_remedy(world, connector):
    record_id = world.account("ACME")
    records, _ = fetched(connector)
    world.take_permission_set_away()
    gateway._described.clear()
    with pytest.raises(ConnectorError, match=r"Account\.QB_Status__c.* is missing") as caught:
        connector.tell("customer", [notice(records[record_id])])
    assert "salesforce_package upgrade acme" in caught.value.remedy


def test_an_opportunity_that_is_too_old_is_not_made_to_look_edited(world, connector):
    account_id = world.account("ACME")
    old = world.opportunity(account_id, won=True)
    [row] = world.org.records("Opportunity")
    world.clock.advance(60)
    done = connector.tell("sale", [Notice(old, row_version(row), "Left out", TOO_OLD, None, "")])
    assert done == {}
    assert world.org.records("Opportunity")[0]["LastModifiedDate"] == row["LastModifiedDate"]


def row_version(row):
    return f"{row['SystemModstamp']}|"
