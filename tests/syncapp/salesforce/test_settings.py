"""The flow's settings: what is wanted, and what makes no sense."""

from __future__ import annotations

import pytest

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.settings import WON, customer_settings


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({}, WON),
        ({"only_won": True}, WON),
        ({"only_won": False}, ""),
        ({"all": True}, ""),
        ({"condition": " Type = 'Customer' "}, "Type = 'Customer'"),
        ({"condition": "", "only_won": True, "direction": "both", "conflict": "quickbooks"}, WON),
    ],
)
def test_which_accounts_are_wanted(given, wanted):
    assert customer_settings(given).wanted == wanted


@pytest.mark.parametrize(
    "given, name",
    [
        ({"contact_fallback": "first"}, "contact_fallback"),
        ({"contact_rename": "maybe"}, "contact_rename"),
        ({"duplicates": "merge"}, "duplicates"),
        ({"careful": ["nmae"]}, "careful"),
        ({"careful": "name"}, "careful"),
        ({"overlap": -1}, "overlap"),
        ({"overlap": True}, "overlap"),
        ({"batch_size": 201}, "batch_size"),
        ({"condition": 5}, "condition"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(given, name):
    with pytest.raises(ConnectorError, match=name) as caught:
        customer_settings(given)
    assert caught.value.retry_seconds is None
