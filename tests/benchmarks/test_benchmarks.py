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
    "sync": ["--records", "40", "60", "--changes", "4", "--cycles", "0"],
    "sales": ["--records", "6", "--cycles", "0"],
    "documents": ["--records", "20", "--cycles", "0"],
    "steady": ["--records", "50", "--cycles", "1"],
}
REPORTED = {
    "endpoint": {"database", "figures", "commits", "ratios"},
    "qbxml": {"reading", "building", "loading_the_catalogue"},
    **{name: {"database", "sizes", "ratios"} for name in ("sync", "sales", "documents", "steady")},
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
    assert [size["first_sync"]["in_step"] for size in report("sync")["sizes"]] == [{"customer": 40}, {"customer": 60}]


def test_what_sales_and_documents_come_to_is_the_same_on_both_sides():
    [sales], [books] = report("sales")["sizes"], report("documents")["sizes"]
    assert sales["sales"]["in_step"] == {"sale": 6}
    assert sales["sales"]["brought_back"] == {"numbers": 6, "total": sales["sales"]["invoiced"]["total"]}
    assert books["history"]["in_step"] == {"invoice": 20, "payment": 4}
    assert books["history"]["in_salesforce"].items() > books["history"]["invoiced"].items()
    assert books["history"]["in_salesforce"]["lines"] == 60


def test_a_steady_cycle_is_measured_among_records_of_every_sort():
    [size] = report("steady")["sizes"]
    told = size["first_sync"]["in_step"]
    assert (told["customer"], told["sale"], told["invoice"], told["payment"]) == (5, 5, 30, 10)
    assert [cycle["at_rest"] for cycle in size["cycle_with_changes"]] == [True]


@pytest.mark.parametrize("name", SMALL)
def test_it_has_help(name):
    assert "usage: python -m tests.benchmarks" in run(name, "--help").stdout
