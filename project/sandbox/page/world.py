"""The demo's world: a database of its own, both programs with a small company in them, and the product set up for it.

Rule     the product is set up only by its own commands, as a stranger would: configure, salesforce_package, qwc
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections

from project.sandbox import example, example_books
from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile
from project.sandbox.page.desk import Desk
from project.sandbox.salesforce import Org, Running, serve
from project.sandbox.web_connector import WebConnector
from syncapp.models import Pair

KEY = "demo"
ADMIN = "admin"
# The Web Connector waits this long when the server says "not just yet"; the real one waits five seconds.
PAUSE_SECONDS = 0.5

SETTINGS = """\
# Written by `manage.py demo` at its start: this is all that the product is told.

[salesforce.{key}]
auth = "client_credentials"
domain = {domain}
client_id = {client_id}
client_secret = {client_secret}

[desktop.{key}]
username = "{key}-qbwc"
password = {password}
company_file = ""

[pair.{key}]
salesforce = "{key}"
quickbooks = "desktop.{key}"
schedule = "*/10 * * * *"
first_run = "apply"
customers = {{ direction = "both", only_won = true, conflict = "quickbooks", conflict_by_field = {{ fax = "ask" }} }}
contacts = {{ on = true }}
items = {{ on = true, direction = "both", conflict = "quickbooks" }}
quantities = {{ on = true, every_minutes = 0 }}
price_levels = {{ on = true }}
sales = {{ on = true, conflict = "quickbooks", from_invoices = true, invoices_since = {invoices_since} }}
invoices = {{ on = true }}
sales_orders = {{ on = true }}
sales_receipts = {{ on = true }}
estimates = {{ on = true }}
credit_memos = {{ on = true }}
refunds = {{ on = true }}
payments = {{ on = true }}
credits = {{ on = true }}
"""


class CannotStart(Exception):
    """The demo cannot start here; the text says why, and what to do."""


@dataclass
class World:
    org: Org
    file: CompanyFile
    salesforce: Running
    connector: WebConnector
    pair: Pair
    desk: Desk
    accounts: example.Filled
    customers: example.Filled
    deals: dict[str, str]  # ids of the opportunities, by name
    papers: dict[str, str]  # ids of documents and payments, by number
    seed: int
    admin_password: str
    lock: IO[str]

    def stop(self) -> None:
        self.salesforce.stop()
        connections.close_all()
        self.lock.close()


def check_settings() -> None:
    """Raises CannotStart where the demo would work in somebody's real database or queue."""
    database = settings.DATABASES["default"]
    own = settings.DATA_DIR / "demo.sqlite3"
    if Path(str(database["NAME"])) != own or settings.REDIS_URL:
        raise CannotStart(
            "The demo makes its database anew at each start, so it works with nothing but one of its own; here "
            "DATABASE_URL or REDIS_URL names another (in the environment or in .env). Start it like this:\n"
            f"  DATABASE_URL=sqlite:///{own} REDIS_URL= manage.py demo"
        )


def take_lock() -> IO[str]:
    """Hold the data folder for as long as this process lives; raises CannotStart if another demo has it."""
    path = settings.DATA_DIR / "demo.lock"
    lock = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        who = lock.read().strip() or "unknown"
        lock.close()
        raise CannotStart(
            f"Another demo (process {who}) works in {settings.DATA_DIR}. Stop it, or give this one a folder of its "
            "own: DATA_DIR=/some/other/folder manage.py demo"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def build(
    *, public_url: str, seed: int, tell: Callable[[str], object], wsgi_app: Any = None, while_waiting: Any = None
) -> World:
    """Everything but the processes that serve it.

    1. A fresh database, with somebody who may sign in.
    2. Both programs, and the way to them.
    3. The product learns of them, and installs its fields in Salesforce.
    4. People have entered their records.
    5. The .qwc file goes into the Web Connector.
    """
    lock = take_lock()
    settings.PUBLIC_URL = public_url
    tell("Making a database")
    _fresh_database()
    admin_password = secrets.token_urlsafe(12)
    get_user_model().objects.create_superuser(ADMIN, "", admin_password)
    clock, chance = Clock(real=True), Chance(seed)
    org = Org(KEY, clock=clock, chance=chance)
    salesforce = serve(org)
    settings.SALESFORCE_LOOPBACK_URL = os.environ["SALESFORCE_LOOPBACK_URL"] = salesforce.url.rstrip("/")
    # Enterprise, since Pro knows no sales orders.
    file = CompanyFile("Harborview Supply", clock=clock, chance=chance, edition="Enterprise")
    tell("Setting up the org, the company and the pair")
    password = secrets.token_urlsafe(24)
    _configure(org, password)
    call_command("salesforce_package", "install", KEY, poll_seconds=0.2, stdout=StringIO())
    tell("Entering customers, items, opportunities, invoices and payments on both sides")
    accounts, customers = example.fill_org(org, seed), example.fill_company(file, seed)
    example_books.fill_items(file)
    example_books.fill_levels(file)
    papers = example_books.fill_books(file)
    deals = example_books.fill_deals(org, example_books.fill_products(org))
    connector = WebConnector.from_qwc(
        file,
        _qwc(),
        password=password,
        clock=clock,
        chance=chance,
        wsgi_app=wsgi_app,
        while_waiting=while_waiting,
        no_op_pause_seconds=0 if wsgi_app else PAUSE_SECONDS,
        keep_exchanges=False,
    )
    pair = Pair.objects.select_related("org", "desktop").get(key=KEY)
    desk = Desk(org, file)
    return World(
        org, file, salesforce, connector, pair, desk, accounts, customers, deals, papers, seed, admin_password, lock
    )


def _fresh_database() -> None:
    connections.close_all()
    name = str(settings.DATABASES["default"]["NAME"])
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(name + suffix).unlink()
    call_command("migrate", verbosity=0, interactive=False)


def _configure(org: Org, password: str) -> None:
    path = settings.DATA_DIR / "demo.toml"
    values = {
        "domain": org.domain,
        "client_id": org.client_id,
        "client_secret": org.client_secret,
        "password": password,
        "invoices_since": example_books.opened_since(org.clock.now().date()).isoformat(),
    }
    quoted = {name: json.dumps(value) for name, value in values.items()}  # TOML's basic strings are JSON's
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(SETTINGS.format(key=KEY, **quoted), encoding="utf-8")
    call_command("configure", str(path), stdout=StringIO())


def _qwc() -> str:
    answer = StringIO()
    call_command("qwc", KEY, stdout=answer)
    return answer.getvalue().strip()
