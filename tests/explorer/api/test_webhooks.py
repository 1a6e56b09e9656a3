"""A webhook is signed, told once, tried again in growing steps, and reaches nothing inside our own network."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from qbwc.models import Company
from syncapp import clock
from syncapp.explorer import webhooks
from syncapp.explorer.models import Job, Row
from syncapp.explorer.problems import Refused
from tests.explorer.api.receiver import Receiver

pytestmark = pytest.mark.django_db
SECRET = "a secret that both know"


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_SECRET = SECRET
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def job(receiver):
    company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
    job = Job.objects.create(
        company=company,
        record_type="Customer",
        action="add",
        state="done",
        total=2,
        done=1,
        failed=1,
        webhook_url=receiver.url,
        webhook_state="due",
        webhook_next_at=clock.now(),
        finished_at=clock.now(),
    )
    Row.objects.create(job=job, number=1, state="done")
    Row.objects.create(job=job, number=2, state="failed", problem="It exists.")
    return job


class Hours:
    """A clock that the test moves."""

    def __init__(self, monkeypatch):
        self.at = clock.now()
        monkeypatch.setattr(clock, "now", lambda: self.at)

    def pass_(self, **time_):
        self.at += timedelta(**time_)


@pytest.fixture
def hours(monkeypatch, job):
    return Hours(monkeypatch)


def test_the_receiver_is_told_what_became_of_the_job_and_can_check_who_told_it(job, receiver, settings):
    settings.PUBLIC_URL = "https://sync.example.com"
    assert webhooks.deliver(job.pk) == "delivered"
    ((path, headers, body),) = receiver.calls
    assert path == "/hook?from=us"
    told = json.loads(body)
    assert (told["job"], told["state"], told["company"], told["action"]) == (job.pk, "done", "acme", "add")
    assert told["counts"] == {"total": 2, "done": 1, "failed": 1, "rows": {"done": 1, "failed": 1}}
    assert told["links"]["self"] == f"https://sync.example.com/api/v1/jobs/{job.pk}"
    signed = headers["X-Timestamp"].encode() + b"." + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Signature"] == f"sha256={expected}"
    assert abs(int(headers["X-Timestamp"]) - time.time()) < 60
    assert headers["Host"] == urlsplit(receiver.url).netloc
    job.refresh_from_db()
    assert (job.webhook_state, job.webhook_attempts, job.webhook_next_at) == ("delivered", 1, None)


def test_what_was_delivered_is_not_told_again(job, receiver):
    webhooks.deliver(job.pk)
    assert webhooks.deliver(job.pk) == ""
    assert len(receiver.calls) == 1


def test_a_job_that_is_not_due_yet_is_left_alone(job, receiver):
    Job.objects.update(webhook_next_at=clock.now() + timedelta(minutes=1))
    assert webhooks.due(clock.now()) == []
    assert webhooks.deliver(job.pk) == ""
    assert receiver.calls == []


def test_two_workers_make_one_attempt(job, receiver):
    claimed = webhooks._claim(job.pk, clock.now())
    assert claimed is not None
    assert webhooks.deliver(job.pk) == ""
    assert receiver.calls == []


def test_a_refused_webhook_is_tried_again_after_1_2_4_minutes_and_then_given_up(job, receiver, hours, settings):
    settings.WEBHOOK_ATTEMPTS = 4
    receiver.status = 503
    waits = []
    for _ in range(3):
        assert webhooks.deliver(job.pk) == "due"
        job.refresh_from_db()
        waits.append((job.webhook_next_at - hours.at).total_seconds() / 60)
        hours.at = job.webhook_next_at
    assert waits == [1, 2, 4]
    webhooks.deliver(job.pk)
    job.refresh_from_db()
    assert job.webhook_state == "given up after 4 attempts: it answered 503"
    assert job.webhook_next_at is None
    hours.pass_(days=3)
    assert webhooks.due(hours.at) == []
    assert len(receiver.calls) == 4


def test_an_attempt_whose_worker_was_killed_is_made_again(job, receiver, hours):
    webhooks._claim(job.pk, hours.at)
    assert webhooks.due(hours.at) == []
    hours.pass_(minutes=5)
    assert webhooks.due(hours.at) == [job.pk]
    assert webhooks.deliver(job.pk) == "delivered"


def test_an_end_that_comes_during_an_attempt_is_told_as_well(job, receiver):
    claimed = webhooks._claim(job.pk, clock.now())
    Job.objects.filter(pk=job.pk).update(webhook_state="due", webhook_next_at=clock.now())
    webhooks._settle(claimed, "delivered", None)
    assert webhooks.due(clock.now()) == [job.pk]


def test_a_redirect_is_not_followed(job, receiver):
    other = Receiver()
    receiver.status, receiver.headers = 307, {"Location": other.url}
    assert webhooks.deliver(job.pk) == "due"
    assert other.calls == []
    other.close()


def test_a_receiver_that_draws_its_answer_out_is_left(job, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 1)
    receiver.drip = 0.3
    began = time.monotonic()
    assert webhooks.deliver(job.pk) == "due"
    assert time.monotonic() - began < 5


def test_a_receiver_that_is_not_there_is_tried_again(job, receiver):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        Job.objects.update(webhook_url=f"http://127.0.0.1:{free.getsockname()[1]}/")
        assert webhooks.deliver(job.pk) == "due"


def names(monkeypatch, *addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "192.168.0.1", "172.16.9.9", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "224.0.0.1"),
        "192.0.0.192",  # a cloud's own service, in a net that older versions of Python take for public
    ],
)
def test_a_name_that_points_into_our_network_is_not_connected_to(monkeypatch, receiver, address):
    names(monkeypatch, "93.184.216.34", address)
    monkeypatch.setattr(webhooks, "_connection", lambda *_: pytest.fail("it was connected to"))
    with pytest.raises(webhooks.NotTold, match="not on the public internet"):
        webhooks.post("https://example.com/hook", b"{}", {})
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused, match="not on the public internet"):
        webhooks.check_url(f"https://{host}/hook")


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch, receiver):
    """However the name answers a second time; certificate and Host are those of the name."""
    names(monkeypatch, "93.184.216.34")
    door = webhooks._connection(urlsplit("https://example.com/"), webhooks.resolve(urlsplit("https://example.com/")))
    assert (door.host, door.server_hostname, door.assert_hostname) == ("93.184.216.34", "example.com", "example.com")


def test_a_private_address_is_told_where_the_setting_allows_it(settings, receiver):
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    webhooks.check_url("https://10.0.0.5/hook")
    for never in ("224.0.0.1", "169.254.169.254", "192.0.0.192"):
        with pytest.raises(Refused):
            webhooks.check_url(f"https://{never}/hook")


@pytest.mark.parametrize(
    "url",
    [
        *("", "hook", "ftp://example.com/", "https://", "https://ann:pw@example.com/", "https://example.com/#part"),
        *("https://example.com:99999/", "https://exam ple.com/", "https://example.com/\r\nX: y", "https://[::1"),
        *(
            "https://example.com/" + "x" * 500,
            "https://exämple.com/",
            "//example.com",
            "https://example.com\\@10.0.0.1/",
        ),
    ],
)
def test_what_is_no_address_for_a_webhook_is_refused_with_a_remedy(url, receiver):
    with pytest.raises(Refused) as refusal:
        webhooks.check_url(url)
    (problem,) = refusal.value.problems
    assert problem.path == "webhook_url"
    assert problem.remedy


def test_plain_http_is_for_trying_out_on_this_machine_only(settings, receiver):
    webhooks.check_url("http://127.0.0.1:8000/")
    with pytest.raises(Refused, match="not on the public internet"):
        webhooks.check_url("http://93.184.216.34/")
    settings.TRYING = False
    with pytest.raises(Refused, match="Only https"):
        webhooks.check_url("http://127.0.0.1:8000/")


def test_without_a_secret_there_are_no_webhooks(settings):
    settings.WEBHOOK_SECRET = ""
    with pytest.raises(Refused, match="WEBHOOK_SECRET is not set"):
        webhooks.check_url("https://example.com/")
