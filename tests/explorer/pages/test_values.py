"""Inputs and records: what is typed makes the record that is meant, and a change sends only what is new."""

from __future__ import annotations

import pytest

from syncapp.explorer import fields, kinds
from syncapp.explorer.admin import forms, values
from syncapp.explorer.problems import Problem

INVOICE = fields.entries("Invoice", "add")
INVOICE_MOD = fields.entries("Invoice", "modify")
VENDOR_MOD = fields.entries("Vendor", "modify")


def gathered(entries, flat):
    return values.gather(entries, values.tidy(entries, flat))


def test_groups_references_and_lines_become_a_record():
    flat = {
        "CustomerRef": "Pomona:Kitchen",
        "TermsRef": "80000001-1234567890",
        "BillAddress/City": "Lund",
        "BillAddress/State": "",
        "InvoiceLineAdd[1]/ItemRef": "",
        "InvoiceLineAdd[4]/ItemRef": "Labour",
        "InvoiceLineAdd[4]/Rate": "12.5",
    }
    assert gathered(INVOICE, flat) == {
        "CustomerRef": {"FullName": "Pomona:Kitchen"},
        "TermsRef": {"ListID": "80000001-1234567890"},
        "BillAddress": {"City": "Lund"},
        "InvoiceLineAdd": [{"ItemRef": {"FullName": "Labour"}, "Rate": "12.5"}],
    }


def test_a_list_has_one_value_in_each_line():
    query = fields.entries("Invoice", "query")
    flat = {"EntityFilter/FullName": " Pomona \n\nGranite", "PaidStatus": "NotPaidOnly"}
    assert gathered(query, flat) == {"EntityFilter": {"FullName": ["Pomona", "Granite"]}, "PaidStatus": "NotPaidOnly"}


@pytest.mark.parametrize("action", ["add", "modify", "query"])
@pytest.mark.parametrize("name", [*kinds.record_types()])
def test_every_form_can_be_drawn_and_keeps_what_is_in_it(name, action):
    entries = fields.entries(name, action)
    flat = {}
    for leaf in _boxes(entries, ""):
        flat[leaf] = "x"
    form = forms.draw(name, action, entries, flat)
    shown = {node.key for node in forms._all([*form.nodes, *form.more]) if node.kind == "box"}
    hidden = {key for key in flat if key.rpartition("/")[2] in forms.essentials.HIDDEN}
    assert shown == flat.keys() - hidden
    assert values.flatten(entries, gathered(entries, flat)) == flat


def _boxes(entries, above):
    for entry in entries:
        if entry.refused:
            continue
        if values.is_box(entry):
            yield above + entry.name
        else:
            yield from _boxes(entry.children, f"{above}{entry.name}{'[1]' if entry.repeats else ''}/")


def test_a_problem_is_shown_at_its_box_and_others_at_the_top():
    flat = {"InvoiceLineAdd[1]/ItemRef": "a", "InvoiceLineAdd[2]/ItemRef": "b"}
    problems = [Problem("InvoiceLineAdd[2]/ItemRef/FullName", "It is wrong."), Problem("Nowhere", "Lost.")]
    form = forms.draw("Invoice", "add", INVOICE, flat, problems=problems)
    places = {node.key: node for node in forms._all([*form.nodes, *form.more])}
    assert [p.message for p in places["InvoiceLineAdd[2]/ItemRef"].problems] == ["It is wrong."]
    assert [p.message for p in form.problems] == ["Lost."]


def test_what_is_filled_in_or_wrong_is_unfolded():
    entries = fields.entries("Vendor", "add")
    assert not forms.draw("Vendor", "add", entries, {"Name": "x"}).unfolded
    assert forms.draw("Vendor", "add", entries, {"Fax": "1"}).unfolded
    assert forms.draw("Vendor", "add", entries, {}, problems=[Problem("Fax", "Too long.")]).unfolded


def test_of_a_choice_the_branch_with_a_value_is_shown():
    query = fields.entries("Invoice", "query")
    [find] = [node for node in forms.draw("Invoice", "query", query, {}).nodes if node.kind == "oneof"]
    assert [branch.label for branch in find.children if branch.chosen] == ["Filters"]
    [find] = [node for node in forms.draw("Invoice", "query", query, {"TxnID": "1-2"}).nodes if node.kind == "oneof"]
    assert [branch.label for branch in find.children if branch.chosen] == ["Transaction ID"]


# Changes -------------------------------------------------------------------------------------------------

VENDOR = {
    "ListID": "80000001-1234567890", "EditSequence": "7", "Name": "Granite", "Phone": "1", "Fax": "2",
    "VendorAddress": {"Addr1": "1 Road", "City": "Lund"}, "TermsRef": {"ListID": "5-1", "FullName": "Net 30"},
}  # fmt: skip


def change(entries, record, **edits):
    before = values.flatten(entries, values.as_change(record))
    return values.changed(entries, values.tidy(entries, {**before, **edits}), before)


def test_an_unchanged_form_sends_the_ids_alone():
    assert change(VENDOR_MOD, VENDOR) == {"ListID": "80000001-1234567890", "EditSequence": "7"}


def test_a_change_sends_what_is_new_and_what_was_emptied():
    sent = change(VENDOR_MOD, VENDOR, Phone="9", Fax="", TermsRef="Net 15", **{"VendorAddress/City": ""})
    assert sent == {
        "ListID": "80000001-1234567890", "EditSequence": "7", "Phone": "9", "Fax": "",
        "TermsRef": {"FullName": "Net 15"}, "VendorAddress": {"Addr1": "1 Road", "City": ""},
    }  # fmt: skip


def test_of_changed_lines_all_are_named_and_only_the_new_values_sent():
    record = {
        "TxnID": "1-1", "EditSequence": "2",
        "InvoiceLineRet": [
            {"TxnLineID": "10", "ItemRef": {"FullName": "Labour"}, "Quantity": "1", "Desc": "Work"},
            {"TxnLineID": "11", "ItemRef": {"FullName": "Parts"}, "Quantity": "2"},
            {"TxnLineID": "12", "ItemRef": {"FullName": "Travel"}},
        ],
    }  # fmt: skip
    edits = {
        "InvoiceLineMod[1]/Quantity": "3", "InvoiceLineMod[1]/Desc": "", "InvoiceLineMod[4]/ItemRef": "Paint",
        "InvoiceLineMod[3]/TxnLineID": "", "InvoiceLineMod[3]/ItemRef": "",
    }  # fmt: skip
    assert change(INVOICE_MOD, record, **edits)["InvoiceLineMod"] == [
        {"TxnLineID": "10", "Quantity": "3", "Desc": ""},
        {"TxnLineID": "11"},
        {"ItemRef": {"FullName": "Paint"}},
    ]
