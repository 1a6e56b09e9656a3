"""The whole product at work on one machine, with Salesforce and QuickBooks in miniature beside it."""

from __future__ import annotations

import logging
import signal
import time
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

WATCH_SECONDS = 0.5


class Command(BaseCommand):
    help = (
        "Shows the product at work, every flow of it: makes a database, a small company in QuickBooks and in "
        "Salesforce (both in miniature, on this machine), starts the web server, the background worker and the Web "
        "Connector, and serves a page on which both sides can be edited, until Ctrl-C. With --once it runs without a "
        "browser until everything is at rest, and judges every kind on both sides. Exit status: 0 if all is well, 1 "
        "if not."
    )

    # They would import every address before the log is told to be brief.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=_port, default=8000, help="the web server's port (8000)")
        parser.add_argument("--once", action="store_true", help="run until at rest, judge, and end; no browser needed")
        parser.add_argument("--seed", type=int, default=2026, help="decides the people, phones and streets (2026)")
        parser.add_argument(
            "--every", type=_seconds, default=5.0, metavar="SECONDS", help="how often the Web Connector calls (5)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from project.sandbox.page.world import CannotStart, check_settings

        if options["verbosity"] < 2:
            for name in ("", "spyne", "django-q"):
                logging.getLogger(name).setLevel(logging.WARNING)
        # A stop by the system, or by closing the terminal, is a stop by the person: everything is put away. A shell
        # starts what runs in the background with SIGINT ignored; there, too, it ends the demo.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, _interrupt)
        try:
            check_settings()
            if options["once"]:
                self._once(options)
            else:
                self._serve(options)
        except CannotStart as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    # Without a browser

    def _once(self, options: dict[str, Any]) -> None:
        from django.core.wsgi import get_wsgi_application

        from project.sandbox.page.once import Once
        from project.sandbox.page.world import build

        settings.ALLOWED_HOSTS = ["localhost"]
        waiting: list[Once] = []
        world = build(
            public_url="http://localhost",
            seed=options["seed"],
            tell=self._tell,
            wsgi_app=get_wsgi_application(),
            while_waiting=lambda: waiting[0].while_waiting(),
        )
        try:
            once = Once(world, self.stdout.write, self.style)
            waiting.append(once)
            if not once.run():
                raise CommandError("The demo did not end as it should.")
        finally:
            world.stop()

    # With pages

    def _serve(self, options: dict[str, Any]) -> None:
        from project.sandbox.page.children import ChildDied, Children, port_is_free
        from project.sandbox.page.world import build

        port = options["port"]
        if not port_is_free(port):
            raise CommandError(
                f"Port {port} is in use. Stop what listens there (perhaps another demo), or choose another port: "
                f"manage.py demo --port {port + 10}"
            )
        url, data = f"http://localhost:{port}", settings.DATA_DIR.resolve()
        world = build(public_url=url, seed=options["seed"], tell=self._tell)
        environment = {
            "DEMO": "true",
            "DATA_DIR": str(data),
            "DATABASE_URL": f"sqlite:///{data / 'demo.sqlite3'}",
            "REDIS_URL": "",
            "PUBLIC_URL": url,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "SALESFORCE_LOOPBACK_URL": settings.SALESFORCE_LOOPBACK_URL,
            "Q_WORKERS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        children = Children(settings.BASE_DIR, environment, data)
        try:
            self._tell("Starting the web server and the background worker")
            children.start("web", [*_GUNICORN, "--bind", f"127.0.0.1:{port}"])
            children.start("worker", ["manage.py", "qcluster"])
            children.wait_for(port)
            self._show(world, children, url, port, options["every"])
        except ChildDied as problem:
            raise CommandError(str(problem)) from None
        finally:
            # From here on a second Ctrl-C would only leave something behind.
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(each, signal.SIG_IGN)
            children.stop()
            world.stop()

    def _show(self, world: Any, children: Any, url: str, port: int, every: float) -> None:
        from project.sandbox.page.children import port_is_free
        from project.sandbox.page.pulse import Pulse
        from project.sandbox.page.server import Page
        from project.sandbox.page.show import Show

        pulse = Pulse(world, every)
        show = Show(world, pulse, url)
        page = Page(show.state, show.do, port=port + 1 if port_is_free(port + 1) else 0)
        try:
            pulse.start()
            self._welcome(url, page.url, world.admin_password)
            while True:
                children.check()
                time.sleep(WATCH_SECONDS)
        finally:
            pulse.stop()
            page.stop()

    def _welcome(self, url: str, page_url: str, password: str) -> None:
        bold = self.style.MIGRATE_HEADING
        self.stdout.write(
            "\n"
            f"  Both sides at once  {bold(page_url)}\n"
            f"  Admin               {bold(url + '/admin/')}   name: {bold('admin')}   password: {bold(password)}\n"
            "\n"
            "  Things to try on the first page:\n"
            "    change a phone on either side, and watch it arrive on the other\n"
            "    win “Site office” under Opportunities: it becomes an invoice, and its number and total come back\n"
            "    receive a payment for that invoice: it shows in Salesforce, and what is open falls\n"
            "    change a price, or adjust a quantity, under Items; add “Espresso Machine”, which an order waits for\n"
            "    enter an invoice in QuickBooks (and see the opportunity), void it, or write into one in Salesforce\n"
            "    change the percentage of “Trade” under Price levels; give money back for a credit memo\n"
            "  And in the admin: accept “Acme Inc.” as “ACME, Incorporated” (an invoice waits for it),\n"
            "  decide on the fax of “Thistle Tailors”, and read any record's timeline.\n"
            "\n"
            f"  Logs: {settings.DATA_DIR}/demo-web.log, {settings.DATA_DIR}/demo-worker.log\n"
            "  Ctrl-C ends it all.\n"
        )
        self.stdout.flush()

    def _tell(self, step: str) -> None:
        self.stdout.write(f"{step} …")
        self.stdout.flush()


_GUNICORN = [
    *("-m", "gunicorn", "project.wsgi", "--worker-class", "gthread", "--workers", "1", "--threads", "8"),
    *("--graceful-timeout", "3", "--timeout", "120", "--access-logfile", "-"),
]


def _interrupt(signum: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _port(text: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65534:
        raise ArgumentTypeError(f"a port is a number from 1024 to 65534, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.5 <= seconds <= 3600:
        raise ArgumentTypeError(f"seconds are a number from 0.5 to 3600, not {text!r}")
    return seconds
