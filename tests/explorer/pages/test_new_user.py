"""As a new user would: from the admin, add a vendor, see a customer's open invoices, void one, and import items.

The server is live, QuickBooks and its Web Connector are the sandbox's.
"""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.urls import reverse

from syncapp.explorer.models import Job, Row
from tests.explorer.core.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = 100
BAD = {
    17: {"Name": "Item 017 with a name that is much too long for QuickBooks"},
    42: {"Price": "twelve"},
    77: {"Account": "No such account"},
}


@pytest.fixture
def office(transactional_db):
    office = Office()
    office.ask("Account", "add", {"Name": "Sales", "AccountType": "Income"})
    office.ask("Customer", "add", {"Name": "Pomona"}, {"Name": "Granite"})
    income = {"SalesOrPurchase": {"Price": "50.00", "AccountRef": "Sales"}}
    office.ask("ItemService", "add", {"Name": "Labour", **income})
    invoices = [
        {"CustomerRef": name, "RefNumber": number, "InvoiceLineAdd": [{"ItemRef": "Labour", "Quantity": "2"}]}
        for name, number in (("Pomona", "1001"), ("Pomona", "1002"), ("Granite", "1003"))
    ]
    made = office.ask("Invoice", "add", *invoices)
    assert (made.done, made.failed) == (3, 0), list(made.rows.values_list("problem", flat=True))
    return office


def start(page, record_type, action):
    """From the overview through the menu to the form."""
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="Query, add, change").click()
    page.get_by_label("Find a record type").fill(record_type)
    kind = page.locator(".connector-kind:visible").filter(has=page.get_by_text(record_type, exact=True))
    kind.get_by_role("link", name=action).click()


def run(page, office):
    """The Web Connector comes; the page tells of it without being loaded again."""
    page.wait_for_url(re.compile(r"/job/\d+/change/"))
    job = Job.objects.order_by("-pk").first()
    office.run(job)
    page.locator(".oversight-badge", has_text=re.compile("done", re.I)).first.wait_for()
    return job


def test_a_vendor_is_added(page, look, office):
    start(page, "Vendor", "Add")
    page.get_by_label("Name*", exact=True).fill("Granite Supply")
    page.get_by_label("City").first.fill("Lund")
    page.get_by_label("Phone", exact=True).fill("046-123456")
    page.get_by_role("button", name="Show qbXML").click()
    assert "<City>Lund</City>" in page.locator(".connector-code").inner_text()
    page.get_by_role("button", name="Send").click()
    run(page, office)
    page.get_by_text("1 of 1 rows done").wait_for()
    look("new-user-vendor")
    [(_, stored)] = found(office, "Vendor", {"FullName": ["Granite Supply"]})
    assert stored["VendorAddress"]["City"] == "Lund"
    assert stored["Phone"] == "046-123456"


def found(office, record_type, filters):
    from syncapp.explorer import results

    return results.records(office.ask(record_type, "query", filters))


def open_invoices(page, office):
    start(page, "Invoice", "Query")
    customer = page.get_by_role("group", name="Customer or vendor", exact=True)
    customer.get_by_label("Full name", exact=True).fill("Pomona")
    page.get_by_label("Paid status").select_option("NotPaidOnly")
    page.get_by_text("Columns: all").click()
    for column in ("RefNumber", "CustomerRef/FullName", "Subtotal", "BalanceRemaining", "TxnDate"):
        page.get_by_label(column, exact=True).check()
    page.get_by_role("button", name="Run the query").click()
    return run(page, office)


def test_the_open_invoices_of_a_customer_come_as_csv_and_one_is_voided(page, look, office):
    open_invoices(page, office)
    page.get_by_text("2 records found.").wait_for()
    look("new-user-invoices")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    lines = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert [(line["RefNumber"], line["CustomerRef/FullName"], line["Subtotal"]) for line in lines] == [
        ("1001", "Pomona", "100.00"),
        ("1002", "Pomona", "100.00"),
    ]
    assert all(float(line["BalanceRemaining"]) >= 100 for line in lines)
    row = page.locator(".connector-scroll tr", has_text="1001")
    row.get_by_role("link", name="Void").click()
    page.get_by_role("button", name="Void …").click()
    page.get_by_text("Void 1 record of Acme?").wait_for()
    assert "1001, Pomona" in page.locator(".oversight-table").inner_text()
    look("new-user-void")
    page.get_by_role("button", name="Void 1 record").click()
    run(page, office)
    page.get_by_text("1 of 1 rows done").wait_for()
    look("new-user-voided")
    stored = {data["RefNumber"]: data["Subtotal"] for _, data in found(office, "Invoice", {})}
    assert stored == {"1001": "0.00", "1002": "100.00", "1003": "100.00"}


def items_csv():
    out = io.StringIO()
    write = csv.DictWriter(out, ["Name", "Price", "Account"])
    write.writeheader()
    for number in range(1, ROWS + 1):
        line = {"Name": f"Item {number:03}", "Price": f"{number}.50", "Account": "Sales"}
        write.writerow({**line, **BAD.get(number, {})})
    return out.getvalue()


def test_a_hundred_items_are_imported_and_the_bad_rows_come_back(page, look, office, tmp_path):
    file = tmp_path / "items.csv"
    file.write_text(items_csv())
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="Upload a CSV").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("Record type").select_option("ItemService")
    look("upload")
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_label("Price fills").fill("SalesOrPurchase/Price")
    page.get_by_label("Account fills").fill("SalesOrPurchase/AccountRef/FullName")
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("2 cannot").wait_for()
    look("mapping-tried")
    page.get_by_role("button", name="Start: send 98").click()
    page.wait_for_url(re.compile(r"/job/\d+/change/"))
    look("import-running")
    job = run(page, office)
    page.get_by_text("97 of 100 rows done, 3 failed.").wait_for()
    look("import-done")
    page.get_by_role("link", name="failed 3").click()
    assert page.locator(".oversight-table tbody tr").count() == 3
    look("import-failed")
    with page.expect_download() as download:
        page.get_by_role("link", name="Failed rows, with reasons").click()
    lines = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert [line["Name"][:8] for line in lines] == ["Item 017", "Item 042", "Item 077"]
    assert all(line["Problem"] for line in lines)
    assert Row.objects.filter(job=job, state=Row.State.DONE).count() == 97
    stored = {data["Name"]: data["SalesOrPurchase"]["Price"] for _, data in found(office, "ItemService", {})}
    assert len(stored) == 98
    assert stored["Item 050"] == "50.50"
