"""Many creates by Bulk ingest jobs: each record once, each refusal told, whoever is killed when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.connector import SalesforceConnector
from syncapp.connectors.salesforce.errors import Lost
from syncapp.models import BulkJob
from syncapp.records import Applied, Deferred, Missing, Operation, Rejected, Side, Verb

from .conftest import create
from .world import killed_at

COUNT = 8
ROUNDS_MAX = 12
INVOICE = {
    "number": "17",
    "date": date(2026, 1, 31),
    "total": Decimal("12.50"),
    "memo": 'So "he" said,\nand went; 100 % ünsure',
}


@pytest.fixture
def bulk(world, org, settings):
    """Salesforce works jobs off before anybody looks; five records are many."""
    settings.SALESFORCE_BULK_WAIT_SECONDS = 0
    org.bulk_from = 5
    org.save()
    world.org.bulk.delay_seconds = -10
    return world.org.bulk


class Ledger:
    """The engine's part: what is planned, what is in doubt, and how everything ended."""

    def __init__(self, org, operations, **settings):
        self.org, self.settings = org, settings
        self.planned = {each.id: each for each in operations}
        self.doubtful = {}
        self.ended = {}
        self.kind = operations[0].kind

    def connector(self):
        return SalesforceConnector(self.org, "acme", {self.kind: self.settings})

    def cycle(self, connector=None):
        connector = connector or self.connector()
        loader = connector.loader
        self._find_out(connector)
        least = loader.least(self.kind)
        if least and len(self.planned) >= least and not loader.rests(self.kind):
            self.doubtful |= self.planned
            slices, self.planned = list(self.planned.values()), {}
            left = loader.send(self.kind, iter([slices[:5], slices[5:]]))
            self._settle(connector.submit(left) if left else {})
            self._find_out(connector)
        elif self.planned:
            self.doubtful |= self.planned
            asked, self.planned = list(self.planned.values()), {}
            self._settle(connector.submit(asked))

    def to_the_end(self):
        for _ in range(ROUNDS_MAX):
            if not (self.planned or self.doubtful):
                return self.ended
            self.cycle()
        raise AssertionError(f"still open: {self.planned} {self.doubtful}")

    def _find_out(self, connector):
        travelling = connector.loader.advance()
        if self.doubtful and self.kind not in travelling:
            self._settle(connector.find_out(list(self.doubtful.values())))
        connector.loader.tidy()

    def _settle(self, outcomes):
        for number, outcome in outcomes.items():
            if operation := self.doubtful.pop(number, None):
                again = isinstance(outcome, Missing | Deferred)
                (self.planned if again else self.ended)[number] = operation if again else outcome


def invoices(count=COUNT, **more):
    return [invoice(number, **more) for number in range(count)]


def invoice(number, lines=2, **more):
    rows = tuple(
        {"id": f"L{line}", "description": f"Row {line}", "quantity": Decimal(2), "amount": Decimal("6.25")}
        for line in range(lines)
    )
    return Operation(
        id=1000 + number,
        key=f"key-{number}",
        side=Side.SALESFORCE,
        kind="invoice",
        verb=Verb.CREATE,
        record_id="",
        counterpart_id=f"T-{number}",
        values={**INVOICE, "number": str(number), "quickbooks_id": f"T-{number}", "lines": rows, **more},
    )


def job_for(sobject):
    return {"object": sobject, "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}


def customers(count=COUNT, **more):
    return [
        create(
            f"8000-{n}",
            name=f"Customer {n}",
            active=True,
            contact_first_name="Ann",
            contact_last_name=f"Lee {n}",
            **more,
        )
        for n in range(count)
    ]


def check_whole(world, count=COUNT):
    documents = world.org.records("QB_Invoice__c")
    assert sorted(row["QB_Id__c"] for row in documents) == sorted(f"acme:T-{number}" for number in range(count))
    lines = sorted(row["QB_Id__c"] for row in world.org.records("QB_Invoice_Line__c"))
    assert lines == sorted(f"acme:T-{number}:L{line}" for number in range(count) for line in range(2))


def test_records_are_created_by_jobs_as_by_calls_and_read_back(world, org, bulk):
    org.bulk_from = 0
    by_calls = Ledger(org, invoices()[:1]).to_the_end()[1000].record.fields
    org.bulk_from = 5
    calls = world.calls()
    ended = Ledger(org, invoices()).to_the_end()
    assert world.calls() - calls <= 25
    check_whole(world)
    assert all(isinstance(each, Applied) and not each.touched and not each.refused for each in ended.values())
    assert ended[1000].record.fields == by_calls  # it existed: that is found, and nothing is made twice
    assert {**ended[1001].record.fields, "number": "0", "quickbooks_id": "T-0"} == by_calls
    assert bulk.jobs == {}
    assert [(job.part, job.state, job.rows, job.failed) for job in BulkJob.objects.order_by("pk")] == [
        ("main", "done", 8, 1),
        ("part", "done", 16, 2),
    ]


def test_accounts_and_their_contacts_are_created_by_jobs(world, org, bulk):
    ended = Ledger(org, customers(), all=True).to_the_end()
    assert all(isinstance(each, Applied) for each in ended.values())
    accounts = {row["Id"]: row["Name"] for row in world.org.records("Account")}
    contacts = [(accounts[row["AccountId"]], row["LastName"]) for row in world.org.records("Contact")]
    assert sorted(contacts) == [(f"Customer {n}", f"Lee {n}") for n in range(COUNT)]


def test_what_salesforce_refuses_is_told_record_by_record(world, org, bulk):
    operations = [*customers(), create("8000-X", name="x" * 300, contact_last_name="Ray")]
    bad = create("8000-Y", name="Bad mail", contact_last_name="Poe", contact_email="nonsense")
    ended = Ledger(org, [*operations, bad], all=True).to_the_end()
    long = ended[operations[-1].id]
    assert isinstance(long, Rejected)
    assert (long.code, long.fields) == ("STRING_TOO_LONG", ("name",))
    assert "contact_email" in ended[bad.id].refused
    assert len(world.org.records("Account")) == COUNT + 1
    assert BulkJob.objects.get(part="main").failed == 1


def test_what_no_file_can_hold_goes_by_itself(world, org, bulk):
    strange = invoice(99, memo="#N/A")
    long = invoice(98, memo="x" * 32_001)
    ended = Ledger(org, [*invoices(), strange, long]).to_the_end()
    assert ended[strange.id].record.fields["memo"] == "#N/A"
    assert BulkJob.objects.get(part="main").rows == COUNT
    assert long.id in ended


def test_a_duplicate_rule_that_is_to_be_overruled_keeps_creates_out_of_jobs(world, org, bulk):
    Ledger(org, customers(), all=True, duplicates="save").to_the_end()
    assert not BulkJob.objects.exists()
    assert len(world.org.records("Account")) == COUNT


def test_a_job_that_takes_long_is_waited_for_by_later_cycles_without_sending_anything_again(world, org, bulk):
    bulk.delay_seconds = 600
    ledger = Ledger(org, invoices())
    for _ in range(3):
        ledger.cycle()
        assert len(ledger.doubtful) == COUNT
        assert world.org.records("QB_Invoice__c") == []
    assert set(BulkJob.objects.values_list("part", "state")) == {("main", "under_way"), ("part", "uploaded")}
    for _ in range(2):
        world.clock.advance(700)
        ledger.cycle()
    assert len(ledger.ended) == COUNT
    check_whole(world)


@pytest.mark.parametrize("fates", [("failed",), ("partly",), ("", "failed"), ("", "partly")])
def test_what_a_failed_job_left_undone_is_done_by_calls(world, org, bulk, fates):
    bulk._planned.extend(fates)
    Ledger(org, invoices()).to_the_end()
    check_whole(world)
    assert BulkJob.objects.filter(state="failed", message__contains="InternalServerError").count() == 1
    assert BulkJob.objects.count() == 2


def test_a_job_that_never_ends_is_stopped_after_a_day(world, org, bulk):
    bulk.fail_next("stuck")
    ledger = Ledger(org, invoices())
    ledger.cycle()
    world.clock.advance(25 * 3600)
    ledger.to_the_end()
    check_whole(world)


def test_a_spent_allowance_stops_a_load_before_anything_is_sent(world, org, bulk, settings):
    ledger = Ledger(org, invoices())
    connector = ledger.connector()
    connector.gateway.get("limits")  # which tells how much is used
    settings.SALESFORCE_API_SHARE = 0
    with pytest.raises(ConnectorError, match="the rest is left to the org"):
        ledger.cycle(connector)
    settings.SALESFORCE_API_SHARE = 90
    ledger.to_the_end()
    check_whole(world)
    assert bulk.jobs == {}


def lose_the_answer_to_a_new_job(connector):
    """Salesforce makes it, and nobody here learns its id."""
    original = connector.gateway.ask

    def ask(method, path, body=None):
        answer = original(method, path, body)
        if (method, path) == ("POST", "jobs/ingest"):
            connector.gateway.ask = original
            raise Lost("The answer was lost.")
        return answer

    connector.gateway.ask = ask


def test_a_job_whose_answer_is_lost_is_stopped_and_those_of_other_programs_are_left_alone(world, org, bulk):
    def of_another_program(sobject):
        return SalesforceConnector(org, "other", {}).gateway.ask("POST", "jobs/ingest", job_for(sobject))["id"]

    def load_and_lose():
        ledger = Ledger(org, invoices())
        connector = ledger.connector()
        lose_the_answer_to_a_new_job(connector)
        ledger.cycle(connector)
        assert BulkJob.objects.filter(put_away_at__isnull=True).count() == 0
        ledger.to_the_end()
        check_whole(world)
        return ledger

    theirs = of_another_program("Account")
    ledger = load_and_lose()
    assert [job.state for job in bulk.jobs.values()] == ["Open", "Open"]
    world.clock.advance(2 * 3600)
    ledger.cycle()
    assert list(bulk.jobs) == [theirs]
    rival = of_another_program("QB_Invoice__c")
    ledger = load_and_lose()
    world.clock.advance(2 * 3600)
    ledger.cycle()
    assert rival in bulk.jobs, "nobody can tell which one is ours"


@pytest.mark.parametrize("answered", [False, True], ids=["before a call", "after a call that writes"])
def test_whoever_is_killed_at_any_call_of_a_load_every_record_is_there_once(world, org, bulk, answered):
    for step in range(1, 40):
        ledger = Ledger(org, invoices())
        connector = ledger.connector()
        with killed_at(connector.gateway, step, answered) as fate:
            ledger.cycle(connector)
        ended = ledger.to_the_end()
        assert all(isinstance(each, Applied) for each in ended.values()), step
        check_whole(world)
        assert not BulkJob.objects.filter(put_away_at__isnull=True).exists(), step
        world.clock.advance(2 * 3600)
        ledger.cycle()
        assert "Open" not in {job.state for job in bulk.jobs.values()}, f"{step}: one stays behind in the org"
        if not fate.killed:
            break
        for row in world.org.records("QB_Invoice__c"):
            world.org.delete(row["Id"])
        BulkJob.objects.all().delete()
    assert step == (9 if answered else 18)
