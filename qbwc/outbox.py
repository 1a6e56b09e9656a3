"""The durable queue of qbXML requests of every company: what the floor above calls.

Words    queued     not yet seen by the Web Connector; ready, or waiting for a request or for a moment
         sent       handed over; QuickBooks may or may not have executed it
         answered   its answer is stored, whatever it says
         announced  the floor above was told that it is closed, and has written down what that means to it
Rule     a request's state changes here, in qbwc.messages (handed over, in doubt) and in qbwc.settle (answered), always
         by compare-and-swap; qbwc.keeping masks and forgets what is closed
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from qbwc import facts, kinds, rows
from qbwc.conf import conf
from qbwc.models import Company, Message, Pull, Request
from qbwc.qbxml import build, read
from qbwc.qbxml.errors import BadRequest, BadResponse

State = Request.State
FIRST = 1_000_000  # the priority of what continues an iterator; nothing else goes before it
LISTING = 15  # of what begins one: what is read before a write is sent may show that it is not needed


class NotPossible(Exception):
    """The request is in a state that does not allow this."""


# Putting in ----------------------------------------------------------------------------------------------


def enqueue(
    company: Company,
    name: str,
    data: Mapping[str, Any] | None = None,
    *,
    body: str = "",
    reference: str = "",
    priority: int = 0,
    depends_on: Request | int | None = None,
    not_before: datetime | None = None,
    repeat_minutes: int | None = None,
) -> Request:
    """Queue one request, given as plain data or as the text of its Rq element; BadRequest if it is not valid, or
    if QuickBooks has told that it cannot take it (rule "unavailable").

    `@{ListID}` and the like inside its values are filled from the answer of the request it depends on.
    """
    version, country = company.qbxml_version, company.country
    if body:
        body = build.check(body, version=version, country=country)
        name = name or name_of(body)
        if name_of(body) != name:
            raise ValueError(f"the body is a {name_of(body)}, not a {name}")
    else:
        body = build.build(name, data or {}, version=version, country=country)
    if reason := facts.refusal(name, body, company.facts):
        raise BadRequest(name, "unavailable", None, reason)
    request = Request(
        company=company,
        name=name,
        body=body,
        reference=reference,
        priority=priority,
        not_before=not_before,
        repeat_minutes=repeat_minutes,
        checked_for=f"{version} {country}",
        ready=not_before is None or not_before <= timezone.now(),
    )
    return _depending(request, depends_on)


def _depending(request: Request, parent: Request | int | None) -> Request:
    if parent is None:
        request.save(force_insert=True)
        return request
    parent_id = parent.pk if isinstance(parent, Request) else parent
    with transaction.atomic():
        # The update takes the row's lock, so the parent cannot be closed between this look and our insert.
        if not Request.objects.filter(pk=parent_id, company_id=request.company_id).update(awaited=True):
            raise ValueError(f"request {parent_id} does not exist in this company")
        found = Request.objects.get(pk=parent_id)
        request.depends_on = found
        done = found.state == State.ANSWERED and not found.failed
        request.ready = request.ready and done
        if found.failed and found.state != State.UNKNOWN:
            request.state, request.closed_at = State.CANCELLED, timezone.now()
            request.status_message = _why_parked(found.pk, found.state, found.status_message)
        request.save(force_insert=True)
    return request


def name_of(body: str) -> str:
    """`<CustomerAddRq requestID="1">…` is a CustomerAdd."""
    match = re.match(r"\s*<(\w+)Rq[\s/>]", body)
    if match is None:
        raise ValueError("the body does not begin with an Rq element")
    return match.group(1)


def hold(company: Company, seconds: int) -> None:
    """Work is being prepared: until then an empty queue keeps the session waiting instead of ending it."""
    until = timezone.now() + timedelta(seconds=seconds) if seconds > 0 else None
    Company.objects.filter(pk=company.pk).update(held_until=until)
    company.held_until = until


# Asking --------------------------------------------------------------------------------------------------


def has_work(company: Company) -> bool:
    """Whether a session would find something to do now; what another session had out counts, since it is found out."""
    now = timezone.now()
    if company.held_until is not None and company.held_until > now:
        return True
    queue = Request.objects.filter(company=company, state=State.QUEUED)
    if queue.filter(ready=True).exists() or due(company, now).exists():
        return True
    in_flight = [Message.State.SENT, Message.State.KEPT, Message.State.LOST, Message.State.AGAIN]
    return Message.objects.filter(company=company, state__in=in_flight).exists()


def any_ready(company: Company) -> bool:
    """Whether a session that goes on will be handed something."""
    return Request.objects.filter(company=company, state=State.QUEUED, ready=True).exists()


def due(company: Company, now: datetime) -> QuerySet[Request]:
    """Queued requests whose moment has come and whose parent is answered, but which are not marked ready."""
    return Request.objects.filter(
        Q(not_before__isnull=True) | Q(not_before__lte=now),
        Q(depends_on__isnull=True) | Q(depends_on__state=State.ANSWERED, depends_on__status_code__lt=1000),
        company=company,
        state=State.QUEUED,
        ready=False,
    )


def release_due(company: Company, now: datetime) -> int:
    ids = list(due(company, now).values_list("id", flat=True)[: conf.SWEEP_ROWS])
    return Request.objects.filter(id__in=ids, state=State.QUEUED).update(ready=True) if ids else 0


def doubtful(company: Company) -> QuerySet[Message]:
    """Messages whose outcome must be found out, or which must go again, before anything else is written."""
    return Message.objects.filter(
        company=company, state__in=[Message.State.LOST, Message.State.AGAIN], kind=Message.Kind.WRITE
    )


def unannounced(company: Company | None = None) -> QuerySet[Request]:
    """Closed requests that the floor above has not consumed yet, oldest first."""
    found = Request.objects.filter(announced=False, closed_at__isnull=False)
    if company is not None:
        found = found.filter(company=company)
    return found.select_related("company", "answered_in", "message", "pull").order_by("closed_at", "id")


def read_answer(request: Request) -> read.Result:
    """The request's answer as a Result; BadResponse if there is none."""
    answer = request.answer
    found = read.read(f"<QBXML><QBXMLMsgsRs>{answer}</QBXMLMsgsRs></QBXML>")
    if not found.results:  # it was not kept, or is kept no more
        raise BadResponse(f"there is no answer to request {request.pk}")
    return found.results[0]


# Ending --------------------------------------------------------------------------------------------------


def cancel(request_id: int, reason: str = "Cancelled.", *, queued_only: bool = False) -> bool:
    """End a request that is not out; what waits for it is cancelled too. False if it is out or closed.

    An unknown one is ended, too, for nobody will ask about it any more, unless only what was never out shall be.
    """
    with transaction.atomic():
        states = [State.QUEUED] if queued_only else [State.QUEUED, State.UNKNOWN]
        open_still = Request.objects.filter(pk=request_id, state__in=states)
        changed = open_still.update(
            state=State.CANCELLED, status_message=reason, closed_at=timezone.now(), announced=False
        )
        if not changed:
            return False
        request = Request.objects.get(pk=request_id)
        if request.awaited:
            park([request])
        if request.pull_id is not None:
            Pull.objects.filter(pk=request.pull_id, state=Pull.State.OPEN).update(
                state=Pull.State.FAILED, problem=reason, closed_at=timezone.now()
            )
    return True


def resend(request_id: int) -> Request:
    """Queue a closed request again, as it was.

    A person or the floor above decides this: for an unknown one it means "I looked, and it was not done".
    What was done cannot be sent again this way.
    """
    with transaction.atomic():
        request = Request.objects.select_for_update(no_key=True).get(pk=request_id)
        done = request.state == State.ANSWERED and not request.failed
        if request.state not in Request.CLOSED:
            raise NotPossible(f"Request {request_id} is {request.state}: it cannot be sent again.")
        if done and not kinds.is_read(request.name):
            raise NotPossible(f"Request {request_id} was done: sent again, it would be done twice.")
        if request.pull_id is not None:
            raise NotPossible(f"Request {request_id} is a page of a pull: start the pull again instead.")
        parent = request.depends_on
        request.state = State.QUEUED
        request.ready = request.not_before is None and (
            parent is None or (parent.state == State.ANSWERED and not parent.failed)
        )
        request.not_before = None
        request.alone = request.alone or not kinds.is_read(request.name)
        request.message = request.answered_in = request.status_code = None
        request.status_message, request.recovered, request.announced = "", False, False
        request.attempts, request.sent_at, request.closed_at = 0, None, None
        request.save()
    return request


def refuse(ids: Sequence[int], reason: str, *, code: int | None = None) -> list[Request]:
    """Quarantine queued requests; returns all that are closed by it, dependants included."""
    now = timezone.now()
    Request.objects.filter(id__in=ids, state__in=[State.QUEUED, State.SENT]).update(
        state=State.REFUSED, status_code=code, status_message=reason, closed_at=now
    )
    refused = list(Request.objects.filter(id__in=ids, state=State.REFUSED).select_related("pull"))
    return refused + park(refused)


def park(failed: Iterable[Request]) -> list[Request]:
    """Cancel whatever waits for these, and what waits for that, each with the reason; returns them."""
    parked: list[Request] = []
    level = [request for request in failed if request.awaited]
    while level:
        now = timezone.now()
        following: list[Request] = []
        for parent in level:
            children = Request.objects.filter(depends_on=parent, state=State.QUEUED)
            reason = _why_parked(parent.pk, parent.state, parent.status_message)
            ids = list(children.values_list("id", flat=True))
            Request.objects.filter(id__in=ids, state=State.QUEUED).update(
                state=State.CANCELLED, status_message=reason, closed_at=now
            )
            following += Request.objects.filter(id__in=ids, state=State.CANCELLED)
        parked += following
        level = [request for request in following if request.awaited]
    return parked


def _why_parked(parent_id: int, state: str, message: str) -> str:
    return f"Not sent: it waits for request {parent_id}, which is {state}" + (f" ({message})" if message else "")


def release_dependants(parents: Iterable[Request]) -> None:
    """What waited for these may go now, unless its moment has not come."""
    ids = [request.pk for request in parents if request.awaited]
    if ids:
        now = timezone.now()
        moment = Q(not_before__isnull=True) | Q(not_before__lte=now)
        Request.objects.filter(moment, depends_on_id__in=ids, state=State.QUEUED).update(ready=True)


def repeat(request: Request, now: datetime) -> Request:
    """The next turn of a recurring request; the one before stays as it ended."""
    return Request.objects.create(
        company_id=request.company_id,
        name=request.name,
        body=request.body,
        reference=request.reference,
        priority=request.priority,
        not_before=now + timedelta(minutes=request.repeat_minutes or 0),
        repeat_minutes=request.repeat_minutes,
        checked_for=request.checked_for,
        ready=False,
    )


def enqueue_page(
    pull: Pull, body: str, *, window: str = "", session_id: int | None = None, started: bool, checked_for: str
) -> Request:
    """A request of a pull. Once started it goes first; what continues an iterator, in its own session only."""
    return Request.objects.create(
        company_id=pull.company_id,
        name=pull.name,
        body=body,
        reference=pull.reference,
        pull=pull,
        window=window,
        bound_to_id=session_id,
        priority=FIRST if started else LISTING,
        checked_for=checked_for,
    )


def mark_announced(ids: Sequence[int]) -> None:
    rows.update(Request, {"announced": True}, f"id IN ({rows.marks(ids)})", ids)


def give_back(requests: QuerySet[Request]) -> int:
    """Queue again what was out, unchanged and in its old place."""
    return requests.update(state=State.QUEUED, message=None, sent_at=None)


def apart(requests: QuerySet[Request]) -> bool:
    """Queue again what was out in one message, each alone from now on; False where there was only one."""
    if len(requests.values_list("pk")[:2]) < 2:
        return False
    requests.update(alone=True)
    return bool(give_back(requests))


def drop_bound(session_id: int, now: datetime) -> list[Request]:
    """End the pages that only a session now dead could have fetched; returns them."""
    pages = Request.objects.filter(bound_to_id=session_id, state__in=[State.QUEUED, State.SENT])
    found = list(pages)
    _end_quietly(pages, now)
    return found


def end_page(request_id: int, now: datetime) -> None:
    _end_quietly(Request.objects.filter(pk=request_id, state__in=[State.QUEUED, State.SENT]), now)


def end_pages(pull: Pull, now: datetime) -> None:
    _end_quietly(Request.objects.filter(pull=pull, state=State.QUEUED), now)


def part_from_pull(pull: Pull) -> None:
    """What is out is no longer a page of it."""
    Request.objects.filter(pull=pull, state=State.SENT).update(pull=None)


def _end_quietly(pages: QuerySet[Request], now: datetime) -> None:
    """Their pull goes on with others, or tells what stopped it; nobody needs to hear of these."""
    pages.update(
        state=State.CANCELLED,
        status_message="Its window starts again, or its pull ended.",
        closed_at=now,
        announced=True,
    )


def count_queue(company: Company, at_most: int = 10_000) -> int:
    """How much is queued, counted no further than that."""
    queue = Request.objects.filter(company=company, state=State.QUEUED, ready=True)
    return queue.order_by()[:at_most].count()
