"""Where both sides have several currencies, a document stands in its own, with the rate of its day."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from project.sandbox.desktop.settings import Settings
from project.sandbox.salesforce import Org as SandboxOrg
from project.sandbox.salesforce.standard import Switches
from project.wiring import connectors_for
from tests.documents.conftest import DocumentWorld

pytestmark = pytest.mark.django_db


class WideWorld(DocumentWorld):
    currencies = ("USD", "EUR")  # the first is the org's own

    def _set_up_salesforce(self):
        switches = Switches(currencies=self.currencies)
        self.salesforce = SandboxOrg(
            "acme", clock=self.clock, chance=self.chance, faults=self.faults, switches=switches
        )
        self.open()


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr("project.sandbox.desktop.company_file.Settings", lambda: Settings(multi_currency=True))
    world = WideWorld()
    yield world
    world.close()


def test_a_document_in_euros_stands_there_in_euros_with_its_rate_and_its_payment(world):
    world.flows(customer={"only_won": False}, invoice={}, payment={})
    world.file.add_customer(Name="Eau", CurrencyRef={"FullName": "Euro"})
    world.file.add("Account", Name="Receivable EUR", AccountType="AccountsReceivable", CurrencyRef={"FullName": "Euro"})
    invoice = world.invoice(number="E1", customer="Eau", ExchangeRate="1.25", ARAccountRef="Receivable EUR")
    world.invoice(number="U1")
    world.file.pay(invoice, "10.00", RefNumber="77", ExchangeRate="1.25")
    world.rest()
    rows = world.documents()
    assert (rows["E1"]["CurrencyIsoCode"], rows["E1"]["QB_Currency__c"]) == ("EUR", "EUR")
    assert rows["E1"]["QB_Exchange_Rate__c"] == Decimal("1.25")
    assert rows["U1"]["CurrencyIsoCode"] == "USD"
    assert {line["CurrencyIsoCode"] for line in world.lines("E1")} == {"EUR"}
    assert world.payments()["77"]["CurrencyIsoCode"] == "EUR"
    world.file.pay(invoice, "90.63", RefNumber="78", ExchangeRate="1.40")
    world.rest()
    row, theirs = world.documents()["E1"], world.file.txn(invoice)
    assert theirs["BalanceRemaining"] == Decimal("170.00"), "the difference in rates is QuickBooks's own affair"
    assert (row["QB_Total__c"], row["QB_Applied__c"], row["QB_Balance__c"], row["QB_Status__c"]) == (
        Decimal("270.63"),
        Decimal("100.63"),
        Decimal("170.00"),
        "Partly paid",
    )
    assert row["QB_Exchange_Rate__c"] == Decimal("1.25")
    assert {name: paid["QB_Exchange_Rate__c"] for name, paid in world.payments().items()} == {
        "77": Decimal("1.25"),
        "78": Decimal("1.40"),
    }
    assert {each["CurrencyIsoCode"] for each in world.salesforce.records("QB_Allocation__c")} == {"EUR"}
    out = StringIO()
    call_command("reconcile", "acme", "--json", stdout=out)
    invoices = json.loads(out.getvalue())[0]
    assert {(row["name"], row["currency"], row["salesforce"]["count"]) for row in invoices["customers"]} == {
        ("Acme", "USD", 1),
        ("Eau", "EUR", 1),
    }
    assert [row["salesforce"] for row in invoices["months"]] == [row["quickbooks"] for row in invoices["months"]]


class EuroOrg(WideWorld):
    """Its connectors are wired as those of a real pair."""

    currencies = ("EUR", "USD")

    def connectors(self):
        self.pair.refresh_from_db()
        return connectors_for(self.pair)


def test_documents_of_the_only_currency_of_quickbooks_are_in_that_and_not_in_the_orgs_own(db):
    """QuickBooks names no currency where it keeps one."""
    world = EuroOrg()
    try:
        world.flows(customer={"only_won": False}, invoice={}, payment={})
        invoice = world.invoice(number="U1")
        world.file.pay(invoice, "10.00", RefNumber="77")
        world.rest()
        sobjects = ("QB_Invoice__c", "QB_Invoice_Line__c", "QB_Payment__c", "QB_Allocation__c")
        rows = [row for sobject in sobjects for row in world.salesforce.records(sobject)]
        assert len(rows) == 5
        assert {row["CurrencyIsoCode"] for row in rows} == {"USD"}
    finally:
        world.close()
