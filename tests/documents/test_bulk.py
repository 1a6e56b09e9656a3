"""Many invoices at once: they travel in Bulk jobs, and stand in Salesforce once, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as project_settings

from syncapp import limits
from syncapp.models import BulkJob, Operation, Pair
from tests.documents.conftest import DocumentWorld
from tests.world.test_killed import ROOT, database_url

pytestmark = pytest.mark.django_db

MANY = 6


class BulkWorld(DocumentWorld):
    quiet = False  # no cycle runs but those that a test asks for

    def work_meanwhile(self):
        if not self.quiet:
            super().work_meanwhile()

    def run_cycle(self):
        """A cycle in a process of its own."""
        environment = {
            **os.environ,
            "DEBUG": "true",
            "DATABASE_URL": database_url(),
            "SALESFORCE_LOOPBACK_URL": self.server.url,
            "DATA_DIR": str(project_settings.DATA_DIR),
            "SECRET_KEY": project_settings.SECRET_KEY,
        }
        command = [sys.executable, "manage.py", "sync", "acme"]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


@pytest.fixture
def world(settings):
    settings.SALESFORCE_BULK_WAIT_SECONDS = 0
    world = BulkWorld()
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


def test_more_than_one_load_holds_travels_in_several_and_the_rest_by_calls(world, monkeypatch):
    monkeypatch.setattr(limits, "OPERATIONS_PER_LOAD", MANY)
    monkeypatch.setattr(limits, "OPERATIONS_PER_SUBMIT", MANY // 2)
    monkeypatch.setattr(limits, "LINKS_PER_CHUNK", 1)
    numbers = enter(world, 2 * MANY + 2)
    world.rest()
    check(world, numbers)
    jobs = BulkJob.objects.filter(way="ingest", part="main").order_by("pk")
    assert [(job.state, job.rows) for job in jobs] == [("done", MANY), ("done", MANY)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_cycle_killed_while_its_jobs_run_leaves_each_invoice_once(world):
    numbers = enter(world, MANY)
    world.quiet = True
    world.cycle()
    world.poll()
    world.salesforce.bulk.delay_seconds = 3600
    process = world.run_cycle()
    until = time.monotonic() + 60
    while not BulkJob.objects.filter(way="ingest", state="under_way").exists():
        assert time.monotonic() < until, "no job was begun"
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert Operation.objects.filter(state="finding_out").count() == MANY
    Pair.objects.update(lease="", leased_until=None)
    world.salesforce.bulk.delay_seconds = -10
    world.quiet = False
    world.rest()
    check(world, numbers)
    assert BulkJob.objects.filter(way="ingest").count() == 2
