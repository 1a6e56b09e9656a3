"""A session of the Web Connector waits while something is being prepared for its company, by whichever pair."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qbwc import outbox
from qbwc.models import Company
from syncapp import clock
from syncapp.connectors.quickbooks_desktop import DesktopConnector
from syncapp.flows import settings_of
from syncapp.models import Org, Pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return Company.objects.create(key="acme", username="acme-qbwc")


@pytest.fixture
def pair_of(company):
    def make(key):
        org = Org.objects.create(key=key, domain=f"{key}.my", client_id="x")
        return Pair.objects.create(key=key, org=org, desktop=company)

    return make


def waits(company):
    company.refresh_from_db()
    return outbox.has_work(company)


def test_a_pair_that_has_finished_does_not_end_the_wait_for_another_one(company, pair_of):
    one, other = (DesktopConnector(company, pair_of(key).pk, settings_of({})) for key in ("one", "other"))
    Pair.objects.filter(key="other").update(lease="x", leased_until=clock.now() + timedelta(minutes=5))
    other.preparing(True)
    one.preparing(True)
    one.preparing(False)
    assert waits(company)
    Pair.objects.filter(key="other").update(lease="", leased_until=None)
    other.preparing(False)
    assert not waits(company)


def test_a_cycle_that_was_asked_for_is_waited_for_though_the_last_one_has_just_ended(company, pair_of):
    connector = DesktopConnector(company, pair_of("one").pk, settings_of({}))
    Pair.objects.update(woken_at=clock.now())
    connector.preparing(True)
    connector.preparing(False)
    assert waits(company)
