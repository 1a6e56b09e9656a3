"""What is promised of accounts and customers, end to end: hierarchies, jobs, deletions, awkward names, the valve."""

from __future__ import annotations

import pytest

from syncapp import limits
from syncapp.cycle import cycle
from syncapp.models import Link, Pair, Run
from syncapp.records import Side
from tests.world.whole import WholeWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = WholeWorld(0, winner=Side.SALESFORCE)
    yield world
    world.close()


def settle_by(world, **settings):
    world.pair.flows = {"customer": {**world.pair.flows["customer"], **settings}}
    world.pair.save(update_fields=["flows"])


def accounts(world):
    return {account["Name"]: account for account in world.salesforce.records("Account")}


def customers(world):
    return {customer["Name"]: customer for customer in world.file.customers()}


def parents_in_salesforce(world):
    names = {account["Id"]: name for name, account in accounts(world).items()}
    return {name: names.get(account["ParentId"]) for name, account in accounts(world).items()}


def family(depth):
    return [f"Level {number}" for number in range(1, depth + 1)]


# Hierarchies


def test_a_family_of_five_levels_travels_to_quickbooks_parents_first(world):
    parent = None
    for name in family(5):
        parent = world.salesforce.insert("Account", Name=name, ParentId=parent)
    world.come_to_rest()
    assert customers(world)["Level 5"]["FullName"] == ":".join(family(5))
    assert {link.state for link in Link.objects.all()} == {"in_step"}


def test_a_family_of_five_levels_travels_to_salesforce_parents_first(world):
    settle_by(world, jobs="accounts")
    parent = None
    for name in family(5):
        parent = world.file.add_customer(Name=name, **({"ParentRef": {"ListID": parent}} if parent else {}))
    world.come_to_rest()
    assert parents_in_salesforce(world) == dict(zip(family(5), [None, *family(4)], strict=True))


def test_what_stands_deeper_than_quickbooks_allows_is_refused_and_says_so(world):
    parent = None
    for name in family(6):
        parent = world.salesforce.insert("Account", Name=name, ParentId=parent)
    world.come_to_rest()
    assert set(customers(world)) == set(family(5))
    link = Link.objects.get(name="Level 6")
    assert link.state == "refused"
    assert link.reason


def test_a_customer_that_moves_to_another_parent_moves_in_salesforce(world):
    north, south = (world.file.add_customer(Name=name) for name in ("North", "South"))
    child = world.file.add_customer(Name="Child", ParentRef={"ListID": north})
    world.come_to_rest()
    assert parents_in_salesforce(world)["Child"] == "North"
    world.file.edit_customer(child, ParentRef={"ListID": south})
    world.come_to_rest()
    assert parents_in_salesforce(world)["Child"] == "South"


# Jobs


@pytest.mark.parametrize("setting, expected", [("skip", {"Acme"}), ("accounts", {"Acme", "Roof"})])
def test_jobs_are_left_out_or_become_child_accounts(world, setting, expected):
    settle_by(world, jobs=setting)
    acme = world.file.add_customer(Name="Acme")
    world.file.add_customer(Name="Roof", ParentRef={"ListID": acme}, JobStatus="InProgress")
    world.come_to_rest()
    assert set(accounts(world)) == expected
    if setting == "accounts":
        assert parents_in_salesforce(world)["Roof"] == "Acme"


# Deletions and merges


def delete(world, side):
    if side is Side.SALESFORCE:
        world.salesforce.delete(accounts(world)["Acme"]["Id"])
    else:
        world.file.delete_customer(customers(world)["Acme"]["ListID"])


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("setting, state", [("nothing", "gone"), ("unlink", "closed"), ("deactivate", "gone")])
def test_a_deletion_is_noticed_and_does_what_the_setting_says(world, side, setting, state):
    settle_by(world, on_delete=setting)
    world.salesforce.insert("Account", Name="Acme")
    world.come_to_rest()
    delete(world, side)
    world.come_to_rest()
    assert Link.objects.get().state == state
    survivors = customers(world) if side is Side.SALESFORCE else accounts(world)
    active = survivors["Acme"]["IsActive" if side is Side.SALESFORCE else "QB_Active__c"]
    assert str(active).lower() == ("false" if setting == "deactivate" else "true")


def test_what_was_deleted_on_both_sides_is_closed(world):
    world.salesforce.insert("Account", Name="Acme")
    world.come_to_rest()
    for side in Side:
        delete(world, side)
    world.come_to_rest()
    assert Link.objects.get().state == "closed"


def test_customers_that_were_merged_in_quickbooks_are_shown_and_nothing_is_made_anew(world):
    kept, gone = (world.file.add_customer(Name=name) for name in ("Acme", "Acme Old"))
    world.come_to_rest()
    world.file.merge_customers(gone, kept)
    world.come_to_rest()
    assert set(customers(world)) == {"Acme"}
    assert set(accounts(world)) == {"Acme", "Acme Old"}
    assert Link.objects.get(name="Acme Old").state == "gone"


# Names


def test_a_name_that_quickbooks_cannot_take_is_made_to_fit_and_comes_back_as_it_was(world):
    name = "The Society for the Preservation of Bridges: Northern Branch"
    world.salesforce.insert("Account", Name=name)
    world.come_to_rest()
    (fitted,) = customers(world)
    assert len(fitted) <= 41
    assert ":" not in fitted
    world.file.edit_customer(customers(world)[fitted]["ListID"], Phone="1")
    world.come_to_rest()
    assert accounts(world)[name]["Phone"] == "1"
    assert set(customers(world)) == {fitted}


# The safety valve


def test_a_run_that_would_overwrite_an_unusual_share_is_held_until_somebody_approves(world, monkeypatch):
    monkeypatch.setattr(limits, "OVERWRITE_COUNT_MIN", 3)
    for number in range(6):
        world.salesforce.insert("Account", Name=f"Customer {number}", Phone="1")
    world.come_to_rest()
    for account in accounts(world).values():
        world.salesforce.update(account["Id"], Phone="2")
    world.cycle()
    world.poll()
    assert Run.objects.latest("id").state == "held"
    assert "6 of 6" in Pair.objects.get().held_because
    assert {customer["Phone"] for customer in customers(world).values()} == {"1"}
    cycle(world.pair, world.connectors(), trigger="a person", approve=True)
    world.come_to_rest()
    assert {customer["Phone"] for customer in customers(world).values()} == {"2"}
    assert Pair.objects.get().held_because == ""


@pytest.mark.parametrize("side", list(Side))
def test_what_stood_too_deep_is_offered_again_once_an_ancestor_has_moved_up(world, side):
    parent = None
    for name in family(6):
        parent = world.salesforce.insert("Account", Name=name, ParentId=parent)
    world.come_to_rest()
    assert Link.objects.get(name="Level 6").state == "refused"
    if side is Side.SALESFORCE:
        world.salesforce.update(accounts(world)["Level 3"]["Id"], ParentId=None)
    else:
        world.file.edit_customer(customers(world)["Level 3"]["ListID"], ParentRef=None)
    world.come_to_rest()
    assert customers(world)["Level 6"]["FullName"] == "Level 3:Level 4:Level 5:Level 6"
    assert {link.state for link in Link.objects.all()} == {"in_step"}
