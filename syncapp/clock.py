"""Our clock, in one place, so that a world under test may have its own."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    return timezone.now()
