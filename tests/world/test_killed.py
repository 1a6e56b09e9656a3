"""The web server and the worker are killed (SIGKILL) at random while a sync runs; afterwards everything must hold."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connections

from project.sandbox.qwc import Registration
from project.sandbox.web_connector import WebConnector
from qbwc import passwords
from syncapp.models import Pair
from tests.world.whole import WholeWorld
from tests.world.world import seeds

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 40


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def database_url():
    """Where this test's own database is, as a child process is told."""
    given = settings.DATABASES["default"]
    if "sqlite" in given["ENGINE"]:
        return f"sqlite:///{given['NAME']}"
    user, password = given["USER"], f":{given['PASSWORD']}" if given["PASSWORD"] else ""
    return f"postgres://{user}{password}@{given['HOST'] or '127.0.0.1'}:{given['PORT'] or 5432}/{given['NAME']}"


class ProcessWorld(WholeWorld):
    """The endpoint is gunicorn, a cycle is a process of its own; each may be killed at any moment."""

    def __init__(self, seed):
        self.port = free_port()
        self.deaths = random.Random(f"deaths {seed}")
        self.web = None
        super().__init__(seed)
        url = f"http://localhost:{self.port}/qbwc/"
        self.web_connector = WebConnector(
            self.file,
            username="acme-qbwc",
            password=passwords.set_password(self.company),
            clock=self.clock,
            chance=self.chance,
            faults=self.faults,
            url=url,
            registration=Registration(url=url, username="acme-qbwc", file_id=self.company.file_guid),
            while_waiting=lambda: time.sleep(0.2),
        )
        self.environment = {
            **os.environ,
            "DEBUG": "true",
            "DATABASE_URL": database_url(),
            "SALESFORCE_LOOPBACK_URL": self.server.url,
            "DATA_DIR": str(settings.DATA_DIR),
            "SECRET_KEY": settings.SECRET_KEY,
        }
        self.start_web()

    def run(self, *command):
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start_web(self):
        self.web = self.run(
            "-m",
            "gunicorn",
            "project.wsgi",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--threads",
            "2",
            "--log-level",
            "error",
        )
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/qbwc/", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the web server does not start")

    def kill(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    # One step each; ``deadly`` ones end in the middle

    def poll(self, deadly=False):
        executioner = None
        if deadly:
            executioner = threading.Timer(self.deaths.uniform(0.02, 0.5), self.kill, [self.web])
            executioner.start()
        result = super().poll()
        if executioner is not None:
            executioner.join()
            self.start_web()
        return result

    def cycle(self, trigger="test", deadly=False):
        # Time passes: what a killed process had leased is free again.
        Pair.objects.update(lease="", leased_until=None)
        process = self.run("manage.py", "sync", "acme")
        if deadly:
            time.sleep(self.deaths.uniform(0.8, 2.6))
            self.kill(process)
            return "killed"
        return f"exit {process.wait(timeout=120)}"

    def work_meanwhile(self):
        """The worker is a process of its own, which a waiting session does not start."""

    def deadly_poll(self):
        return self.poll(deadly=True)

    def deadly_cycle(self):
        return self.cycle(deadly=True)

    def close(self):
        if self.web is not None:
            self.kill(self.web)
        connections.close_all()
        super().close()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_doubled_when_the_web_server_and_the_worker_are_killed(worlds):
    for seed in seeds(worlds(1, 20)):
        run_and_kill(seed)


def run_and_kill(seed):
    world = ProcessWorld(seed)
    try:
        for n in range(6):
            world.person_creates()
            if n % 2:
                world.step("deadly_cycle")
                world.step("deadly_poll")
            world.step("person_edits")
        for _ in range(3):
            world.step("deadly_cycle")
            world.step("person_edits")
            world.step("deadly_poll")
            world.step("person_edits")
        world.come_to_rest()
        world.check()
    except Exception as problem:
        lines = "\n  ".join(world.program)
        raise AssertionError(f"WORLD_SEED={seed} winner={world.winner.value}: {problem}\n  {lines}") from problem
    finally:
        world.close()
