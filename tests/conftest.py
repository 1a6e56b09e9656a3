"""What all tests share: how hard Hypothesis tries, chosen by --profile."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

QUIET = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("dev", max_examples=30, print_blob=True, **QUIET)
settings.register_profile("ci", max_examples=100, print_blob=True, **QUIET)
settings.register_profile("long", max_examples=5000, print_blob=True, **QUIET)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--profile", default="dev", choices=["dev", "ci", "long"], help="how hard random tests try")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile(config.getoption("--profile"))


def pytest_report_header(config: pytest.Config) -> str:
    return f"profile: {config.getoption('--profile')} (a failing random test prints how to repeat it)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--profile") == "long":
        return
    skip = pytest.mark.skip(reason="slow: run with --profile long")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)
