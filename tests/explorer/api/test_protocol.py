"""How requests are read and answers are written, whatever is asked."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from syncapp.explorer import limits
from syncapp.explorer.api import companies
from syncapp.explorer.models import Job
from tests.explorer.api import client
from tests.explorer.api.client import Program

pytestmark = pytest.mark.django_db
ADD = "companies/acme/records/Customer/add"


@pytest.fixture
def mine(acme, program):
    return program()


BAD_TEXTS = {
    "not JSON": b"{data}",
    "cut off": b'{"data": {"Name": "A"',
    "two values": b"{} {}",
    "not UTF-8": b'{"data": {"Name": "\xe9"}}',
    "UTF-16": '{"data": {}}'.encode("utf-16"),
    "NaN": b'{"data": {"CreditLimit": NaN}}',
    "infinite": b'{"data": {"CreditLimit": -Infinity}}',
    "a member twice": b'{"data": {"Name": "A", "Name": "B"}}',
    "a large integer": b'{"data": {"CreditLimit": ' + b"9" * 5000 + b"}}",
    "a large exponent": b'{"data": {"CreditLimit": 1e999999999}}',
    "a small exponent": b'{"data": {"CreditLimit": 1e-999999999}}',
    "many digits": b'{"data": {"CreditLimit": 0.' + b"1" * 5000 + b"}}",
    "deep": b'{"data": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    "deep lists": b"[" * 100_000,
    "a bit deep": b'{"data": ' + b"[" * 25 + b"]" * 25 + b"}",
    "a zero character": b'{"data": {"Name": "A\\u0000"}}',
    "a zero in a name": b'{"data": {"\\u0000": "A"}}',
    "half a character": b'{"data": {"Name": "\\ud800"}}',
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_what_is_no_json_is_refused_with_the_reason(mine, text):
    answer = mine.post(ADD, raw=text)
    assert answer.status == 400
    assert answer.json["detail"].startswith("The body cannot be read: ")
    assert not Job.objects.exists()


@pytest.mark.parametrize("body", [None, [], "text", 5, True, [{"Name": "A"}]])
def test_a_body_that_is_no_object_is_refused(mine, body):
    assert mine.post(ADD, raw=json.dumps(body).encode()).status == 422
    assert mine.post(ADD, raw=b"").status == 422


def test_an_unknown_member_is_refused_by_name(mine):
    answer = mine.post(ADD, {"data": {"Name": "A"}, "dry_rum": True})
    assert answer.status == 422
    assert answer.json["errors"][0] | {"message": ""} == {
        "path": "dry_rum",
        "rule": "unknown",
        "message": "",
        "value": None,
        "row": None,
        "remedy": "Leave it out, or correct its name.",
    }
    assert "“dry_rum”" in answer.json["detail"]


@pytest.mark.parametrize(
    "body, path",
    [
        ({"data": []}, "data"),
        ({"records": {}}, "records"),
        ({"records": []}, "records"),
        ({"records": [{"Name": "A"}, "B"]}, "records/1"),
        ({"data": {"Name": "A"}, "confirm": "true"}, "confirm"),
        ({"data": {"Name": "A"}, "dry_run": 1}, "dry_run"),
        ({"data": {"Name": "A"}, "records": [{"Name": "B"}]}, "records"),
        ({"data": {"Name": "A"}, "fields": ["Name"]}, "fields"),
        ({"data": {"Name": "A"}, "custom": [{"Region": "W"}, {"Region": "E"}]}, "custom"),
        ({"data": {"Name": "A"}, "custom": [{"Region": 5}]}, "custom/0/Region"),
        ({"data": {"Name": "A"}, "webhook_url": "https://example.com/" + "x" * 500}, "webhook_url"),
        ({}, "data"),
    ],
)
def test_a_member_of_the_wrong_form_is_named(mine, body, path):
    answer = mine.post(ADD, body)
    assert answer.status == 422
    assert [each["path"] for each in answer.json["errors"]] == [path]
    assert not Job.objects.exists()


def test_a_body_above_the_limit_is_refused_before_it_is_kept(mine, settings):
    settings.API_BODY_BYTES = 1000
    answer = mine.post(ADD, {"data": {"Name": "x" * 1000}})
    assert answer.status == 413
    assert "1000 bytes" in answer.json["detail"]


def test_a_body_of_megabytes_is_read(mine):
    """Django's own limit, 2.5 MB, is for forms."""
    records = [{"Name": f"Customer {number}", "Notes": "x" * 4000} for number in range(700)]
    answer = mine.post(ADD, {"records": records, "dry_run": True})
    assert answer.status == 200
    assert answer.json["records"] == 700


def test_more_records_than_a_job_takes_are_refused(mine):
    records = [{"Name": "A"}] * (limits.ROWS_MAX + 1)
    answer = mine.post(ADD, {"records": records})
    assert answer.status == 413
    assert str(limits.ROWS_MAX) in answer.json["detail"]


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "9" * 30])
def test_a_length_that_is_none_is_refused(mine, length, monkeypatch):
    real = client.handler()
    monkeypatch.setattr(
        client, "handler", lambda: lambda given, start: real({**given, "CONTENT_LENGTH": length}, start)
    )
    assert mine.post(ADD, {"data": {}}).status in (400, 413)


def test_what_is_not_possible_at_an_address_is_answered_with_what_is(mine):
    for method, path, allowed in (
        ("PUT", "jobs", "GET, HEAD, OPTIONS"),
        ("POST", "companies", "GET, HEAD, OPTIONS"),
        ("GET", ADD, "OPTIONS, POST"),
        ("HEAD", ADD, "OPTIONS, POST"),
        ("PATCH", "jobs/1", "DELETE, GET, HEAD, OPTIONS"),
        ("TRACE", "jobs", "GET, HEAD, OPTIONS"),
        ("BREW", "jobs", "GET, HEAD, OPTIONS"),
    ):
        answer = mine(method, path)
        assert (answer.status, answer.headers["Allow"]) == (405, allowed), (method, path)


def test_options_tells_what_is_possible(mine):
    answer = mine("OPTIONS", "jobs/1")
    assert (answer.status, answer.headers["Allow"], answer.body) == (204, "DELETE, GET, HEAD, OPTIONS", b"")


def test_head_is_get_without_the_body(mine):
    got, head = mine.get("companies"), mine("HEAD", "companies")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
    assert mine("HEAD", "nothing").status == 404


@pytest.mark.parametrize(
    "path",
    [
        *("nothing", "", "jobs/", "jobs/x", "jobs/0", "jobs/99999999999999999999999", "jobs/" + "9" * 5000, "jobs/-1"),
        *("companies/no", "companies/a b", "companies/é", "companies/%00", "record-types/No/add", "problems/no"),
        *("record-types/Customer/jump", "saved-operations/no", "jobs/1/rows/2", "../admin/", "jobs/1/result.exe"),
    ],
)
def test_what_does_not_exist_is_a_problem_document(mine, path):
    answer = mine.get(path)
    assert answer.status == 404
    assert answer.json["type"] == "/api/v1/problems/not-found"


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=1001", "limit=x", "limit=1e3", "cursor=x", "cursor=am9iczp4", "state=opne", "action=jump"),
        *("cursor=cm93czox", "cursor=%F0%9F%92%A9", "limit=" + "9" * 5000),
    ],
)
def test_a_wrong_parameter_is_named(mine, query):
    answer = mine.get(f"jobs?{query}")
    assert answer.status == 422
    assert answer.json["errors"][0]["path"] == query.partition("=")[0]


@pytest.mark.parametrize("query", ["company=%00", "record_type=a%00b", "saved_operation=%00"])
def test_a_parameter_that_no_database_takes_is_refused(mine, query):
    assert mine.get(f"jobs?{query}").status == 400


def test_an_unknown_parameter_is_refused_by_name(mine):
    answer = mine.get("jobs?stat=open")
    assert answer.status == 422
    assert answer.json["errors"][0]["path"] == "stat"


def test_a_mistake_of_ours_is_logged_and_not_told(mine, monkeypatch, caplog):
    def broken(company):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(companies, "_company", broken)
    answer = mine.get("companies")
    assert answer.status == 500
    assert answer.json["type"] == "/api/v1/problems/internal"
    assert "secret" not in answer.body.decode()
    assert "secret of the house" in caplog.text


def test_a_session_of_the_admin_is_no_token(acme, django_user_model):
    browser = Client()
    browser.force_login(django_user_model.objects.create_superuser("ann"))
    assert browser.get("/api/v1/companies").status_code == 401


def test_no_other_web_page_may_read_an_answer(mine):
    answer = mine(
        "OPTIONS", "companies", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    )
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert mine.get("companies").headers["Cache-Control"] == "no-store"


def test_every_sort_of_problem_is_explained_where_its_type_says():
    for sort in ("malformed", "invalid", "idempotency-conflict"):
        answer = Program().get(f"/api/v1/problems/{sort}")
        assert answer.json["type"] == f"/api/v1/problems/{sort}"
        assert answer.json["detail"]
