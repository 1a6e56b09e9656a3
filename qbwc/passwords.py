"""Web Connector passwords: made here, shown once, and kept as a keyed hash.

A password of 20 random characters cannot be guessed, so a fast hash is enough; its key is a setting of its own,
so that a stolen database alone is worth nothing. A slow hash would cost a second on every poll.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string

from django.conf import settings

from qbwc.models import Company

LENGTH_MIN = 20
LENGTH_MADE = 28
DIFFERENT_MIN = 8  # "aaaaaaaaaaaaaaaaaaaa" has twenty characters, too
# Without those that look alike: the password is typed or pasted into the Web Connector by a person.
ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
SCHEME = "blake2b"


class TooWeak(ValueError):
    """The password given is too short or too simple."""


def set_password(company: Company, given: str = "") -> str:
    """Give the company a new password, made unless given, and return it: it cannot be shown again."""
    if given and (len(given) < LENGTH_MIN or len(set(given)) < DIFFERENT_MIN):
        raise TooWeak(
            f"A Web Connector password needs at least {LENGTH_MIN} characters, {DIFFERENT_MIN} of them different."
        )
    password = given or "".join(secrets.choice(ALPHABET) for _ in range(LENGTH_MADE))
    company.password_hash = hashed(password)
    company.save(update_fields=["password_hash"])
    return password


def hashed(password: str) -> str:
    salt = secrets.token_hex(8)
    return f"{SCHEME}${salt}${_digest(password, salt)}"


def matches(password: str, stored: str) -> bool:
    """Whether this is the password; takes as long for a company without one, and for a user unknown."""
    scheme, _, rest = stored.partition("$")
    salt, _, digest = rest.partition("$")
    same = hmac.compare_digest(_digest(password, salt or "0" * 16).encode(), digest.encode())
    return same and scheme == SCHEME and bool(salt)


def _digest(password: str, salt: str) -> str:
    key = hashlib.sha512(str(getattr(settings, "QBWC_PASSWORD_KEY", settings.SECRET_KEY)).encode()).digest()
    return hashlib.blake2b(f"{salt}${password}".encode(), key=key, digest_size=32).hexdigest()
