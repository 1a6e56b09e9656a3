"""Whatever QuickBooks, a file or a person wrote is text on every page, and does nothing without a token of the form."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from qbwc.models import Company
from syncapp.explorer import saved, service, tokens
from syncapp.explorer.models import ApiToken, Job, ResultPage, Row, SavedOperation

pytestmark = pytest.mark.django_db
WORD = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'`{{7*7}}"
ALIVE = re.compile(r"<img src=x|<script>alert|href=\"javascript:")


def url(name, *args):
    return reverse(f"admin:explorer_{name}", args=args)


@pytest.fixture
def company(db):
    return Company.objects.create(key="acme", name=WORD, username="acme-qbwc", facts={"product": WORD}, problem=WORD)


@pytest.fixture
def query(company):
    job = service.submit(company, "Customer", "query", [{}], asked_by=WORD)
    record = {"ListID": WORD, "EditSequence": "1", "Name": WORD, "FullName": WORD, "BillAddress": {"City": WORD}}
    record["DataExtRet"] = [{"DataExtName": WORD, "DataExtValue": WORD}]
    records = [["Customer", record], [WORD, {WORD: WORD}]]
    ResultPage.objects.create(job=job, number=1, first=0, count=2, records=records)
    operation = SavedOperation.objects.create(
        key="op", name=WORD, company=company, record_type="Customer", action="query", data={WORD: WORD},
        fields=[WORD], schedule=WORD, webhook_url="javascript:alert(1)", created_by=WORD,
    )  # fmt: skip
    told = {"problem": WORD, "remark": WORD, "saved_operation": operation}
    Job.objects.filter(pk=job.pk).update(state="done", done=2, total=2, **told)
    return job


@pytest.fixture
def change(company):
    job = Job.objects.create(
        company=company, record_type="Customer", action="add", state="done", total=6, source_name=WORD, columns=[WORD]
    )
    for number, state in enumerate(Row.State.values, 1):
        record = {"Name": WORD, "ListID": WORD, WORD: [{WORD: WORD}]}
        Row.objects.create(
            job=job, number=number, state=state, problem=WORD, data={"Name": WORD, WORD: WORD}, custom={WORD: WORD},
            record=record, record_id=WORD[:40], source=[{WORD: WORD}],
        )  # fmt: skip
    return job


def test_every_page_shows_hostile_words_as_text(admin_client, query, change):
    draft = Job.objects.create(
        company=query.company, record_type="Customer", action="add", state="draft", source_name=WORD, remark=WORD,
        columns=[WORD, "b"], mapping={WORD: WORD}, data={WORD: WORD},
    )  # fmt: skip
    Row.objects.create(job=draft, number=1, source=[{WORD: WORD, "b": WORD}])
    token, _ = tokens.make(WORD, ["read"], companies=[query.company])
    row, operation = change.rows.first(), SavedOperation.objects.get()
    job, form = url("job_change", query.pk), "job_compose"
    pages = [
        *(url("job_connect"), url("job_changelist"), job, f"{job}?record=0", f"{job}?record=1"),
        *(f"{url('job_part', query.pk)}?start={WORD}", url("job_change", change.pk), url("job_mapping", draft.pk)),
        *(f"{url('job_change', change.pk)}?row={row.pk}&state={WORD}", f"{url('job_upload')}?record_type={WORD}"),
        *(url("savedoperation_changelist"), url("savedoperation_change", operation.pk), url("apitoken_changelist")),
        *(url("apitoken_change", token.pk), f"{url(form, 'acme', 'Customer', 'modify')}?source={query.pk}:0"),
        *(f"{url(form, 'acme', 'Customer', 'add')}?row={row.pk}", f"{url(form, 'acme', 'Customer', 'query')}?saved=1"),
        *(f"{url(form, 'acme', 'Customer', 'delete')}?source={query.pk}:0",),
        *(f"{url(form, 'acme', 'Customer', 'add')}?d:Name={WORD}",),
    ]
    for page in pages:
        answer = admin_client.get(page)
        assert answer.status_code == 200, page
        assert not ALIVE.search(answer.content.decode()), page


def test_what_was_typed_comes_back_as_text(admin_client, query):
    typed = {"d:Name": WORD, "c:0:name": WORD, "c:0:value": WORD, "once": WORD, "source": WORD, f"b:{WORD}": WORD}
    operation = SavedOperation.objects.get()
    for page, sent in (
        (url("job_compose", "acme", "Customer", "add"), {**typed, "_preview": "", "saved_name": WORD}),
        (url("job_compose", "acme", "Customer", "delete"), {"d:FullName": WORD, "_send": "", "once": WORD}),
        (url("savedoperation_change", operation.pk), {"name": WORD, "schedule": WORD, "webhook_url": WORD}),
        (url("apitoken_add"), {"name": WORD * 3, "days": WORD, "scope": WORD, "company": WORD}),
        (url("job_upload"), {"company": WORD, "record_type": WORD, "action": WORD}),
    ):
        answer = admin_client.post(page, sent)
        assert answer.status_code == 200, page
        assert not ALIVE.search(answer.content.decode()), page
    admin_client.post(url("savedoperation_do", operation.pk), {"deed": "run"})
    assert not ALIVE.search(admin_client.get(url("job_connect")).content.decode())


def test_nothing_is_done_by_a_link_or_by_another_sites_form(db):
    company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
    job = service.submit(company, "Customer", "add", [{"Name": "Pomona"}], asked_by="ann")
    operation = saved.create(company, "op", "Customer", "add", data={"Name": "Granite"}, name="Granite")
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("ann", password="x"))
    for page, sent in (
        (url("job_compose", "acme", "Customer", "add"), {"d:Name": "Bolt", "_send": ""}),
        (url("job_compose", "acme", "Customer", "delete"), {"d:FullName": "Bolt", "_send": "", "confirmed": "yes"}),
        (url("job_do", job.pk), {"deed": "cancel"}),
        (url("savedoperation_do", operation.pk), {"deed": "delete"}),
        (url("savedoperation_change", operation.pk), {"name": "other"}),
        (url("apitoken_add"), {"name": "erp", "scope": "read"}),
    ):
        assert client.post(page, sent).status_code == 403, page
        client.get(page, sent)
    assert [each.state for each in Job.objects.all()] == [Job.State.OPEN]
    assert SavedOperation.objects.get().name == "Granite"
    assert not ApiToken.objects.exists()
