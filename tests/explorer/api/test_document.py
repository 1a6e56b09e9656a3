"""The OpenAPI document is valid and whole, and its page needs nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from openapi_spec_validator import validate

from tests.explorer.api.client import Program, document

ROOT = Path(__file__).resolve().parents[3]
PAGES = """
import os, sys
from django.core.management import call_command
import django
django.setup()
from django.conf import settings
settings.STATIC_ROOT = sys.argv[1]
call_command("collectstatic", interactive=False, verbosity=0)
from django.test import Client
from django.contrib.staticfiles.storage import staticfiles_storage
page = Client(headers={"host": "sync.example.com", "x-forwarded-proto": "https"}).get("/api/v1/docs", secure=True)
assert page.status_code == 200, page.status_code
sys.stdout.write(page.content.decode())
"""


def test_the_document_is_valid():
    answer = Program().get("/api/v1/openapi.json")
    assert answer.json == document()
    validate(answer.json)


def test_every_operation_says_what_it_does_and_which_problems_it_may_end_in():
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert {"400", "404"} <= operation["responses"].keys(), (method, path)
            if operation.get("security"):
                assert {"401", "403", "422", "429"} <= operation["responses"].keys(), (method, path)
    names = [operation["operationId"] for methods in document()["paths"].values() for operation in methods.values()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.django_db
def test_the_page_loads_nothing_from_elsewhere():
    page = Program().get("/api/v1/docs").body.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) >= 4
    for source in sources:
        assert source.startswith("/static/"), source
        assert finders.find(source.removeprefix("/static/")), source
    assert '"/api/v1/openapi.json"' in page


def test_in_production_the_page_uses_collected_files(tmp_path):
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {
        **bare,
        "SECRET_KEY": "x" * 50,
        "QBWC_PASSWORD_KEY": "y" * 50,
        "PUBLIC_URL": "https://sync.example.com",
        "DEBUG": "false",
        "DEMO": "false",
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "project.settings",
    }
    command = [sys.executable, "-c", PAGES, str(tmp_path / "static")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    sources = re.findall(r'(?:src|href)="([^"]+)"', done.stdout)
    assert len(sources) >= 4
    for source in sources:
        assert re.fullmatch(r"/static/ninja/[\w.-]+\.[0-9a-f]{12}\.\w+", source), source
        assert (tmp_path / source.lstrip("/")).is_file()
