"""Pulls: every record of a type, or every changed one, in windows with an iterator inside each.

1. A full pull counts first and cuts itself into windows of time that are small enough to start again.
2. Each window is one iterator: its first page may be asked in any session, the others only in the same one. Where
   little is to be expected, the first page asks for little, so that those of several pulls may share a message.
3. When a session dies, its window starts again; complete windows are kept.
4. The watermark is the highest TimeModified seen, in QuickBooks's own wall clock, for the next pull's `since`.

Rule     a pull is written here, but for its end when a person cancels a page of it (qbwc.outbox) and its deletion
         (qbwc.keeping); pages are ordinary requests, and the floor above sees them as such
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from qbwc import outbox, windows
from qbwc.answers import Part
from qbwc.conf import conf
from qbwc.kinds import LISTS, SMALL_PAGE
from qbwc.models import Company, Pull, Request, Session
from qbwc.qbxml import build, catalogue
from qbwc.windows import Window

ITERATOR_LOST = 3391
NOTHING_FOUND = 1
ERRORS_FROM = 1000
PAGE_RECORDS_MIN = 10
UNENDED = (Pull.State.OPEN, Pull.State.PAUSED)
SMALL_PAGE_TRANSACTIONS = 25  # their lines make them larger than a list's records
SPANS = {
    "ModifiedDateRangeFilter": ("FromModifiedDate", "ToModifiedDate"),
    "DeletedDateRangeFilter": ("FromDeletedDate", "ToDeletedDate"),
}
# Filters that exclude a window of TimeModified …
OTHER_BRANCHES = {"ListID", "TxnID", "FullName", "RefNumber", "RefNumberCaseSensitive", "TxnDateRangeFilter"}
# … and those that are one: the caller's own stands, and is not cut into others.
OWN_WINDOWS = {"FromModifiedDate", "ToModifiedDate", *SPANS}


def start(
    company: Company,
    name: str,
    *,
    since: str = "",
    filters: Mapping[str, Any] | None = None,
    reference: str = "",
    known: str = "",
) -> Pull:
    """Begin a pull, or return the one that is open under this reference; BadRequest if QuickBooks lacks it.

    ``known`` is a TimeModified that QuickBooks has shown before, of whatever record: the watermark where none is found.
    """
    page_size = conf.PAGE_RECORDS if _is_list(name) else conf.PAGE_TRANSACTIONS
    pull = Pull(
        company=company,
        name=name,
        filters=dict(filters or {}),
        since=since[:19],
        reference=reference,
        watermark=(since or known)[:19],
        page_size=page_size,
        windows=[windows.new(since[:19])],
    )
    pull.counting = pull.windows[0]["counting"] = _counts(pull)
    try:
        with transaction.atomic():
            pull.save(force_insert=True)
            if pull.counting:
                _count(pull, pull.windows[0])
            else:
                _start_window(pull, pull.windows[0])
    except IntegrityError:
        existing = open_for(company, reference)
        if existing is None:
            raise
        return existing
    return pull


def any_open(company: Company, references: Iterable[str]) -> bool:
    """Whether a pull under one of these references has not ended."""
    return Pull.objects.filter(company=company, reference__in=list(references), state__in=UNENDED).exists()


def open_for(company: Company, reference: str) -> Pull | None:
    """The pull under this reference that has not ended; it may be paused."""
    return Pull.objects.filter(company=company, reference=reference, state__in=UNENDED).first()


def pause(pull_id: int) -> bool:
    """Ask for nothing more of it until it is resumed; False if it is not open.

    A page that is out is heard as any other request, and its window starts again.
    """
    with transaction.atomic():
        pull = Pull.objects.select_for_update(no_key=True).get(pk=pull_id)
        if pull.state != Pull.State.OPEN:
            return False
        outbox.end_pages(pull, timezone.now())
        outbox.part_from_pull(pull)
        pull.state = Pull.State.PAUSED
        _save(pull)
    return True


def resume(pull_id: int) -> bool:
    """Go on with the first window that is not complete; False if it was not paused."""
    with transaction.atomic():
        pull = Pull.objects.select_for_update(no_key=True).select_related("company").get(pk=pull_id)
        if pull.state != Pull.State.PAUSED:
            return False
        pull.state = Pull.State.OPEN
        if pull.counting:
            for window in pull.windows:
                if window["counting"]:
                    _count(pull, window, started=True)
            _cut(pull, timezone.now())
        else:
            _begin_again(pull, windows.current(pull.windows))
        _save(pull)
    return True


def rewind(pull_id: int) -> bool:
    """Forget what a paused pull has read: it begins anew once it is resumed. False if it is not paused."""
    with transaction.atomic():
        pull = Pull.objects.select_for_update(no_key=True).get(pk=pull_id)
        if pull.state != Pull.State.PAUSED:
            return False
        pull.windows, pull.received, pull.counted = [windows.new(pull.since)], 0, None
        pull.counting = pull.windows[0]["counting"] = _counts(pull)
        _save(pull)
    return True


def stop(pull_id: int, reason: str) -> bool:
    """End a pull that is no longer wanted; what is out is answered, and nobody hears of it. False if it has ended."""
    with transaction.atomic():
        pull = Pull.objects.select_for_update(no_key=True).get(pk=pull_id)
        if pull.state not in UNENDED:
            return False
        _fail(pull, reason, timezone.now())
        _save(pull)
    return True


def fraction(pull: Pull) -> float:
    """How much of it is here, by records where their number is known."""
    if pull.state not in UNENDED:
        return 1.0
    known = max(pull.counted or 0, sum(window["total"] or window["count"] or 0 for window in pull.windows))
    return min(0.99, pull.received / known) if known else 0.0


# What happens to its requests ----------------------------------------------------------------------------


def answered(pull: Pull, request: Request, part: Part, session: Session, now: datetime) -> bool:
    """Take the answer to one of its requests, and queue what follows; whether it was a page with records."""
    window = windows.find(pull.windows, request.window)
    if pull.state != Pull.State.OPEN or window is None:
        return False
    if pull.counting:
        usable = part.status is not None and part.status < ERRORS_FROM
        windows.counted(pull.windows, window, (part.count or 0) if usable else None)
        _cut(pull, now)
        _save(pull)
        return False
    page = _take_page(pull, window, part, session, now)
    _save(pull)
    return page


def _take_page(pull: Pull, window: Window, part: Part, session: Session, now: datetime) -> bool:
    if part.status == ITERATOR_LOST:
        _restart(pull, window, f"QuickBooks no longer knows the iterator: {part.message}", now)
        return False
    if part.status is None or part.status >= ERRORS_FROM:
        _fail(pull, f"QuickBooks answered {part.status}: {part.message}", now)
        return False
    pull.watermark = max(pull.watermark, part.modified)
    remaining = part.remaining or 0
    problem = windows.take_page(window, part.records, part.count, remaining)
    pull.received = sum(each["received"] for each in pull.windows)
    if problem:
        _restart(pull, window, problem, now)
    elif remaining:
        _continue(pull, window, part.iterator_id, session)
    else:
        _next_window(pull, now)
    return True


def lost(page: Request, now: datetime) -> None:
    """No answer came to one of a pull's requests: its window starts again, in whatever session comes."""
    if page.pull_id is None:
        return
    pull = Pull.objects.get(pk=page.pull_id or 0)
    _end(page, now)
    window = windows.find(pull.windows, page.window)
    if pull.state != Pull.State.OPEN or window is None:
        return
    _restart(pull, window, "No answer came", now, fault=False)
    _save(pull)


def refused(requests: Iterable[Request], now: datetime) -> None:
    """A pull one of whose requests was refused ends with the reason."""
    for request in requests:
        if request.pull_id is not None:
            pull = Pull.objects.get(pk=request.pull_id)
            if pull.state == Pull.State.OPEN:
                _fail(pull, request.status_message, now)
                _save(pull)


def session_ended(session: Session, now: datetime) -> None:
    """The iterators of this session are gone; their windows start again in the next."""
    for page in outbox.drop_bound(session.pk, now):
        lost(page, now)


def smaller_pages(message_id: int) -> None:
    """QuickBooks ran out of memory: whatever pulls this message served ask for less from now on."""
    for pull in Pull.objects.filter(requests__message_id=message_id, state=Pull.State.OPEN).distinct():
        pull.page_size = max(PAGE_RECORDS_MIN, pull.page_size // 2)
        pull.save(update_fields=["page_size"])


# Moving on -----------------------------------------------------------------------------------------------


def _cut(pull: Pull, now: datetime) -> None:
    """Once all counts are here, split what is too large and count on; when nothing is, start the first window."""
    if any(window["counting"] for window in pull.windows):
        return
    pull.windows, uncounted = windows.cut(pull.windows, conf.WINDOW_RECORDS, conf.WINDOWS, now.date())
    for window in uncounted:
        _count(pull, window, started=True)
    if uncounted:
        return
    pull.counting = False
    pull.windows = windows.merge(pull.windows, conf.WINDOW_RECORDS)
    pull.counted = sum(window["count"] or 0 for window in pull.windows)
    _next_window(pull, now)


def _next_window(pull: Pull, now: datetime) -> None:
    window = windows.current(pull.windows)
    if window is None:
        pull.state, pull.closed_at, pull.problem = Pull.State.DONE, now, ""
    else:
        _start_window(pull, window, started=True)


def _start_window(pull: Pull, window: Window, *, started: bool = False) -> None:
    iterates = catalogue.request(pull.name).iterator
    attributes = {"iterator": "Start"} if iterates else {}
    _page(pull, window, attributes, page_size=_first_page(pull, window) if iterates else 0, started=started)


def _first_page(pull: Pull, window: Window) -> int:
    """Few records where few are expected: of what changed lately, or in a window whose count says so."""
    small = SMALL_PAGE if _is_list(pull.name) else SMALL_PAGE_TRANSACTIONS
    lately = bool(pull.since) or any("Modified" in name for name in pull.filters)
    few = lately if window["count"] is None else window["count"] <= small
    return min(pull.page_size, small) if few else pull.page_size


def _continue(pull: Pull, window: Window, iterator_id: str, session: Session) -> None:
    attributes = {"iterator": "Continue", "iteratorID": iterator_id}
    _page(pull, window, attributes, page_size=pull.page_size, started=True, session_id=session.pk)


def _count(pull: Pull, window: Window, *, started: bool = False) -> None:
    _page(pull, window, {"metaData": "MetaDataOnly"}, started=started)


def _page(
    pull: Pull,
    window: Window,
    attributes: Mapping[str, str],
    *,
    page_size: int = 0,
    started: bool,
    session_id: int | None = None,
) -> None:
    company = pull.company
    body = build.build(
        pull.name,
        _data(pull, window, page_size),
        version=company.qbxml_version,
        country=company.country,
        attributes=attributes,
    )
    outbox.enqueue_page(
        pull,
        body,
        window=windows.key(window),
        session_id=session_id,
        started=started,
        checked_for=f"{company.qbxml_version} {company.country}",
    )


def _restart(pull: Pull, window: Window, reason: str, now: datetime, *, fault: bool = True) -> None:
    """Begin a window again; that sessions die is usual, that QuickBooks contradicts itself is not."""
    pull.problem = reason
    pull.restarts += 1
    window["faults"] += fault
    if window["faults"] >= conf.WINDOW_ATTEMPTS or pull.restarts > conf.PULL_RESTARTS:
        _fail(pull, f"{reason}. It came to that {max(window['faults'], pull.restarts)} times.", now)
        return
    if pull.counting:
        _count(pull, window, started=True)
        return
    _begin_again(pull, window)


def _begin_again(pull: Pull, window: Window | None) -> None:
    if window is not None:
        windows.restart(window)
        pull.received = sum(each["received"] for each in pull.windows)
        _start_window(pull, window, started=True)


def _fail(pull: Pull, problem: str, now: datetime) -> None:
    pull.state, pull.problem, pull.closed_at = Pull.State.FAILED, problem, now
    outbox.end_pages(pull, now)


def _end(page: Request, now: datetime) -> None:
    outbox.end_page(page.pk, now)


def _save(pull: Pull) -> None:
    pull.save(
        update_fields=[
            "windows", "counting", "counted", "received", "watermark", "state", "problem", "restarts", "closed_at",
        ]
    )  # fmt: skip


# What a page asks ----------------------------------------------------------------------------------------


def _is_list(name: str) -> bool:
    return name.removesuffix("Query") in LISTS | {"Item", "Entity"}


def _counts(pull: Pull) -> bool:
    """Whether it begins with counting, so that it can be cut into windows."""
    known = catalogue.request(pull.name)
    return known.metadata and known.iterator and not pull.since and bool(_span(pull))


def _span(pull: Pull) -> str:
    """How this query takes a window of time; empty if it can't."""
    known = catalogue.request(pull.name)
    if (OTHER_BRANCHES | OWN_WINDOWS) & set(pull.filters):
        return ""
    if known.find("FromModifiedDate") is not None:
        return "FromModifiedDate"
    return next((name for name in SPANS if known.find(name) is not None), "")


def _data(pull: Pull, window: Window, page_size: int) -> dict[str, Any]:
    data: dict[str, Any] = dict(pull.filters)
    if page_size:
        data["MaxReturned"] = page_size
    known = catalogue.request(pull.name)
    if known.find("ActiveStatus") is not None and not OTHER_BRANCHES & set(data):
        data.setdefault("ActiveStatus", "All")  # QuickBooks's own default leaves inactive records out
    span = _span(pull)
    bounds = {"from": window["from"], "to": window["to"]}
    names = SPANS.get(span, ("FromModifiedDate", "ToModifiedDate"))
    limits = {name: bounds[end] for name, end in zip(names, bounds, strict=True) if bounds[end]}
    if span in SPANS and limits:
        data[span] = limits
    elif span:
        data.update(limits)
    return data
