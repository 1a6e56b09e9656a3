"""A world without chance in which QuickBooks's documents and payments stand in Salesforce."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qbwc.models import Pull
from syncapp import clock
from syncapp.models import Link, MirrorRecord
from tests.items.conftest import ItemWorld
from tests.world.conftest import _one_connection
from tests.world.stock import copy_of

__all__ = ["_one_connection"]

LATER = date(2099, 1, 1)  # so that nothing is overdue


class DocumentWorld(ItemWorld):
    """A customer, two items and invoices of them; customers, items and invoices are on."""

    def __init__(self, **options):
        super().__init__(**options)
        self.later = 0
        self.flows(customer={"only_won": False, "near_matches": "ignore"}, item={}, invoice={})
        self.customer_id = self.file.add_customer(Name="Acme")
        self.consulting = self.service("Consulting", "100.00")
        self.support = self.service("Support", "50.00")

    def invoice(self, *lines, number="1001", customer="Acme", **fields):
        rows = lines or ({"ItemRef": "Consulting", "Quantity": 2}, {"ItemRef": "Support", "Quantity": 1})
        fields.setdefault("DueDate", LATER)
        return self.file.enter("Invoice", rows, CustomerRef=customer, RefNumber=number, **fields)

    def time_passes(self):
        """What was read so far is no longer looked at with each listing of changes; others have been made since."""
        self.clock.advance(3 * 3600)
        self.later += 1
        name = f"Other {self.later}"
        self.file.add_customer(Name=name)
        self.invoice(number=f"x{self.later}", customer=name)
        self.file.receive(name, "1.00", IsAutoApply=False, RefNumber=f"y{self.later}")
        self.file.enter("CreditMemo", [{"ItemRef": "Support"}], CustomerRef=name, RefNumber=f"z{self.later}")
        self.rest()

    # What people see in Salesforce

    def documents(self, kind="Invoice"):
        return {row["Name"]: row for row in self.salesforce.records("QB_Invoice__c") if row["QB_Type__c"] == kind}

    def lines(self, number):
        (document,) = [row for row in self.salesforce.records("QB_Invoice__c") if row["Name"] == number]
        rows = [r for r in self.salesforce.records("QB_Invoice_Line__c") if r["QB_Invoice__c"] == document["Id"]]
        return sorted(rows, key=lambda row: row["QB_Line_Number__c"])

    def payments(self, kind="Payment"):
        return {row["Name"]: row for row in self.salesforce.records("QB_Payment__c") if row["QB_Type__c"] == kind}

    def states(self, kind="invoice"):
        return {link.name: link.state for link in Link.objects.filter(kind=kind).order_by("id")}


def an_hour_passes():
    """By our own clock, so that what is open is due to be read again."""
    past = clock.now() - timedelta(hours=2)
    Pull.objects.filter(reference__endswith="/open").update(created_at=past)
    MirrorRecord.objects.filter(open=True).update(as_of=past)


@pytest.fixture
def world(db):
    with copy_of(DocumentWorld) as world:
        yield world
