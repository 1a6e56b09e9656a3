"""Faults: what each does to the work and to the answer; by chance with a seed, or planned for one call."""

from __future__ import annotations

from contextlib import suppress

import pytest
import requests
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
)

from project.sandbox.chance import Chance
from project.sandbox.faults import Faults
from project.sandbox.salesforce import Org, serve

from .wiring import PATH, client_for


def test_a_lost_answer_did_the_work_and_a_lost_request_did_nothing(org, sf):
    org.fail_next("lost_request")
    with pytest.raises(requests.ConnectionError):
        sf.Account.create({"Name": "Never"})
    assert org.records("Account") == []
    org.fail_next("lost_answer")
    with pytest.raises((requests.ConnectionError, SalesforceGeneralError)):
        sf.Account.create({"Name": "Done"})
    assert [row["Name"] for row in org.records("Account")] == ["Done"]
    assert [entry.fault for entry in org.calls("sobjects/Account")] == ["lost_request", "lost_answer"]


def test_server_errors_come_in_json_and_in_html_and_do_nothing(org, sf):
    org.faults.error_500 = 1.0
    with pytest.raises(SalesforceGeneralError) as caught:
        sf.Account.create({"Name": "Never"})
    assert (caught.value.status, caught.value.content[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
    org.faults.error_500, org.faults.unavailable_503 = 0.0, 1.0
    seen = set()
    for _ in range(30):
        with pytest.raises(SalesforceGeneralError) as caught:
            sf.Account.create({"Name": "Never"})
        assert caught.value.status == 503
        seen.add(type(caught.value.content))
    assert seen == {list, str}
    assert org.records("Account") == []


def test_the_token_endpoint_suffers_too(org, stranger):
    org.faults.rate_limit = 1.0
    form = {"grant_type": "client_credentials", "client_id": org.client_id, "client_secret": org.client_secret}
    status, body = stranger.form("/services/oauth2/token", **form)
    assert (status, body) == (400, {"error": "rate_limit_exceeded", "error_description": "login rate exceeded"})


def test_a_rate_limit_is_a_403_with_the_platforms_words(org, sf):
    org.faults.rate_limit = 1.0
    with pytest.raises(SalesforceRefusedRequest) as caught:
        sf.query("SELECT Id FROM Account")
    text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    assert caught.value.content == [{"message": text, "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    org.faults.stop()
    org.daily_limit = org.api_used
    with pytest.raises(SalesforceRefusedRequest, match="TotalRequests Limit exceeded"):
        sf.query("SELECT Id FROM Account")


def test_an_expired_token_is_dead_for_good(org, sf):
    sf._salesforce_login_partial = None
    org.fail_next("token_expired", writes_only=False)
    for _ in range(2):
        with pytest.raises(SalesforceExpiredSession):
            sf.query("SELECT Id FROM Account")


def test_a_lock_by_chance_strikes_apps_and_not_people(org, sf):
    org.faults.lock = 1.0
    account = org.insert("Account", Name="Acme")
    with pytest.raises(SalesforceMalformedRequest, match="UNABLE_TO_LOCK_ROW"):
        sf.Account.update(account, {"Phone": "1"})
    assert org.get(account)["Phone"] is None


def test_a_stale_version_fails_the_conditional_update(org, sf, clock):
    account = org.insert("Account", Name="Acme")
    org.faults.stale_version = 1.0
    clock.advance(60)
    with pytest.raises(SalesforceGeneralError) as caught:
        sf.Account.update(account, {"Phone": "1"}, headers={"If-Unmodified-Since": "Tue, 03 Feb 2026 17:00:00 GMT"})
    assert caught.value.status == 412
    assert org.get(account)["Phone"] is None
    assert org.get(account)["SystemModstamp"] == clock.now()


def test_something_can_be_made_to_happen_before_or_after_the_next_write(org, sf):
    account = org.insert("Account", Name="Acme")
    org.before_next(lambda: org.update(account, Phone="person"))
    org.after_next(lambda: org.update(account, Fax="person"))
    sf.query("SELECT Id FROM Account")
    assert org.get(account)["Phone"] is None
    sf.Account.update(account, {"Phone": "app"})
    assert (org.get(account)["Phone"], org.get(account)["Fax"]) == ("app", "person")


def test_a_composite_call_that_only_reads_is_no_write(org, sf):
    def composite(method, path, **more):
        request = {"method": method, "url": f"{PATH}/{path}", "referenceId": "r", **more}
        return sf.restful("composite", method="POST", json={"compositeRequest": [request]})

    org.fail_next("lost_request")
    composite("GET", "query/?q=SELECT+Id+FROM+Account")
    sf.restful("composite/sobjects/Account", method="POST", json={"ids": [], "fields": ["Id"]})
    with pytest.raises(requests.ConnectionError):
        composite("POST", "sobjects/Account", body={"Name": "Acme"})
    assert [entry.writes for entry in org.journal][-3:] == [False, False, True]


def test_the_same_seed_brings_the_same_faults():
    def course(seed):
        org = Org("acme", chance=Chance(seed), faults=Faults.all(0.0))
        with serve(org) as running:
            sf = client_for(org, running)
            org.faults.error_500 = org.faults.unavailable_503 = 0.3
            for _ in range(20):
                with suppress(SalesforceGeneralError):
                    sf.query("SELECT Id FROM Account")
        return [entry.status for entry in org.journal]

    assert course(7) == course(7) != course(8)


def test_the_journal_says_what_was_asked_without_a_secret(org, sf, raw):
    sf.query("SELECT Id FROM Account WHERE Name = 'x'")
    sf.restful(
        "composite/sobjects", method="POST", json={"records": [{"attributes": {"type": "Account"}, "Name": "A"}]}
    )
    sf.Account.describe()
    raw.ask("GET", "/services/oauth2/userinfo?token=very-secret")
    entries = list(org.journal)
    assert [(entry.method, entry.resource, entry.records, entry.status) for entry in entries] == [
        ("POST", "services/oauth2/token", 0, 200),
        ("GET", "query", 0, 200),
        ("POST", "composite/sobjects", 1, 200),
        ("GET", "sobjects/Account/describe", 0, 200),
        ("GET", "services/oauth2/userinfo", 0, 200),
    ]
    assert entries[1].query == "SELECT Id FROM Account WHERE Name = 'x'"
    assert entries[1].user_id == org.integration_user
    assert entries[1].path == f"{PATH}/query/"
    text = repr(entries)
    assert not any(secret in text for secret in (org.client_secret, "very-secret", sf.session_id))
    assert org.call_counts["GET", "query"] == 1
