"""What comes before any planning: open operations, records in doubt, and records that are gone.

Cases: open; suspect; open before suspect before gone; a record that was not read; gone on one side or both, with every
setting; what a deactivation carries; a deactivation that was refused or repeated too often.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncapp.records import Side, Verb
from tests.engine.support import Q, S, half, plan, record, whole


def gone(side, *, merged_into="", **fields):
    return record(side, fields, deleted=True, merged_into=merged_into)


def test_nothing_is_planned_while_an_operation_is_open():
    result = plan(whole({"phone": "2"}, {"phone": "1"}, open=True))
    assert (result.state, result.write) == ("under_way", None)


def test_nothing_is_planned_while_a_record_is_read_again():
    result = plan(whole({"phone": "2"}, {"phone": "1"}, suspect=True))
    assert (result.state, result.write) == ("waiting", None)
    assert "read again" in result.reason


def test_an_open_operation_goes_before_a_deletion():
    result = plan(whole(gone(S), {}, open=True, suspect=True), on_delete="deactivate")
    assert (result.state, result.write) == ("under_way", None)


def test_a_record_in_doubt_goes_before_a_deletion():
    assert plan(whole(gone(S), {}, suspect=True), on_delete="deactivate").state == "waiting"


@pytest.mark.parametrize("side", Side)
def test_a_record_that_was_not_read_yet_is_waited_for(side):
    situation = whole({"phone": "2"}, {"phone": "1"})
    result = plan(_without(situation, side))
    assert (result.state, result.write) == ("waiting", None)
    assert side.label in result.reason


def _without(situation, side):
    return replace(situation, records={**situation.records, side: None})


# Gone ----------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["nothing", "deactivate", "unlink"])
def test_a_record_gone_on_both_sides_closes_the_link(setting):
    result = plan(whole(gone(S), gone(Q)), on_delete=setting)
    assert (result.state, result.write) == ("closed", None)
    assert result.reason == "Deleted in Salesforce and QuickBooks."


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("setting", ["nothing", "deactivate", "unlink"])
def test_half_a_link_whose_record_is_gone_is_closed(side, setting):
    result = plan(half(side, {}, deleted=True), on_delete=setting)
    assert (result.state, result.write) == ("closed", None)
    assert result.reason == f"Deleted in {side.label}."


def lost(side, survivor=None, **more):
    records = {side: gone(side, **more), side.other: survivor or {}}
    return records[S], records[Q]


@pytest.mark.parametrize("side", Side)
def test_by_default_a_deletion_is_only_shown(side):
    result = plan(whole(*lost(side)))
    assert (result.state, result.write, result.detail) == ("gone", None, {})
    assert f"Deleted in {side.label}; still in {side.other.label}." in result.reason


def test_a_merge_is_told():
    assert "merged into S7" in plan(whole(*lost(S, merged_into="S7"))).reason


@pytest.mark.parametrize("side", Side)
def test_a_deletion_can_end_the_link(side):
    result = plan(whole(*lost(side)), on_delete="unlink")
    assert (result.state, result.write, result.detail) == ("closed", None, {"unlink": True})


@pytest.mark.parametrize("side", Side)
def test_a_deletion_can_deactivate_the_other_record(side):
    result = plan(whole(*lost(side, {"phone": "1"})), on_delete="deactivate")
    draft = result.write
    assert result.state == "under_way"
    assert (draft.side, draft.verb, draft.record_id) == (side.other, Verb.UPDATE, {S: "S1", Q: "Q1"}[side.other])
    assert draft.values == draft.sent == draft.basis == {"active": False}
    assert draft.expected_version == "v0"
    assert draft.overwrites


def test_what_is_inactive_is_not_deactivated_again():
    result = plan(whole(*lost(S, {"active": False})), on_delete="deactivate")
    assert (result.state, result.write) == ("gone", None)


@pytest.mark.parametrize("settings", [{"writes_to": frozenset({S})}, {"gone_values": {}}])
def test_a_deactivation_needs_the_right_to_write_and_a_flag(settings):
    result = plan(whole(*lost(S)), on_delete="deactivate", **settings)
    assert (result.state, result.write) == ("gone", None)


def test_a_survivor_that_was_not_read_yet_is_not_deactivated():
    result = plan(_without(whole(*lost(S)), Q), on_delete="deactivate")
    assert (result.state, result.write) == ("gone", None)


def test_a_deactivation_that_was_refused_is_not_sent_again():
    refused = {"quickbooks": {"active": [False, "It has open invoices."]}}
    result = plan(whole(*lost(S), refused=refused), on_delete="deactivate")
    assert (result.state, result.write) == ("refused", None)
    assert result.reason.endswith("It could not be made inactive: It has open invoices.")


def test_a_refusal_by_the_other_side_does_not_stop_a_deactivation():
    refused = {"salesforce": {"active": [False, "no"]}}
    assert plan(whole(*lost(S), refused=refused), on_delete="deactivate").write is not None


def test_a_deactivation_rests_too():
    result = plan(whole(*lost(S), restless=True), on_delete="deactivate")
    assert (result.state, result.write) == ("gone", None)
    assert "rests until tomorrow" in result.reason
