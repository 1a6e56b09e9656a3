"""Many invoices at once: they travel in Bulk jobs, and stand in Salesforce once, whatever happens on the way."""

from __future__ import annotations

import pytest

from syncapp.models import BulkJob, Operation
from tests.documents.conftest import DocumentWorld

pytestmark = pytest.mark.django_db

MANY = 6


@pytest.fixture
def world(settings):
    settings.SALESFORCE_BULK_WAIT_SECONDS = 0
    world = DocumentWorld()
    world.org.bulk_from = MANY
    world.org.save()
    world.salesforce.bulk.delay_seconds = -10  # done before anybody looks
    world.come_to_rest()
    yield world
    world.close()


def enter(world, count, first=1):
    numbers = [f"b{number}" for number in range(first, first + count)]
    for number in numbers:
        world.invoice(number=number, Memo=f'For "{number}", with\nlines')
    return numbers


def check(world, numbers):
    """Each invoice stands there once, with all of its lines, and both sides agree."""
    documents = [row["Name"] for row in world.salesforce.records("QB_Invoice__c")]
    assert sorted(documents) == sorted(numbers)
    lines = world.salesforce.records("QB_Invoice_Line__c")
    assert len(lines) == 2 * len(numbers)
    assert set(world.states().values()) == {"in_step"}
    assert not Operation.objects.filter(state__in=Operation.OPEN).exists()
    assert world.salesforce.bulk.jobs == {}
    assert not BulkJob.objects.filter(put_away_at__isnull=True).exists()


def test_many_invoices_travel_in_jobs_with_their_lines(world):
    numbers = enter(world, MANY)
    world.rest()
    check(world, numbers)
    jobs = BulkJob.objects.filter(way="ingest").order_by("pk")
    found = [(job.sobject, job.state, job.rows, job.failed) for job in jobs]
    assert found == [("QB_Invoice__c", "done", MANY, 0), ("QB_Invoice_Line__c", "done", 2 * MANY, 0)]
    assert {row["QB_Memo__c"] for row in world.documents().values()} == {f'For "{n}", with\nlines' for n in numbers}
    assert [row["QB_Amount__c"] for row in world.lines("b1")] == [200, 50]
