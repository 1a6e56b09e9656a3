"""The documents that travel: chosen, handed over, answered, lost and found out.

Words    choose   decide what this session gets next
         settle   turn a stored answer into closed requests
         lose     note that no answer will come any more
Rule     a message is written down before it is handed over, and owns its bytes from then on. What a lost
         write did is found out by a status check before anything else is written.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models
from django.db.models import F

from qbwc import facts, kinds, outbox, placeholders, pulls, rows
from qbwc.conf import conf
from qbwc.kinds import Candidate
from qbwc.models import Company, Message, Request, Session
from qbwc.models.company import number
from qbwc.qbxml import build, envelope, errors

Kind, State = Message.Kind, Message.State
REFUSALS_PER_CALL_MAX = 20  # rounds of refusing what this QuickBooks can't take, within one SOAP call


@dataclass(frozen=True)
class Choice:
    """What a session gets next; neither a message nor a wait means that nothing is left."""

    message: Message | None = None
    wait: bool = False


# Choosing ------------------------------------------------------------------------------------------------


def choose(session: Session, now: datetime) -> Choice:
    """1. What must be found out or must go again. 2. The queue. 3. What has just become due.
    4. A wait, while work is being prepared. 5. Outcomes that QuickBooks may forget.
    """
    if session.recovering:
        message = _recover(session, now)
        if message is not None:
            return Choice(message)
    message = _from_queue(session, now)
    if message is None and outbox.release_due(session.company, now):
        message = _from_queue(session, now)
    if message is not None:
        return Choice(message)
    if _held(session, now):
        return Choice(wait=True)
    return Choice(_clear(session, now))


def _held(session: Session, now: datetime) -> bool:
    held = session.company.held_until
    return (held is not None and held > now) or kept(session.company).exists()


def kept(company: Company) -> models.QuerySet[Message]:
    return Message.objects.filter(company=company, state=State.KEPT)


def more(session: Session, now: datetime) -> bool:
    """Whether this session has anything left to do; what was seen behind the last choice needs no look."""
    if session.more or session.recovering:
        return True
    queue = Request.objects.filter(company=session.company, state=Request.State.QUEUED, ready=True)
    if queue.exists() or outbox.due(session.company, now).exists() or _held(session, now):
        return True
    return session.clears < conf.CLEARS_PER_SESSION and _to_clear(session.company).exists()


def _from_queue(session: Session, now: datetime) -> Message | None:
    for _ in range(REFUSALS_PER_CALL_MAX):
        candidates = _candidates(session)
        if not candidates:
            session.more = False
            return None
        chosen = kinds.together(
            candidates,
            requests_max=_batch(session),
            characters_max=conf.MESSAGE_BYTES,
            version=number(session.company.qbxml_version),
        )
        fit, unfit = _sorted_out(session.company, chosen)
        for reason, ids in unfit.items():
            pulls.refused(outbox.refuse(ids, reason), now)
            session.closed_in_passing = True
        if fit and not kinds.is_read(fit[0].name) and kept(session.company).filter(kind=Kind.WRITE).exists():
            session.more = True  # what the last write did is known once its answer is settled
            return None
        if fit:
            session.more = len(candidates) > len(chosen)
            return _hand_over(session, fit, now)
    session.more = True
    return None


def _candidates(session: Session) -> list[Candidate]:
    """The head of the queue; rows that somebody is cancelling at this moment are skipped."""
    queue = rows.table(Request)
    sql = (
        f"SELECT {', '.join(Candidate._fields)} FROM {queue.name} r"
        " WHERE company_id = %s AND state = 'queued' AND ready = %s AND (bound_to_id IS NULL OR bound_to_id = %s)"
        f" ORDER BY priority DESC, id LIMIT %s{rows.locking('r', skip=True)}"
    )
    found = rows.fetch(sql, [session.company_id, True, session.pk, _batch(session) + 1])
    return [Candidate(*row) for row in found]


def _batch(session: Session) -> int:
    limit = max(1, int(conf.REQUESTS_PER_MESSAGE))
    return min(session.batch or limit, limit)


def _sorted_out(company: Company, chosen: list[Candidate]) -> tuple[list[Candidate], dict[str, list[int]]]:
    """Those that this QuickBooks can take, placeholders filled; and the others by reason."""
    fit: list[Candidate] = []
    unfit: dict[str, list[int]] = {}
    checked_now = f"{company.qbxml_version} {company.country}"
    for candidate in chosen:
        body = candidate.body
        reason = facts.refusal(candidate.name, body, company.facts)
        if not reason and candidate.checked_for != checked_now:
            reason = _no_longer_valid(body, company)
        if not reason and candidate.depends_on_id is not None and kinds.PLACEHOLDER.search(body):
            body, reason = _filled(candidate)
        if reason:
            unfit.setdefault(reason, []).append(candidate.id)
        else:
            fit.append(candidate._replace(body=body))
    return fit, unfit


def _no_longer_valid(body: str, company: Company) -> str:
    """It was checked for another version or country than this QuickBooks turned out to have."""
    try:
        build.check(body, version=company.qbxml_version, country=company.country)
    except errors.BadRequest as error:
        return str(error)
    return ""


def _filled(candidate: Candidate) -> tuple[str, str]:
    parent = Request.objects.select_related("answered_in").get(pk=candidate.depends_on_id or 0)
    try:
        return placeholders.fill(candidate.body, outbox.read_answer(parent)), ""
    except (placeholders.Missing, errors.BadResponse) as error:
        return "", f"Its placeholders cannot be filled from request {parent.pk}: {error}"


def _hand_over(session: Session, chosen: list[Candidate], now: datetime) -> Message:
    read = kinds.is_read(chosen[0].name)
    set_id = "" if read else new_set_id()
    body = envelope.document(
        [envelope.with_request_id(candidate.body, str(candidate.id)) for candidate in chosen],
        version=session.company.qbxml_version,
        on_error="continueOnError",
        new_message_set_id=set_id,
    )
    message = _create(session, Kind.READ if read else Kind.WRITE, body, now, set_id=set_id)
    ids = [candidate.id for candidate in chosen]
    changes = {"state": Request.State.SENT, "message_id": message.pk, "sent_at": now}
    queue = rows.table(Request)
    sql = f"UPDATE {queue.name} SET state = %s, message_id = %s, sent_at = %s, attempts = attempts + 1"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} WHERE id IN ({rows.marks(ids)}) AND state = 'queued'", [*queue.prepared(changes), *ids])
    return message


def new_set_id() -> str:
    """Twenty characters: what every source on the limit of a message set id agrees on."""
    return secrets.token_hex(10)


def _create(
    session: Session, kind: Message.Kind, body: str, now: datetime, *, set_id: str = "", about: Message | None = None
) -> Message:
    message = Message(
        company_id=session.company_id,
        session_id=session.pk,
        kind=kind,
        body=body,
        message_set_id=set_id,
        about=about,
        sent_at=now,
    )
    return rows.insert(message)


def identity(session: Session, owner_guid: str, now: datetime) -> Message:
    """Asks which company this is; the FileID comes back only to a query that names our OwnerID."""
    requests = (
        '<HostQueryRq requestID="0"></HostQueryRq>',
        f'<CompanyQueryRq requestID="1"><OwnerID>{owner_guid}</OwnerID></CompanyQueryRq>',
        '<PreferencesQueryRq requestID="2"></PreferencesQueryRq>',
    )
    body = envelope.document(requests, version=session.company.qbxml_version, on_error="continueOnError")
    return _create(session, Kind.IDENTITY, body, now)


# Finding out ---------------------------------------------------------------------------------------------


def _recover(session: Session, now: datetime) -> Message | None:
    """The status check of the oldest lost message, or the message itself where it was never executed."""
    for message in outbox.doubtful(session.company).order_by("id"):
        session.closed_in_passing = True
        if message.state == State.AGAIN:
            if message.attempts >= conf.RESEND_ATTEMPTS:
                give_up(message, "It was sent several times and never executed.", now, executed=False)
                continue
            Message.objects.filter(pk=message.pk).update(
                state=State.SENT, session=session, attempts=F("attempts") + 1, sent_at=now
            )
            message.state, message.session = State.SENT, session
            return message
        if message.checks >= conf.CHECK_ATTEMPTS:
            give_up(message, "QuickBooks was asked several times and never told its outcome.", now)
            continue
        Message.objects.filter(pk=message.pk).update(checks=F("checks") + 1)
        body = envelope.document(
            [],
            version=session.company.qbxml_version,
            on_error="continueOnError",
            new_message_set_id=message.message_set_id,
            old_message_set_id=message.message_set_id,
        )
        return _create(session, Kind.CHECK, body, now, about=message)
    session.recovering = False
    return None


def give_up(message: Message, reason: str, now: datetime, *, executed: bool = True) -> list[Request]:
    """The outcome stays open (or nothing was executed, ever): its requests are closed so, for others to decide."""
    state = State.UNDECIDED if executed else State.REFUSED
    Message.objects.filter(pk=message.pk).update(state=state)
    left = out(message)
    ids = list(left.values_list("id", flat=True))
    if not executed:
        return outbox.refuse(ids, reason)
    left.update(state=Request.State.UNKNOWN, status_message=reason, closed_at=now)
    return list(Request.objects.filter(id__in=ids, state=Request.State.UNKNOWN))


# Clearing ------------------------------------------------------------------------------------------------


def _to_clear(company: Company) -> models.QuerySet[Message]:
    return Message.objects.filter(company=company, to_clear=True)


def _clear(session: Session, now: datetime) -> Message | None:
    """Let QuickBooks forget one confirmed outcome: last in a session, and only so many of them."""
    if session.clears >= conf.CLEARS_PER_SESSION:
        return None
    message = _to_clear(session.company).order_by("id").first()
    if message is None:
        return None
    session.clears += 1
    body = envelope.document(
        [],
        version=session.company.qbxml_version,
        on_error="continueOnError",
        old_message_set_id=message.message_set_id,
    )
    return _create(session, Kind.CLEAR, body, now, about=message)


# Losing --------------------------------------------------------------------------------------------------


def lose(message: Message, now: datetime) -> list[Request]:
    """No answer will come: a write must be found out about, anything else is asked again. Returns what closed."""
    if message.kind == Kind.WRITE:
        lost = Message.objects.filter(pk=message.pk, state=State.SENT).update(state=State.LOST)
        if lost:
            message.state = State.LOST
        return []
    Message.objects.filter(pk=message.pk, state=State.SENT).update(state=State.ABANDONED)
    if message.kind != Kind.READ:
        return []
    return ask_again(message, now, "No answer came.")


def ask_again(message: Message, now: datetime, reason: str) -> list[Request]:
    """Queue a read's requests again; those asked too often are refused, and a pull's window starts again."""
    pages = list(out(message).filter(pull__isnull=False).select_related("pull"))
    ordinary = out(message).filter(pull__isnull=True)
    exhausted = list(ordinary.filter(attempts__gte=conf.REQUEST_ATTEMPTS).values_list("id", flat=True))
    closed = outbox.refuse(exhausted, f"{reason} It was asked {conf.REQUEST_ATTEMPTS} times.") if exhausted else []
    outbox.give_back(ordinary)
    for page in pages:
        pulls.lost(page, now)
    return closed


def out(message: Message) -> models.QuerySet[Request]:
    """The requests of a message that have no answer yet."""
    return Request.objects.filter(message=message, state=Request.State.SENT)


def unreadable(message: Message, now: datetime) -> None:
    """An answer that nothing can be made of: a write is checked as if it had none, a read is given up.

    Of several reads each is asked again alone, since the fault of one must not end the others.
    """
    if message.kind in {Kind.WRITE, Kind.CHECK}:
        state = State.LOST if message.kind == Kind.WRITE else State.ABANDONED
        Message.objects.filter(pk=message.pk).update(state=state, checks=0)
        return
    Message.objects.filter(pk=message.pk).update(state=State.ABANDONED)
    if outbox.apart(out(message)):
        return
    ids = list(out(message).values_list("id", flat=True))
    pulls.refused(outbox.refuse(ids, "QuickBooks's answer could not be processed."), now)
