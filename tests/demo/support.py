"""Starting the demo as a stranger does: as a program of its own, in a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


def environment(data: Path) -> dict[str, str]:
    """Ours, without what points at other databases or at pytest's settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_", "COV_"))}
    return {**ours, "DATA_DIR": str(data), "DATABASE_URL": f"sqlite:///{data / 'demo.sqlite3'}", "REDIS_URL": ""}


def run_once(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "demo", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(data), capture_output=True, text=True, timeout=300, check=False
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningDemo:
    """`manage.py demo` at work: its addresses, as it prints them."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.output = data / "output.txt"
        command = [sys.executable, "manage.py", "demo", "--port", str(self.port), "--every", "1"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(data),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while "Ctrl-C ends it all" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.2)

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    @property
    def page_url(self) -> str:
        return self._found(r"Both sides at once\s+(\S+)")

    @property
    def password(self) -> str:
        return self._found(r"password: (\S+)")

    @property
    def admin_url(self) -> str:
        return self._found(r"Admin\s+(\S+)")

    def _found(self, pattern: str) -> str:
        match = re.search(pattern, self.said)
        assert match is not None, self.said
        return match.group(1)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout=40)
        finally:
            if self.process.poll() is None:
                self.process.kill()


def processes_of(data: Path) -> list[str]:
    """What still runs with this data folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            held = (each / "environ").read_bytes().split(b"\0")
            if f"DATA_DIR={data}".encode() in held:
                found.append((each / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
