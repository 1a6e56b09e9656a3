"""Telling the floor above what is closed: in a transaction of its own, which never breaks a SOAP call.

What its receivers write is committed together with the mark that they were told. If one fails, nothing of it
stays, and the sweep tells them all again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import groupby

from django.db import transaction

from qbwc import outbox, signals
from qbwc.models import Company, Request, Session

log = logging.getLogger(__name__)


def closed(company: Company, requests: Sequence[Request], session: Session | None) -> bool:
    """Announce requests that are closed; whether every receiver took them."""
    if not requests:
        return True
    try:
        with transaction.atomic():
            _send(company, list(requests), session)
            outbox.mark_announced([request.pk for request in requests])
    except Exception:
        log.exception("a receiver failed on requests of company %s; they are announced again", company.pk)
        return False
    for request in requests:
        request.announced = True
    return True


def _send(company: Company, requests: list[Request], session: Session | None) -> None:
    for request in requests:
        request.company = company
    signals.request_closed.send(sender=Company, requests=requests, session=session)
    paged = {request.pull_id: request.pull for request in requests if request.pull is not None}
    for pull_id, pull in paged.items():
        pages = [request for request in requests if request.pull_id == pull_id]
        signals.pull_progressed.send(sender=Company, pull=pull, requests=pages, session=session)


def pending_of(session: Session) -> None:
    """Announce what was closed in passing, where a session's call says that it closed something."""
    if session.closed_in_passing:
        pending(session.company)


def pending(company: Company | None = None, at_most: int = 500) -> int:
    """Announce again whatever nobody consumed, message by message; how many were taken."""
    rows = list(outbox.unannounced(company)[:at_most])
    taken = 0
    for _, group in groupby(rows, key=lambda request: (request.company_id, request.message_id)):
        requests = list(group)
        if closed(requests[0].company, requests, None):
            taken += len(requests)
    return taken


def kept(company: Company, message_id: int) -> None:
    try:
        signals.answer_kept.send(sender=Company, message_id=message_id)
    except Exception:
        log.exception("nobody could be told of kept message %s; the sweep settles it", message_id)
