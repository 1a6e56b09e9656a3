"""A CSV becomes records: read, mapped, tried, begun; and results become CSVs."""

from __future__ import annotations

import csv
import io
import json

import pytest
from lxml import etree

from qbwc.models import Request
from syncapp.explorer import csv_text, export, imports, service
from syncapp.explorer.models import Job, Row
from syncapp.explorer.problems import Refused
from tests.explorer.core.office import rows

pytestmark = pytest.mark.django_db


def upload(office, text, record_type="Customer", action="add", encoding="utf-8"):
    return imports.upload(office.company, record_type, action, "file.csv", text.encode(encoding), "ann")


def table(pieces):
    return list(csv.reader(io.StringIO("".join(pieces).removeprefix(export.BOM), newline="")))


# Reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding, found", [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252")])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found_out(encoding, found, delimiter):
    text = f'Name{delimiter}"City, or town"\r\nZoë{delimiter}"two\r\nlines; ""quoted"""\r\n'
    read = csv_text.read(text.encode(encoding))
    assert (read.encoding, read.delimiter, read.head) == (found, delimiter, ("Name", "City, or town"))
    assert read.lines == ({"Name": "Zoë", "City, or town": 'two\r\nlines; "quoted"'},)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no head"),
        ("Name\n", "no lines"),
        ("Name,Name\nA,B\n", "'Name'"),
        ("Name,,City\nA,B,C\n", "Column 2 has no name"),
        ("Name\nA,B\n", "2 cells"),
        ('Name\n"A\n', "not a CSV"),
        ("Name\n" + "A\n" * 10_001, "more than 10000"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(text, said):
    with pytest.raises(Refused, match=said):
        csv_text.read(text.encode())


def test_empty_lines_and_short_lines_are_fine():
    read = csv_text.read(b"Name,City\n\nA\n,\nB,Lund\n")
    assert [line["City"] for line in read.lines] == ["", "Lund"]


# Mapping -------------------------------------------------------------------------------------------------


def test_columns_are_guessed_by_the_names_that_people_use(office):
    heads = "Name;Company name;Bill address: City;ShipAddress/City;Terms;Phone;custom:Region;Nonsense"
    job = upload(office, f"{heads}\nA;B;C;D;Net 30;1;West;x\n")
    assert job.mapping == {
        "Name": "Name",
        "Company name": "CompanyName",
        "Bill address: City": "BillAddress/City",
        "ShipAddress/City": "ShipAddress/City",
        "Terms": "TermsRef/FullName",
        "Phone": "Phone",
        "custom:Region": "custom:Region",
        "Nonsense": "",
    }


def test_a_mapping_that_cannot_be_is_refused(office):
    job = upload(office, "A,B\n1,2\n")
    for wrong in ({"C": "Name"}, {"A": "Name", "B": "Name"}, {"A": "Wizard"}, {"A": "BillAddress"}, {"A": "[["}):
        with pytest.raises(Refused):
            imports.remap(job, wrong)


def test_lines_with_the_same_value_become_one_transaction(office):
    text = "No,Customer,Item,Qty\n7,Acme,Bolt,2\n7,,Nut,3\n8,Crane,Bolt,1\n"
    job = upload(office, text, "Invoice")
    mapping = {
        "No": "#group RefNumber",
        "Customer": "CustomerRef/FullName",
        "Item": "InvoiceLineAdd/ItemRef/FullName",
        "Qty": "InvoiceLineAdd/Quantity",
    }
    imports.remap(job, mapping, {"TermsRef/FullName": "Net 30"})
    assert (job.total, imports.dry_run(job)) == (2, [])
    service.start_import(job, "ann")
    first, second = (row.data for row in rows(job))
    assert (first["RefNumber"], first["CustomerRef"]) == ("7", {"FullName": "Acme"})
    assert first["InvoiceLineAdd"] == [
        {"ItemRef": {"FullName": "Bolt"}, "Quantity": "2"},
        {"ItemRef": {"FullName": "Nut"}, "Quantity": "3"},
    ]
    assert len(second["InvoiceLineAdd"]) == 1
    assert second["TermsRef"] == {"FullName": "Net 30"}


def test_another_mapping_takes_the_lines_apart_again(office):
    job = upload(office, "No,Name\n7,A\n7,B\n")
    imports.remap(job, {"No": "#group", "Name": "Name"})
    assert Row.objects.filter(job=job).count() == 1
    imports.remap(job, {"No": "", "Name": "Name"})
    assert [row.source for row in rows(job)] == [[{"No": "7", "Name": "A"}], [{"No": "7", "Name": "B"}]]


def test_lines_of_one_record_may_not_contradict_each_other(office):
    job = upload(office, "No,Name\n7,A\n7,B\n")
    imports.remap(job, {"No": "#group", "Name": "Name"})
    [problem] = imports.dry_run(job)
    assert (problem.path, problem.row, problem.value) == ("Name", 1, "B")


# Values --------------------------------------------------------------------------------------------------


def test_a_dry_run_tells_every_problem_with_its_row_and_writes_nothing(office):
    text = 'Name,CreditLimit,Start\nA,"1,200.50",\nB,12.5,2/3/2026\n' + "C" * 42 + ",,\nD,12.345,\nE,,\n"
    job = upload(office, text)
    imports.remap(job, {"Name": "Name", "CreditLimit": "CreditLimit", "Start": "JobStartDate"})
    found = imports.dry_run(job)
    paths = [(problem.row, problem.path) for problem in found]
    assert paths == [(1, "CreditLimit"), (2, "JobStartDate"), (3, "Name"), (4, "CreditLimit")]
    assert all(problem.remedy and problem.value and problem.rule for problem in found)
    assert not Request.objects.exists()
    assert {row.state for row in rows(job)} == {Row.State.WAITING}


def test_us_dates_are_read_where_somebody_says_so(office):
    job = upload(office, "Name,Start\nA,2/3/2026\nB,2026-02-03\nC,13/3/2026\n")
    imports.remap(job, {"Name": "Name", "Start": "JobStartDate"}, dates="us")
    assert [problem.row for problem in imports.dry_run(job)] == [3]
    office.run(service.start_import(job, "ann"))
    assert {row.data["JobStartDate"] for row in rows(job) if row.state == Row.State.DONE} == {"2026-02-03"}


def test_good_rows_go_and_bad_ones_fail_with_the_reason(office):
    job = upload(office, "Name,Phone\nAcme,1\n,2\nBolt,3\n")
    office.run(service.start_import(job, "ann"))
    assert (job.state, job.done, job.failed, job.total) == (Job.State.DONE, 2, 1, 3)
    assert "Name" in rows(job)[1].problem
    assert [customer["Phone"] for customer in office.file.customers()] == ["1", "3"]


def test_an_empty_cell_keeps_and_a_clearing_one_empties(office):
    for name in ("Acme", "Bolt"):
        office.file.add_customer(Name=name, Phone="1", Fax="2")
    job = upload(office, "FullName,Phone,Fax\nAcme,,#clear\nBolt,9,\n", action="modify")
    office.run(service.start_import(job, "ann"))
    assert job.failed == 0
    acme, bolt = office.file.customers()
    assert (acme["Phone"], acme.get("Fax"), bolt["Phone"], bolt["Fax"]) == ("1", None, "9", "2")


def test_an_upload_is_begun_once(office):
    job = upload(office, "Name\nAcme\n")
    service.start_import(job, "ann")
    service.start_import(job, "ben")
    office.run(job)
    assert (job.asked_by, job.done, len(office.file.customers())) == ("ann", 1, 1)
    with pytest.raises(Refused):
        imports.remap(job, {"Name": "Name"})


# Going out -----------------------------------------------------------------------------------------------


def test_a_csv_guards_against_formulas_and_comes_back_unharmed(office):
    office.file.add_customer(Name="=cmd|' /C calc'!A0", Phone="-1", AccountNumber="+5")
    job = office.ask("Customer", "query", {}, fields=["Name", "Phone", "AccountNumber"])
    _, line = table(export.csv_rows(job, ["Name", "Phone", "AccountNumber"]))
    assert line == ["'=cmd|' /C calc'!A0", "-1", "+5"]
    again = upload(office, "".join(export.csv_rows(job, ["Name", "Phone", "AccountNumber"])))
    assert imports.dry_run(again) == []
    office.file.delete_customer(office.file.customers()[0]["ListID"])
    office.run(service.start_import(again, "ann"))
    assert office.file.customers()[0]["Name"] == "=cmd|' /C calc'!A0"


def test_a_csv_has_the_columns_that_occur(office):
    office.file.add_customer(Name="Acme", Phone="1", BillAddress={"City": "Lund"})
    office.file.add_customer(Name="Bolt", Notes="two\nlines")
    job = office.ask("Customer", "query", {})
    head, acme, bolt = table(export.csv_rows(job))
    assert {"ListID", "Name", "Phone", "BillAddress/City", "Notes", "Balance"} <= set(head)
    assert "Fax" not in head
    assert (acme[head.index("BillAddress/City")], bolt[head.index("Notes")]) == ("Lund", "two\nlines")


def test_json_and_xml_hold_the_same_records(office):
    for n in range(3):
        office.file.add_customer(Name=f"Zoë & Sons {n}")
    job = office.ask("Customer", "query", {})
    told = json.loads("".join(export.json_text(job)))
    root = etree.fromstring("".join(export.xml_text(job)).encode())
    assert [each["data"]["Name"] for each in told["records"]] == [each.text for each in root.iter("Name")]
    assert len(told["records"]) == 3


def test_the_results_of_an_upload_say_what_came_of_each_line(office):
    office.file.add_customer(Name="Acme")
    job = upload(office, "Name,Note\nAcme,=1+1\nBolt,\n")
    office.run(service.start_import(job, "ann"))
    head, acme, bolt = table(export.csv_rows(job))
    assert head == ["row", "state", "id", "status", "problem", "Name", "Note"]
    assert (acme[1], acme[3], acme[6], bolt[1]) == ("failed", "3100", "'=1+1", "done")
    with pytest.raises(Refused):
        export.xml_text(job)
