"""What is owed stays right as payments, credits, voids and deletions happen, whether QuickBooks marks them or not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from qbwc.models import Request
from tests.documents.conftest import an_hour_passes

pytestmark = pytest.mark.django_db

TOTAL = Decimal("270.63")


@pytest.fixture(params=[True, False], ids=["marked", "unmarked"])
def books(world, request):
    """Whether a payment changes the time at which its invoice was modified."""
    world.file.quirks = replace(world.file.quirks, payments_touch_documents=request.param)
    return world


def standing(world, number="1001"):
    document = world.documents()[number]
    return document["QB_Status__c"], document["QB_Applied__c"], document["QB_Balance__c"]


def test_the_balance_follows_payments_and_their_removal(books):
    invoice = books.invoice()
    books.rest()
    books.time_passes()
    assert standing(books) == ("Open", 0, TOTAL)
    part = books.file.pay(invoice, "100.00")
    books.time_passes()
    an_hour_passes()
    books.rest()
    assert standing(books) == ("Partly paid", 100, TOTAL - 100)
    books.file.pay(invoice)
    books.time_passes()
    an_hour_passes()
    books.rest()
    assert standing(books) == ("Paid", TOTAL, 0)
    books.file.delete_txn(part)
    books.time_passes()
    an_hour_passes()
    books.rest()
    assert standing(books) == ("Partly paid", TOTAL - 100, 100)


def test_where_payments_are_on_a_balance_follows_without_waiting_for_the_hour(books):
    books.flows(customer={"only_won": False}, item={}, invoice={"open_every_minutes": 0}, payment={})
    invoice = books.invoice()
    books.rest()
    books.time_passes()
    payment = books.file.pay(invoice, "100.00")
    books.rest()
    assert standing(books) == ("Partly paid", 100, TOTAL - 100)
    books.time_passes()
    books.file.delete_txn(payment)
    books.rest()
    assert standing(books) == ("Open", 0, TOTAL)


def test_nothing_is_read_twice_within_the_hour(world):
    world.invoice()
    world.rest()
    asked = Request.objects.filter(reference__endswith="/invoice/open").count()
    world.rest()
    assert Request.objects.filter(reference__endswith="/invoice/open").count() == asked
