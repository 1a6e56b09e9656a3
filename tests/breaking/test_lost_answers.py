"""Answers that were lost, and QuickBooks files that cannot tell any more what they did."""

from __future__ import annotations

import pytest

from project.sandbox.desktop.settings import Product
from qbwc.models import Request

pytestmark = pytest.mark.django_db


def forget_message_sets(world):
    """QuickBooks answers 9002 and has forgotten what it did."""
    world.file.quirks.unknown_set_status = 9002
    world.file.sets._apps.clear()


def test_a_forgotten_create_is_found_by_its_mark_under_another_name(world):
    world.rest()
    world.salesforce.insert("Account", Name="Acme")
    world.cycle()
    world.poll_and_lose_the_answer_to("CustomerAdd")
    forget_message_sets(world)
    world.file.edit_customer(world.customer("Acme")["ListID"], Name="Renamed")
    world.rest()
    assert world.names() == (["Renamed"], ["Renamed"])
    assert world.file.executed["CustomerAdd"] == 1
    assert not Request.objects.filter(state="unknown").exists(), "nobody shall be asked to send it again"


def test_a_forgotten_change_is_found_out_by_looking_at_the_record(world):
    world.salesforce.insert("Account", Name="Acme")
    world.rest()
    world.salesforce.update(world.account("Acme")["Id"], Phone="123")
    world.cycle()
    world.poll_and_lose_the_answer_to("CustomerMod")
    forget_message_sets(world)
    world.rest()
    assert world.customer("Acme")["Phone"] == "123"
    assert world.file.executed["CustomerMod"] == 1
    assert world.states() == {"Acme": "in_step"}


def test_a_change_that_a_restored_file_never_saw_is_made_again(world):
    world.salesforce.insert("Account", Name="Acme")
    world.rest()
    backup = world.file.snapshot()
    world.salesforce.update(world.account("Acme")["Id"], Phone="123")
    world.cycle()
    world.poll_and_lose_the_answer_to("CustomerMod")
    world.file.restore(backup)
    world.file.quirks.unknown_set_status = 9002
    world.rest()
    assert world.customer("Acme")["Phone"] == "123"
    assert world.states() == {"Acme": "in_step"}


def test_a_forgotten_change_over_which_somebody_wrote_is_a_persons_to_decide(world):
    world.salesforce.insert("Account", Name="Acme", Phone="1")
    world.rest()
    world.salesforce.update(world.account("Acme")["Id"], Phone="2")
    world.cycle()
    world.poll_and_lose_the_answer_to("CustomerMod")
    forget_message_sets(world)
    world.file.edit_customer(world.customer("Acme")["ListID"], Phone="3")
    world.rest()
    assert world.states() == {"Acme": "conflict"}
    assert (world.account("Acme")["Phone"], world.customer("Acme")["Phone"]) == ("2", "3")


def test_a_forgotten_change_of_a_customer_that_was_deleted_ends(world):
    world.salesforce.insert("Account", Name="Acme", Phone="1")
    world.rest()
    world.salesforce.update(world.account("Acme")["Id"], Phone="2")
    world.cycle()
    world.poll_and_lose_the_answer_to("CustomerMod")
    forget_message_sets(world)
    world.file.delete_customer(world.customer("Acme")["ListID"])
    world.rest()
    assert world.states() == {"Acme": "gone"}


def test_a_quickbooks_without_error_recovery_finds_lost_writes_by_listing_and_reading(world):
    world.file.product = Product("Enterprise", 2011)  # speaks qbXML 10.0
    world.rest()
    world.salesforce.insert("Account", Name="Acme", Phone="7")
    world.cycle()
    world.poll_and_lose_the_answer_to("CustomerAdd")
    world.file.edit_customer(world.customer("Acme")["ListID"], Name="Renamed", Fax="1")
    world.rest()
    assert world.names() == (["Renamed"], ["Renamed"])
    world.salesforce.update(world.account("Renamed")["Id"], Phone="8")
    world.cycle()
    world.poll_and_lose_the_answer_to("CustomerMod")
    world.file.edit_customer(world.customer("Renamed")["ListID"], Fax="9")
    world.rest()
    customer, account = world.customer("Renamed"), world.account("Renamed")
    assert (customer["Phone"], account["Fax"]) == ("8", "9")
    assert (world.file.executed["CustomerAdd"], world.file.executed["CustomerMod"]) == (1, 1)
