"""Custom fields: asked for, set with what is added or changed, and told apart from what went wrong with them."""

from __future__ import annotations

import csv

import pytest

from qbwc import announce
from qbwc.models import Request
from syncapp.explorer import export, results, service
from syncapp.explorer.models import Row
from syncapp.explorer.problems import Refused
from tests.explorer.core.office import Office, one_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    office = Office()
    office.file.define_custom_field("Region")
    office.file.define_custom_field("Since")
    return office


def custom(office, name="Acme"):
    [customer] = [each for each in office.file.customers() if each["Name"] == name]
    listed = customer.get("DataExtRet", [])
    return {each["DataExtName"]: each["DataExtValue"] for each in (listed if isinstance(listed, list) else [listed])}


def test_they_are_set_with_what_is_added(office):
    job = office.ask("Customer", "add", {"Name": "Acme"}, custom=[{"Region": "West", "Since": "1999"}])
    row = office.only(job)
    assert (row.state, row.problem) == (Row.State.DONE, "")
    assert {each["DataExtName"]: each["DataExtValue"] for each in row.record["DataExtRet"]} == {
        "Region": "West",
        "Since": "1999",
    }


def test_they_are_changed_with_what_is_modified(office):
    office.ask("Customer", "add", {"Name": "Acme"}, custom=[{"Region": "West"}])
    job = office.ask("Customer", "modify", {"FullName": "Acme", "Phone": "1"}, custom=[{"Region": "East"}])
    assert (job.done, job.failed) == (1, 0)
    found = office.ask("Customer", "query", {"FullName": ["Acme"]})
    [(_, data)] = results.records(found)
    assert (data["Phone"], data["DataExtRet"][0]["DataExtValue"]) == ("1", "East")


def test_a_field_that_is_not_there_is_told_beside_the_saved_record_and_tried_again_alone(office):
    job = office.ask("Customer", "add", {"Name": "Acme"}, custom=[{"Region": "West", "Size": "L"}])
    row = office.only(job)
    assert row.state == Row.State.FAILED
    assert row.problem.startswith("The record was saved, but not all of its custom fields. Size:")
    office.file.define_custom_field("Size")
    service.retry(job, "ann")
    office.run(job)
    row.refresh_from_db()
    assert (row.state, office.file.executed["CustomerAdd"]) == (Row.State.DONE, 1)
    assert {each["DataExtName"] for each in row.record["DataExtRet"]} == {"Region", "Size"}


def test_an_answer_that_is_told_again_asks_for_nothing_again(office):
    job = office.submit("Customer", "add", {"Name": "Acme"}, custom=[{"Region": "West", "Since": "1999"}])
    one_document(office)
    for _ in range(2):
        Request.objects.filter(closed_at__isnull=False).update(announced=False)
        announce.pending()
    assert Request.objects.filter(name="DataExtMod").count() == 1
    office.run(job)
    Request.objects.update(announced=False)
    announce.pending()
    job.refresh_from_db()
    assert (job.done, office.file.executed["DataExtMod"], office.file.executed["CustomerAdd"]) == (1, 2, 1)


def test_they_are_columns_of_a_csv(office):
    office.ask("Customer", "add", {"Name": "Acme"}, {"Name": "Bolt"}, custom=[{"Region": "West"}, {"Since": "1999"}])
    job = office.ask("Customer", "query", {})
    lines = list(csv.DictReader("".join(export.csv_rows(job)).splitlines(keepends=True)))
    assert [(each["Name"], each["custom:Region"], each["custom:Since"]) for each in lines] == [
        ("Acme", "West", ""),
        ("Bolt", "", "1999"),
    ]


def test_what_has_none_is_refused(office):
    with pytest.raises(Refused, match="takes no custom fields"):
        office.submit("PaymentMethod", "add", {"Name": "Cash"}, custom=[{"Region": "West"}])
    with pytest.raises(Refused) as caught:
        office.submit("Customer", "add", {"Name": "Acme"}, custom=[{"N" * 32: "West"}])
    assert caught.value.problems[0].path == "custom:" + "N" * 32
