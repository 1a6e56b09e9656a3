"""`manage.py demo --once`, as CI and a stranger run it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.demo.support import free_port, run_once


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    return run_once(tmp_path_factory.mktemp("demo"), "--once")


def test_it_ends_well_and_says_so(finished):
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "All is as it should be." in finished.stdout
    assert "ok The example stands as it should." in finished.stdout
    assert "Traceback" not in finished.stderr


SUMS = r"^(\S.*?|) {2,}(owed|total|still open|amount|not applied|prices) .* (\d+) +([\d,.]+) +(\d+) +([\d,.]+)  same$"
KINDS = (
    *(
        "Customers",
        "Contacts",
        "Items",
        "Quantities",
        "Price levels",
        "Sales",
        "Invoices",
        "Sales orders",
        "Sales receipts",
        "Estimates",
    ),
    *("Credit memos", "Refunds", "Payments", "Credits"),
)


def test_it_tells_per_kind_what_is_in_step_waiting_and_failing(finished):
    rows = re.findall(r"^(\w[\w ]*?) {2,}(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", finished.stdout, re.M)
    first = {name: [int(each) for each in numbers] for name, *numbers in rows[: len(KINDS)]}
    assert tuple(first) == KINDS
    assert first["Customers"][0] >= 40
    assert all(first[kind][0] for kind in KINDS)
    assert {kind for kind in KINDS if first[kind][1]} == {"Sales", "Invoices"}


def test_it_shows_every_kind_on_both_sides_to_the_cent(finished):
    rows = re.findall(SUMS, finished.stdout, re.M)
    assert [kind for kind, *_ in rows if kind] == 2 * [
        *("Accounts and customers", "Products and items", "Price levels", "Won opportunities", "Invoices"),
        *("Sales Orders", "Sales Receipts", "Estimates", "Credit Memos", "Refunds", "Payments", "Credits"),
    ]
    for kind, what, here, amount, there, theirs in rows:
        assert (here, amount) == (there, theirs), (kind, what)
        assert here != "0", (kind, what)
        assert amount != "0.00", (kind, what)
    assert "DIFFERS" not in finished.stdout
    assert re.findall(r"^Further contacts +(\d+) +(\d+) +same$", finished.stdout, re.M) == 2 * [("1", "1")]
    assert len(re.findall(r"^ +in stock +on hand +\d+ +\d+ +\d+ +\d+  same$", finished.stdout, re.M)) == 2


def test_it_names_what_needs_a_person_with_the_reason(finished):
    assert re.search(r"Acme Inc\. \(Salesforce\): possible match\. .*“ACME, Incorporated”", finished.stdout)
    assert re.search(r"Westgate Hospital: .*Billing street: it has 4 lines", finished.stdout)
    assert re.search(r"Bayview Answering Service: .*Phone: ", finished.stdout)
    assert re.search(r"Coffee corner .*Waiting for its item, “Espresso Machine”", finished.stdout)
    assert re.search(r"Reception .*Waiting for its customer, “Summit Services”", finished.stdout)
    assert re.search(r"Thistle Tailors: a person must decide\. Changed on both sides: Fax", finished.stdout)
    assert re.search(r"1008 .*Waiting for its customer, “ACME, Incorporated”", finished.stdout)


def test_it_shows_edits_of_both_sides_arriving(finished):
    arrived = re.findall(r"^  ok (.+)$", finished.stdout, re.M)
    assert len(arrived) == 30, finished.stdout
    assert "  NO " not in finished.stdout


@pytest.mark.slow
def test_another_seed_ends_as_well(tmp_path: Path):
    finished = run_once(tmp_path, "--once", "--seed", "7")
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_a_database_that_is_not_its_own_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = tmp_path / "real.sqlite3"
    real.write_bytes(b"precious")
    monkeypatch.setattr(
        "tests.demo.support.environment",
        lambda data, old=run_once.__globals__["environment"]: {**old(data), "DATABASE_URL": f"sqlite:///{real}"},
    )
    finished = run_once(tmp_path, "--once")
    assert finished.returncode == 1
    assert "DATABASE_URL=sqlite:///" in finished.stderr
    assert real.read_bytes() == b"precious"


@pytest.mark.parametrize("port", ["80", "abc", "65535"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str):
    finished = run_once(tmp_path, "--port", port)
    assert finished.returncode == 2
    assert "a port is a number from 1024 to 65534" in finished.stderr


def test_a_port_in_use_is_named_with_the_remedy(tmp_path: Path):
    import socket

    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        finished = run_once(tmp_path, "--port", str(port))
    assert finished.returncode == 1
    assert f"Port {port} is in use" in finished.stderr
    assert f"manage.py demo --port {port + 10}" in finished.stderr
    assert not (tmp_path / "demo.sqlite3").exists()
