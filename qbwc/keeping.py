"""What is kept of old messages, and for how long: masked and cut once settled, gone after the retention.

Rule     only what the floor above has consumed is touched; what somebody must still look at is never deleted
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.db.models.functions import Greatest, Length

from qbwc import throttle
from qbwc.conf import conf
from qbwc.masking import masked
from qbwc.models import Message, Pull, Request, Session

SETTLED = (Message.State.ANSWERED, Message.State.REFUSED, Message.State.ABANDONED)


def tidy(now: datetime) -> dict[str, int]:
    sweep_rows = int(conf.SWEEP_ROWS)
    return {
        "masked": _mask(sweep_rows),
        "cut": _cut(now - timedelta(hours=conf.KEEP_LARGE_HOURS), sweep_rows),
        "deleted": _delete(now - timedelta(days=conf.KEEP_DAYS), sweep_rows),
        "failures": throttle.forget_old(now, sweep_rows),
    }


def _mask(sweep_rows: int) -> int:
    """Mask what nobody will read any more for its content; of pulls, cut it at once."""
    waiting = Request.objects.filter(answered_in=OuterRef("pk"), announced=False)
    open_still = Request.objects.filter(message=OuterRef("pk"), closed_at__isnull=True)
    pages = Request.objects.filter(message=OuterRef("pk"), pull__isnull=False)
    settled = Message.objects.filter(~Exists(waiting), ~Exists(open_still), tidied=False, state__in=SETTLED)
    found = list(
        settled.annotate(pages=Exists(pages)).order_by("id").only("id", "body", "response", "parts")[:sweep_rows]
    )
    unchanged = []
    for message in found:
        size = int(conf.KEEP_BYTES) if message.pages else None
        body, response = masked(message.body), masked(message.response[:size])
        if (body, response) == (message.body, message.response):
            unchanged.append(message.pk)
            continue
        _write(message, body, response, tidied=True)
    Message.objects.filter(pk__in=unchanged).update(tidied=True)
    _mask_requests([message.pk for message in found])
    return len(found)


def _cut(before: datetime, sweep_rows: int) -> int:
    """Keep only the beginning of large texts."""
    limit = int(conf.KEEP_BYTES)
    old = Message.objects.filter(cut=False, answered_at__lt=before, tidied=True)
    ids = list(old.order_by("answered_at").values_list("id", flat=True)[:sweep_rows])
    sized = Message.objects.filter(id__in=ids).annotate(size=Greatest(Length("body"), Length("response")))
    for message in sized.filter(size__gt=limit).only("id", "body", "response", "parts"):
        _write(message, message.body[:limit], message.response[:limit])
    return Message.objects.filter(id__in=ids).update(cut=True)


def _write(message: Message, body: str, response: str, **changes: bool) -> None:
    parts = {name: span for name, span in message.parts.items() if span[1] <= len(response)}
    Message.objects.filter(pk=message.pk).update(body=body, response=response, parts=parts, **changes)


def _mask_requests(message_ids: list[int]) -> None:
    answered = Request.objects.filter(message_id__in=message_ids, state=Request.State.ANSWERED, repeat_minutes=None)
    for request in answered.only("id", "body"):
        body = masked(request.body)
        if body != request.body:
            Request.objects.filter(pk=request.pk).update(body=body)


def _delete(before: datetime, sweep_rows: int) -> int:
    closed = Request.objects.filter(closed_at__lt=before, announced=True).exclude(state=Request.State.UNKNOWN)
    ids = list(closed.order_by("closed_at").values_list("id", flat=True)[:sweep_rows])
    Request.objects.filter(id__in=ids).delete()
    in_use = Request.objects.filter(message=OuterRef("pk"))
    answers = Request.objects.filter(answered_in=OuterRef("pk"))
    old = Message.objects.filter(
        ~Exists(in_use), ~Exists(answers), sent_at__lt=before, to_clear=False, state__in=SETTLED
    )
    message_ids = list(old.values_list("id", flat=True)[:sweep_rows])
    Message.objects.filter(id__in=message_ids).delete()
    left = Message.objects.filter(session=OuterRef("pk"))
    sessions = Session.objects.filter(~Exists(left), closed_at__lt=before)
    Session.objects.filter(id__in=list(sessions.values_list("id", flat=True)[:sweep_rows])).delete()
    pages = Request.objects.filter(pull=OuterRef("pk"))
    pulls = Pull.objects.filter(~Exists(pages), closed_at__lt=before)
    Pull.objects.filter(id__in=list(pulls.values_list("id", flat=True)[:sweep_rows])).delete()
    return len(ids) + len(message_ids)
