"""Rounding, spelling and dates, on their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from project.sandbox.desktop.errors import Fault
from project.sandbox.desktop.txns import dates, money


@pytest.mark.parametrize(
    "value, cents", [("0.005", 1), ("0.004", 0), ("-0.005", -1), ("8.235675", 824), ("10.005", 1001), ("2.675", 268)]
)
def test_halves_are_rounded_away_from_zero(value, cents):
    assert money.to_cents(Decimal(value)) == cents


def test_amounts_are_spelled_with_two_decimals():
    assert [money.amount(each) for each in (0, 5, -5, 123456, -100)] == ["0.00", "0.05", "-0.05", "1234.56", "-1.00"]


def test_prices_have_two_to_five_decimals_and_quantities_no_zeros():
    assert [money.price(Decimal(each)) for each in ("39", "3.335", "0.123456", "5.10")] == [
        "39.00",
        "3.335",
        "0.12346",
        "5.10",
    ]
    assert [money.quantity(Decimal(each)) for each in ("2", "1.50", "0", "100", "0.00001")] == [
        "2",
        "1.5",
        "0",
        "100",
        "0.00001",
    ]


def test_what_is_too_large_is_refused():
    with pytest.raises(Fault) as caught:
        money.to_cents(Decimal(10) ** 14)
    assert caught.value.code == 3101


def test_no_day_is_later_than_the_calendar_ends():
    assert dates.due("9999-12-31", {"StdDueDays": "30"}) == "9999-12-31"
    assert dates.due("9999-12-31", {"DayOfMonthDue": "1"}) == "9999-12-31"


@pytest.mark.parametrize(
    "terms, due",
    [
        ({}, "2026-02-03"),
        ({"StdDueDays": "30"}, "2026-03-05"),
        ({"DayOfMonthDue": "15"}, "2026-02-15"),
        ({"DayOfMonthDue": "1"}, "2026-03-01"),
        ({"DayOfMonthDue": "31"}, "2026-02-28"),
        ({"DayOfMonthDue": "10", "DueNextMonthDays": "10"}, "2026-03-10"),
    ],
)
def test_documents_are_due_by_their_terms(terms, due):
    assert dates.due("2026-02-03", terms) == due


@pytest.mark.parametrize(
    "name, first, last",
    [
        ("All", "", ""),
        ("Today", "2026-05-13", "2026-05-13"),
        ("Yesterday", "2026-05-12", "2026-05-12"),
        ("ThisWeek", "2026-05-11", "2026-05-17"),
        ("LastWeekToDate", "2026-05-04", "2026-05-06"),
        ("NextFourWeeks", "2026-05-18", "2026-06-14"),
        ("ThisMonth", "2026-05-01", "2026-05-31"),
        ("LastMonthToDate", "2026-04-01", "2026-04-13"),
        ("NextMonth", "2026-06-01", "2026-06-30"),
        ("ThisCalendarQuarter", "2026-04-01", "2026-06-30"),
        ("LastFiscalQuarter", "2026-01-01", "2026-03-31"),
        ("ThisFiscalYearToDate", "2026-01-01", "2026-05-13"),
        ("LastCalendarYear", "2025-01-01", "2025-12-31"),
        ("NextFiscalYear", "2027-01-01", "2027-12-31"),
    ],
)
def test_date_macros(name, first, last):
    assert dates.macro(name, date(2026, 5, 13)) == (first, last)


def test_every_macro_of_the_schema_is_known():
    from project.sandbox.desktop.rules import REQUESTS

    window = REQUESTS["InvoiceQuery"].content.by_name["TxnDateRangeFilter"].inner
    assert window is not None
    macros = window.by_name["DateMacro"].options
    assert len(macros) > 30
    for each in macros:
        dates.macro(each, date(2026, 5, 31))
