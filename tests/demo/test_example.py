"""The example itself: as rich as it says, and without accidental likenesses."""

from __future__ import annotations

from collections import Counter

import pytest

from project.sandbox import example


@pytest.fixture(params=[example.SEED, 7])
def cases(request: pytest.FixtureRequest) -> list[example.Case]:
    return example.cases(request.param)


def test_both_sides_have_some_dozens_of_records(cases):
    assert 30 <= sum(case.account is not None for case in cases) <= 60
    assert 30 <= sum(case.customer is not None for case in cases) <= 60


def test_the_same_seed_gives_the_same_cases():
    assert example.cases(3) == example.cases(3)
    assert example.cases(3) != example.cases(4)


def test_phones_are_shared_only_by_the_two_sides_of_one_case(cases):
    owners = Counter()
    for case in cases:
        held = {(side or {}).get("Phone") for side in (case.account, case.customer)} - {None}
        owners.update(held)
    assert [phone for phone, number in owners.items() if number > 1] == []


def test_mail_addresses_belong_to_one_case_each(cases):
    owners = Counter()
    for case in cases:
        held = {person.email for person in case.people} | {(case.customer or {}).get("Email")}
        owners.update(held - {None, ""})
    assert [mail for mail, number in owners.items() if number > 1] == []


def test_every_way_to_end_is_shown(cases):
    ends = {case.state for case in cases}
    assert ends == {"in_step", "proposed", "unwanted", "conflict", "refused"}


def test_parents_are_entered_before_their_children(cases):
    seen: set[str] = set()
    for case in cases:
        assert not case.parent or case.parent in seen, case.name
        seen.add(case.name)
