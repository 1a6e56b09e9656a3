"""Calls that say that something has changed: each asks for a cycle, and many at once are one or two.

Words    call   a request that is let in; what it says of records is not looked at, since a cycle reads for itself
         news   a call after which no cycle has begun: ``called_at`` says since when
Rules    1 The secret has more than 200 random bits and is kept as a keyed hash: a stolen database lets nobody in.
         2 A call that comes while a cycle runs is news after it: nothing that was said is lost.
         3 Cycles that calls asked for begin at least PAUSE apart, since each costs calls of Salesforce's allowance;
           syncapp.tasks.tick starts those that had to wait.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, When
from django_q.tasks import async_task

from syncapp import audit, clock, limits
from syncapp.models import Pair, Webhook

MARK = "qbh_"  # what a leaked secret is found by, in logs and repositories
SECRET_LENGTH = 40
PAUSE = timedelta(seconds=limits.WEBHOOK_PAUSE_SECONDS)
MINUTE = timedelta(minutes=1)
_LETTERS = string.ascii_letters + string.digits
# Compared with, where there is no such webhook: no secret has this hash.
_NOBODY = "0" * 64
# The trigger of a cycle that a call asked for.
CALLED = "webhook"
FLOW, OUTBOUND = "with the secret", "outbound message"


@transaction.atomic
def make_secret(pair: Pair, *, who: str) -> str:
    """A new secret for the pair, instead of any former one: it cannot be shown again."""
    text = MARK + "".join(secrets.choice(_LETTERS) for _ in range(SECRET_LENGTH))
    former = Webhook.objects.filter(pair=pair).exclude(secret_hash="").exists()
    Webhook.objects.update_or_create(pair=pair, defaults={"secret_hash": hashed(text), "made_at": clock.now()})
    audit.tell_pair(pair, f"webhook secret {'replaced' if former else 'made'}", {}, who=who)
    return text


@transaction.atomic
def switch_off(pair: Pair, *, who: str) -> bool:
    """No secret lets anybody in any more. False if there was none."""
    query = Webhook.objects.filter(pair=pair).exclude(secret_hash="")
    done = bool(query.update(secret_hash="", made_at=None))
    if done:
        audit.tell_pair(pair, "webhook secret ended", {}, who=who)
    return done


def hashed(text: str) -> str:
    key = hashlib.sha512(f"webhook {settings.API_TOKEN_KEY}".encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def knows(webhook: Webhook | None, secret: str) -> bool:
    """Whether this is its secret; takes as long where there is no such webhook."""
    stored = webhook.secret_hash if webhook is not None else ""
    return hmac.compare_digest(hashed(secret), stored or _NOBODY) and bool(stored)


def of_pair(pair: Pair) -> Webhook:
    return Webhook.objects.get_or_create(pair=pair)[0]


def find(pair_key: str) -> Webhook | None:
    """Without the org's secrets, which are not needed here."""
    query = Webhook.objects.select_related("pair").filter(pair__key=pair_key)
    return query.first()


def address(pair: Pair) -> str:
    return f"{settings.PUBLIC_URL}/webhook/{pair.key}/"


# Calls -------------------------------------------------------------------------------


def call(webhook: Webhook, how: str) -> int:
    """Take a call; the seconds after which the next one counts, where there were too many in a minute (0: fine).

    One that is too many is noted all the same: only its counting, and the answer, are spared.
    """
    now = clock.now()
    wait = _wait(webhook, now)
    if not wait:
        _count(webhook, how, now)
    if Webhook.objects.filter(pk=webhook.pk, called_at__isnull=True).update(called_at=now) and _may_begin(webhook, now):
        transaction.on_commit(partial(async_task, "syncapp.tasks.sync_pair", webhook.pair_id, CALLED))
    return wait


def _wait(webhook: Webhook, now: datetime) -> int:
    if webhook.window_at is None or webhook.window_calls < limits.WEBHOOK_CALLS_PER_MINUTE:
        return 0
    return max(0, int((webhook.window_at + MINUTE - now).total_seconds() + 0.999))


def _count(webhook: Webhook, how: str, now: datetime) -> None:
    same = Q(window_at__gt=now - MINUTE)
    Webhook.objects.filter(pk=webhook.pk).update(
        calls=F("calls") + 1,
        last_call_at=now,
        last_how=how,
        window_calls=Case(When(same, then=F("window_calls") + 1), default=1),
        window_at=Case(When(same, then=F("window_at")), default=now),
    )


def refuse(webhook: Webhook | None, why: str) -> None:
    """Count a call that was not let in, so that a person sees that there is something to mend."""
    if webhook is not None:
        Webhook.objects.filter(pk=webhook.pk).update(
            refused=F("refused") + 1, last_refused_at=clock.now(), last_refusal=why[:200]
        )


# Cycles ------------------------------------------------------------------------------


def _may_begin(webhook: Webhook, now: datetime) -> bool:
    return webhook.began_at is None or webhook.began_at <= now - PAUSE


def has_news(pair: Pair) -> bool:
    return Webhook.objects.filter(pair=pair, called_at__isnull=False).exists()


def began(pair: Pair) -> None:
    """What was said until now is read by the cycle that begins; what is said from now on is news again."""
    Webhook.objects.filter(pair=pair, called_at__isnull=False).update(called_at=None, began_at=clock.now())


def due(now: datetime) -> list[int]:
    """The pairs whose news waits, and may be read now."""
    query = Webhook.objects.filter(called_at__isnull=False, pair__enabled=True)
    query = query.filter(Q(began_at__isnull=True) | Q(began_at__lte=now - PAUSE))
    return list(query.values_list("pair_id", flat=True))
