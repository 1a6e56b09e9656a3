"""The Web Connector's side of a conversation, as a table.

Pure: a session is told of a call and answers with a Turn, saying what to reply and what has happened. It
opens no database, reads no clock, parses no qbXML.

Words    call     one SOAP method that the Web Connector invoked, or what the outbox offered in answer to one
         message  a document handed over; here only its id
         turn     our reply, the new state, and the facts that the caller must write down
Rule     what is not in the table raises OutOfTurn and changes nothing
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any


class State(Enum):
    OPEN = "open"  # authenticated, nothing outstanding
    CHOOSING = "choosing"  # open -> choosing: asked for a document; never stored, an offer follows at once
    WAITING = "waiting"  # choosing -> waiting: a document is out, its answer is not in
    PAUSED = "paused"  # choosing -> paused: work is being prepared; getLastError says NoOp
    DONE = "done"  # choosing, waiting -> done: nothing is left
    FAILED = "failed"  # waiting, choosing -> failed: getLastError will ask why
    CLOSED = "closed"  # any -> closed: closeConnection came, or a newer session took over


# Calls ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SendRequest:
    """The Web Connector asks for a document."""


@dataclass(frozen=True)
class Offer:
    """What the outbox has for it: a message, a wait, a reason to stop, or nothing."""

    message: int | None = None
    wait: bool = False
    stop: str = ""


@dataclass(frozen=True)
class ReceiveResponse:
    """QuickBooks's answer; with an error of its own, and whether the session can go on after that."""

    hresult: str = ""
    remedy: str = ""
    goes_on: bool = True


@dataclass(frozen=True)
class Settled:
    """What became of the answer just taken: whether anything is left, or why nothing more may be sent."""

    more: bool = True
    stop: str = ""


@dataclass(frozen=True)
class ConnectionError:
    """QuickBooks could not be opened; `retry` says that another file path is worth a try."""

    remedy: str = ""
    retry: bool = False


@dataclass(frozen=True)
class GetLastError:
    """The Web Connector asks why."""


@dataclass(frozen=True)
class Close:
    """The session ends, whoever ends it."""

    reason: str = ""


Call = SendRequest | Offer | ReceiveResponse | Settled | ConnectionError | GetLastError | Close

# Facts ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    message: int


@dataclass(frozen=True)
class Answered:
    message: int


@dataclass(frozen=True)
class Refused:
    """QuickBooks reported an error instead of an answer."""

    message: int
    hresult: str


@dataclass(frozen=True)
class Unanswered:
    """It may have been executed; only a status check can tell."""

    message: int


Fact = Sent | Answered | Refused | Unanswered


class Reply(Enum):
    CHOOSE = "choose"  # look for a document, then take the Offer
    DOCUMENT = "document"  # the text of what was just sent
    NOTHING = ""  # makes the Web Connector call getLastError
    PROGRESS = "progress"  # 0 to 99
    COMPLETE = "100"
    FAILURE = "-1"  # makes the Web Connector call getLastError
    RETRY = "retry"  # the path to try next
    GIVE_UP = "done"
    NO_OP = "NoOp"
    LAST_ERROR = "last error"
    OK = "OK"


@dataclass(frozen=True)
class Session:
    state: State = State.OPEN
    outstanding: int | None = None  # the message that is out
    last_error: str = ""


@dataclass(frozen=True)
class Turn:
    session: Session
    reply: Reply
    facts: tuple[Fact, ...] = ()


class OutOfTurn(Exception):
    """The Web Connector made a call that this state does not allow."""


# The table -----------------------------------------------------------------------------------------------


def take(session: Session, call: Call) -> Turn:
    """Answer one call; raise OutOfTurn, changing nothing, if it may not come now."""
    try:
        rule = RULES[session.state, type(call)]
    except KeyError:
        raise OutOfTurn(f"{type(call).__name__} while {session.state.value}") from None
    return rule(session, call)


def _choose(session: Session, call: SendRequest) -> Turn:
    """A document that is still out got no answer: it is given up here, and found out about before any write."""
    lost = (Unanswered(session.outstanding),) if session.outstanding is not None else ()
    return Turn(Session(State.CHOOSING), Reply.CHOOSE, lost)


def _offer(session: Session, call: Offer) -> Turn:
    if call.stop:
        return Turn(Session(State.FAILED, last_error=call.stop), Reply.NOTHING)
    if call.message is not None:
        return Turn(Session(State.WAITING, call.message), Reply.DOCUMENT, (Sent(call.message),))
    return Turn(Session(State.PAUSED if call.wait else State.DONE), Reply.NOTHING)


def _receive(session: Session, call: ReceiveResponse) -> Turn:
    assert session.outstanding is not None
    if not call.hresult:
        return Turn(Session(), Reply.PROGRESS, (Answered(session.outstanding),))
    refused = (Refused(session.outstanding, call.hresult),)
    if call.goes_on:
        return Turn(Session(), Reply.PROGRESS, refused)
    return Turn(Session(State.FAILED, last_error=call.remedy), Reply.FAILURE, refused)


def _settled(session: Session, call: Settled) -> Turn:
    if call.stop:
        return Turn(Session(State.FAILED, last_error=call.stop), Reply.FAILURE)
    if call.more:
        return Turn(session, Reply.PROGRESS)
    return Turn(Session(State.DONE), Reply.COMPLETE)


def _no_connection(session: Session, call: ConnectionError) -> Turn:
    if call.retry:
        return Turn(replace(session, last_error=call.remedy), Reply.RETRY)
    return Turn(Session(State.FAILED, last_error=call.remedy), Reply.GIVE_UP)


def _explain(session: Session, call: GetLastError) -> Turn:
    return Turn(session, Reply.LAST_ERROR)


def _no_op(session: Session, call: GetLastError) -> Turn:
    return Turn(session, Reply.NO_OP)


def _close(session: Session, call: Close) -> Turn:
    lost = (Unanswered(session.outstanding),) if session.outstanding is not None else ()
    closed = Session(State.CLOSED, last_error=call.reason or session.last_error)
    return Turn(closed, Reply.OK, lost)


RULES: dict[tuple[State, type], Callable[[Session, Any], Turn]] = {
    (State.OPEN, SendRequest): _choose,
    (State.OPEN, Settled): _settled,
    (State.OPEN, ConnectionError): _no_connection,
    (State.OPEN, GetLastError): _explain,
    (State.OPEN, Close): _close,
    (State.CHOOSING, Offer): _offer,
    (State.WAITING, SendRequest): _choose,  # our reply or its answer was lost on the way
    (State.WAITING, ReceiveResponse): _receive,
    (State.WAITING, GetLastError): _explain,
    (State.WAITING, Close): _close,
    (State.PAUSED, SendRequest): _choose,
    (State.PAUSED, GetLastError): _no_op,
    (State.PAUSED, Close): _close,
    (State.DONE, SendRequest): _choose,  # work may have come since
    (State.DONE, GetLastError): _explain,
    (State.DONE, Close): _close,
    (State.FAILED, GetLastError): _explain,
    (State.FAILED, Close): _close,
    (State.CLOSED, GetLastError): _explain,
    (State.CLOSED, Close): _close,  # the Web Connector may say goodbye twice
}
