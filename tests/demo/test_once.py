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


def test_it_tells_per_kind_what_is_in_step_waiting_and_failing(finished):
    counted = dict(re.findall(r"^  (in step|waiting|failing|left out|need you)\s+(\d+)$", finished.stdout, re.M))
    assert list(counted) == ["in step", "waiting", "failing", "left out", "need you"]
    assert counted["waiting"] == "0"
    assert int(counted["in step"]) >= 40


def test_it_names_what_needs_a_person_with_the_reason(finished):
    assert re.search(r"Acme Inc\. \(Salesforce\): possible match\. .*“ACME, Incorporated”", finished.stdout)
    assert re.search(r"Westgate Hospital: .*Billing street: it has 4 lines", finished.stdout)
    assert re.search(r"Bayview Answering Service: .*Phone: ", finished.stdout)


def test_it_shows_edits_of_both_sides_arriving(finished):
    arrived = re.findall(r"^  ok (.+)$", finished.stdout, re.M)
    assert len(arrived) == 10, finished.stdout
    assert "  NO " not in finished.stdout


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
