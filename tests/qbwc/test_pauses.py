"""A pull may be paused by a person, and goes on where it stopped."""

from __future__ import annotations

import pytest

from qbwc import pulls, windows
from tests.qbwc.test_pulls import Records, everybody, heard, moments, small

__all__ = ["heard", "small"]


@pytest.mark.parametrize("complete", [0, 2])
def test_a_pause_asks_for_nothing_and_keeps_complete_windows(company, connector, small, heard, complete):
    """Also where a page is out: it is heard, and counts for nothing."""
    books = Records(moments(200))
    pull = pulls.start(company, "CustomerQuery", reference="customers")
    connector.authenticate()
    while sum(window["done"] for window in pull.windows) < complete or not books.ranges:
        connector.receive(books(connector.send()))
        pull.refresh_from_db()
    document = connector.send()
    assert pulls.pause(pull.pk)
    assert not pulls.pause(pull.pk)
    assert pulls.open_for(company, "customers") == pull
    assert pulls.start(company, "CustomerQuery", reference="customers") == pull
    connector.receive(books(document))
    kept = [windows.key(window) for window in pull.windows if window["done"]]
    books.new_session()
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, len(kept)) == ("paused", complete)
    asked = len(books.ranges)
    assert pulls.resume(pull.pk)
    assert not pulls.resume(pull.pk)
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received, pull.restarts) == ("done", 200, 0)
    assert set(heard[0]) == everybody(200)
    assert not {f"{start}|{end}" for start, end in books.ranges[asked:]} & set(kept)


def test_a_pause_while_its_records_are_counted_counts_again(company, connector, small, heard):
    books = Records(moments(200))
    pull = pulls.start(company, "CustomerQuery")
    connector.authenticate()
    connector.receive(books(connector.send()))
    document = connector.send()
    assert pulls.pause(pull.pk)
    connector.receive(books(document))
    assert pulls.resume(pull.pk)
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received) == ("done", 200)
    assert set(heard[0]) == everybody(200)


def test_a_pull_that_is_paused_can_begin_anew(company, connector, small, heard):
    books = Records(moments(200))
    pull = pulls.start(company, "CustomerQuery")
    assert not pulls.rewind(pull.pk)
    connector.authenticate()
    while not pull.received:
        connector.receive(books(connector.send()))
        pull.refresh_from_db()
    pulls.pause(pull.pk)
    assert pulls.rewind(pull.pk)
    heard[0].clear()
    books.new_session()
    pulls.resume(pull.pk)
    connector.update(books)
    pull.refresh_from_db()
    assert (pull.state, pull.received, pull.counted) == ("done", 200, 200)
    assert set(heard[0]) == everybody(200)
    assert len(pull.windows) > 1, "cut anew"


def test_a_pull_that_is_paused_can_be_ended(company, connector, small):
    pull = pulls.start(company, "CustomerQuery", reference="customers")
    pulls.pause(pull.pk)
    assert pulls.stop(pull.pk, "Switched off.")
    assert not pulls.resume(pull.pk)
    assert pulls.open_for(company, "customers") is None
