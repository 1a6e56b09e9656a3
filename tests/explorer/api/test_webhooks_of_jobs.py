"""From the request to the receiver: a job that ends is told, over real HTTP, by the task that its end starts."""

from __future__ import annotations

import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import requests
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from qbwc.models import Company
from syncapp import clock, tasks
from syncapp.explorer import chores, tokens
from syncapp.explorer.models import Job
from tests.explorer.api.receiver import Receiver
from tests.explorer.core.office import Office


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_SECRET = "a secret that both know"
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def started(monkeypatch):
    """What was handed to the workers; they are not part of this test."""
    found = []
    for module in ("syncapp.explorer.jobs", "syncapp.explorer.chores"):
        monkeypatch.setattr(f"{module}.async_task", lambda name, *args: found.append((name, *args)))
    return found


@pytest.mark.django_db
def test_a_job_that_has_ended_is_told_once(receiver, program, started, django_capture_on_commit_callbacks):
    office, mine = Office(), program()
    office.file.add_customer(Name="Lund")
    body = {"data": {}, "webhook_url": receiver.url}
    asked = mine.post("companies/acme/records/Customer/query", body).json
    assert asked["webhook"] == {"url": receiver.url, "state": "waiting", "attempts": 0, "next_at": None}
    with django_capture_on_commit_callbacks(execute=True):
        office.run(Job.objects.get())
    assert started == [("syncapp.tasks.deliver_webhook", asked["id"])]
    tasks.deliver_webhook(asked["id"])
    tasks.deliver_webhook(asked["id"])
    ((_, _, told),) = receiver.calls
    assert (json.loads(told)["job"], json.loads(told)["counts"]["done"]) == (asked["id"], 1)
    assert mine.get(f"jobs/{asked['id']}").json["webhook"]["state"] == "delivered"


@pytest.mark.django_db
def test_the_minute_finds_a_webhook_whose_task_was_lost(receiver, program, started):
    office, mine = Office(), program()
    body = {"data": {"Name": "Lund"}, "webhook_url": receiver.url}
    asked = mine.post("companies/acme/records/Customer/add", body).json
    office.run(Job.objects.get())
    started.clear()
    chores.every_minute(clock.now())
    assert started == [("syncapp.tasks.deliver_webhook", asked["id"])]


@pytest.mark.django_db
def test_a_webhook_that_cannot_be_is_refused_with_the_request(receiver, program):
    Office()
    body = {"data": {}, "webhook_url": "https://169.254.169.254/latest/meta-data"}
    answer = program().post("companies/acme/records/Customer/query", body)
    assert answer.json["errors"][0]["path"] == "webhook_url"
    assert not Job.objects.exists()


# Over a live server ------------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Tests keep quiet."""


def closing(environ, start):
    """Each request may come in a thread of its own, whose connection ends with it."""
    try:
        yield from WSGIHandler()(environ, start)
    finally:
        connections.close_all()


@pytest.fixture
def live(transactional_db):
    server = make_server("127.0.0.1", 0, closing, server_class=WSGIServer, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1"
    server.shutdown()
    server.server_close()


def test_a_real_client_asks_over_a_real_connection(live):
    Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
    _, text = tokens.make("erp", ["read", "write"])
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {text}"
    assert [each["key"] for each in session.get(f"{live}/companies").json()] == ["acme"]
    asked = session.post(f"{live}/companies/acme/records/Customer/add", json={"data": {"Name": "Lund"}})
    assert (asked.status_code, asked.json()["state"]) == (202, "open")
    assert session.get(live.removesuffix("/api/v1") + asked.headers["Location"]).json()["rows"] == {"queued": 1}
    file = {"file": ("customers.csv", b"Name\nBerg\n")}
    draft = session.post(f"{live}/companies/acme/imports/Customer/add", files=file, data={"dry_run": "true"})
    assert (draft.status_code, draft.json()["problems"]) == (201, [])
    head = session.head(f"{live}/jobs")
    assert (head.status_code, head.content) == (200, b"")
    assert session.get(f"{live}/nothing").headers["Content-Type"] == "application/problem+json"
    assert not session.cookies
