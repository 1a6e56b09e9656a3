"""What is kept of old messages, and for how long: masked and cut once settled, gone after the retention.

Rule     only what the floor above has consumed is touched; what somebody must still look at is never deleted
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from qbwc import throttle
from qbwc.conf import conf
from qbwc.masking import masked
from qbwc.models import Message, Pull, Request, Session

SETTLED = (Message.State.ANSWERED, Message.State.REFUSED, Message.State.ABANDONED)


def tidy(now: datetime) -> dict[str, int]:
    rows = int(conf.SWEEP_ROWS)
    return {
        "masked": _mask(rows),
        "deleted": _delete(now - timedelta(days=conf.KEEP_DAYS), rows),
        "failures": throttle.forget_old(now, rows),
    }


def _mask(rows: int) -> int:
    """Mask and cut messages that nobody reads any more for their content."""
    waiting = Request.objects.filter(answered_in=OuterRef("pk"), announced=False)
    open_still = Request.objects.filter(message=OuterRef("pk"), closed_at__isnull=True)
    settled = Message.objects.filter(~Exists(waiting), ~Exists(open_still), tidied=False, state__in=SETTLED)
    found = list(settled.order_by("id").only("id", "body", "response", "parts")[:rows])
    unchanged = []
    for message in found:
        body, response = _kept(message.body), _kept(message.response)
        if (body, response) == (message.body, message.response):
            unchanged.append(message.pk)
            continue
        parts = {name: span for name, span in message.parts.items() if span[1] <= len(response)}
        Message.objects.filter(pk=message.pk).update(body=body, response=response, parts=parts, tidied=True)
    Message.objects.filter(pk__in=unchanged).update(tidied=True)
    _mask_requests([message.pk for message in found])
    return len(found)


def _mask_requests(message_ids: list[int]) -> None:
    rows = Request.objects.filter(message_id__in=message_ids, state=Request.State.ANSWERED, repeat_minutes__isnull=True)
    for request in rows.only("id", "body"):
        body = masked(request.body)
        if body != request.body:
            Request.objects.filter(pk=request.pk).update(body=body)


def _kept(text: str) -> str:
    return masked(text[: int(conf.KEEP_BYTES)])


def _delete(before: datetime, rows: int) -> int:
    closed = Request.objects.filter(closed_at__lt=before, announced=True).exclude(state=Request.State.UNKNOWN)
    ids = list(closed.order_by("closed_at").values_list("id", flat=True)[:rows])
    Request.objects.filter(id__in=ids).delete()
    in_use = Request.objects.filter(message=OuterRef("pk"))
    answers = Request.objects.filter(answered_in=OuterRef("pk"))
    old = Message.objects.filter(
        ~Exists(in_use), ~Exists(answers), sent_at__lt=before, to_clear=False, state__in=SETTLED
    )
    message_ids = list(old.values_list("id", flat=True)[:rows])
    Message.objects.filter(id__in=message_ids).delete()
    left = Message.objects.filter(session=OuterRef("pk"))
    sessions = Session.objects.filter(~Exists(left), closed_at__lt=before)
    Session.objects.filter(id__in=list(sessions.values_list("id", flat=True)[:rows])).delete()
    pages = Request.objects.filter(pull=OuterRef("pk"))
    pulls = Pull.objects.filter(~Exists(pages), closed_at__lt=before)
    Pull.objects.filter(id__in=list(pulls.values_list("id", flat=True)[:rows])).delete()
    return len(ids) + len(message_ids)
