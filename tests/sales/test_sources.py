"""Quotes and orders in place of opportunities: what is ready becomes a transaction, once, and stays in step."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.forms.models import model_to_dict

from project.sandbox.salesforce import Switches
from syncapp.admin.pair_form import PairForm
from syncapp.configure import BadFile, configure
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import package
from syncapp.connectors.salesforce.checking import look
from syncapp.connectors.salesforce.deploying import deploy
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.metadata import CustomObject, Fields, Package, PermissionSet, Rights, Section
from syncapp.connectors.salesforce.metadata_xml import package_zip
from syncapp.field_mapping import source_warnings
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import Run
from syncapp.records import Side
from syncapp.settings_rules import plan_again, source_problem
from tests.sales.conftest import SalesWorld
from tests.world.stock import copy_of

pytestmark = pytest.mark.django_db


DEAL = {
    "account": "Customer__c",
    "date": "Day__c",
    "lines": "Deal_Line__c",
    "parent": "Deal__c",
    "product": "What__c",
    "quantity": "Count__c",
    "price": "Price__c",
}
DEALS = (
    CustomObject(
        *("Deal__c", "Deal", "Deals", "A deal.", "Deal Name", (Section("A", ("Name",)),), ()),
        sharing="ReadWrite",
    ),
    CustomObject(
        *("Deal_Line__c", "Deal Line", "Deal Lines", "A line.", "Line", (Section("A", ("Name", "Deal__c")),), ()),
        numbers="L-{000000}",
        sharing="ControlledByParent",
    ),
)
DEAL_FIELDS = (
    Fields("Deal__c").lookup("Customer__c", "Customer", "Account", "Deals", "Deals", "Who."),
    Fields("Deal__c").date("Day__c", "Day", "When.", by_hand=True),
    Fields("Deal__c").checkbox("Ready__c", "Ready", "Whether.", ticked=False, by_hand=True),
    Fields("Deal_Line__c").master("Deal__c", "Deal", "Deal__c", "Deal_Lines", "Lines", "Whose."),
    Fields("Deal_Line__c").lookup("What__c", "What", "Product2", "Deal_Lines", "Lines", "What."),
    Fields("Deal_Line__c").number("Count__c", "Count", "How many."),
    Fields("Deal_Line__c").money("Price__c", "Price", "How much."),
)
WHOLE = Rights(create=True, edit=True, delete=True, view_all=True, modify_all=True)
DEALERS = PermissionSet("Dealers", "Dealers", "Deals.", {"Deal__c": WHOLE, "Deal_Line__c": WHOLE}, edits_all=True)


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

    def order(self, *lines, account="ACME", status="Activated", **fields):
        given = {"AccountId": self.account(account), "EffectiveDate": "2026-02-03", "Status": "Draft", **fields}
        record_id = self.salesforce.insert("Order", Pricebook2Id=self.standard_book(), **given)
        self.add_lines("OrderItem", "OrderId", record_id, lines)
        self.salesforce.update(record_id, Status=status)
        return record_id

    def deal_of(self, *lines, account="ACME", **fields):
        given = {"Customer__c": self.account(account), "Day__c": "2026-02-04", "Ready__c": True, **fields}
        record_id = self.salesforce.insert("Deal__c", Name="Deal", **given)
        for product, quantity, price in lines:
            given = {"Deal__c": record_id, "What__c": self.product(product), "Count__c": quantity, "Price__c": price}
            self.salesforce.insert("Deal_Line__c", **given)
        return record_id

    def rows(self, sobject, parent, record_id):
        found = [row for row in self.salesforce.records(sobject) if row[parent] == record_id]
        return sorted(found, key=lambda row: row["Id"])

    def row(self, sobject, record_id):
        return next(row for row in self.salesforce.records(sobject) if row["Id"] == record_id)


def with_quotes():
    world = SourceWorld()
    world.rest()
    world.become(source="quote")
    return world


def with_orders():
    world = SourceWorld()
    world.rest()
    world.become(source="order")
    return world


class WorldWithoutQuotes(SourceWorld):
    switches = Switches(quotes=False)


def with_deals():
    """An org with an object of its own, which the sync's user may see."""
    world = SourceWorld()
    world.rest()
    gateway = Gateway(world.org)
    theirs = Package(1, DEALS, DEAL_FIELDS, (DEALERS,))
    deploy(gateway, package_zip(gateway.version, theirs), lambda line: None, poll_seconds=0, traces=lambda: True)
    [dealers] = [row["Id"] for row in world.salesforce.records("PermissionSet") if row["Name"] == "Dealers"]
    gateway.create("PermissionSetAssignment", {"AssigneeId": world.org.user_id, "PermissionSetId": dealers})
    world.become(source="Deal__c", ready="Ready__c = true", source_fields=DEAL)
    return world


@pytest.fixture
def ordering(db):
    with copy_of(with_orders) as world:
        yield world


@pytest.fixture
def dealing(db):
    with copy_of(with_deals) as world:
        yield world


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
    assert configure('[pair.acme]\nschedule = "*/20 * * * *"').changed  # what leaves sales out changes nothing of them
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


def test_a_pair_that_has_sold_nothing_yet_may_change_what_it_sells_by(quoting):
    quoting.quote(("Setup", 1, 75), name="Open", status="Draft")
    quoting.rest()
    before = dict(quoting.pair.flows)
    quoting.become(source="order", started="2020-01-03T00:00:00+00:00")
    plan_again(quoting.pair, before)
    order = quoting.order(("Setup", 2, 75))
    quoting.rest()
    assert quoting.document_lines() == [("Setup", 2, Decimal(150))]
    assert quoting.row("Order", order)["QB_Number__c"] == quoting.document()["RefNumber"]
    assert quoting.sale_states()["Open"][0] in ("closed", "unwanted")
    assert not Run.objects.exclude(state="done").exists()


def test_what_waited_as_a_quote_is_not_sent_once_sales_are_opportunities(quoting):
    rare = quoting.salesforce.insert("Product2", Name="Rare", IsActive=True)
    entry = {"Product2Id": rare, "Pricebook2Id": quoting.standard_book(), "UnitPrice": 5, "IsActive": True}
    quoting.salesforce.insert("PricebookEntry", **entry)
    link = {"salesforce_id": quoting.quote(("Rare", 2, 75))}
    quoting.rest()
    assert quoting.sales_links().get(**link).state == "waiting"
    quoting.sales(source="opportunity")
    quoting.service("Rare", "5.00")
    quoting.rest()
    assert quoting.documents() == []
    assert quoting.sales_links().get(**link).reason == "The settings were changed, and it was not read since."
    quoting.sales(source="quote", since="2020-01-01")
    quoting.rest()
    assert quoting.document_lines() == [("Rare", 2, Decimal(150))]


def test_what_is_ready_on_the_day_of_the_change_is_old(quoting):
    quoting.pair.refresh_from_db()
    quoting.sales(source="opportunity", started="2020-01-02T00:00:00+00:00")
    quoting.pair.refresh_from_db()
    assert quoting.pair.flows["sale"]["started"] > "2020-01-03"
    sold = quoting.pair.flows["sale"]["started"]
    quoting.sales(source="opportunity", started=sold, prefix="X-")
    quoting.pair.refresh_from_db()
    assert quoting.pair.flows["sale"]["started"] == sold
    quoting.sales(on=False, source="order", started=sold)  # nor where that is done in two steps
    quoting.pair.refresh_from_db()
    assert "started" not in quoting.pair.flows["sale"]


def test_what_changes_later_travels_both_ways_and_what_a_quote_cannot_take_is_said(quoting):
    quote = quoting.quote(("Setup", 2, 75), ("Cable", 10, 3.5, {"Discount": 10}))
    quoting.rest()
    setup, _ = quoting.rows("QuoteLineItem", "QuoteId", quote)
    quoting.salesforce.update(setup["Id"], Quantity=3)
    quoting.rest()
    assert quoting.document_lines() == [("Setup", 3, Decimal(225)), ("Cable", 10, Decimal("31.5"))]
    first, second = quoting.document()["InvoiceLineRet"]
    new = {"TxnLineID": "-1", "ItemRef": "Cable", "Quantity": "2", "Rate": "4"}
    kept = [{"TxnLineID": first["TxnLineID"], "Quantity": "1"}, {"TxnLineID": second["TxnLineID"]}]
    quoting.file.edit_txn(quoting.document()["TxnID"], lines=[*kept, new], PONumber="PO-2")
    quoting.rest()
    shown = [(row["Quantity"], row["TotalPrice"]) for row in quoting.rows("QuoteLineItem", "QuoteId", quote)]
    assert shown == [(1, 75), (10, Decimal("31.5")), (2, 8)]
    assert quoting.row("Quote", quote)["QB_PO_Number__c"] == "PO-2"
    lines = [{"TxnLineID": each["TxnLineID"]} for each in quoting.document()["InvoiceLineRet"]]
    lines[2] |= {"Quantity": "3", "Amount": "10.00"}
    quoting.file.edit_txn(quoting.document()["TxnID"], lines=lines)
    quoting.rest()
    assert quoting.sale("Quote").state == "refused"
    assert "3.00 of a product come to 10.00" in quoting.sale("Quote").reason
    assert [row["TotalPrice"] for row in quoting.rows("QuoteLineItem", "QuoteId", quote)][2] == 8


def test_an_activated_order_becomes_one_invoice_though_the_answer_is_lost_and_stays_as_it_is(ordering):
    order = ordering.order(("Setup", 2, 75), PoNumber="PO-1", ShippingCity="Rye")
    ordering.order(("Setup", 1, 75), account="Elsewhere", status="Draft")
    ordering.opportunity(("Setup", 1, 75), name="Won", account="Nowhere")
    ordering.cycle()
    ordering.poll_and_lose_the_answer_to("InvoiceAdd")
    ordering.rest()
    invoice = ordering.document()
    assert ordering.document_lines() == [("Setup", 2, Decimal(150))]
    assert (str(invoice["TxnDate"]), invoice["PONumber"]) == ("2026-02-03", "PO-1")
    assert [each["Name"] for each in ordering.file.customers()] == ["ACME"]  # only_won: an order is activated
    row = ordering.row("Order", order)
    assert row["QB_Number__c"] == invoice["RefNumber"]
    assert (row["Status"], row["QB_Sync_Status__c"]) == ("Activated", "In step")
    [line] = invoice["InvoiceLineRet"]
    ordering.file.edit_txn(invoice["TxnID"], lines=[{"TxnLineID": line["TxnLineID"], "Quantity": "3"}], PONumber="PO-2")
    ordering.rest()
    row = ordering.row("Order", order)
    assert (row["PoNumber"], float(row["TotalAmount"])) == ("PO-2", 150)
    link = ordering.sale(row["OrderNumber"])
    assert link.state == "refused"
    assert "The order is activated, and Salesforce keeps its account, date and products" in link.reason
    assert len(ordering.documents()) == 1


def test_a_custom_object_is_sold_by_the_fields_that_the_settings_name(dealing):
    deal = dealing.deal_of(("Setup", 2, 75), ("Cable", 10, 3.5))
    dealing.deal_of(("Setup", 1, 75), account="Elsewhere", Ready__c=False)
    dealing.rest()
    assert dealing.document_lines() == [("Setup", 2, Decimal(150)), ("Cable", 10, Decimal(35))]
    assert str(dealing.document()["TxnDate"]) == "2026-02-04"
    assert [each["Name"] for each in dealing.file.customers()] == ["ACME"]
    assert dealing.row("Deal__c", deal)["QB_Number__c"] == dealing.document()["RefNumber"]
    [line, _] = dealing.document()["InvoiceLineRet"]
    new = {"TxnLineID": "-1", "ItemRef": "Cable", "Quantity": "2", "Rate": "4"}
    dealing.file.edit_txn(dealing.document()["TxnID"], lines=[{"TxnLineID": line["TxnLineID"], "Quantity": "3"}, new])
    dealing.rest()
    rows = dealing.rows("Deal_Line__c", "Deal__c", deal)
    assert [(row["Count__c"], row["Price__c"]) for row in rows] == [(3, 75), (2, 4)]
    said = {**dealing.pair.flows["sale"]["source_fields"], "date": "Ready__c", "product": "Deal__c", "price": "Cost__c"}
    dealing.sales(source="Deal__c", ready="Ready__c = true", source_fields=said)
    with pytest.raises(ConnectorError, match=r"Deal_Line__c\.Cost__c is missing") as caught:
        dealing.connectors()[Side.SALESFORCE].check("sale")
    assert "Or correct source and source_fields in the pair's sales settings." in caught.value.remedy
    dealing.sales(source="Deal__c", ready="Ready__c = true", source_fields={**said, "price": "Price__c"})
    with pytest.raises(ConnectorError) as caught:
        dealing.connectors()[Side.SALESFORCE].check("sale")
    assert "source_fields.date: Deal__c.Ready__c is of the type boolean, not date." in caught.value.message
    assert "source_fields.product: Deal_Line__c.Deal__c does not refer to Product2." in caught.value.message


def test_the_package_brings_our_fields_to_quotes_only_where_a_pair_sells_by_them(quoting):
    gateway = Gateway(quoting.org)
    assert package.permission_sets(gateway)["QuickBooks_Sync"].stamp.parts == ("Quote",)
    quoting.sales(source="order")
    state = look(gateway, ["sale"])
    assert "Order.QB_Id__c" in state.problems
    assert "which adds our fields to Order" in state.remedy
    package.upgrade(gateway, lambda line: None, poll_seconds=0)
    assert look(gateway, ["sale"]).good
    assert package.permission_sets(gateway)["QuickBooks_Sync"].stamp.parts == ("Order", "Quote")
    package.remove(gateway, lambda line: None, poll_seconds=0, force=True)
    for described in gateway.describe("Quote", "Order", "QuoteLineItem", "OrderItem", fresh=True):
        assert not [name for name in described if name.startswith("QB_")]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"source": "Deal"}, "source is “Deal”, but may be opportunity, quote, order, or a custom object"),
        ({"source": "Deal__c"}, "source_fields.account is missing"),
        ({"source": "quote", "source_fields": {"account": "A__c"}}, "source_fields is for custom objects"),
        ({"source": "quote", "from_invoices": True}, "from_invoices makes opportunities, and source is “quote”"),
        ({"ready": "IsWon = true"}, "ready is for other sources"),
        ({"source": "Deal__c", "source_fields": DEAL}, "ready is empty, but must say which records of Deal__c"),
        ({"source": "Deal__c", "source_fields": {**DEAL, "prize": "P__c"}}, "source_fields names “prize”"),
        ({"source": "Deal__c", "source_fields": {**DEAL, "price": "a b"}}, "source_fields.price is “a b”"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused_before_anything_is_asked(given, why):
    with pytest.raises(BadSetting, match=re.escape(why)):
        FLOWS["sale"].complete(given)


def test_the_invoice_in_salesforce_names_the_quote_that_it_came_from(quoting):
    quote = quoting.quote(("Setup", 2, 75))
    quoting.pair.flows = {**quoting.pair.flows, "invoice": {"on": True, "since": "2020-01-01"}}
    quoting.pair.save(update_fields=["flows"])
    quoting.rest()
    [row] = quoting.salesforce.records("QB_Invoice__c")
    assert (row["QB_Quote__c"], row["QB_Opportunity__c"]) == (quote, None)


def test_an_org_without_quotes_is_told_so_before_anything_is_deployed_or_read(db):
    with copy_of(WorldWithoutQuotes) as world:
        parts = package.permission_sets(Gateway(world.org))["QuickBooks_Sync"].stamp.parts
        with pytest.raises(ConnectorError, match="Quote is not there for the sync's user"):
            world.become(source="quote")
        assert package.permission_sets(Gateway(world.org))["QuickBooks_Sync"].stamp.parts == parts == ()
        [warning] = source_warnings(world.pair)
        assert warning.startswith("Sales: Salesforce org “acme”: Quote is missing, or not visible to the sync's user")
