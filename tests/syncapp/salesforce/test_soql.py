"""Quoting, times, and portions that fit into an address."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.format import quote_soql_value

from syncapp.connectors.salesforce import soql


@given(st.text())
def test_text_is_quoted_as_the_library_quotes_it(text):
    assert soql.quote(text) == quote_soql_value(text)


def test_a_time_is_told_in_utc_to_the_millisecond():
    at = datetime(2026, 1, 1, 14, 0, 0, 123_000, tzinfo=timezone(timedelta(hours=2)))
    assert soql.moment(at) == "2026-01-01T12:00:00.123Z"


def test_salesforces_spelling_of_a_time_is_read():
    assert soql.moment(soql.parse_moment("2026-01-01T12:00:00.000+0000")) == "2026-01-01T12:00:00.000Z"


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=90), max_size=600), st.integers(1, 400))
def test_portions_hold_every_value_once_and_fit_into_an_address(values, most):
    template = "SELECT Id FROM Account WHERE QB_Id__c IN ()"
    portions = list(soql.portions(template, values, most=most))
    assert [value for portion in portions for value in portion] == values
    assert all(len(portion) <= most for portion in portions)
    for portion in portions:
        text = template[:-2] + soql.quote_all(portion)
        assert len(soql.encoded(text)) <= soql.ADDRESS_BYTES_MAX


def test_six_hundred_ids_fit_into_one_portion():
    ids = [f"001{number:015d}" for number in range(600)]
    assert len(list(soql.portions("SELECT " + "X" * 1500 + " IN ()", ids, most=600))) == 1
