"""The demo's other processes: the web server and the background worker, started, watched and stopped together.

Rule     each child is the leader of a session of its own, so that Ctrl-C reaches only the demo itself, and so that
         whatever a child has started can be ended with it
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STOP_SECONDS = 12
TAIL_LINES = 15


class ChildDied(Exception):
    """A child has ended by itself; the text holds the last lines of its log."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log_path: Path
    log: IO[bytes]


class Children:
    def __init__(self, directory: Path, environment: Mapping[str, str], logs: Path) -> None:
        self.directory, self.environment, self.logs = directory, environment, logs
        self._all: list[Child] = []

    def start(self, name: str, arguments: Sequence[str]) -> None:
        path = self.logs / f"demo-{name}.log"
        log = path.open("wb")
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.directory,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._all.append(Child(name, process, path, log))

    def check(self) -> None:
        """Raises ChildDied if one is no longer there."""
        for child in self._all:
            status = child.process.poll()
            if status is not None:
                lines = child.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
                tail = "\n".join(f"  {line}" for line in lines)
                raise ChildDied(f"The {child.name} process ended (status {status}). Its log, {child.log_path}:\n{tail}")

    def wait_for(self, port: int, seconds: float = 40) -> None:
        """Until something listens there; raises ChildDied if a child dies first, or nothing comes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.check()
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.1)
        raise ChildDied(f"Nothing answers on port {port} after {seconds:.0f} seconds; see the logs in {self.logs}.")

    def stop(self) -> None:
        """Ask each to end, wait, and end what is left with everything that it has started."""
        for child in self._all:
            with suppress(ProcessLookupError):
                child.process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for child in self._all:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, until - time.monotonic()))
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
            child.log.close()
        self._all.clear()


def port_is_free(port: int) -> bool:
    """On both loopback addresses: a browser that is sent to localhost may try either."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            probe = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue  # this machine has no such addresses
        with probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if family == socket.AF_INET or error.errno == 98:
                    return False
    return True
