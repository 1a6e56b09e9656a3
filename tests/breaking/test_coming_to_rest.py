"""What once went on for ever, or might: each of these ends, and five idle rounds do nothing."""

from __future__ import annotations

import pytest

from syncapp import links
from syncapp.records import Side

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _five_rounds(world):
    world.idle_rounds = 5


def contacts(world):
    rows = world.salesforce.records("Contact")
    return [(c["FirstName"], c["LastName"], c["Email"], c["QB_Billing_Contact__c"]) for c in rows]


def test_a_nameless_contacts_email_is_emptied(world):
    list_id = world.file.add_customer(Name="Acme", Email="a@example.com")
    world.rest()
    assert [c[2] for c in contacts(world)] == ["a@example.com"]
    world.file.edit_customer(list_id, Email="")
    world.rest()
    assert [c[2] for c in contacts(world)] == [None]
    assert world.states() == {"Acme": "in_step"}


def test_contacts_without_names_or_with_two_ticks(world):
    account = world.salesforce.insert("Account", Name="Acme")
    for name in ("First", "Second"):
        world.salesforce.insert("Contact", AccountId=account, LastName=name, QB_Billing_Contact__c=True)
    world.file.add_customer(Name="Only a first name", FirstName="Ann")
    world.file.add_customer(Name="Only a title", JobTitle="Owner", AltPhone="1")
    world.rest()
    assert world.customer("Acme")["LastName"] == "First"
    assert set(world.states().values()) == {"in_step"}


def test_a_billing_contact_that_is_deleted_and_another_that_comes_from_quickbooks(world):
    account = world.salesforce.insert("Account", Name="Acme")
    contact = world.salesforce.insert("Contact", AccountId=account, LastName="Old", QB_Billing_Contact__c=True)
    world.rest()
    world.salesforce.delete(contact)
    world.rest()
    assert world.customer("Acme").get("LastName") is None
    world.file.edit_customer(world.customer("Acme")["ListID"], LastName="New")
    world.rest()
    assert [c[1] for c in contacts(world)] == ["New"]


def test_spaces_alone_are_no_change_and_equal_edits_on_both_sides_are_no_conflict(world):
    world.salesforce.insert("Account", Name="Acme", Phone="1 2")
    world.rest()
    account, customer = world.account("Acme")["Id"], world.customer("Acme")["ListID"]
    before = world.amount_of_work()
    world.salesforce.update(account, Phone="1   2 ", BillingStreet="\r\n  \r\n", Name="Acme ")
    world.rest()
    assert world.amount_of_work() == before
    world.salesforce.update(account, Phone=None)
    world.file.edit_customer(customer, Phone="")
    world.rest()
    world.salesforce.update(account, Phone="9")
    world.file.edit_customer(customer, Phone="9")
    world.rest()
    assert world.states() == {"Acme": "in_step"}


def test_a_decision_holds_only_for_the_values_that_it_was_made_about(world):
    world.settle_by(conflict="ask")
    world.salesforce.insert("Account", Name="Acme", Phone="1")
    world.rest()
    world.salesforce.update(world.account("Acme")["Id"], Phone="2")
    world.file.edit_customer(world.customer("Acme")["ListID"], Phone="3")
    world.rest()
    links.decide(world.link("Acme"), Side.SALESFORCE, who="somebody")
    world.file.edit_customer(world.customer("Acme")["ListID"], Phone="4")
    world.rest()
    assert (world.states(), world.customer("Acme")["Phone"]) == ({"Acme": "conflict"}, "4")
    links.decide(world.link("Acme"), Side.SALESFORCE, who="somebody")
    world.rest()
    assert (world.states(), world.customer("Acme")["Phone"]) == ({"Acme": "in_step"}, "2")


def test_moves_that_would_make_a_circle_are_refused_on_both_sides(world):
    one, other = (world.salesforce.insert("Account", Name=name) for name in ("One", "Other"))
    world.rest()
    world.salesforce.update(one, ParentId=other)
    parent = {"ListID": world.customer("One")["ListID"]}
    world.file.edit_customer(world.customer("Other")["ListID"], ParentRef=parent)
    world.rest()
    assert world.states() == {"One": "refused", "Other": "refused"}


def test_seven_levels_are_five_and_two_that_say_why_not(world):
    parent = None
    for level in range(7):
        parent = world.salesforce.insert("Account", Name=f"Level {level}", ParentId=parent)
    world.rest()
    assert len(world.file.customers()) == 5
    assert [*world.states().values()] == ["in_step"] * 5 + ["refused", "waiting"]
