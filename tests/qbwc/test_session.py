"""The conversation's table: whatever is called in whatever order, every document handed over is accounted for once."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from qbwc.session import (
    RULES,
    Answered,
    Close,
    ConnectionError,
    GetLastError,
    Offer,
    OutOfTurn,
    ReceiveResponse,
    Refused,
    Reply,
    SendRequest,
    Sent,
    Session,
    Settled,
    State,
    Unanswered,
    take,
)

CALLS = st.one_of(
    st.just(SendRequest()),
    st.builds(ReceiveResponse, st.sampled_from(["", "0x80040400"]), st.just("why"), st.booleans()),
    st.builds(Settled, st.booleans(), st.sampled_from(["", "another company"])),
    st.builds(ConnectionError, st.just("closed"), st.booleans()),
    st.just(GetLastError()),
    st.just(Close()),
)
OFFERS = st.builds(Offer, st.one_of(st.none(), st.integers(1, 10**6)), st.booleans(), st.sampled_from(["", "stop"]))


def play(calls, offers):
    """Run calls as the service does: an offer follows at once whenever one is asked for."""
    session, facts, number = Session(), [], 0
    for call in [*calls, Close()]:
        before = session
        try:
            turn = take(session, call)
        except OutOfTurn:
            assert session == before
            continue
        facts += turn.facts
        if turn.reply is Reply.CHOOSE:
            number += 1
            offer = offers[number % len(offers)]
            offer = replace(offer, message=number if offer.message else None)
            turn = take(turn.session, offer)
            facts += turn.facts
        session = turn.session
        yield session, turn, facts


@given(st.lists(CALLS, max_size=30), st.lists(OFFERS, min_size=1, max_size=5))
def test_every_document_handed_over_is_answered_refused_or_lost_exactly_once(calls, offers):
    for session, _, facts in play(calls, offers):  # noqa: B007
        pass
    sent = [fact.message for fact in facts if isinstance(fact, Sent)]
    ended = [fact.message for fact in facts if isinstance(fact, (Answered, Refused, Unanswered))]
    assert sent == ended
    assert session.state is State.CLOSED


@given(st.lists(CALLS, max_size=30), st.lists(OFFERS, min_size=1, max_size=5))
def test_something_is_outstanding_exactly_while_waiting(calls, offers):
    for session, _, _ in play(calls, offers):
        assert (session.outstanding is not None) == (session.state is State.WAITING)
        assert session.state is not State.CHOOSING


@given(st.lists(CALLS, max_size=30), st.lists(OFFERS, min_size=1, max_size=5))
def test_a_negative_answer_always_has_a_reason(calls, offers):
    for session, turn, _ in play(calls, offers):
        if turn.reply is Reply.FAILURE:
            assert session.last_error


@given(st.lists(CALLS, max_size=10))
def test_nothing_but_goodbye_is_taken_once_closed(calls):
    session = take(Session(), Close("over")).session
    for call in calls:
        if isinstance(call, (Close, GetLastError)):
            session = take(session, call).session
            continue
        with pytest.raises(OutOfTurn):
            take(session, call)
    assert session.last_error == "over"


def test_an_answer_nobody_asked_for_changes_nothing():
    with pytest.raises(OutOfTurn):
        take(Session(), ReceiveResponse())


def test_an_error_that_executed_nothing_lets_the_session_go_on():
    turn = take(Session(State.WAITING, 7), ReceiveResponse("0x80040400", "fix", goes_on=True))
    assert (turn.session.state, turn.reply, turn.facts) == (State.OPEN, Reply.PROGRESS, (Refused(7, "0x80040400"),))


def test_a_wait_is_told_as_noop():
    paused = take(take(Session(), SendRequest()).session, Offer(wait=True)).session
    assert take(paused, GetLastError()).reply is Reply.NO_OP


def test_the_table_is_complete_for_what_the_web_connector_may_always_say():
    for state in State:
        if state is not State.CHOOSING:
            assert (state, Close) in RULES
            assert (state, GetLastError) in RULES
