"""Lines are matched and merged line by line: by examples, and by chance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncapp.engine.lines import align, wanted


def line(product, quantity="1", amount="10", text=None):
    return {"product": product, "quantity": quantity, "amount": amount, "description": text}


A, B, C = line("A"), line("B"), line("C")


def test_lines_that_say_the_same_are_the_same_wherever_they_stand():
    assert align([A, B, C], [C, A, B]) == [2, 0, 1]


def test_equal_lines_are_paired_in_their_order():
    assert align([A, A, B], [A, A]) == [0, 1]


def test_a_changed_line_is_the_nearest_one_of_its_product():
    assert align([A, line("A", "5")], [line("A", "6"), A]) == [1, 0]


def test_another_product_is_another_line():
    assert align([A], [B]) == [None]


def test_a_part_that_the_source_left_alone_keeps_the_spelling_of_the_target():
    ours, theirs = line("A", text=None), line("A", text="A, per hour")
    found = wanted([ours], [line("A", "2", "20")], [theirs], [theirs])
    assert [(each.target, each.changed) for each in found] == [(0, {"quantity", "amount"})]


def test_where_both_changed_the_lines_of_the_one_that_holds_hold_as_a_whole():
    theirs = line("A", "9", "90")
    (found,) = wanted([A], [line("A", text="mine")], [A], [theirs])
    assert found.changed == {"quantity", "amount", "description"}


def test_lines_that_stay_keep_the_order_of_the_target_and_new_ones_follow_their_neighbours():
    found = wanted([A, B], [B, line("N"), A], [A, B], [A, B])
    assert [(each.source, each.target) for each in found] == [(2, 0), (0, 1), (1, None)]


def test_a_line_that_is_gone_from_the_source_is_wanted_no_more():
    assert [each.target for each in wanted([A, B, C], [A, C], [A, B, C], [A, B, C])] == [0, 2]


def test_without_a_base_lines_of_the_same_product_are_the_same():
    found = wanted([], [A, line("B", "2")], [], [B, A])
    assert [(each.source, each.target, each.changed) for each in found] == [(1, 0, {"quantity"}), (0, 1, frozenset())]


LINES = st.lists(
    st.builds(
        line,
        st.sampled_from("ABC"),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["10", "20"]),
        st.sampled_from([None, "text"]),
    ),
    max_size=7,
)


def applied(found, source, target):
    """What the target holds once it was done."""
    result = []
    for each in found:
        kept = {} if each.target is None else dict(target[each.target])
        result.append({**kept, **{name: source[each.source].get(name) for name in each.changed}})
    return result


def key(some):
    return sorted(map(str, (sorted(each.items(), key=str) for each in some)))


@given(LINES, LINES)
def test_every_new_line_has_one_old_line_at_most_and_of_its_own_product(old, new):
    found = align(old, new)
    used = [at for at in found if at is not None]
    assert len(found) == len(new)
    assert len(used) == len(set(used))
    assert all(old[at]["product"] == new[here]["product"] for here, at in enumerate(found) if at is not None)


@given(LINES, LINES)
def test_no_line_is_left_alone_while_another_of_its_product_is_new(old, new):
    found = align(old, new)
    free = {old[at]["product"] for at in set(range(len(old))) - set(found)}
    assert not free & {new[here]["product"] for here, at in enumerate(found) if at is None}


@given(LINES, LINES, LINES)
def test_whatever_either_side_holds_the_target_comes_to_hold_the_lines_of_the_source(base, source, target):
    assert key(applied(wanted(base, source, base, target), source, target)) == key(source)


@given(LINES, LINES, LINES, LINES)
def test_each_line_is_wanted_once_and_those_that_stay_keep_their_order(base_source, source, base_target, target):
    found = wanted(base_source, source, base_target, target)
    assert sorted(each.source for each in found) == list(range(len(source)))
    stays = [each.target for each in found if each.target is not None]
    assert stays == sorted(set(stays))


@given(LINES)
def test_where_nothing_changed_nothing_is_written(lines):
    assert all(not each.changed for each in wanted(lines, lines, lines, lines))
    assert len(wanted(lines, lines, lines, lines)) == len(lines)
