"""A document that is not in step says so: on its record, or in the admin where it has none."""

from __future__ import annotations

import pytest
from django.urls import reverse

from syncapp.models import Link
from tests.documents.conftest import DocumentWorld
from tests.world.conftest import _one_connection
from tests.world.stock import copy_of

__all__ = ["_one_connection"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(db, settings):
    settings.PUBLIC_URL = "https://sync.example.com"
    with copy_of(DocumentWorld) as world:
        world.flows(customer={"only_won": False}, item={}, invoice={}, payment={})
        world.pair.status_on_record = True
        world.pair.save()
        yield world


def said(row):
    return row["QB_Sync_Status__c"], row["QB_Error__c"], row["QB_Link__c"]


def refuse(world, sobject, memo):
    world.salesforce.add_validation_rule(
        sobject, lambda row, before: "Not with that memo." if row.get("QB_Memo__c") == memo else None
    )


def page(name):
    return reverse("admin:syncapp_link_change", args=[Link.objects.get(name=name).pk])


def test_a_document_and_a_payment_say_what_is_wrong_with_them_and_when_it_no_longer_is(books):
    invoice = books.invoice()
    payment = books.file.pay(invoice, "10.00", RefNumber="77")
    books.rest()
    assert said(books.documents()["1001"]) == said(books.payments()["77"]) == (None, None, None)
    for sobject in ("QB_Invoice__c", "QB_Payment__c"):
        refuse(books, sobject, "Bad")
    for txn in (invoice, payment):
        books.file.edit_txn(txn, Memo="Bad")
    books.rest()
    for row in (books.documents()["1001"], books.payments()["77"]):
        status, error, link = said(row)
        assert (status, row["QB_Memo__c"]) == ("Refused by Salesforce", None)
        assert "Not with that memo." in error
        assert link == f"https://sync.example.com{page(row['Name'])}"
    for txn in (invoice, payment):
        books.file.edit_txn(txn, Memo="Good")
    books.rest(idle=2)
    for row in (books.documents()["1001"], books.payments()["77"]):
        assert (*said(row)[:2], row["QB_Memo__c"]) == ("In step", None, "Good")


def test_a_document_that_cannot_come_to_salesforce_stands_in_the_admin_with_the_reason(books, admin_client):
    refuse(books, "QB_Invoice__c", "Bad")
    books.invoice(Memo="Bad")
    books.rest()
    assert books.documents() == {}
    shown = admin_client.get(reverse("admin:syncapp_link_changelist"), {"state__exact": "refused"}).content.decode()
    assert "1001" in shown
    assert "Not with that memo." in shown
    assert page("1001") in shown
