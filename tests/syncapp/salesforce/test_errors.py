"""What may be done about each error: nothing was done, it may have been done, wait, or a person must look."""

from __future__ import annotations

import pytest
import requests

from syncapp.connectors.base import NotAuthorised
from syncapp.connectors.salesforce import errors
from syncapp.connectors.salesforce.fields import ACCOUNT_NEUTRAL
from syncapp.records import Deferred, Missing, Rejected


@pytest.mark.parametrize(
    "body, code, message",
    [
        ([{"errorCode": "A", "message": "one"}], "A", "one"),
        ([{"statusCode": "B", "message": "two", "fields": ["Name"]}], "B", "two"),
        ({"error": "invalid_grant", "error_description": "no"}, "invalid_grant", "no"),
        ({"error": "invalid_grant"}, "invalid_grant", "invalid_grant"),
        ("<html>", "NO_JSON", "Salesforce's answer is not what its API sends."),
        ([], "NO_JSON", "Salesforce's answer is not what its API sends."),
        (None, "NO_JSON", "Salesforce's answer is not what its API sends."),
    ],
)
def test_both_shapes_of_an_error_are_read(body, code, message):
    problem = errors.problem_of(body)
    assert (problem.code, problem.message) == (code, message)


@pytest.mark.parametrize(
    "status, body, kind",
    [
        (500, "<html>", errors.Lost),
        (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "x"}], errors.Lost),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}], errors.Throttled),
        (403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}], NotAuthorised),
        (400, [{"errorCode": "MALFORMED_QUERY", "message": "x"}], errors.Refused),
        (412, [{"errorCode": "PRECONDITION", "message": "x"}], errors.Refused),
    ],
)
def test_a_status_becomes_an_error_of_its_sort(status, body, kind):
    assert type(errors.of_status(status, body)) is kind


def test_a_day_without_calls_waits_longer_than_a_busy_moment():
    total = errors.of_status(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    busy = errors.of_status(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests Limit"}])
    assert total.retry_seconds > busy.retry_seconds


@pytest.mark.parametrize(
    "error, kind",
    [
        (requests.ConnectTimeout("x"), errors.Unreachable),
        (requests.exceptions.SSLError("x"), errors.Unreachable),
        (requests.ReadTimeout("x"), errors.Lost),
        (requests.ConnectionError("Connection aborted."), errors.Lost),
        (requests.exceptions.ChunkedEncodingError("x"), errors.Lost),
        (requests.exceptions.JSONDecodeError("x", "", 0), errors.Lost),
    ],
)
def test_a_broken_connection_tells_whether_the_call_had_left(error, kind):
    assert type(errors.of_wire(error)) is kind


def test_a_port_that_nobody_listens_at_was_not_reached():
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get("http://127.0.0.1:9/", timeout=5)
    assert type(errors.of_wire(caught.value)) is errors.Unreachable


@pytest.mark.parametrize(
    "code, message, kind",
    [
        ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", Deferred),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: caused by: UNABLE_TO_LOCK_ROW", Deferred),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: caused by: null", Rejected),
        ("ENTITY_IS_DELETED", "entity is deleted", Missing),
        ("STRING_TOO_LONG", "data value too large", Rejected),
        ("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", Deferred),
    ],
)
def test_a_records_problem_becomes_an_outcome(code, message, kind):
    assert type(errors.outcome_of(errors.Problem(code, message), {})) is kind


def test_a_refusal_names_our_fields_and_the_remedy():
    problem = errors.Problem("FIELD_INTEGRITY_EXCEPTION", "There's a problem with this state", ("BillingState", "X__c"))
    outcome = errors.outcome_of(problem, ACCOUNT_NEUTRAL)
    assert outcome.fields == ("billing_state",)
    assert "address" in outcome.remedy
