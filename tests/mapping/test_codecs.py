"""What holds for every sort of field: keeping it loses nothing, and making it fit never cuts silently."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.mapping.codecs import Day, DoesNotFit, Flag, Lines, Money, Name, Reference, Text, collapse, short_mark
from syncapp.records import Side

S, Q = Side.SALESFORCE, Side.QUICKBOOKS
SIDES = st.sampled_from(list(Side))
TEXTS = st.one_of(
    st.none(), st.text(max_size=40), st.sampled_from(["", " ", "a  b", " a ", "a\u00a0b", "a\tb", "a\nb"])
)
PARAGRAPHS = st.one_of(
    TEXTS,
    st.lists(st.text(max_size=12), max_size=7).map("\n".join),
    st.sampled_from(["a\r\nb", "\n\n", "a\n \nb", "a\u2028b"]),
)
AMOUNTS = st.one_of(st.none(), st.decimals(-(10**15), 10**15, allow_nan=False, places=4), st.integers(-(10**9), 10**9))
SORTS = {
    "text": (Text({S: 20, Q: 10}), TEXTS),
    "lines": (Lines({S: (4, 20), Q: (3, 10)}), PARAGRAPHS),
    "name": (Name({S: 30, Q: 20}, forbidden={Q: ":"}), TEXTS),
    "money": (Money(), AMOUNTS),
    "money of five places": (Money(places=5), AMOUNTS),
    "flag": (Flag(), st.sampled_from([None, True, False])),
    "flag that is on": (Flag(default=True), st.sampled_from([None, True, False])),
    "day": (Day(), st.one_of(st.none(), st.dates())),
    "reference": (Reference("customer"), st.one_of(st.none(), st.text(max_size=18))),
}


@pytest.mark.parametrize("codec, values", SORTS.values(), ids=SORTS)
@given(data=st.data())
def test_a_value_that_was_kept_means_what_it_meant(codec, values, data):
    value = data.draw(values)
    kept = json.loads(json.dumps(codec.dump(value)))
    assert codec.canonical(codec.load(kept)) == codec.canonical(value)


@pytest.mark.parametrize("codec, values", SORTS.values(), ids=SORTS)
@given(data=st.data())
def test_the_form_that_is_compared_can_be_kept_as_it_is(codec, values, data):
    """The base is JSON: what comes back from it must equal what is computed afresh."""
    canonical = codec.canonical(data.draw(values))
    assert json.loads(json.dumps(canonical)) == canonical
    assert type(json.loads(json.dumps(canonical))) is type(canonical)


def fit_or_refusal(codec, value, side):
    try:
        return codec.fit(value, side, seed="S1")
    except DoesNotFit as refusal:
        return refusal


@pytest.mark.parametrize("codec, values", SORTS.values(), ids=SORTS)
@given(data=st.data(), side=SIDES)
def test_what_is_made_to_fit_means_the_same_or_is_refused(codec, values, data, side):
    value = data.draw(values)
    fitted = fit_or_refusal(codec, value, side)
    if isinstance(fitted, DoesNotFit):
        assert side.label in fitted.message
        return
    if not isinstance(codec, Name):
        assert codec.canonical(fitted) == codec.canonical(value)
    assert codec.fit(fitted, side, seed="S1") == fitted


@given(st.text(alphabet="ab \t\n\u00a0\u3000", max_size=12))
def test_spaces_are_one_space(text):
    assert "  " not in collapse(text)
    assert collapse(text) == collapse(text).strip() == collapse(f" {text} ")
    assert collapse(text).replace(" ", "") == "".join(text.split())


# Text and lines --------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [None, "", "   ", "\n"])
@pytest.mark.parametrize("codec", [Text({Q: 5}), Lines({Q: (1, 5)})])
def test_empty_text_is_nothing(codec, empty):
    assert codec.canonical(empty) is None
    assert codec.fit(empty, Q) is None


@pytest.mark.parametrize("length", [9, 10])
def test_text_up_to_the_limit_fits(length):
    assert Text({Q: 10}).fit(" " + "x" * length, Q) == "x" * length


def test_longer_text_does_not_fit_and_says_how_much_would():
    with pytest.raises(DoesNotFit, match="it has 11 characters, and QuickBooks takes 10"):
        Text({Q: 10}).fit("x" * 11, Q)


def test_a_side_without_a_limit_takes_everything():
    assert Text({Q: 10}).fit("x" * 5000, S) == "x" * 5000
    assert Lines({Q: (1, 10)}).fit("x\n" * 500, S) == "\n".join("x" * 500)


STREETS = {
    "as many lines as there may be": ("a\nb\nc", "a\nb\nc"),
    "empty lines do not count": ("a\n\n b \n\nc\n", "a\nb\nc"),
    "lines as Windows ends them": ("a\r\nb", "a\nb"),
    "too many lines": ("a\nb\nc\nd", "it has 4 lines, and QuickBooks takes 3"),
    "a line as long as may be": ("x" * 10 + "\nb", "x" * 10 + "\nb"),
    "a line that is too long": ("a\n" + "x" * 11, f"the line “{'x' * 11}” has 11 characters, and QuickBooks takes 10"),
}


@pytest.mark.parametrize("text, expected", STREETS.values(), ids=STREETS)
def test_lines(text, expected):
    fitted = fit_or_refusal(Lines({Q: (3, 10)}), text, Q)
    assert (fitted.message if isinstance(fitted, DoesNotFit) else fitted) == expected


# The name's rule -------------------------------------------------------------------------

NAME = Name({S: 60, Q: 20}, forbidden={Q: ":"})
NAMES = st.text(min_size=1, max_size=60).filter(str.strip)
SEEDS = st.text(min_size=1, max_size=18)


@given(NAMES, SEEDS, st.booleans(), SIDES)
def test_a_name_is_made_by_a_rule(text, seed, taken, side):
    """Always the same, never too long, nothing forbidden, and itself when it is compared."""
    name = NAME.fit(text, side, seed=seed, taken=taken)
    assert name == NAME.fit(text, side, seed=seed, taken=taken)
    assert len(name) <= NAME.limits[side]
    assert not set(NAME.forbidden.get(side, "")) & set(name)
    assert NAME.canonical(name) == name


@given(NAMES, SEEDS, SIDES)
def test_a_name_that_fits_and_is_free_stays_as_it_is_but_for_what_is_forbidden(text, seed, side):
    name = NAME.fit(text, side, seed=seed)
    plain = collapse(text.replace(":", "-") if side is Q else text)
    if len(plain) <= NAME.limits[side]:
        assert name == plain
    else:
        kept, _, mark = name.rpartition(" ~")
        assert plain.startswith(kept)
        assert mark == short_mark(seed)


@given(NAMES, SEEDS, SIDES)
def test_a_taken_name_becomes_another(text, seed, side):
    free = NAME.fit(text, side, seed=seed)
    marked = NAME.fit(text, side, seed=seed, taken=True)
    assert marked.endswith(f" ~{short_mark(seed)}")
    # One that was too long bears its mark already, and there is no second one.
    assert marked != free or len(collapse(text)) > NAME.limits[side]


def test_two_records_of_one_long_name_get_two_names():
    ids = [f"001{n:015}" for n in range(200)]
    names = {NAME.fit("A very long name of a customer", Q, seed=one) for one in ids}
    assert len(names) == len(ids)
    assert {len(name) for name in names} == {20}


def test_a_mark_is_four_letters_or_digits_and_never_changes():
    """Customers carry it in their names for ever."""
    assert short_mark("S1") == "G2LK"
    assert short_mark("80000001-1770138927") == "G7IM"


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_a_record_needs_a_name(empty):
    with pytest.raises(DoesNotFit, match="QuickBooks needs a name"):
        NAME.fit(empty, Q)


def test_a_side_without_a_limit_takes_any_name_and_marks_a_taken_one():
    assert Name({}, forbidden={}).fit("x" * 300, S) == "x" * 300
    assert Name({}, forbidden={}).fit("Acme", S, seed="S1", taken=True) == f"Acme ~{short_mark('S1')}"


# Money, flags, days ----------------------------------------------------------------------

ROUNDED = {
    "1": "1.00",
    "1.004": "1.00",
    "1.005": "1.01",
    "2.675": "2.68",
    "-1.005": "-1.01",
    "-0.004": "0.00",
    "-0": "0.00",
    "0.995": "1.00",
    "1E+3": "1000.00",
    "123456789012345.67": "123456789012345.67",
}


@pytest.mark.parametrize("amount, expected", ROUNDED.items())
def test_money_is_rounded_half_up(amount, expected):
    assert Money().canonical(Decimal(amount)) == expected
    assert str(Money().fit(Decimal(amount), Q)) == expected


def test_money_of_more_places():
    assert Money(places=5).canonical(Decimal("1.234565")) == "1.23457"


def test_money_is_compared_by_its_value_not_by_its_places():
    assert Money().canonical(Decimal("5")) == Money().canonical(Decimal("5.000")) == Money().canonical(5)


def test_money_that_is_not_told_is_not_nought():
    assert Money().canonical(None) is None
    assert Money().fit(None, Q) is None


def test_kept_money_loses_no_digit():
    assert Money().load(Money().dump(Decimal("1.2345"))) == Decimal("1.2345")


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_is_not_told_is_the_default(default):
    flag = Flag(default=default)
    assert flag.canonical(None) is flag.fit(None, Q) is default
    assert (flag.canonical(True), flag.canonical(False)) == (True, False)
    assert (flag.fit(True, Q), flag.fit(False, S)) == (True, False)


def test_days_are_kept_as_iso_writes_them():
    assert Day().dump(date(2026, 2, 7)) == Day().canonical(date(2026, 2, 7)) == "2026-02-07"
    assert Day().load("2026-02-07") == date(2026, 2, 7)
    assert Day().dump(None) is Day().load(None) is None


def test_a_flag_is_off_unless_it_is_said_to_be_on():
    assert Flag() == Flag(default=False)
