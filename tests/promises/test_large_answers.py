"""An answer too large for a Web Connector call is settled by a task, while its session waits."""

from __future__ import annotations

import pytest

from qbwc.models import Company, Message, Request
from syncapp import receivers, tasks
from syncapp.records import Side
from tests.world.half import HalfWorld

pytestmark = pytest.mark.django_db


def test_a_listing_too_large_for_the_call_is_settled_by_a_task(
    settings, monkeypatch, django_capture_on_commit_callbacks
):
    queued = []
    monkeypatch.setattr(receivers, "async_task", lambda name, *given: queued.append((name, *given)))
    world = HalfWorld(0, winner=Side.SALESFORCE)
    for number in range(5):
        world.file.add_customer(Name=f"Customer {number}", Phone="1", Fax="1")
    settings.QBWC_SETTLE_BYTES = 1500
    monkeypatch.setattr(world.web_connector, "while_waiting", lambda: None, raising=False)
    with django_capture_on_commit_callbacks(execute=True):
        world.cycle()
        world.poll()
    kept = Message.objects.get(state="kept")
    assert queued == [("syncapp.tasks.settle_kept", kept.pk)]
    assert Company.objects.get().held_until is not None
    tasks.settle_kept(kept.pk)
    kept.refresh_from_db()
    assert kept.state == "answered"
    assert not Request.objects.filter(state="sent").exists()
    settings.QBWC_SETTLE_BYTES = 8 * 1024 * 1024
    world.come_to_rest()
    assert set(world.salesforce_records()) == set(world.quickbooks_records())
