"""Whom a record waits for is said in one sentence, whatever their number."""

from __future__ import annotations

from syncapp.engine.waiting import Wait, waiting

ACME, CABLE, SETUP = Wait("customer", 1, "ACME"), Wait("item", 2, "Cable"), Wait("item", 3, "Setup")


def test_one_record():
    plan = waiting([ACME])
    assert (plan.reason, plan.waits_for) == ("Waiting for its customer, “ACME”.", 1)


def test_several_of_one_sort_are_listed_each_once():
    plan = waiting([CABLE, SETUP, CABLE])
    assert (plan.reason, list(plan.needs)) == ("Waiting for its items, “Cable” and “Setup”.", [2, 3])


def test_all_sorts_stand_in_one_sentence_and_all_are_needed():
    plan = waiting([ACME, CABLE, SETUP])
    assert plan.reason == "Waiting for its customer, “ACME”, and its items, “Cable” and “Setup”."
    assert list(plan.needs) == [1, 2, 3]


def test_many_are_counted():
    plan = waiting([Wait("item", n, str(n)) for n in range(9)])
    assert plan.reason == "Waiting for its items, “0”, “1”, “2”, “3”, “4” and 4 more."


def test_what_has_not_been_read_is_said_so():
    plan = waiting([Wait("customer", unread="its customer, which has not been read yet", kind="customer")])
    assert plan.detail == {"unread": "customer"}, "whose first reading wakes it"
    assert (plan.reason, plan.waits_for) == ("Waiting for its customer, which has not been read yet.", None)
