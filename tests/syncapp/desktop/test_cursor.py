"""From where the next listing of QuickBooks begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncapp.connectors.quickbooks_desktop.cursor import highest, moved, since

START = datetime(2026, 2, 3, 12, tzinfo=UTC)


def later(minutes):
    return START + timedelta(minutes=minutes)


def test_without_a_cursor_only_a_complete_listing_will_do():
    assert since("") == ""
    assert moved("", "", full=True, began=START) == ""


def test_a_listing_begins_somewhat_before_the_watermark():
    cursor = moved("", "2026-02-03T10:00:00", full=True, began=START)
    assert since(cursor) == "2026-02-03T08:55:00"


def test_after_long_enough_nothing_is_read_again_but_the_watermarks_own_second():
    cursor = moved("", "2026-02-03T10:00:00", full=True, began=START)
    early = moved(cursor, "2026-02-03T10:00:00", full=False, began=later(120))
    assert since(early) == "2026-02-03T08:55:00"
    covered = moved(early, "2026-02-03T10:00:00", full=False, began=later(131))
    assert since(covered) == "2026-02-03T10:00:00"


def test_a_new_watermark_has_its_overlap_again():
    cursor = moved("", "2026-02-03T10:00:00", full=True, began=START)
    cursor = moved(cursor, "2026-02-03T10:00:00", full=False, began=later(131))
    cursor = moved(cursor, "2026-02-03T10:30:00", full=False, began=later(140))
    assert since(cursor) == "2026-02-03T09:25:00"


def test_the_watermark_of_a_deleted_record_stays():
    cursor = moved("", "2026-02-03T10:00:00", full=True, began=START)
    cursor = moved(cursor, "2026-02-03T08:55:00", full=False, began=later(10))
    assert since(cursor) == "2026-02-03T08:55:00"


def test_a_listing_that_finds_nothing_goes_on_from_the_latest_time_that_quickbooks_has_shown():
    others = [moved("", f"2026-02-03T{hour}:00:00", full=True, began=START) for hour in ("08", "10", "09")]
    assert highest([]) == highest([""]) == ""
    assert highest(["", *others]) == "2026-02-03T10:00:00"


def test_a_restored_company_file_is_followed_back_by_a_complete_listing():
    cursor = moved("", "2026-02-03T10:00:00", full=True, began=START)
    cursor = moved(cursor, "2026-02-01T10:00:00", full=True, began=later(10))
    assert since(cursor) == "2026-02-01T08:55:00"
