"""`manage.py operation`: from the command line, with clear refusals and exit codes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from syncapp.explorer import console, saved
from syncapp.explorer.models import Job
from tests.explorer.core.office import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db, monkeypatch):
    """While the command waits, the Web Connector calls."""
    office = Office()
    monkeypatch.setattr(console, "pause", lambda: office.run(Job.objects.latest("pk")))
    return office


def run(*arguments, fails=None):
    """What it writes and what it tells; with `fails`, the exit status that it must end with."""
    out, err = io.StringIO(), io.StringIO()
    if fails is None:
        call_command("operation", *arguments, stdout=out, stderr=err)
    else:
        with pytest.raises(CommandError) as problem:
            call_command("operation", *arguments, stdout=out, stderr=err)
        assert problem.value.returncode == fails, problem.value
        err.write(str(problem.value))
    return out.getvalue(), err.getvalue()


def late(office, **values):
    data = {"NameFilter": {"MatchCriterion": "StartsWith", "Name": "L"}}
    return saved.create(office.company, "late", "Customer", "query", **{"data": data, **values})


def test_saved_operations_are_listed_and_shown_with_their_qbxml(office):
    late(office, schedule="0 6 * * *", name="The late ones")
    assert "late  acme  Customer query  0 6 * * *" in run("list")[0]
    shown = run("show", "late")[0]
    assert "The late ones" in shown
    assert "<MatchCriterion>StartsWith</MatchCriterion>" in shown


def test_a_saved_operation_is_run_and_its_result_written(office):
    office.file.add_customer(Name="Lund", Phone="1")
    office.file.add_customer(Name="Berg")
    late(office)
    out, err = run("run", "late", "--wait", "60")
    assert "Lund" in out
    assert "Berg" not in out
    assert "done, 1 of 1 done" in err
    out, _ = run("run", "late", "--set", "NameFilter/Name=B", "--wait", "60")
    assert "Berg" in out


@pytest.mark.parametrize(
    "form, names",
    [
        ("csv", lambda text: [line["Name"] for line in csv.DictReader(io.StringIO(text))]),
        ("json", lambda text: [each["data"]["Name"] for each in json.loads(text)["records"]]),
        ("xml", lambda text: [part.partition("<")[0] for part in text.split("<Name>")[1:]]),
    ],
)
def test_a_result_is_written_in_every_form_and_into_a_file(office, tmp_path, form, names):
    office.file.add_customer(Name="Lund")
    office.file.add_customer(Name="Öst")
    target = tmp_path / f"result.{form}"
    out, _ = run("query", "acme", "Customer", "--wait", "60", "--format", form, "--output", str(target))
    assert out == ""
    text = target.read_text(encoding="utf-8").replace("&#214;", "Ö")
    assert sorted(names(text)) == ["Lund", "Öst"]


def test_records_are_added_modified_and_deleted(office):
    run("add", "acme", "Customer", "--set", "Name=Lund", "--set", "BillAddress/City=Kiel", "--wait", "60")
    run("modify", "acme", "Customer", "--set", "FullName=Lund", "--set", "Phone=2", "--wait", "60")
    (customer,) = office.file.customers()
    assert (customer["Phone"], customer["BillAddress"]["City"]) == ("2", "Kiel")
    _, err = run("delete", "acme", "Customer", "--set", "FullName=Lund", fails=2)
    assert "--yes" in err
    run("delete", "acme", "Customer", "--set", "FullName=Lund", "--yes", "--wait", "60")
    assert office.file.customers() == []


def test_records_come_from_json_and_settings_are_laid_over_each(office, tmp_path):
    file = tmp_path / "customers.json"
    file.write_text(json.dumps([{"Name": "Lund", "CreditLimit": 5.5}, {"Name": "Berg"}]))
    run("add", "acme", "Customer", "--from-json", str(file), "--set", "Phone=1", "--wait", "60")
    assert {each["Name"]: each["Phone"] for each in office.file.customers()} == {"Lund": "1", "Berg": "1"}


def test_records_come_from_a_csv_with_its_mapping(office, tmp_path):
    file = tmp_path / "customers.csv"
    file.write_text("Who,Town=Place\nLund,Kiel\n")
    mapped = ("--map", "Who=Name", "--map", "Town=Place=BillAddress/City")
    out, _ = run("add", "acme", "Customer", "--csv", str(file), *mapped, "--dry-run")
    assert out == "1 rows, 0 of them cannot be sent.\n"
    assert not Job.objects.filter(state=Job.State.OPEN).exists()
    run("add", "acme", "Customer", "--csv", str(file), *mapped, "--wait", "60")
    assert office.file.customers()[0]["BillAddress"]["City"] == "Kiel"
    _, err = run("add", "acme", "Customer", "--csv", str(file), "--map", "Whom=Name", fails=1)
    assert "There are: Who, Town=Place" in err


def test_a_dry_run_shows_the_qbxml(office):
    out, _ = run("add", "acme", "Customer", "--set", "Name=Lund & Co", "--dry-run")
    assert "<Name>Lund &amp; Co</Name>" in out
    assert not Job.objects.exists()


def test_what_is_wrong_is_told_with_path_and_remedy(office):
    _, err = run("add", "acme", "Customer", "--set", f"Name={'x' * 42}", fails=1)
    assert "Name: 42 characters are too many; at most 41 fit. Shorten it." in err
    assert "nothing was sent" in err
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (("run", "late"), 1, "There is no saved operation “late”"),
        (("job", "77"), 1, "There is no job 77"),
        (("query", "acne", "Customer"), 1, "There is no company acne"),
        (("query", "acme", "Custmer"), 1, "no record type"),
        (("add", "acme", "Customer", "--set", "Name"), 1, "PATH=VALUE"),
        (("add", "acme", "Customer", "--set", "A=1", "--set", "A/B=2"), 1, "a value and a group at once"),
        (("add", "acme", "Customer", "--set", "A[0]=1"), 1, "1 to 1000"),
        (("add", "acme", "Customer", "--set", "A[999999999]=1"), 1, "1 to 1000"),
        (("add", "acme", "Customer", "--set", "=1"), 1, "path"),
        (("add", "acme", "Customer", "--from-json", "nothing.json"), 1, "cannot be read"),
        (("add", "acme", "Customer", "--csv", "nothing.csv"), 2, "cannot be read"),
        (("add", "acme", "Customer", "--csv", "a.csv", "--set", "Name=x"), 2, "Give --csv alone"),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(office, arguments, status, said):
    assert said in run(*arguments, fails=status)[1]
    assert not Job.objects.exists()


def test_a_job_whose_row_failed_ends_with_3_and_one_still_open_with_4(office, monkeypatch):
    office.file.add_customer(Name="Lund")
    out, err = run("add", "acme", "Customer", "--set", "Name=Lund", "--wait", "60", fails=3)
    assert "already in use" in out
    assert "1 of its rows were not done" in err
    monkeypatch.setattr(console, "pause", lambda: None)
    _, err = run("query", "acme", "Customer", "--wait", "1", fails=4)
    job = Job.objects.latest("pk")
    assert f"operation job {job.pk}" in err
    office.run(job)
    assert "Lund" in run("job", str(job.pk))[0]


def test_without_waiting_a_job_is_accepted_and_told(office):
    out, err = run("query", "acme", "Customer")
    assert out == ""
    assert err.startswith(f"job {Job.objects.get().pk}: open")
