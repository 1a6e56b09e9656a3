"""Formulas: what each means, that every one has a value, and what is wrong with those that cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.mapping.formula import BadFormula, read
from syncapp.mapping.formula_values import FUNCTIONS, TooLong

FIELDS = {
    "Name": "Acme GmbH",
    "Rating": "Hot",
    "BillAddress.City": "Bern",
    "custom:Credit limit": "1,250.50",
    "Amount": Decimal("10.00"),
    "Start": date(2026, 1, 31),
    "Active": True,
    "Empty": None,
}


def value(text):
    return read(text).value(FIELDS.get)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Name", "Acme GmbH"),
        ('Name & " / " & BillAddress.City', "Acme GmbH / Bern"),
        ("concat(Name, '-', Rating)", "Acme GmbH-Hot"),
        ("upper(left(Name, 4))", "ACME"),
        ("lower(right(Name, 4))", "gmbh"),
        ("substring(Name, 6, 2)", "Gm"),
        ("substring(Name, 6)", "GmbH"),
        ("trim(' a ') & length(Name)", "a9"),
        ("replace(Name, 'GmbH', 'AG')", "Acme AG"),
        ("contains(Name, 'GmbH')", True),
        ("default(Empty, '', Rating)", "Hot"),
        ("if(Rating = 'Hot', 'A', 'B')", "A"),
        ("if(Rating != 'Hot', 'A')", None),
        ("if(Active and not (Amount < 5), 'big', 'small')", "big"),
        ("map(Rating, 'Cold', 'C', 'Hot', 'H', 'other')", "H"),
        ("map(Name, 'Cold', 'C', 'other')", "other"),
        ("map(Name, 'Cold', 'C', 'Hot', 'H')", None),
        ("[custom:Credit limit] * 2", Decimal("2501.00")),
        ("1 + 2 * 3 - -4", Decimal(11)),
        ("(1 + 2) * 3", Decimal(9)),
        ("10 / 4", Decimal("2.5")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("round(2.345, 2)", Decimal("2.35")),
        ("round(Amount / 3, 2)", Decimal("3.33")),
        ("'Total ' & Amount", "Total 10"),
        ("Start + 1", date(2026, 2, 1)),
        ("add_days(Start, -31)", date(2025, 12, 31)),
        ("days_between(Start, date('2026-03-01'))", Decimal(29)),
        ("year(Start) & '/' & month(Start) & '/' & day(Start)", "2026/1/31"),
        ("Start >= '2026-01-31'", True),
        ("'10' = 10.0", True),
        ("true or false", True),
        ("empty", None),
        ("''", None),
        # What cannot be worked out is empty.
        ("Name * 2", None),
        ("1 / 0", None),
        ("number('abc')", None),
        ("date('yesterday')", None),
        ("Empty + 1", None),
        ("add_days(Start, 99999999999)", None),
    ],
)
def test_what_a_formula_means(text, expected):
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "it is empty"),
        ("Name &", "it ends where a value was expected"),
        ("Name Rating", "nothing was expected before “Rating” at character 6"),
        ("Name # 2", "“# 2” at character 6 makes no sense"),
        ('"open', '“"open” at character 1 makes no sense'),
        ("(Name", "a bracket is not closed"),
        ("left(Name", "the bracket of left( is not closed"),
        ("left(Name)", "left is used as left(text, n)"),
        ("eval('1')", "there is no function “eval”; there are concat, "),
        ("__import__('os')", "there is no function “__import__”"),
        ("Name.upper()", "there is no function “Name.upper”"),
        ("1 + * 2", "a value was expected before “*” at character 5"),
        ("(" * 30 + "1" + ")" * 30, "it is nested more than"),
        ("&".join("a" * 400), "it has 799 parts"),
        ("a" * 2001, "it has 2001 characters"),
    ],
)
def test_what_is_wrong_with_a_formula(text, problem):
    with pytest.raises(BadFormula) as refused:
        read(text)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "1E+999999"])
def test_a_number_that_no_amount_can_be_is_empty(text):
    assert read("'<' & Name & '>'").value({"Name": Decimal(text)}.get) == "<>"


def test_a_long_number_is_written_with_all_its_digits():
    number = Decimal("123456789012345678.1234567890123456789000")
    assert read("text(Name)").value({"Name": number}.get) == "123456789012345678.1234567890123456789"


def test_a_formula_tells_which_fields_it_speaks_of():
    assert read("if(A = 'x', [custom:B c], A & D.E)").names == ("A", "custom:B c", "D.E")


def test_a_text_that_grows_beyond_measure_is_refused_and_not_cut():
    with pytest.raises(TooLong):
        read("replace(Name, 'a', Name)").value({"Name": "a" * 5000}.get)


LEAVES = st.sampled_from([*FIELDS, "1", "0", "-3.5", "'x'", "'2026-01-01'", "empty", "true"]).map(
    lambda each: f"[{each}]" if ":" in each else each
)


def call(inner):
    def make(name):
        function = FUNCTIONS[name]
        count = st.integers(function.least, min(function.most, function.least + 2))
        return count.flatmap(lambda n: st.lists(inner, min_size=n, max_size=n)).map(
            lambda parts: f"{name}({', '.join(parts)})"
        )

    signs = st.sampled_from(["+", "-", "*", "/", "&", "=", "<", ">=", "and", "or"])
    signed = st.tuples(inner, signs, inner).map(lambda parts: f"({' '.join(parts)})")
    return st.one_of(st.sampled_from([n for n, f in FUNCTIONS.items() if f.about]).flatmap(make), signed)


@given(
    st.recursive(LEAVES, call, max_leaves=8),
    st.dictionaries(
        st.sampled_from(list(FIELDS)),
        st.one_of(st.none(), st.text(max_size=20), st.decimals(), st.dates(), st.booleans()),
    ),
)
def test_every_formula_has_a_value_whatever_the_fields_hold(text, fields):
    found = read(text).value({**FIELDS, **fields}.get)
    assert found is None or isinstance(found, str | bool | Decimal | date)
