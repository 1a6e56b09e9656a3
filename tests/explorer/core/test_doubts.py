"""What nobody told the outcome of is looked for, and sent again only if it is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from project.sandbox.desktop.message_sets import MessageSets
from project.sandbox.desktop.settings import Quirks
from qbwc import announce
from qbwc.models import Company, Message, Request
from syncapp.explorer import doubts, kinds, service, steps
from syncapp.explorer.models import Job, Row
from syncapp.explorer.steps import Progress, Task
from tests.explorer.core import samples
from tests.explorer.core.office import Office, one_document

pytestmark = pytest.mark.django_db

DONE, NOT_DONE = "lost_answer", "lost_request"


@pytest.fixture
def office(db):
    return Office(quirks=Quirks(unknown_set_status=9002))


def doubtful(office, fault, *asked, **options):
    """A job whose write is lost on the way there or back, by a QuickBooks that forgets it."""
    job = office.submit(*asked, **options)
    lose(office, fault)
    return job


def lose(office, fault):
    setattr(office.faults, fault, 1.0)
    office.session()
    office.faults.stop()
    office.file.sets = MessageSets()


def row_of(office, job):
    office.run(job)
    return office.only(job)


@pytest.mark.parametrize("fault", [DONE, NOT_DONE])
def test_an_added_record_is_known_by_its_mark(office, fault):
    row = row_of(office, doubtful(office, fault, "Customer", "add", {"Name": "Acme"}))
    [customer] = office.file.customers()
    assert (row.state, row.record_id) == (Row.State.DONE, customer["ListID"])
    assert office.file.executed["CustomerAdd"] == 1
    assert not Request.objects.filter(state=Request.State.UNKNOWN).exists()


def test_an_added_record_is_known_though_it_was_renamed(office):
    job = doubtful(office, DONE, "Customer", "add", {"Name": "Acme"})
    office.file.edit_customer(office.file.customers()[0]["ListID"], Name="Acme Ltd")
    row = row_of(office, job)
    assert (row.state, row.record["Name"]) == (Row.State.DONE, "Acme Ltd")
    assert len(office.file.customers()) == 1


def test_an_added_job_is_looked_for_below_its_parent(office):
    office.file.add_customer(Name="Acme")
    row = row_of(office, doubtful(office, DONE, "Customer", "add", {"Name": "Roof", "ParentRef": "Acme"}))
    assert (row.state, row.record["FullName"]) == (Row.State.DONE, "Acme:Roof")


def test_a_transaction_is_known_by_its_mark_though_its_number_is_not():
    for fault, number in ((DONE, {"RefNumber": "N1"}), (DONE, {}), (NOT_DONE, {"RefNumber": "N1"}), (NOT_DONE, {})):
        office = Office(key=f"world-{fault}-{len(number)}".replace("_", "-"), file=samples.furnished())
        office.file.quirks.unknown_set_status = 9002
        record = {**samples.TRANSACTIONS["Invoice"][0], "RefNumber": None, **number}
        row = row_of(office, doubtful(office, fault, "Invoice", "add", record))
        assert (row.state, office.file.executed["InvoiceAdd"]) == (Row.State.DONE, 1)


def test_without_a_mark_a_free_name_means_that_nothing_was_done(office):
    row = row_of(office, doubtful(office, NOT_DONE, "PaymentMethod", "add", {"Name": "Barter"}))
    assert (row.state, office.file.executed["PaymentMethodAdd"]) == (Row.State.DONE, 1)


def test_without_a_mark_a_person_says_what_was_done(office):
    job = doubtful(office, DONE, "PaymentMethod", "add", {"Name": "Barter"})
    row = row_of(office, job)
    assert (row.state, job.state) == (Row.State.UNKNOWN, Job.State.DONE)
    assert "Look in QuickBooks" in row.problem
    assert service.retry(job, "ann") == 0
    assert service.decide(row, True, "ann")
    assert not service.decide(row, False, "ben")
    row.refresh_from_db()
    job.refresh_from_db()
    assert (row.state, job.done) == (Row.State.DONE, 1)
    assert "ann" in row.problem


def test_what_a_person_says_was_not_done_can_be_tried_again(office):
    job = doubtful(office, DONE, "PaymentMethod", "add", {"Name": "Barter"})
    row = row_of(office, job)
    office.file.delete("PaymentMethod", office.file.find("Barter", "PaymentMethod")["ListID"])
    service.decide(row, False, "ann")
    assert service.retry(job, "ann") == 1
    assert row_of(office, job).state == Row.State.DONE


@pytest.mark.parametrize("fault", [DONE, NOT_DONE])
def test_a_change_is_compared_with_what_is_there(office, fault):
    list_id = office.file.add_customer(Name="Acme", Phone="1")
    version = office.file.customer(list_id)["EditSequence"]
    change = {"ListID": list_id, "EditSequence": version, "Phone": "2", "BillAddress": {"City": "Lund"}}
    row = row_of(office, doubtful(office, fault, "Customer", "modify", change))
    assert (row.state, office.file.customer(list_id)["Phone"]) == (Row.State.DONE, "2")
    assert office.file.executed["CustomerMod"] == 1


def test_a_change_under_another_change_is_for_a_person(office):
    list_id = office.file.add_customer(Name="Acme", Phone="1")
    version = office.file.customer(list_id)["EditSequence"]
    job = doubtful(office, DONE, "Customer", "modify", {"ListID": list_id, "EditSequence": version, "Phone": "2"})
    office.clock.advance(5)
    office.file.edit_customer(list_id, Phone="3")
    assert row_of(office, job).state == Row.State.UNKNOWN
    assert office.file.customer(list_id)["Phone"] == "3"


@pytest.mark.parametrize("fault", [DONE, NOT_DONE])
def test_what_is_gone_was_deleted(office, fault):
    list_id = office.file.add_customer(Name="Acme")
    row = row_of(office, doubtful(office, fault, "Customer", "delete", {"ListID": list_id}))
    assert (row.state, office.file.customers()) == (Row.State.DONE, [])
    assert office.file.executed["ListDel"] == 1


@pytest.mark.parametrize("fault", [DONE, NOT_DONE])
def test_a_custom_field_is_compared_with_what_is_there(office, fault):
    office.file.define_custom_field("Region")
    job = office.submit("Customer", "add", {"Name": "Acme"}, custom=[{"Region": "West"}])
    one_document(office)
    lose(office, fault)
    row = row_of(office, job)
    assert row.state == Row.State.DONE
    assert row.record["DataExtRet"][0]["DataExtValue"] == "West"
    assert office.file.executed["DataExtMod"] == 1


def test_a_void_that_was_not_done_is_done():
    for fault in (DONE, NOT_DONE):
        office = Office(key=f"void-{fault}".replace("_", "-"), file=samples.furnished())
        office.file.quirks.unknown_set_status = 9002
        invoice = office.only(office.ask("Invoice", "add", samples.TRANSACTIONS["Invoice"][0]))
        row = row_of(office, doubtful(office, fault, "Invoice", "void", {"TxnID": invoice.record_id}))
        assert (row.state, office.file.executed["TxnVoid"]) == (Row.State.DONE, 1)


def test_a_memo_that_only_sounds_like_it_does_not_mean_voided():
    office = Office(file=samples.furnished())
    office.file.quirks.unknown_set_status = 9002
    record = {**samples.TRANSACTIONS["Invoice"][0], "Memo": "Voided cheque replaced"}
    invoice = office.only(office.ask("Invoice", "add", record))
    row = row_of(office, doubtful(office, NOT_DONE, "Invoice", "void", {"TxnID": invoice.record_id}))
    assert (row.state, office.file.executed["TxnVoid"]) == (Row.State.DONE, 1)


def test_an_answer_of_which_no_text_is_left_is_found_out_about(office, monkeypatch):
    """As after a restored backup: that it was answered is known, what it said is not."""
    monkeypatch.setattr(announce, "closed", lambda *args: False)
    job = office.submit("Customer", "add", {"Name": "Acme"})
    office.session()
    monkeypatch.undo()
    Message.objects.update(response="", parts={})
    row = row_of(office, job)
    assert (row.state, row.record["Name"]) == (Row.State.DONE, "Acme")
    assert office.file.executed["CustomerAdd"] == 1


def test_a_query_is_not_asked_again_as_it_was_when_quickbooks_has_become_another(office):
    job = office.submit("Customer", "query", {"CurrencyFilter": {"FullName": ["Euro"]}})
    service.cancel(job, "ann")
    Company.objects.update(facts={"versions": ["7.0"]})
    with pytest.raises(service.Refused, match="CurrencyFilter"):
        service.retry(job, "ann")
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


@pytest.mark.parametrize("version", ["7.0", "13.0"])
def test_what_went_out_without_a_mark_is_not_missed_by_a_quickbooks_that_was_updated_since(version):
    """A newer one knows marks, and finds none: the invoice may be there all the same."""
    task = Task(kinds.find("Invoice"), "add", {"CustomerRef": {"FullName": "Acme"}}, guid="{1-1}", version=version)
    sent = steps.write(task, Progress()).progress
    move = doubts.begin(replace(task, version="13.0"), replace(sent, doubt=steps.WRITE, since="2026-01-01T00:00:00"))
    if version == "13.0":
        assert move.ask.data["ModifiedDateRangeFilter"]
    else:
        assert (move.ask, move.end.state) == (None, steps.UNKNOWN)
