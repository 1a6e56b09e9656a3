"""Uploads through the pages: the file, the mapping, the trial, the start, and the failed rows to correct."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qbwc.models import Company
from syncapp.explorer.models import Job, Row

pytestmark = pytest.mark.django_db
LINES = [("Customer", "Telephone", "Limit"), ("Pomona", "1", "100"), ("x" * 42, "2", ""), ("Granite", "3", "a lot")]


@pytest.fixture
def company(db):
    return Company.objects.create(key="acme", name="Acme Ltd", username="acme-qbwc")


def text_of(lines):
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()


def upload(client, lines=LINES, **changes):
    file = SimpleUploadedFile("customers.csv", text_of(lines).encode())
    sent = {"file": file, "company": "acme", "record_type": "Customer", "action": "add", **changes}
    return client.post(reverse("admin:explorer_job_upload"), sent)


@pytest.fixture
def draft(admin_client, company):
    response = upload(admin_client)
    job = Job.objects.get()
    assert response.url == reverse("admin:explorer_job_mapping", args=[job.pk])
    return job


def mapped(job, client, **more):
    sent = {"m:0": "Name", "m:1": "Phone", "m:2": "CreditLimit", **more}
    return client.post(reverse("admin:explorer_job_mapping", args=[job.pk]), sent)


def test_the_mapping_page_shows_the_columns_with_samples(admin_client, draft):
    page = admin_client.get(reverse("admin:explorer_job_mapping", args=[draft.pk])).content.decode()
    assert "Telephone" in page
    assert "1 · 2 · 3" in page
    assert '<option value="BillAddress/City">' in page


def test_a_trial_tells_what_is_wrong_with_which_row_and_sends_nothing(admin_client, draft):
    page = mapped(draft, admin_client, _try="").content.decode()
    assert "2 cannot" in page
    assert "1 can go" in page
    assert "42 characters are too many" in page
    assert Row.objects.filter(state=Row.State.WAITING).count() == 3
    draft.refresh_from_db()
    assert draft.state == Job.State.DRAFT


def test_a_wrong_target_is_told_and_what_was_typed_stays(admin_client, draft):
    page = mapped(draft, admin_client, **{"m:1": "Fone", "k:0:path": "JobDesc", "k:0:value": "kept", "_try": ""})
    shown = page.content.decode()
    assert 'value="Fone"' in shown
    assert 'value="kept"' in shown
    assert "connector-problem" in shown.partition('value="Fone"')[2].partition("</tr>")[0]


def test_the_good_rows_go_and_the_failed_ones_come_back_with_their_reasons(admin_client, draft):
    constant = {"k:0:path": "JobDesc", "k:0:value": "from the file"}
    response = mapped(draft, admin_client, _start="", **constant)
    assert response.url == reverse("admin:explorer_job_change", args=[draft.pk])
    states = list(draft.rows.order_by("number").values_list("state", flat=True))
    assert states == [Row.State.QUEUED, Row.State.FAILED, Row.State.FAILED]
    assert draft.rows.get(number=1).data == {"Name": "Pomona", "Phone": "1", "CreditLimit": "100.00",
                                             "JobDesc": "from the file"}  # fmt: skip
    page = admin_client.get(reverse("admin:explorer_job_change", args=[draft.pk]) + "?state=failed").content.decode()
    assert "Pomona" not in page
    failed = admin_client.get(reverse("admin:explorer_job_failed", args=[draft.pk]))
    lines = list(csv.reader(io.StringIO(failed.getvalue().decode("utf-8-sig"))))
    assert lines[0] == ["Customer", "Telephone", "Limit", "Problem"]
    assert [line[:3] for line in lines[1:]] == [list(line) for line in LINES[2:]]
    assert "42 characters" in lines[1][3]


def test_a_failed_row_is_no_formula_for_a_spreadsheet_and_comes_back_as_it_was(admin_client, company):
    line = ["=1+1" + "x" * 42, "@5", ""]
    upload(admin_client, lines=[LINES[0], line])
    draft = Job.objects.get()
    mapped(draft, admin_client, _start="")
    failed = admin_client.get(reverse("admin:explorer_job_failed", args=[draft.pk])).getvalue()
    told = list(csv.reader(io.StringIO(failed.decode("utf-8-sig"))))[1]
    assert told[:3] == [f"'{line[0]}", "'@5", ""]


def test_the_corrected_rows_are_uploaded_again_with_their_column_of_reasons(admin_client, draft):
    mapped(draft, admin_client, _start="")
    failed = admin_client.get(reverse("admin:explorer_job_failed", args=[draft.pk])).getvalue()
    upload(admin_client, file=SimpleUploadedFile("again.csv", failed.replace(b"x" * 42, b"Xylem")))
    again = Job.objects.order_by("-pk").first()
    assert again.columns == ["Customer", "Telephone", "Limit", "Problem"]
    assert not again.mapping.get("Problem")


def test_a_begun_upload_leads_to_its_job(admin_client, draft):
    mapped(draft, admin_client, _start="")
    page = reverse("admin:explorer_job_mapping", args=[draft.pk])
    assert admin_client.get(page).url == reverse("admin:explorer_job_change", args=[draft.pk])
    mapped(draft, admin_client, _start="")
    assert Row.objects.count() == 3


def test_an_upload_can_be_discarded(admin_client, draft):
    mapped(draft, admin_client, _discard="")
    draft.refresh_from_db()
    assert draft.state == Job.State.CANCELLED


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"file": ""}, "No file was chosen."),
        ({"record_type": ""}, "no such record type"),
        ({"record_type": "Terms"}, "cannot be changed so"),
        ({"record_type": "Customer", "action": "delete"}, "cannot be changed so"),
        ({"company": "nobody"}, "No company was chosen."),
        ({"file": SimpleUploadedFile("head.csv", b"Name\n")}, "no line"),
    ],
)
def test_what_cannot_be_uploaded_is_told(admin_client, company, changes, told):
    response = upload(admin_client, **changes)
    assert response.status_code == 200
    assert told in response.content.decode()
    assert Job.objects.count() == 0
