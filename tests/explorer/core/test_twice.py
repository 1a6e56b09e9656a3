"""What could make QuickBooks do a thing twice: a person's word, a click, a cancelled job, lines of a file."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from project.sandbox.desktop.settings import Quirks
from qbwc import announce, outbox
from qbwc.models import Request
from syncapp.explorer import imports, service
from syncapp.explorer.models import Job, Row
from tests.explorer.core import samples
from tests.explorer.core.office import Office, one_document, rows
from tests.explorer.core.test_doubts import DONE, NOT_DONE, doubtful

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    return Office(quirks=Quirks(unknown_set_status=9002))


def test_a_record_whose_custom_field_a_person_found_missing_is_not_added_again(office):
    """The person answers for the custom field: the record itself is known to be there."""
    office.file.define_custom_field("Region")
    job = office.submit("Customer", "add", {"Name": "Acme"}, custom=[{"Region": "West"}])
    one_document(office)
    row = office.only(job)
    written = row.progress
    assert written["written"]
    outbox.cancel(row.request_id)
    Row.objects.filter(pk=row.pk).update(state=Row.State.UNKNOWN, request=None, progress={**written, "doubt": "custom"})
    service.cancel(job, "ann")
    assert service.decide(office.only(job), False, "ann")
    service.retry(job, "ann")
    office.run(job)
    row = office.only(job)
    assert office.file.executed["CustomerAdd"] == 1
    assert (row.state, row.problem) == (Row.State.DONE, "")
    assert office.file.customers()[0]["DataExtRet"][0]["DataExtValue"] == "West"


@pytest.mark.parametrize("fault", [DONE, NOT_DONE])
def test_a_job_that_is_cancelled_while_an_outcome_is_unknown_still_finds_it_out(office, fault, monkeypatch):
    """Its outcome is unknown, and nobody was told yet: to cancel it is not to know that it was not done."""
    monkeypatch.setattr(announce, "closed", lambda *args: False)
    job = doubtful(office, fault, "Customer", "add", {"Name": "Acme"})
    one_document(office)
    assert Request.objects.get(state=Request.State.UNKNOWN).announced is False
    service.cancel(job, "ann")
    monkeypatch.undo()
    office.run(job)
    service.retry(job, "ann")
    office.run(job)
    assert office.file.executed["CustomerAdd"] == 1
    assert office.only(job).state == Row.State.DONE


def test_what_a_person_sends_again_from_the_outbox_is_not_sent_by_its_row_too():
    office = Office(file=samples.furnished())
    office.file.quirks.unknown_set_status = 9002
    job = doubtful(office, NOT_DONE, "Invoice", "add", samples.TRANSACTIONS["Invoice"][0])
    one_document(office)
    [unknown] = Request.objects.filter(state=Request.State.UNKNOWN)
    outbox.resend(unknown.pk)
    office.run(job)
    for _ in range(3):
        office.session()
    assert office.file.executed["InvoiceAdd"] == 1


def test_one_form_makes_one_job_though_two_workers_take_it_at_once(office):
    """What makes the second one fail must be the database: between looking and writing, another may write."""
    asked = {"company": office.company, "record_type": "Invoice", "action": "add", "idempotency_key": "form ann 1"}
    Job.objects.create(**asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(**asked)


def test_lines_of_one_invoice_that_do_not_stand_together_are_refused():
    office = Office(file=samples.furnished())
    text = b"Number,Customer,Item,Rate\n1,Acme,Setup,10\n2,Acme,Setup,20\n1,Acme,Setup,30\n"
    job = imports.upload(office.company, "Invoice", "add", "invoices.csv", text, "ann")
    line = "InvoiceLineAdd"
    columns = {"Customer": "CustomerRef/FullName", "Item": f"{line}/ItemRef/FullName", "Rate": f"{line}/Rate"}
    imports.remap(job, {"Number": "#group RefNumber", **columns})
    assert [problem.row for problem in imports.dry_run(job)] == [1, 3]
    service.start_import(job, "ann")
    office.run(job)
    assert [row.state for row in rows(job)] == [Row.State.FAILED, Row.State.DONE, Row.State.FAILED]
    assert "not together" in rows(job)[0].problem
