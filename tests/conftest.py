"""What all tests share: how hard Hypothesis tries, chosen by --profile, and one browser for each process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
# The same examples each time, so that a change is judged by itself; "ci" and "long" look for new ones.
settings.register_profile("dev", max_examples=30, derandomize=True, **QUIET)
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    # Playwright waits in a loop of its own, which Django takes for an asynchronous program.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_api.sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield running
            running.close()
    finally:
        if before is None:
            os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before
