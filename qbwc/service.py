"""One function per SOAP call: load the session, take the turn, write the facts, announce, reply.

Rule     nothing here knows SOAP or HTTP. What a call changes is committed before its reply leaves; what
         receivers do with an answer comes after that, in a transaction of its own, and cannot break the call.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from qbwc import announce, identity, messages, outbox, passwords, settle, throttle
from qbwc import session as table
from qbwc.chores import settle_kept, sweep
from qbwc.conf import conf
from qbwc.models import Company, Message, Session
from qbwc.qbxml import status
from qbwc.session import OutOfTurn, Reply, State, Turn, take
from qbwc.sessions import core, end, load, note_lost, save, supersede
from qbwc.settle import Settled

__all__ = [
    "authenticate", "close_connection", "connection_error", "failed", "get_last_error", "receive_response",
    "send_request", "settle_kept", "sweep",
]  # fmt: skip

log = logging.getLogger(__name__)

T = TypeVar("T")
TICKET_BYTES = 24
OPENINGS_MAX = 5
NOT_THERE = ("0x80040416", "0x80040417")  # QuickBooks wants to be told which file
CANNOT_OPEN = "0x80040403"
UNKNOWN_TICKET = "This session is not known or has ended. Start the update again."
OUT_OF_ORDER = "The Web Connector called out of turn. Start the update again; nothing is lost."


# Signing in ----------------------------------------------------------------------------------------------


def authenticate(username: str, password: str, address: str = "") -> list[str]:
    """A ticket and the file to open; or `none` (nothing to do), `nvu` (wrong), `busy` (later)."""
    now = timezone.now()
    wait, failed_before = throttle.look(username, address, now)
    if wait:
        return ["", "busy", str(wait)]
    company = Company.objects.filter(username=username).first()
    if not passwords.matches(password, company.password_hash if company else "") or company is None:
        throttle.failed(username, address, now)
        log.warning("a Web Connector sign-in with a wrong user or password was refused")
        return ["", "nvu"]
    if failed_before:
        throttle.succeeded(username, address)
    for _ in range(OPENINGS_MAX):
        try:
            with transaction.atomic():
                return _open(company, address, now)
        except IntegrityError as error:
            # Another sign-in of this company opened its session at the same moment: now there is one to end.
            log.info("two sign-ins of company %s at once: %s", company.pk, error)
    return ["", "busy"]


def _open(company: Company, address: str, now: datetime) -> list[str]:
    supersede(company, now)
    company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    company.last_contact_at, company.last_address = now, address[:45]
    every = company.run_every_minutes
    company.next_expected_at = now + timedelta(minutes=every) if every else None
    company.save(update_fields=["last_contact_at", "last_address", "next_expected_at"])
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    if company.paused or not (outbox.has_work(company) or not company.facts):
        return [ticket, "none"]
    Session.objects.create(
        ticket=ticket,
        company=company,
        recovering=outbox.doubtful(company).exists(),
        given_path=company.company_file,
        expected=outbox.count_queue(company),
        address=address[:45],
        started_at=now,
        last_call_at=now,
    )
    return [ticket, company.company_file]


# Working -------------------------------------------------------------------------------------------------


def send_request(
    ticket: str, hcp: str = "", company_file: str = "", country: str = "", major: int = 0, minor: int = 0
) -> str:
    """The next document; empty if there is none, and getLastError says why."""
    now = timezone.now()
    version = f"{major}.{minor}" if major else ""
    with transaction.atomic():
        row = load(ticket)
        if row is None:
            return ""
        try:
            turn = take(core(row), table.SendRequest())
        except OutOfTurn as error:
            return _out_of_turn(row, error, "")
        note_lost(row, turn, now)
        choice, stop = _offer(row, hcp, company_file, country, version, now)
        message = choice.message
        turn = take(turn.session, table.Offer(message.pk if message else None, choice.wait, stop))
        row.message = message or row.message
        save(row, turn, now)
    announce.pending_of(row)
    return message.body if message is not None else ""


def _offer(
    row: Session, hcp: str, company_file: str, country: str, version: str, now: datetime
) -> tuple[messages.Choice, str]:
    nothing = messages.Choice()
    if row.company_file and company_file and company_file != row.company_file:
        row.identity = "mismatch"
        return nothing, "Another company file was opened in the middle of the session. Update again."
    row.company_file = row.company_file or company_file
    if row.identity == "":
        stop = identity.check_first_call(row, hcp, country, version, now)
        if stop is None:
            return messages.Choice(messages.identity(row, identity.owner_guid(), now)), ""
        if stop:
            return nothing, stop
    if row.identity != "verified":
        return nothing, row.company.problem or "This is not the company that this was set up for."
    choice = messages.choose(row, now)
    row.no_ops = row.no_ops + 1 if choice.wait else 0
    if row.no_ops > conf.NOOPS:
        return nothing, ""
    return choice, ""


def receive_response(ticket: str, response: str, hresult: str = "", message: str = "") -> int:
    """Take an answer; the progress in percent, or -1, and getLastError says why."""
    now = timezone.now()
    try:
        outcome = _take_answer(ticket, response, hresult.strip(), message, now)
    except DatabaseError:
        raise
    except Exception:
        # The answer is worth more than the call: it is kept as it is, and settled by the sweep.
        log.exception("an answer could not be settled; it is kept")
        outcome = _keep_answer(ticket, response, now)
    if isinstance(outcome, int):
        return outcome
    row, turn, settled = outcome
    announce.closed(row.company, settled.closed, row)
    if turn.reply is not Reply.PROGRESS:
        return -1
    return _progress(row, turn, now)


def _take_answer(
    ticket: str, response: str, hresult: str, text: str, now: datetime
) -> int | tuple[Session, Turn, Settled]:
    with transaction.atomic():
        row = load(ticket)
        if row is None:
            return -1
        meaning = status.explain_hresult(hresult) if hresult else None
        goes_on = not hresult or settle.executed_nothing(hresult)
        try:
            turn = take(core(row), table.ReceiveResponse(hresult, _remedy(meaning, text), goes_on))
        except OutOfTurn as error:
            return _repeated(row, response) or _out_of_turn(row, error, -1)
        assert row.message is not None
        row.pull_fraction = 0.0
        if hresult:
            settled = settle.refuse(row, row.message, hresult, text, now)
        elif len(response) > conf.SETTLE_BYTES:
            return _keep(row, turn, response, now)
        else:
            settled = settle.settle(row, row.message, response, now)
        if settled.stop:
            turn = take(turn.session, table.Settled(stop=settled.stop))
        _adapt_batch(row, len(response), now)
        row.percent = max(row.percent, _percent(row))
        save(row, turn, now)
        if hresult and not goes_on:
            Company.objects.filter(pk=row.company_id).update(problem=turn.session.last_error)
    return row, turn, settled


def _remedy(meaning: status.Meaning | None, text: str) -> str:
    """One line for the Web Connector's window: what happened, and what to do about it."""
    if meaning is None:
        return ""
    return " ".join(f"{text or meaning.meaning} ({meaning.code}). {meaning.remedy}".split())


def _repeated(row: Session, response: str) -> int | None:
    """The answer that was taken last came again: the client did not hear us."""
    last = row.message
    if last is not None and row.state in {State.OPEN.value, State.DONE.value}:
        last.refresh_from_db(fields=["response"])
        if response and last.response == response:
            return 100 if row.state == State.DONE.value else max(1, row.percent)
    return None


def _keep_answer(ticket: str, response: str, now: datetime) -> int:
    with transaction.atomic():
        row = load(ticket)
        if row is None:
            return -1
        turn = take(core(row), table.ReceiveResponse())
        return _keep(row, turn, response, now)


def _keep(row: Session, turn: Turn, response: str, now: datetime) -> int:
    """Only store the answer; the session waits until the sweep, or whoever hears the signal, settles it."""
    assert row.message is not None
    settle.store(row.message, response, Message.State.KEPT, now, {})
    save(row, turn, now)
    message_id, company = row.message.pk, row.company
    transaction.on_commit(lambda: announce.kept(company, message_id))
    return max(1, row.percent)


def _adapt_batch(row: Session, response_bytes: int, now: datetime) -> None:
    """A document that took QuickBooks long, or whose answer is large, halves the next one."""
    assert row.message is not None
    limit = max(1, int(conf.REQUESTS_PER_MESSAGE))
    batch = row.batch or limit
    seconds = (now - row.message.sent_at).total_seconds()
    if seconds > conf.MESSAGE_SECONDS or response_bytes > conf.ANSWER_BYTES:
        row.batch = max(1, batch // 2)
    elif batch < limit:
        row.batch = min(limit, batch * 2)


def _percent(row: Session) -> int:
    """By requests, and by records inside the pull at work; 100 is never said here."""
    done = row.done + row.pull_fraction
    expected = max(row.expected, row.done + 1)
    return max(1, min(99, int(100 * done / expected)))


def _progress(row: Session, turn: Turn, now: datetime) -> int:
    row.company.refresh_from_db(fields=["held_until"]) if not row.more else None
    left = messages.more(row, now)
    turn = take(turn.session, table.Settled(more=left))
    if turn.reply is Reply.COMPLETE:
        row.percent = 100
        Session.objects.filter(pk=row.pk, state=State.OPEN.value).update(state=turn.session.state.value, percent=100)
        return 100
    return row.percent


# Ending --------------------------------------------------------------------------------------------------


def connection_error(ticket: str, hresult: str, message: str) -> str:
    """QuickBooks could not be opened: another path to try, or `done`."""
    now = timezone.now()
    with transaction.atomic():
        row = load(ticket)
        if row is None:
            return "done"
        path = _other_path(row, hresult)
        remedy = _remedy(status.explain_hresult(hresult), message)
        try:
            turn = take(core(row), table.ConnectionError(remedy, retry=path is not None))
        except OutOfTurn as error:
            return _out_of_turn(row, error, "done")
        row.connection_errors += 1
        row.given_path = path if path is not None else row.given_path
        save(row, turn, now)
        Company.objects.filter(pk=row.company_id).update(problem=remedy)
    return path if path is not None and turn.reply is Reply.RETRY else "done"


def _other_path(row: Session, hresult: str) -> str | None:
    """The file to try next; None to give up. Never `whatever is open` where another company's is."""
    if row.connection_errors >= conf.CONNECTION_RETRIES:
        return None
    code = status.explain_hresult(hresult).code
    known = row.company.company_file
    if code in NOT_THERE and known and row.given_path != known:
        return known
    if code == CANNOT_OPEN and row.given_path:
        return ""  # it was moved or renamed; what is open is checked before anything is sent
    return None


def get_last_error(ticket: str) -> str:
    row = Session.objects.filter(ticket=ticket).first() if ticket else None
    if row is None:
        return UNKNOWN_TICKET
    turn = take(core(row), table.GetLastError())
    return "NoOp" if turn.reply is Reply.NO_OP else _one_line(turn.session.last_error)


def close_connection(ticket: str) -> str:
    now = timezone.now()
    with transaction.atomic():
        row = load(ticket)
        if row is None or row.closed_at is not None:
            return "OK"
        end(row, "", now)
    announce.pending_of(row)
    return _one_line(row.last_error) or "OK"


def failed(ticket: str, reason: str) -> None:
    """Remember that a call broke, so that getLastError is never empty after a failure."""
    with transaction.atomic():
        Session.objects.filter(ticket=ticket, closed_at__isnull=True).update(last_error=reason)


def _out_of_turn(row: Session, error: OutOfTurn, reply: T) -> T:
    log.warning("session %s of company %s: %s", row.pk, row.company_id, error)
    if not row.last_error:
        Session.objects.filter(pk=row.pk).update(last_error=OUT_OF_ORDER)
    return reply


def _one_line(text: str, length_max: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length_max else text[: length_max - 1] + "…"
