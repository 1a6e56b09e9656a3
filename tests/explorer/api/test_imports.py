"""Files of many records: mapped, checked, sent, and told row by row; and results as files."""

from __future__ import annotations

import csv
import io
import json

import pytest
from lxml import etree

from syncapp.explorer.models import Job, Row
from tests.explorer.core.office import Office

pytestmark = pytest.mark.django_db
ADD = "companies/acme/imports/Customer/add"
FILE = b"Name,Phone,Town\r\nLund & Co,1,Lund\r\nBerg,2,Berg\r\n"
MAPPING = json.dumps({"Town": "BillAddress/City"})


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def mine(office, program):
    return program()


def test_the_lines_of_a_file_become_records(office, mine):
    answer = mine.upload(ADD, FILE, mapping=MAPPING, constants=json.dumps({"Fax": "9"}))
    assert answer.status == 202
    assert answer.json["mapping"] == {"Name": "Name", "Phone": "Phone", "Town": "BillAddress/City"}
    office.run(Job.objects.get())
    job = mine.get(answer.headers["Location"]).json
    assert (job["state"], job["rows"]) == ("done", {"done": 2})
    found = {
        each["Name"]: (each["Phone"], each["Fax"], each["BillAddress"]["City"]) for each in office.file.customers()
    }
    assert found == {"Lund & Co": ("1", "9", "Lund"), "Berg": ("2", "9", "Berg")}


def test_a_dry_run_tells_what_is_wrong_and_the_draft_is_mended_and_started(office, mine):
    draft = mine.upload(ADD, FILE + b"x" * 42 + b",3,Kiel\r\n", mapping='{"Town": ""}', dry_run="true")
    assert (draft.status, draft.json["state"]) == (201, "draft")
    assert [(each["row"], each["path"]) for each in draft.json["problems"]] == [(3, "Name")]
    where = f"imports/{draft.json['id']}"
    assert mine.get(where).json["problems"] == draft.json["problems"]
    assert mine("PATCH", where, {"mapping": {"Towm": "Fax"}}).status == 422
    mended = mine("PATCH", where, {"mapping": {"Name": "Name", "Town": "BillAddress/City"}, "constants": {"Fax": "9"}})
    assert (mended.json["mapping"]["Town"], mended.json["constants"]) == ("BillAddress/City", {"Fax": "9"})
    assert mine.post(f"{where}/start", {}).status == 202
    assert mine.post(f"{where}/start", {}).status == 409
    assert mine("PATCH", where, {"constants": {}}).status == 409
    office.run(Job.objects.get())
    assert mine.get(draft.headers["Location"]).json["rows"] == {"done": 2, "failed": 1}
    (failed,) = mine.all(f"/api/v1/jobs/{draft.json['id']}/rows?state=failed")
    assert failed["problem"].startswith("Name: ")


def test_the_same_file_under_the_same_key_is_imported_once(office, mine):
    first, again = (mine.upload(ADD, FILE, {"Idempotency-Key": "k"}) for _ in range(2))
    assert again.json["id"] == first.json["id"]
    assert again.headers["Idempotent-Replay"] == "true"
    assert mine.upload(ADD, FILE + b"More,,\r\n", {"Idempotency-Key": "k"}).status == 409
    assert Row.objects.count() == 2


@pytest.mark.parametrize(
    "file, members, path",
    [
        (b"", {}, None),
        (b"\x00\x01\x02", {}, None),
        (FILE, {"mapping": "{"}, "mapping"),
        (FILE, {"mapping": '{"Town": 5}'}, "mapping"),
        (FILE, {"mapping": '{"Town": "BillAddress/Cty"}'}, None),
        (FILE, {"constants": '{"Nmae": "x"}'}, None),
        (FILE, {"constants": "[]"}, "constants"),
        (FILE, {"dates": "german"}, None),
        (FILE, {"dry_rum": "true"}, "dry_rum"),
        (FILE, {"dry_run": "perhaps"}, "dry_run"),
        (FILE, {"webhook_url": "ftp://x"}, "webhook_url"),
    ],
)
def test_what_cannot_be_imported_is_refused_and_leaves_nothing(office, mine, file, members, path):
    answer = mine.upload(ADD, file, **members)
    assert answer.status == 422
    assert path is None or [each["path"] for each in answer.json["errors"]] == [path]
    assert not Job.objects.exists()
    assert not Row.objects.exists()


@pytest.mark.parametrize(
    "raw, kind",
    [
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
        (b"rubbish", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"--\xff", "multipart/form-data; boundary=\xff"),
    ],
)
def test_a_form_without_a_file_is_refused(mine, raw, kind):
    assert mine.post(ADD, raw=raw, kind=kind).status in (400, 422)


def test_deleting_by_a_file_needs_the_scope_and_a_confirmation(office, mine, program):
    office.file.add_customer(Name="Lund")
    path, file = "companies/acme/imports/Customer/delete", b"FullName\r\nLund\r\n"
    assert program("read", "write").upload(path, file, confirm="true").status == 403
    assert mine.upload(path, file).json["errors"][0]["path"] == "confirm"
    draft = mine.upload(path, file, dry_run="true").json
    assert mine.post(f"imports/{draft['id']}/start", {}).status == 422
    assert mine.post(f"imports/{draft['id']}/start", {"confirm": True}).status == 202
    office.run(Job.objects.get())
    assert office.file.customers() == []


def test_a_draft_is_cancelled(office, mine):
    draft = mine.upload(ADD, FILE, dry_run="true").json
    assert mine("DELETE", f"jobs/{draft['id']}").json["job"]["state"] == "cancelled"
    assert mine.post(f"imports/{draft['id']}/start", {}).status == 409


def test_what_did_not_begin_as_a_file_is_no_import(office, mine):
    asked = mine.post("companies/acme/records/Customer/query", {})
    assert mine.get(f"imports/{asked.json['id']}").status == 404


# Results as files --------------------------------------------------------------------------


def test_a_result_is_downloaded_as_csv_json_and_xml(office, mine):
    for name in ("Lund & Co", "Berg"):
        office.file.add_customer(Name=name, Phone="1")
    asked = mine.post("companies/acme/records/Customer/query", {"fields": ["Name", "Phone"]}).json
    office.run(Job.objects.get())
    links = asked["links"]["files"]
    table = mine.get(links["csv"])
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert table.headers["Content-Disposition"].startswith('attachment; filename="Customer-query-')
    assert {line["Name"] for line in csv.DictReader(io.StringIO(table.body.decode()))} == {"Lund & Co", "Berg"}
    assert {each["data"]["Name"] for each in mine.get(links["json"]).json["records"]} == {"Lund & Co", "Berg"}
    document = etree.fromstring(mine.get(links["xml"]).body)
    assert {name.text for name in document.iter("Name")} == {"Lund & Co", "Berg"}


def test_what_became_of_each_row_is_downloaded_and_its_xml_is_not_kept(office, mine):
    asked = mine.upload(ADD, FILE).json
    office.run(Job.objects.get())
    lines = list(csv.DictReader(io.StringIO(mine.get(asked["links"]["files"]["csv"]).body.decode())))
    assert [(line["Town"], line["state"]) for line in lines] == [("Lund", "done"), ("Berg", "done")]
    assert "xml" not in asked["links"]["files"]
    assert mine.get(f"jobs/{asked['id']}/result.xml").status == 422
