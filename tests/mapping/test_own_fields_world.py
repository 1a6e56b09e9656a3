"""A pair's own fields travel like any other, in both directions; and nothing is lost when the mapping changes."""

from __future__ import annotations

import pytest

from qbwc.models import Request
from syncapp import checking, cycle, field_mapping, limits
from syncapp.flows import FLOWS
from syncapp.models import Link, Run
from syncapp.records import Side
from tests.mapping.world import MappedWorld

pytestmark = pytest.mark.django_db

LEGAL = {"salesforce": "Legal_Name__c", "quickbooks": "custom:Legal name"}
JOB_STATUS = {"quickbooks": "JobStatus", "formula": 'map(Rating, "Hot", "Awarded", "Pending")'}


@pytest.fixture
def make():
    made = []

    def make(*args, **fields):
        made.append(MappedWorld(*args, **fields))
        return made[-1]

    yield make
    for world in made:
        world.close()


def test_custom_fields_formulas_constants_and_words_travel_with_whatever_stands_beside_them(make):
    world = make(
        legal_name=LEGAL,
        job_status=JOB_STATUS,
        source={"salesforce": "AccountSource", "value": "Other"},
        place={"salesforce": "Region__c", "formula": 'upper(BillAddress.City) & default(" " & [custom:Region], "")'},
        note={"salesforce": "Type", "quickbooks": "Notes", "values": {"Customer - Direct": "direct"}},
    )
    world.salesforce.insert(
        "Account", Name="Acme", Legal_Name__c="Acme Holding GmbH", Rating="Hot", Type="Customer - Direct"
    )
    world.file.add_customer(Name="Bolt", BillAddress={"City": "Bern"}, Notes="direct")
    world.set_custom("Bolt", Legal_name="Bolt & Sons", Region="West")
    world.come_to_rest()
    assert world.custom() == {"Legal name": "Acme Holding GmbH"}
    assert (world.customer()["JobStatus"], world.customer()["Notes"]) == ("Awarded", "direct")
    bolt = world.account("Bolt")
    assert (bolt["Legal_Name__c"], bolt["Region__c"]) == ("Bolt & Sons", "BERN West")
    assert (bolt["Type"], bolt["AccountSource"]) == ("Customer - Direct", "Other")
    world.set_custom("Acme", Legal_name="Acme SE")
    world.salesforce.update(bolt["Id"], Legal_Name__c=None, Phone="5", Region__c="mine")
    world.salesforce.update(world.account()["Id"], Rating="Cold")
    world.come_to_rest()
    assert world.account()["Legal_Name__c"] == "Acme SE"
    assert (world.custom("Bolt"), world.customer("Bolt")["Phone"]) == ({"Region": "West"}, "5")
    assert world.customer()["JobStatus"] == "Pending"
    assert world.account("Bolt")["Region__c"] == "BERN West", "a formula's field is its source's own"
    assert set(Link.objects.values_list("state", flat=True)) == {"in_step"}


def test_a_field_that_is_added_or_changed_later_overwrites_nothing_without_being_told_to(make):
    world = make(Side.QUICKBOOKS)
    for name in ("Acme", "Bolt"):
        world.salesforce.insert("Account", Name=name, Legal_Name__c=f"{name} of Salesforce", Phone="1", Fax="7")
    world.come_to_rest()
    world.set_custom("Acme", Legal_name="Acme of QuickBooks")
    world.save(
        legal_name={**LEGAL, "conflict": "ask"},
        phone={"salesforce": "Second_Phone__c"},
        fax={"direction": "off"},
        trade={"salesforce": "Region__c", "quickbooks": "custom:Region", "direction": "to_quickbooks"},
    )
    world.set_custom("Bolt", Region="never to be erased")
    world.come_to_rest()
    acme, bolt = Link.objects.get(name="Acme"), Link.objects.get(name="Bolt")
    assert (acme.state, bolt.state) == ("conflict", "in_step")
    assert acme.reason == "Changed on both sides: Legal name. Choose which side holds."
    assert world.custom("Bolt") == {"Legal name": "Bolt of Salesforce", "Region": "never to be erased"}
    assert (world.account()["Second_Phone__c"], world.account()["Phone"]) == ("1", "1")
    # What was replaced or switched off travels no more; what took its place does.
    world.salesforce.update(world.account()["Id"], Phone="2", Fax="8", Second_Phone__c="3")
    world.file.edit_customer(world.customer("Bolt")["ListID"], Phone="4", Fax="9")
    world.come_to_rest()
    assert (world.customer()["Phone"], world.customer()["Fax"]) == ("3", "7")
    assert (world.account("Bolt")["Second_Phone__c"], world.account("Bolt")["Phone"]) == ("4", "1")
    assert world.account("Bolt")["Fax"] == "7"
    # Back to the defaults: what the sides hold now is compared with what they last agreed on, and policy decides.
    world.save(legal_name={**LEGAL, "conflict": "salesforce"})
    world.come_to_rest()
    assert world.custom() == {"Legal name": "Acme of Salesforce"}
    assert world.account()["Phone"] == world.customer()["Phone"] == "3"


def test_what_a_new_field_would_overwrite_is_counted_by_the_safety_valve(make, monkeypatch):
    monkeypatch.setattr(limits, "OVERWRITE_COUNT_MIN", 1)
    world = make(Side.QUICKBOOKS)
    for name in ("Acme", "Bolt", "Core"):
        world.salesforce.insert("Account", Name=name, Legal_Name__c=f"{name} AG")
    world.come_to_rest()
    for name in ("Acme", "Bolt", "Core"):
        world.set_custom(name, Legal_name="something else")
    world.save(legal_name={**LEGAL, "direction": "to_quickbooks"})
    for _ in range(3):
        world.cycle()
        world.poll()
    run = Run.objects.filter(state="held").first()
    assert run is not None
    assert "would overwrite 3 of 3 linked records" in run.message
    assert {row["values"]["Legal name"] for row in run.plan} == {"Acme AG", "Bolt AG", "Core AG"}
    assert world.custom() == {"Legal name": "something else"}
    cycle.cycle(world.pair, world.connectors(), trigger="test", approve=True)
    world.come_to_rest()
    assert [world.custom(name) for name in ("Acme", "Core")] == [{"Legal name": "Acme AG"}, {"Legal name": "Core AG"}]


def test_a_custom_field_that_quickbooks_lacks_is_told_until_it_has_it(make):
    world = make(Side.QUICKBOOKS)
    world.salesforce.insert("Account", Name="Acme", Region__c="West")
    world.come_to_rest()
    area = {"area": {"salesforce": "Region__c", "quickbooks": "custom:Area", "direction": "to_quickbooks"}}
    unknown = [str(each) for each in field_mapping.judge(world.pair, "customer", _settings(area))[0]]
    assert unknown == [
        "fields.area: Whether QuickBooks has the custom field “Area” is not known yet. Its next session tells."
    ]
    world.save(**area)
    assert checking.problems(world.fresh_pair()) == []
    world.cycle()
    world.poll()
    told = "QuickBooks has no custom field “Area”. It has Legal name, Region. Make it in QuickBooks"
    assert told in checking.problems(world.fresh_pair())[0]
    world.file.define_custom_field("Area")
    world.cycle()
    world.poll()
    assert checking.problems(world.fresh_pair()) == []
    # Known by now: nothing more is asked of QuickBooks.
    asked = Request.objects.filter(name="DataExtDefQuery").count()
    world.cycle()
    world.poll()
    assert Request.objects.filter(name="DataExtDefQuery").count() == asked == 2


def _settings(fields):
    return FLOWS["customer"].complete({"fields": fields})
