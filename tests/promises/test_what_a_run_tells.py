"""A run says what it began and what a person should put right, also where it failed."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from syncapp import cycle, limits, runs, tasks
from syncapp.connectors.base import ConnectorError
from syncapp.models import Run
from syncapp.records import Side
from tests.world.whole import WholeWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = WholeWorld(0)
    yield world
    world.close()


def test_two_ticked_contacts_are_a_warning_that_names_the_account(world, monkeypatch):
    account = world.salesforce.insert("Account", Name="Acme")
    for name in ("Lund", "Berg"):
        world.salesforce.insert("Contact", AccountId=account, LastName=name, QB_Billing_Contact__c=True)
    monkeypatch.setattr(tasks, "import_string", lambda name: lambda pair: world.connectors())
    out = io.StringIO()
    call_command("sync", "acme", stdout=out)
    warning = "Acme: 2 contacts are ticked as billing contact (Lund, Berg): untick all but one."
    assert Run.objects.get().message == warning
    assert warning in out.getvalue()


def test_a_run_that_fails_tells_what_it_had_begun(world, monkeypatch):
    world.file.add_customer(Name="Acme")
    world.salesforce.insert("Account", Name="Beta")
    world.come_to_rest()
    world.salesforce.update(world.salesforce_records()["Beta"]["id"], Phone="1")
    monkeypatch.setattr(limits, "FULL_LISTING_HOURS", 0)  # everything is listed anew, and so counted
    connectors = world.connectors()

    def submit(operations):
        raise ConnectorError("The line is dead.")

    monkeypatch.setattr(connectors[Side.QUICKBOOKS], "submit", submit)
    run = cycle.cycle(world.pair, connectors, trigger="test")
    assert (run.state, run.message) == ("failed", "The line is dead.")
    assert run.counts["opened"]["quickbooks"] == 1
    assert sum(run.counts["links"]["customer"].values()) == 2


def test_the_plans_of_old_runs_are_forgotten_and_those_of_new_ones_kept(world, monkeypatch):
    monkeypatch.setattr(limits, "PLANS_KEPT", 3)
    for number in range(6):
        run = runs.start(world.pair, "test")
        runs.finish(run, "held", counts={}, plan=[{"link": number}])
    kept = [bool(run.plan) for run in Run.objects.order_by("pk")]
    assert kept == [False, False, False, True, True, True]
