"""Invoices that came from no opportunity become won opportunities, once; all documents name their opportunity."""

from __future__ import annotations

from datetime import date

import pytest

from syncapp.connectors.salesforce.errors import Lost
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import Link, Operation
from tests.breaking.test_backups import backup_of_ours, put_back_ours
from tests.documents.conftest import LATER
from tests.sales.conftest import LONG_AGO, SalesWorld

pytestmark = pytest.mark.django_db

SINCE = "2026-01-01"


class OpeningWorld(SalesWorld):
    """Sales are on, and invoices of QuickBooks become opportunities; “Acme” is a customer."""

    def __init__(self):
        super().__init__()
        self.file.add_customer(Name="Acme")
        self.openings()
        self.rest()

    def openings(self, *, on=True, **settings):
        sale = {"started": LONG_AGO, "from_invoices": on, "invoices_since": SINCE, **settings}
        customer = {"near_matches": "ignore", "only_won": False}
        self.flows(customer=customer, item={}, sale=sale, invoice={}, sales_order={})

    def invoice(self, number, *rows, **fields):
        lines = rows or ({"ItemRef": "Setup", "Quantity": 2},)
        fields = {"CustomerRef": "Acme", "TxnDate": date(2026, 2, 3), "DueDate": LATER, **fields}
        return self.file.enter("Invoice", lines, RefNumber=number, **fields)

    def order_and_invoice_of_an_estimate(self):
        """The estimate of an opportunity becomes order 8 in QuickBooks, and that becomes invoice 9."""
        self.opportunity(("Setup", 4, 75), name="Offered", account="Acme", QB_Transaction_Type__c="Estimate")
        self.rest()
        order = self.file.document_from(self.document("Estimate")["TxnID"], "SalesOrder", RefNumber="8")
        self.file.document_from(order, RefNumber="9")
        self.rest()

    def deals(self):
        return {row["Name"]: row for row in self.salesforce.records("Opportunity")}

    def shown(self):
        """The opportunity of each document in Salesforce, by the document's number."""
        names = {row["Id"]: row["Name"] for row in self.salesforce.records("Opportunity")}
        rows = self.salesforce.records("QB_Invoice__c")
        return {row["Name"]: names.get(row["QB_Opportunity__c"]) for row in rows}


@pytest.fixture
def world():
    world = OpeningWorld()
    yield world
    world.close()


def test_which_invoices_become_opportunities_and_what_follows(world):
    """One world, the rows of the flow's table: who gets an opportunity, what is in it, and what changes later."""
    setup = {"ItemRef": "Setup", "Quantity": 2, "Desc": "As agreed"}
    first = world.invoice("1", setup, {"ItemRef": "Cable", "Quantity": 10})
    world.invoice("2", {"Desc": "A gift"})
    world.invoice("3", TxnDate=date(2025, 12, 31))
    world.file.void_txn(world.invoice("4"))
    world.invoice("5", ExternalGUID="{11111111-2222-3333-4444-555555555555}")
    world.file.enter("SalesReceipt", [setup], CustomerRef="Acme", RefNumber="6", TxnDate=date(2026, 2, 3))
    own = world.opportunity(("Setup", 1, 75), name="Own", account="Acme")
    order = world.opportunity(("Setup", 3, 75), name="Ordered", account="Acme", QB_Transaction_Type__c="Sales Order")
    world.rest()
    made_of_it = world.file.document_from(world.document("SalesOrder")["TxnID"], RefNumber="7")
    world.order_and_invoice_of_an_estimate()

    assert set(world.deals()) == {"Invoice 1", "Invoice 2", "Own", "Ordered", "Offered"}
    assert (len(world.documents()), len(world.documents("SalesOrder"))) == (8, 2)
    deal = world.deals()["Invoice 1"]
    assert (deal["StageName"], str(deal["CloseDate"]), deal["IsWon"]) == ("Closed Won", "2026-02-03", True)
    assert deal["AccountId"] == world.account("Acme")
    assert (deal["QB_Id__c"], deal["QB_Number__c"], deal["QB_Transaction_Type__c"]) == (f"acme:{first}", "1", "Invoice")
    assert (float(deal["Amount"]), deal["Pricebook2Id"]) == (185.0, world.standard_book())
    assert world.deal_lines(deal["Id"]) == [("Setup", 2, 150), ("Cable", 10, 35)]
    assert (world.deals()["Invoice 2"]["Amount"], world.deal_lines(world.deals()["Invoice 2"]["Id"])) == (0, [])
    assert Link.objects.get(kind="sale", name="Invoice 1").state == "in_step"
    number = {row["TxnID"]: row["RefNumber"] for row in (*world.documents(), *world.documents("SalesOrder"))}
    of_own = number[world.deal(own)["QB_Id__c"].removeprefix("acme:")]
    of_order = number[world.deal(order)["QB_Id__c"].removeprefix("acme:")]
    assert made_of_it
    assert world.shown() == {
        "1": "Invoice 1",
        "2": "Invoice 2",
        "3": None,
        "4": None,
        "5": None,
        "7": "Ordered",
        "8": None,  # made of an estimate in QuickBooks
        "9": None,  # what QuickBooks says of it names the order alone
        of_own: "Own",
        of_order: "Ordered",
    }

    kept = world.file.txn(first)["InvoiceLineRet"][0]["TxnLineID"]
    more = {"ItemRef": "Cable", "Quantity": 4}
    world.file.edit_txn(first, [{"TxnLineID": kept, "Quantity": 5}, more], TxnDate=date(2026, 2, 9), DueDate=LATER)
    world.file.pay(first, "100.00")
    world.file.edit_txn(world.file.find_txn("Invoice", "4")["TxnID"], Memo="VOID: twice")
    world.rest()
    deal = world.deals()["Invoice 1"]
    assert world.deal_lines(deal["Id"]) == [("Setup", 5, 375), ("Cable", 4, 14)]
    assert (str(deal["CloseDate"]), deal["QB_Status__c"]) == ("2026-02-09", "Partly paid")
    assert deal["QB_Balance__c"] == world.file.txn(first)["BalanceRemaining"]
    world.file.delete_txn(first)
    world.salesforce.delete(world.deals()["Invoice 2"]["Id"])
    world.rest()
    assert set(world.deals()) == {"Invoice 1", "Own", "Ordered", "Offered"}
    assert world.deals()["Invoice 1"]["QB_Status__c"] == "Deleted in QuickBooks"


def test_whatever_is_lost_on_the_way_there_is_one_opportunity(world, monkeypatch):
    """The answer to the first call is lost, and the second call itself."""
    real, struck = Gateway.graphs, []

    def graphs(self, several):
        struck.append(1)
        if len(struck) > 2:
            return real(self, several)
        if len(struck) == 1:
            real(self, several)
        raise Lost("The connection broke.")

    monkeypatch.setattr(Gateway, "graphs", graphs)
    for number in ("1", "2"):
        world.invoice(number)
        world.rest()
    assert len(struck) == 3
    rows = world.salesforce.records("Opportunity")
    assert sorted(row["Name"] for row in rows) == ["Invoice 1", "Invoice 2"]
    assert [world.deal_lines(row["Id"]) for row in rows] == [[("Setup", 2, 150)]] * 2
    assert {link.state for link in Link.objects.filter(kind="sale")} == {"in_step"}
    assert len(world.documents()) == 2


@pytest.mark.slow
def test_after_a_backup_of_ours_is_restored_the_opportunity_is_found(world):
    backup = backup_of_ours()
    world.invoice("1")
    world.rest()
    put_back_ours(world, backup)
    world.rest()
    assert list(world.deals()) == ["Invoice 1"]
    assert world.shown() == {"1": "Invoice 1"}
    assert len(world.documents()) == 1
    Operation.objects.all().delete()
    Link.objects.all().delete()
    put_back_ours(world, backup)
    world.file.edit_txn(world.document()["TxnID"], Memo="Later")
    world.rest()
    assert list(world.deals()) == ["Invoice 1"]
    assert Link.objects.get(kind="sale").state == "in_step"
    put_back_ours(world, backup)
    world.file.delete_txn(world.document()["TxnID"])
    world.rest()
    assert (world.documents(), Link.objects.get(kind="sale").state) == ([], "gone")


def test_history_reaches_as_far_back_as_the_settings_say_and_is_made_once(world):
    world.openings(on=False)
    world.invoice("1", TxnDate=date(2025, 3, 1))
    world.invoice("2", TxnDate=date(2026, 1, 1))
    world.rest()
    assert world.deals() == {}
    world.openings()
    world.rest()
    assert set(world.deals()) == {"Invoice 2"}
    world.openings(invoices_since="2025-01-01", opportunity_name="Sale {number}")
    world.rest()
    assert set(world.deals()) == {"Invoice 2", "Sale 1"}
    world.openings(on=False)
    world.invoice("3")
    world.rest()
    world.openings(invoices_since="2027-01-01")
    world.rest()
    assert set(world.deals()) == {"Invoice 2", "Sale 1"}


@pytest.mark.slow
def test_a_product_without_a_price_and_a_stage_that_is_not_won_are_told(world):
    book = world.salesforce.insert("Pricebook2", Name="Partners", IsActive=True)
    world.openings(price_book="Partners")
    world.invoice("1")
    world.rest()
    link = Link.objects.get(kind="sale")
    assert link.state == "refused"
    assert "price book has no active price of “Setup”" in link.reason
    world.openings(price_book="Partners", stage="Prospecting")
    run = world.cycle()
    assert "“Prospecting” is no stage of Salesforce's that counts as won." in run
    product = world.product("Setup")
    world.salesforce.insert("PricebookEntry", Product2Id=product, Pricebook2Id=book, UnitPrice=60, IsActive=True)
    world.openings(price_book="Partners", stage="Closed Won")
    world.rest()
    deal = world.deals()["Invoice 1"]
    assert (deal["Pricebook2Id"], float(deal["Amount"])) == (book, 150.0)


def test_settings_that_make_no_sense_are_refused():
    sales = FLOWS["sale"]
    with pytest.raises(BadSetting, match="invoices_since"):
        sales.complete({"from_invoices": True})
    with pytest.raises(BadSetting, match="direction"):
        sales.complete({"from_invoices": True, "invoices_since": SINCE, "direction": "to_quickbooks"})
    with pytest.raises(BadSetting, match="opportunity_name"):
        sales.complete({"from_invoices": True, "invoices_since": SINCE, "opportunity_name": " "})


def test_an_invoice_whose_order_was_deleted_before_anybody_read_it_waits_for_it_no_longer(world):
    world.file.quirks.payments_touch_documents = False  # the invoice keeps naming its order
    setup = {"ItemRef": "Setup", "Quantity": 2}
    order = world.file.enter("SalesOrder", [setup], CustomerRef="Acme", RefNumber="8", TxnDate=date(2026, 2, 3))
    world.file.document_from(order, RefNumber="9")
    execute = world.web_connector._execute

    def and_a_person(document):
        if "<SalesOrderQueryRq" in document and order in document and world.documents("SalesOrder"):
            world.file.delete_txn(order)
        return execute(document)

    world.web_connector._execute = and_a_person
    world.rest()
    assert world.documents("SalesOrder") == []
    assert set(world.deals()) == {"Invoice 9"}
    assert world.deal_lines(world.deals()["Invoice 9"]["Id"]) == [("Setup", 2, 150)]
