"""Who wins a conflict, and when a run is stopped."""

from __future__ import annotations

import pytest

from syncapp.engine.policy import Policy, decide
from syncapp.engine.safety import Limits, held
from tests.engine.support import Q, S, record

# policy, minute of Salesforce's record, minute of QuickBooks's (0: it does not tell) -> who wins
POLICIES = {
    "quickbooks wins": (Policy.QUICKBOOKS, 9, 1, Q),
    "salesforce wins": (Policy.SALESFORCE, 1, 9, S),
    "a person says": (Policy.ASK, 1, 9, None),
    "newest is salesforce's": (Policy.NEWEST, 9, 1, S),
    "newest is quickbooks's": (Policy.NEWEST, 1, 9, Q),
    "equally new": (Policy.NEWEST, 5, 5, None),
    "salesforce does not tell": (Policy.NEWEST, 0, 5, None),
    "quickbooks does not tell": (Policy.NEWEST, 5, 0, None),
    "neither tells": (Policy.NEWEST, 0, 0, None),
}


@pytest.mark.parametrize("policy, ours, theirs, expected", POLICIES.values(), ids=POLICIES)
def test_who_wins(policy, ours, theirs, expected):
    records = {S: record(S, {}, minute=ours), Q: record(Q, {}, minute=theirs)}
    assert decide(policy, records) is expected


# overwrites, linked records, largest share, always allowed -> held?
RUNS = {
    "nothing to do": (0, 0, 0.3, 50, False),
    "few of few": (10, 10, 0.3, 50, False),
    "as many as are always allowed": (50, 60, 0.3, 50, False),
    "one more, and a large share": (51, 60, 0.3, 50, True),
    "many, but a small share": (299, 1000, 0.3, 50, False),
    "exactly the share": (300, 1000, 0.3, 50, False),
    "one more than the share": (301, 1000, 0.3, 50, True),
    "nothing is allowed": (1, 1000, 0.0, 0, True),
    "everything is allowed": (1000, 1000, 1.0, 0, False),
}


@pytest.mark.parametrize("overwrites, linked, share, minimum, stopped", RUNS.values(), ids=RUNS)
def test_when_a_run_is_held(overwrites, linked, share, minimum, stopped):
    assert bool(held(overwrites, linked, Limits(share, minimum))) is stopped


def test_the_reason_tells_how_many_and_what_to_do():
    reason = held(301, 1000, Limits(0.3, 50))
    assert "301 of 1000 linked records, more than 30%" in reason
    assert "Nothing has been written" in reason
    assert "approve" in reason
