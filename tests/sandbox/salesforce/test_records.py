"""Single records: what is taken, what is refused and in which words, byte for byte where the facts give the bytes."""

from __future__ import annotations

from email.utils import format_datetime

import pytest
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id

from .wiring import PATH


def refusal(call, *args, error=SalesforceMalformedRequest, **kw):
    with pytest.raises(error) as caught:
        call(*args, **kw)
    return caught.value.content[0]


def test_a_record_is_created_read_changed_and_deleted(sf):
    made = sf.Account.create({"Name": "Acme", "BillingStreet": "1 Main St\r\nSuite 4", "AnnualRevenue": 1000})
    assert made == {"id": made["id"], "success": True, "errors": []}
    assert made["id"].startswith("001")
    assert len(made["id"]) == 18
    record = sf.Account.get(made["id"][:15])
    assert record["attributes"] == {"type": "Account", "url": f"{PATH}/sobjects/Account/{made['id']}"}
    assert (record["Id"], record["Name"], record["AnnualRevenue"]) == (made["id"], "Acme", 1000.0)
    assert record["BillingStreet"] == "1 Main St\r\nSuite 4"
    assert record["BillingAddress"]["street"] == "1 Main St\r\nSuite 4"
    assert record["SystemModstamp"] == "2026-02-03T17:00:00.000+0000"
    assert sf.Account.update(made["id"], {"Name": "Acme Ltd", "BillingStreet": None}) == 204
    assert sf.Account.get(made["id"])["BillingAddress"] is None
    assert sf.Account.delete(made["id"]) == 204
    error = refusal(sf.Account.get, made["id"], error=SalesforceResourceNotFound)
    assert error == {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED"}


def test_who_wrote_and_when_is_the_platforms_to_say(org, sf, clock):
    account = org.insert("Account", Name="Acme")
    clock.advance(90)
    sf.Account.update(account, {"Phone": "555"})
    row = org.get(account)
    assert (row["CreatedById"], row["LastModifiedById"]) == (org.person, org.integration_user)
    assert (row["LastModifiedDate"] - row["CreatedDate"]).total_seconds() == 90
    assert row["SystemModstamp"] == row["LastModifiedDate"]
    error = refusal(sf.Account.update, account, {"SystemModstamp": "2026-01-01T00:00:00Z", "Name": "x"})
    assert error == {
        "message": "Unable to create/update fields: SystemModstamp. Please check the security settings of this "
        "field and verify that it is read/write for your profile or permission set.",
        "errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE",
        "fields": ["SystemModstamp"],
    }


@pytest.mark.parametrize(
    ("fields", "code", "message", "names"),
    [
        ({"Phone": "1"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"]),
        ({"LastName": ""}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"]),
        (
            {"LastName": "x" * 81},
            "STRING_TOO_LONG",
            f"Last Name: data value too large: {'x' * 81} (max length=80)",
            ["LastName"],
        ),
        (
            {"LastName": "x", "Email": "nonsense"},
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: nonsense",
            ["Email"],
        ),
        (
            {"LastName": "x", "AccountId": "003A10000000001IAA"},
            "MALFORMED_ID",
            "Account ID: id value of incorrect type: 003A10000000001IAA",
            ["AccountId"],
        ),
        (
            {"LastName": "x", "AccountId": "001A10000000099IAA"},
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            ["AccountId"],
        ),
        ({"LastName": "x", "Shoe": 1}, "INVALID_FIELD", "No such column 'Shoe' on sobject of type Contact", []),
    ],
)
def test_a_bad_contact_is_refused_with_the_platforms_words(sf, fields, code, message, names):
    error = refusal(sf.Contact.create, fields)
    assert (error["errorCode"], error["message"], error.get("fields", [])) == (code, message, names)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Name", 17),
        ("Name", {"a": 1}),
        ("Birthday", None),
        ("AnnualRevenue", "many"),
        ("AnnualRevenue", True),
        ("NumberOfEmployees", 1.5),
        ("LastActivityDate", "2026-01-01"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(sf, field, value):
    error = refusal(sf.Account.create, {"Name": "Acme", field: value})
    assert error["errorCode"] in ("JSON_PARSER_ERROR", "INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE")


@pytest.mark.parametrize("day", ["2026-02-30", "03/02/2026", "2026-02-03T00:00:00Z", 20260203])
def test_a_date_that_is_none_is_refused(sf, day):
    fields = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": day}
    assert refusal(sf.Opportunity.create, fields)["errorCode"] == "JSON_PARSER_ERROR"


def test_numbers_are_rounded_to_their_scale_and_bounded_by_their_precision(sf):
    fields = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-02-03"}
    made = sf.Opportunity.create({**fields, "Amount": "10.005"})
    assert sf.Opportunity.get(made["id"])["Amount"] == 10.01
    error = refusal(sf.Opportunity.create, {**fields, "Amount": 1e17})
    assert (error["errorCode"], error["fields"]) == ("NUMBER_OUTSIDE_VALID_RANGE", ["Amount"])


def test_text_is_trimmed_and_names_are_found_whatever_their_case(sf):
    made = sf.account.create({"nAmE": "  Acme \n", "PHONE": "   "})
    record = sf.Account.get(made["id"])
    assert (record["Name"], record["Phone"]) == ("Acme", None)


def test_ids_and_json_that_make_no_sense_are_refused(raw, sf):
    account = sf.Account.create({"Name": "Acme"})["id"]
    answers = {
        "no json": raw.ask("POST", f"{PATH}/sobjects/Account/", "{", **{"Content-Type": "application/json"}),
        "id on create": raw.ask("POST", f"{PATH}/sobjects/Account/", {"Name": "x", "Id": account}),
        "id on update": raw.ask("PATCH", f"{PATH}/sobjects/Account/{account}", {"Id": account}),
        "malformed": raw.ask("PATCH", f"{PATH}/sobjects/Account/xyz", {"Name": "x"}),
        "missing": raw.ask("PATCH", f"{PATH}/sobjects/Account/001A10000000099IAA", {"Name": "x"}),
        "missing read": raw.ask("GET", f"{PATH}/sobjects/Account/001A10000000099IAA"),
        "no such object": raw.ask("GET", f"{PATH}/sobjects/Banana/describe"),
        "no such method": raw.ask("PUT", f"{PATH}/sobjects/Account/{account}", {"Name": "x"}),
    }
    assert {name: (status, body[0]["errorCode"]) for name, (status, body, _) in answers.items()} == {
        "no json": (400, "JSON_PARSER_ERROR"),
        "id on create": (400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        "id on update": (400, "INVALID_FIELD"),
        "malformed": (400, "MALFORMED_ID"),
        "missing": (404, "INVALID_CROSS_REFERENCE_KEY"),
        "missing read": (404, "NOT_FOUND"),
        "no such object": (404, "NOT_FOUND"),
        "no such method": (405, "METHOD_NOT_ALLOWED"),
    }


def test_a_contact_of_an_account_in_the_recycle_bin_is_refused(org, sf):
    account = org.insert("Account", Name="Acme")
    org.delete(account)
    error = refusal(sf.Contact.create, {"LastName": "x", "AccountId": account})
    assert error["errorCode"] == "ENTITY_IS_DELETED"


def test_a_change_since_the_given_second_is_a_failed_precondition(org, sf, clock):
    account = org.insert("Account", Name="Acme")
    seen = {"If-Unmodified-Since": format_datetime(org.get(account)["SystemModstamp"], usegmt=True)}
    assert sf.Account.update(account, {"Phone": "1"}, headers=seen) == 204
    clock.advance(5)
    org.update(account, Phone="2")
    with pytest.raises(SalesforceGeneralError) as caught:
        sf.Account.update(account, {"Phone": "3"}, headers=seen)
    assert caught.value.status == 412
    with pytest.raises(SalesforceGeneralError):
        sf.Account.delete(account, headers=seen)
    assert org.get(account)["Phone"] == "2"


def test_an_unchanged_record_is_not_sent_again(org, raw):
    account = org.insert("Account", Name="Acme")
    path = f"{PATH}/sobjects/Account/{account}"
    _, _, first = raw.ask("GET", path)
    status, body, _ = raw.ask("GET", path, **{"If-Modified-Since": first.getheader("Last-Modified")})
    assert (status, body) == (304, "")


def test_an_upsert_says_whether_it_created(installed):
    key = format_external_id("QB_Id__c", "acme:8000/1")
    first = installed.Account.upsert(key, {"Name": "Acme"}, raw_response=True)
    assert (first.status_code, first.json()["created"], first.json()["success"]) == (201, True, True)
    second = installed.Account.upsert(key, {"Phone": "555"}, raw_response=True)
    assert (second.status_code, second.json()["created"]) == (200, False)
    assert second.json()["id"] == first.json()["id"]
    assert installed.Account.get(key)["Phone"] == "555"


def test_an_upsert_is_refused_where_its_key_makes_no_sense(installed):
    key = format_external_id("QB_Id__c", "acme:1")
    error = refusal(installed.Account.upsert, key, {"Name": "x", "QB_Id__c": "acme:1"})
    assert error["message"] == "The QB_Id__c field should not be specified in the sobject data."
    error = refusal(installed.Account.upsert, "Phone/1", {"Name": "x"}, error=SalesforceResourceNotFound)
    assert error["message"] == "Provided external ID field does not exist or is not accessible: Phone"


def test_an_upsert_that_may_only_update_creates_nothing(installed, org):
    path = f"{installed.base_url}sobjects/Account/QB_Id__c/acme:1?updateOnly=true"
    with pytest.raises(SalesforceResourceNotFound):
        installed._call_salesforce("PATCH", path, data='{"Name": "x"}')
    assert org.records("Account") == []


def test_a_key_that_two_records_carry_is_a_multiple_choice(org, sf):
    contacts = [org.insert("Contact", LastName=name, Email="same@example.com") for name in ("A", "B")]
    with pytest.raises(SalesforceMoreThanOneRecord) as caught:
        sf.Contact.upsert("Email/same@example.com", {"Phone": "1"})
    assert caught.value.content == [f"{PATH}/sobjects/Contact/{each}" for each in contacts]


def test_a_unique_value_is_taken_once_and_the_refusal_names_the_holder(installed, org):
    first = installed.Account.create({"Name": "Acme", "QB_Id__c": "acme:8000-A"})["id"]
    error = refusal(installed.Account.create, {"Name": "Again", "QB_Id__c": "ACME:8000-a"})
    assert error == {
        "message": f"duplicate value found: QB_Id__c duplicates value on record with id: {first[:15]}",
        "errorCode": "DUPLICATE_VALUE",
    }
    org.delete(first)
    assert installed.Account.create({"Name": "Again", "QB_Id__c": "acme:8000-A"})["success"]


def test_a_parent_can_be_named_by_its_external_id(installed, org):
    account = installed.Account.create({"Name": "Acme", "QB_Id__c": "acme:1"})["id"]
    contact = installed.Contact.create({"LastName": "Jones", "Account": {"QB_Id__c": "acme:1"}})["id"]
    assert org.get(contact)["AccountId"] == account
    error = refusal(installed.Contact.create, {"LastName": "Jones", "Account": {"QB_Id__c": "acme:2"}})
    text = "Foreign key external ID: acme:2 not found for field QB_Id__c in entity Account"
    assert (error["errorCode"], error["message"]) == ("INVALID_FIELD", text)


def test_a_locked_record_is_refused_until_it_is_let_go(org, sf):
    account = org.insert("Account", Name="Acme")
    org.lock(account)
    error = refusal(sf.Account.update, account, {"Phone": "1"})
    assert error["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert error["message"] == f"unable to obtain exclusive access to this record or 1 records: {account}"
    org.unlock(account)
    assert sf.Account.update(account, {"Phone": "1"}) == 204


def test_an_address_longer_than_sixteen_kilobytes_is_refused(raw):
    status, _, _ = raw.ask("GET", f"{PATH}/query/?q={'x' * 16_400}")
    assert status == 414


def test_versions_need_no_session_and_retired_ones_are_gone(stranger, raw):
    status, body, _ = stranger.ask("GET", "/services/data/")
    assert (status, body[-1]["version"], body[-1]["url"]) == (200, "67.0", "/services/data/v67.0")
    status, body, _ = raw.ask("GET", "/services/data/v25.0/limits")
    assert (status, body[0]["errorCode"]) == (410, "UNSUPPORTED_API_VERSION")
    assert raw.ask("GET", "/services/data/v99.0/limits")[0] == 404


def test_every_answer_says_how_many_calls_are_used(org, sf):
    sf.limits()
    sf.query("SELECT Id FROM Account")
    assert sf.api_usage["api-usage"].used == org.api_used == 2
    assert sf.limits()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_997}
    org.insert("Account", Name="Acme")
    counts = sf.restful("limits/recordCount", params={"sObjects": "Account"})
    assert counts == {"sObjects": [{"count": 1, "name": "Account"}]}
