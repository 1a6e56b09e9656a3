"""How the sandbox's Web Connector reaches a server: SOAP 1.1 as the .NET proxy sends it, over HTTP(S) or in process.

Rule     a redirect is not followed, and only text/xml is an answer: as with the real one.
"""

from __future__ import annotations

import http.client
import io
import ssl
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lxml import etree

NAMESPACE = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
USER_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
TIMEOUT_SECONDS = 100  # the .NET proxy's default

WsgiApp = Callable[..., Iterable[bytes]]


class WireError(Exception):
    """The server could not be reached, or what came back is no answer; the text is what QWCLog would show."""


@dataclass
class Reply:
    status: int
    reason: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Transport(Protocol):
    def request(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Reply: ...

    def close(self) -> None: ...


class HttpTransport:
    """One keep-alive connection; a connection that the server closed while it was idle is opened again."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._connection: http.client.HTTPConnection | None = None
        self._place = ""

    def request(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        parts = urlsplit(url)
        fresh = self._open(parts.scheme, parts.netloc)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            return self._once(method, path, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            self.close()
            if fresh:
                raise WireError(f"Unable to connect to the remote server: {error}") from error
            self._open(parts.scheme, parts.netloc)
            return self.request(method, url, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise WireError(f"Unable to connect to the remote server: {error}") from error

    def _open(self, scheme: str, netloc: str) -> bool:
        if self._connection is not None and self._place == f"{scheme}://{netloc}":
            return False
        self.close()
        self._place = f"{scheme}://{netloc}"
        if scheme == "https":
            self._connection = http.client.HTTPSConnection(netloc, timeout=TIMEOUT_SECONDS, context=self._context)
        else:
            self._connection = http.client.HTTPConnection(netloc, timeout=TIMEOUT_SECONDS)
        return True

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        assert self._connection is not None
        self._connection.request(method, path, body=body or None, headers=headers)
        response = self._connection.getresponse()
        content = response.read()
        return Reply(
            response.status,
            response.reason,
            {name.lower(): value for name, value in response.getheaders()},
            content,
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class WsgiTransport:
    """Straight into a WSGI callable, without a socket."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def request(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        caught: dict[str, Any] = {}

        def start_response(status: str, head: list[tuple[str, str]], exc_info: object = None) -> Callable[..., None]:
            caught.update(status=status, head=head)
            return lambda data: None

        chunks = self._app(self._environ(method, url, body, headers), start_response)
        try:
            content = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        code, _, reason = caught["status"].partition(" ")
        return Reply(int(code), reason, {name.lower(): value for name, value in caught["head"]}, content)

    def _environ(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        parts = urlsplit(url)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path or "/",
            "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.hostname or "localhost",
            "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": parts.netloc,
            "CONTENT_LENGTH": str(len(body)) if method == "POST" else "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": parts.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        return environ

    def close(self) -> None:
        """Nothing is kept open."""


def envelope(method: str, arguments: dict[str, str]) -> bytes:
    """The request as the .NET proxy writes it; an empty argument is an empty element."""
    inner = "".join(
        f"<{name}>{escape(value)}</{name}>" if value else f"<{name} />" for name, value in arguments.items()
    )
    call = f'<{method} xmlns="{NAMESPACE}">{inner}</{method}>' if inner else f'<{method} xmlns="{NAMESPACE}" />'
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>{call}</soap:Body></soap:Envelope>'
    ).encode("utf-8", "replace")


def headers(method: str) -> dict[str, str]:
    return {
        "User-Agent": USER_AGENT,
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{NAMESPACE}{method}"',
        "Connection": "Keep-Alive",
    }


def result(method: str, reply: Reply) -> Any:
    """The result element of a reply (None where the server left it out), or a WireError as .NET would word it."""
    if reply.status != 200 and not (reply.status == 500 and _is_xml(reply)):
        raise WireError(f"The request failed with HTTP status {reply.status}: {reply.reason}.")
    if not _is_xml(reply):
        kind = reply.headers.get("content-type", "")
        raise WireError(f"Client found response content type of '{kind}', but expected 'text/xml'.")
    try:
        root = etree.fromstring(reply.body, etree.XMLParser(resolve_entities=False, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise WireError(f"Response is not well-formed XML. {error}") from error
    fault = root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
    if fault is not None:
        raise WireError(f"System.Web.Services.Protocols.SoapException: {fault.findtext('faultstring', '')}")
    response = root.find(f"{{{SOAP}}}Body/{{{NAMESPACE}}}{method}Response")
    if reply.status != 200 or response is None:
        raise WireError(f"The answer to {method} holds no {method}Response.")
    return response.find(f"{{{NAMESPACE}}}{method}Result")


def _is_xml(reply: Reply) -> bool:
    return reply.headers.get("content-type", "").split(";")[0].strip().lower() == "text/xml"
