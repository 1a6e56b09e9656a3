"""A change that names some lines of a transaction removes the others in QuickBooks: never of lines that nobody saw."""

from __future__ import annotations

import pytest

from syncapp.explorer import fields, imports, service
from syncapp.explorer.admin import values
from syncapp.explorer.models import Row
from tests.explorer.core import samples
from tests.explorer.core.office import Office

pytestmark = pytest.mark.django_db
LINE = {"ItemRef": "Setup", "Quantity": "2", "Rate": "10"}


@pytest.fixture
def office(db):
    return Office(file=samples.furnished())


@pytest.fixture
def invoice(office):
    record = {"CustomerRef": "Acme", "RefNumber": "X1", "InvoiceLineAdd": [LINE, LINE, LINE]}
    return office.only(office.ask("Invoice", "add", record))


def line_ids(record):
    return [line["TxnLineID"] for line in record["InvoiceLineRet"]]


def lines_now(office, invoice):
    job = office.ask("Invoice", "query", {"TxnID": [invoice.record_id], "IncludeLineItems": True})
    return line_ids(job.pages.get().records[0][1])


def test_a_file_that_names_one_line_does_not_remove_the_others(office, invoice):
    first = line_ids(invoice.record)[0]
    job = imports.upload(
        office.company, "Invoice", "modify", "x.csv", f"RefNumber,Line,Rate\nX1,{first},11\n".encode(), "ann"
    )
    line = "InvoiceLineMod"
    imports.remap(job, {"RefNumber": "RefNumber", "Line": f"{line}/TxnLineID", "Rate": f"{line}/Rate"})
    service.start_import(job, "ann")
    row = office.only(office.run(job))
    assert row.state == Row.State.FAILED
    assert "2 of its lines are not named" in row.problem
    assert lines_now(office, invoice) == line_ids(invoice.record)


def test_whoever_names_every_line_changes_one_and_adds_one(office, invoice):
    first, *others = line_ids(invoice.record)
    lines = [{"TxnLineID": first, "Rate": "11"}, *({"TxnLineID": other} for other in others)]
    new = {"TxnLineID": "-1", **LINE}
    row = office.only(office.ask("Invoice", "modify", {"TxnID": invoice.record_id, "InvoiceLineMod": [*lines, new]}))
    assert (row.state, len(lines_now(office, invoice))) == (Row.State.DONE, 4)


def test_whoever_saw_the_lines_may_remove_one(office, invoice):
    seen = {"TxnID": invoice.record_id, "EditSequence": invoice.record["EditSequence"]}
    kept = [{"TxnLineID": line} for line in line_ids(invoice.record)[:2]]
    row = office.only(office.ask("Invoice", "modify", {**seen, "InvoiceLineMod": kept}))
    assert (row.state, len(lines_now(office, invoice))) == (Row.State.DONE, 2)


def test_a_change_without_lines_leaves_them(office, invoice):
    row = office.only(office.ask("Invoice", "modify", {"RefNumber": "X1", "Memo": "checked"}))
    assert (row.state, lines_now(office, invoice)) == (Row.State.DONE, line_ids(invoice.record))


def test_a_form_that_changes_a_line_names_the_groups_of_lines_too():
    entries = fields.entries("Invoice", "modify")
    before = {
        "TxnID": "1-1",
        "InvoiceLineMod[1]/TxnLineID": "10",
        "InvoiceLineMod[1]/Rate": "5",
        "InvoiceLineGroupMod[1]/TxnLineID": "20",
    }
    change = values.changed(entries, {**before, "InvoiceLineMod[1]/Rate": "6"}, before)
    assert change["InvoiceLineMod"] == [{"TxnLineID": "10", "Rate": "6"}]
    assert change["InvoiceLineGroupMod"] == [{"TxnLineID": "20"}]
    assert set(values.changed(entries, {**before, "Memo": "x"}, before)) == {"TxnID", "Memo"}
