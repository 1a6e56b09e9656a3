"""A call starts a cycle at once; many are one or two; whoever does not know the secret gets nowhere."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from syncapp import clock, limits, runs, tasks, webhook
from syncapp.models import HistoryEntry, Pair, Run, Webhook

pytestmark = pytest.mark.django_db
ADDRESS = "/webhook/acme/"


@pytest.fixture
def now(monkeypatch):
    """Our clock; ``now.pass_(seconds)``."""

    class Now:
        at = clock.now()

        def __call__(self):
            return self.at

        def pass_(self, seconds):
            self.at += timedelta(seconds=seconds)

    made = Now()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def queued(monkeypatch):
    """What workers are asked to do; ``queued.work()`` does it."""

    class Queue(list):
        def work(self):
            some, self[:] = list(self), []
            for name, *given in some:
                getattr(tasks, name.rpartition(".")[2])(*given)

    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # or the test's own would be closed
    found = Queue()
    for module in (webhook, tasks):
        monkeypatch.setattr(module, "async_task", lambda name, *given: found.append((name, *given)))
    return found


@pytest.fixture
def secret(pair):
    Pair.objects.update(schedule="0 3 * * *", next_cycle_at=clock.now() + timedelta(hours=9))
    return webhook.make_secret(pair, who="admin")


@pytest.fixture
def call(secret, now, queued, sides, django_capture_on_commit_callbacks):
    client = Client(enforce_csrf_checks=True)

    def made(body="{}", *, kind="application/json", address=ADDRESS, method="post", **headers):
        headers = headers or {"Authorization": f"Bearer {secret}"}
        with django_capture_on_commit_callbacks(execute=True):
            return getattr(client, method)(address, body, content_type=kind, headers=headers)

    return made


def soap(organisation):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{organisation}</OrganizationId>
<ActionId>04k000000000001</ActionId><Notification><Id>04l000000000001</Id></Notification></notifications>
</soapenv:Body></soapenv:Envelope>"""


def triggers():
    return list(Run.objects.order_by("pk").values_list("trigger", flat=True))


def test_many_calls_are_two_cycles_and_none_is_lost(call, queued, now):
    for _ in range(25):
        assert call().status_code == 202
    assert queued == [("syncapp.tasks.sync_pair", Pair.objects.get().pk, "webhook")]
    queued.work()
    for _ in range(25):
        assert call().status_code == 202
    assert queued == []  # the next cycle waits for its time
    now.pass_(limits.WEBHOOK_PAUSE_SECONDS)
    tasks.tick()
    queued.work()
    tasks.tick()
    queued.work()
    assert triggers() == ["webhook", "webhook"]
    row = Webhook.objects.get()
    assert (row.calls, row.called_at, row.last_how) == (50, None, "with the secret")


def test_what_is_called_while_a_cycle_runs_is_read_by_the_next_one(call, queued, now, pair, sides):
    lease = runs.take_lease(pair)
    webhook.began(pair)
    call()
    queued.work()  # another cycle is at work: nothing is done, and nothing is forgotten
    assert triggers() == []
    runs.drop_lease(pair, lease)
    now.pass_(60)
    tasks.tick()
    queued.work()
    assert triggers() == ["webhook"]
    # A cycle of the schedule reads the news just as well; the task that is still queued finds nothing to do.
    now.pass_(60)
    call()
    tasks.run_cycle(Pair.objects.get(), trigger="schedule")
    queued.work()
    assert triggers() == ["webhook", "schedule"]


def test_a_cycle_that_was_called_for_asks_nothing_of_quickbooks(call, queued, sides):
    from syncapp.records import Side

    asked = []
    for side, each in sides.items():
        each.fetch = lambda kind, cursor, *, full=False, side=side: asked.append(side) or iter(())
    sides[Side.QUICKBOOKS].answers_later = True
    call()
    queued.work()
    assert asked == [Side.SALESFORCE]


@pytest.mark.parametrize(
    ("given", "status", "detail"),
    [
        ({"Authorization": "Bearer qbh_wrong"}, 401, "make a new one if it is lost"),
        ({"Authorization": "Basic qbh_wrong"}, 401, "The secret is missing or wrong"),
        ({"address": "/webhook/other/"}, 401, "The secret is missing or wrong"),
        ({"method": "get", "body": None}, 405, "only takes POST"),
        ({"body": "{", "right": True}, 400, "Send a JSON object"),
        ({"body": "5", "right": True}, 400, "Send a JSON object"),
        ({"body": " " * (1024 * 1024 + 1), "right": True}, 413, "1048576 bytes"),
        ({"body": "<a/>", "kind": "text/xml"}, 400, "no notifications"),
        ({"body": "<a", "kind": "text/xml"}, 400, "as Salesforce does"),
        ({"body": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "kind": "text/xml"}, 400, "no notifications"),
        ({"body": soap("00D1"), "kind": "text/xml"}, 401, "not switched on"),
    ],
)
def test_what_is_refused_says_why_and_starts_nothing(call, secret, queued, given, status, detail):
    headers = {"Authorization": given.pop("Authorization", f"Bearer {secret}" if given.pop("right", 0) else "Bearer x")}
    answer = call(**given, **headers)
    told = json.loads(answer.content)
    assert (answer.status_code, told["status"], answer["Content-Type"]) == (status, status, "application/problem+json")
    assert detail in told["detail"]
    assert secret not in answer.content.decode()
    assert queued == []
    if "address" not in given:
        row = Webhook.objects.get()
        assert (row.calls, row.refused, row.called_at) == (0, 1, None)
        assert told["title"] in row.last_refusal


def test_a_disabled_pair_says_so(call, queued):
    Pair.objects.update(enabled=False)
    assert "Enable the pair" in json.loads(call().content)["detail"]
    assert queued == []


def test_who_guesses_must_wait_and_the_right_secret_is_let_in_all_the_same(call, secret):
    answers = [call(Authorization="Bearer qbh_wrong").status_code for _ in range(40)]
    assert (answers[0], answers[-1]) == (401, 429)
    assert call().status_code == 202


def test_too_many_calls_are_told_to_slow_down_and_noted_all_the_same(call, queued, now, monkeypatch):
    monkeypatch.setattr(limits, "WEBHOOK_CALLS_PER_MINUTE", 3)
    assert [call().status_code for _ in range(3)] == [202] * 3
    queued.work()
    answer = call()
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "noted" in json.loads(answer.content)["detail"]
    row = Webhook.objects.get()
    assert (row.calls, row.called_at is not None) == (3, True)
    now.pass_(61)
    assert call().status_code == 202


def test_the_secret_is_kept_as_a_hash_and_the_former_one_ends(call, pair, secret):
    assert secret not in str(Webhook.objects.values().get())
    assert call(**{"X-Webhook-Secret": secret}).status_code == 202
    new = webhook.make_secret(pair, who="admin")
    assert call().status_code == 401
    assert call(Authorization=f"Bearer {new}").status_code == 202
    assert webhook.switch_off(pair, who="admin")
    assert call(Authorization=f"Bearer {new}").status_code == 401
    assert call(Authorization="Bearer ").status_code == 401


def test_an_outbound_message_of_the_pairs_org_is_acknowledged(call, queued):
    Pair.objects.update(outbound_messages=True)
    other = call(soap("00D2"), kind="text/xml", Nothing="")
    assert (other.status_code, queued) == (401, [])
    answer = call(soap("00D1"), kind="text/xml", Nothing="")
    assert answer.status_code == 200
    assert b"<Ack>true</Ack>" in answer.content
    assert len(queued) == 1
    assert Webhook.objects.get().last_how == "outbound message"


def test_the_command_makes_shows_and_ends_the_secret(pair, settings):
    settings.PUBLIC_URL = "https://sync.example.com"

    def said(*given):
        out = StringIO()
        call_command("webhook", *given, stdout=out)
        return out.getvalue()

    assert "none: --new-secret" in said("acme")
    made = said("acme", "--new-secret")
    assert "https://sync.example.com/webhook/acme/" in made
    secret = made.partition("Bearer ")[2].split()[0]
    assert webhook.knows(Webhook.objects.get(), secret)
    assert secret not in said("acme")
    assert "made 20" in said("acme")
    assert "nobody in" in said("acme", "--off")
    assert not webhook.knows(Webhook.objects.get(), secret)
    with pytest.raises(CommandError, match="there are: acme"):
        call_command("webhook", "nobody")


def test_the_admin_makes_a_secret_shows_it_once_and_says_who_did(admin_client, pair):
    page = "/admin/syncapp/webhook/"
    shown = admin_client.post(f"{page}add/", {"pair": pair.pk}).content.decode()
    secret = shown.partition('id="secret">')[2].partition("<")[0]
    row = Webhook.objects.get()
    assert webhook.knows(row, secret)
    for address in (page, f"{page}{row.pk}/change/", f"{page}add/"):
        answer = admin_client.get(address)
        assert answer.status_code == 200
        assert secret not in answer.content.decode()
        assert row.secret_hash not in answer.content.decode()
    assert (HistoryEntry.objects.get().event, HistoryEntry.objects.get().who) == ("webhook secret made", "admin")
    admin_client.post(page, {"action": "switch_off", "_selected_action": [row.pk]})
    assert Webhook.objects.get().secret_hash == ""


def test_who_may_only_view_makes_no_secret(client, django_user_model, pair):
    from django.contrib.auth.models import Permission

    person = django_user_model.objects.create_user("viewer", password="x", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_webhook"))
    client.force_login(person)
    webhook.of_pair(pair)
    assert client.get("/admin/syncapp/webhook/").status_code == 200
    assert client.post("/admin/syncapp/webhook/add/", {"pair": pair.pk}).status_code == 403
    assert Webhook.objects.get().secret_hash == ""
