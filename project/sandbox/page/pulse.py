"""What keeps the demo moving: the Web Connector's calls, and a cycle whenever somebody has changed something.

Words    pulse  a cycle in the background worker, and then one call of the Web Connector
Rule     the sync itself runs in the other processes, as in real life; from here it is only asked for
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.db import connections
from django.utils import timezone
from django_q.tasks import async_task

from project.sandbox.page import rows
from project.sandbox.page.world import World
from syncapp import links
from syncapp.flows import kinds_on
from syncapp.models import Operation, Run

logger = logging.getLogger(__name__)

CYCLE_SECONDS_MAX = 20
WRONG_PASSWORD = "QBWC1040"
REMEDY = "It still has the old password: stop the demo with Ctrl-C, and start it again."
LOOK_SECONDS = 0.2


class Pulse:
    """A thread that polls every so many seconds, and at once after an edit."""

    def __init__(self, world: World, every: float) -> None:
        self.world, self.every = world, every
        self.busy = False
        self.called = ""  # when the Web Connector's last call ended
        self.failed = ""  # how it went wrong
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web connector", daemon=True)

    def start(self) -> None:
        self.world.desk.edited.set()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self.world.desk.edited.set()
        self._thread.join(timeout=5)

    def sync_now(self) -> None:
        self.world.desk.edited.set()

    def status(self) -> dict[str, Any]:
        """A mood for the page; when the last call and the last cycle were; and what is wrong, if anything."""
        run = rows.last_run(self.world.pair)
        wrong = self.failed or (f"The last cycle: {run['state']}. {run['message']}" if run and not run["ok"] else "")
        mood = "ill" if wrong else "busy" if self.busy else "well"
        return {"mood": mood, "wrong": wrong, "called": self.called, "cycle": run["at"] if run else ""}

    # The thread

    def _run(self) -> None:
        while not self._stopped.is_set():
            asked = self.world.desk.edited.wait(self.every)
            self.world.desk.edited.clear()
            if self._stopped.is_set():
                return
            try:
                self._beat(asked)
            except Exception:
                logger.exception("the demo's Web Connector stumbled; it tries again")
            finally:
                self.busy = False
                connections.close_all()

    def _beat(self, asked: bool) -> None:
        self.busy = asked or self._unsettled()
        if self.busy:
            self._cycle()
        result = self.world.connector.update()
        self.called = timezone.now().isoformat()
        self.failed = "" if result.ok else f"The Web Connector: {result.error} {result.status}"
        if WRONG_PASSWORD in self.failed:
            self.failed += f". {REMEDY}"

    def _unsettled(self) -> bool:
        pair = self.world.pair
        due = links.any_due(pair, kinds_on(pair.flows))
        return due or Operation.objects.filter(pair=pair, state__in=Operation.OPEN).exists()

    def _cycle(self) -> None:
        """Ask the worker for a cycle, and wait until one has been made."""
        runs = Run.objects.filter(pair=self.world.pair)
        last = runs.order_by("-id").values_list("id", flat=True).first() or 0
        async_task("syncapp.tasks.sync_pair", self.world.pair.pk, "demo")
        until = time.monotonic() + CYCLE_SECONDS_MAX
        while time.monotonic() < until and not self._stopped.is_set():
            if runs.filter(id__gt=last, finished_at__isnull=False).exists():
                return
            self._stopped.wait(LOOK_SECONDS)
