"""Further fields of a sale's lines: they travel with the line, both ways, and nothing of them is lost or made up."""

from __future__ import annotations

from datetime import date

import pytest

from project.sandbox.salesforce.schema import Field
from qbwc.qbxml import catalogue
from syncapp import checking, field_mapping
from syncapp.connectors.salesforce import own_fields
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.mapping import line_fields
from syncapp.models import Link, Operation, Pair
from syncapp.settings_rules import plan_again
from tests.sales.conftest import SalesWorld
from tests.world.stock import copy_of

OWN = {"Class__c": "ClassRef", "Start__c": "ServiceDate", "Room__c": "Other1"}
TYPES = {"Invoice": "Invoice", "Sales Order": "SalesOrder", "Sales Receipt": "SalesReceipt", "Estimate": "Estimate"}


def settings(**more):
    return FLOWS["sale"].complete(more)


class LinesWorld(SalesWorld):
    def _set_up_salesforce(self):
        super()._set_up_salesforce()
        line = self.salesforce.schema["OpportunityLineItem"]
        line.add([Field(name, "string", name, length=40) for name in ("Class__c", "Room__c", "Grade__c")])
        line.add([Field("Start__c", "date", "Start")])

    def sales(self, **settings):
        shown = self.salesforce.schema["QB_Invoice_Line__c"]
        shown.add([Field("Room__c", "string", "Room", length=40), Field("Begins__c", "date", "Begins")])
        super().sales(**settings)

    def map(self, **own):
        """What the admin and ``configure`` do with other settings."""
        former = self.pair.flows
        self.pair.flows = {**former, "sale": {**former["sale"], "line_fields": own}}
        self.pair.save(update_fields=["flows"])
        plan_again(Pair.objects.get(), former)

    def switch_on(self, kind, **settings):
        former = self.pair.flows
        self.pair.flows = {**former, kind: {"on": True, **settings}}
        self.pair.save(update_fields=["flows"])
        plan_again(Pair.objects.get(), former)

    def deal_line(self, place=0):
        rows = self.salesforce.records("OpportunityLineItem")
        return sorted(rows, key=lambda row: row.get("SortOrder") or 99)[place]

    def book_line(self, place=0):
        return self.document()["InvoiceLineRet"][place]


def mapped():
    world = LinesWorld(sale={"line_fields": OWN})
    world.rest()
    world.file.settings.class_tracking = True
    for name in ("East", "West"):
        world.file.add("Class", Name=name)
    return world


def unmapped():
    world = LinesWorld()
    world.rest()
    more = {"Room__c": "7", "ServiceDate": "2026-02-01"}
    world.deal_id = world.opportunity(("Setup", 2, 75, more), ("Cable", 1, 4, {"Room__c": "mine"}))
    world.rest()
    return world


@pytest.mark.django_db
def test_fields_of_lines_travel_both_ways_with_their_lines():
    with copy_of(mapped) as world:
        more = {"Class__c": "East", "Start__c": "2026-02-01", "Room__c": "7", "ServiceDate": "2026-12-24"}
        deal = world.opportunity(("Setup", 2, 75, more), ("Cable", 1, 4))
        world.rest()
        first, second = world.document()["InvoiceLineRet"]
        assert (first["ClassRef"]["FullName"], first["Other1"], first["ServiceDate"]) == ("East", "7", date(2026, 2, 1))
        assert not {"ClassRef", "Other1", "ServiceDate"} & set(second)
        # From Salesforce: one changed, one emptied; a new line has its own.
        world.salesforce.update(world.deal_line()["Id"], Class__c="West", Room__c=None, Start__c="2026-03-01")
        world.line(deal, "Cable", 3, 4, SortOrder=3, Room__c="9")
        world.rest()
        first, _, third = world.document()["InvoiceLineRet"]
        assert (first["ClassRef"]["FullName"], first.get("Other1"), first["ServiceDate"]) == (
            "West",
            None,
            date(2026, 3, 1),
        )
        assert third["Other1"] == "9"
        # From QuickBooks, beside a quantity.
        lines = [{"TxnLineID": each["TxnLineID"]} for each in world.document()["InvoiceLineRet"]]
        lines[1] |= {"Other1": "12", "ClassRef": "East", "ServiceDate": "2026-04-01", "Quantity": "2"}
        world.file.edit_txn(world.document()["TxnID"], lines=lines)
        world.rest()
        shown = world.deal_line(1)
        assert [shown[name] for name in ("Room__c", "Class__c", "Start__c")] == ["12", "East", date(2026, 4, 1)]
        assert float(shown["Quantity"]) == 2
        # What took the place of the usual field leaves that one alone.
        assert world.deal_line()["ServiceDate"] == date(2026, 12, 24)
        assert world.sale().state == "in_step"


@pytest.mark.django_db
def test_lines_that_are_mapped_later_are_planned_once_both_sides_were_read_and_nothing_is_emptied():
    with copy_of(unmapped) as world:
        lines = [{"TxnLineID": each["TxnLineID"]} for each in world.document()["InvoiceLineRet"]]
        lines[1]["Other1"] = "of QuickBooks"
        world.file.edit_txn(world.document()["TxnID"], lines=lines)
        world.rest()
        world.map(Room__c="Other1", Start__c="ServiceDate")
        before = Operation.objects.count()
        world.cycle()
        assert Operation.objects.count() == before, "QuickBooks has not told yet what its lines hold"
        world.rest()
        first, second = world.document()["InvoiceLineRet"]
        # Both sides' lines hold something new: QuickBooks's hold, and empty nothing.
        assert (first.get("Other1"), second["Other1"]) == (None, "of QuickBooks")
        assert world.deal_line(0)["Room__c"] == "7"
        assert first["ServiceDate"] == date(2026, 2, 1), "the new field was empty, and the date stays"
        assert world.deal_line(0)["Start__c"] == date(2026, 2, 1)
        assert world.deal_line(1)["Room__c"] == "of QuickBooks"
        assert world.sale().state == "in_step"


@pytest.mark.django_db
def test_a_header_field_that_is_mapped_later_is_filled_from_transactions_that_nobody_touched():
    with copy_of(unmapped) as world:
        world.file.edit_txn(world.document()["TxnID"], Other="of QuickBooks")
        world.rest()
        field_mapping.save(world.pair, "sale", {"other": {"salesforce": "NextStep", "quickbooks": "Other"}}, who="ann")
        world.rest()
        assert world.deal(world.deal_id)["NextStep"] == "of QuickBooks"
        assert Link.objects.get(kind="sale").state == "in_step"


@pytest.mark.django_db
def test_a_custom_field_of_a_line_is_read_and_told_where_quickbooks_lacks_it():
    with copy_of(unmapped) as world:
        world.map(Grade__c="custom:Grade")
        world.rest()
        told = checking.problems(Pair.objects.select_related("desktop").get())
        assert told == ["Sales: line_fields.Grade__c: QuickBooks has no custom field “Grade”."]
        world.file.define_custom_field("Grade", objects=("Item", "Invoice"))
        held, touch = world.file.txns.holder("Invoice", world.document()["TxnID"], world.book_line()["TxnLineID"])
        held.setdefault("0", {})["Grade"] = "A"
        touch(world.clock.unix())
        world.rest()
        assert world.deal_line()["Grade__c"] == "A"
        # It goes one way: an entry by hand is not sent, and refuses nothing.
        world.salesforce.update(world.deal_line()["Id"], Grade__c="B", Quantity=3)
        world.rest()
        assert world.document_lines()[0][1] == 3
        assert world.sale().state == "in_step"


@pytest.mark.django_db
def test_the_lines_of_documents_tell_further_fields_also_of_what_nobody_touched_since():
    with copy_of(unmapped) as world:
        lines = [{"TxnLineID": each["TxnLineID"]} for each in world.document()["InvoiceLineRet"]]
        lines[0]["Other1"] = "7"
        world.file.edit_txn(world.document()["TxnID"], lines=lines)
        world.switch_on("invoice")
        world.rest()
        assert {row["Room__c"] for row in world.salesforce.records("QB_Invoice_Line__c")} == {None}
        world.switch_on("invoice", line_fields={"Room__c": "Other1", "Begins__c": "ServiceDate"})
        world.rest()
        first, second = sorted(world.salesforce.records("QB_Invoice_Line__c"), key=lambda row: row["QB_Line_Number__c"])
        assert (first["Room__c"], first["Begins__c"]) == ("7", date(2026, 2, 1))
        assert first["QB_Service_Date__c"] == date(2026, 2, 1), "the usual field is filled as well"
        assert (second["Room__c"], second["Begins__c"]) == (None, None)
        assert set(Link.objects.filter(kind="invoice").values_list("state", flat=True)) == {"in_step"}


@pytest.mark.parametrize(
    "given, told",
    [
        ({"Class__c": "Colour"}, "line_fields.Class__c is “Colour”, but it may be Desc, ServiceDate, SalesTaxCodeRef"),
        ({"Class__c": "Amount"}, "line_fields.Class__c is “Amount”, but it may be"),
        ({"Class__c": 5}, "line_fields.Class__c is “5”, but it may be"),
        ({"A": "Other1", "B": "Other1"}, "line_fields names Other1 twice. Leave it to one field."),
        ({"Product2.Name": "Other1"}, "line_fields.Product2.Name: name a field of the lines in Salesforce"),
        ({"ServiceDate": "Other1"}, "line_fields.ServiceDate: the lines' own ServiceDate is mapped already"),
    ],
)
def test_a_line_field_that_makes_no_sense_is_refused_with_its_remedy(given, told):
    with pytest.raises(BadSetting) as refused:
        settings(line_fields=given)
    assert str(refused.value).startswith(f"Sales: {told}")


@pytest.mark.parametrize(
    "column, element, described, told",
    [
        ("Class__c", "ClassRef", {"type": "string"}, ""),
        ("Klass__c", "ClassRef", {"type": "string"}, "OpportunityLineItem has no field Klass__c"),
        (
            "Class__c",
            "ServiceDate",
            {"type": "string"},
            "of the type string, and QuickBooks's ServiceDate holds a date",
        ),
        ("Class__c", "Other1", {"type": "string", "updateable": False}, "is not updateable, so nothing can be written"),
    ],
)
def test_the_org_is_asked_whether_the_lines_have_the_field(column, element, described, told):
    mine = line_fields.of(settings(line_fields={column: element}))
    found = [str(each) for each in own_fields.judge_lines(mine, "OpportunityLineItem", {"Class__c": described})]
    assert bool(found) == bool(told), found
    assert not told or (told in found[0] and found[0].startswith(f"line_fields.{column}: "))


def test_every_element_that_is_offered_is_read_added_and_modified_in_the_lines_of_its_types():
    for element in line_fields.ELEMENTS.values():
        for type_, txn in TYPES.items():
            places = [catalogue.request(f"{txn}{verb}").find(f"{txn}{verb}/{txn}Line{verb}") for verb in ("Add", "Mod")]
            read = catalogue.answer(f"{txn}Query").records[txn].content.find(f"{txn}LineRet")
            has = [element.name in each.content.fields for each in (*places, read)]
            assert has == [type_ in element.types] * 3, (element.name, txn)
