"""Collections: up to 200 records, each with a result of its own."""

from __future__ import annotations

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from .wiring import PATH


def account(**fields):
    return {"attributes": {"type": "Account"}, **fields}


def contact(**fields):
    return {"attributes": {"type": "Contact"}, **fields}


def post(sf, records, method="POST", path="composite/sobjects", **more):
    return sf.restful(path, method=method, json={"allOrNone": False, "records": records, **more})


def test_each_record_succeeds_or_fails_by_itself_in_the_order_sent(sf, org):
    results = post(sf, [account(Name="One"), account(Phone="1"), contact(LastName="Three")])
    assert [each["success"] for each in results] == [True, False, True]
    assert results[0] == {"id": results[0]["id"], "success": True, "errors": []}
    message = "Required fields are missing: [Name]"
    error = {"statusCode": "REQUIRED_FIELD_MISSING", "message": message, "fields": ["Name"]}
    assert results[1] == {"success": False, "errors": [error]}
    assert len(org.records("Account")) == len(org.records("Contact")) == 1


def test_the_status_is_200_even_if_all_fail(raw):
    status, body, _ = raw.ask("POST", f"{PATH}/composite/sobjects", {"records": [account()]})
    assert status == 200
    assert body[0]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert "errorCode" not in body[0]["errors"][0]


def test_all_or_none_takes_the_innocent_back(sf, org):
    results = post(sf, [account(Name="One"), account()], allOrNone=True)
    codes = [each["errors"][0]["statusCode"] for each in results]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.records("Account") == []


def test_more_than_two_hundred_records_or_ten_runs_of_types_are_refused(sf, org):
    with pytest.raises(SalesforceMalformedRequest, match="more than 200 records"):
        post(sf, [account(Name=str(number)) for number in range(201)])
    mixed = [account(Name="a"), contact(LastName="c")] * 6
    with pytest.raises(SalesforceMalformedRequest) as caught:
        post(sf, mixed)
    assert caught.value.content[0]["errorCode"] == "LIMIT_EXCEEDED"
    assert org.records("Account") == []
    assert all(each["success"] for each in post(sf, mixed[:10]))
    assert all(each["success"] for each in post(sf, [account(Name=str(number)) for number in range(200)]))


def test_a_record_without_a_type_refuses_the_whole_call(sf):
    with pytest.raises(SalesforceMalformedRequest, match="entity type"):
        post(sf, [account(Name="a"), {"Name": "b"}])


def test_updates_name_their_records_and_report_what_is_gone(sf, org):
    first, second = (org.insert("Account", Name=name) for name in ("One", "Two"))
    org.delete(second)
    records = [account(id=first[:15], Phone="1"), account(id=second, Phone="1"), account(Phone="1")]
    records.append(account(id="001A10000000099IAA", Phone="1"))
    results = post(sf, records, "PATCH")
    assert results[0] == {"id": first, "success": True, "errors": []}
    codes = [each["errors"][0]["statusCode"] for each in results[1:]]
    assert codes == ["ENTITY_IS_DELETED", "MISSING_ARGUMENT", "INVALID_CROSS_REFERENCE_KEY"]
    assert org.get(first)["Phone"] == "1"


def test_an_upsert_by_external_id_says_which_were_created(installed, org):
    existing = installed.Account.create({"Name": "One", "QB_Id__c": "acme:1"})["id"]
    records = [account(QB_Id__c="acme:1", Phone="1"), account(QB_Id__c="acme:2", Name="Two")]
    records += [account(QB_Id__c="acme:2", Name="Twice"), account(Name="Without")]
    results = post(installed, records, "PATCH", "composite/sobjects/Account/QB_Id__c")
    assert results[0] == {"id": existing, "success": True, "errors": [], "created": False}
    assert results[1]["created"] is True
    assert [each["errors"][0]["statusCode"] for each in results[2:]] == ["DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    assert len(org.records("Account")) == 2


def test_an_upsert_by_id_without_an_id_is_an_insert(sf, org):
    path = "composite/sobjects/Account/Id"
    assert post(sf, [account(Name="New")], "PATCH", path)[0]["created"] is True
    known = org.records("Account")[0]["Id"]
    assert post(sf, [account(Id=known, Phone="1")], "PATCH", path)[0]["created"] is False


def test_an_upsert_by_an_idlookup_field_works(sf, org):
    org.insert("Contact", LastName="Jones", Email="jones@example.com")
    records = [contact(Email="JONES@example.com", Phone="1")]
    assert post(sf, records, "PATCH", "composite/sobjects/Contact/Email")[0]["created"] is False


def test_the_same_external_id_twice_in_one_insert_is_refused_the_second_time(installed):
    results = post(installed, [account(Name="a", QB_Id__c="acme:1"), account(Name="b", QB_Id__c="acme:1")])
    text = f"duplicate value found: QB_Id__c duplicates value on record with id: {results[0]['id'][:15]}"
    assert results[1]["errors"] == [{"statusCode": "DUPLICATE_VALUE", "message": text, "fields": []}]


def test_records_are_deleted_by_a_list_of_ids(sf, org):
    made = [org.insert("Account", Name=str(number)) for number in range(3)]
    params = {"ids": ",".join([*made[:2], "001A10000000099IAA"]), "allOrNone": "false"}
    results = sf.restful("composite/sobjects", method="DELETE", params=params)
    assert [each["success"] for each in results] == [True, True, False]
    assert [record["Id"] for record in org.records("Account")] == made[2:]


def test_two_thousand_records_are_read_in_one_call_with_null_for_the_missing(sf, org):
    made = org.insert_many("Account", ({"Name": f"A{number}"} for number in range(1999)))
    body = {"ids": [*made, "001A10000099999IAA"], "fields": ["Id", "Name"]}
    records = sf.restful("composite/sobjects/Account", method="POST", json=body)
    assert len(records) == 2000
    assert records[-1] is None
    assert (records[7]["Id"], records[7]["Name"]) == (made[7], "A7")
    some = sf.restful("composite/sobjects/Account", params={"ids": made[0], "fields": "Name"})
    assert some[0]["Name"] == "A0"
    body = {"ids": made + made[:2], "fields": ["Id"]}
    with pytest.raises(SalesforceMalformedRequest):
        sf.restful("composite/sobjects/Account", method="POST", json=body)


def test_one_locked_record_does_not_hold_up_the_others(sf, org):
    first, second = (org.insert("Account", Name=name) for name in ("One", "Two"))
    org.lock(first)
    results = post(sf, [account(id=first, Phone="1"), account(id=second, Phone="1")], "PATCH")
    assert results[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert results[1]["success"]
    assert (org.get(first)["Phone"], org.get(second)["Phone"]) == (None, "1")
