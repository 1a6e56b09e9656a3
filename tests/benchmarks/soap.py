"""The driver: a Web Connector's calls, as cheap as they can be made, over one kept connection or in process."""

from __future__ import annotations

import io
import re
import socket
import time
from collections.abc import Callable
from xml.sax.saxutils import escape, unescape

NAMESPACE = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
HEAD = f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}"><soap:Body>'
TAIL = "</soap:Body></soap:Envelope>"
RESULT = re.compile(rb"Result(?:>| [^>]*>)(.*)</(?:\w+:)?\w+Result>", re.DOTALL)
STRING = re.compile(rb"<(?:\w+:)?string(?:/>|>(.*?)</(?:\w+:)?string>)", re.DOTALL)
FACTS = ("8", "QuickBooks Enterprise Solutions 24.0")


def reply(name: str, result: str) -> bytes:
    inside = f'<{name}Response xmlns="{NAMESPACE}"><{name}Result>{result}</{name}Result></{name}Response>'
    return (HEAD + inside + TAIL).encode()


def document(name: str, parameters: dict[str, str]) -> bytes:
    """The answer of QuickBooks may be given escaped already, as bytes would be: its cost is not the server's."""
    inside = "".join(f"<{key}>{value}</{key}>" if value else f"<{key} />" for key, value in parameters.items())
    return f'{HEAD}<{name} xmlns="{NAMESPACE}">{inside}</{name}>{TAIL}'.encode()


class Http:
    """One connection that is kept open; calls and answers of known length."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def __call__(self, name: str, body: bytes) -> bytes:
        head = (
            "POST /qbwc/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
            f'SOAPAction: "{NAMESPACE}{name}"\r\nContent-Length: {len(body)}\r\n\r\n'
        )
        self.socket.sendall(head.encode() + body)
        status = self.file.readline()
        length, chunked = 0, False
        while (line := self.file.readline()) not in (b"\r\n", b""):
            key, _, value = line.partition(b":")
            if key.lower() == b"content-length":
                length = int(value)
            chunked = chunked or (key.lower() == b"transfer-encoding" and b"chunked" in value)
        content = self._chunks() if chunked else self.file.read(length)
        if b" 200 " not in status:
            raise RuntimeError(f"{status!r} {content[:500]!r}")
        return content

    def _chunks(self) -> bytes:
        pieces = []
        while size := int(self.file.readline(), 16):
            pieces.append(self.file.read(size))
            self.file.readline()
        self.file.readline()
        return b"".join(pieces)

    def close(self) -> None:
        self.file.close()
        self.socket.close()


class InProcess:
    """Straight into a WSGI application."""

    def __init__(self, application: Callable) -> None:
        self.application = application

    def __call__(self, name: str, body: bytes) -> bytes:
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/qbwc/",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "CONTENT_TYPE": "text/xml; charset=utf-8",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_SOAPACTION": f'"{NAMESPACE}{name}"',
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        statuses: list[str] = []
        chunks = self.application(environ, lambda status, headers, exc_info=None: statuses.append(status))
        content = b"".join(chunks)
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
        if not statuses[0].startswith("200"):
            raise RuntimeError(f"{statuses[0]} {content[:500]!r}")
        return content

    def close(self) -> None:
        """Nothing is kept open."""


class Caller:
    """What a session says. ``answer_of`` makes QuickBooks's answer, escaped, from a document, escaped."""

    def __init__(self, transport: Callable[[str, bytes], bytes], answer_of: Callable[[str], str]) -> None:
        self.transport, self.answer_of = transport, answer_of
        self.ticket, self.facts = "", ""
        self.exchange_seconds: list[float] = []

    def call(self, name: str, **parameters: str) -> bytes:
        return self.transport(name, document(name, parameters))

    def authenticate(self, username: str = "nobody", password: str = "nothing") -> str:
        """What the second string says; the ticket is kept."""
        answer = self.call("authenticate", strUserName=username, strPassword=password)
        strings = [text.decode() for text in STRING.findall(answer)]
        self.ticket = strings[0]
        return strings[1]

    def send(self) -> str:
        facts, self.facts = self.facts, ""
        answer = self.call(
            "sendRequestXML",
            ticket=self.ticket,
            strHCPResponse=escape(facts),
            strCompanyFileName="C:\\Acme.QBW",
            qbXMLCountry="US",
            qbXMLMajorVers="16",
            qbXMLMinorVers="0",
        )
        found = RESULT.search(answer)
        return found.group(1).decode() if found else ""

    def receive(self, response: str) -> int:
        answer = self.call("receiveResponseXML", ticket=self.ticket, response=response, hresult="", message="")
        return int(RESULT.search(answer).group(1))

    def exchange(self) -> int:
        """One document and its answer; its time is noted, without what making the answer takes."""
        began = time.perf_counter()
        sent = self.send()
        taken = time.perf_counter() - began
        if not sent:
            raise RuntimeError(f"no document: {unescape(self.call('getLastError', ticket=self.ticket).decode())}")
        response = self.answer_of(sent)
        began = time.perf_counter()
        percent = self.receive(response)
        self.exchange_seconds.append(taken + time.perf_counter() - began)
        if percent < 0:
            raise RuntimeError(f"refused: {self.call('getLastError', ticket=self.ticket).decode()}")
        return percent

    def close(self) -> None:
        self.call("closeConnection", ticket=self.ticket)
