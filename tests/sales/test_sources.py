"""Quotes and orders in place of opportunities: what is ready becomes a transaction, once, and stays in step."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.forms.models import model_to_dict

from syncapp.admin.pair_form import PairForm
from syncapp.configure import BadFile, configure
from syncapp.connectors.salesforce import package
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.flows import FLOWS
from syncapp.settings_rules import source_problem
from tests.sales.conftest import SalesWorld
from tests.world.stock import copy_of

pytestmark = pytest.mark.django_db


class SourceWorld(SalesWorld):
    """Sales are quotes, or whatever ``settings`` say."""

    def become(self, **settings):
        self.sales(**{"started": "2020-01-02T00:00:00+00:00", **settings})
        package.install(Gateway(self.org), lambda line: None, poll_seconds=0)
        self.org.refresh_from_db()

    def quote(self, *lines, name="Quote", status="Accepted", stage="Prospecting", account="ACME", **fields):
        deal = self.salesforce.insert(
            "Opportunity",
            Name=name,
            AccountId=self.account(account),
            StageName=stage,
            CloseDate="2026-02-03",
            Pricebook2Id=self.standard_book(),
        )
        given = {"Name": name, "OpportunityId": deal, "Status": "Draft", **fields}
        record_id = self.salesforce.insert("Quote", **given)
        self.add_lines("QuoteLineItem", "QuoteId", record_id, lines)
        self.salesforce.update(record_id, Status=status)
        return record_id

    def add_lines(self, sobject, parent, record_id, lines):
        for product, quantity, price, *more in lines:
            self.salesforce.insert(
                sobject,
                **{parent: record_id, "PricebookEntryId": self.entry(product)["Id"]},
                Quantity=quantity,
                UnitPrice=price,
                **(more[0] if more else {}),
            )

    def row(self, sobject, record_id):
        return next(row for row in self.salesforce.records(sobject) if row["Id"] == record_id)


def with_quotes():
    world = SourceWorld()
    world.rest()
    world.become(source="quote")
    return world


@pytest.fixture
def quoting(db):
    with copy_of(with_quotes) as world:
        yield world


def test_an_accepted_quote_becomes_an_invoice_and_its_number_comes_back(quoting):
    quote = quoting.quote(("Setup", 2, 75), ("Cable", 10, 3.5), BillingCity="Ely", QB_PO_Number__c="PO-1")
    quoting.quote(("Setup", 1, 75), name="Open", status="Draft", account="Elsewhere")
    quoting.opportunity(("Setup", 1, 75), name="Won", account="Nowhere")
    quoting.rest()
    invoice = quoting.document()
    assert quoting.document_lines() == [("Setup", 2, Decimal(150)), ("Cable", 10, Decimal(35))]
    assert (invoice["PONumber"], invoice["BillAddress"]["City"]) == ("PO-1", "Ely")
    row = quoting.row("Quote", quote)
    assert row["QB_Number__c"] == invoice["RefNumber"]
    assert row["QB_Total__c"] == Decimal("200.26")  # with tax
    assert str(row["QB_Date__c"]) == str(invoice["TxnDate"])
    assert row["QB_Sync_Status__c"] == "In step"
    assert quoting.sale_states()["Open"] == ("unwanted", "It is not ready: Status = 'Accepted' is not true of it.")


def test_a_pair_whose_opportunities_are_tied_does_not_go_over_to_quotes(quoting):
    """Else what was invoiced as an opportunity would be invoiced as a quote again."""
    quote = quoting.quote(("Setup", 2, 75))
    quoting.rest()
    given = {**quoting.pair.flows["sale"], "source": "order"}
    quoting.pair.refresh_from_db()
    why = source_problem(quoting.pair, FLOWS["sale"].complete(given))
    assert why.startswith("source cannot become “order” while there are sales that were made with “quote” (now 1)")
    with pytest.raises(BadFile, match="source cannot become “order”"):
        configure('[pair.acme]\nsales = { on = true, source = "order" }')
    form = PairForm({**model_to_dict(quoting.pair), "sale__source": "order"}, instance=quoting.pair)
    assert "source cannot become “order”" in str(form.errors)
    quoting.rest()
    assert len(quoting.documents()) == 1
    assert quoting.row("Quote", quote)["QB_Id__c"]


def test_a_quote_whose_opportunity_was_invoiced_is_not_invoiced_again(quoting):
    first = quoting.quote(("Setup", 2, 75), name="First")
    quoting.quote(("Cable", 1, 3.5), name="Second", account="Other")
    deal = quoting.row("Quote", first)["OpportunityId"]
    quoting.salesforce.update(deal, QB_Id__c="acme:1-99")
    quoting.rest()
    assert quoting.document_lines() == [("Cable", 1, Decimal("3.5"))]
    why = "Its opportunity has become a transaction in QuickBooks; it is not sent a second time."
    assert quoting.sale_states()["First"] == ("unwanted", why)


def test_what_is_ready_on_the_day_of_the_change_is_old(quoting):
    quoting.pair.refresh_from_db()
    quoting.sales(source="opportunity", started="2020-01-02T00:00:00+00:00")
    quoting.pair.refresh_from_db()
    assert quoting.pair.flows["sale"]["started"] > "2020-01-03"
    sold = quoting.pair.flows["sale"]["started"]
    quoting.sales(source="opportunity", started=sold, prefix="X-")
    quoting.pair.refresh_from_db()
    assert quoting.pair.flows["sale"]["started"] == sold
