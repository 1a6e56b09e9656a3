"""How many random worlds a test runs: few by default, many with --profile long."""

from __future__ import annotations

import pytest


@pytest.fixture
def worlds(request):
    def number(quick, long):
        return long if request.config.getoption("--profile", default="ci") == "long" else quick

    return number
