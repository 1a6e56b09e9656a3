"""What is done once a minute, whether anybody calls or not."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from qbwc import announce, keeping, messages, pulls, rows, settle
from qbwc.conf import conf
from qbwc.models import Message, Session
from qbwc.session import State
from qbwc.sessions import end, load

log = logging.getLogger(__name__)


def settle_kept(message_id: int) -> bool:
    """Settle an answer that was only stored; False if somebody else did."""
    now = timezone.now()
    with transaction.atomic():
        kept = Message.objects.select_related("session").get(pk=message_id)
        row = load(kept.session.ticket) if kept.session is not None else None
        message = Message.objects.filter(pk=message_id, state=Message.State.KEPT).first()
        if row is None or message is None:
            return False
        settled = settle.settle(row, message, message.response, now)
        changes = {"recovering": row.recovering, "done": row.done, "identity": row.identity}
        if settled.stop and row.closed_at is None:
            changes |= {"state": State.FAILED.value, "last_error": settled.stop}
        rows.update(Session, changes, "id = %s", [row.pk])
        if row.closed_at is not None:
            pulls.session_ended(row, now)
    announce.closed(row.company, settled.closed, row)
    return True


def sweep() -> dict[str, int]:
    """Once a minute: 1. settle kept answers. 2. End sessions that are dead. 3. Announce again what nobody
    consumed. 4. Mask, cut and forget what is old.
    """
    now = timezone.now()
    done = {"settled": 0, "sessions": 0}
    for message_id in Message.objects.filter(state=Message.State.KEPT).values_list("id", flat=True)[: conf.SWEEP_ROWS]:
        done["settled"] += _try_to_settle(message_id, now)
    done["sessions"] = _expire(now)
    done["announced"] = announce.pending(at_most=conf.SWEEP_ROWS)
    return done | keeping.tidy(now)


def _try_to_settle(message_id: int, now: datetime) -> bool:
    """What breaks again and again must not hold up its company for ever."""
    try:
        return settle_kept(message_id)
    except Exception:
        log.exception("kept message %s cannot be settled", message_id)
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
        message.checks += 1
        message.save(update_fields=["checks"])
        if message.checks >= conf.CHECK_ATTEMPTS and message.state == Message.State.KEPT:
            messages.unreadable(message, now)
    return False


def _expire(now: datetime) -> int:
    dead = now - timedelta(hours=conf.SESSION_HOURS)
    silent = Session.objects.filter(closed_at__isnull=True, last_call_at__lt=dead)
    tickets = list(silent.values_list("ticket", flat=True)[: conf.SWEEP_ROWS])
    for ticket in tickets:
        with transaction.atomic():
            row = load(ticket)
            if row is not None and row.closed_at is None:
                end(row, "The session ended: nobody called for a long time.", now)
    return len(tickets)
