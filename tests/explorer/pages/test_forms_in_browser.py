"""The generated forms in a browser: what is essential first, limits while typing, lines, choices, and problems."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qbwc.models import Company
from syncapp.explorer.models import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def company(transactional_db):
    return Company.objects.create(
        key="acme", name="Acme Ltd", username="acme-qbwc",
        facts={"edition": "Pro", "product": "QuickBooks Pro 2023", "versions": ["13.0"], "country": "US"},
    )  # fmt: skip


def compose(record_type, action, query=""):
    return reverse("admin:explorer_job_compose", args=["acme", record_type, action]) + query


def test_the_start_page_finds_a_record_type_and_tells_what_cannot_be_done(page, look):
    page.goto(reverse("admin:explorer_job_connect"))
    look("start")
    page.get_by_label("Find a record type").fill("sales ord")
    shown = page.locator(".connector-kind:visible")
    assert shown.count() == 1
    assert "Sales order" in shown.inner_text()
    grey = shown.locator(".connector-grey").first
    assert "only Premier and Enterprise" in grey.get_attribute("title")
    look("start-search")


def test_a_vendor_form(page, look):
    page.goto(compose("Vendor", "add"))
    look("vendor-add")
    page.get_by_label("Name*").fill("x" * 43)
    assert page.locator(".connector-over").first.inner_text() or True
    assert "43/41" in page.locator(".connector-count.connector-over").inner_text()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").first.wait_for()
    look("vendor-too-long")
    assert page.get_by_label("Name*").input_value() == "x" * 43
    assert Job.objects.count() == 0
    page.get_by_label("Name*").fill("Granite Supply")
    page.get_by_role("button", name="Show qbXML").click()
    look("vendor-preview")
    assert "<Name>Granite Supply</Name>" in page.locator(".connector-code").inner_text()


def test_an_invoice_form(page, look):
    page.goto(compose("Invoice", "add"))
    look("invoice-add")
    page.get_by_role("button", name="Add invoice line", exact=True).click()
    look("invoice-two-lines")


def test_a_query_form(page, look):
    page.goto(compose("Invoice", "query"))
    look("invoice-query")


def test_a_void_form(page, look):
    page.goto(compose("Invoice", "void"))
    look("invoice-void")
    page.get_by_label("Number").last.fill("1001\n1002")
    page.get_by_role("button", name="Void …").click()
    look("invoice-void-confirm")


def test_an_item_form(page, look):
    page.goto(compose("ItemInventory", "add"))
    look("item-add")
    page.goto(compose("ItemService", "add"))
    look("item-service-add")
