"""manage.py reconcile says whether both sides tie out, per month and per customer, and which records do not."""

from __future__ import annotations

import csv
import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from project.sandbox.desktop.deletions import DeletedLog
from syncapp import tie_out
from syncapp.models import Cursor, Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(world):
    world.flows(customer={"only_won": False}, item={}, invoice={}, payment={})
    world.file.add_customer(Name="Bolt")
    world.invoice(number="1", TxnDate=date(2026, 1, 10))
    world.invoice(number="2", TxnDate=date(2026, 1, 20), customer="Bolt")
    paid = world.invoice(number="3", TxnDate=date(2026, 2, 1))
    world.file.pay(paid, "70.63", RefNumber="77")
    world.rest()
    return world


def asked(*options):
    out = StringIO()
    try:
        call_command("reconcile", "acme", *options, stdout=out, stderr=StringIO())
        return 0, out.getvalue()
    except CommandError as problem:
        return problem.returncode, out.getvalue() or str(problem)


def test_what_is_in_step_ties_out(books):
    code, said = asked("--json")
    invoices, payments = json.loads(said)
    assert (code, invoices["ties"], payments["ties"]) == (0, True, True)
    assert {row["name"]: row["quickbooks"] for row in invoices["months"]} == {
        "2026-01": {"count": 2, "total": "541.26", "left": "541.26"},
        "2026-02": {"count": 1, "total": "270.63", "left": "200.00"},
    }
    assert {row["name"]: row["salesforce"]["count"] for row in invoices["customers"]} == {"Acme": 2, "Bolt": 1}
    assert payments["months"][0]["salesforce"] == {"count": 1, "total": "70.63", "left": "0.00"}


def test_a_difference_names_its_month_its_customer_and_its_record(books):
    books.salesforce.update(books.documents()["2"]["Id"], QB_Total__c=1)
    code, said = asked()
    assert code == 1
    assert "month 2026-01: QuickBooks 2 with 541.26, 541.26 left; Salesforce 2 with 271.63, 541.26 left" in said
    assert "customer Bolt" in said
    assert "2: Total is 1.00 in Salesforce and 270.63 in QuickBooks." in said
    assert books.documents()["2"]["Id"] in said
    assert asked("--from", "2026-02-01")[0] == 0


def test_the_page_lists_what_differs_with_both_records_and_gives_a_csv(books, admin_client, client):
    page = reverse("admin:syncapp_pair_reconciliation", args=[books.pair.pk])
    assert client.get(page).status_code == 302
    assert "Ties out" in admin_client.get(page, {"compare": "page"}).content.decode()
    books.salesforce.update(books.documents()["2"]["Id"], QB_Total__c=1)
    shown = admin_client.get(page, {"compare": "page"}).content.decode()
    assert "Total is 1.00 in Salesforce and 270.63 in QuickBooks." in shown
    link = Link.objects.get(kind="invoice", name="2")
    assert reverse("admin:syncapp_link_change", args=[link.pk]) in shown
    assert f"/{books.documents()['2']['Id']}" in shown
    rows = list(csv.DictReader(admin_client.get(page, {"compare": "csv"}).content.decode().splitlines()))
    january = [row for row in rows if (row["what"], row["name"]) == ("Invoices", "2026-01")]
    assert [(row["side"], row["total"], row["ties"]) for row in january] == [
        ("QuickBooks", "541.26", "no"),
        ("Salesforce", "271.63", "no"),
    ]
    assert "is not a date" in admin_client.get(page, {"compare": "page", "from": "1.1."}).content.decode()
    assert admin_client.post(page).status_code == 302
    assert not Cursor.objects.filter(kind="invoice", full_at__isnull=False).exists()
    assert asked("--csv")[1].splitlines()[0].startswith("what,by,name,currency,side")


def test_a_document_that_is_missing_in_salesforce_is_named(books):
    books.salesforce.delete(books.documents()["3"]["Id"])
    code, said = asked()
    assert (code, "3: It is not in Salesforce." in said) == (1, True)


def test_each_sort_of_difference_names_its_record_with_both_links(books):
    """One deleted unseen; one a day earlier, at a month's border; one of another account and currency; one more."""
    books.file.delete_txn(books.file.find_txn("Invoice", "1")["TxnID"])
    books.file.deleted = DeletedLog()  # QuickBooks tells of deletions for ninety days
    tie_out.list_anew(books.pair)
    books.rest()
    rows = books.documents()
    books.salesforce.update(rows["3"]["Id"], QB_Txn_Date__c="2026-01-31")
    books.salesforce.update(rows["2"]["Id"], QB_Account__c=books.account("Acme")["Id"], QB_Currency__c="CAD")
    key = {"QB_Id__c": "acme:FFFF-1", "QB_Type__c": "Invoice", "QB_Txn_Date__c": "2026-01-10", "QB_Total__c": 5}
    double = books.salesforce.insert("QB_Invoice__c", Name="1 again", **key)
    found = json.loads(asked("--json")[1])[0]["differences"]
    assert {each["name"]: each["what"] for each in found} == {
        "1": "QuickBooks's last complete listing does not show it.",
        "2": "Currency is CAD in Salesforce and empty in QuickBooks; account is another one in Salesforce than that of "
        "its customer in QuickBooks.",
        "3": "Date is 2026-01-31 in Salesforce and 2026-02-01 in QuickBooks.",
        "1 again": "It is in Salesforce, and not in QuickBooks.",
    }
    ids = {**{name: row["Id"] for name, row in rows.items()}, "1 again": double}
    assert [each["salesforce_page"].rpartition("/")[2] for each in found] == [ids[each["name"]] for each in found]
    pages = {link.name: reverse("admin:syncapp_link_change", args=[link.pk]) for link in Link.objects.all()}
    assert [each["link_page"] for each in found] == [pages.get(each["name"], "") for each in found]


def test_what_only_a_customer_differs_by_is_named_too(books):
    books.salesforce.update(books.documents()["2"]["Id"], QB_Account__c=None)
    assert "2: Account is another one in Salesforce" in asked()[1]
    assert asked("--to", "2026-01-15")[0] == 0


def test_what_was_deleted_in_quickbooks_counts_on_neither_side(books):
    books.file.delete_txn(books.file.find_txn("Invoice", "2")["TxnID"])
    books.rest()
    assert asked()[0] == 0


def test_dates_and_pairs_that_make_no_sense_are_refused(books):
    assert asked("--from", "1.1.2026") == (2, "“1.1.2026” is not a date: write it as 2026-01-01.")
    with pytest.raises(CommandError, match="no pair"):
        call_command("reconcile", "nobody")
    books.flows(customer={})
    assert asked()[0] == 2
