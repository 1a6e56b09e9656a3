"""Clock, chance and faults, which a whole world shares; and the notation of the rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop.notation import compile_content
from project.sandbox.faults import Faults


def test_a_stepped_clock_stands_still_until_it_is_advanced():
    clock = Clock(datetime(2026, 2, 3, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 2, 3, tzinfo=UTC)
    assert clock.advance(90) == datetime(2026, 2, 3, 0, 1, 30, tzinfo=UTC)
    with pytest.raises(ValueError):
        clock.advance(-1)


def test_a_clock_starts_at_an_aware_time():
    with pytest.raises(ValueError):
        Clock(datetime(2026, 2, 3))


def test_a_real_clock_follows_the_computers():
    before = datetime.now(UTC)
    assert before <= Clock(real=True).now() <= datetime.now(UTC)


def test_the_same_seed_takes_the_same_course():
    one, other = Chance(7), Chance(7)
    assert [one.number(1, 100) for _ in range(20)] == [other.number(1, 100) for _ in range(20)]
    assert one.guid() == other.guid()
    assert one.pick("abc") == other.pick("abc")


def test_a_fault_that_is_off_does_not_change_the_course_of_the_others():
    one, other = Chance(7), Chance(7)
    assert not any(one.happens(0.0) for _ in range(5))
    assert one.happens(1.0)
    assert one.number(1, 1000) == other.number(1, 1000)


def test_faults_are_off_by_default_and_can_be_stopped():
    faults = Faults(lock=0.5)
    assert faults.lost_answer == 0.0
    faults.stop()
    assert faults == Faults()
    assert Faults.all(0.1).rate_limit == 0.1


@pytest.mark.parametrize("value", [-0.1, 1.1, "often", True, None])
def test_a_probability_is_between_0_and_1(value):
    with pytest.raises(ValueError, match="slow"):
        Faults(slow=value)


@pytest.mark.parametrize("text", ["?(a | b", "a{b", "a ) b", "!(a|b}", "9x"])
def test_a_mistake_in_the_rules_is_found_when_they_are_read(text):
    with pytest.raises(ValueError):
        compile_content(text, {})


def test_the_notation_says_what_may_stand_where():
    content = compile_content("Name!/41 Kind:enum[A|B]@3.0 Line+{$pair} Ref:ref/31 ?(X | Y:int>1 Z)", {"pair": "A B*2"})
    name, kind, line, ref = content.parts[:4]
    assert (name.least, name.limit, kind.options, kind.since) == (1, 41, ("A", "B"), (3, 0))
    assert (line.least, line.repeats, [each.most for each in line.inner.elements]) == (1, True, [1, 2])
    assert [each.name for each in ref.inner.elements] == ["ListID", "FullName"]
    assert content.by_name["Y"].floor == 1
