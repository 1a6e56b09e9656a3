"""The page's own little server: one page, what it shows, and the edits that a person makes there.

Rule     it listens on this machine alone and answers only to its own name; it takes an edit only from its own page.
         A page on the internet that guesses the address can neither read nor change anything (also not by DNS
         rebinding: the Host header would be its own).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.db import connections

from project.sandbox.page.plain import Refusal

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    **{f"/{name}": (name, "text/javascript; charset=utf-8") for name in ("kinds.js", "editor.js", "page.js")},
}
BODY_MAX = 64 * 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

State = Callable[[], dict[str, Any]]
Do = Callable[[dict[str, Any]], dict[str, Any]]


class Page:
    """Serves until ``stop``; ``state`` says what to show, ``do`` carries out an edit or raises Refusal."""

    def __init__(self, state: State, do: Do, *, port: int = 0) -> None:
        self.state, self.do = state, do
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.page = self
        self.port = int(self._server.server_address[1])
        self.url = f"http://localhost:{self.port}/"
        self.hosts = {f"localhost:{self.port}", f"127.0.0.1:{self.port}"}
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="demo page", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    page: Page


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60

    def do_GET(self) -> None:
        if not self._is_for_us():
            return
        path = self.path.split("?")[0]
        if path == "/api/state":
            self._answer(self.server.page.state)
        elif path in FILES:
            name, kind = FILES[path]
            self._send(200, (STATIC / name).read_bytes(), kind)
        else:
            self._send_json(404, {"error": "There is no such page."})

    def do_POST(self) -> None:
        if not self._is_for_us() or not self._is_from_us():
            return
        if self.path != "/api/do":
            self._send_json(404, {"error": "There is no such thing to do."})
            return
        asked = self._read()
        if asked is not None:
            self._answer(lambda: self.server.page.do(asked))

    # Who asks

    def _is_for_us(self) -> bool:
        """The Host header is a name of ours."""
        if (self.headers.get("Host") or "").lower() in self.server.page.hosts:
            return True
        self._refuse("This page answers only to its own address on this machine.")
        return False

    def _is_from_us(self) -> bool:
        """Browsers say with each POST which page it comes from; the content type keeps plain forms out besides."""
        origin = self.headers.get("Origin") or ""
        ours = origin.lower() in {f"http://{host}" for host in self.server.page.hosts}
        if ours and (self.headers.get("Content-Type") or "").split(";")[0].strip() == "application/json":
            return True
        self._refuse("Edits are taken from this page only.")
        return False

    def _refuse(self, message: str) -> None:
        self.close_connection = True  # what else it may have sent is not read
        self._send_json(403, {"error": message})

    # Reading and answering

    def _read(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length") or ""
        if not length.isdigit() or int(length) > BODY_MAX:
            self._too_much()
            return None
        try:
            asked = json.loads(self.rfile.read(int(length)))
        except ValueError:
            asked = None
        if isinstance(asked, dict):
            return asked
        self._send_json(400, {"error": "That was no edit."})
        return None

    def _too_much(self) -> None:
        self.close_connection = True
        self._send_json(413, {"error": "That was too much for an edit."})

    def _answer(self, ask: Callable[[], dict[str, Any]]) -> None:
        try:
            status, answer = 200, ask()
        except Refusal as refusal:
            status, answer = 422, {"error": str(refusal)}
        except Exception:
            logger.exception("%s %s failed", self.command, self.path)
            status, answer = 500, {"error": "That failed at a fault of the page's own; the terminal has the details."}
        finally:
            connections.close_all()  # each thread has its own
        self._send_json(status, answer)

    def _send_json(self, status: int, answer: dict[str, Any]) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)
