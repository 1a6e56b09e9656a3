"""How it stands, in plain words: when the Web Connector comes, what a job waits for, when an operation runs."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from qbwc.models import Company
from syncapp.explorer.admin import base, saved, tables
from syncapp.explorer.models import Job

NOW = datetime(2026, 2, 7, 14, 30, tzinfo=UTC)


def company(**values):
    return Company(key="acme", name="Acme Ltd", username="acme-qbwc", **values)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "has never called"),
        ({"paused": True}, "while the company is paused"),
        ({"problem": "The file has another name."}, "until this is mended: The file has another name."),
        ({"last_contact_at": NOW}, "is late: it called last at 2026-02-07 14:30"),
        ({"last_contact_at": NOW, "run_every_minutes": 0}, "when somebody starts it by hand"),
    ],
)
def test_when_the_web_connector_comes_is_told_with_what_stops_it(values, told):
    assert told in base.expected(company(**values))


def test_the_next_call_is_told_with_its_time():
    now = timezone.now()
    due = now + timedelta(minutes=5)
    told = base.expected(company(last_contact_at=now, next_expected_at=due))
    assert told == f"The Web Connector is expected at {timezone.localtime(due):%Y-%m-%d %H:%M %Z}."


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"action": "query", "state": "done", "done": 1}, "1 record found."),
        ({"action": "query", "state": "done", "done": 0}, "Nothing was found."),
        ({"action": "query", "state": "done", "done": 12_000}, "12,000 records found."),
        ({"action": "query", "state": "open", "done": 500}, "500 records have come so far."),
        ({"action": "query", "state": "failed"}, "QuickBooks did not answer it"),
        ({"action": "add", "state": "open", "done": 3, "failed": 1, "total": 10}, "4 of 10 rows are settled."),
        ({"action": "add", "state": "done", "done": 9, "failed": 1, "total": 10}, "9 of 10 rows done, 1 failed."),
        ({"action": "add", "state": "cancelled"}, "what had not been sent will not be"),
        ({"action": "add", "state": "draft"}, "not started yet"),
    ],
)
def test_a_job_tells_how_it_stands(values, told):
    assert told in tables.words(Job(company=company(), record_type="Customer", **values))


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("", "By hand"),
        ("*/10 * * * *", "Every 10 minutes"),
        ("30 6 * * 1-5", "At 06:30, Monday through Friday"),
        ("0 22 1 * *", "At 22:00, on day 1 of the month"),
        ("no schedule", "no schedule"),
    ],
)
def test_a_schedule_is_told_in_words(schedule, told):
    assert saved.in_words(schedule) == told


def test_the_next_times_of_a_schedule_follow_each_other():
    times = saved.next_times("*/10 * * * *")
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [timedelta(minutes=10)] * 2
    assert saved.next_times("30 6 31 2 *") == []
    assert saved.next_times("") == []
