"""Programs ask QuickBooks through the API: the sandbox's QuickBooks and Web Connector answer."""

from __future__ import annotations

import pytest

from qbwc.models import Request
from syncapp.explorer.models import Job, Row
from tests.explorer.core.office import Office

pytestmark = pytest.mark.django_db
RECORDS = "companies/acme/records"


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def mine(office, program):
    return program()


def run(office, mine, path, body):
    """Ask, and follow the job to its end as a program does."""
    answer = mine.post(f"{RECORDS}/{path}", body)
    assert answer.status == 202, answer.json
    assert answer.headers["Location"] == answer.json["links"]["self"]
    office.run(Job.objects.get(pk=answer.json["id"]))
    return mine.get(answer.headers["Location"]).json


def test_a_query_is_answered_later_and_its_records_are_read_page_by_page(office, mine):
    for number in range(7):
        office.file.add_customer(Name=f"Customer {number}", Phone=str(number))
    asked = mine.post(f"{RECORDS}/Customer/query", {"data": {}, "fields": ["Name", "Phone"]})
    assert (asked.status, asked.json["state"]) == (202, "open")
    assert mine.get(asked.json["links"]["records"]).json == {"items": [], "next": None, "complete": False}
    office.run(Job.objects.get())
    job = mine.get(asked.headers["Location"]).json
    assert (job["state"], job["done"], job["total"]) == ("done", 7, 7)
    page = mine.get(f"{job['links']['records']}?limit=3").json
    assert (len(page["items"]), page["complete"]) == (3, True)
    found = mine.all(f"{job['links']['records']}?limit=3")
    assert [each["record"]["Name"] for each in found] == [f"Customer {number}" for number in range(7)]
    assert {each["type"] for each in found} == {"Customer"}


def test_money_comes_as_text_and_goes_as_number_or_text(office, mine):
    for name, limit in (("Acme", 1200.5), ("Bolt", "99.10"), ("Crane", 7)):
        job = run(office, mine, "Customer/add", {"data": {"Name": name, "CreditLimit": limit}})
        assert job["state"] == "done"
        assert job["rows"] == {"done": 1}
    job = run(office, mine, "Customer/query", {})
    limits = [each["record"]["CreditLimit"] for each in mine.all(job["links"]["records"])]
    assert limits == ["1200.50", "99.10", "7.00"]


def test_of_several_records_each_tells_what_became_of_it(office, mine):
    office.file.add_customer(Name="Acme")
    job = run(office, mine, "Customer/add", {"records": [{"Name": "Acme"}, {"Name": "Bolt"}]})
    assert (job["done"], job["failed"], job["rows"]) == (1, 1, {"failed": 1, "done": 1})
    first, second = mine.all(job["links"]["rows"])
    assert (first["state"], first["status_code"]) == ("failed", 3100)
    assert (second["state"], second["record"]["Name"]) == ("done", "Bolt")
    assert mine.all(f"{job['links']['rows']}?state=failed") == [first]
    assert [each["number"] for each in mine.all(f"{job['links']['rows']}?limit=1")] == [1, 2]


def test_a_record_is_modified_and_deleted_by_its_name(office, mine):
    office.file.add_customer(Name="Acme", Phone="1")
    assert run(office, mine, "Customer/modify", {"data": {"FullName": "Acme", "Phone": "2"}})["rows"] == {"done": 1}
    assert office.file.customers()[0]["Phone"] == "2"
    body = {"data": {"FullName": "Acme"}, "confirm": True}
    assert run(office, mine, "Customer/delete", body)["rows"] == {"done": 1}
    assert office.file.customers() == []


def test_deleting_needs_to_be_confirmed(office, mine):
    office.file.add_customer(Name="Acme")
    answer = mine.post(f"{RECORDS}/Customer/delete", {"data": {"FullName": "Acme"}})
    assert answer.status == 422
    assert answer.json["errors"][0]["path"] == "confirm"
    assert not Job.objects.exists()


def test_what_is_wrong_is_told_by_path_rule_value_and_row_and_nothing_is_queued(office, mine):
    records = [{"Name": "Fine"}, {"Name": "x" * 42, "BillAddress": {"City": "y" * 32}}, {"Nmae": "Typo"}]
    answer = mine.post(f"{RECORDS}/Customer/add", {"records": records})
    assert answer.status == 422
    errors = {(each["row"], each["path"]): each for each in answer.json["errors"]}
    assert errors[2, "Name"]["rule"] == "length"
    assert errors[3, "Nmae"]["rule"] == "unknown"
    assert all(each["remedy"] for each in errors.values())
    assert not Job.objects.exists()
    assert not Request.objects.filter(reference__startswith="explorer").exists()


def test_a_dry_run_shows_the_qbxml_and_sends_nothing(office, mine):
    body = {"records": [{"Name": "Zoë & Sons"}, {"Name": "Bolt"}], "dry_run": True}
    answer = mine.post(f"{RECORDS}/Customer/add", body)
    assert (answer.status, answer.json["records"]) == (200, 2)
    assert "<Name>Zo&#235; &amp; Sons</Name>" in answer.json["qbxml"][0].replace("ë", "&#235;")
    bad = mine.post(f"{RECORDS}/Customer/add", {"records": [{"Name": "A"}, {}], "dry_run": True})
    assert [each["row"] for each in bad.json["errors"]] == [2]
    query = mine.post(f"{RECORDS}/Customer/query", {"data": {"MaxReturned": 5}, "dry_run": True})
    assert "<MaxReturned>5</MaxReturned>" in query.json["qbxml"][0]
    assert not Job.objects.exists()


# Once and not twice ------------------------------------------------------------------------


def keyed(mine, body, key="k1", path="Customer/add"):
    return mine.post(f"{RECORDS}/{path}", body, headers={"Idempotency-Key": key})


def test_the_same_key_with_the_same_request_brings_the_same_job(office, mine):
    body = {"data": {"Name": "Acme", "Phone": "1"}}
    first = keyed(mine, body)
    again = keyed(mine, {"data": {"Phone": "1", "Name": "Acme"}})
    assert "Idempotent-Replay" not in first.headers
    assert (again.status, again.headers["Idempotent-Replay"]) == (202, "true")
    assert again.json["id"] == first.json["id"]
    office.run(Job.objects.get())
    late = keyed(mine, body)
    assert (late.status, late.headers["Idempotent-Replay"], late.json["state"]) == (200, "true", "done")
    assert len(office.file.customers()) == 1


@pytest.mark.parametrize(
    "body, path",
    [
        ({"data": {"Name": "Bolt"}}, "Customer/add"),
        ({"data": {"Name": "Acme"}}, "Vendor/add"),
        ({"data": {"Name": "Acme"}, "webhook_url": ""}, "Customer/add"),
    ],
)
def test_the_same_key_with_another_request_is_a_conflict(office, mine, body, path):
    first = keyed(mine, {"data": {"Name": "Acme"}, "custom": [{"Region": "West"}]})
    answer = keyed(mine, body, path=path)
    assert answer.status == 409
    assert answer.json["type"] == "/api/v1/problems/idempotency-conflict"
    assert answer.json["job"] == first.headers["Location"]
    assert Job.objects.count() == 1


def test_keys_of_two_tokens_have_nothing_to_do_with_each_other(office, program):
    jobs = {keyed(program(), {"data": {"Name": f"Acme {number}"}}).json["id"] for number in range(2)}
    assert len(jobs) == 2


@pytest.mark.parametrize("key", ["x" * 201, "\x01", "é"])
def test_a_key_that_is_none_is_refused(office, mine, key):
    assert keyed(mine, {"data": {"Name": "Acme"}}, key).status in (400, 422)
    assert not Job.objects.exists()


def test_a_refused_request_does_not_use_its_key_up(office, mine):
    assert keyed(mine, {"data": {}}).status == 422
    assert keyed(mine, {"data": {"Name": "Acme"}}).status == 202


# Jobs --------------------------------------------------------------------------------------


def test_the_list_of_jobs_is_paged_and_filtered(office, mine):
    for number in range(5):
        mine.post(f"{RECORDS}/Customer/add", {"data": {"Name": f"C{number}"}})
    mine.post(f"{RECORDS}/Vendor/query", {})
    everything = [job["id"] for job in mine.all("/api/v1/jobs?limit=2")]
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 6
    assert [job["record_type"] for job in mine.all("/api/v1/jobs?action=query&limit=1")] == ["Vendor"]
    assert mine.all("/api/v1/jobs?record_type=Customer&state=done") == []
    assert len(mine.all("/api/v1/jobs?company=acme&record_type=Customer&state=open&limit=2")) == 5


def test_a_job_is_cancelled_before_it_is_sent_and_not_afterwards(office, mine):
    asked = mine.post(f"{RECORDS}/Customer/add", {"records": [{"Name": "Acme"}, {"Name": "Bolt"}]})
    answer = mine("DELETE", asked.headers["Location"])
    assert (answer.status, answer.json["cancelled"]) == (200, 2)
    assert (answer.json["job"]["state"], answer.json["job"]["rows"]) == ("cancelled", {"skipped": 2})
    office.session()
    assert office.file.customers() == []
    assert mine("DELETE", asked.headers["Location"]).status == 409


def test_failed_rows_are_tried_again_in_the_same_job(office, mine):
    list_id = office.file.add_customer(Name="Acme")
    job = run(office, mine, "Customer/add", {"records": [{"Name": "Acme"}, {"Name": "Bolt"}]})
    office.file.delete_customer(list_id)
    assert mine.post(f"{job['links']['self']}/retry", {"rows": [9]}).status == 404
    answer = mine.post(f"{job['links']['self']}/retry", {"rows": [1]})
    assert (answer.status, answer.json["state"]) == (202, "open")
    office.run(Job.objects.get())
    assert mine.get(job["links"]["self"]).json["rows"] == {"done": 2}
    assert sorted(each["Name"] for each in office.file.customers()) == ["Acme", "Bolt"]


def test_a_person_decides_what_nobody_knows(office, mine):
    asked = mine.post(f"{RECORDS}/Customer/add", {"data": {"Name": "Acme"}})
    rows = asked.json["links"]["rows"]
    assert mine.post(f"{rows}/1/decide", {"done": True}).status == 409
    assert mine.post(f"{rows}/2/decide", {"done": True}).status == 404
    Row.objects.update(state=Row.State.UNKNOWN)
    answer = mine.post(f"{rows}/1/decide", {"done": True})
    assert (answer.status, answer.json["state"]) == (200, "done")


def test_a_token_without_its_scope_may_look_at_a_job_and_not_act_on_it(office, mine, program):
    asked = mine.post(f"{RECORDS}/Customer/add", {"data": {"Name": "Acme"}})
    reader = program("read")
    assert reader.get(asked.headers["Location"]).status == 200
    assert reader("DELETE", asked.headers["Location"]).status == 403
    assert reader.post(f"{asked.headers['Location']}/retry", {}).status == 403


def test_a_token_that_may_not_read_sees_what_it_asked_for_itself(office, mine, program):
    hers = mine.post(f"{RECORDS}/Customer/add", {"data": {"Name": "Acme"}}).json
    writer = program("write")
    own = run(office, writer, "Customer/add", {"data": {"Name": "Bolt"}})
    assert [job["id"] for job in writer.all("/api/v1/jobs")] == [own["id"]]
    assert writer.all(own["links"]["rows"])[0]["record"]["Name"] == "Bolt"
    assert writer.get(own["links"]["files"]["csv"]).status == 200
    for address in (hers["links"]["self"], hers["links"]["rows"], hers["links"]["files"]["csv"]):
        assert writer.get(address).status == 404


# What there is -----------------------------------------------------------------------------


def test_a_company_tells_how_it_is(office, mine):
    office.session()
    company = mine.get("companies/acme").json
    assert (company["key"], company["edition"], company["late"]) == ("acme", "Pro", False)
    assert company["last_contact_at"]


def test_record_types_tell_their_actions_and_forms(office, mine):
    found = {each["name"]: each for each in mine.get("record-types?company=acme").json}
    assert found["Customer"]["actions"] == ["query", "add", "modify", "delete"]
    assert found["Invoice"]["id_name"] == "TxnID"
    form = mine.get("record-types/Customer/add?company=acme").json
    fields = {each["name"]: each for each in form["fields"]}
    assert (fields["Name"]["required"], fields["Name"]["limit"]) == (True, 41)
    assert [child["name"] for child in fields["BillAddress"]["children"]][:2] == ["Addr1", "Addr2"]
    assert "BillAddress/City" in form["columns"]


def test_every_form_of_every_record_type_is_told(acme, program):
    mine = program("read")
    kinds = mine.get("record-types").json
    assert len(kinds) > 100
    for kind in kinds[::7]:
        for action in kind["actions"]:
            assert mine.get(f"record-types/{kind['name']}/{action}").status == 200
