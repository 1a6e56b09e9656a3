"""Further contacts of a customer stand at its account, each once; QuickBooks is never asked to take one."""

from __future__ import annotations

import pytest

from syncapp.models import Link
from syncapp.settings_rules import plan_again
from tests.breaking.calm import CalmWorld

pytestmark = pytest.mark.django_db
ANN = {"FirstName": "Ann", "LastName": "Bee"}


def contact(first, last=None, **more):
    return {"FirstName": first, **({"LastName": last} if last else {}), **more}


def reached(**values):
    labels = {"phone": "Main Phone", "email": "Main Email", "mobile": "Mobile"}
    rows = [{"ContactName": labels[name], "ContactValue": value} for name, value in values.items()]
    return {"AdditionalContactRef": rows}


@pytest.fixture
def world():
    world = CalmWorld()
    world.pair.flows = {**world.pair.flows, "contact": {"on": True}}
    world.pair.save(update_fields=["flows"])
    plan_again(world.pair)
    yield world
    world.close()


def contacts(world):
    return {row["Name"]: row for row in world.salesforce.records("Contact")}


def test_further_contacts_stand_at_their_account_once_and_follow(world):
    rows = [
        contact("Ann", "Bee"),  # the customer's own
        contact("Carl", "Dean", JobTitle="Buyer", **reached(phone="1", email="carl@acme.example", mobile="2")),
        contact("Eve", **reached(email="eve or bob")),
    ]
    customer = world.file.add_customer(Name="ACME", **ANN, Email="ann@acme.example", Contacts=rows)
    account = world.salesforce.insert("Account", Name="ACME")
    known = world.salesforce.insert("Contact", AccountId=account, FirstName="Carl", LastName="Dean", Phone="old")
    world.salesforce.insert("Contact", AccountId=account, FirstName="Only", LastName="Here")
    world.rest()
    shown = contacts(world)
    assert sorted(shown) == ["Ann Bee", "Carl Dean", "Eve [not provided]", "Only Here"]
    carl = shown["Carl Dean"]
    assert carl["Id"] == known, "whom Salesforce knew by that name at that account is the same"
    told = [carl[name] for name in ("Title", "Phone", "Email", "MobilePhone")]
    assert told == ["Buyer", "1", "carl@acme.example", "2"]
    eve = shown["Eve [not provided]"]
    assert (eve["AccountId"], eve["Email"]) == (account, None)
    states = {link.name: (link.state, link.reason) for link in Link.objects.filter(kind="contact")}
    assert states["Carl Dean"][0] == "in_step"
    assert "“eve or bob” is not one e-mail address" in states["Eve"][1]
    assert states["Only Here"] == ("unwanted", "QuickBooks takes a further contact of a customer by hand only.")

    row = next(each for each in world.customer("ACME")["ContactsRet"] if each["FirstName"] == "Carl")
    change = {"ListID": row["ListID"], "EditSequence": row["EditSequence"], "FirstName": "Carl", "LastName": "Deane"}
    world.file.edit_customer(customer, ContactsMod=[{**change, **reached(phone="3")}])
    world.rest()
    carl = next(each for each in world.salesforce.records("Contact") if each["Id"] == known)
    assert (carl["LastName"], carl["Phone"]) == ("Deane", "3")
    assert len(world.salesforce.records("Contact")) == 4


def test_contacts_of_the_same_name_at_two_customers_are_two(world):
    for name in ("ACME", "Beta"):
        world.file.add_customer(Name=name, Contacts=[contact("Carl", "Dean")])
    world.rest()
    accounts = {row["Id"]: row["Name"] for row in world.salesforce.records("Account")}
    rows = world.salesforce.records("Contact")
    standing = sorted((accounts[row["AccountId"]], row["Name"]) for row in rows)
    assert standing == [("ACME", "Carl Dean"), ("Beta", "Carl Dean")]
    assert {link.state for link in Link.objects.filter(kind="contact")} == {"in_step"}


@pytest.mark.parametrize("setting, state", [("nothing", "gone"), ("unlink", "closed")])
def test_a_contact_that_is_removed_in_quickbooks_is_told_and_stays_in_salesforce(world, setting, state):
    world.pair.flows = {**world.pair.flows, "contact": {"on": True, "on_delete": setting}}
    world.pair.save(update_fields=["flows"])
    customer = world.file.add_customer(Name="ACME", Contacts=[contact("Carl", "Dean"), contact("Eve", "Fox")])
    world.rest()
    carl, _ = world.customer("ACME")["ContactsRet"]
    kept = {name: carl[name] for name in ("ListID", "EditSequence", "FirstName", "LastName")}
    world.file.edit_customer(customer, ContactsMod=[kept])
    world.rest()
    links = {link.name: link for link in Link.objects.filter(kind="contact")}
    assert (links["Carl Dean"].state, links["Eve Fox"].state) == ("in_step", state)
    assert links["Eve Fox"].reason.startswith("Deleted in QuickBooks; still in Salesforce.")
    assert sorted(contacts(world)) == ["Carl Dean", "Eve Fox"]
