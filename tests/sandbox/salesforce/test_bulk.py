"""Bulk API 2.0: files go in, time passes, and every row has its own end; queries come out page by page."""

from __future__ import annotations

import csv
import io
import time

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.salesforce import Org, serve

from .packages import invoices
from .wiring import PATH, client_for, install

INGEST, QUERY = f"{PATH}/jobs/ingest", f"{PATH}/jobs/query"


@pytest.fixture
def ours(org, installed, raw):
    """A raw connection to an org that has our fields."""
    return raw


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def opened(raw, operation="insert", sobject="Account", **more):
    status, job, _ = raw.ask("POST", INGEST, {"object": sobject, "operation": operation, **more})
    assert (status, job["state"]) == (200, "Open")
    return job["id"]


def upload(raw, job, text):
    status, _, _ = raw.ask("PUT", f"{INGEST}/{job}/batches", text.encode(), **{"Content-Type": "text/csv"})
    return status


def close(raw, job, state="UploadComplete"):
    return raw.ask("PATCH", f"{INGEST}/{job}", {"state": state})[:2]


def state(raw, job, kind=INGEST):
    return raw.ask("GET", f"{kind}/{job}")[1]


def results(raw, job, part):
    status, text, answer = raw.ask("GET", f"{INGEST}/{job}/{part}")
    assert (status, answer.getheader("Content-Type")) == (200, "text/csv")
    return rows_of(text)


def load(raw, clock, text, operation="insert", sobject="Account", **more):
    """A whole job, from its making to its end."""
    job = opened(raw, operation, sobject, **more)
    assert upload(raw, job, text) == 201
    assert close(raw, job)[0] == 200
    clock.advance(3600)
    return job


def test_a_job_goes_through_its_states_as_time_passes(raw, clock, org):
    job = opened(raw)
    lines = "\n".join(f"Account {number}" for number in range(2000))
    assert upload(raw, job, f"Name\n{lines}\n") == 201
    assert close(raw, job)[1]["state"] == "UploadComplete"
    assert state(raw, job)["state"] == "UploadComplete"
    clock.advance(6)
    found = state(raw, job)
    assert (found["state"], found["numberRecordsProcessed"]) == ("InProgress", 1000)
    assert len(org.records("Account")) == 1000
    assert raw.ask("GET", f"{INGEST}/{job}/successfulResults")[1][0]["errorCode"] == "INVALIDJOBSTATE"
    clock.advance(1)
    found = state(raw, job)
    assert (found["state"], found["numberRecordsProcessed"], found["numberRecordsFailed"]) == ("JobComplete", 2000, 0)
    done = results(raw, job, "successfulResults")
    assert {row["Name"] for row in done} == {row["Name"] for row in org.records("Account")}
    assert {row["sf__Created"] for row in done} == {"true"}
    assert [row["Name"] for row in done] != [f"Account {number}" for number in range(2000)]


def test_each_row_has_its_own_end(raw, clock, org):
    job = load(
        raw,
        clock,
        "LastName,Email,Birthdate\nLee,ann@lee.example,1980-01-31\n,x@y.example,\nRay,nonsense,\nPoe,,soon\n",
        sobject="Contact",
    )
    assert state(raw, job)["state"] == "JobComplete"
    assert [row["LastName"] for row in results(raw, job, "successfulResults")] == ["Lee"]
    errors = {row["LastName"]: row["sf__Error"] for row in results(raw, job, "failedResults")}
    assert errors[""] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    assert errors["Ray"].startswith("INVALID_EMAIL_ADDRESS:")
    assert errors["Poe"].startswith("INVALID_TYPE_ON_FIELD_IN_RECORD:")
    assert results(raw, job, "unprocessedrecords") == results(raw, job, "unprocessedRecords") == []
    assert [row["LastName"] for row in org.records("Contact")] == ["Lee"]


def test_an_update_leaves_empty_cells_alone_and_empties_those_that_say_so(raw, clock, org):
    acme = org.insert("Account", Name="Acme", Phone="1", Fax="2", Site="HQ")
    job = load(raw, clock, f"Id,Phone,Fax,Site\n{acme},,#N/A,Annex\nnonsense,1,,\n", "update")
    row = org.get(acme)
    assert (row["Phone"], row["Fax"], row["Site"]) == ("1", None, "Annex")
    (failed,) = results(raw, job, "failedResults")
    assert (failed["sf__Id"], failed["sf__Error"][:12]) == ("nonsense", "MALFORMED_ID")


def test_an_upsert_tells_new_records_from_known_ones_and_finds_parents_by_their_key(ours, clock, org):
    parent = org.insert("Account", Name="Top", QB_Id__c="acme:0")
    known = org.insert("Account", Name="Old", QB_Id__c="acme:1")
    rows = ("acme:1,Known,false,acme:0", "acme:2,New,TRUE,#N/A", "acme:3,X,maybe,", ",Y,,")
    text = "\n".join(("QB_Id__c,Name,QB_Active__c,Parent.QB_Id__c", *rows))
    job = load(ours, clock, text, "upsert", externalIdFieldName="QB_Id__c")
    created = {row["Name"]: row["sf__Created"] for row in results(ours, job, "successfulResults")}
    assert created == {"Known": "false", "New": "true"}
    assert (org.get(known)["ParentId"], org.get(known)["QB_Active__c"]) == (parent, False)
    errors = {row["Name"]: row["sf__Error"].partition(":")[0] for row in results(ours, job, "failedResults")}
    assert errors == {"X": "INVALID_TYPE_ON_FIELD_IN_RECORD", "Y": "MISSING_ARGUMENT"}


def test_a_delete_takes_ids_and_nothing_else(raw, clock, org):
    first, second = (org.insert("Account", Name=name) for name in "AB")
    org.delete(second)
    job = load(raw, clock, f"Id\n{first}\n{second}\n", "delete")
    assert [row["Id"] for row in results(raw, job, "successfulResults")] == [first]
    assert results(raw, job, "failedResults")[0]["sf__Error"].startswith("ENTITY_IS_DELETED:")
    job = load(raw, clock, f"Id,Name\n{first},A\n", "delete")
    assert state(raw, job)["errorMessage"] == "InvalidBatch : Field name not found : Name"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name,Nope__c\nA,1\n", "InvalidBatch : Field name not found : Nope__c"),
        ("Name;Phone\nA;1\n", "InvalidBatch : Field name not found : Name;Phone"),
        ("Name,BillingAddress\nA,x\n", "Field name not found : BillingAddress"),
        ("Id,Name\n001,x\n", "Field name not found : Id"),
        ("Name\r\nA\r\n", "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("Name,Phone\nA\n", "row 1 has 1 fields where the header has 2"),
        ('Name\n"A"x\n', "Failed to parse CSV"),
        ("Name,name\nA,B\n", "Duplicate field name"),
        ("", "no header row"),
    ],
)
def test_a_file_that_is_not_as_announced_fails_the_whole_job(raw, clock, org, text, said):
    job = load(raw, clock, text)
    found = state(raw, job)
    assert (found["state"], found["numberRecordsProcessed"]) == ("Failed", 0)
    assert said in found["errorMessage"]
    assert org.records("Account") == []


def test_a_file_may_have_another_delimiter_and_line_ending_if_the_job_says_so(raw, clock, org):
    text = 'Name|BillingStreet\r\nAcme|"1 High St\nYard"\r\n'
    job = load(raw, clock, text, columnDelimiter="PIPE", lineEnding="CRLF")
    assert state(raw, job)["state"] == "JobComplete"
    assert org.records("Account")[0]["BillingStreet"] == "1 High St\nYard"
    _, shown, _ = raw.ask("GET", f"{INGEST}/{job}/successfulResults")
    assert shown.startswith('"sf__Id"|"sf__Created"|"Name"|"BillingStreet"\r\n')


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Banana", "operation": "insert"}, "INVALIDENTITY"),
        ({"object": "Account", "operation": "merge"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "upsert", "externalIdFieldName": "Name"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "insert", "columnDelimiter": ","}, "INVALIDJOB"),
        ({"object": "Account", "operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"object": "Account", "operation": "insert", "colour": "red"}, "JSON_PARSER_ERROR"),
    ],
)
def test_a_job_that_makes_no_sense_is_not_made(raw, org, body, code):
    status, answer, _ = raw.ask("POST", INGEST, body)
    assert (status, answer[0]["errorCode"]) == (400, code)
    assert org.bulk.jobs == {}


def test_data_go_in_once_and_only_while_the_job_is_open(raw, clock):
    job = opened(raw)
    wrong = raw.ask("PUT", f"{INGEST}/{job}/batches", {"Name": "A"})
    assert (wrong[0], wrong[1][0]["errorCode"]) == (415, "INVALID_CONTENT_TYPE")
    assert upload(raw, job, "Name\nA\n") == 201
    assert upload(raw, job, "Name\nB\n") == 400
    assert close(raw, job)[0] == 200
    assert close(raw, job)[1][0]["errorCode"] == "INVALIDJOBSTATE"
    assert raw.ask("GET", f"{QUERY}/{job}")[0] == 404
    clock.advance(8 * 86400)
    raw.token = raw_token(raw)
    assert raw.ask("GET", f"{INGEST}/{job}")[0] == 404


def raw_token(raw):
    return raw.org.doors.open(raw.org.integration_user).token


def test_a_file_that_is_too_large_is_not_taken(raw, org):
    org.bulk.upload_bytes_max = 10
    assert upload(raw, opened(raw), "Name\n" + "A" * 10) == 413


def test_a_job_may_be_aborted_half_way_and_says_what_it_did_not_do(raw, clock, org):
    job = opened(raw)
    upload(raw, job, "Name\n" + "".join(f"A{number}\n" for number in range(1000)))
    close(raw, job)
    clock.advance(5.4)
    assert state(raw, job)["numberRecordsProcessed"] == 400
    assert close(raw, job, "Aborted")[1]["state"] == "Aborted"
    clock.advance(3600)
    left = {row["Name"] for row in results(raw, job, "unprocessedrecords")}
    done = {row["Name"] for row in results(raw, job, "successfulResults")}
    assert (len(left), len(done), left & done) == (600, 400, set())
    assert len(org.records("Account")) == 400


@pytest.mark.parametrize(
    ("fate", "end", "done"), [("stuck", "InProgress", 0), ("failed", "Failed", 0), ("partly", "Failed", 5)]
)
def test_a_job_may_stick_fail_or_end_half_way(raw, clock, org, fate, end, done):
    org.bulk.fail_next(fate)
    job = load(raw, clock, "Name\n" + "".join(f"A{number}\n" for number in range(10)))
    found = state(raw, job)
    assert (found["state"], found["numberRecordsProcessed"], len(org.records("Account"))) == (end, done, done)
    if fate == "stuck":
        assert close(raw, job, "Aborted")[1]["state"] == "Aborted"
    assert len(results(raw, job, "unprocessedRecords")) == 10 - done
    good = load(raw, clock, "Name\nGood\n")
    assert state(raw, good)["state"] == "JobComplete"


def test_a_job_fails_if_its_object_is_taken_away_meanwhile(org, sf, raw, clock):
    install(sf, org, invoices())
    loading = opened(raw, sobject="Invoice__c")
    reading = ask(raw, "SELECT Id FROM Invoice__c")
    late = opened(raw, sobject="Invoice__c")
    for job in (loading, late):
        upload(raw, job, "Name,Due__c\nI,2026-03-01\n")
    close(raw, loading)
    org.uninstall("Line__c")
    org.uninstall("Invoice__c")
    close(raw, late)
    clock.advance(60)
    assert state(raw, late)["state"] == state(raw, reading, QUERY)["state"] == "Failed"
    assert results(raw, loading, "failedResults")[0]["sf__Error"].startswith("INVALID_TYPE:")


def test_a_day_has_so_many_batches_and_query_jobs(raw, clock, org):
    load(raw, clock, "Name\nA\n")
    limits = raw.ask("GET", f"{PATH}/limits")[1]
    assert limits["DailyBulkApiBatches"] == {"Max": 15000, "Remaining": 14999}
    org.bulk.batches.count(14999)
    org.bulk.query_jobs.count(10000)
    job = opened(raw)
    upload(raw, job, "Name\nA\n")
    assert close(raw, job)[1][0]["errorCode"] == "EXCEEDEDQUOTA"
    answer = raw.ask("POST", QUERY, {"operation": "query", "query": "SELECT Id FROM Account"})
    assert answer[1][0]["errorCode"] == "EXCEEDEDQUOTA"


# Queries -------------------------------------------------------------------------------


def ask(raw, text, **more):
    status, job, _ = raw.ask("POST", QUERY, {"operation": "query", "query": text, **more})
    assert (status, job["state"]) == (200, "UploadComplete")
    return job["id"]


def test_a_query_comes_page_by_page_by_its_locator(raw, clock, org):
    account = org.insert("Account", Name="Acme", AnnualRevenue=10)
    org.insert_many("Contact", [{"LastName": f"Lee {n}", "AccountId": account} for n in range(250)])
    job = ask(raw, "SELECT Id, LastName, Account.Name, Account.AnnualRevenue, HasOptedOutOfEmail, Title FROM Contact")
    assert raw.ask("GET", f"{QUERY}/{job}/results")[1][0]["errorCode"] == "INVALIDJOBSTATE"
    clock.advance(60)
    found, locator, counts = [], "", []
    while locator != "null":
        query = f"?maxRecords=100{f'&locator={locator}' if locator else ''}"
        _, text, answer = raw.ask("GET", f"{QUERY}/{job}/results{query}")
        found += rows_of(text)
        locator = answer.getheader("Sforce-Locator")
        counts.append(int(answer.getheader("Sforce-NumberOfRecords")))
    assert counts == [100, 100, 50]
    assert len({row["Id"] for row in found}) == 250
    assert {key: found[0][key] for key in list(found[0])[2:]} == {
        "Account.Name": "Acme",
        "Account.AnnualRevenue": "10.0",
        "HasOptedOutOfEmail": "false",
        "Title": "",
    }
    assert [row["Id"] for row in found] != sorted(row["Id"] for row in found)
    assert state(raw, job, QUERY)["numberRecordsProcessed"] == 250
    assert raw.ask("GET", f"{QUERY}/{job}/results?locator=nonsense")[0] == 400


def test_a_query_sees_the_records_of_the_moment_in_which_it_runs_and_keeps_its_order(raw, clock, org):
    for name in "CAB":
        org.insert("Account", Name=name)
    job = ask(raw, "SELECT Name FROM Account ORDER BY Name")
    clock.advance(60)
    state(raw, job, QUERY)
    org.insert("Account", Name="late")
    _, text, _ = raw.ask("GET", f"{QUERY}/{job}/results")
    assert text == '"Name"\n"A"\n"B"\n"C"\n'


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT BillingAddress FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT COUNT(Id) FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id FROM Account OFFSET 5", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Nope__c FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM RecordType", "INVALIDENTITY"),
    ],
)
def test_a_query_that_bulk_does_not_do_is_refused_at_once(raw, query, code):
    status, answer, _ = raw.ask("POST", QUERY, {"operation": "query", "query": query})
    assert (status, answer[0]["errorCode"]) == (400, code)


def test_deleted_records_come_only_if_asked_for(raw, clock, org):
    org.delete(org.insert("Account", Name="gone"))
    kept = ask(raw, "SELECT Id FROM Account")
    both = ask(raw, "SELECT IsDeleted FROM Account", operation="queryAll")
    clock.advance(60)
    assert raw.ask("GET", f"{QUERY}/{kept}/results")[1] == '"Id"\n'
    assert raw.ask("GET", f"{QUERY}/{both}/results")[1] == '"IsDeleted"\n"true"\n'


def test_the_real_client_library_loads_and_reads_in_bulk():
    org = Org("acme", clock=Clock(real=True), chance=Chance(1))
    org.bulk.delay_seconds = 0
    with serve(org) as server:
        sf = client_for(org, server)
        install(sf, org)
        records = [{"QB_Id__c": f"acme:{number}", "Name": f"A {number}"} for number in range(450)]
        (done,) = sf.bulk2.Account.upsert(records=records, external_id_field="QB_Id__c")
        assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (450, 0)
        assert len(rows_of(sf.bulk2.Account.get_successful_records(done["job_id"]))) == 450
        started = time.monotonic()
        found = [row for page in sf.bulk2.Account.query("SELECT Id, Name FROM Account") for row in rows_of(page)]
        assert len(found) == 450
        assert time.monotonic() - started < 20
