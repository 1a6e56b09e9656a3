"""The history is read once, in pages: interrupted, switched off and on, or repeated, and nothing is doubled."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from qbwc.models import Pull
from syncapp import mirror, reading
from syncapp.models import Operation

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(world, settings):
    settings.QBWC_PAGE_TRANSACTIONS = 10
    for number in range(25):
        world.invoice({"ItemRef": "Support"}, number=str(number))
    return world


def test_a_session_that_dies_in_the_middle_costs_nothing_and_progress_is_told(history):
    history.cycle()
    history.faults.session_killed = 1.0
    history.poll()
    history.faults.stop()
    out = StringIO()
    call_command("sync", "acme", "--json", stdout=out)
    (told,) = [each for each in json.loads(out.getvalue())["reading"] if each["kind"] == "invoice"]
    assert 0 <= told["percent"] < 100
    history.rest()
    assert len(history.documents()) == 25
    assert reading.progress(history.pair) == []


def test_a_flow_that_is_switched_off_is_read_no_further_and_goes_on_when_it_is_on(history):
    history.cycle()
    history.flows(customer={"only_won": False}, item={})
    history.rest()
    assert not Pull.objects.filter(state="open").exists()
    assert history.documents() == {}
    history.flows(customer={"only_won": False}, item={}, invoice={})
    history.rest()
    assert len(history.documents()) == 25


def test_reading_all_of_it_again_writes_nothing(history):
    history.rest()
    before = Operation.objects.count()
    mirror.read_all_again(history.pair)
    history.rest()
    assert Operation.objects.count() == before
    assert len(history.salesforce.records("QB_Invoice__c")) == 25
