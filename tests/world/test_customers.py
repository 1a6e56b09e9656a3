"""What people do to one customer, and what stands on the other side when all is at rest."""

from __future__ import annotations

import pytest

from syncapp.models import Link
from tests.world.whole import WholeWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = WholeWorld(0)
    yield world
    world.close()


def only(records):
    (record,) = records
    return record


def test_a_street_that_is_emptied_in_salesforce_is_emptied_in_quickbooks(world):
    world.salesforce.insert("Account", Name="Acme", BillingStreet="1 Main\r\nFloor 2", BillingCity="Bayshore")
    world.come_to_rest()
    account = only(world.salesforce.records("Account"))
    assert only(world.file.customers())["BillAddress"] == {"Addr1": "1 Main", "Addr2": "Floor 2", "City": "Bayshore"}
    world.salesforce.update(account["Id"], BillingStreet=None)
    world.come_to_rest()
    assert only(world.file.customers())["BillAddress"] == {"City": "Bayshore"}


def test_the_customer_that_a_vendor_keeps_from_its_name_gets_a_mark_and_the_account_keeps_its_own(world):
    world.file.add("Vendor", Name="Acme")
    world.salesforce.insert("Account", Name="Acme")
    world.come_to_rest()
    assert only(world.file.customers())["Name"].startswith("Acme ~")
    assert only(world.salesforce.records("Account"))["Name"] == "Acme"
    assert Link.objects.get().state == "in_step"


def test_the_ticked_contact_bills_and_another_tick_brings_another_person(world):
    account = world.salesforce.insert("Account", Name="Acme")
    first = world.salesforce.insert("Contact", AccountId=account, LastName="Lund", Email="lund@example.com")
    world.come_to_rest()
    world.salesforce.update(first, QB_Billing_Contact__c=False)
    world.salesforce.insert(
        "Contact", AccountId=account, LastName="Berg", Email="berg@example.com", QB_Billing_Contact__c=True
    )
    world.come_to_rest()
    customer = only(world.file.customers())
    assert (customer["LastName"], customer["Email"]) == ("Berg", "berg@example.com")


def test_a_customer_that_becomes_inactive_makes_its_account_inactive(world):
    list_id = world.file.add_customer(Name="Acme")
    world.come_to_rest()
    world.file.make_inactive(list_id)
    world.come_to_rest()
    assert only(world.salesforce.records("Account"))["QB_Active__c"] is False


def test_terms_and_balance_of_a_customer_stand_on_its_account(world):
    list_id = world.file.add_customer(Name="Acme", CreditLimit="500.00")
    world.file.set_balance(list_id, "12.34")
    world.come_to_rest()
    account = only(world.salesforce.records("Account"))
    assert str(account["QB_Balance__c"]) == "12.34"
    assert str(account["QB_Credit_Limit__c"]) in ("500.00", "500")
    assert account["QB_Id__c"] == f"acme:{list_id}"
