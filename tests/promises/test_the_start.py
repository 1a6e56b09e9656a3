"""In production the start names what is not set, before anything is done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHOLE = {
    "SECRET_KEY": "x" * 50,
    "QBWC_PASSWORD_KEY": "y" * 50,
    "PUBLIC_URL": "https://sync.example.com",
    "DEBUG": "false",
    "DEMO": "false",
}


def start(tmp_path, **settings):
    """What `gunicorn project.wsgi` imports, in a process of its own; its output."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**bare, "DATA_DIR": str(tmp_path), **settings}
    command = [sys.executable, "-c", "import project.wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stderr


def test_with_all_settings_it_starts(tmp_path):
    assert start(tmp_path, **WHOLE)[0] == 0


@pytest.mark.parametrize("missing", ["SECRET_KEY", "QBWC_PASSWORD_KEY", "PUBLIC_URL"])
def test_a_missing_setting_is_named(tmp_path, missing):
    status, told = start(tmp_path, **{**WHOLE, missing: ""})
    assert status != 0
    assert f"{missing} is not set." in told


def test_the_sandboxs_address_is_refused(tmp_path):
    status, told = start(tmp_path, **WHOLE, SALESFORCE_LOOPBACK_URL="http://127.0.0.1:9")
    assert status != 0
    assert "SALESFORCE_LOOPBACK_URL is for the demo and for DEBUG only" in told
