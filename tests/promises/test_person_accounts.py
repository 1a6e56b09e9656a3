"""Person accounts are customers, in both directions; a person's name is made of first and last name."""

from __future__ import annotations

import pytest

from project.sandbox.salesforce import Switches
from syncapp.mapping.people import is_persons_name
from syncapp.models import Run
from tests.breaking.calm import CalmWorld


class PeopleWorld(CalmWorld):
    switches = Switches(person_accounts=True)

    def person_type(self):
        [found] = [row for row in self.salesforce.records("RecordType") if row["IsPersonType"]]
        return found["Id"]

    def person(self, **fields):
        return self.salesforce.insert("Account", RecordTypeId=self.person_type(), **fields)


@pytest.fixture
def world():
    world = PeopleWorld()
    yield world
    world.close()


@pytest.mark.parametrize(
    ("name", "first", "last", "same"),
    [
        ("Anna Miller", "Anna", "Miller", True),
        ("Miller, Anna", "Anna", "Miller", True),
        ("ANNA  MARIA MILLER", "Anna Maria", "Miller", True),
        ("Miller", None, "Miller", True),
        ("Miller Ltd", "Anna", "Miller", False),
        ("Anna", "Anna", None, False),
        ("Anna Miller Anna", "Anna", "Miller", False),
    ],
)
def test_a_persons_name_is_the_first_and_the_last_name_in_either_order(name, first, last, same):
    assert is_persons_name(name, first, last) is same


@pytest.mark.django_db
def test_a_person_account_becomes_a_customer_and_both_stay_in_step(world):
    anna = world.person(
        FirstName="Anna", LastName="Miller", PersonEmail="anna@miller.example", PersonMobilePhone="2", Phone="1"
    )
    world.rest()
    customer = world.customer("Anna Miller")
    shown = [customer.get(name) for name in ("FirstName", "LastName", "Email", "Phone", "AltPhone", "CompanyName")]
    assert shown == ["Anna", "Miller", "anna@miller.example", "1", "2", None]

    world.salesforce.update(anna, LastName="Smith", PersonTitle="Dr")
    world.rest()
    customer = world.customer("Anna Smith")
    assert (customer["LastName"], customer["JobTitle"]) == ("Smith", "Dr")

    world.file.edit_customer(customer["ListID"], Name="Smith, Ann", FirstName="Ann", Email="ann@smith.example")
    world.rest()
    account = world.account("Ann Smith")
    assert (account["Id"], account["PersonEmail"]) == (anna, "ann@smith.example")
    assert world.link("Ann Smith").state == "in_step"

    # What a person account cannot hold is refused with the remedy, and everything else goes on.
    world.file.edit_customer(customer["ListID"], Name="Smith & Sons", Phone="3")
    world.rest()
    account = world.account("Ann Smith")
    link = world.link("Ann Smith")
    assert account["Phone"] == "3"
    assert "first and last name" in str(link.refused)


@pytest.mark.django_db
def test_customers_become_business_accounts_unless_people_are_asked_for(world):
    world.file.add_customer(Name="Miller, Anna", FirstName="Anna", LastName="Miller", Phone="1")
    world.rest()
    assert not world.account("Miller, Anna")["IsPersonAccount"]

    world.settle_by(person_accounts="create")
    world.file.add_customer(Name="Smith, Ben", FirstName="Ben", LastName="Smith", Email="ben@smith.example")
    world.file.add_customer(Name="Smith Ltd", FirstName="Ben", LastName="Smith")
    world.rest()
    ben = world.account("Ben Smith")
    assert (ben["IsPersonAccount"], ben["PersonEmail"]) == (True, "ben@smith.example")
    assert not world.account("Smith Ltd")["IsPersonAccount"]
    assert set(world.states().values()) == {"in_step"}
    contacts = [row for row in world.salesforce.records("Contact") if row["AccountId"] == ben["Id"]]
    assert [row["IsPersonAccount"] for row in contacts] == [True], "Salesforce's own, and none of ours"


@pytest.mark.django_db
def test_person_accounts_are_left_out_where_the_settings_say_so(world):
    world.settle_by(person_accounts="leave_out")
    world.person(FirstName="Anna", LastName="Miller")
    world.salesforce.insert("Account", Name="Beta")
    world.rest()
    assert world.names() == (["Anna Miller", "Beta"], ["Beta"])
    assert world.link("Anna Miller").reason == "It is a person account; the settings leave those out."


@pytest.mark.django_db
def test_a_record_type_that_the_org_does_not_have_is_named(world):
    world.settle_by(person_accounts="create", person_record_type="Patient")
    world.file.add_customer(Name="Ben Smith", FirstName="Ben", LastName="Smith")
    world.cycle()
    world.poll()
    said = Run.objects.filter(state="failed").latest("id").message
    assert said.startswith("Salesforce has no record type for person accounts called Patient.")
    assert "person_record_type" in said
