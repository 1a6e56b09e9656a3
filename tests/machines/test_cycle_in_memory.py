"""The whole engine, with its tables, between two sides in memory."""

from __future__ import annotations

import pytest

from qbwc.models import Company
from syncapp import cycle as cycles
from syncapp.models import Cursor, Link, MirrorRecord, Operation, Org, Pair
from syncapp.records import Side
from tests.machines.memory import MemorySide

pytestmark = pytest.mark.django_db


class World:
    def __init__(self, **flow):
        company = Company.objects.create(key="acme", username="acme-qbwc")
        org = Org.objects.create(key="acme", domain="acme.my", client_id="x")
        self.pair = Pair.objects.create(
            key="acme", org=org, desktop=company, first_run="apply", flows={"customer": flow}
        )
        self.salesforce = MemorySide(Side.SALESFORCE)
        self.quickbooks = MemorySide(Side.QUICKBOOKS, width=41, unique_names=True)

    @property
    def connectors(self):
        return {Side.SALESFORCE: self.salesforce, Side.QUICKBOOKS: self.quickbooks}

    def cycle(self, **options):
        return cycles.cycle(self.pair, self.connectors, trigger="test", **options)

    def rest(self):
        for _ in range(8):
            before = self.salesforce.writes + self.quickbooks.writes
            run = self.cycle()
            assert run.state == "done", run.message
            if before == self.salesforce.writes + self.quickbooks.writes:
                return
        raise AssertionError("restless")


@pytest.fixture
def world():
    return World()


def test_a_new_account_becomes_a_customer_and_its_id_comes_back(world):
    world.salesforce.add(name="Acme", phone="1", billing_street="1 Main\nSuite 2")
    world.rest()
    (customer,) = world.quickbooks.alive()
    (account,) = world.salesforce.alive()
    assert customer.fields["name"] == "Acme"
    assert customer.fields["billing_street"] == "1 Main\nSuite 2"
    assert account.fields["quickbooks_id"] == customer.id
    link = Link.objects.get()
    assert (link.state, link.salesforce_id, link.quickbooks_id) == ("in_step", account.id, customer.id)


def test_records_of_the_same_name_become_one_link(world):
    world.salesforce.add(name="Acme", phone="1")
    world.quickbooks.add(name="Acme", fax="2", phone="3")
    world.rest()
    assert [(h.fields["phone"], h.fields["fax"]) for h in world.salesforce.alive()] == [("3", "2")]
    assert len(world.quickbooks.alive()) == 1
    assert Link.objects.get().state == "in_step"


def test_edits_of_different_fields_on_both_sides_meet(world):
    world.salesforce.add(name="Acme", phone="1", fax="1")
    world.rest()
    (a,), (c,) = world.salesforce.alive(), world.quickbooks.alive()
    world.salesforce.edit(a.id, phone="22")
    world.quickbooks.edit(c.id, fax="33")
    world.rest()
    assert (a.fields["phone"], a.fields["fax"]) == ("22", "33")
    assert (c.fields["phone"], c.fields["fax"]) == ("22", "33")


def test_a_lost_answer_to_a_create_makes_no_second_record(world):
    world.salesforce.add(name="Acme", phone="1")
    world.quickbooks.lose = 1
    world.rest()
    world.rest()
    assert len(world.quickbooks.alive()) == 1
    assert Link.objects.get().state == "in_step"


def test_a_name_that_another_record_has_gets_a_mark(world):
    world.salesforce.add(name="Acme")
    world.salesforce.add(name="Acme")
    world.rest()
    names = sorted(h.fields["name"] for h in world.quickbooks.alive())
    assert names[0] == "Acme"
    assert names[1].startswith("Acme ~")
    assert sorted(h.fields["name"] for h in world.salesforce.alive()) == ["Acme", "Acme"]
    assert set(Link.objects.values_list("state", flat=True)) == {"in_step"}


def test_a_near_match_waits_for_a_person(world):
    world.salesforce.add(name="Acme Inc.")
    world.quickbooks.add(name="ACME")
    world.rest()
    assert set(Link.objects.values_list("state", flat=True)) == {"proposed"}
    assert (len(world.salesforce.alive()), len(world.quickbooks.alive())) == (1, 1)


def test_a_parent_goes_before_its_child(world):
    parent = world.salesforce.add(name="Parent")
    world.salesforce.add(name="Child", parent=parent)
    world.rest()
    by_name = {h.fields["name"]: h for h in world.quickbooks.alive()}
    assert by_name["Child"].fields["parent"] == by_name["Parent"].id


def test_accounts_that_are_each_others_parents_are_refused_with_the_reason(world):
    a = world.salesforce.add(name="A")
    b = world.salesforce.add(name="B", parent=a)
    world.salesforce.edit(a, parent=b)
    world.rest()
    assert world.quickbooks.alive() == []
    for link in Link.objects.all():
        assert link.state == "refused"
        assert "each other's parents" in link.reason


def test_a_deletion_is_shown_and_nothing_is_made_again(world):
    world.salesforce.add(name="Acme")
    world.rest()
    (customer,) = world.quickbooks.alive()
    world.quickbooks.delete(customer.id)
    world.rest()
    assert len(world.salesforce.alive()) == 1
    assert world.quickbooks.alive() == []
    assert Link.objects.get().state == "gone"


def test_a_preview_writes_nothing_and_says_what_would_be_done(world):
    world.salesforce.add(name="Acme")
    run = world.cycle(preview=True)
    assert run.state == "preview"
    assert [(row["name"], row["side"], row["verb"]) for row in run.plan] == [("Acme", "quickbooks", "create")]
    assert world.quickbooks.alive() == []
    assert Operation.objects.count() == 0


def test_a_first_run_waits_for_approval(world):
    Pair.objects.update(first_run="preview")
    world.pair.refresh_from_db()
    world.salesforce.add(name="Acme")
    assert world.cycle().state == "held"
    assert world.quickbooks.alive() == []
    assert world.cycle(approve=True).state == "done"
    assert len(world.quickbooks.alive()) == 1


def test_a_run_that_would_overwrite_an_unusual_share_is_held(world):
    for n in range(120):
        world.salesforce.add(name=f"Customer {n}", phone="1")
    world.rest()
    for held in world.salesforce.alive():
        world.salesforce.edit(held.id, phone="2")
    run = world.cycle()
    assert run.state == "held"
    assert {h.fields["phone"] for h in world.quickbooks.alive()} == {"1"}
    world.cycle(approve=True)
    assert {h.fields["phone"] for h in world.quickbooks.alive()} == {"2"}


def test_a_value_too_long_for_quickbooks_is_refused_and_the_rest_travels(world):
    world.salesforce.add(name="Acme", phone="1" * 30, fax="2")
    world.rest()
    (customer,) = world.quickbooks.alive()
    assert customer.fields.get("phone") is None
    assert customer.fields["fax"] == "2"
    link = Link.objects.get()
    assert link.state == "refused"
    assert "30 characters" in link.reason


def test_two_accounts_and_one_customer_of_the_same_name_are_left_to_a_person(world):
    world.salesforce.add(name="Summit")
    world.salesforce.add(name="Summit")
    world.quickbooks.add(name="Summit")
    world.rest()
    assert len(world.quickbooks.alive()) == 1
    assert len(world.salesforce.alive()) == 2
    for link in Link.objects.all():
        assert link.state == "conflict"
        assert "have this name" in link.reason


def test_a_family_that_exists_on_both_sides_is_matched_at_once(world):
    for side in (world.salesforce, world.quickbooks):
        parent = side.add(name="Meridian Group")
        side.add(name="Meridian Retail", parent=parent)
    world.rest()
    assert [link.state for link in Link.objects.all()] == ["in_step", "in_step"]
    assert (len(world.salesforce.alive()), len(world.quickbooks.alive())) == (2, 2)


def test_names_made_to_fit_are_recognised_when_our_own_tables_were_lost(world):
    world.salesforce.add(name="Acme")
    world.salesforce.add(name="Acme")
    world.salesforce.add(name="North: South")
    world.salesforce.add(name="A name which is certainly longer than the forty-one characters")
    world.rest()
    before = [sorted(held.fields["name"] for held in side.alive()) for side in (world.salesforce, world.quickbooks)]
    for model in (Operation, Link, MirrorRecord, Cursor):
        model.objects.all().delete()
    world.rest()
    after = [sorted(held.fields["name"] for held in side.alive()) for side in (world.salesforce, world.quickbooks)]
    assert after == before
    assert set(Link.objects.values_list("state", flat=True)) == {"in_step"}


def test_a_doubt_ends_when_both_sides_come_to_say_the_same(world):
    world.salesforce.add(name="Acme", phone="1")
    world.rest()
    (account,), (customer,) = world.salesforce.alive(), world.quickbooks.alive()
    Link.objects.update(doubts=["phone"])
    world.salesforce.edit(account.id, phone="2")
    world.quickbooks.edit(customer.id, phone="2")
    world.rest()
    assert Link.objects.get().doubts == []
    world.salesforce.edit(account.id, phone="3")
    world.rest()
    assert customer.fields["phone"] == "3"
