"""The history is read once, in pages: interrupted, paused, switched off and on, or repeated, and nothing is doubled."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from qbwc.models import Pull
from syncapp import limits, mirror, reading
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.models import HistoryEntry, Operation

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def history(world, settings):
    settings.QBWC_PAGE_TRANSACTIONS = 10
    for number in range(25):
        world.invoice({"ItemRef": "Support"}, number=str(number), TxnDate=date(2026, 1, 1 + number))
    return world


def told(*options):
    out = StringIO()
    call_command("history", "acme", *options, stdout=out)
    return out.getvalue()


def state():
    (found,) = [each for each in json.loads(told("--json")) if each["kind"] == "invoice"]
    return found["state"]


def test_a_session_that_dies_in_the_middle_costs_nothing_and_progress_is_told(history):
    history.cycle()
    history.faults.session_killed = 1.0
    history.poll()
    history.faults.stop()
    out = StringIO()
    call_command("sync", "acme", "--json", stdout=out)
    (read,) = [each for each in json.loads(out.getvalue())["reading"] if each["kind"] == "invoice"]
    assert 0 <= read["percent"] < 100
    assert "Invoices: reading, " in told()
    history.rest()
    assert len(history.documents()) == 25
    assert reading.progress(history.pair) == []
    assert "Invoices: read completely; 25 in step" in told()


def test_a_person_pauses_and_resumes_it(history):
    with pytest.raises(CommandError, match="nothing to pause"):
        told("--pause")
    history.cycle()
    assert "Invoices: paused, 0 so far" in told("--pause")
    for _ in range(2):
        history.poll()
        history.cycle()
    assert (state(), history.documents()) == ("paused", {})
    assert len(history.products()) == 0
    history.flows(customer={"only_won": False}, item={}, invoice={"since": "2026-01-02"})
    history.cycle()
    history.poll()
    assert state() == "paused"
    assert "Invoices: reading" in told("--resume")
    with pytest.raises(CommandError, match="nothing to resume"):
        told("--resume")
    history.rest()
    assert (state(), len(history.documents())) == ("done", 24)
    events = HistoryEntry.objects.filter(event__startswith="history").order_by("id").values_list("event", "who")
    assert [event for event, _ in events] == ["history paused", "history resumed"]
    assert all(who.endswith("(command line)") for _, who in events)


def test_a_process_that_is_killed_while_it_writes_leaves_nothing_twice(history, monkeypatch):
    monkeypatch.setattr(limits, "OPERATIONS_PER_SUBMIT", 5)
    real, written, killed = Gateway.together, [], []

    def together(self, parts):
        answers = real(self, parts)
        written.extend(part for part in parts if not part.reads and "QB_Invoice_Line__c" in str(part.body))
        if len(written) == 3 and not killed:
            killed.append(True)
            raise Killed
        return answers

    monkeypatch.setattr(Gateway, "together", together)
    with pytest.raises(Killed):
        history.rest()
    assert 0 < len(history.documents()) < 25
    history.rest()
    assert len(history.salesforce.records("QB_Invoice__c")) == len(history.documents()) == 25
    assert len(history.salesforce.records("QB_Invoice_Line__c")) == 25


def test_a_flow_that_is_switched_off_is_read_no_further_and_goes_on_when_it_is_on(history):
    history.cycle()
    history.flows(customer={"only_won": False}, item={})
    history.rest()
    assert not Pull.objects.filter(state="open").exists()
    assert history.documents() == {}
    history.flows(customer={"only_won": False}, item={}, invoice={})
    history.rest()
    assert len(history.documents()) == 25


def test_the_first_date_may_be_moved_and_all_of_it_be_read_again(history):
    def since(day):
        history.flows(customer={"only_won": False}, item={}, invoice={"since": day})
        history.rest()
        return len(history.salesforce.records("QB_Invoice__c"))

    assert since("2026-01-11") == 15
    assert since("2026-01-06") == 20
    made = Operation.objects.count()
    assert since("2026-01-21") == 20
    mirror.read_all_again(history.pair)
    history.rest()
    assert Operation.objects.count() == made
    assert since("") == len(history.documents()) == 25


def test_a_mapping_that_is_changed_while_history_is_paused_holds_for_what_was_brought_before_too(history):
    history.rest()
    mirror.read_all_again(history.pair)
    history.cycle()
    assert "Invoices: paused, 0 so far" in told("--pause")
    fields = {
        "po_number": {"direction": "off"},
        "code": {"salesforce": "QB_PO_Number__c", "formula": '"No. " & RefNumber'},
    }
    history.flows(customer={"only_won": False}, item={}, invoice={"fields": fields})
    history.cycle()
    history.poll()
    history.cycle()
    before = history.documents()
    assert (state(), {row["QB_PO_Number__c"] for row in before.values()}) == ("paused", {None})
    told("--resume")
    history.rest()
    after = history.documents()
    assert {name: row["QB_PO_Number__c"] for name, row in after.items()} == {str(n): f"No. {n}" for n in range(25)}
    assert {row["Id"] for row in before.values()} == {row["Id"] for row in after.values()}, "none is made again"
