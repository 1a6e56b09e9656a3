"""What changed: getUpdated, getDeleted, the recycle bin, merges, and stamps that come late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from project.sandbox.salesforce import SalesforceError


def window(org, minutes_before, minutes_after=0):
    now = org.clock.now()
    return now - timedelta(minutes=minutes_before), now + timedelta(minutes=minutes_after)


def test_updated_names_what_changed_and_up_to_when(org, sf, clock):
    old = org.insert("Account", Name="Old")
    clock.advance(3600)
    new = org.insert("Account", Name="New")
    clock.advance(90)
    answer = sf.Account.updated(*window(org, 10))
    assert answer == {"ids": [new], "latestDateCovered": "2026-02-03T18:01:00.000+0000"}
    assert sf.Account.updated(*window(org, 120))["ids"] == [old, new]
    org.update(old, Name="Older")
    assert sf.Account.updated(*window(org, 10, 2))["ids"] == [new, old]


def test_seconds_are_cut_off_both_ends(org, sf, clock):
    clock.advance(40)
    org.insert("Account", Name="At forty seconds past")
    clock.advance(10)
    start = datetime(2026, 2, 3, 16, 50, tzinfo=UTC)
    assert sf.Account.updated(start, clock.now())["ids"] == []
    clock.advance(60)
    assert len(sf.Account.updated(start, clock.now())["ids"]) == 1


def test_deleted_names_the_deletions_purged_ones_too(org, sf, clock):
    first, second, third = (org.insert("Account", Name=name) for name in "ABC")
    clock.advance(60)
    for account in (first, second, third):
        org.delete(account)
    org.purge(first)
    org.undelete(second)
    clock.advance(120)
    answer = sf.Account.deleted(*window(org, 30))
    assert [(each["id"], each["deletedDate"]) for each in answer["deletedRecords"]] == [
        (first, "2026-02-03T17:01:00.000+0000"),
        (third, "2026-02-03T17:01:00.000+0000"),
    ]
    assert set(answer) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert [row["Id"] for row in sf.query("SELECT Id FROM Account", include_deleted=True)["records"]] == [second, third]


@pytest.mark.parametrize(("before", "after"), [(0, 0), (60 * 24 * 31, 0)])
def test_a_window_too_short_or_too_old_is_refused(org, sf, before, after):
    for call in (sf.Account.updated, sf.Account.deleted):
        with pytest.raises(SalesforceMalformedRequest) as caught:
            call(*window(org, before, after))
        assert caught.value.content[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_deletions_before_a_purge_of_the_log_are_not_told(org, sf, clock):
    org.delete(org.insert("Account", Name="Gone"))
    clock.advance(600)
    org.forget_deletions("Account")
    clock.advance(600)
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Account.deleted(*window(org, 60))
    assert caught.value.content[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    assert sf.Account.deleted(*window(org, 10))["deletedRecords"] == []


def test_deleting_an_account_takes_its_contacts_along_and_undelete_brings_them_back(org):
    account = org.insert("Account", Name="Acme")
    child = org.insert("Account", Name="Child", ParentId=account)
    contact = org.insert("Contact", LastName="Jones", AccountId=account)
    before = org.insert("Contact", LastName="Gone before", AccountId=account)
    org.delete(before)
    org.delete(account)
    assert org.records("Contact") == []
    assert org.get(child)["ParentId"] is None
    org.undelete(account)
    assert [row["Id"] for row in org.records("Contact")] == [contact]
    assert org.get(before)["IsDeleted"]


def test_an_account_with_a_won_opportunity_cannot_be_deleted(org, sf):
    account = org.insert("Account", Name="Acme")
    org.insert("Opportunity", Name="Deal", AccountId=account, StageName="Closed Won", CloseDate="2026-02-01")
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Account.delete(account)
    error = caught.value.content[0]
    assert error["errorCode"] == "DELETE_FAILED"
    assert error["message"].startswith("Your attempt to delete Acme could not be completed because it is associated")
    assert not org.get(account)["IsDeleted"]


def test_a_merge_leaves_one_and_tells_where_the_others_went(org, sf, clock):
    winner, loser = (org.insert("Account", Name=name) for name in ("Acme", "Acme Inc"))
    child = org.insert("Account", Name="Child", ParentId=loser)
    contact = org.insert("Contact", LastName="Jones", AccountId=loser)
    clock.advance(60)
    org.merge(winner, loser, Phone="555")
    text = "SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE IsDeleted = true"
    gone = sf.query(text, include_deleted=True)["records"]
    assert [(row["Id"], row["MasterRecordId"]) for row in gone] == [(loser, winner)]
    assert (org.get(contact)["AccountId"], org.get(child)["ParentId"]) == (winner, winner)
    assert org.get(winner)["Phone"] == "555"
    assert org.get(contact)["SystemModstamp"] == org.get(winner)["SystemModstamp"] == clock.now()
    with pytest.raises(SalesforceError):
        org.undelete(loser)


def test_a_merge_of_parent_and_child_makes_no_circle(org):
    parent = org.insert("Account", Name="Parent")
    child = org.insert("Account", Name="Child", ParentId=parent)
    org.merge(child, parent)
    assert org.get(child)["ParentId"] is None


def test_accounts_form_no_circle(org, sf):
    top = org.insert("Account", Name="Top")
    middle = org.insert("Account", Name="Middle", ParentId=top)
    bottom = org.insert("Account", Name="Bottom", ParentId=middle)
    for parent in (top, bottom):
        with pytest.raises(SalesforceMalformedRequest) as caught:
            sf.Account.update(top, {"ParentId": parent})
        assert caught.value.content[0]["errorCode"] == "CIRCULAR_DEPENDENCY"
    assert sf.Account.update(bottom, {"ParentId": top}) == 204


def test_stamps_are_whole_seconds_and_a_second_write_is_no_older(org, clock):
    clock.advance(0.7)
    account = org.insert("Account", Name="Acme")
    assert org.get(account)["SystemModstamp"].microsecond == 0
    first = org.get(account)["SystemModstamp"]
    org.faults.slow = 1.0
    clock.advance(30)
    org.update(account, Name="Slow")
    second = org.get(account)["SystemModstamp"]
    assert first < second <= clock.now()


def test_a_slow_transaction_commits_a_stamp_of_the_past(org, sf, clock):
    clock.advance(600)
    org.insert("Account", Name="Prompt")
    org.faults.slow = 1.0
    late = sf.Account.create({"Name": "Late"})["id"]
    assert org.get(late)["SystemModstamp"] < clock.now()
