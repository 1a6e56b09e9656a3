"""What a cycle costs in which nothing has happened, with every flow on."""

from __future__ import annotations

import pytest

from qbwc import kinds
from qbwc.models import Pull
from syncapp.flows import FLOWS

pytestmark = pytest.mark.django_db


@pytest.fixture
def exchanges(world):
    """How many documents a poll takes after a cycle in which nothing was news."""
    others = {kind: {} for kind in FLOWS if kind != "customer"}
    world.flows(customer={"only_won": False, "near_matches": "ignore"}, **others)
    world.invoice()
    world.rest()

    def count():
        world.cycle()
        world.clock.advance(60)
        return len(world.web_connector.update().exchanges)

    return count


def test_all_listings_of_changes_travel_in_very_few_messages(exchanges, monkeypatch):
    assert exchanges() <= 2
    monkeypatch.setattr(kinds, "SMALL_PAGE", 0)
    assert exchanges() > 10, "each first page in a message of its own"


def test_what_there_is_none_of_is_listed_completely_only_until_something_else_was_seen_and_its_first_is_not_missed(
    world,
):
    world.flows(customer={"only_won": False}, item={}, invoice={}, payment={}, estimate={})
    invoice = world.invoice()
    world.rest(idle=1)

    def listings(kind, sort):
        return Pull.objects.filter(reference=f"pull/{world.pair.pk}/{kind}/{sort}").count()

    complete = {kind: listings(kind, "full") for kind in ("payment", "estimate")}
    world.rest(idle=1)
    assert {kind: listings(kind, "full") for kind in complete} == complete
    assert listings("payment", "delta") > 0
    world.file.pay(invoice, "100.00", RefNumber="77")
    world.rest()
    world.clock.advance(5 * 3600)
    world.rest(idle=1)
    world.file.enter("Estimate", [{"ItemRef": "Support"}], CustomerRef="Acme", RefNumber="E1")
    world.rest()
    assert world.payments()["77"]["QB_Amount__c"] == 100
    assert list(world.documents("Estimate")) == ["E1"]
    assert {kind: listings(kind, "full") for kind in complete} == complete
