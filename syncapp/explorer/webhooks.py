"""Tells another system that a job has ended: one signed POST, tried again until it is taken or given up.

Words    due        the job has ended and its webhook must be told (jobs.py says so, once for each end)
         attempt    one POST; the next comes after 1, 2, 4 … minutes
         signature  HMAC-SHA256 under WEBHOOK_SECRET over timestamp, ".", and body; the timestamp lets a receiver
                    refuse what somebody recorded and repeats
Rules    1 An attempt is claimed by compare-and-swap before it is made, so that two workers do not make the same.
         2 An address is resolved once, checked, and then connected to as it was checked: a name that points into our
           own network, now or a moment later, reaches nothing.
         3 Redirects are not followed, the answer's body is not read, and it all ends within ten seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import certifi
from django.conf import settings
from django.db.models import Count, F, Q
from urllib3 import connection
from urllib3.exceptions import HTTPError

from syncapp import clock
from syncapp.explorer.models import Job
from syncapp.explorer.problems import refused

logger = logging.getLogger(__name__)

DUE, DELIVERED = "due", "delivered"
SECONDS = 10
# An attempt whose worker was killed is made again after this.
CLAIMED = timedelta(minutes=5)
AT_ONCE = 50
URL_CHARACTERS_MAX = 500
REASON_CHARACTERS_MAX = Job._meta.get_field("webhook_state").max_length or 200
NAT64 = IPv6Network("64:ff9b::/96")
# Of clouds' own services; older versions of Python take most of it for public.
PROTOCOLS = IPv4Network("192.0.0.0/24")


class NotTold(Exception):
    """The attempt failed; the message says why."""


# Addresses ---------------------------------------------------------------------------------


def check_url(url: str) -> None:
    """Refused, with the reason, if no webhook can go there; whatever its name points to is checked when it goes."""
    if problem := url_problem(url):
        raise refused(problem[0], path="webhook_url", rule="url", value=url, remedy=problem[1])


def url_problem(url: str) -> tuple[str, str] | None:
    """Why there can be no such webhook, and what to do."""
    https = "Give an address such as https://example.com/hooks/quickbooks."
    if not settings.WEBHOOK_SECRET:
        return "Webhooks are switched off here: WEBHOOK_SECRET is not set.", "Set it, or poll the job instead."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "This is not an address.", https
    if not (url.isascii() and url.isprintable()) or " " in url or len(url) > URL_CHARACTERS_MAX or "\\" in url:
        return f"This is not an address of at most {URL_CHARACTERS_MAX} plain characters.", https
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.TRYING):
        return "Only https is told anything.", https
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "An address with a host, and without user or fragment, is needed.", https
    with suppress(ValueError):
        if not _is_allowed(ip_address(host), parts):
            return "This address is not on the public internet.", "Use a public one, or set WEBHOOK_PRIVATE_ADDRESSES."
    return None


def _is_allowed(address: IPv4Address | IPv6Address, parts: SplitResult) -> bool:
    inner = _inner(address)
    if parts.scheme != "https":
        return inner.is_loopback
    if settings.WEBHOOK_PRIVATE_ADDRESSES:
        return not (inner.is_multicast or inner.is_unspecified or inner.is_link_local or inner in PROTOCOLS)
    return inner not in PROTOCOLS and inner.is_global and not inner.is_multicast and not inner.is_reserved


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it does: that is where it leads."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


def resolve(parts: SplitResult) -> str:
    """The address to connect to; NotTold if any that the name has is not allowed."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise NotTold(f"the name {parts.hostname} is not known: {problem}") from None
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for address in addresses:
        if not _is_allowed(ip_address(address), parts):
            raise NotTold(f"{parts.hostname} is {address}, which is not on the public internet")
    return addresses[0]


# What is told ------------------------------------------------------------------------------


def body_of(job: Job) -> dict[str, Any]:
    address = f"{settings.PUBLIC_URL}/api/v1/jobs/{job.pk}"
    states = dict(job.rows.order_by().values_list("state").annotate(Count("pk")))
    return {
        "event": "job.ended",
        "id": f"{job.pk}-{int(job.finished_at.timestamp()) if job.finished_at else 0}",
        "job": job.pk,
        "company": job.company.key,
        "record_type": job.record_type,
        "action": job.action,
        "saved_operation": job.saved_operation.key if job.saved_operation else None,
        "state": job.state,
        "problem": job.problem,
        "counts": {"total": job.total, "done": job.done, "failed": job.failed, "rows": states},
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "links": {"self": address, "records": f"{address}/records", "rows": f"{address}/rows"},
    }


def signature(body: bytes, timestamp: str) -> str:
    digest = hmac.new(settings.WEBHOOK_SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def headers_of(body: bytes, now: datetime) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "quickbooks-connector",
        "X-Timestamp": timestamp,
        "X-Signature": signature(body, timestamp),
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """One POST to the address that was checked; NotTold unless it is answered with 2xx in time."""
    if problem := url_problem(url):
        raise NotTold(problem[0])
    parts = urlsplit(url)
    door = _connection(parts, resolve(parts))
    host = parts.netloc.rpartition("@")[2]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    late = threading.Event()
    watch = threading.Timer(SECONDS, _shut, [door, late])
    watch.daemon = True
    watch.start()
    try:
        door.request("POST", target, body=body, headers={**headers, "Host": host}, preload_content=False)
        status = door.getresponse().status
        if late.is_set():
            raise NotTold(f"it took longer than {SECONDS} seconds")
    except (HTTPError, OSError, ValueError) as problem:
        raise NotTold(f"{type(problem).__name__}: {problem}") from None
    finally:
        watch.cancel()
        door.close()
    if not 200 <= status < 300:
        also = "; redirects are not followed" if 300 <= status < 400 else ""
        raise NotTold(f"it answered {status}{also}")


def _connection(parts: SplitResult, address: str) -> connection.HTTPConnection:
    if parts.scheme == "http":
        return connection.HTTPConnection(address, parts.port or 80, timeout=SECONDS)
    return connection.HTTPSConnection(
        address,
        parts.port or 443,
        timeout=SECONDS,
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )


def _shut(door: connection.HTTPConnection, late: threading.Event) -> None:
    """Ends an attempt that a receiver draws out, byte by byte."""
    late.set()
    with suppress(OSError):
        if door.sock is not None:
            door.sock.shutdown(socket.SHUT_RDWR)


# Attempts ----------------------------------------------------------------------------------


def due(now: datetime) -> list[int]:
    """Some jobs whose webhook must be told now, the longest waiting first."""
    waiting = Job.objects.filter(webhook_state=DUE, webhook_next_at__lte=now).order_by("webhook_next_at")
    return list(waiting.values_list("pk", flat=True)[:AT_ONCE])


def deliver(job_id: int) -> str:
    """One attempt, unless there is none to make; the state that it ended in."""
    job = _claim(job_id, clock.now())
    if job is None:
        return ""
    body = json.dumps(body_of(job), ensure_ascii=False).encode()
    try:
        post(job.webhook_url, body, headers_of(body, clock.now()))
    except NotTold as problem:
        return _failed(job, str(problem))
    _settle(job, DELIVERED, None)
    return DELIVERED


def _claim(job_id: int, now: datetime) -> Job | None:
    waiting = Q(pk=job_id, webhook_state=DUE, webhook_next_at__lte=now)
    seen = Job.objects.filter(waiting).values_list("webhook_next_at", flat=True).first()
    claimed = seen is not None and Job.objects.filter(waiting, webhook_next_at=seen).update(
        webhook_next_at=now + CLAIMED, webhook_attempts=F("webhook_attempts") + 1
    )
    if not claimed:
        return None
    return Job.objects.select_related("company", "saved_operation").get(pk=job_id)


def _failed(job: Job, reason: str) -> str:
    logger.warning("the webhook of job %s was not taken: %s", job.pk, reason)
    if job.webhook_attempts >= settings.WEBHOOK_ATTEMPTS:
        state = f"given up after {job.webhook_attempts} attempts: {reason}"[:REASON_CHARACTERS_MAX]
        _settle(job, state, None)
        return state
    _settle(job, DUE, clock.now() + timedelta(minutes=2 ** min(job.webhook_attempts - 1, 12)))
    return DUE


def _settle(job: Job, state: str, next_at: datetime | None) -> None:
    """What this attempt came to; an end that came meanwhile is due on its own."""
    Job.objects.filter(pk=job.pk, webhook_state=DUE, webhook_next_at=job.webhook_next_at).update(
        webhook_state=state, webhook_next_at=next_at
    )
