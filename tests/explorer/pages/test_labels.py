"""Record types and elements have names that people know, not qbXML's own."""

from __future__ import annotations

import pytest

from syncapp.explorer import fields, kinds

NAMES = {
    "ItemService": "Service item",
    "ItemNonInventory": "Non-inventory item",
    "ItemReceipt": "Item receipt",
    "ItemSites": "Item sites",
    "CustomerMsg": "Customer message",
    "ReceivePayment": "Payment received",
    "SalesOrder": "Sales order",
    "DataExtDef": "Custom field",
}
ELEMENTS = {"BillAddress": "Bill address", "Addr2": "Line 2", "IsVendorEligibleFor1099": "Vendor eligible for 1099"}


@pytest.mark.parametrize("name, label", NAMES.items())
def test_a_record_type_is_called_what_people_call_it(name, label):
    assert kinds.record_types()[name].label == label


def test_no_two_record_types_have_one_name():
    labels = [kind.label for kind in kinds.record_types().values()]
    assert len(set(labels)) == len(labels)


def test_every_name_in_the_table_belongs_to_a_record_type():
    assert set(kinds.LABELS) <= set(kinds.record_types())


@pytest.mark.parametrize("name, label", ELEMENTS.items())
def test_an_element_is_called_in_words(name, label):
    assert fields.label(name) == label
