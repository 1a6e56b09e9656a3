"""The connector with the simplest record type: asked, added, changed, deleted, in the real Web Connector's words."""

from __future__ import annotations

import pytest

from qbwc.models import Request
from syncapp.explorer import results, service
from syncapp.explorer.models import Job, Row
from syncapp.explorer.problems import Refused
from tests.explorer.core.office import rows

pytestmark = pytest.mark.django_db


def names(office):
    return sorted(each["Name"] for each in office.file.customers())


def test_a_query_brings_the_records_that_its_filters_name(office):
    for name in ("Acme", "Bolt", "Crane"):
        office.file.add_customer(Name=name, Phone="1")
    job = office.ask("Customer", "query", {"NameFilter": {"MatchCriterion": "StartsWith", "Name": "B"}})
    assert (job.state, job.done, job.total) == (Job.State.DONE, 1, 1)
    [(name, data)] = results.records(job)
    assert (name, data["Name"], data["Balance"]) == ("Customer", "Bolt", "0.00")


def test_a_query_that_finds_nothing_is_done(office):
    job = office.ask("Customer", "query", {"FullName": ["Nobody"]})
    assert (job.state, job.done) == (Job.State.DONE, 0)
    assert "could not be found" in job.remark


def test_chosen_fields_come_alone_with_what_identifies_a_record(office):
    office.file.add_customer(Name="Acme", Phone="1", Fax="2")
    job = office.ask("Customer", "query", {}, fields=["Name", "Phone"])
    [(_, data)] = results.records(job)
    assert set(data) == {"ListID", "TimeModified", "EditSequence", "Name", "Phone"}


def test_an_added_record_tells_what_quickbooks_stored(office):
    job = office.ask(
        "Customer", "add", {"Name": "Zoë & Sons", "BillAddress": {"City": "Lund"}, "CreditLimit": "1200.5"}
    )
    row = office.only(job)
    assert (job.state, job.done, row.state) == (Job.State.DONE, 1, Row.State.DONE)
    [customer] = office.file.customers()
    assert (row.record_id, row.record["Name"]) == (customer["ListID"], "Zoë & Sons")
    assert row.record["CreditLimit"] == "1200.50"
    assert row.record["ExternalGUID"].strip("{}").lower() == str(row.guid)


def test_a_refused_record_fails_with_the_reason_and_the_remedy(office):
    office.file.add_customer(Name="Acme")
    job = office.ask("Customer", "add", {"Name": "Acme"}, {"Name": "Bolt"})
    first, second = rows(job)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, 1, 1)
    assert (first.state, first.status_code, second.state) == (Row.State.FAILED, 3100, Row.State.DONE)
    assert "already in use" in first.problem


def test_a_record_is_modified_by_its_name_alone(office):
    office.file.add_customer(Name="Acme", Phone="1", Fax="9")
    job = office.ask("Customer", "modify", {"FullName": "Acme", "Phone": "2", "Fax": None})
    assert (job.done, job.failed) == (1, 0)
    [customer] = office.file.customers()
    assert (customer["Phone"], customer.get("Fax")) == ("2", None)


def test_a_name_is_changed_by_the_full_name_of_the_record(office):
    office.file.add_customer(Name="Acme")
    office.ask("Customer", "modify", {"FullName": "Acme", "Name": "Acme Ltd"})
    assert names(office) == ["Acme Ltd"]


def test_a_stale_edit_sequence_fails_and_changes_nothing(office):
    list_id = office.file.add_customer(Name="Acme", Phone="1")
    job = office.ask("Customer", "modify", {"ListID": list_id, "EditSequence": "1", "Phone": "2"})
    row = office.only(job)
    assert (row.state, row.status_code) == (Row.State.FAILED, 3200)
    assert office.file.customers()[0]["Phone"] == "1"


def test_what_is_not_there_cannot_be_modified_or_deleted(office):
    for action in ("modify", "delete"):
        row = office.only(office.ask("Customer", action, {"FullName": "Nobody"}))
        assert row.state == Row.State.FAILED
        assert "has no customer with the FullName Nobody" in row.problem


def test_records_are_deleted_by_id_and_by_name(office):
    acme = office.file.add_customer(Name="Acme")
    office.file.add_customer(Name="Bolt")
    job = office.ask("Customer", "delete", {"ListID": acme}, {"FullName": "Bolt"})
    assert (job.done, names(office)) == (2, [])


def test_what_the_form_does_not_allow_is_refused_before_anything_is_queued(office):
    with pytest.raises(Refused) as caught:
        office.submit("Customer", "add", {"Name": "A" * 42}, {"Name": "Fine"}, {"BillAddress": {"Town": "x"}})
    first, *others = caught.value.problems
    assert (first.path, first.rule, first.row) == ("Name", "length", 1)
    assert first.remedy
    assert {problem.row for problem in others} == {3}
    assert not Request.objects.exists()
    assert not Job.objects.exists()


def test_an_unknown_record_type_or_action_is_refused(office):
    for record_type, action in (("Wizard", "query"), ("Host", "add")):
        with pytest.raises(Refused):
            office.submit(record_type, action, {})


def test_the_same_idempotency_key_is_the_same_job(office):
    one = office.submit("Customer", "add", {"Name": "Acme"}, idempotency_key="k1")
    two = office.submit("Customer", "add", {"Name": "Acme"}, idempotency_key="k1")
    assert one.pk == two.pk
    with pytest.raises(service.IdempotencyConflict):
        office.submit("Customer", "add", {"Name": "Bolt"}, idempotency_key="k1")


def test_a_preview_shows_every_request_and_queues_nothing(office):
    shown = service.preview(
        office.company, "Customer", "modify", {"FullName": "Acme", "Phone": "2"}, {"Region": "West"}
    )
    assert [text.split("Rq")[0] for text in shown.requests] == ["<CustomerQuery", "<CustomerMod", "<DataExtMod"]
    assert "<Phone>2</Phone>" in shown.qbxml
    assert not Request.objects.exists()


def test_a_cancelled_job_sends_nothing_more(office):
    job = office.submit("Customer", "add", *({"Name": f"Customer {n}"} for n in range(60)))
    assert service.cancel(job, "ann") == 60
    job.refresh_from_db()
    office.session()
    assert (job.state, names(office)) == (Job.State.CANCELLED, [])
    assert {row.state for row in rows(job)} == {Row.State.SKIPPED}


def test_failed_rows_are_tried_again_in_the_same_job(office):
    acme = office.file.add_customer(Name="Acme")
    job = office.ask("Customer", "add", {"Name": "Acme"}, {"Name": "Bolt"})
    office.file.delete_customer(acme)
    assert service.retry(job, "ann") == 1
    job.refresh_from_db()
    assert job.state == Job.State.OPEN
    office.run(job)
    assert (job.done, job.failed, names(office)) == (2, 0, ["Acme", "Bolt"])
