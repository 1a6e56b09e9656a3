"""Secrets at rest: a text field whose column holds only ciphertext.

The keys come from settings.SECRETS_KEYS, newest first: what is written uses the first, what is read tries each. A
secret may also be a reference, `env:NAME`, which is stored as it is and read from the environment when it is needed.
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

REFERENCE = "env:"


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"secrets at rest:" + key.encode()).digest())) for key in keys]
    )


def cipher() -> MultiFernet:
    return _cipher(tuple(settings.SECRETS_KEYS))


class UnreadableSecret(ImproperlyConfigured):
    """A stored secret was encrypted with a key that SECRETS_KEYS no longer lists: add that key, or enter it again."""


class SecretField(models.TextField):
    """Text that is encrypted in the database and plain in Python; never searchable."""

    def get_prep_value(self, value: Any) -> Any:
        if not value or value.startswith(REFERENCE):
            return value or ""
        return cipher().encrypt(value.encode()).decode()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not value or value.startswith(REFERENCE):
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise UnreadableSecret(str(UnreadableSecret.__doc__)) from None


def reveal(value: str) -> str:
    """The secret itself, also where it is a reference to the environment.

    Raises ImproperlyConfigured, naming the variable, if the environment lacks it.
    """
    if not value.startswith(REFERENCE):
        return value
    name = value.removeprefix(REFERENCE)
    found = os.environ.get(name)
    if not found:
        raise ImproperlyConfigured(f"The environment variable {name} is not set, and a secret refers to it.")
    return found
