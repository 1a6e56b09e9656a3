"""Several calls in one: composite, batch, graph and tree."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.exceptions import SalesforceMalformedRequest

from project.sandbox.salesforce import Org
from project.sandbox.salesforce.gateway import Gateway
from project.sandbox.salesforce.wire import Request

from .wiring import PATH

KEYS = (
    "records compositeRequest graphs batchRequests method url referenceId body httpHeaders graphId richInput "
    "attributes type Name Contacts Parent Id"
)
NAMES = st.sampled_from(KEYS.split())


def step(reference, method, path, body=None, **headers):
    request = {"method": method, "url": f"{PATH}/{path}", "referenceId": reference}
    return {**request, **({"body": body} if body else {}), **({"httpHeaders": headers} if headers else {})}


def composite(sf, *steps, all_or_none=False):
    body = {"allOrNone": all_or_none, "compositeRequest": list(steps)}
    return sf.restful("composite", method="POST", json=body)["compositeResponse"]


def test_later_subrequests_use_what_earlier_ones_answered(sf, org):
    answers = composite(
        sf,
        step("a", "POST", "sobjects/Account", {"Name": "Acme"}),
        step("c", "POST", "sobjects/Contact", {"LastName": "Jones", "AccountId": "@{a.id}"}),
        step("q", "GET", "query?q=SELECT+Name+FROM+Contact+WHERE+AccountId='@{a.id}'"),
    )
    assert [answer["httpStatusCode"] for answer in answers] == [201, 201, 200]
    assert [answer["referenceId"] for answer in answers] == ["a", "c", "q"]
    assert set(answers[0]) == {"body", "httpHeaders", "httpStatusCode", "referenceId"}
    account = answers[0]["body"]["id"]
    assert answers[0]["httpHeaders"] == {"Location": f"{PATH}/sobjects/Account/{account}"}
    assert answers[2]["body"]["records"][0]["Name"] == "Jones"
    assert org.api_used == 1


def test_a_failure_leaves_the_others_standing_and_halts_what_depends_on_it(sf, org):
    answers = composite(
        sf,
        step("a", "POST", "sobjects/Account", {"Phone": "1"}),
        step("c", "POST", "sobjects/Contact", {"LastName": "Jones", "AccountId": "@{a.id}"}),
        step("b", "POST", "sobjects/Account", {"Name": "Globex"}),
    )
    assert [answer["httpStatusCode"] for answer in answers] == [400, 400, 201]
    assert answers[0]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert [record["Name"] for record in org.records("Account")] == ["Globex"]


def test_all_or_none_takes_everything_back(sf, org):
    answers = composite(
        sf,
        step("a", "POST", "sobjects/Account", {"Name": "Acme"}),
        step("b", "POST", "sobjects/Account", {}),
        step("c", "POST", "sobjects/Account", {"Name": "Globex"}),
        all_or_none=True,
    )
    assert [answer["body"][0]["errorCode"] for answer in answers][::2] == ["PROCESSING_HALTED"] * 2
    assert {answer["httpStatusCode"] for answer in answers} == {400}
    assert org.records("Account") == []


def test_collections_and_queries_travel_together_up_to_five(installed, org):
    records = [{"attributes": {"type": "Account"}, "Name": "Acme", "QB_Id__c": "acme:1"}]
    contacts = [{"attributes": {"type": "Contact"}, "LastName": "Jones", "Account": {"QB_Id__c": "acme:1"}}]
    steps = [
        step("a", "POST", "composite/sobjects", {"allOrNone": False, "records": records}),
        step("c", "POST", "composite/sobjects", {"allOrNone": False, "records": contacts}),
        step("q", "GET", "queryAll/?q=SELECT%20Id%2C%20Account.QB_Id__c%20FROM%20Contact"),
        step("d", "GET", "sobjects/Account/describe"),
    ]
    answers = composite(installed, *steps)
    assert {answer["httpStatusCode"] for answer in answers} == {200}
    assert answers[2]["body"]["records"][0]["Account"]["QB_Id__c"] == "acme:1"
    assert answers[3]["body"]["name"] == "Account"
    heavy = [step(f"q{number}", "GET", "query/?q=SELECT+Id+FROM+Account") for number in range(6)]
    with pytest.raises(SalesforceMalformedRequest):
        composite(installed, *heavy)
    with pytest.raises(SalesforceMalformedRequest):
        composite(installed, *(step(f"l{number}", "GET", "limits") for number in range(26)))


def test_the_duplicate_rule_header_counts_for_its_subrequest_only(sf, org):
    org.insert("Account", Name="Acme")
    org.duplicate_rules["Account"] = lambda row: [
        each["Id"] for each in org.records("Account") if each["Name"] == row["Name"]
    ]
    body = {"Name": "Acme"}
    answers = composite(
        sf,
        step("a", "POST", "sobjects/Account", body, **{"Sforce-Duplicate-Rule-Header": "allowSave=true"}),
        step("b", "POST", "sobjects/Account", body),
    )
    assert [answer["httpStatusCode"] for answer in answers] == [201, 400]
    assert answers[1]["body"][0]["errorCode"] == "DUPLICATES_DETECTED"


def test_a_batch_is_a_bag_of_independent_calls(sf, org):
    version = PATH.rsplit("/", 1)[-1]
    requests = [
        {"method": "POST", "url": f"{version}/sobjects/Account", "richInput": {"Name": "Acme"}},
        {"method": "GET", "url": f"{version}/sobjects/Account/001A10000000099IAA"},
    ]
    body = sf.restful("composite/batch", method="POST", json={"batchRequests": requests})
    assert body["hasErrors"] is True
    assert [each["statusCode"] for each in body["results"]] == [201, 404]
    assert body["results"][1]["result"][0]["errorCode"] == "NOT_FOUND"


def test_each_graph_is_done_whole_or_not_at_all(sf, org):
    graphs = [
        {"graphId": "1", "compositeRequest": [step("a", "POST", "sobjects/Account", {"Name": "Acme"})]},
        {
            "graphId": "2",
            "compositeRequest": [
                step("b", "POST", "sobjects/Account", {"Name": "Globex"}),
                step("c", "POST", "sobjects/Contact", {"AccountId": "@{b.id}"}),
            ],
        },
    ]
    answer = sf.restful("composite/graph", method="POST", json={"graphs": graphs})
    assert [each["isSuccessful"] for each in answer["graphs"]] == [True, False]
    assert [record["Name"] for record in org.records("Account")] == ["Acme"]


def test_a_tree_plants_children_with_their_parent_or_nothing(sf, org):
    def tree(last_name):
        children = {"attributes": {"type": "Contact", "referenceId": "c1"}, "LastName": last_name}
        own = {"attributes": {"type": "Account", "referenceId": "a1"}, "Name": "Acme"}
        return {"records": [{**own, "Contacts": {"records": [children]}}]}

    made = sf.restful("composite/tree/Account", method="POST", json=tree("Jones"))
    assert made["hasErrors"] is False
    assert [each["referenceId"] for each in made["results"]] == ["a1", "c1"]
    assert org.records("Contact")[0]["AccountId"] == org.records("Account")[0]["Id"]
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.restful("composite/tree/Account", method="POST", json=tree(None))
    assert caught.value.content["results"][0]["referenceId"] == "c1"
    assert len(org.records("Account")) == 1


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(["", "x", "POST", "@{a.id}", f"{PATH}/query", PATH]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
PATHS = ["composite", "composite/batch", "composite/graph", "composite/tree/Account", "composite/sobjects"]


@given(st.sampled_from(PATHS), st.dictionaries(NAMES, JSON, max_size=4))
def test_a_body_that_makes_no_sense_is_answered(path, body):
    org = Org("acme")
    token = org.doors.open(org.integration_user).token
    headers = {"host": "acme.my.salesforce.com", "authorization": f"Bearer {token}"}
    response = Gateway([org]).handle(Request("POST", f"{PATH}/{path}", headers, json.dumps(body).encode()))
    assert response.status in (200, 400, 404)
    assert json.loads(response.payload())
