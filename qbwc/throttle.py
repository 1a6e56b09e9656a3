"""Guessing of passwords is slowed, per user and address, and per address.

The wait doubles with each further failure and has an upper bound, and a wait for one address never touches
another: whoever guesses from elsewhere cannot lock the right user out.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

from django.db.models import F

from qbwc.conf import conf
from qbwc.models import LoginFailure

FORGOTTEN_AFTER = timedelta(days=1)


def look(username: str, address: str, now: datetime) -> tuple[int, bool]:
    """Seconds to wait before a password is looked at (0: none), and whether any failure is remembered."""
    keys = _keys(username, address)
    wait, remembered = 0, False
    for failure in LoginFailure.objects.filter(key__in=keys):
        remembered = True
        excess = failure.failures - keys[failure.key]
        if excess >= 0 and now - failure.last_at < FORGOTTEN_AFTER:
            until = failure.last_at + timedelta(seconds=min(2 ** min(excess, 20), conf.LOGIN_WAIT_SECONDS))
            wait = max(wait, math.ceil((until - now).total_seconds()))
    return wait, remembered


def failed(username: str, address: str, now: datetime) -> None:
    for key in _keys(username, address):
        old = LoginFailure.objects.filter(key=key, last_at__lt=now - FORGOTTEN_AFTER)
        if old.update(failures=1, last_at=now):
            continue
        if not LoginFailure.objects.filter(key=key).update(failures=F("failures") + 1, last_at=now):
            LoginFailure.objects.get_or_create(key=key, defaults={"failures": 1, "last_at": now})


def succeeded(username: str, address: str) -> None:
    """Forget this user's failures here; those of the address stay, since it may be guessing at others."""
    LoginFailure.objects.filter(key=_hash(f"user {username} {address}")).delete()


def forget_old(now: datetime, at_most: int) -> int:
    keys = list(LoginFailure.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).values_list("key", flat=True)[:at_most])
    LoginFailure.objects.filter(key__in=keys).delete()
    return len(keys)


def _keys(username: str, address: str) -> dict[str, int]:
    """What is counted for this sign-in, with the failures that are free."""
    return {
        _hash(f"user {username} {address}"): conf.LOGIN_FREE_FAILURES,
        _hash(f"address {address}"): conf.LOGIN_ADDRESS_FREE_FAILURES,
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
