"""What the connector forgets, and what it never does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncapp import clock
from syncapp.explorer import limits, retention
from syncapp.explorer.models import Job, ResultPage, Row

pytestmark = pytest.mark.django_db


def job(company, days, **values):
    at = clock.now() - timedelta(days=days)
    given = {"record_type": "Customer", "action": "add", "state": "done", "finished_at": at, **values}
    made = Job.objects.create(company=company, **given)
    Job.objects.filter(pk=made.pk).update(created_at=at)
    return made


def kept():
    return set(Job.objects.values_list("pk", flat=True))


def test_jobs_that_ended_long_ago_are_forgotten_with_their_rows(acme):
    old, young = job(acme, limits.KEEP_DAYS + 1), job(acme, limits.KEEP_DAYS - 1)
    Row.objects.create(job=old, number=1, state="done")
    assert retention.forget(clock.now()) == 1
    assert kept() == {young.pk}
    assert not Row.objects.exists()


def test_what_is_open_undecided_or_untold_is_kept(acme):
    years = 3000
    still_open = job(acme, years, state="open", finished_at=None)
    untold = job(acme, years, webhook_state="due")
    undecided = job(acme, years)
    Row.objects.create(job=undecided, number=1, state="unknown")
    told = job(acme, years, webhook_state="delivered")
    retention.forget(clock.now())
    assert kept() == {still_open.pk, untold.pk, undecided.pk}
    assert told.pk not in kept()


def test_drafts_that_nobody_started_go_soon(acme):
    job(acme, limits.KEEP_DRAFT_DAYS + 1, state="draft", finished_at=None)
    young = job(acme, limits.KEEP_DRAFT_DAYS - 1, state="draft", finished_at=None)
    retention.forget(clock.now())
    assert kept() == {young.pk}


def test_a_large_result_goes_sooner_and_its_job_says_so(acme):
    large = job(acme, limits.KEEP_LARGE_DAYS + 1, action="query", done=limits.LARGE_RESULT_RECORDS + 1)
    small = job(acme, limits.KEEP_LARGE_DAYS + 1, action="query", done=limits.LARGE_RESULT_RECORDS)
    for each in (large, small):
        ResultPage.objects.create(job=each, number=1, first=0, count=1, records=[["Customer", {}]])
    assert retention.forget(clock.now()) == 1
    assert retention.forget(clock.now()) == 0
    large.refresh_from_db()
    assert "no longer kept" in large.remark
    assert set(ResultPage.objects.values_list("job", flat=True)) == {small.pk}


def test_one_turn_forgets_a_bounded_number(acme):
    for _ in range(limits.JOBS_FORGOTTEN_AT_ONCE + 2):
        job(acme, limits.KEEP_DAYS + 1)
    assert retention.forget(clock.now()) == limits.JOBS_FORGOTTEN_AT_ONCE
    assert retention.forget(clock.now()) == 2
