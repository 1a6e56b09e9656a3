"""Saved operations: only what can be sent is saved, and what is due runs once, and not over itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncapp import clock, tasks
from syncapp.explorer import saved
from syncapp.explorer.models import Job, SavedOperation
from syncapp.explorer.problems import Refused
from tests.explorer.core.office import Office

pytestmark = pytest.mark.django_db
LATE = {
    "key": "late",
    "company": "acme",
    "record_type": "Customer",
    "action": "query",
    "data": {"NameFilter": {"MatchCriterion": "StartsWith", "Name": "L"}},
    "fields": ["Name"],
}


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def mine(office, program):
    return program()


def make(office, **values):
    given = {"record_type": "Customer", "action": "query", **values}
    return saved.create(
        office.company, given.pop("key", "late"), given.pop("record_type"), given.pop("action"), **given
    )


def test_an_operation_is_saved_shown_changed_run_and_forgotten(office, mine):
    office.file.add_customer(Name="Lund")
    office.file.add_customer(Name="Berg")
    made = mine.post("saved-operations", LATE)
    assert (made.status, made.headers["Location"]) == (201, "/api/v1/saved-operations/late")
    assert made.json["created_by"] == "token program 0"
    assert mine.get("saved-operations").json["items"] == [made.json]
    ran = mine.post("saved-operations/late/run", {})
    assert (ran.status, ran.json["saved_operation"]) == (202, "late")
    office.run(Job.objects.get())
    assert [each["record"]["Name"] for each in mine.all(ran.json["links"]["records"])] == ["Lund"]
    changed = mine("PATCH", "saved-operations/late", {"data": {}, "schedule": "0 6 * * *", "name": "All of them"})
    assert (changed.json["data"], changed.json["name"]) == ({}, "All of them")
    assert changed.json["next_run_at"]
    assert mine("DELETE", "saved-operations/late").status == 204
    assert mine.get("saved-operations/late").status == 404
    assert mine.get(ran.headers["Location"]).json["saved_operation"] is None


def test_changes_are_laid_over_what_is_saved_for_one_run(office, mine):
    office.file.add_customer(Name="Berg")
    mine.post("saved-operations", LATE)
    ran = mine.post("saved-operations/late/run", {"changes": {"NameFilter": {"Name": "B"}}})
    office.run(Job.objects.get())
    assert [each["record"]["Name"] for each in mine.all(ran.json["links"]["records"])] == ["Berg"]
    assert SavedOperation.objects.get().data == LATE["data"]


def test_a_run_is_not_repeated_under_its_idempotency_key(office, mine):
    mine.post("saved-operations", LATE)
    first, again = (mine.post("saved-operations/late/run", {}, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    other = mine.post("saved-operations/late/run", {"changes": {"MaxReturned": 1}}, headers={"Idempotency-Key": "k"})
    assert other.status == 409


@pytest.mark.parametrize(
    "change, path",
    [
        ({"data": {"Nmae": "x"}}, "Nmae"),
        ({"record_type": "Custmer"}, ""),
        ({"action": "void", "fields": []}, ""),
        ({"fields": ["Nmae"]}, "Nmae"),
        ({"schedule": "every day"}, "schedule"),
        ({"schedule": "0 0 31 2 *"}, "schedule"),
        ({"webhook_url": "http://10.0.0.1/"}, "webhook_url"),
        ({"key": "Late!"}, "key"),
        ({"name": "a\nb"}, "name"),
        ({"action": "add", "fields": [], "data": {"Name": "x" * 42}}, "Name"),
        ({"action": "add", "fields": [], "data": {"Name": "x", "#custom": {"Region": 5}}}, "data/#custom"),
        ({"action": "delete", "data": {"FullName": "A"}, "fields": [], "schedule": "0 6 * * *"}, "schedule"),
    ],
)
def test_what_could_not_be_sent_is_not_saved(office, mine, change, path):
    answer = mine.post("saved-operations", {**LATE, **change})
    assert answer.status == 422
    assert [each["path"] for each in answer.json["errors"]] == [path]
    assert not SavedOperation.objects.exists()


def test_a_change_that_could_not_be_sent_changes_nothing(office, mine):
    mine.post("saved-operations", LATE)
    before = SavedOperation.objects.values().get()
    assert mine("PATCH", "saved-operations/late", {"name": "New", "data": {"Nmae": 1}}).status == 422
    assert mine("PATCH", "saved-operations/late", {"key": "other"}).status == 422
    assert SavedOperation.objects.values().get() == before


def test_a_key_is_given_once(office, mine):
    mine.post("saved-operations", LATE)
    answer = mine.post("saved-operations", LATE)
    assert answer.status == 422
    assert answer.json["errors"][0]["path"] == "key"


def test_who_may_run_saved_operations_may_not_thereby_do_something_else(office, mine, program):
    office.file.add_customer(Name="Lund")
    gone = {**LATE, "key": "gone", "action": "delete", "data": {"FullName": "Lund"}, "fields": []}
    assert program("write", "run").post("saved-operations", gone).status == 403
    mine.post("saved-operations", gone)
    runner = program("run")
    assert runner.post("saved-operations/gone/run", {}).json["errors"][0]["path"] == "confirm"
    changed = {"confirm": True, "changes": {"FullName": "Berg"}}
    assert runner.post("saved-operations/gone/run", changed).status == 403
    assert runner("PATCH", "saved-operations/gone", {"data": {"FullName": "Berg"}}).status == 403
    assert program("write")("PATCH", "saved-operations/gone", {"data": {"FullName": "Berg"}}).status == 403
    assert program("write")("DELETE", "saved-operations/gone").status == 403
    ran = runner.post("saved-operations/gone/run", {"confirm": True})
    office.run(Job.objects.get(pk=ran.json["id"]))
    assert office.file.customers() == []


def test_who_may_not_read_does_not_read_by_saving_a_query_and_running_it(office, program):
    """Nor does it change another's query into one of its own."""
    saved.create(office.company, "theirs", "Customer", "query", name="Theirs")
    writer = program("write", "run")
    ask = {"key": "mine", "company": "acme", "record_type": "Customer", "action": "query"}
    assert writer.post("saved-operations", ask).status == 403
    assert writer("PATCH", "saved-operations/theirs", {"data": {"MaxReturned": 1}}).status == 403
    add = {**ask, "action": "add", "data": {"Name": "Acme"}}
    assert writer.post("saved-operations", add).status == 201
    assert writer("PATCH", "saved-operations/mine", {"action": "query", "data": {}}).status == 403


def test_another_companys_operation_does_not_exist(office, mine, program, beta):
    mine.post("saved-operations", LATE)
    other = program(companies=[beta])
    assert other.get("saved-operations").json["items"] == []
    assert other.get("saved-operations/late").status == 404
    assert other.post("saved-operations/late/run", {}).status == 404
    assert other.post("saved-operations", {**LATE, "key": "mine"}).status == 404
    other.post("saved-operations", {**LATE, "key": "mine", "company": "beta"})
    assert other("PATCH", "saved-operations/mine", {"company": "acme"}).status == 404


# By schedule -------------------------------------------------------------------------------


def due(operation):
    SavedOperation.objects.filter(pk=operation.pk).update(next_run_at=clock.now() - timedelta(minutes=1))


def test_what_is_due_is_started_once_by_the_minutes_tick(office, monkeypatch):
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # it would close the test's own
    operation = make(office, schedule="*/5 * * * *")
    due(operation)
    tasks.tick()
    tasks.tick()
    job = Job.objects.get()
    assert (job.saved_operation, job.asked_by) == (operation, "schedule")
    operation.refresh_from_db()
    assert operation.next_run_at > clock.now()


def test_two_ticks_at_once_start_one_job(office):
    operation = make(office, schedule="*/5 * * * *")
    due(operation)
    seen = SavedOperation.objects.select_related("company").get()
    now = clock.now()
    assert saved._start(seen, now)
    assert not saved._start(seen, now)
    assert Job.objects.count() == 1


def test_while_its_last_job_is_open_no_other_is_started(office, mine):
    operation = make(office, schedule="*/5 * * * *")
    due(operation)
    saved.start_due(clock.now())
    due(operation)
    assert saved.start_due(clock.now()) == 0
    job = Job.objects.get()
    assert mine.get("saved-operations/late").json["waiting_for"] == f"/api/v1/jobs/{job.pk}"
    office.run(job)
    assert mine.get("saved-operations/late").json["waiting_for"] is None
    due(operation)
    assert saved.start_due(clock.now()) == 1


def test_what_is_switched_off_or_has_no_schedule_rests(office):
    operation = make(office, schedule="*/5 * * * *", enabled=False)
    assert operation.next_run_at is None
    saved.change(operation, enabled=True, schedule="")
    due(operation)
    assert saved.start_due(clock.now()) == 0


def test_missed_turns_are_made_up_for_once(office):
    operation = make(office, schedule="*/5 * * * *")
    SavedOperation.objects.update(next_run_at=clock.now() - timedelta(days=3))
    assert saved.start_due(clock.now()) == 1
    office.run(Job.objects.get())
    assert saved.start_due(clock.now()) == 0
    assert operation.jobs.count() == 1


def test_a_turn_that_the_company_no_longer_takes_is_a_failed_job_that_says_why(office):
    office.session()
    operation = make(office, schedule="*/5 * * * *", record_type="ItemInventory", data={})
    office.company.refresh_from_db()
    office.company.facts["preferences"]["inventory"] = False
    office.company.save()
    due(operation)
    saved.start_due(clock.now())
    job = Job.objects.get()
    assert job.state == Job.State.FAILED
    assert "Inventory is switched off" in job.problem


def test_what_breaks_for_one_stops_no_other(office, monkeypatch):
    for key in ("one", "two"):
        due(make(office, key=key, schedule="*/5 * * * *"))
    real = saved.service.run_saved

    def breaking(operation, **options):
        if operation.key == "one":
            raise RuntimeError("broken")
        return real(operation, **options)

    monkeypatch.setattr(saved.service, "run_saved", breaking)
    assert saved.start_due(clock.now()) == 1
    assert Job.objects.get().saved_operation.key == "two"
    assert SavedOperation.objects.get(key="one").next_run_at <= clock.now()


def test_deleting_by_schedule_is_refused_in_whatever_order_it_is_set(office):
    operation = make(office, action="delete", data={"FullName": "Lund"})
    with pytest.raises(Refused, match="have no schedule"):
        saved.change(operation, schedule="0 6 * * *")
    other = make(office, key="other", schedule="0 6 * * *")
    with pytest.raises(Refused, match="have no schedule"):
        saved.change(other, action="delete", data={"FullName": "Lund"})
