"""What the base becomes: from what was planned, from what they stored, and from nothing else."""

from __future__ import annotations

import pytest

from syncapp.engine.agree import agree, learn
from syncapp.records import Side
from tests.engine.support import Q, S

OLD = {"salesforce": {"phone": "1", "fax": "1"}, "quickbooks": {"phone": "1", "fax": "1"}}

# sent, stored, touched -> QuickBooks's new base of a phone that was planned from "222"
STORED = {
    "kept as it was sent": ("222", "222", False, "222"),
    "kept in their spelling": ("222", "22", False, "22"),
    "not kept at all": ("222", None, False, None),
    "kept, and something else was touched": ("222", "222", True, "222"),
    "different, and somebody may have changed it": ("222", "999", True, "222"),
    "emptied, and somebody may have done so": ("222", None, True, "222"),
    "cleared, and they filled it": (None, "999", True, None),
}


@pytest.mark.parametrize("sent, stored, touched, expected", STORED.values(), ids=STORED)
def test_the_target_is_agreed_to_hold(sent, stored, touched, expected):
    new = agree(OLD, target=Q, basis={"phone": "222"}, sent={"phone": sent}, stored={"phone": stored}, touched=touched)
    assert new == {"salesforce": {"phone": "222", "fax": "1"}, "quickbooks": {"phone": expected, "fax": "1"}}


def test_the_source_is_agreed_to_be_what_was_planned_from():
    """Its spelling there, not the one that was made to fit."""
    new = agree(OLD, target=S, basis={"phone": "A:B"}, sent={"phone": "A-B"}, stored={"phone": "A-B"}, touched=False)
    assert (new["quickbooks"]["phone"], new["salesforce"]["phone"]) == ("A:B", "A-B")


def test_only_fields_that_were_carried_move():
    stored = {"phone": "2", "fax": "somebody's new fax", "email": "x"}
    new = agree(OLD, target=Q, basis={"phone": "2", "fax": "9"}, sent={"phone": "2"}, stored=stored, touched=False)
    assert new == {"salesforce": {"phone": "2", "fax": "1"}, "quickbooks": {"phone": "2", "fax": "1"}}


def test_nothing_is_agreed_on_refused_fields():
    sent = {"phone": "2", "fax": "2"}
    new = agree(OLD, target=Q, basis=sent, sent=sent, stored={"phone": "2"}, touched=False, refused=["fax"])
    assert new == {"salesforce": {"phone": "2", "fax": "1"}, "quickbooks": {"phone": "2", "fax": "1"}}


def test_a_first_agreement_needs_no_base():
    new = agree({}, target=Q, basis={"phone": "2"}, sent={"phone": "2"}, stored={"phone": "2"}, touched=False)
    assert new == {"salesforce": {"phone": "2"}, "quickbooks": {"phone": "2"}}


def test_learning_moves_both_sides_and_nothing_else():
    assert learn(OLD, {"phone": "7"}) == {side.value: {"phone": "7", "fax": "1"} for side in Side}


def test_the_old_base_is_left_as_it_was():
    old = {"salesforce": {"phone": "1"}, "quickbooks": {"phone": "1"}}
    learn(old, {"phone": "7"})
    agree(old, target=Q, basis={"phone": "2"}, sent={"phone": "2"}, stored={"phone": "2"}, touched=False)
    assert old == {"salesforce": {"phone": "1"}, "quickbooks": {"phone": "1"}}


def test_a_value_that_the_target_assigned_instead_counts_as_its_edit():
    said = {"target": Q, "basis": {"phone": "7"}, "sent": {"phone": "7"}, "stored": {"phone": "7-1"}, "touched": False}
    assert agree(OLD, **said, assigned=["phone"])["quickbooks"]["phone"] == "7"
    assert agree(OLD, **said, assigned=["fax"])["quickbooks"]["phone"] == "7-1"
