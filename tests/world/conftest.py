"""What a world needs of Django: our WSGI application in the test's own connection and transaction."""

from __future__ import annotations

import pytest
from django.core import signals
from django.db import close_old_connections


@pytest.fixture
def worlds(request):
    """How many random worlds a test runs: few by default, many with --profile long."""

    def number(quick, long):
        return long if request.config.getoption("--profile", default="ci") == "long" else quick

    return number


@pytest.fixture(autouse=True)
def _one_connection():
    """A request would close the connection when it begins, and with it the test's transaction."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)
