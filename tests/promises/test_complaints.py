"""What users of such products complain about, one test each; docs/complaints.md says where the others are proven."""

from __future__ import annotations

import pytest

from tests.breaking.calm import CalmWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = CalmWorld()
    yield world
    world.close()


def test_company_abc_and_company_abc_inc_are_proposed_to_a_person_and_not_made_twice(world):
    world.settle_by(near_matches="ask")
    world.file.add_customer(Name="Company ABC")
    world.salesforce.insert("Account", Name="Company ABC, Inc.")
    world.rest()
    assert world.names() == (["Company ABC, Inc."], ["Company ABC"])
    assert world.states() == {"Company ABC, Inc.": "proposed", "Company ABC": "proposed"}


def test_junk_in_the_contact_of_quickbooks_overwrites_nothing_good_and_holds_nothing_else_up(world):
    customer = world.file.add_customer(Name="ACME", FirstName="Ann", LastName="Bee", Email="ann@acme.example")
    world.rest()
    junk = "ann@acme.example; ask for Bob (mornings)"
    world.file.edit_customer(customer, Email=junk, AltPhone="555 1234", JobTitle="Buyer")
    world.rest()
    [contact] = world.salesforce.records("Contact")
    assert [contact[name] for name in ("Email", "Phone", "Title")] == ["ann@acme.example", "555 1234", "Buyer"]
    assert f"“{junk}” is not one e-mail address" in world.link("ACME").reason
