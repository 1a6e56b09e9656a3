"""Lets hours pass for the application without waiting: its clock is Django's, and that is set forward.

It must be installed before any model is imported, since models keep the clock as a default. As a WSGI module this
file is the application, so many seconds (BENCHMARK_LATER) ahead.
"""

from __future__ import annotations

import os
from datetime import timedelta

from django.utils import timezone

_now = timezone.now
_ahead = timedelta(seconds=float(os.environ.get("BENCHMARK_LATER", "0")))


def install() -> None:
    timezone.now = lambda: _now() + _ahead


def pass_seconds(seconds: float) -> None:
    """Here, and in whatever process is started from now on."""
    global _ahead
    _ahead += timedelta(seconds=seconds)
    os.environ["BENCHMARK_LATER"] = str(_ahead.total_seconds())


def __getattr__(name: str):
    if name != "application":
        raise AttributeError(name)
    from project.wsgi import application

    return application


if "BENCHMARK_LATER" in os.environ:
    install()
