"""API tokens: made here, shown once, and kept as a keyed hash.

Words    token   `qbs_PREFIX_SECRET`: it is found by its prefix, and known by its hash
Rules    1 The secret has more than 200 random bits, so that a fast hash is enough; its key is a setting, so that a
           stolen database alone lets nobody in.
         2 Whatever is wrong with a token (unknown, altered, expired, revoked), the answer and its cost are the same.
         3 A token for certain companies never becomes one for all: when the last of them is deleted, it is revoked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from qbwc.models import Company
from syncapp import clock
from syncapp.explorer.models import Action, ApiToken

MARK = "qbs"  # what a leaked token is found by, in logs and repositories
PREFIX_LENGTH = 12
SECRET_LENGTH = 40
DAYS_MAX = 3660
USE_NOTED_EVERY = timedelta(minutes=1)
_LETTERS = string.ascii_letters + string.digits
_SHAPE = re.compile(rf"{MARK}_([a-z0-9]{{{PREFIX_LENGTH}}})_([A-Za-z0-9]{{{SECRET_LENGTH}}})")
# Compared with, where there is no such token: nobody has a token with this hash.
_NOBODY = "0" * 64
SCOPE_OF = {
    Action.QUERY: ApiToken.Scope.READ,
    Action.ADD: ApiToken.Scope.WRITE,
    Action.MODIFY: ApiToken.Scope.WRITE,
    Action.DELETE: ApiToken.Scope.DESTROY,
    Action.VOID: ApiToken.Scope.DESTROY,
}


class BadToken(ValueError):
    """No token can be made of what was given; the message says why and what to do."""


def make(
    name: str,
    scopes: Collection[str],
    *,
    companies: Iterable[Company] = (),
    days: int | None = None,
    created_by: AbstractBaseUser | None = None,
) -> tuple[ApiToken, str]:
    """A new token, and the text of it: it cannot be shown again."""
    _check(name, scopes, days)
    prefix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(PREFIX_LENGTH))
    text = f"{MARK}_{prefix}_" + "".join(secrets.choice(_LETTERS) for _ in range(SECRET_LENGTH))
    values: dict[str, Any] = {"created_by": created_by, "scopes": [s for s in ApiToken.Scope.values if s in scopes]}
    values["expires_at"] = clock.now() + timedelta(days=days) if days else None
    with transaction.atomic():
        token = ApiToken.objects.create(name=name, prefix=prefix, token_hash=hashed(text), **values)
        token.companies.set(companies)
    return token, text


def _check(name: str, scopes: Collection[str], days: int | None) -> None:
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise BadToken("A token needs a name of 1 to 100 printable characters, such as that of the program it is for.")
    if ApiToken.objects.filter(name=name).exists():
        raise BadToken(f"There is a token “{name}” already. Choose another name.")
    unknown = sorted(set(scopes) - set(ApiToken.Scope.values))
    if unknown or not scopes:
        wrong = f"“{unknown[0]}” is no scope" if unknown else "A token needs at least one scope"
        raise BadToken(f"{wrong}. There are {', '.join(ApiToken.Scope.values)}.")
    if days is not None and not 1 <= days <= DAYS_MAX:
        raise BadToken(f"A token is valid for 1 to {DAYS_MAX} days, or, without a number, until it is revoked.")


def hashed(text: str) -> str:
    key = hashlib.sha512(f"api token {settings.API_TOKEN_KEY}".encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def find(text: str) -> ApiToken | None:
    """The valid token that this is the text of; noted as used, at most once a minute."""
    shape = _SHAPE.fullmatch(text)
    token = ApiToken.objects.filter(prefix=shape[1] if shape else "").first()
    same = hmac.compare_digest(hashed(text if shape else ""), token.token_hash if token else _NOBODY)
    now = clock.now()
    if not same or token is None or not is_valid(token, now):
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return token


def prefix_of(text: str) -> str:
    """By what failures of one token are counted; whatever has no token's shape is counted together."""
    shape = _SHAPE.fullmatch(text)
    return shape[1] if shape else ""


def is_valid(token: ApiToken, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def revoke(token: ApiToken) -> bool:
    """Let it in no more, from the next request on. False if it was revoked before."""
    return bool(ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now()))


def may(token: ApiToken, action: str) -> bool:
    return SCOPE_OF[Action(action)].value in token.scopes


def companies_of(token: ApiToken) -> frozenset[int] | None:
    """The companies that it is for; None: all."""
    return frozenset(token.companies.values_list("pk", flat=True)) or None


def on_company_deleted(sender: Any, instance: Company, **kwargs: Any) -> None:
    """Before a company goes: what was for it alone would be for all afterwards."""
    for token in ApiToken.objects.filter(companies=instance, revoked_at__isnull=True):
        if not token.companies.exclude(pk=instance.pk).exists():
            revoke(token)
