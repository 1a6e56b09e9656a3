"""The sockets: one or several orgs behind one loopback port, with connections that stay open.

A client that would call ``https://acme.my.salesforce.com`` calls ``http://127.0.0.1:PORT`` instead and keeps the
original host in the Host header.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .gateway import Gateway
from .org import Org
from .wire import Request, Response, html

BODY_BYTES_MAX = 60_000_000
JOB_BYTES_MAX = 160_000_000


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sfdc"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 300
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > (JOB_BYTES_MAX if "/jobs/ingest/" in self.path else BODY_BYTES_MAX):
            self._send(html(413, "Request Entity Too Large"))
            self.close_connection = True
            return
        body = self.rfile.read(length) if length else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.server.gateway.handle(Request(self.command, self.path, headers, body))
        if response is None:
            self._hang_up()
        else:
            self._send(response)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _serve

    def _send(self, response: Response) -> None:
        payload = response.payload()
        lines = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
        lines.append(f"Date: {self.date_time_string()}")
        if payload:
            lines.append(f"Content-Type: {response.content_type}")
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if response.status not in (204, 304):
            lines.append(f"Content-Length: {len(payload)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self.wfile.write(head if self.command == "HEAD" else head + payload)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """The org keeps a journal; nothing is written to the terminal."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, gateway: Gateway) -> None:
        self.gateway = gateway
        self.open_sockets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open_sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open_sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in mid-answer is no news; everything else is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


@dataclass
class Running:
    """A server at work; ``url`` is where it listens."""

    url: str
    port: int
    gateway: Gateway
    _server: _Server
    _thread: threading.Thread

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for each in list(self._server.open_sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()


def serve(orgs: Org | Sequence[Org], port: int = 0) -> Running:
    """Start serving in a thread of its own; port 0 takes whichever is free."""
    gateway = Gateway([orgs] if isinstance(orgs, Org) else orgs)
    server = _Server(port, gateway)
    number = server.server_address[1]
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"salesforce:{number}", daemon=True
    )
    thread.start()
    return Running(f"http://127.0.0.1:{number}", number, gateway, server, thread)
