"""A record without a counterpart: found, proposed, created, or left alone, and why.

Cases: not ready; exact, ambiguous, near and busy candidates; unwanted, needed, direction; what a create carries; values
that do not fit or were refused; the name's rule; a record refused as a whole; parents that must go first.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncapp.engine.plan import fingerprint
from syncapp.engine.policy import Policy
from syncapp.mapping.codecs import short_mark
from syncapp.records import Side, Verb
from tests.engine.support import MAPPING, Q, S, Ties, candidate, half, plan

MARK = f" ~{short_mark('S1')}"


def test_nothing_is_matched_or_created_before_both_sides_are_listed():
    result = plan(half(S, {}, candidates=(candidate(Q, 2, {}),), ready=False))
    assert (result.state, result.write, result.match) == ("waiting", None, None)
    assert "listed completely" in result.reason


# Matches ------------------------------------------------------------------------------


@pytest.mark.parametrize("side", Side)
def test_a_certain_match_makes_one_link_and_is_planned_as_one(side):
    other = candidate(side.other, 2, {"phone": "1", "fax": "2"})
    result = plan(half(side, {"phone": "3"}, candidates=(other,)), policy=Policy(side.value))
    assert result.match == other
    assert result.how == "exactly the same name"
    assert result.agreed.keys() >= {"name", "active"}
    first = result.write
    assert (first.side, first.verb) == (S, Verb.UPDATE)
    assert (first.record_id, first.counterpart_id) == (("S1", "Q2") if side is S else ("S2", "Q1"))
    assert first.values == ({"fax": "2"} if side is S else {"phone": "3"})


def test_a_certain_match_of_equal_records_needs_no_write():
    result = plan(half(S, {}, candidates=(candidate(Q, 2, {}),)))
    assert (result.state, result.write, result.match.link_id) == ("in_step", None, 2)


def test_what_was_deleted_in_quickbooks_is_not_made_again():
    result = plan(half(S, {}, buried=True))
    assert (result.state, result.write) == ("gone", None)
    assert "Clear its QuickBooks id" in result.reason


def test_a_record_that_may_not_be_created_may_still_be_matched():
    result = plan(half(S, {}, wanted=False, candidates=(candidate(Q, 2, {}),)), writes_to=frozenset({S}))
    assert result.match.link_id == 2


def test_ambiguous_names_are_left_to_a_person():
    two = candidate(Q, 2, {}), candidate(Q, 3, {})
    result = plan(half(S, {}, candidates=two))
    assert (result.state, result.write, result.match) == ("conflict", None, None)
    assert result.detail["candidates"] == [
        {"link": 2, "id": "Q2", "name": "Acme"},
        {"link": 3, "id": "Q3", "name": "Acme"},
    ]
    assert "2 records in QuickBooks have this name" in result.reason


def test_a_name_that_two_records_of_the_own_side_have_is_left_to_a_person():
    rivals = candidate(S, 8, {}), candidate(S, 9, {}, parent="link 7")
    result = plan(half(S, {}, candidates=(candidate(Q, 2, {}),), rivals=rivals))
    assert (result.state, result.write, result.match) == ("conflict", None, None)
    assert result.detail["candidates"] == [{"link": 2, "id": "Q2", "name": "Acme"}]
    assert "2 records in Salesforce have this name, and one in QuickBooks" in result.reason


def test_records_of_one_name_are_each_created_where_the_other_side_has_none():
    assert plan(half(S, {}, rivals=(candidate(S, 9, {}),))).write.verb is Verb.CREATE


def test_near_names_are_proposed_best_first():
    near = candidate(Q, 2, {"name": "Other", "email": "a@b.c"}), candidate(Q, 3, {"name": "ACME Inc."})
    result = plan(half(S, {"email": "a@b.c"}, candidates=near))
    assert (result.state, result.write, result.match) == ("proposed", None, None)
    assert [(row["link"], row["score"]) for row in result.detail["candidates"]] == [(3, 0.8), (2, 0.7)]
    assert "“ACME Inc.” in QuickBooks" in result.reason


def test_at_most_five_are_proposed():
    many = tuple(candidate(Q, n, {"name": "ACME"}) for n in range(2, 10))
    assert len(plan(half(S, {}, candidates=many)).detail["candidates"]) == 5


def test_near_names_can_be_ignored():
    result = plan(half(S, {}, candidates=(candidate(Q, 2, {"name": "ACME"}),)), near_matches="ignore")
    assert (result.state, result.write.verb) == ("under_way", Verb.CREATE)


def test_nothing_is_proposed_for_what_is_unwanted():
    near = (candidate(Q, 2, {"name": "ACME"}),)
    assert plan(half(S, {}, wanted=False, candidates=near)).state == "unwanted"
    assert plan(half(S, {}, wanted=False, needed=True, candidates=near)).state == "proposed"


BUSY = {
    "certain": (candidate(Q, 2, {}, busy=True),),
    "ambiguous": (candidate(Q, 3, {}), candidate(Q, 2, {}, busy=True)),
    "near": (candidate(Q, 2, {"name": "ACME"}, busy=True),),
    "near, though not the nearest": (
        candidate(Q, 3, {"name": "ACME"}),
        candidate(Q, 2, {"name": "Other", "email": "a@b.c"}, busy=True),
    ),
}


@pytest.mark.parametrize("candidates", BUSY.values(), ids=BUSY)
def test_what_may_be_the_same_and_is_being_written_is_waited_for(candidates):
    result = plan(half(S, {"email": "a@b.c"}, candidates=candidates))
    assert (result.state, result.write, result.match, result.waits_for) == ("waiting", None, None, 2)


def test_a_busy_record_that_is_merely_alike_is_not_waited_for_where_such_are_ignored():
    result = plan(half(S, {}, candidates=(candidate(Q, 2, {"name": "ACME"}, busy=True),)), near_matches="ignore")
    assert result.write.verb is Verb.CREATE


def test_a_name_under_another_parent_is_no_match():
    ties = Ties({7: ("S7", "Q7", "Parent"), 8: ("S8", "Q8", "Other parent")})
    child = half(S, {"parent": "S7"}, candidates=(candidate(Q, 2, {}, parent="link 8"),))
    assert plan(child, ties=ties).write.verb is Verb.CREATE
    child = half(S, {"parent": "S7"}, candidates=(candidate(Q, 2, {"parent": "Q7"}, parent="link 7"),))
    assert plan(child, ties=ties).match.link_id == 2


def test_what_cannot_be_looked_up_is_not_matched():
    situation = replace(half(S, {}, candidates=(candidate(Q, 2, {}),)), keys=None)
    assert plan(situation).write.verb is Verb.CREATE


def test_a_kind_without_parents_is_matched_by_name_alone():
    mapping = replace(MAPPING, match=replace(MAPPING.match, parent=""))
    child = half(S, {"parent": "S7"}, candidates=(candidate(Q, 2, {}),))
    assert plan(child, mapping=mapping, ties=Ties({7: ("S7", "Q7", "Parent")})).match.link_id == 2


# Whether to create ---------------------------------------------------------------------


def test_what_is_unwanted_is_left_out_and_says_why():
    result = plan(half(S, {}, wanted=False, why_unwanted="No won Opportunity."))
    assert (result.state, result.reason, result.write) == ("unwanted", "No won Opportunity.", None)
    assert plan(half(S, {}, wanted=False)).reason == "Left out by the settings."


def test_what_is_unwanted_is_created_where_something_needs_it():
    assert plan(half(S, {}, wanted=False, needed=True)).write.verb is Verb.CREATE


@pytest.mark.parametrize("side", Side)
def test_nothing_is_created_against_the_direction(side):
    result = plan(half(side, {}, needed=True), writes_to=frozenset({side}))
    assert (result.state, result.write) == ("unwanted", None)
    assert side.other.label in result.reason
    assert plan(half(side, {}), writes_to=frozenset({side.other})).write.side is side.other


# What a create carries -------------------------------------------------------------------

FULL = {
    "name": "Acme",
    "active": True,
    "phone": " 1  2 ",
    "fax": "",
    "street": "1 Main\nRoom 2",
    "balance": "5",
    "stage": "won",
    "website": "acme.example",
}


def test_a_create_carries_all_that_is_known_and_is_not_the_others():
    draft = plan(half(S, FULL)).write
    assert (draft.side, draft.verb, draft.record_id, draft.counterpart_id) == (Q, Verb.CREATE, "", "S1")
    expected = {"name": "Acme", "active": True, "phone": "1 2", "street": "1 Main\nRoom 2", "stage": "won"}
    assert draft.values == draft.sent == draft.basis == expected
    assert not draft.overwrites


def test_a_create_in_salesforce_carries_what_quickbooks_owns():
    draft = plan(half(Q, {"balance": 5, "stage": "won"})).write
    assert draft.side is S
    assert draft.basis == draft.sent == {"name": "Acme", "active": True, "balance": "5.00"}


def test_a_value_that_does_not_fit_is_told_and_the_rest_is_created():
    result = plan(half(S, {"phone": "1" * 11, "fax": "2", "street": "1\n2\n3"}))
    assert result.state == "under_way"
    assert result.write.values == {"name": "Acme", "active": True, "fax": "2"}
    assert result.write.basis.keys() == {"name", "active", "fax"}
    assert result.detail["problems"] == {
        "phone": "it has 11 characters, and QuickBooks takes 10",
        "street": "it has 3 lines, and QuickBooks takes 2",
    }


def test_a_value_that_was_refused_is_left_out_until_it_changes():
    refused = {"quickbooks": {"phone": ["1", "No such phone."]}}
    result = plan(half(S, {"phone": "1"}, refused=refused))
    assert "phone" not in result.write.values
    assert result.detail["problems"] == {"phone": "No such phone."}
    assert plan(half(S, {"phone": "2"}, refused=refused)).write.values["phone"] == "2"


def test_what_salesforce_refused_may_go_to_quickbooks():
    refused = {"salesforce": {"phone": ["1", "no"], "*": [fingerprint({"name": "Acme", "active": True}), "no"]}}
    assert plan(half(S, {"phone": "1"}, refused=refused)).write.values["phone"] == "1"


def test_a_record_that_was_refused_is_tried_again_only_when_it_changes():
    basis = plan(half(S, {"phone": "1"})).write.basis
    refused = {"quickbooks": {"*": [fingerprint(basis), "Not in this edition."]}}
    result = plan(half(S, {"phone": "1"}, refused=refused))
    assert (result.state, result.reason, result.write) == ("refused", "Not in this edition.", None)
    assert plan(half(S, {"phone": "2"}, refused=refused)).write is not None


def test_a_fingerprint_does_not_depend_on_the_order_of_fields():
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"}) != fingerprint({"a": "2", "b": "1"})


# The name --------------------------------------------------------------------------------


def test_a_name_with_what_quickbooks_forbids_is_made_to_fit():
    draft = plan(half(S, {"name": "Acme: West"})).write
    assert draft.values["name"] == draft.sent["name"] == "Acme- West"
    assert draft.basis["name"] == "Acme: West"


def test_a_name_that_is_too_long_gets_a_mark_of_its_record():
    draft = plan(half(S, {"name": "A" * 30})).write
    assert draft.values["name"] == "A" * 14 + MARK


def test_a_name_that_is_taken_gets_a_mark_of_its_record():
    assert plan(half(S, {}, name_taken="Acme")).write.values["name"] == "Acme" + MARK


def test_another_name_than_the_one_that_is_taken_stays_as_it_is():
    assert plan(half(S, {"name": "Acme 2"}, name_taken="Acme")).write.values["name"] == "Acme 2"


def test_a_mark_is_that_of_the_record_the_name_comes_from_also_at_a_match():
    other = candidate(S, 2, {"name": "A" * 30}, by_id=True)
    draft = plan(half(Q, {}, candidates=(other,)), policy=Policy.SALESFORCE).write
    assert (draft.side, draft.values["name"]) == (Q, f"{'A' * 14} ~{short_mark('S2')}")


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_record_without_a_name_is_not_created(name):
    result = plan(half(S, {"name": name, "phone": "1"}))
    assert (result.state, result.write) == ("refused", None)
    assert result.reason == "Name: QuickBooks needs a name."


def test_a_record_whose_name_was_refused_is_not_created_without_it():
    result = plan(half(S, {"phone": "1"}, refused={"quickbooks": {"name": ["Acme", "It is used elsewhere."]}}))
    assert (result.state, result.write) == ("refused", None)
    assert result.reason == "Name: It is used elsewhere."
    assert result.detail["problems"] == {"name": "It is used elsewhere."}


# Parents ---------------------------------------------------------------------------------


def test_a_parent_that_has_a_counterpart_is_named_by_it():
    draft = plan(half(S, {"parent": "S7"}), ties=Ties({7: ("S7", "Q7", "Parent")})).write
    assert draft.values["parent"] == "Q7"
    assert draft.sent["parent"] == draft.basis["parent"] == "link 7"


def test_a_record_waits_for_its_parent():
    result = plan(half(S, {"parent": "S7"}), ties=Ties({7: ("S7", None, "Parent")}))
    assert (result.state, result.write, result.waits_for) == ("waiting", None, 7)
    assert "parent, “Parent”" in result.reason


def test_a_record_waits_for_a_parent_that_was_not_read_yet():
    result = plan(half(S, {"parent": "S7"}))
    assert (result.state, result.write, result.waits_for) == ("waiting", None, None)
    assert "has not been read yet" in result.reason


def test_a_parent_that_was_refused_is_left_out():
    ties = Ties({7: ("S7", None, "Parent")})
    refused = {"quickbooks": {"parent": ["link 7", "Too deep."]}}
    result = plan(half(S, {"parent": "S7"}, refused=refused), ties=ties)
    assert result.write.values == {"name": "Acme", "active": True}
    assert result.detail["problems"] == {"parent": "Too deep."}
