"""Every benchmark still runs, and reports what its page says; how fast is another matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.benchmarks import common

SMALL = {
    "endpoint": ["--rounds", "1", "--seconds", "0.1", "--exchanges", "4"],
    "qbxml": ["--rounds", "1", "--seconds", "0.02"],
    "sync": ["--records", "40", "60", "--changes", "4", "--cycles", "1"],
}
REPORTED = {
    "endpoint": {"database", "figures", "commits", "ratios"},
    "qbxml": {"reading", "building", "loading_the_catalogue"},
    "sync": {"database", "sizes", "ratios"},
}


def run(name, *arguments):
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "DATABASE_URL"))}
    return subprocess.run(command, cwd=common.ROOT, env=environment, capture_output=True, text=True, timeout=300)


def report(name):
    ended = run(name, *SMALL[name])
    assert ended.returncode == 0, ended.stderr[-3000:]
    told = json.loads(ended.stdout)
    assert told.keys() >= REPORTED[name]
    return told


@pytest.mark.parametrize("name", ["endpoint", "qbxml"])
def test_it_runs_with_tiny_numbers_and_reports_what_its_page_says(name):
    report(name)


def test_a_sync_of_every_size_ends_with_every_record_in_step():
    assert [size["first_sync"]["in_step"] for size in report("sync")["sizes"]] == [40, 60]


@pytest.mark.parametrize("name", SMALL)
def test_it_has_help(name):
    assert "usage: python -m tests.benchmarks" in run(name, "--help").stdout
