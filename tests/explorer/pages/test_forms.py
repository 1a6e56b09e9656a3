"""The generated forms without a browser's script: everything works, and nothing that was typed is lost."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qbwc.models import Company
from syncapp.explorer import service, tokens
from syncapp.explorer.models import Job, ResultPage, Row, SavedOperation

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(db):
    return Company.objects.create(key="acme", name="Acme Ltd", username="acme-qbwc")


def compose(record_type, action, query=""):
    return reverse("admin:explorer_job_compose", args=["acme", record_type, action]) + query


def post(client, record_type, action, **sent):
    return client.post(compose(record_type, action), sent)


def result_of(company, record_type, *records):
    job = service.submit(company, record_type, "query", [{}], asked_by="ann")
    ResultPage.objects.create(
        job=job, number=1, first=0, count=len(records), records=[[record_type, record] for record in records]
    )
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, done=len(records), total=len(records))
    return job


def test_a_line_more_is_shown_with_all_that_was_typed(admin_client, company):
    sent = {"d:CustomerRef": "Pomona", "d:InvoiceLineAdd[1]/ItemRef": "Labour", "more": "InvoiceLineAdd"}
    page = post(admin_client, "Invoice", "add", **sent).content.decode()
    assert 'value="Pomona"' in page
    assert re.search(r'name="d:InvoiceLineAdd\[1\]/ItemRef" value="Labour"', page)
    assert 'name="d:InvoiceLineAdd[2]/ItemRef"' in page
    assert 'name="d:InvoiceLineAdd[3]/ItemRef"' not in page
    assert Job.objects.count() == 0


def test_a_problem_of_the_second_line_is_shown_there(admin_client, company):
    sent = {
        "d:CustomerRef": "Pomona", "d:InvoiceLineAdd[1]/ItemRef": "", "d:InvoiceLineAdd[3]/ItemRef": "Labour",
        "d:InvoiceLineAdd[7]/Amount": "a lot", "d:Memo": "kept <b>", "_send": "",
    }  # fmt: skip
    page = post(admin_client, "Invoice", "add", **sent).content.decode()
    box = page.partition('name="d:InvoiceLineAdd[2]/Amount" value="a lot"')[2]
    assert "is not an amount" in box.partition("</div>")[0]
    assert "kept &lt;b&gt;" in page
    assert Job.objects.count() == 0


def test_what_is_missing_is_told_at_its_box(admin_client, company):
    page = post(admin_client, "Vendor", "add", **{"d:Phone": "1", "_send": ""}).content.decode()
    assert "Nothing was sent: 1 problem" in page
    assert "connector-problem" in page.partition('name="d:Name"')[2].partition("</div>")[0]


def test_a_record_is_sent_as_it_was_typed_with_its_custom_fields(admin_client, company):
    sent = {
        "d:Name": "Granite", "d:IsActive": "true", "d:CreditLimit": "12.5", "d:VendorAddress/City": "Lund",
        "c:0:name": "Region", "c:0:value": "West", "c:1:name": "", "c:1:value": "", "_send": "",
    }  # fmt: skip
    response = post(admin_client, "Vendor", "add", **sent)
    job = Job.objects.get()
    assert response.url == reverse("admin:explorer_job_change", args=[job.pk])
    row = job.rows.get()
    assert row.data == {
        "Name": "Granite",
        "IsActive": "true",
        "CreditLimit": "12.50",
        "VendorAddress": {"City": "Lund"},
    }
    assert row.custom == {"Region": "West"}
    assert job.asked_by == "admin"


def test_custom_fields_that_a_company_is_known_to_have_are_offered(admin_client, company):
    result_of(company, "Vendor", {"ListID": "1-1", "Name": "Granite",
                                  "DataExtRet": [{"DataExtName": "Region", "DataExtValue": "West"}]})  # fmt: skip
    page = admin_client.get(compose("Vendor", "add")).content.decode()
    assert 'value="Region"' in page


def test_a_change_sends_only_what_is_new_of_the_custom_fields_too(admin_client, company):
    extra = [{"DataExtName": name, "DataExtValue": value} for name, value in (("Region", "West"), ("Rank", "1"))]
    job = result_of(company, "Vendor", {"ListID": "80000001-1234567890", "EditSequence": "7", "Name": "Granite",
                                        "Phone": "1", "DataExtRet": extra})  # fmt: skip
    page = admin_client.get(compose("Vendor", "modify", f"?source={job.pk}:0")).content.decode()
    before = re.search(r'name="o" value="([^"]*)"', page)[1].replace("&quot;", '"')
    sent = {
        "d:ListID": "80000001-1234567890", "d:EditSequence": "7", "d:Name": "Granite", "d:Phone": "2", "o": before,
        "c:0:name": "Region", "c:0:value": "East", "c:1:name": "Rank", "c:1:value": "1", "_send": "",
    }  # fmt: skip
    post(admin_client, "Vendor", "modify", **sent)
    row = Job.objects.get(action="modify").rows.get()
    assert row.data == {"ListID": "80000001-1234567890", "EditSequence": "7", "Phone": "2"}
    assert row.custom == {"Region": "East"}


def test_a_query_keeps_its_filters_and_columns(admin_client, company):
    sent = {
        "d:EntityFilter/FullName": "Pomona", "d:PaidStatus": "NotPaidOnly",
        "col": ["RefNumber", "BalanceRemaining"], "_send": "",
    }  # fmt: skip
    post(admin_client, "Invoice", "query", **sent)
    job = Job.objects.get()
    assert job.data == {"EntityFilter": {"FullName": ["Pomona"]}, "PaidStatus": "NotPaidOnly"}
    assert job.fields == ["RefNumber", "BalanceRemaining"]
    again = admin_client.get(compose("Invoice", "query", f"?job={job.pk}")).content.decode()
    assert ">Pomona</textarea>" in again
    assert "Columns: 2 chosen" in again


def test_two_branches_of_a_choice_are_refused_and_both_stay(admin_client, company):
    sent = {"d:TxnID": "1-1", "d:PaidStatus": "NotPaidOnly", "_send": ""}
    page = post(admin_client, "Invoice", "query", **sent).content.decode()
    assert "Nothing was sent" in page
    assert ">1-1</textarea>" in page
    assert "<option selected>NotPaidOnly</option>" in page


def test_a_value_that_its_input_would_not_take_is_shown_as_text(admin_client, company):
    page = post(admin_client, "Invoice", "add", **{"d:TxnDate": "7.2.2026", "_send": ""}).content.decode()
    assert re.search(r'name="d:TxnDate" value="7.2.2026" autocomplete="off"\s+type="text"', page)


def test_what_this_quickbooks_has_not_is_told_with_the_reason(admin_client, company):
    page = admin_client.get(compose("Vendor", "add")).content.decode()
    assert "QuickBooks does not have this in US." in page
    assert 'name="d:SalesTaxCountry"' not in page


def test_a_query_is_saved_changed_and_run(admin_client, company):
    post(admin_client, "Customer", "query", **{"d:ActiveStatus": "All", "saved_name": "All customers", "_save": ""})
    operation = SavedOperation.objects.get()
    assert (operation.key, operation.data, operation.created_by) == ("all-customers", {"ActiveStatus": "All"}, "admin")
    sent = {"d:ActiveStatus": "ActiveOnly", "saved": operation.pk, "_update": ""}
    post(admin_client, "Customer", "query", **sent)
    operation.refresh_from_db()
    assert operation.data == {"ActiveStatus": "ActiveOnly"}
    admin_client.post(reverse("admin:explorer_savedoperation_do", args=[operation.pk]), {"deed": "run"})
    assert (Job.objects.get().saved_operation, Job.objects.get().data) == (operation, {"ActiveStatus": "ActiveOnly"})


def test_a_wrong_schedule_is_told_at_its_box_and_not_saved(admin_client, company):
    sent = {"saved_name": "All", "saved_schedule": "at noon", "_save": ""}
    page = post(admin_client, "Customer", "query", **sent).content.decode()
    assert "at noon" in page
    assert "cron terms" in page
    assert SavedOperation.objects.count() == 0


def test_names_are_suggested_from_what_the_company_answered(admin_client, company):
    result_of(company, "Vendor", {"ListID": "1-1", "Name": "Granite"}, {"ListID": "1-2", "Name": "Basalt"})
    result_of(company, "ItemService", {"ListID": "1-3", "Name": "Labour", "FullName": "Work:Labour"})
    url = reverse("admin:explorer_job_names", args=["acme"])
    assert admin_client.get(url, {"name": "VendorRef"}).json() == {"names": ["Basalt", "Granite"]}
    assert admin_client.get(url, {"name": "ItemRef"}).json() == {"names": ["Work:Labour"]}
    assert admin_client.get(url, {"name": "TermsRef"}).json() == {"names": []}


def test_a_second_click_finds_the_job_of_the_first(admin_client, company):
    page = admin_client.get(compose("Vendor", "add")).content.decode()
    once = re.search(r'name="once" value="(\w{32})"', page)[1]
    first = post(admin_client, "Vendor", "add", **{"d:Name": "Granite", "once": once, "_send": ""})
    second = post(admin_client, "Vendor", "add", **{"d:Name": "Granite", "once": once, "_send": ""})
    assert first.url == second.url
    corrected = post(admin_client, "Vendor", "add", **{"d:Name": "Basalt", "once": once, "_send": ""})
    assert corrected.url != first.url
    assert Job.objects.count() == 2


# Results -------------------------------------------------------------------------------------------------


@pytest.fixture
def large(company):
    """A hundred thousand records in pages of five hundred."""
    job = service.submit(company, "Customer", "query", [{}], asked_by="ann")
    names = [f"Customer {number:06}" for number in range(100_000)]
    pages = [
        ResultPage(
            job=job, number=page + 1, first=page * 500, count=500,
            records=[["Customer", {"FullName": name}] for name in names[page * 500 : page * 500 + 500]],
        )
        for page in range(200)
    ]  # fmt: skip
    ResultPage.objects.bulk_create(pages)
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, done=100_000, total=100_000)
    return job


def test_a_large_result_is_paged_without_reading_it_all(admin_client, large):
    url = reverse("admin:explorer_job_change", args=[large.pk])
    for start, first, last in ((0, 0, 49), (50_010, 50_010, 50_059), (99_950, 99_950, 99_999)):
        with CaptureQueriesContext(connection) as queries:
            page = admin_client.get(url, {"start": start}).content.decode()
        assert f"Customer {first:06}" in page
        assert f"Customer {last:06}" in page
        assert page.count("<tr>") == 51
        assert len(queries) < 15
    assert "99,951 to 100,000 of 100,000" in page


@pytest.mark.parametrize("start", ["-5", "no", "99999999999999999999", "200000"])
def test_a_wrong_place_in_a_result_is_no_error(admin_client, company, start):
    job = result_of(company, "Vendor", {"ListID": "1-1", "Name": "Granite"})
    assert admin_client.get(reverse("admin:explorer_job_change", args=[job.pk]), {"start": start}).status_code == 200


def test_a_record_is_shown_whole_with_its_lines(admin_client, company):
    lines = [{"ItemRef": {"ListID": "1", "FullName": "Labour"}, "Amount": "10.00"}, {"Desc": "Thank you"}]
    custom = [{"OwnerID": "0", "DataExtName": "Region", "DataExtValue": "West"}]
    job = result_of(company, "Invoice", {"TxnID": "1-1", "InvoiceLineRet": lines, "DataExtRet": custom})
    page = admin_client.get(reverse("admin:explorer_job_change", args=[job.pk]), {"record": 0}).content.decode()
    shown = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", page)
    assert ("Invoice line 1: Item", "Labour") in shown
    assert ("Invoice line 2: Description", "Thank you") in shown
    assert ("Region", "West") in shown


def test_jobs_that_need_a_person_are_found(admin_client, company):
    job = service.submit(company, "Customer", "add", [{"Name": "A"}], asked_by="ann")
    service.submit(company, "Vendor", "add", [{"Name": "B"}], asked_by="ann")
    job.rows.update(state=Row.State.UNKNOWN)
    page = admin_client.get(reverse("admin:explorer_job_changelist"), {"needs": "you"}).content.decode()
    assert "0 of 1, needs you" in page
    assert "Add Customer" in page
    assert "Add Vendor" not in page


def test_a_record_with_markup_is_shown_as_it_is(admin_client, company):
    job = result_of(company, "Vendor", {"ListID": "1-1", "Name": "<img src=x onerror=alert(1)> & Co"})
    page = admin_client.get(reverse("admin:explorer_job_change", args=[job.pk])).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(("form", "found"), [("csv", "Granite"), ("json", '"Granite"')])
def test_results_are_downloaded_as_streams(admin_client, company, form, found):
    job = result_of(company, "Vendor", {"ListID": "1-1", "Name": "Granite"})
    response = admin_client.get(reverse("admin:explorer_job_download", args=[job.pk, form]))
    assert response.streaming
    assert found in response.getvalue().decode()
    assert f"Vendor-{job.pk}.{form}" in response["Content-Disposition"]


def test_no_other_form_is_downloaded(admin_client, company):
    job = service.submit(company, "Customer", "add", [{"Name": "A"}], asked_by="ann")
    assert admin_client.get(reverse("admin:explorer_job_download", args=[job.pk, "xml"])).status_code == 404
    assert admin_client.get(reverse("admin:explorer_job_download", args=[job.pk, "exe"])).status_code == 404


# Lists ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["job", "savedoperation", "apitoken"])
def test_a_list_of_many_rows_takes_no_more_queries_than_one_of_few(admin_client, company, name):
    def fill(number):
        for _ in range(number):
            count = Job.objects.count()
            service.submit(company, "Customer", "query", [{}], asked_by="ann")
            SavedOperation.objects.create(key=f"k{count}", company=company, record_type="Customer", action="query")
            tokens.make(f"t{count}", ["read"], companies=[company])

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert admin_client.get(reverse(f"admin:explorer_{name}_changelist")).status_code == 200
        return len(found)

    fill(2)
    few = queries()
    fill(20)
    assert queries() <= few


def test_a_line_is_not_added_to_lines_that_were_not_asked_for(admin_client, company):
    """QuickBooks would remove them, since the change names the new one only."""
    job = result_of(company, "Invoice", {"TxnID": "1-1", "EditSequence": "5", "RefNumber": "7"})
    url = f"{compose('Invoice', 'modify')}?source={job.pk}:0"
    sent = {
        "source": f"{job.pk}:0",
        "o": '{"TxnID": "1-1", "EditSequence": "5"}',
        "d:TxnID": "1-1",
        "d:EditSequence": "5",
    }
    line = {"d:InvoiceLineMod[1]/TxnLineID": "-1", "d:InvoiceLineMod[1]/ItemRef": "Labour"}
    page = admin_client.post(url, {**sent, **line, "_send": ""}).content.decode()
    assert "Include line items" in page
    assert not Job.objects.filter(action="modify").exists()
