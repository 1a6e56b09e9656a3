"""Whatever is sent, the answer is one that the OpenAPI document promises, and never a failure of ours."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc.models import Company
from syncapp.explorer import saved, service, tokens
from tests.explorer.api.client import Program, document

pytestmark = pytest.mark.django_db
NAMES = ["data", "records", "fields", "custom", "webhook_url", "dry_run", "confirm", "Name", "FullName", "ListID"]
NAMES += ["key", "company", "record_type", "action", "schedule", "enabled", "changes", "rows", "done", "BillAddress"]
NAMES += ["CustomerRef", "InvoiceLineAdd", "#order", "@useMacro", "#text", "#custom", "TxnDate", "CreditLimit", ""]
VALUES = [
    "acme",
    "Customer",
    "query",
    "add",
    "delete",
    "2026-02-30",
    "1e5",
    "-0",
    "true",
    "x" * 300,
    "é",
    "@{ListID}",
    "* * * * *",
]
texts = st.one_of(st.sampled_from(VALUES), st.text(max_size=20))
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(NAMES), texts), inner, max_size=5)
    ),
    max_leaves=25,
)
bodies = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), values, max_size=6).map(lambda body: json.dumps(body).encode()),
    st.fixed_dictionaries(
        {},
        optional={
            "data": st.dictionaries(st.sampled_from(NAMES), values),
            "confirm": st.booleans(),
            "dry_run": st.booleans(),
        },
    ).map(lambda body: json.dumps(body).encode()),
    values.map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=60),
)
PARTS = {
    "key": ["acme", "late", "no"],
    "record_type": ["Customer", "Invoice", "Item", "Host", "Custmer"],
    "action": ["query", "add", "modify", "delete", "void"],
    "job_id": ["1", "2", "3", "0", "99999999999999999999"],
    "number": ["1", "7", "99999999999"],
    "form": ["csv", "json", "xml", "exe"],
    "sort": ["invalid", "no"],
}
OPERATIONS = [(path, method) for path, methods in document()["paths"].items() for method in methods]
parameters = st.dictionaries(
    st.sampled_from(["limit", "cursor", "state", "company", "action", "record_type", "other"]), texts, max_size=3
)
headers = st.dictionaries(
    st.sampled_from(
        ["Idempotency-Key", "Accept", "Accept-Encoding", "Origin", "X-Forwarded-For", "Range", "If-None-Match"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
    max_size=3,
)


@pytest.fixture
def mine(db):
    company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
    saved.create(company, "late", "Customer", "query", data={"MaxReturned": "5"})
    service.submit(company, "Customer", "query", [{}], asked_by="ann")
    service.submit(company, "Customer", "add", [{"Name": "Lund"}], asked_by="ann")
    _, text = tokens.make("erp", ["read", "write", "destroy", "run"])
    return Program(text)


def filled(path, draw):
    for name, known in PARTS.items():
        path = path.replace(
            f"{{{name}}}", quote(draw(st.one_of(st.sampled_from(known), st.text(max_size=8))), safe="") or "-"
        )
    return path


@given(data=st.data())
def test_no_request_breaks_the_api(mine, data):
    path, method = data.draw(st.sampled_from(OPERATIONS))
    given_path = filled(path, data.draw)
    query = "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in data.draw(parameters).items())
    answer = mine(
        method.upper(),
        f"{given_path}?{query}" if query else given_path,
        raw=data.draw(bodies) if method in ("post", "patch", "put") else b"",
        headers=data.draw(headers),
    )
    assert answer.status < 500, answer.body


@given(method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]), path=st.text(max_size=30))
def test_no_address_breaks_the_api(mine, method, path):
    answer = mine(method, f"/api/v1/{quote(path, safe='/', errors='replace')}", raw=b"{}")
    assert answer.status < 500, answer.body


@given(text=st.binary(max_size=200), members=st.dictionaries(st.sampled_from(["mapping", "constants", "dates"]), texts))
def test_no_file_breaks_the_api(mine, text, members):
    members = {name: value.replace("\r", "").replace("\n", "") for name, value in members.items()}
    answer = mine.upload("companies/acme/imports/Customer/add", text, dry_run="true", **members)
    assert answer.status < 500, answer.body


@given(head=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80))
def test_no_header_of_a_token_breaks_the_api(mine, head):
    answer = Program()("GET", "jobs", headers={"Authorization": f"Bearer {head}"})
    assert answer.status in (401, 429)
