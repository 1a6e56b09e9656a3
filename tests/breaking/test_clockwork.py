"""The minute's tick and the times of cycles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qbwc.models import Company
from syncapp import tasks
from syncapp.models import Org, Pair
from syncapp.schedule import next_time


def pair(key, schedule="*/10 * * * *"):
    org = Org.objects.create(key=key, domain=f"{key}.my", client_id="client", client_secret="secret")
    company = Company.objects.create(key=key, name=key, username=f"{key}-qbwc")
    return Pair.objects.create(key=key, org=org, desktop=company, schedule=schedule)


@pytest.fixture
def started(monkeypatch):
    found = []
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # it would take the test's own away
    monkeypatch.setattr(tasks, "async_task", lambda name, pair_id, trigger: found.append((pair_id, trigger)))
    return found


@pytest.mark.django_db
def test_a_schedule_that_makes_no_sense_stops_no_other_pair(started):
    pair("bad", schedule="every now and then")
    good = pair("good")
    tasks.tick()
    assert started == [(good.pk, "schedule")]


@pytest.mark.django_db
def test_a_sweep_that_breaks_stops_no_cycle(started, monkeypatch):
    good = pair("good")

    def break_down():
        raise RuntimeError("the sweep broke")

    monkeypatch.setattr(tasks.chores, "sweep", break_down)
    tasks.tick()
    assert started == [(good.pk, "schedule")]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
@pytest.mark.parametrize("schedule", ["*/10 * * * *", "0 * * * *", "30 2 * * *", "30 1 * * *"])
@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 7), datetime(2026, 3, 28), datetime(2026, 10, 24), datetime(2026, 10, 31)]
)
def test_where_the_clocks_are_changed_time_goes_on(settings, zone, schedule, day):
    settings.TIME_ZONE = zone
    most = {"*/10 * * * *": timedelta(minutes=10), "0 * * * *": timedelta(hours=1)}.get(schedule, timedelta(hours=26))
    moment = day.replace(tzinfo=UTC)
    until = moment + timedelta(days=2)
    while moment < until:
        following = next_time(schedule, moment).astimezone(UTC)
        assert timedelta(0) < following - moment <= most, f"{moment} {following}"
        moment = following
