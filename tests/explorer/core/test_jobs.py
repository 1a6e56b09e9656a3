"""Jobs beside each other, in the middle of things, and at their end."""

from __future__ import annotations

import pytest
from django_q.models import OrmQ

from qbwc.models import Request
from syncapp.explorer import imports, limits, rows, running, service
from syncapp.explorer.models import Job, Row
from syncapp.explorer.problems import Refused
from tests.explorer.core.office import Office, one_document

pytestmark = pytest.mark.django_db


def many(how_many):
    return [{"Name": f"Customer {n:04}"} for n in range(how_many)]


def test_a_large_job_leaves_room_and_stands_behind_everybody(office):
    job = office.submit("Customer", "add", *many(limits.ROWS_IN_OUTBOX + 20))
    rows.fill(job.pk)
    assert Request.objects.filter(state=Request.State.QUEUED).count() == limits.ROWS_IN_OUTBOX
    office.submit("Vendor", "add", {"Name": "Asked later"})
    one_document(office)
    assert [each["Name"] for each in office.file.elements("Vendor")] == ["Asked later"]
    assert len(office.file.customers()) < 50, "they share one document"


def test_a_large_job_goes_through_in_one_session_without_a_worker(office):
    """Each answer makes room, and the room is filled at once."""
    job = office.submit("Customer", "add", *many(130))
    office.session()
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, 130)


def test_a_large_job_asks_for_a_worker(office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        office.submit("Customer", "add", *many(limits.ROWS_PER_CHUNK + 1))
    assert [task.func() for task in OrmQ.objects.all()] == ["syncapp.tasks.fill_job"]


def test_what_is_out_when_a_job_is_cancelled_is_still_heard_of(office):
    job = office.submit("Customer", "add", *many(60))
    office.faults.lost_answer = 1.0
    office.session()
    office.faults.stop()
    service.cancel(job, "ann")
    office.session()
    job.refresh_from_db()
    states = {state: Row.objects.filter(job=job, state=state).count() for state in Row.State.values}
    assert job.state == Job.State.CANCELLED
    assert states["done"] == job.done == len(office.file.customers()) == 50
    assert states["skipped"] == 10


def test_a_job_that_ends_is_due_to_be_told_once(office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = office.ask("Customer", "add", {"Name": "Acme"}, webhook_url="https://example.com/hook")
        running.tend()
    assert (job.state, job.webhook_state) == (Job.State.DONE, "due")
    assert [task.func() for task in OrmQ.objects.all()].count("syncapp.tasks.deliver_webhook") == 1


def test_a_pull_that_is_given_up_quietly_ends_its_job(office, settings):
    settings.QBWC_PULL_RESTARTS = 0
    office.file.add_customer(Name="Acme")
    job = office.submit("Customer", "query", {})
    office.faults.lost_answer = 1.0
    office.session()
    office.session()
    running.tend()
    job.refresh_from_db()
    assert (job.state, bool(job.problem)) == (Job.State.FAILED, True)


def test_a_request_that_a_person_cancels_in_the_outbox_ends_its_row(office):
    from qbwc import chores, outbox

    job = office.submit("Customer", "add", {"Name": "Acme"})
    outbox.cancel(Request.objects.get().pk, "Not today.")
    chores.sweep()
    job.refresh_from_db()
    row = office.only(job)
    assert (job.state, row.state, row.problem) == (Job.State.DONE, Row.State.SKIPPED, "Not today.")


def test_answers_of_another_companys_requests_are_not_heard(office):
    job = office.submit("Customer", "add", {"Name": "Acme"})
    other = Office(key="other")
    row = office.only(job)
    Request.objects.create(
        company=other.company, name="CustomerQuery", body="<CustomerQueryRq></CustomerQueryRq>",
        reference=f"explorer/row/{row.pk}/write",
    )  # fmt: skip
    other.session()
    row.refresh_from_db()
    assert row.state == Row.State.QUEUED


def test_what_this_company_cannot_do_is_refused_with_the_reason(office):
    office.session()
    office.company.refresh_from_db()
    office.company.facts = {
        **office.company.facts,
        "edition": "Pro",
        "product": "QuickBooks Pro 2024",
        "preferences": {"classes": False},
    }
    with pytest.raises(Refused, match="no sales orders"):
        office.submit("SalesOrder", "query", {})
    with pytest.raises(Refused, match="Class tracking"):
        office.submit("Invoice", "add", {"CustomerRef": "Acme", "ClassRef": "East"})


def test_what_the_version_or_the_country_lacks_is_refused_with_the_place(office):
    office.company.facts = {"versions": ["6.0"], "country": "US"}
    with pytest.raises(Refused) as caught:
        office.submit("Invoice", "add", {"CustomerRef": "Acme", "ExchangeRate": "1.5"})
    [problem] = caught.value.problems
    assert (problem.path, problem.rule, problem.row) == ("ExchangeRate", "version", 1)
    office.company.facts = {"versions": ["13.0"], "country": "UK"}
    with pytest.raises(Refused) as caught:
        office.submit("Customer", "add", {"Name": "Acme", "ItemSalesTaxRef": "Tax"})
    assert caught.value.problems[0].rule == "country"


def test_an_older_quickbooks_gets_no_mark_that_it_cannot_read(office):
    office.company.facts = {"versions": ["6.0"], "country": "US"}
    shown = service.preview(office.company, "Customer", "add", {"Name": "Acme"})
    assert "ExternalGUID" not in shown.qbxml


def test_a_draft_that_was_mapped_anew_is_not_begun_by_its_old_mapping(office):
    job = imports.upload(office.company, "Customer", "add", "f.csv", b"Name,Phone\nAcme,1\n", "ann")
    imports.remap(Job.objects.get(pk=job.pk), {"Name": "", "Phone": "Name"})
    with pytest.raises(Refused):
        imports.start(job, "ann")
    assert not Request.objects.exists()
