"""Products show the quantities of their items; these are read on a schedule of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from qbwc.models import Pull
from syncapp.models import Cursor, Link

pytestmark = pytest.mark.django_db


def shown(world, name):
    row = world.products()[name]
    fields = ("QB_On_Hand__c", "QB_On_Sales_Order__c", "QB_Available__c", "QB_On_Purchase_Order__c")
    return [None if row[each] is None else float(row[each]) for each in fields]


def sell(world, item, quantity):
    customer = world.file.add_customer(Name=f"Buyer of {quantity}")
    line = {"ItemRef": {"ListID": item}, "Quantity": str(quantity)}
    return world.file.enter("SalesOrder", [line], CustomerRef={"ListID": customer})


def test_what_lies_in_stock_and_what_is_promised_stands_on_the_product(world):
    world.flows(item={}, stock={"every_minutes": 0})
    pump = world.inventory("Pump", "250.00", QuantityOnHand="12")
    world.service("Consulting", "1.00")
    world.rest()
    assert shown(world, "Pump") == [12, 0, 12, 0]
    assert shown(world, "Consulting") == [None] * 4
    sell(world, pump, 5)
    world.rest()
    assert shown(world, "Pump") == [12, 5, 7, 0]
    assert world.states("stock") == {"Pump": "in_step", "Consulting": "unwanted"}


def test_quantities_are_read_no_more_often_than_the_settings_say(world):
    world.flows(item={}, stock={"every_minutes": 60})
    pump = world.inventory("Pump", "250.00", QuantityOnHand="12")
    world.rest()
    sell(world, pump, 5)
    pulls = Pull.objects.filter(reference__contains="/stock/").count()
    world.rest()
    assert Pull.objects.filter(reference__contains="/stock/").count() == pulls
    assert shown(world, "Pump") == [12, 0, 12, 0]
    for cursor in Cursor.objects.filter(kind="stock", side="quickbooks"):
        cursor.moved_at -= timedelta(minutes=61)
        cursor.save()
    world.rest()
    assert shown(world, "Pump") == [12, 5, 7, 0]


def test_somebodys_own_number_in_such_a_field_gives_way_to_quickbooks(world):
    world.flows(item={}, stock={"every_minutes": 0})
    world.inventory("Pump", "250.00", QuantityOnHand="12")
    world.rest()
    world.salesforce.update(world.products()["Pump"]["Id"], QB_On_Hand__c=99)
    world.rest()
    assert shown(world, "Pump") == [12, 0, 12, 0]


def test_quantities_create_nothing_on_either_side(world):
    world.flows(stock={"every_minutes": 0})
    world.inventory("Pump", "250.00", QuantityOnHand="12")
    world.salesforce.insert("Product2", Name="Pump", IsActive=True)
    world.rest()
    assert len(world.salesforce.records("Product2")) == 1
    assert shown(world, "Pump") == [None] * 4
    assert set(Link.objects.values_list("state", flat=True)) == {"unwanted"}


def test_more_may_be_sold_than_lies_in_stock_and_every_stock_is_counted_by_its_type(world):
    world.flows(item={}, stock={"every_minutes": 0})
    pump = world.inventory("Pump", "250.00", QuantityOnHand="2")
    world.file.add("ItemNonInventory", Name="Manual", SalesOrPurchase={"AccountRef": world.accounts["Takings"]})
    customer = world.file.add_customer(Name="Buyer")
    line = {"ItemRef": {"ListID": pump}, "Quantity": "4.5"}
    world.file.enter("Invoice", [line], CustomerRef={"ListID": customer})
    sell(world, pump, 3)
    world.rest()
    assert shown(world, "Pump") == [-2.5, 3, -5.5, 0]
    assert shown(world, "Manual") == [None] * 4


def test_quantities_that_quickbooks_cannot_tell_hold_nothing_else_up(world):
    """As where the file's items are damaged: the answer is an error, again and again, until somebody repairs them."""
    world.flows(customer={"only_won": False}, stock={"every_minutes": 0}, item={})
    world.inventory("Pump", "250.00", QuantityOnHand="12")
    world.rest()
    stock = [pull.pk for pull in Pull.objects.filter(reference__contains="/stock/")]
    execute = world.web_connector._execute
    world.web_connector._execute = lambda document: damaged(execute(document))
    world.file.add_customer(Name="Acme")
    world.salesforce.insert("Account", Name="Bolt")
    for _ in range(3):
        world.cycle(), world.poll()
    assert {row["Name"] for row in world.salesforce.records("Account")} == {"Acme", "Bolt"}
    assert {row["Name"] for row in world.file.customers()} == {"Acme", "Bolt"}
    failed = Pull.objects.filter(reference__contains="/stock/").exclude(pk__in=stock)
    assert {pull.state for pull in failed} == {Pull.State.FAILED}
    assert shown(world, "Pump") == [12, 0, 12, 0]
    world.web_connector._execute = execute
    sell(world, world.file.elements("ItemInventory")[0]["ListID"], 5)
    world.rest()
    assert shown(world, "Pump") == [12, 5, 7, 0]


def damaged(exchange):
    """The same answer with an error in place of each list of items."""
    said = 'statusCode="1000" statusSeverity="Error" statusMessage="There has been an internal error."'
    lists = r'<ItemQueryRs( requestID="[^"]*")?[^>]*?(/>|>.*?</ItemQueryRs>)'
    answer = re.sub(lists, rf"<ItemQueryRs\1 {said}/>", exchange.response, flags=re.DOTALL)
    return replace(exchange, response=answer)
