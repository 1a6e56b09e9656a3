"""An address, tested as a QuickBooks PC sees it; each finding with a remedy in plain words."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from qbwc import soap
from qbwc.operations import NAMESPACE
from qbwc.qwc_file import is_ip

TIMEOUT_SECONDS = 15
READ_BYTES_MAX = 200_000
# What .NET's SOAP client calls itself; some proxies switch keep-alive off for it.
USER_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
HELLO = (
    f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{soap.ENVELOPE}"><soap:Body>'
    f'<serverVersion xmlns="{NAMESPACE}" /></soap:Body></soap:Envelope>'
).encode()


@dataclass(frozen=True)
class Finding:
    name: str
    ok: bool
    said: str
    remedy: str = ""
    serious: bool = True  # the Web Connector would not work


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: bytes
    location: str


def check(url: str, support_url: str = "") -> list[Finding]:
    """Every test that can be made, in order; one that makes the others pointless ends the list."""
    findings: list[Finding] = []
    for finding in _findings(url, support_url or url.rstrip("/") + "/support/"):
        findings.append(finding)
    return findings


def _findings(url: str, support_url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = host == "localhost"
    good_scheme = parts.scheme == "https" or (parts.scheme == "http" and local)
    yield Finding(
        "scheme",
        good_scheme,
        parts.scheme or "none",
        "Serve it over https; http is only allowed for localhost.",
    )
    yield Finding("host name", bool(host) and not is_ip(host), host, "Use a host name, not an IP address.")
    if parts.scheme not in {"http", "https"} or not host:
        return
    same = urlsplit(support_url).hostname == host
    yield Finding("support host", same, support_url, "The support page must be on the same host.")
    try:
        connection = _connect(url)
    except ssl.SSLError as error:
        yield Finding("certificate", False, str(error), CERTIFICATE)
        return
    except OSError as error:
        yield Finding("connection", False, str(error), "Check the address, the name's DNS entry, and the firewall.")
        return
    yield Finding("certificate", True, "trusted here" if parts.scheme == "https" else "not needed for localhost")
    yield from _calls(connection, url, support_url)


CERTIFICATE = (
    "Use a certificate from a public authority, with its whole chain, for this very name, and offer TLS 1.2:"
    " Windows must trust it without help."
)


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
    connection.connect()
    return connection


def _calls(connection: http.client.HTTPConnection, url: str, support_url: str) -> Iterator[Finding]:
    path = urlsplit(url).path or "/"
    steps: list[tuple[str, str, str, bytes | None, Callable[[str, Reply], Finding]]] = [
        ("certificate check (GET)", "GET", path, None, _wants_200),
        ("WSDL", "GET", path + "?wsdl", None, _wants_wsdl),
        ("a call", "POST", path, HELLO, _wants_answer),
        ("support page", "GET", urlsplit(support_url).path or "/", None, _wants_200),
    ]
    kept = connection.sock
    for name, method, target, body, judge in steps:
        try:
            reply = _ask(connection, method, target, body)
        except (OSError, http.client.HTTPException) as error:
            yield Finding(name, False, f"{type(error).__name__}: {error}", "The server broke off: look into its log.")
            return
        yield judge(name, reply)
    alive = connection.sock is kept and isinstance(kept, socket.socket)
    yield Finding(
        "keep-alive",
        alive,
        "one connection for all calls" if alive else "a new connection for each call",
        "It works, but slowly. With nginx set `keepalive_disable none;`, since the Web Connector calls itself MSIE 6.",
        serious=False,
    )


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None) -> Reply:
    headers = {"User-Agent": USER_AGENT, "Connection": "Keep-Alive"}
    if body is not None:
        headers |= {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}serverVersion"'}
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    return Reply(
        response.status,
        response.headers.get_content_type() if response.headers["Content-Type"] else "",
        response.read(READ_BYTES_MAX),
        response.headers.get("Location", ""),
    )


def _wants_200(name: str, reply: Reply) -> Finding:
    if 300 <= reply.status < 400:
        remedy = f"The Web Connector follows no redirects: use {reply.location or 'the final address'} as PUBLIC_URL."
        return Finding(name, False, f"{reply.status} to {reply.location}", remedy)
    remedy = "It must answer 200 without a login. Look for a proxy, a firewall or a login page in front."
    return Finding(name, reply.status == 200, str(reply.status), remedy)


def _wants_wsdl(name: str, reply: Reply) -> Finding:
    ok = reply.status == 200 and b"definitions" in reply.body and NAMESPACE.encode() in reply.body
    return Finding(name, ok, f"{reply.status} {reply.content_type}", "This address is not the Web Connector endpoint.")


def _wants_answer(name: str, reply: Reply) -> Finding:
    if reply.status != 200:
        return _wants_200(name, reply)
    ok = reply.content_type == "text/xml" and b"serverVersionResult" in reply.body
    remedy = "The answer must be text/xml from the endpoint itself; something in front replaces it."
    return Finding(name, ok, reply.content_type or "no content type", remedy)
