"""A backup is put back: of QuickBooks's file, or of our own tables. Nothing is made twice, no edit is overwritten."""

from __future__ import annotations

import pytest

from qbwc.models import Company, Message, Pull, Request, Session
from syncapp.models import Cursor, HistoryEntry, Link, MirrorRecord, Operation, Org, Pair, Run
from tests.world.world import TABLES

pytestmark = pytest.mark.django_db

OURS = (Company, Session, Message, Pull, Request, Org, Pair, Cursor, MirrorRecord, Link, Run, Operation, HistoryEntry)


def backup_of_ours():
    return [(model, list(model.objects.order_by("pk").values())) for model in OURS]


def put_back_ours(world, backup):
    Message.objects.update(about=None)
    Session.objects.update(message=None)
    for model in reversed(OURS):
        model.objects.all().delete()
    for model, rows in backup:
        sessions_first = {"message_id": None} if model is Session else {}
        model.objects.bulk_create([model(**row | sessions_first) for row in rows])
    world.company.refresh_from_db()
    world.pair.refresh_from_db()


# QuickBooks's file


def test_a_customer_that_a_restored_file_has_lost_is_noticed_at_the_next_change(world):
    backup = world.file.snapshot()
    world.salesforce.insert("Account", Name="Acme")
    world.rest()
    world.file.restore(backup)
    world.rest()
    world.salesforce.update(world.account("Acme")["Id"], Phone="1")
    world.rest()
    assert world.states() == {"Acme": "gone"}
    assert world.names() == (["Acme"], [])


def test_what_a_restored_file_holds_is_seen_when_the_record_is_next_written(world):
    world.salesforce.insert("Account", Name="Acme", Phone="1")
    world.rest()
    backup = world.file.snapshot()
    world.clock.advance(100)
    world.salesforce.update(world.account("Acme")["Id"], Phone="2")
    world.rest()
    world.file.restore(backup)
    world.salesforce.update(world.account("Acme")["Id"], Fax="3")
    world.rest()
    customer, account = world.customer("Acme"), world.account("Acme")
    assert (customer["Phone"], customer["Fax"]) == (account["Phone"], account["Fax"])
    assert customer["Fax"] == "3"


def test_an_account_whose_customer_exists_no_more_is_given_a_new_one_once_that_is_sure(world):
    backup = world.file.snapshot()
    world.salesforce.insert("Account", Name="Acme")
    world.rest()
    world.file.restore(backup)
    for model in TABLES[:-2]:  # nothing is known any more, as in a new installation
        model.objects.all().delete()
    world.rest()
    assert world.names() == (["Acme"], ["Acme"])
    assert world.account("Acme")["QB_Id__c"] == f"acme:{world.customer('Acme')['ListID']}"


# Our tables


def test_our_own_backup_brings_back_no_edit_and_makes_nothing_twice(world):
    world.salesforce.insert("Account", Name="Old", Phone="1")
    world.rest()
    backup = backup_of_ours()
    world.clock.advance(1000)
    world.salesforce.insert("Account", Name="New in Salesforce", Phone="1")
    world.salesforce.insert("Account", Name="A name too long for QuickBooks, which takes forty-one characters")
    world.file.add_customer(Name="New in QuickBooks", Phone="1")
    world.salesforce.update(world.account("Old")["Id"], Phone="2")
    world.rest()
    world.file.edit_customer(world.customer("Old")["ListID"], Phone="3")
    world.rest()
    before = world.names()
    put_back_ours(world, backup)
    world.rest()
    assert world.names() == before
    assert world.account("Old")["Phone"] == world.customer("Old")["Phone"] == "3"
    assert set(world.states().values()) == {"in_step"}


def test_records_renamed_after_our_own_backup_find_each_other_by_their_ids(world):
    world.rest()
    backup = backup_of_ours()
    world.salesforce.insert("Account", Name="From Salesforce")
    world.file.add_customer(Name="From QuickBooks")
    world.rest()
    world.file.edit_customer(world.customer("From Salesforce")["ListID"], Name="Renamed")
    world.file.edit_customer(world.customer("From QuickBooks")["ListID"], Name="Renamed, too")
    put_back_ours(world, backup)
    world.rest()
    assert world.names() == (["Renamed", "Renamed, too"],) * 2


@pytest.mark.parametrize("queued", [False, True])
def test_a_customer_made_after_our_own_backup_is_found_by_its_mark(world, queued):
    """Its id was not written to Salesforce, and it has another name: only the mark in it tells."""
    world.rest()
    if not queued:
        backup = backup_of_ours()
    account = world.salesforce.insert("Account", Name="Acme")
    world.cycle()
    if queued:
        backup = backup_of_ours()
    world.poll()
    world.file.edit_customer(world.customer("Acme")["ListID"], Name="Renamed")
    world.salesforce.update(account, QB_Id__c=None)
    put_back_ours(world, backup)
    world.rest()
    assert world.names() == (["Renamed"], ["Renamed"])
    assert world.file.executed["CustomerAdd"] == 1
