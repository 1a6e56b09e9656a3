"""Who is let in, to what, and what those hear who are not."""

from __future__ import annotations

import pytest

from qbwc.models import Company
from syncapp.explorer import tokens
from syncapp.explorer.models import ApiToken, Job
from tests.explorer.api.client import Program, described, document

pytestmark = pytest.mark.django_db
WRONG = "qbs_" + "a" * 12 + "_" + "b" * 40


def test_without_a_token_nothing_is_told(acme):
    answer = Program().get("companies")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "acme" not in answer.body.decode()


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", WRONG, f"Bearer {WRONG}", "Bearer \xff", "x" * 9000]
)
def test_a_wrong_token_is_refused(acme, header):
    answer = Program()("GET", "companies", headers={"Authorization": header})
    assert answer.status == 401


def test_every_address_but_the_explanation_of_problems_wants_a_token():
    open_to_all = {
        path for path, methods in document()["paths"].items() for each in methods.values() if not each.get("security")
    }
    assert open_to_all == {"/api/v1/problems/{sort}"}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if operation.get("security"):
                given = path
                for name in ("key", "record_type", "action", "job_id", "number", "form"):
                    given = given.replace(f"{{{name}}}", "1" if name in ("job_id", "number") else "csv")
                assert described(method.upper(), given) is operation
                assert Program()(method.upper(), given).status == 401, path


def test_wrong_tokens_must_wait_and_right_ones_never(acme, program):
    right, wrong = program("read"), Program(WRONG)
    statuses = [wrong.get("companies").status for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    answer = wrong.get("companies")
    assert int(answer.headers["Retry-After"]) >= 1
    assert right.get("companies").status == 200


def test_many_different_wrong_tokens_from_one_address_must_wait_too(acme):
    statuses = []
    for number in range(22):
        given = f"qbs_{number:012d}_" + "b" * 40
        statuses.append(Program(given).get("companies").status)
    assert statuses == [401] * 20 + [429] * 2
    assert Program(WRONG, address="198.51.100.7").get("companies").status == 401


def test_a_token_sees_its_companies_only(acme, beta, program):
    mine = program("read", companies=[acme])
    assert [company["key"] for company in mine.get("companies").json] == ["acme"]
    hers = Job.objects.create(company=beta, record_type="Customer", action="query")
    for path in (
        *("companies/beta", "record-types?company=beta", "jobs?company=beta", "record-types/Customer/add?company=beta"),
        *(f"jobs/{hers.pk}", f"jobs/{hers.pk}/records", f"jobs/{hers.pk}/rows"),
    ):
        assert mine.get(path).status == 404, path
    assert mine("DELETE", f"jobs/{hers.pk}").status == 404
    assert mine.post("companies/beta/records/Customer/query", {}).status == 404
    assert mine.get("jobs").json["items"] == []
    assert [job["id"] for job in program("read").get("jobs").json["items"]] == [hers.pk]


@pytest.mark.parametrize(
    "action, scope",
    [("query", "read"), ("add", "write"), ("modify", "write"), ("delete", "destroy"), ("void", "destroy")],
)
def test_each_action_needs_its_scope(acme, program, action, scope):
    others = [each for each in ApiToken.Scope.values if each != scope]
    body = {"data": {}, "confirm": True}
    refused = program(*others).post(f"companies/acme/records/Invoice/{action}", body)
    assert refused.status == 403
    assert f"“{scope}”" in refused.json["detail"]
    assert program(scope).post(f"companies/acme/records/Invoice/{action}", body).status != 403


def test_a_revoked_token_is_out_at_once(acme, program):
    mine = program("read")
    assert mine.get("companies").status == 200
    tokens.revoke(ApiToken.objects.get())
    assert mine.get("companies").status == 401


def test_the_company_of_a_token_that_is_deleted_takes_the_token_with_it(acme, beta, program):
    mine = program("read", companies=[acme])
    Company.objects.filter(pk=acme.pk).delete()
    assert mine.get("companies").status == 401
