"""Every row of the table in engine/compare.py.

Cases: untouched; agreed by another road; one side changed; both changed; owned fields; first meeting; agreed to differ;
cleared values; a base that knows one side only.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.engine.compare import compare
from syncapp.mapping.codecs import Text
from syncapp.mapping.fields import Field
from syncapp.records import Side
from tests.engine.support import Q, S

NEVER = object()
NOTHING, AGREED, ASK = "nothing", "agreed", "conflict"

# base Salesforce, base QuickBooks, Salesforce now, QuickBooks now, owner -> the decision
TABLE = {
    "untouched": ("a", "a", "a", "a", None, NOTHING),
    "untouched and empty": (None, None, None, None, None, NOTHING),
    "agreed to differ": ("long text", "long", "long text", "long", None, NOTHING),
    "agreed to differ, owned": ("long text", "long", "long text", "long", Q, NOTHING),
    "salesforce changed": ("a", "a", "b", "a", None, S),
    "quickbooks changed": ("a", "a", "a", "b", None, Q),
    "salesforce cleared": ("a", "a", None, "a", None, S),
    "quickbooks cleared": ("a", "a", "a", None, None, Q),
    "salesforce filled": (None, None, "b", None, None, S),
    "quickbooks filled": (None, None, None, "b", None, Q),
    "salesforce changed what was agreed to differ": ("long text", "long", "longer text", "long", None, S),
    "quickbooks changed what was agreed to differ": ("long text", "long", "long text", "short", None, Q),
    "salesforce came to quickbooks's spelling": ("long text", "long", "long", "long", None, AGREED),
    "both changed alike": ("a", "a", "b", "b", None, AGREED),
    "both cleared": ("a", "a", None, None, None, AGREED),
    "both changed": ("a", "a", "b", "c", None, ASK),
    "one cleared, the other changed": ("a", "a", None, "c", None, ASK),
    "quickbooks owns, and changed": ("a", "a", "a", "b", Q, Q),
    "quickbooks owns, and salesforce changed": ("a", "a", "b", "a", Q, Q),
    "quickbooks owns, and both changed": ("a", "a", "b", "c", Q, Q),
    "salesforce owns, and quickbooks changed": ("a", "a", "a", "b", S, S),
    "salesforce owns, and both changed": ("a", "a", "b", "c", S, S),
    "owned, both changed alike": ("a", "a", "b", "b", Q, AGREED),
    "owned, and the owner cleared it": ("a", "a", "a", None, Q, Q),
    "first meeting, the same": (NEVER, NEVER, "a", "a", None, AGREED),
    "first meeting, both empty": (NEVER, NEVER, None, None, None, AGREED),
    "first meeting, only salesforce filled": (NEVER, NEVER, "a", None, None, S),
    "first meeting, only quickbooks filled": (NEVER, NEVER, None, "a", None, Q),
    "first meeting, both filled": (NEVER, NEVER, "a", "b", None, ASK),
    "first meeting, false is a value": (NEVER, NEVER, False, True, None, ASK),
    "first meeting, owned and filled at the other": (NEVER, NEVER, "a", None, Q, Q),
    "first meeting, owned and different": (NEVER, NEVER, "a", "b", S, S),
    "known of salesforce only, which is untouched": ("a", NEVER, "a", "b", None, Q),
    "known of quickbooks only, which is untouched": (NEVER, "a", "b", "a", None, S),
    "known of one side, and it emptied the field": ("a", NEVER, None, "b", None, ASK),
}


def decision(base, now, owner=None):
    """The one field's decision, by compare."""
    known = {side: {} if base[side] is NEVER else {"x": base[side]} for side in Side}
    field = Field("x", "X", Text({}), owner=owner)
    result = compare([field], known, {side: {"x": now[side]} for side in Side})
    if result.changes:
        assert result.agreed == []
        assert [change.field for change in result.changes] == [field]
        return result.changes[0].winner or ASK
    return AGREED if result.agreed else NOTHING


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_the_table(row):
    base_s, base_q, now_s, now_q, owner, expected = row
    assert decision({S: base_s, Q: base_q}, {S: now_s, Q: now_q}, owner) == expected


def test_a_value_that_a_side_does_not_mention_is_an_empty_one():
    field = Field("x", "X", Text({}))
    result = compare([field], {S: {"x": "a"}, Q: {"x": "a"}}, {S: {}, Q: {"x": "a"}})
    assert [change.winner for change in result.changes] == [S]


def test_every_field_is_decided_by_itself():
    fields = [Field(name, name, Text({})) for name in ("one", "two", "three", "four")]
    base = {side: {f.name: "a" for f in fields} for side in Side}
    now = {
        S: {"one": "b", "two": "a", "three": "b", "four": "a"},
        Q: {"one": "a", "two": "b", "three": "b", "four": "a"},
    }
    result = compare(fields, base, now)
    assert [(change.field.name, change.winner) for change in result.changes] == [("one", S), ("two", Q)]
    assert result.agreed == ["three"]


FEW = st.sampled_from([None, "a", "b", "c", False])
MAYBE = st.one_of(st.just(NEVER), FEW)


@given(MAYBE, MAYBE, FEW, FEW, st.sampled_from([None, S, Q]))
def test_neither_side_is_favoured(base_s, base_q, now_s, now_q, owner):
    mirrored = {None: None, S: Q, Q: S}
    one = decision({S: base_s, Q: base_q}, {S: now_s, Q: now_q}, owner)
    other = decision({S: base_q, Q: base_s}, {S: now_q, Q: now_s}, mirrored[owner])
    assert other == mirrored.get(one, one)


@given(MAYBE, MAYBE, FEW, st.sampled_from([None, S, Q]))
def test_what_both_say_alike_never_travels(base_s, base_q, now, owner):
    assert decision({S: base_s, Q: base_q}, {S: now, Q: now}, owner) in (NOTHING, AGREED)


@given(FEW, FEW, FEW, FEW)
def test_a_side_that_did_not_move_never_wins(base_s, base_q, now_s, now_q):
    winner = decision({S: base_s, Q: base_q}, {S: now_s, Q: now_q})
    assert not (winner is S and now_s == base_s)
    assert not (winner is Q and now_q == base_q)
