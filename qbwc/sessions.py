"""Sessions in the database: found by their ticket, moved by the conversation's table, ended.

Rule     qbwc.service opens a session and notes its failures, qbwc.chores settles for it while it waits, qbwc.keeping
         forgets it; whatever else is written to it is written here. Session and company are locked together, in this
         order, so that the calls of one company follow each other
"""

from __future__ import annotations

import logging
from datetime import datetime

from qbwc import messages, pulls, rows
from qbwc import session as table
from qbwc.models import Company, Message, Session
from qbwc.session import State, Turn, take

log = logging.getLogger(__name__)

# What a call may change of its session; the rest is fixed when it begins.
CHANGING = (
    "state", "message_id", "last_error", "identity", "company_file", "given_path", "recovering", "more", "no_ops",
    "connection_errors", "clears", "batch", "done", "percent", "last_call_at", "closed_at",
)  # fmt: skip
LARGE = ("body", "response", "parts", "hresult_message")


def load(ticket: str) -> Session | None:
    """The session, locked together with its company; of its message, without what it says."""
    if not ticket:
        return None
    sessions, companies = rows.table(Session), rows.table(Company)
    texts = rows.table(Message, LARGE)
    sql = (
        f"SELECT {sessions.columns('s')}, {companies.columns('c')}, {texts.columns('m')} FROM {sessions.name} s"
        f" JOIN {companies.name} c ON c.id = s.company_id LEFT JOIN {texts.name} m ON m.id = s.message_id"
        f" WHERE s.ticket = %s{rows.locking('s', 'c')}"
    )
    found = rows.fetch(sql, [ticket])
    if not found:
        return None
    first, second = len(sessions.names), len(sessions.names) + len(companies.names)
    row = sessions.make(found[0][:first])
    row.company = companies.make(found[0][first:second])
    if row.message_id is not None:
        row.message = _message(row.message_id, texts.make(found[0][second:]))
    return row


def _message(message_id: int, joined: Message) -> Message:
    """PostgreSQL joins before it waits for a lock: a call that came between may have put another message there."""
    return joined if joined.pk == message_id else Message.objects.defer(*LARGE).get(pk=message_id)


def core(row: Session) -> table.Session:
    waiting = row.state == State.WAITING.value
    return table.Session(State(row.state), row.message_id if waiting else None, row.last_error)


def save(row: Session, turn: Turn, now: datetime) -> None:
    row.state = turn.session.state.value
    row.last_error = turn.session.last_error
    row.last_call_at = now
    rows.update(Session, {name: getattr(row, name) for name in CHANGING}, "id = %s", [row.pk])


def supersede(company: Company, now: datetime) -> None:
    """End whatever session of this company is still open; what it had out is lost, and found out about."""
    open_still = Session.objects.filter(company=company, closed_at__isnull=True)
    for ticket in list(open_still.values_list("ticket", flat=True)):
        row = load(ticket)
        if row is not None and row.closed_at is None:
            end(row, "A newer session took over.", now)
    for message in Message.objects.filter(company=company, state=Message.State.SENT):
        messages.lose(message, now)


def end(row: Session, reason: str, now: datetime) -> None:
    turn = take(core(row), table.Close(reason))
    note_lost(row, turn, now)
    pulls.session_ended(row, now)
    row.closed_at = now
    save(row, turn, now)


def note_lost(row: Session, turn: Turn, now: datetime) -> None:
    """Write down that a message got no answer; what was sent or answered is written where it is decided."""
    for fact in turn.facts:
        if isinstance(fact, table.Unanswered) and row.message is not None:
            row.closed_in_passing = bool(messages.lose(row.message, now)) or row.closed_in_passing
            row.recovering = row.recovering or row.message.kind in {Message.Kind.WRITE, Message.Kind.CHECK}
            log.warning("no answer came to message %s of company %s", row.message_id, row.company_id)
