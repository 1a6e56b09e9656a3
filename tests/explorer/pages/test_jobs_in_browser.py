"""A job's page in a browser: it follows the job, shows what came, and leads on to the next thing to do."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from syncapp.explorer.models import Job, Row
from tests.explorer.core.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(transactional_db):
    return Office()


def compose(record_type, action, query=""):
    return reverse("admin:explorer_job_compose", args=["acme", record_type, action]) + query


def newest():
    return Job.objects.order_by("-pk").first()


def test_a_query_is_followed_until_its_result_is_there(page, look, office):
    for i in range(120):
        office.file.add_customer(Name=f"Customer {i:03}", Phone=f"650-555-{i:04}", CompanyName="A company & Co")
    page.goto(compose("Customer", "query"))
    look("customer-query")
    page.get_by_role("button", name="Run the query").click()
    page.get_by_text("Waiting for the Web Connector").wait_for()
    look("job-waiting")
    office.run(newest())
    page.get_by_text("120 records found").wait_for()
    look("job-result")
    assert page.locator(".connector-scroll tbody tr").count() == 50
    page.get_by_role("link", name="Next").click()
    page.get_by_text("51 to 100 of 120").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.count("\n") == 121
    assert "650-555-0119" in text


def test_a_record_of_a_result_is_modified_and_only_the_change_is_sent(page, look, office):
    office.file.add_customer(Name="Pomona", Phone="1", Fax="9")
    job = office.ask("Customer", "query", {})
    page.goto(reverse("admin:explorer_job_change", args=[job.pk]))
    page.get_by_role("link", name="Modify").click()
    assert page.get_by_label("Phone", exact=True).input_value() == "1"
    page.get_by_label("Phone", exact=True).fill("2")
    page.get_by_label("Fax", exact=True).fill("")
    page.get_by_role("button", name="Show qbXML").click()
    look("customer-modify")
    preview = page.locator(".connector-code").inner_text()
    assert "<Phone>2</Phone>" in preview
    assert "<Name>" not in preview
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/\d+/change/"))
    office.run(newest())
    page.get_by_text("1 of 1 rows done").wait_for()
    look("job-change-done")
    [customer] = office.file.customers()
    assert (customer["Phone"], customer.get("Fax")) == ("2", None)


def test_the_enter_key_sends_nothing_and_a_record_is_shown_whole(page, look, office):
    office.file.add_customer(Name="Pomona", Phone="1", BillAddress={"City": "Lund"})
    page.goto(compose("Customer", "add"))
    page.get_by_label("Name*", exact=True).fill("Granite")
    page.get_by_label("Name*", exact=True).press("Enter")
    page.locator(".connector-code").wait_for()
    assert Job.objects.count() == 0
    job = office.ask("Customer", "query", {})
    page.goto(reverse("admin:explorer_job_change", args=[job.pk]))
    page.get_by_role("link", name="Show").click()
    page.get_by_text("Record 1: Pomona").wait_for()
    look("job-record")


def test_a_refused_record_tells_why_and_is_corrected(page, look, office):
    office.file.add_customer(Name="Pomona")
    page.goto(compose("Customer", "add"))
    page.get_by_label("Name*", exact=True).fill("Pomona")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/\d+/change/"))
    office.run(newest())
    page.get_by_text("already in use").wait_for()
    look("job-row-failed")
    page.get_by_role("link", name="Correct and send anew").click()
    assert page.get_by_label("Name*", exact=True).input_value() == "Pomona"


def test_what_is_in_doubt_is_decided_by_a_person(page, look, office):
    job = office.submit("Customer", "add", {"Name": "Pomona"})
    Row.objects.filter(job=job).update(state=Row.State.UNKNOWN, problem="QuickBooks may have added it. Look there.")
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    page.goto(reverse("admin:explorer_job_change", args=[job.pk]))
    look("job-row-unknown")
    page.get_by_role("button", name="It was done").click()
    page.get_by_text("Noted.").wait_for()
    assert Row.objects.get(job=job).state == Row.State.DONE


def test_the_list_of_jobs_and_the_saved_operations(page, look, office):
    page.goto(compose("Customer", "query"))
    page.get_by_text("Save as operation").click()
    page.get_by_label("Name", exact=True).last.fill("All customers")
    page.get_by_label("Schedule").fill("30 6 * * 1-5")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("At 06:30, Monday through Friday").first.wait_for()
    look("saved")
    page.get_by_role("button", name="Run now").click()
    office.run(newest())
    page.goto(reverse("admin:explorer_job_changelist"))
    look("jobs")
    page.goto(reverse("admin:explorer_savedoperation_changelist"))
    look("saved-list")


def test_a_token_is_shown_once(page, look, office):
    page.goto(reverse("admin:explorer_apitoken_add"))
    look("token-new")
    page.get_by_label("Name*").fill("The ERP")
    page.get_by_role("button", name="Make it").click()
    text = page.locator("#token").inner_text()
    look("token-shown")
    assert text.startswith("qbs_")
    page.get_by_role("link", name="Done").click()
    look("tokens")
    assert text not in page.content()
