"""`manage.py sandbox desktop`."""

from __future__ import annotations

import io
import json
import threading
from wsgiref.simple_server import make_server

import pytest
from django.core.management import CommandError, call_command

from project.sandbox.chance import Chance
from project.sandbox.desktop import sample

from .server import ScriptedServer, strings
from .support import company, customer_add, document
from .test_wire import QWC, Quiet


@pytest.fixture
def server():
    scripted = ScriptedServer([document(customer_add("<Name>From the server</Name>"))])
    http = make_server("localhost", 0, scripted, handler_class=Quiet)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    scripted.url = f"http://localhost:{http.server_port}/qbwc/"
    yield scripted
    http.shutdown()
    http.server_close()
    thread.join()


def run(*arguments):
    out = io.StringIO()
    call_command("sandbox", "desktop", *arguments, "--password", "p", stdout=out)
    return out.getvalue()


def test_one_update_fills_and_keeps_the_company_file(server, tmp_path):
    state = tmp_path / "acme.json"
    arguments = ("--url", server.url, "--username", "u", "--once", "--file", str(state))
    said = run(*arguments, "--customers", "10")
    assert "10 customers" in said
    assert "ok: OK (1 documents, 1 requests done" in said
    kept = json.loads(state.read_text())["lists"]["names"]["records"]
    assert len(kept) == 11
    server.answers["authenticate"] = strings("t", "none")
    assert "11 customers" in run(*arguments, "--customers", "10")


def test_a_qwc_file_brings_address_and_user(server, tmp_path):
    path = tmp_path / "acme.qwc"
    path.write_text(QWC)
    said = run("--qwc", str(path), "--url", server.url, "--once", "--log")
    assert "*** Calling authenticate()." in said
    assert server.arguments("authenticate")[0]["strUserName"] == "acme-7f3c"


def test_a_failed_update_is_a_failed_command(server):
    server.answers["authenticate"] = strings("", "nvu")
    with pytest.raises(CommandError, match="QBWC1040 Invalid password for username u"):
        run("--url", server.url, "--username", "u", "--once")


def test_a_fault_can_be_switched_on(server):
    with pytest.raises(CommandError, match="could not be delivered"):
        run("--url", server.url, "--username", "u", "--once", "--fault", "lost_answer=1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give --qwc FILE, or both --url and --username"),
        (("--url", "http://localhost/"), "both --url and --username"),
        (("--qwc", "/nowhere/x.qwc"), "nowhere"),
        (("--url", "u", "--username", "u", "--fault", "fire=1"), "no such fault among fire"),
        (("--url", "u", "--username", "u", "--fault", "lock=often"), "NAME=P"),
        (("--url", "u", "--username", "u", "--fault", "lock=2"), "between 0 and 1"),
        (("--url", "u", "--username", "u", "--every", "0"), "at least one second"),
        (("--url", "u", "--username", "u", "--customers", "few"), "whole number"),
        (("--url", "u", "--username", "u", "--file", "/nowhere/state.json"), "does not exist"),
    ],
)
def test_mistakes_are_named(arguments, words):
    with pytest.raises(CommandError, match=words):
        run(*arguments, "--once")


def test_a_state_that_is_no_company_file_is_named(tmp_path):
    state = tmp_path / "x.json"
    state.write_text("{}")
    with pytest.raises(CommandError, match="cannot be read as a company file"):
        run("--url", "u", "--username", "u", "--file", str(state), "--once")


def test_the_sample_company_is_the_same_for_the_same_seed_and_has_awkward_names():
    one, other = company(), company()
    sample.fill(one, 60, Chance(5))
    sample.fill(other, 60, Chance(5))
    assert one.customers() == other.customers()
    assert len(one.customers()) == 60
    assert any(each["Sublevel"] for each in one.customers())
    assert any(not each["IsActive"] for each in one.customers())
    assert "A" * 41 in {each["Name"] for each in one.customers()}
