from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc.qbxml import text, values
from qbwc.qbxml.errors import BadRequest

# One table for both ways: type, value, and how it is written.
BOTH_WAYS = [
    ("amount", Decimal("12.50"), "12.50"),
    ("amount", Decimal("-0.01"), "-0.01"),
    ("price", Decimal("1.23456"), "1.23456"),
    ("quantity", Decimal("-3.5"), "-3.5"),
    ("percent", Decimal("8.25"), "8.25"),
    ("float", Decimal("1.0825"), "1.0825"),
    ("int", -7, "-7"),
    ("bool", True, "true"),
    ("bool", False, "false"),
    ("date", date(2026, 2, 7), "2026-02-07"),
]
WRITTEN = [
    ("amount", 5, "5.00"),
    ("amount", Decimal("5.1"), "5.10"),
    ("amount", Decimal("5.1000"), "5.10"),
    ("amount", Decimal("1E+3"), "1000.00"),
    ("amount", Decimal("-0"), "0.00"),
    ("amount", "5", "5"),
    ("price", Decimal("2"), "2"),
    ("quantity", Decimal("1.5000000"), "1.5"),
    ("bool", "1", "1"),
    ("date", date(26, 2, 7), "0026-02-07"),
    ("datetime", datetime(2026, 2, 7, 1, 2, 3), "2026-02-07T01:02:03"),
    ("datetime", "2026-2-7T1:2", "2026-2-7T1:2"),
    ("datetime", "2026-02-07T01:02:03-08:00", "2026-02-07T01:02:03-08:00"),
    ("interval", timedelta(hours=26, minutes=1), "PT26H1M0S"),
    ("interval", "PT1H30M", "PT1H30M"),
    ("guid", UUID(int=1), "{00000000-0000-0000-0000-000000000001}"),
    ("guid", "0", "0"),
]
REFUSED = [
    ("amount", "5.0", "format"), ("amount", "5.", "format"), ("amount", "", "format"), ("amount", "1,000.00", "format"),
    ("amount", Decimal("0.005"), "decimals"), ("amount", Decimal("NaN"), "format"), ("amount", 0.5, "type"),
    ("amount", True, "type"), ("amount", Decimal(10**13), "format"), ("amount", Decimal("1E+999999"), "format"),
    ("amount", Decimal("1E-999999"), "format"), ("price", Decimal("0.000001"), "decimals"),
    ("quantity", 10**10, "format"), ("int", 1.0, "type"), ("int", True, "type"), ("int", "x", "type"),
    ("bool", "True", "type"), ("bool", 1, "type"), ("date", "2026-02-30", "format"), ("date", "2026-2-7", "format"),
    ("date", datetime(2026, 2, 7), "type"), ("datetime", "2026-02-07T14:30:00Z", "format"),
    ("datetime", "2026-02-07T25:00", "format"), ("datetime", datetime(2026, 2, 7, microsecond=1), "type"),
    ("interval", "PT", "format"), ("interval", timedelta(-1), "type"), ("guid", "00000000", "format"),
]  # fmt: skip


@pytest.mark.parametrize("kind, value, spelt", BOTH_WAYS)
def test_a_value_goes_out_and_comes_back(kind, value, spelt):
    assert values.WRITERS[kind](value) == spelt
    assert values.read(kind, spelt) == value


@pytest.mark.parametrize("kind, value, spelt", WRITTEN)
def test_a_value_is_written_as_quickbooks_wants_it(kind, value, spelt):
    assert values.WRITERS[kind](value) == spelt


@pytest.mark.parametrize("kind, value, rule", REFUSED)
def test_a_value_that_would_have_to_be_changed_is_refused(kind, value, rule):
    with pytest.raises(BadRequest) as caught:
        values.WRITERS[kind](value)
    assert caught.value.rule == rule


def test_an_empty_number_is_none_and_an_empty_text_is_empty():
    assert (values.read("amount", ""), values.read("bool", ""), values.read("str", "")) == (None, None, "")


@given(st.decimals(-(10**13) + 1, 10**13 - 1, places=2))
def test_every_amount_survives(amount):
    assert values.read("amount", values.write_amount(amount)) == amount


@given(st.decimals(-(10**9), 10**9, places=5).map(Decimal.normalize))
def test_every_number_survives_however_it_is_written(number):
    for kind in ("price", "quantity", "percent", "float"):
        assert values.read(kind, values.WRITERS[kind](number)) == number


@given(st.datetimes(), st.sampled_from(["", "-08:00", "+05:30"]))
def test_every_moment_survives(moment, offset):
    spelt = moment.replace(microsecond=0).isoformat() + offset
    assert values.read("datetime", values.write_datetime(spelt)) == spelt
    assert values.write_datetime(moment.replace(microsecond=0)) == moment.replace(microsecond=0).isoformat()


@given(st.dates(), st.booleans(), st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_date_boolean_and_integer_survives(day, yes, whole):
    assert values.read("date", values.write_date(day)) == day
    assert values.read("bool", values.write_boolean(yes)) is yes
    assert values.read("int", values.write_integer(whole)) == whole


SPELT = [
    ("Acme", "Acme"),
    ("Köln €“”–", "Köln €“”–"),
    ("Łódź", "Lódz"),
    ("Ősz", "Osz"),
    ("Иван Щукин", "Ivan Shchukin"),
    ("Αθήνα", "Athina"),
    ("ﬁne ⅓ １２", "fine 1/3 12"),
    ("a→b − c", "a->b - c"),
    ("№ 5", "No. 5"),
    ("it\x92s", "it’s"),
    ("a\u200db\ufeffc\x00d\x7f", "abcd"),
    ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    ("Cafe\u0301", "Café"),
    ("Acme 北京", "Acme ??"),
    ("Acme 😀", "Acme "),
    ("???", "???"),
    ("", ""),
    ("  ", "  "),
]


@pytest.mark.parametrize("given_text, spelt", SPELT)
def test_text_is_spelt_with_what_quickbooks_holds(given_text, spelt):
    assert text.to_quickbooks(given_text) == spelt


@pytest.mark.parametrize("hopeless", ["北京", "😀", "\x00", "\u200b"])
def test_text_of_which_nothing_is_left_is_refused(hopeless):
    with pytest.raises(BadRequest) as caught:
        text.to_quickbooks(hopeless)
    assert caught.value.rule == "characters"


@given(st.text())
def test_what_was_spelt_once_stays_as_it_is(anything):
    try:
        spelt = text.to_quickbooks(anything)
    except BadRequest:
        return
    assert text.to_quickbooks(spelt) == spelt
    assert spelt.encode("cp1252").decode("cp1252") == spelt
    assert text.fits(spelt)
