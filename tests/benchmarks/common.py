"""What the benchmarks share: a database of their own, the web server, and how figures are taken.

Rule     figures of one run are compared with figures of the same run; another machine's, or another hour's, never
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import http.client
import json
import os
import resource
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 180  # on a machine that is busy with other things, too


def parser(module: str, description: str) -> argparse.ArgumentParser:
    formatter = argparse.ArgumentDefaultsHelpFormatter
    return argparse.ArgumentParser(f"python -m tests.benchmarks.{module}", None, description, formatter_class=formatter)


def add_database(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument(
        "--database",
        default="sqlite",
        metavar="sqlite|postgres://…",
        help="SQLite in a new file, or a PostgreSQL server, on which a database is made and dropped again; "
        "?conn_max_age=600 at the end of either keeps connections so long, whatever the settings say",
    )


def kind(database: str) -> str:
    """What may be reported of the database: no address, no password."""
    _, mark, options = database.partition("?")
    return database.partition(":")[0].partition("?")[0] + mark + options


def show(figures: dict) -> None:
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


# The application's surroundings ----------------------------------------------------------------------------


@contextlib.contextmanager
def surroundings(database: str, **settings: str) -> Iterator[Path]:
    """An environment in which the application can be set up, with an empty database; yields a folder for files.

    DEMO only allows a Salesforce on this machine; DEBUG stays off, and the database keeps what is committed as it does
    in production.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, _database(database, Path(name)) as url:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "DATABASE_URL": url,
            "DATA_DIR": name,
            "SECRET_KEY": secrets.token_hex(25),
            "DEMO": "true",
            "DEBUG": "false",
            "LOG_LEVEL": "ERROR",
            "PUBLIC_URL": "http://localhost:8000",
            **settings,
        }
        yield Path(name)


@contextlib.contextmanager
def _database(where: str, folder: Path) -> Iterator[str]:
    where, _, options = where.partition("?")
    options = f"?{options}" if options else ""
    if where == "sqlite":
        yield f"sqlite:///{folder / 'benchmark.sqlite3'}{options}"
        return
    import psycopg

    name = f"benchmark_{secrets.token_hex(5)}"
    with psycopg.connect(where.replace("postgres://", "postgresql://"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(where)._replace(path=f"/{name}")) + options
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def set_up() -> None:
    """Django, with every table."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def disconnect() -> None:
    from django.db import connections

    connections.close_all()


# The web server --------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class Web:
    """gunicorn with one process and a few threads, as in production; ``pid`` is the worker's."""

    def __init__(self, application: str) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "1", "--threads", "4", "--keep-alive", "75", "--log-level", "error"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ})
        atexit.register(self.stop)
        self._wait()
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.pid = int(children.read_text().split()[0])

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/qbwc/")
                connection.getresponse().read()
                connection.close()
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the web server did not start within {START_SECONDS_MAX} seconds")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()


# Figures ---------------------------------------------------------------------------------------------------


def cpu_seconds(pid: int | None = None) -> float:
    """What a process has used so far, ours if none is named: it does not grow when others use the machine."""
    if pid is None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int | None = None) -> float:
    text = Path(f"/proc/{pid or 'self'}/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def rate(count: int, seconds: float) -> float:
    return round(count / seconds, 2) if seconds else 0.0


def ratio(value: float, to: float) -> float:
    return round(value / to, 4) if to else 0.0
