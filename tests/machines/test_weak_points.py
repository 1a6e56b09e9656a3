"""What goes wrong between cycles: lost leases, put-off links, families that move, settings that switch a flow off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncapp import clock, families, limits
from syncapp import cycle as cycles
from syncapp.models import Link, Operation, Pair, Run
from syncapp.records import Deferred
from tests.machines.test_cycle_in_memory import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World(conflict="salesforce")


@pytest.fixture
def later(monkeypatch):
    """Our clock, which a test may set forward."""
    passed = [timedelta()]
    really = clock.now
    monkeypatch.setattr(clock, "now", lambda: really() + passed[0])

    def go(**span):
        passed[0] += timedelta(**span)

    return go


# Leases


def test_a_cycle_that_lost_its_lease_stops_where_it_is_and_the_next_one_goes_on(world, monkeypatch):
    monkeypatch.setattr(limits, "LINKS_PER_CHUNK", 2)
    monkeypatch.setattr(limits, "OPERATIONS_PER_SUBMIT", 2)
    monkeypatch.setattr(cycles.reconcile.chunk, "__kwdefaults__", {**cycles.reconcile.chunk.__kwdefaults__, "limit": 2})
    for n in range(6):
        world.salesforce.add(name=f"Customer {n}", phone="1")

    def another_takes_over(side, operation):
        if side.writes == 1:
            Pair.objects.update(lease="another", leased_until=clock.now() + timedelta(minutes=5))

    world.quickbooks.before_write = another_takes_over
    run = world.cycle()
    assert (run.state, run.message) == ("failed", "Another cycle took over.")
    assert 0 < len(world.quickbooks.alive()) < 6
    assert Pair.objects.get().lease == "another", "the lease of the other cycle is left alone"
    world.quickbooks.before_write = None
    Pair.objects.update(lease="", leased_until=None)
    world.rest()
    assert sorted(h.fields["name"] for h in world.quickbooks.alive()) == [f"Customer {n}" for n in range(6)]
    assert set(Link.objects.values_list("state", flat=True)) == {"in_step"}


# Putting off


def test_what_is_put_off_is_tried_again_later_and_later_and_at_once_after_it_went_well(world, later):
    refused = [4]
    really = world.quickbooks._execute

    def busy(operation):
        if refused[0]:
            refused[0] -= 1
            return Deferred("It is locked.", seconds=60)
        return really(operation)

    world.quickbooks._execute = busy
    world.salesforce.add(name="Acme")
    waits = []
    for _ in range(4):
        began = clock.now()
        world.cycle()
        link = Link.objects.get()
        assert (link.state, link.reason) == ("waiting", "It is locked. It is tried again by itself.")
        waits.append(round((link.retry_at - began) / timedelta(minutes=1)))
        opened = Operation.objects.count()
        world.cycle()
        assert Operation.objects.count() == opened, "nothing is tried before its time"
        later(minutes=waits[-1], seconds=1)
    assert waits == [1, 2, 4, 8]
    world.rest()
    link = Link.objects.get()
    assert (link.state, link.failures, link.retry_at) == ("in_step", 0, None)
    assert len(world.quickbooks.alive()) == 1


def test_nothing_is_put_off_for_longer_than_an_hour(world, later):
    world.quickbooks._execute = lambda operation: Deferred("It is locked.", seconds=60)
    world.salesforce.add(name="Acme")
    for _ in range(12):
        world.cycle()
        later(minutes=61)
    link = Link.objects.get()
    assert link.failures == 12
    assert link.retry_at - clock.now() <= timedelta(minutes=limits.RETRY_MINUTES_MAX)


# Families


def test_the_chain_of_parents_is_loaded_in_a_number_of_queries_that_does_not_grow(world, django_assert_max_num_queries):
    def waits(families):
        Link.objects.all().delete()
        for number in range(families):
            above = None
            for level in range(5):
                name = f"{number}.{level}"
                above = Link.objects.create(
                    pair=world.pair, kind="customer", name=name, salesforce_id=name, waiting_for=above
                )
        return list(Link.objects.exclude(waiting_for=None))

    for number in (1, 20):
        some = waits(number)
        with django_assert_max_num_queries(limits.LEVELS_MAX + 1):
            families.refuse_circles(some)


# Counting


def test_a_small_cycle_does_not_count_all_links(world, later):
    for n in range(3):
        world.salesforce.add(name=f"Customer {n}")
    assert world.cycle().counts["links"] == {"customer": {"in_step": 3}}
    world.salesforce.edit(world.salesforce.alive()[0].id, phone="1")
    assert "links" not in world.cycle().counts
    later(hours=limits.FULL_LISTING_HOURS, minutes=1)
    assert world.cycle().counts["links"] == {"customer": {"in_step": 3}}


# A flow that is off


def test_a_flow_that_is_switched_off_is_neither_read_nor_written_and_goes_on_when_it_is_on_again(world):
    account = world.salesforce.add(name="Acme", phone="1")
    world.rest()
    Pair.objects.update(flows={"customer": {"on": False}})
    world.pair.refresh_from_db()
    world.salesforce.edit(account, phone="2")
    world.salesforce.add(name="Globex")
    assert world.cycle().state == "done"
    assert [(h.fields["name"], h.fields["phone"]) for h in world.quickbooks.alive()] == [("Acme", "1")]
    assert Link.objects.count() == 1
    Pair.objects.update(flows={"customer": {}})
    world.pair.refresh_from_db()
    world.rest()
    assert sorted(h.fields["name"] for h in world.quickbooks.alive()) == ["Acme", "Globex"]


def test_what_waits_to_be_written_is_taken_back_when_its_flow_is_switched_off(world):
    world.salesforce.add(name="Acme")

    class Died(BaseException):
        """The process ends before the operation is sent."""

    def strike(side, operation):
        raise Died

    world.quickbooks.before_write = strike
    with pytest.raises(Died):
        world.cycle()
    Operation.objects.update(state="planned")
    world.quickbooks.before_write = None
    Pair.objects.update(flows={"customer": {"on": False}}, lease="", leased_until=None)
    world.pair.refresh_from_db()
    assert world.cycle().state == "done"
    assert world.quickbooks.alive() == []
    assert Operation.objects.get().state == "dropped"
    assert Run.objects.order_by("id").last().counts["opened"] == {}
