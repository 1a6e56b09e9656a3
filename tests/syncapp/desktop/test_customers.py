"""How a customer is spelt in qbXML, and which field a refusal is about."""

from __future__ import annotations

import pytest

from syncapp.connectors.quickbooks_desktop.customers import Customers
from syncapp.records import Operation, Side, Verb

CUSTOMERS = Customers()


def operation(verb, values, **more):
    return Operation(1, "a-key", Side.QUICKBOOKS, "customer", verb, "8-1", "001", values, "17", **more)


@pytest.mark.parametrize(
    ("path", "values", "fields"),
    [
        ("CustomerAdd/ShipAddress/City", ["billing_city", "shipping_city"], ("shipping_city",)),
        ("CustomerAdd/BillAddress/Addr2", ["billing_street", "shipping_street"], ("billing_street",)),
        ("City", ["shipping_city"], ("shipping_city",)),
        ("CustomerMod/Phone", ["phone", "fax"], ("phone",)),
        ("CustomerMod/Phone", ["fax"], ()),
        ("CustomerMod/NoSuchThing", ["fax"], ()),
    ],
)
def test_a_refusal_is_about_the_field_that_the_operation_carried(path, values, fields):
    assert CUSTOMERS.fields_at_fault(path, dict.fromkeys(values, "x")) == fields


def test_a_customer_is_added_without_its_empty_parts():
    asked = CUSTOMERS.add(operation(Verb.CREATE, {"name": "Acme", "billing_city": "Bayshore", "fax": None}), {})
    assert asked.data == {
        "CustomerAdd": {
            "Name": "Acme",
            "CompanyName": "Acme",
            "BillAddress": {"City": "Bayshore"},
            "ExternalGUID": "{a-key}",
        }
    }


def test_a_changed_address_is_sent_as_a_whole():
    current = {"billing_street": "1 Main\nFloor 2", "billing_city": "Bayshore", "phone": "1"}
    changed = operation(Verb.UPDATE, {"billing_state": "CA"}, current=current)
    data = CUSTOMERS.mod(changed, {}).data["CustomerMod"]
    assert data["EditSequence"] == "17"
    assert "Phone" not in data
    address = {name: value for name, value in data["BillAddress"].items() if value}
    assert address == {"Addr1": "1 Main", "Addr2": "Floor 2", "City": "Bayshore", "State": "CA"}
