"""A system that receives webhooks: a real HTTP server on loopback, which answers as the test says."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Keeps what it was told: `calls` are (path, headers, body)."""

    def __init__(self):
        self.calls, self.status, self.headers, self.drip = [], 200, {}, 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((self.path, dict(self.headers), body))
                if receiver.drip:
                    self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
                    for _ in range(100):
                        time.sleep(receiver.drip)
                        self.wfile.write(b".")
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    """The client went away."""

            def log_message(self, *args):
                """Tests keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?from=us"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
