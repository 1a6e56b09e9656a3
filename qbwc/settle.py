"""What an answer means to the message it answers, and to the requests in that.

Rule     the raw answer and the states that follow from it are committed together; receivers hear of it afterwards
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qbwc import identity, messages, outbox, pulls, rows
from qbwc.answers import Answers, Part, look
from qbwc.conf import conf
from qbwc.models import Company, Message, Pull, Request, Session
from qbwc.qbxml import status
from qbwc.qbxml.errors import BadResponse

Kind, State = Message.Kind, Message.State
NEVER_EXECUTED = 600
NO_STORED_RESPONSE = 9002
VERSION_REFUSED = "0x80040423"
READ_ONLY = 3263
OUT_OF_MEMORY = "0x8004040E"
NO_ANSWERS = Answers(None, ())


@dataclass
class Settled:
    """What one answer brought: the requests it closed, and why the session must end, if it must."""

    closed: list[Request] = field(default_factory=list)
    stop: str = ""
    pulls_done: int = 0


def executed_nothing(hresult: str) -> bool:
    """QuickBooks looked at the document as a whole and refused it."""
    return status.explain_hresult(hresult).policy == "FIX_REQUEST"


def store(message: Message, response: str, state: Message.State, now: datetime, parts: dict[str, list[int]]) -> None:
    changes = {
        "state": state,
        "response": response,
        "parts": parts,
        "answered_at": now,
        "to_clear": message.kind == Kind.WRITE and state == State.ANSWERED,
    }
    rows.update(Message, changes, "id = %s", [message.pk])
    for name, value in changes.items():
        setattr(message, name, value)


def settle(session: Session, message: Message, response: str, now: datetime) -> Settled:
    """Store an answer and close what it answers."""
    try:
        answers = look(response)
    except BadResponse:
        answers = NO_ANSWERS
    match message.kind:
        case Kind.IDENTITY:
            store(message, response, State.ANSWERED, now, {})
            return Settled(stop=identity.check_answer(session, response, now))
        case Kind.CLEAR:
            store(message, response, State.ANSWERED, now, {})
            Message.objects.filter(pk=message.about_id or 0).update(to_clear=False)
            return Settled()
        case Kind.CHECK:
            return _settle_check(session, message, answers, response, now)
        case _:
            return _settle_requests(session, message, answers, response, now)


def _settle_requests(session: Session, message: Message, answers: Answers, response: str, now: datetime) -> Settled:
    requests = _requests_of(message)
    by_id = answers.by_request()
    answered = _told(requests, by_id)
    missing = len(answered) < len(requests)
    incomplete_write = missing and message.kind == Kind.WRITE
    spans = {request_id: [part.start, part.end] for request_id, part in by_id.items()}
    store(message, response, State.LOST if incomplete_write else State.ANSWERED, now, spans)
    settled = _close(session, message, answered, by_id, now)
    if incomplete_write:
        session.recovering = True
    elif missing and (answered or not outbox.apart(messages.out(message))):
        settled.closed += messages.ask_again(message, now, "QuickBooks's answer did not contain it.")
    return settled


def _requests_of(message: Message) -> list[Request]:
    requests = rows.table(Request)
    sql = (
        f"SELECT {requests.columns('r')} FROM {requests.name} r WHERE message_id = %s AND state = 'sent'"
        f" ORDER BY id{rows.locking('r')}"
    )
    return [requests.make(values) for values in rows.fetch(sql, [message.pk])]


def _told(requests: Sequence[Request], by_id: dict[str, Part]) -> list[Request]:
    """Those that this answers: by number and by kind."""
    return [request for request in requests if (part := by_id.get(str(request.pk))) and part.name == request.name]


def _close(
    session: Session,
    holder: Message,
    requests: Sequence[Request],
    by_id: dict[str, Part],
    now: datetime,
    *,
    recovered: bool = False,
) -> Settled:
    """Close requests with their parts of the answer; equal outcomes share one statement."""
    groups: dict[tuple[int | None, str], list[Request]] = defaultdict(list)
    for request in requests:
        part = by_id[str(request.pk)]
        groups[part.status, part.message].append(request)
    for (code, text), group in groups.items():
        if code == READ_ONLY:
            _remember_read_only(session.company)
        changes: dict[str, Any] = {
            "state": Request.State.ANSWERED,
            "status_code": code,
            "status_message": text,
            "answered_in_id": holder.pk,
            "recovered": recovered,
            "closed_at": now,
        }
        ids = [request.pk for request in group]
        rows.update(Request, changes, f"id IN ({rows.marks(ids)}) AND state = 'sent'", ids)
        for request in group:
            for name, value in changes.items():
                setattr(request, name, value)
            request.answered_in = holder
    settled = _follow_up(session, requests, by_id, now)
    session.done += sum(1 for request in requests if request.pull_id is None) + settled.pulls_done
    return settled


def _remember_read_only(company: Company) -> None:
    """Until the next session, which learns anew: somebody may have added us again by then."""
    company.facts["read_only"] = True
    company.save(update_fields=["facts"])


def _follow_up(session: Session, requests: Sequence[Request], by_id: dict[str, Part], now: datetime) -> Settled:
    """What the end of these requests brings about: pages, dependants, the next turn of a recurring one."""
    settled = Settled(closed=[request for request in requests if request.pull_id is None])
    paged = [request for request in requests if request.pull_id is not None]
    if paged:
        _follow_pulls(session, paged, by_id, now, settled)
    outbox.release_dependants(request for request in settled.closed if not request.failed)
    settled.closed += outbox.park(request for request in settled.closed if request.failed)
    for request in requests:
        if request.repeat_minutes:
            outbox.repeat(request, now)
    return settled


def _follow_pulls(
    session: Session, requests: Sequence[Request], by_id: dict[str, Part], now: datetime, settled: Settled
) -> None:
    """Several answers may belong to one pull, so all of them change the same copy of it."""
    found = Pull.objects.filter(pk__in={request.pull_id for request in requests})
    loaded = {pull.pk: pull for pull in found.select_for_update(of=("self",))}
    for pull in loaded.values():
        pull.company = session.company
    quiet = []
    for request in requests:
        pull = loaded[request.pull_id or 0]
        request.pull = pull
        was_open = pull.state == Pull.State.OPEN
        page = pulls.answered(pull, request, by_id[str(request.pk)], session, now)
        ended = was_open and pull.state != Pull.State.OPEN
        settled.pulls_done += ended
        if page or ended:
            settled.closed.append(request)
        else:
            quiet.append(request.pk)
        session.pull_fraction = pulls.fraction(pull) if pull.state == Pull.State.OPEN else 0.0
    if quiet:
        outbox.mark_announced(quiet)


# Status checks -------------------------------------------------------------------------------------------


def _settle_check(session: Session, check: Message, answers: Answers, response: str, now: datetime) -> Settled:
    """What a status check told about the lost message.

    it says                                    the message    its requests
    each request's status                      answered       answered, recovered
    600: nothing stored under that id          goes again     stay sent
    9002, where the setting says so            goes again     stay sent
    anything else, an empty answer included    undecided      unknown: others must look
    """
    by_id = answers.by_request()
    spans = {request_id: [part.start, part.end] for request_id, part in by_id.items()}
    store(check, response, State.ANSWERED, now, spans)
    lost = Message.objects.filter(pk=check.about_id or 0, state=State.LOST).first()
    if lost is None:
        return Settled()
    code = answers.message_set_status
    never = code == NEVER_EXECUTED or (code == NO_STORED_RESPONSE and conf.get("QBWC_9002_MEANS_NOT_EXECUTED"))
    if never and not by_id:
        Message.objects.filter(pk=lost.pk).update(state=State.AGAIN)
        return Settled()
    requests = _requests_of(lost)
    told = _told(requests, by_id)
    settled = _close(session, check, told, by_id, now, recovered=True)
    if len(told) == len(requests):
        Message.objects.filter(pk=lost.pk).update(state=State.ANSWERED, to_clear=True)
    else:
        said = f"QuickBooks answered {code}" if code else "QuickBooks told nothing"
        reason = f"{said} when asked for the outcome. It may have been executed: look before you send it again."
        settled.closed += messages.give_up(lost, reason, now)
    return settled


# Refusals ------------------------------------------------------------------------------------------------


def refuse(session: Session, message: Message, hresult: str, text: str, now: datetime) -> Settled:
    """QuickBooks reported an error instead of an answer."""
    meaning = status.explain_hresult(hresult)
    nothing = executed_nothing(hresult)
    Message.objects.filter(pk=message.pk).update(hresult=hresult[:20], hresult_message=text, answered_at=now)
    if nothing:
        Message.objects.filter(pk=message.pk).update(state=State.REFUSED)
        return _refuse_whole(session, message, hresult, f"{text or meaning.meaning} ({hresult}) {meaning.remedy}", now)
    if meaning.code == OUT_OF_MEMORY:
        pulls.smaller_pages(message.pk)
        if message.kind == Kind.READ:
            outbox.apart(messages.out(message))
    settled = Settled(closed=messages.lose(message, now))
    session.recovering = session.recovering or message.kind in {Kind.WRITE, Kind.CHECK}
    return settled


def _refuse_whole(session: Session, message: Message, hresult: str, reason: str, now: datetime) -> Settled:
    """Nothing was executed. One request is the culprit; of several, each is sent alone to find it."""
    if message.kind == Kind.IDENTITY:
        return Settled(stop=f"QuickBooks did not tell which company is open: {reason}")
    if message.kind == Kind.CLEAR:
        Message.objects.filter(pk=message.about_id or 0).update(to_clear=False)
        return Settled()
    if message.kind == Kind.CHECK:
        lost = Message.objects.filter(pk=message.about_id or 0, state=State.LOST).first()
        return Settled(
            closed=messages.give_up(lost, f"Its outcome could not be asked for: {reason}", now) if lost else []
        )
    out = messages.out(message)
    ids = list(out.values_list("id", flat=True))
    if status.explain_hresult(hresult).code == VERSION_REFUSED and _lower_version(session.company):
        outbox.give_back(out)
        return Settled()
    if outbox.apart(out):
        session.more = True
        return Settled()
    closed = outbox.refuse(ids, reason)
    pulls.refused(closed, now)
    session.done += len(ids)
    return Settled(closed=closed)


def _lower_version(company: Company) -> bool:
    """Remember that this version was refused, if there is a lower one to speak."""
    refused = company.qbxml_version
    company.facts["refused_versions"] = [*company.facts.get("refused_versions", ()), refused]
    company.save(update_fields=["facts"])
    return company.qbxml_version != refused
