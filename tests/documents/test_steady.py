"""What a cycle costs in which nothing has happened, with every flow on."""

from __future__ import annotations

import pytest

from qbwc import kinds
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
