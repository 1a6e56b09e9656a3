"""Large queries: page by page across sessions that die, each record once, and out again in flat memory."""

from __future__ import annotations

import csv
import random

import psutil
import pytest

from qbwc import announce
from qbwc.models import Request
from syncapp.explorer import export, receivers, results, service
from syncapp.explorer.models import Job, ResultPage
from tests.explorer.core.office import Office
from tests.world.world import seeds

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_pages(settings):
    settings.QBWC_PAGE_RECORDS = 7
    settings.QBWC_WINDOW_RECORDS = 20


def customers(office, many):
    for n in range(many):
        office.clock.advance(60)
        office.file.add_customer(Name=f"Customer {n:03}", Phone=str(n))


def ids(job):
    return [data["ListID"] for page in results.pages(job) for _, data in page.records]


def test_a_pull_whose_sessions_die_gives_each_record_once(small_pages, worlds):
    for seed in seeds(worlds(3, 60)):
        office = Office(seed, key=f"world-{seed}")
        customers(office, 40)
        job = office.submit("Customer", "query", {}, fields=["Name", "Phone"])
        weather = random.Random(seed)
        for _ in range(10):
            office.faults.session_killed = weather.choice([0.0, 0.1])
            office.faults.lost_answer = weather.choice([0.0, 0.2])
            office.session()
        office.faults.stop()
        office.run(job)
        wanted = sorted(each["ListID"] for each in office.file.customers())
        assert sorted(ids(job)) == wanted, f"WORLD_SEED={seed}"
        assert (job.state, job.done, job.total) == (Job.State.DONE, 40, 40), f"WORLD_SEED={seed}"
        firsts = [(page.first, page.count) for page in results.pages(job)]
        assert [first for first, _ in firsts] == [sum(n for _, n in firsts[:place]) for place in range(len(firsts))]


def test_pages_that_are_heard_of_late_stand_in_their_place(small_pages, monkeypatch):
    """A receiver that fails is told again by the sweep, when later pages are here already."""
    office = Office()
    customers(office, 30)
    job = office.submit("Customer", "query", {})
    failing = iter([False, True, False, True])
    hear = receivers.running.hear_query

    def sometimes(*asked):
        if next(failing, False):
            raise RuntimeError("the database is gone for a moment")
        hear(*asked)

    monkeypatch.setattr(receivers.running, "hear_query", sometimes)
    office.session()
    announce.pending()
    job.refresh_from_db()
    names = [data["Name"] for page in results.pages(job) for _, data in page.records]
    assert names == [f"Customer {n:03}" for n in range(30)]
    assert job.state == Job.State.DONE
    assert [data["Name"] for _, data in results.records(job, 12, 3)] == ["Customer 012", "Customer 013", "Customer 014"]


def test_what_is_told_twice_changes_nothing(small_pages):
    office = Office()
    customers(office, 20)
    job = office.ask("Customer", "query", {})
    Request.objects.update(announced=False)
    Job.objects.update(state=Job.State.OPEN)
    announce.pending()
    job.refresh_from_db()
    assert (len(ids(job)), job.done, job.state) == (20, 20, Job.State.DONE)


def test_the_callers_own_window_of_time_is_kept(small_pages):
    office = Office()
    customers(office, 60)
    moments = sorted(each["TimeModified"][:19] for each in office.file.customers())
    job = office.ask("Customer", "query", {"FromModifiedDate": moments[10], "ToModifiedDate": moments[49]})
    assert len(set(ids(job))) == 40


def test_a_pull_can_be_cancelled_and_asked_again(small_pages):
    office = Office()
    customers(office, 30)
    job = office.submit("Customer", "query", {})
    assert service.cancel(job, "ann") == 1
    office.session()
    job.refresh_from_db()
    assert (job.state, ids(job)) == (Job.State.CANCELLED, [])
    assert service.retry(job, "ann") == 1
    office.run(job)
    assert (job.state, len(ids(job))) == (Job.State.DONE, 30)


def test_a_query_that_quickbooks_refuses_fails_with_the_reason():
    office = Office()
    job = office.ask("Customer", "query", {"FromModifiedDate": "2026-02-03", "ToModifiedDate": "2026-02-01"})
    assert job.state == Job.State.FAILED
    assert "3030" in job.problem


def test_a_hundred_thousand_records_leave_as_csv_in_flat_memory():
    """Writing two hundred pages takes no more than writing the first ten."""
    job = Office().submit("Customer", "query", {"MaxReturned": "1"})
    fill(job, pages=200, records=500)
    process = psutil.Process()
    lines, after = 0, {}
    for number, piece in enumerate(export.csv_rows(job, ["ListID", "Name", "BillAddress/City"])):
        lines += piece.count("\r\n")
        after[number] = process.memory_info().rss
    assert lines == 100_001
    assert after[number] - after[10] < 8 * 1024 * 1024, f"{(after[number] - after[10]) // 1024} KB more"


def fill(job, pages, records):
    address = {"Addr1": "1 Long Road", "City": "Lund", "State": "CA", "PostalCode": "94000"}
    made = [["Customer", {"ListID": str(n), "Name": f"Customer {n}", "BillAddress": address}] for n in range(records)]
    for number in range(pages):
        page = {"window": "", "number": number, "first": number * records, "count": records, "records": made}
        ResultPage.objects.create(job=job, **page)


def test_a_csv_can_be_read_back_by_any_program():
    office = Office()
    office.file.add_customer(Name='Acme, "the" best', Notes="a\nb")
    job = office.ask("Customer", "query", {}, fields=["Name", "Notes"])
    [line] = csv.DictReader("".join(export.csv_rows(job)).splitlines(keepends=True))
    assert (line["Name"], line["Notes"]) == ('Acme, "the" best', "a\nb")
