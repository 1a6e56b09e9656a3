"""Salesforce calls by a Flow and by outbound messages, for each save, also for our own; and all comes to rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncapp import tasks, webhook
from syncapp.models import Pair, Run, Webhook
from tests.breaking.calm import CalmWorld
from tests.world.conftest import _one_connection

__all__ = ["_one_connection"]
ROUNDS_MAX = 8


@pytest.fixture
def queued(monkeypatch):
    found = []
    for module in (webhook, tasks):
        monkeypatch.setattr(module, "async_task", lambda name, *given: found.append(given))
    monkeypatch.setattr(webhook, "PAUSE", timedelta(0))
    return found


@pytest.mark.django_db(transaction=True)
def test_a_flow_that_fires_on_every_save_starts_cycles_until_nothing_is_left(live_server, queued):
    world = CalmWorld()
    try:
        Pair.objects.update(outbound_messages=True)
        world.come_to_rest()
        Run.objects.all().delete()
        url = f"{live_server.url}/webhook/acme/"
        secret = webhook.make_secret(world.pair, who="admin")
        headers = {"Authorization": f"Bearer {secret}"}
        outbound = world.salesforce.outbound
        outbound.add("Account", url, style="json", headers=headers)
        outbound.add("Account", url, ["Name"], style="soap")

        def until_silent():
            for _ in range(ROUNDS_MAX):
                outbound.deliver()
                if not queued:
                    return
                queued.clear()
                world.cycle(webhook.CALLED)
            raise AssertionError("it goes in circles")

        world.create_account("ACME", phone="555-0100")
        until_silent()
        world.poll()  # the Web Connector's next call finds work, without a cycle of the schedule
        assert [customer["Name"] for customer in world.file.customers()] == ["ACME"]
        until_silent()
        world.cycle()
        until_silent()
        assert not outbound.waiting, "an outbound message was not acknowledged"
        [account] = world.salesforce.records("Account")
        assert account["QB_Status__c"] == "In step"
        assert Run.objects.count() <= ROUNDS_MAX
        row = Webhook.objects.get()
        assert (row.called_at, row.refused) == (None, 0)
        assert row.calls >= 2
    finally:
        world.close()
