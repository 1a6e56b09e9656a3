"""What forms, schemas and columns are made of agrees with what is built and with what comes back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from qbwc.qbxml import build
from qbwc.qbxml.errors import BadRequest
from syncapp.explorer import fields, kinds
from tests.explorer.core import samples

EVERY = [(name, action) for name, kind in kinds.record_types().items() for action in kind.requests]


def entries(name, action, **options):
    return fields.entries(name, action, **options)


def walk(found):
    for entry in found:
        yield entry
        yield from walk(entry.children)


@pytest.mark.parametrize("action", ["query", "add", "modify", "delete", "void"])
def test_every_entry_is_found_by_its_path_and_has_a_label(action):
    for name, kind in kinds.record_types().items():
        if action in kind.requests:
            found = entries(name, action)
            assert found or action == "query", name
            for entry in walk(found):
                assert fields.find(found, entry.path) == entry
                assert entry.label
                assert entry.label[0].isupper() or entry.label[0].isdigit(), entry.label


@pytest.mark.parametrize("name", [name for name, kind in kinds.record_types().items() if "add" in kind.requests])
def test_what_the_form_says_is_required_is_what_building_demands(name):
    """Without any one of them, QuickBooks would not take the sample; an entry less is no form, one more no help."""
    if name in samples.OTHERWISE:
        return
    kind = kinds.record_types()[name]
    record = fields.spelt(kind, "add", (samples.LISTS | samples.TRANSACTIONS)[name][0])
    demanded = set()
    for element in record:
        less = {key: value for key, value in record.items() if key != element}
        try:
            build.build(kind.requests["add"], {kind.holder("add"): less})
        except BadRequest as problem:
            if problem.rule == "required":
                demanded.add(element)
    said = {entry.name for entry in entries(name, "add") if entry.required and not entry.alternatives}
    assert said <= set(record)
    assert said <= demanded, name
    choices = {entry.name for entry in entries(name, "add") if any(each.required for each in entry.alternatives)}
    assert demanded <= said | choices | {entry.name for entry in entries(name, "add") if entry.repeats}, name


def test_what_this_quickbooks_lacks_says_why():
    by_name = {entry.name: entry for entry in entries("Invoice", "add", version="6.0", country="US")}
    assert by_name["ExchangeRate"].refused == "This needs qbXML 8.0 or later."
    assert by_name["IsTaxIncluded"].refused == "QuickBooks does not have this in US."
    assert not by_name["Memo"].refused
    assert "ExchangeRate" not in {leaf.path for leaf in fields.leaves(entries("Invoice", "add", version="6.0"))}


def test_alternatives_say_which_go_together():
    by_name = {entry.name: entry for entry in entries("Customer", "query")}
    branches = {name: by_name[name].alternatives[0].branch for name in ("ListID", "FullName", "ActiveStatus")}
    assert branches == {"ListID": 0, "FullName": 1, "ActiveStatus": 2}
    inner = [by_name[name].alternatives[1] for name in ("NameFilter", "NameRangeFilter")]
    assert inner[0].choice == inner[1].choice
    assert inner[0].branch != inner[1].branch


def test_limits_and_tokens_are_those_of_the_catalogue():
    by_path = {entry.path: entry for entry in walk(entries("Customer", "add"))}
    assert (by_path["Name"].limit, by_path["Name"].required) == (41, True)
    assert by_path["BillAddress/City"].limit == 31
    assert "Awarded" in by_path["JobStatus"].values
    assert by_path["TermsRef"].reference
    assert [child.name for child in by_path["TermsRef"].children] == ["ListID", "FullName"]


def test_values_are_put_and_found_by_paths():
    data = {}
    fields.put(data, "InvoiceLineAdd[2]/ItemRef/FullName", "Bolt")
    fields.put(data, "InvoiceLineAdd[1]/Quantity", "1")
    fields.put(data, "BillAddress/City", "Lund")
    assert data == {
        "InvoiceLineAdd": [{"Quantity": "1"}, {"ItemRef": {"FullName": "Bolt"}}],
        "BillAddress": {"City": "Lund"},
    }
    assert fields.value_at(data, "InvoiceLineAdd[2]/ItemRef/FullName") == "Bolt"
    assert fields.value_at(data, "InvoiceLineAdd[3]/Quantity") is None
    assert fields.value_at(data, "BillAddress/City/Deeper") is None
    assert fields.value_at({"DataExtRet": [{"DataExtName": "A", "DataExtValue": "1"}]}, "custom:A") == "1"


def test_records_are_spelt_as_quickbooks_wants_them():
    record = {
        "CustomerRef": "Acme:Roof",
        "TxnDate": "2026-02-03",
        "InvoiceLineAdd": [{"Amount": "12.5", "Quantity": 2, "Rate": Decimal("1.2500"), "ItemRef": {"ListID": "1-2"}}],
    }
    assert fields.spelt(kinds.record_types()["Invoice"], "add", record) == {
        "CustomerRef": {"FullName": "Acme:Roof"},
        "TxnDate": "2026-02-03",
        "InvoiceLineAdd": [{"Amount": "12.50", "Quantity": "2", "Rate": "1.2500", "ItemRef": {"ListID": "1-2"}}],
    }


def test_the_columns_of_a_combined_query_are_those_of_all_its_types():
    columns = fields.columns("Item")
    assert {"ListID", "FullName", "QuantityOnHand", "TaxRate", "SalesOrPurchase/Price"} <= set(columns)
    assert len(columns) == len(set(columns))
