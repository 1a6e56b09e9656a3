"""Records that are deleted, come back, are entered anew, or are merged."""

from __future__ import annotations

import pytest

from syncapp import links

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("on_delete", ["nothing", "deactivate", "unlink"])
def test_an_account_that_is_deleted_and_entered_anew_keeps_its_customer(world, on_delete):
    world.settle_by(on_delete=on_delete)
    world.salesforce.insert("Account", Name="Acme")
    world.rest()
    world.salesforce.delete(world.account("Acme")["Id"])
    world.rest()
    customer = world.customer("Acme")["ListID"]
    world.salesforce.insert("Account", Name="Acme", Phone="1")
    world.rest()
    assert world.names() == (["Acme"], ["Acme"])
    assert world.customer("Acme")["Phone"] == "1"
    assert world.account("Acme")["QB_Id__c"] == f"acme:{customer}"


@pytest.mark.parametrize("on_delete", ["nothing", "deactivate", "unlink"])
def test_a_customer_that_is_deleted_and_entered_anew_keeps_its_account(world, on_delete):
    world.settle_by(on_delete=on_delete)
    world.salesforce.insert("Account", Name="Acme", Phone="1")
    world.rest()
    account = world.account("Acme")["Id"]
    world.file.delete_customer(world.customer("Acme")["ListID"])
    world.rest()
    world.file.add_customer(Name="Acme", Fax="2")
    world.rest()
    assert world.names() == (["Acme"], ["Acme"])
    assert (world.account("Acme")["Id"], world.account("Acme")["Fax"]) == (account, "2")
    assert world.customer("Acme")["Phone"] == "1"
    assert world.account("Acme")["QB_Id__c"] == f"acme:{world.customer('Acme')['ListID']}"


def test_deleted_and_entered_anew_between_two_cycles(world):
    world.salesforce.insert("Account", Name="Acme", Phone="1")
    world.rest()
    world.file.delete_customer(world.customer("Acme")["ListID"])
    world.file.add_customer(Name="Acme", Fax="2")
    world.rest()
    assert world.names() == (["Acme"], ["Acme"])
    world.salesforce.delete(world.account("Acme")["Id"])
    world.salesforce.insert("Account", Name="Acme", Phone="3")
    world.rest()
    assert world.names() == (["Acme"], ["Acme"])


@pytest.mark.parametrize("on_delete", ["nothing", "deactivate", "unlink"])
def test_an_account_that_is_undeleted_goes_on_as_before(world, on_delete):
    world.settle_by(on_delete=on_delete)
    world.salesforce.insert("Account", Name="Acme")
    world.rest()
    account = world.account("Acme")["Id"]
    world.salesforce.delete(account)
    world.rest()
    world.salesforce.undelete(account)
    world.rest()
    world.salesforce.update(account, Phone="1")
    world.rest()
    assert world.states() == {"Acme": "in_step"}
    assert (world.customer("Acme")["Phone"], world.customer("Acme")["IsActive"]) == ("1", True)


def test_merges_on_either_side_leave_the_other_side_alone_and_say_so(world):
    for name in "ABCD":
        world.salesforce.insert("Account", Name=name, Phone=name)
    world.rest()
    world.salesforce.merge(world.account("A")["Id"], world.account("B")["Id"])
    world.file.merge_customers(world.customer("C")["ListID"], world.customer("D")["ListID"])
    world.rest()
    assert world.names() == (["A", "C", "D"], ["A", "B", "D"])
    assert world.states() == {"A": "in_step", "B": "gone", "C": "gone", "D": "in_step"}
    assert "merged into" in world.link("B").reason


@pytest.mark.parametrize("from_salesforce", [True, False])
def test_two_that_a_person_parted_stay_apart_and_come_to_rest(world, from_salesforce):
    if from_salesforce:
        world.salesforce.insert("Account", Name="Acme")
    else:
        world.file.add_customer(Name="Acme")
    world.rest()
    customer = world.customer("Acme")["ListID"]
    link = world.link("Acme")
    assert links.part(link, who="somebody", reason="They are others.") == ""
    world.rest()
    link.refresh_from_db()
    assert link.state == "in_step"
    assert link.quickbooks_id not in (None, customer)
    assert len(world.file.customers()) == 2


def test_a_deletion_just_before_the_daily_listing_of_everything_is_noticed_all_the_same(world):
    """A complete listing shows only what is there, and it moves the time from which changes are asked for."""
    for name in ("Acme", "Globex"):
        world.salesforce.insert("Account", Name=name)
    world.rest()
    world.file.delete_customer(world.customer("Acme")["ListID"])
    world.clock.advance(25 * 3600)
    world.file.edit_customer(world.customer("Globex")["ListID"], Fax="1")
    world.read_everything_again()
    world.rest()
    assert world.states() == {"Acme": "gone", "Globex": "in_step"}
