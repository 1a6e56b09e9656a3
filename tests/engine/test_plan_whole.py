"""Both records are known: what travels, one side at a time, and what is left to a person.

Cases: nothing to do; each way; both ways; direction; conflicts by policy, by field, by decision and in doubt; refusals
that are remembered until the value changes; values that do not fit; parents; restlessness; the most pressing state.
"""

from __future__ import annotations

import pytest

from syncapp.engine.plan import canonical_fields
from syncapp.engine.policy import Policy
from syncapp.mapping.codecs import short_mark
from syncapp.records import Verb
from tests.engine.support import MAPPING, Q, S, Ties, plan, record, whole

BOTH = {"phone": ("1", "1")}


def test_two_that_stand_as_they_agreed_are_in_step():
    result = plan(whole({"phone": "long text"}, {"phone": "long"}))
    assert (result.state, result.reason, result.write, result.agreed) == ("in_step", "", None, {})


def test_what_became_the_same_by_another_road_is_agreed():
    result = plan(whole({"phone": "2"}, {"phone": "2"}, BOTH))
    assert (result.state, result.write, result.agreed) == ("in_step", None, {"phone": "2"})


def test_a_change_in_salesforce_travels_to_quickbooks():
    result = plan(whole({"phone": "2"}, {"phone": "1"}, BOTH))
    draft = result.write
    assert result.state == "under_way"
    assert (draft.side, draft.verb, draft.record_id, draft.counterpart_id) == (Q, Verb.UPDATE, "Q1", "S1")
    assert draft.values == draft.sent == draft.basis == {"phone": "2"}
    assert draft.overwrites


def test_a_change_in_quickbooks_travels_to_salesforce():
    draft = plan(whole({"phone": "1"}, {"phone": "2"}, BOTH)).write
    assert (draft.side, draft.record_id, draft.counterpart_id) == (S, "S1", "Q1")
    assert draft.values == draft.sent == draft.basis == {"phone": "2"}


def test_a_cleared_value_is_cleared_on_the_other_side():
    assert plan(whole({"phone": None}, {"phone": "1"}, BOTH)).write.values == {"phone": None}


def test_an_update_carries_the_version_that_it_was_planned_from():
    situation = whole(record(S, {"phone": "2"}, minute=3), record(Q, {"phone": "1"}, minute=4), BOTH)
    assert plan(situation).write.expected_version == "v4"


def test_only_what_changed_is_sent():
    situation = whole(
        {"phone": "2", "fax": "9", "street": "x"}, {"phone": "1", "fax": "9", "street": "x"}, {"phone": ("1", "1")}
    )
    assert plan(situation).write.values == {"phone": "2"}


def test_what_is_spelt_to_fit_is_sent_and_the_original_is_remembered():
    draft = plan(whole({"name": "A:B"}, {"name": "A"}, {"name": ("A", "A")})).write
    assert (draft.values["name"], draft.sent["name"], draft.basis["name"]) == ("A-B", "A-B", "A:B")


OVERWRITES = {
    "a value": ({"phone": "2"}, {"phone": "1"}, {"phone": ("1", "1")}, True),
    "nothing": ({"phone": "2"}, {"phone": None}, {"phone": (None, None)}, False),
    "an owned value": ({"balance": "1"}, {"balance": "2"}, {"balance": ("1.00", "1.00")}, False),
    "one value of two": ({"phone": "2", "fax": "2"}, {"fax": "1"}, {"phone": (None, None), "fax": ("1", "1")}, True),
}


@pytest.mark.parametrize("ours, theirs, before, expected", OVERWRITES.values(), ids=OVERWRITES)
def test_an_overwrite_is_what_replaces_a_value_that_a_person_may_have_written(ours, theirs, before, expected):
    assert plan(whole(ours, theirs, before)).write.overwrites is expected


def test_one_side_is_written_at_a_time_salesforce_first():
    ours, theirs = {"phone": "2", "fax": "1"}, {"phone": "1", "fax": "2"}
    draft = plan(whole(ours, theirs, {"phone": ("1", "1"), "fax": ("1", "1")})).write
    assert (draft.side, draft.values) == (S, {"fax": "2"})


# Owners and directions -------------------------------------------------------------------


def test_the_owner_holds_whoever_changed():
    situation = whole({"balance": "9"}, {"balance": "5"}, {"balance": ("5.00", "5.00")})
    draft = plan(situation, policy=Policy.SALESFORCE).write
    assert (draft.side, draft.sent) == (S, {"balance": "5.00"})


def test_an_owned_value_is_not_left_to_a_person_even_in_doubt():
    situation = whole({"balance": "9"}, {"balance": "5"}, {"balance": ("5.00", "5.00")}, doubts=["balance"])
    assert plan(situation, policy=Policy.ASK).write.side is S


def test_what_lives_on_one_side_never_travels():
    assert plan(whole({"website": "a"}, {"website": "b"}, strangers=True)).write is None
    assert "website" not in plan(whole({"website": "a"}, {"website": "b"}, strangers=True)).agreed


@pytest.mark.parametrize("side", [S, Q])
def test_nothing_is_written_against_the_direction(side):
    ours, theirs = {"phone": "2", "fax": "1"}, {"phone": "1", "fax": "2"}
    before = {"phone": ("1", "1"), "fax": ("1", "1")}
    assert plan(whole(ours, theirs, before), writes_to=frozenset({side})).write.side is side


def test_a_change_against_the_direction_is_no_matter():
    result = plan(whole({"phone": "2"}, {"phone": "1"}, BOTH), writes_to=frozenset({S}))
    assert (result.state, result.write, result.detail) == ("in_step", None, {})


def test_a_record_is_compared_by_what_travels():
    ours = canonical_fields(record(S, {"website": "a", "phone": " 1 ", "nonsense": 1}), MAPPING, S, Ties())
    assert ours.keys() == {f.name for f in MAPPING.fields} - {"website"}
    assert (ours["name"], ours["phone"], ours["active"], ours["fax"]) == ("Acme", "1", True, None)


# Conflicts ---------------------------------------------------------------------------------

CONFLICT = ({"phone": "2"}, {"phone": "3"}, BOTH)
ASKED = {"phone": ["2", "3"]}


@pytest.mark.parametrize("policy, target", [(Policy.QUICKBOOKS, S), (Policy.SALESFORCE, Q)])
def test_a_conflict_is_settled_by_policy(policy, target):
    draft = plan(whole(*CONFLICT), policy=policy).write
    assert (draft.side, draft.values) == (target, {"phone": "3" if target is S else "2"})


def test_quickbooks_wins_unless_something_else_is_said():
    assert plan(whole(*CONFLICT)).write.side is S


def test_the_policy_of_a_field_goes_before_that_of_the_flow():
    situation = whole({"phone": "2", "fax": "2"}, {"phone": "3", "fax": "3"}, {"phone": ("1", "1"), "fax": ("1", "1")})
    result = plan(situation, policy=Policy.ASK, policies={"fax": Policy.SALESFORCE})
    assert (result.write.side, result.write.values) == (Q, {"fax": "2"})
    assert result.detail["conflicts"] == ASKED


@pytest.mark.parametrize("ours, theirs, target", [(9, 1, Q), (1, 9, S), (5, 5, None), (0, 9, None)])
def test_the_newest_wins_where_both_tell(ours, theirs, target):
    situation = whole(record(S, {"phone": "2"}, minute=ours), record(Q, {"phone": "3"}, minute=theirs), BOTH)
    draft = plan(situation, policy=Policy.NEWEST).write
    assert (draft.side if draft else None) is target


def test_a_person_is_asked_and_told_both_values():
    result = plan(whole(*CONFLICT), policy=Policy.ASK)
    assert (result.state, result.write) == ("conflict", None)
    assert result.detail == {"conflicts": ASKED}
    assert "Changed on both sides: Phone." in result.reason


@pytest.mark.parametrize("side", [S, Q])
def test_a_decision_holds_against_the_policy(side):
    decisions = {"phone": {"side": side.value, "values": ["2", "3"]}}
    policy = Policy(side.other.value)
    assert plan(whole(*CONFLICT, decisions=decisions), policy=policy).write.side is side.other


def test_a_decision_holds_for_the_very_values_only():
    decisions = {"phone": {"side": "salesforce", "values": ["2", "4"]}}
    assert plan(whole(*CONFLICT, decisions=decisions), policy=Policy.ASK).state == "conflict"


def test_a_decision_is_about_conflicts_only():
    decisions = {"phone": {"side": "quickbooks", "values": ["2", "1"]}}
    assert plan(whole({"phone": "2"}, {"phone": "1"}, BOTH, decisions=decisions)).write.side is Q


@pytest.mark.parametrize("theirs", ["1", "3"])
def test_a_field_in_doubt_is_left_to_a_person_whatever_the_policy_says(theirs):
    result = plan(whole({"phone": "2"}, {"phone": theirs}, BOTH, doubts=["phone"]), policy=Policy.SALESFORCE)
    assert (result.state, result.write) == ("conflict", None)
    assert result.detail["conflicts"] == {"phone": ["2", theirs]}


def test_a_decision_settles_a_doubt():
    decisions = {"phone": {"side": "quickbooks", "values": ["2", "3"]}}
    assert plan(whole(*CONFLICT, doubts=["phone"], decisions=decisions)).write.side is S


def test_a_doubt_about_one_field_is_none_about_the_others():
    situation = whole({"phone": "2"}, {"phone": "1"}, BOTH, doubts=["fax"])
    assert plan(situation).write.values == {"phone": "2"}


def test_the_rest_travels_while_a_person_is_asked():
    situation = whole({"phone": "2", "fax": "2"}, {"phone": "3", "fax": "1"}, {"phone": ("1", "1"), "fax": ("1", "1")})
    result = plan(situation, policy=Policy.ASK)
    assert (result.state, result.write.values) == ("under_way", {"fax": "2"})
    assert result.detail["conflicts"] == ASKED


def test_at_a_first_meeting_what_one_lacks_is_filled_from_the_other():
    situation = whole({"phone": "1"}, {"fax": "2"}, strangers=True)
    result = plan(situation, policy=Policy.ASK)
    assert (result.write.side, result.write.values) == (S, {"fax": "2"})
    assert result.agreed.items() >= {"name": "Acme", "active": True, "street": None}.items()


# Refused, too long -----------------------------------------------------------------------

REFUSED = {"quickbooks": {"phone": ["2", "Not a phone. "]}}


def test_a_refused_value_is_not_offered_again():
    result = plan(whole({"phone": "2"}, {"phone": "1"}, BOTH, refused=REFUSED))
    assert (result.state, result.write) == ("refused", None)
    assert result.reason == "Phone: Not a phone."
    assert result.detail == {"problems": {"phone": "Not a phone. "}}


def test_another_value_is_offered():
    assert plan(whole({"phone": "4"}, {"phone": "1"}, BOTH, refused=REFUSED)).write.values == {"phone": "4"}


def test_a_refusal_holds_on_its_own_side_only():
    assert plan(whole({"phone": "1"}, {"phone": "2"}, BOTH, refused=REFUSED)).write.side is S


def test_a_refused_clearing_is_remembered_too():
    refused = {"quickbooks": {"phone": [None, "It must have one."]}}
    assert plan(whole({"phone": None}, {"phone": "1"}, BOTH, refused=refused)).state == "refused"


def test_a_value_that_does_not_fit_is_told_and_never_cut():
    result = plan(whole({"phone": "1" * 11}, {"phone": "1"}, BOTH))
    assert (result.state, result.write) == ("refused", None)
    assert result.reason == "Phone: it has 11 characters, and QuickBooks takes 10."


def test_a_name_is_never_cleared():
    result = plan(whole({"name": None}, {"name": "Acme"}, {"name": ("Acme", "Acme")}))
    assert (result.state, result.write) == ("refused", None)


def test_a_new_name_that_is_taken_gets_a_mark():
    situation = whole({"name": "New"}, {"name": "Old"}, {"name": ("Old", "Old")}, name_taken="New")
    assert plan(situation).write.values["name"] == f"New ~{short_mark('S1')}"


def test_a_name_that_comes_from_quickbooks_is_marked_by_its_record_there():
    situation = whole({"name": "Old"}, {"name": "New"}, {"name": ("Old", "Old")}, name_taken="New")
    assert plan(situation).write.values["name"] == f"New ~{short_mark('Q1')}"


def test_the_rest_travels_past_a_refused_value():
    situation = whole(
        {"phone": "2", "fax": "2"}, {"phone": "1", "fax": "1"}, BOTH | {"fax": ("1", "1")}, refused=REFUSED
    )
    result = plan(situation)
    assert (result.state, result.write.values) == ("under_way", {"fax": "2"})
    assert result.detail["problems"].keys() == {"phone"}


# Parents --------------------------------------------------------------------------------

TIES = Ties({7: ("S7", "Q7", "One"), 8: ("S8", "Q8", "Two"), 9: ("S9", None, "New")})


def test_parents_that_are_linked_are_the_same():
    assert (
        plan(whole({"parent": "S7"}, {"parent": "Q7"}, ties=TIES, strangers=True), ties=TIES).agreed["parent"]
        == "link 7"
    )


def test_parents_that_were_not_read_yet_are_not_the_same():
    assert "parent" not in plan(whole({"parent": "S98"}, {"parent": "Q99"}, strangers=True)).agreed


def test_a_new_parent_travels_by_its_id_on_that_side():
    situation = whole({"parent": "S8"}, {"parent": "Q7"}, {"parent": ("link 7", "link 7")}, ties=TIES)
    draft = plan(situation, ties=TIES).write
    assert (draft.values, draft.sent, draft.basis) == ({"parent": "Q8"}, {"parent": "link 8"}, {"parent": "link 8"})


def test_a_parent_that_was_taken_away_is_taken_away():
    situation = whole({"parent": None}, {"parent": "Q7"}, {"parent": ("link 7", "link 7")}, ties=TIES)
    assert plan(situation, ties=TIES).write.values == {"parent": None}


def new_parent(**more):
    return whole({"parent": "S9", **more.pop("ours", {})}, {"parent": "Q7", **more.pop("theirs", {})}, **more)


def test_a_new_parent_without_a_counterpart_is_waited_for():
    result = plan(new_parent(before={"parent": ("link 7", "link 7")}, ties=TIES), ties=TIES)
    assert (result.state, result.write, result.waits_for) == ("waiting", None, 9)


def test_the_rest_travels_while_a_parent_is_waited_for():
    before = BOTH | {"parent": ("link 7", "link 7")}
    situation = new_parent(ours={"phone": "2"}, theirs={"phone": "1"}, before=before, ties=TIES)
    assert plan(situation, ties=TIES).write.values == {"phone": "2"}


@pytest.mark.parametrize("trouble", ["conflict", "refused"])
def test_trouble_with_one_field_does_not_make_another_forget_whom_it_waits_for(trouble):
    before = BOTH | {"parent": ("link 7", "link 7")}
    theirs = {"phone": "3" if trouble == "conflict" else "1"}
    situation = new_parent(ours={"phone": "2"}, theirs=theirs, before=before, ties=TIES, refused=REFUSED)
    result = plan(situation, ties=TIES, policy=Policy.ASK)
    assert (result.state, result.write, result.waits_for) == (trouble, None, 9)


def test_a_parent_that_was_not_read_yet_is_waited_for():
    situation = whole({"parent": "S99"}, {"parent": None}, {"parent": (None, None)}, ties=TIES)
    result = plan(situation, ties=TIES)
    assert (result.state, result.write, result.waits_for) == ("waiting", None, None)


# States --------------------------------------------------------------------------------


def test_a_link_that_was_written_too_often_rests():
    result = plan(
        whole({"phone": "2", "fax": "2"}, {"phone": "1", "fax": "2"}, {"fax": ("1", "1")} | BOTH, restless=True)
    )
    assert (result.state, result.write, result.agreed) == ("conflict", None, {"fax": "2"})
    assert "rests until tomorrow: Phone." in result.reason


def test_a_link_that_needs_nothing_does_not_rest():
    assert plan(whole({}, {}, restless=True)).state == "in_step"


def test_a_person_who_must_decide_goes_before_a_refusal():
    before = BOTH | {"fax": ("1", "1")}
    situation = whole({"phone": "2", "fax": "2"}, {"phone": "1", "fax": "3"}, before, refused=REFUSED)
    result = plan(situation, policy=Policy.ASK)
    assert result.state == "conflict"
    assert result.detail.keys() == {"conflicts", "problems"}


@pytest.mark.parametrize("trouble", ["write", "conflict", "refused", "waiting", "restless"])
def test_agreements_are_learnt_whatever_else_is_the_matter(trouble):
    ours = {"fax": "2", "phone": "2", "parent": "S9" if trouble == "waiting" else "S7"}
    theirs = {"fax": "2", "phone": {"conflict": "3", "waiting": "2"}.get(trouble, "1"), "parent": "Q7"}
    before = {"fax": ("1", "1"), "phone": ("1", "1"), "parent": ("link 7", "link 7")}
    more = {"refused": REFUSED if trouble == "refused" else {}, "restless": trouble == "restless"}
    result = plan(whole(ours, theirs, before, ties=TIES, **more), ties=TIES, policy=Policy.ASK)
    assert result.agreed["fax"] == "2"
    assert result.state == {"write": "under_way", "restless": "conflict"}.get(trouble, trouble)
