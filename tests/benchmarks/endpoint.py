"""Exchanges per second of the Web Connector's endpoint, as shares of a server that does nothing.

An exchange is sendRequestXML and receiveResponseXML. One Web Connector, one connection that is kept, gunicorn with one
process; the queue is in a database that is asked to survive a power cut. The servers take turns, round after round,
and medians are compared, so that what else the machine does falls on all of them.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from tests.benchmarks import common
from tests.benchmarks.soap import Caller, Http, InProcess
from tests.qbwc.conversation import hcp_of

SMALL, LARGE = 10_000, 1_000_000
MANY = 50  # requests to a message
DEPTHS = (100, 20_000)
OTHERS = ("null", "lxml_view", "spyne_null", "ours_null")


def customer(number: int) -> str:
    """A CustomerRet of the usual size, about a kilobyte."""
    address = "".join(f"<Addr{n}>{number} Main Street, line {n}</Addr{n}>\n" for n in range(1, 4))
    place = "<City>San Mateo</City>\n<State>CA</State>\n<PostalCode>94402</PostalCode>\n<Country>USA</Country>\n"
    return (
        f"<CustomerRet>\n<ListID>8000{number:04X}-1770138927</ListID>\n"
        "<TimeCreated>2026-02-03T09:15:27-08:00</TimeCreated>\n<TimeModified>2026-02-03T10:02:44-08:00</TimeModified>\n"
        f"<EditSequence>1770141764</EditSequence>\n<Name>Customer {number}</Name>\n"
        f"<FullName>Customer {number}</FullName>\n"
        f"<IsActive>true</IsActive>\n<Sublevel>0</Sublevel>\n<CompanyName>Company &amp; Sons {number}</CompanyName>\n"
        f"<FirstName>Ren&#233;e</FirstName>\n<LastName>Lund</LastName>\n<BillAddress>\n{address}{place}</BillAddress>\n"
        f"<ShipAddress>\n{address}{place}</ShipAddress>\n<Phone>650-555-0142</Phone>\n<Email>ap@example.com</Email>\n"
        "<TermsRef>\n<ListID>80000002-1770138927</ListID>\n<FullName>Net 30</FullName>\n</TermsRef>\n"
        "<Balance>1250.00</Balance>\n<TotalBalance>1250.00</TotalBalance>\n<JobStatus>None</JobStatus>\n</CustomerRet>\n"
    )


class Answers:
    """QuickBooks's answers to documents of queries or adds: as many customers as make up the size, for each request."""

    def __init__(self, size: int) -> None:
        records = "".join(customer(n) for n in range(max(1, size // len(customer(1)))))
        self.records = escape(records)
        self.bytes = len(records)

    def __call__(self, sent: str) -> str:
        parts = []
        for piece in sent.split('Rq requestID="')[1:]:
            parts.append(self._part(piece.partition('"')[0]))
        if not parts:
            parts = [self._part("1")]
        head = escape('<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n')
        return head + "".join(parts) + escape("</QBXMLMsgsRs>\n</QBXML>\n")

    def _part(self, request_id: str) -> str:
        attributes = f'requestID="{request_id}" statusCode="0" statusSeverity="Info" statusMessage="Status OK"'
        return f"&lt;CustomerQueryRs {attributes}&gt;\n{self.records}&lt;/CustomerQueryRs&gt;\n"


# The queue -------------------------------------------------------------------------------------------------


class Queue:
    """One company and its outbox."""

    def __init__(self, key: str) -> None:
        from qbwc import passwords
        from qbwc.models import Company

        self.company = Company.objects.create(key=key, name=key, username=key)
        self.password = passwords.set_password(self.company)
        self.facts = hcp_of(str(self.company.file_id), key)

    def fill(self, depth: int) -> None:
        """Exactly so many queued requests, and no session."""
        from django.db import transaction
        from django.utils import timezone

        from qbwc import outbox
        from qbwc.models import Message, Request, Session

        with transaction.atomic():
            Session.objects.filter(company=self.company).update(closed_at=timezone.now(), state="closed")
            out = Request.objects.filter(company=self.company, state="sent")
            out.update(state="cancelled", closed_at=timezone.now(), announced=True)
            Message.objects.filter(company=self.company, state="sent").update(state="abandoned")
            missing = depth - Request.objects.filter(company=self.company, state="queued").count()
            if missing <= 0:
                return
            first = outbox.enqueue(self.company, "CustomerQuery", {"ListID": ["80000001-1770138927"]})
            rows = [
                Request(company=self.company, name=first.name, body=first.body, checked_for=first.checked_for)
                for _ in range(missing - 1)
            ]
            Request.objects.bulk_create(rows, batch_size=500)

    def caller(self, transport: Callable, answers: Callable) -> Caller:
        caller = Caller(transport, answers)
        if (said := caller.authenticate(self.company.username, self.password)) in ("none", "nvu", "busy"):
            raise RuntimeError(f"the sign-in was answered {said!r}")
        caller.facts = self.facts
        return caller


# What is measured ------------------------------------------------------------------------------------------


def exchanges(caller: Caller, most: int, seconds: float) -> tuple[float, list[float]]:
    """Exchanges per second of time spent waiting for the server, and each one's seconds; the first is not counted."""
    caller.exchange()
    caller.exchange_seconds.clear()
    until = time.monotonic() + seconds
    while len(caller.exchange_seconds) < most and time.monotonic() < until:
        if caller.exchange() == 100:
            break
    spent = caller.exchange_seconds
    return len(spent) / sum(spent), spent


def calls(action: Callable[[], Any], most: int, seconds: float) -> tuple[float, list[float]]:
    action()
    spent: list[float] = []
    until = time.monotonic() + seconds
    while len(spent) < most and time.monotonic() < until:
        began = time.perf_counter()
        action()
        spent.append(time.perf_counter() - began)
    return len(spent) / sum(spent), spent


class Figures:
    """Rates by name, a list each, and milliseconds."""

    def __init__(self) -> None:
        self.rates: dict[str, list[float]] = {}
        self.spent: dict[str, list[float]] = {}

    def take(self, name: str, measured: tuple[float, list[float]], times: int = 1) -> None:
        self.rates.setdefault(name, []).append(measured[0] * times)
        self.spent.setdefault(name, []).extend(measured[1])

    def median(self, name: str) -> float:
        return statistics.median(self.rates[name])

    def typical(self, name: str) -> float:
        """The rate at which it would go if every one took what half of them take at most: others' bursts fall out."""
        times = MANY if "many" in name else 1
        return times / common.percentile(self.spent[name], 0.5)

    def as_json(self) -> dict[str, Any]:
        """By name, as it is reported."""
        return {
            name: {
                "per_second": round(self.median(name), 1),
                "best": round(max(rates), 1),
                "p50_ms": round(common.percentile(self.spent[name], 0.5) * 1000, 3),
                "p99_ms": round(common.percentile(self.spent[name], 0.99) * 1000, 3),
            }
            for name, rates in self.rates.items()
        }


class Bench:
    """All servers at once; each is idle while another one is asked."""

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self.figures = Figures()
        self.small, self.large, self.one = Answers(SMALL), Answers(LARGE), Answers(1)
        self.queues = {depth: Queue(f"depth-{depth}") for depth in DEPTHS}
        self.many = Queue("many")
        self.idle = Queue("idle")
        self.webs = {name: common.Web(f"tests.benchmarks.served:{name}") for name in OTHERS}
        self.webs["ours"] = self._ours(1)
        self.webs["many"] = self._ours(MANY)
        self.http = {name: Http(web.port) for name, web in self.webs.items()}
        self._make_idle()

    def _ours(self, requests_per_message: int) -> common.Web:
        os.environ["QBWC_REQUESTS_PER_MESSAGE"] = str(requests_per_message)
        return common.Web("project.wsgi")

    def _make_idle(self) -> None:
        """A company of which everything is known, and which has nothing to do."""
        self.idle.fill(1)
        caller = self.idle.caller(self.http["ours"], self.small)
        while caller.exchange() != 100:
            pass
        caller.close()

    def close(self) -> None:
        for name, web in self.webs.items():
            self.http[name].close()
            web.stop()

    def round(self) -> None:
        gc.collect()
        for name in OTHERS:
            self._others(name)
        for depth, queue in self.queues.items():
            queue.fill(depth)
            self._exchanges(f"ours, {depth} queued", queue, "ours", self.small, self.most)
        deepest = self.queues[DEPTHS[-1]]
        self._exchanges("ours, 1 MB", deepest, "ours", self.large, max(3, self.most // 20))
        self._many()
        self._polls()

    def _others(self, name: str) -> None:
        caller = Caller(self.http[name], self.small)
        caller.authenticate()
        self.figures.take(f"{name}, 10 KB", exchanges(caller, self.most, self.seconds))
        self.figures.take(f"{name}, sendRequestXML", calls(caller.send, self.most, self.seconds))
        self.figures.take(f"{name}, authenticate", calls(caller.authenticate, self.most, self.seconds))
        caller.answer_of = self.large
        self.figures.take(f"{name}, 1 MB", exchanges(caller, max(3, self.most // 20), self.seconds))

    def _exchanges(self, name: str, queue: Queue, server: str, answers: Answers, most: int) -> None:
        caller = queue.caller(self.http[server], answers)
        self.figures.take(name, exchanges(caller, most, self.seconds))
        caller.close()

    def _many(self) -> None:
        for name, answers in (("1 KB each", self.one), ("10 KB each", self.small)):
            self.many.fill(self.most * MANY)
            caller = self.many.caller(self.http["many"], answers)
            self.figures.take(f"ours, many to a message, {name}", exchanges(caller, self.most - 2, self.seconds), MANY)
            caller.close()

    def _polls(self) -> None:
        caller = Caller(self.http["ours"], self.small)
        username, password = self.idle.company.username, self.idle.password

        def poll() -> None:
            assert caller.authenticate(username, password) == "none"
            caller.close()

        self.figures.take("ours, empty poll", calls(poll, self.most, self.seconds))
        sign_in = lambda: caller.authenticate(username, password)  # noqa: E731
        self.figures.take("ours, authenticate", calls(sign_in, self.most, self.seconds))

    def in_process(self) -> None:
        """Without HTTP: what the application alone costs. Last, since ours_null puts its service in our place."""
        os.environ["QBWC_REQUESTS_PER_MESSAGE"] = "1"
        from django.core.wsgi import get_wsgi_application

        from tests.benchmarks import served

        transport = InProcess(get_wsgi_application())
        queue = self.queues[DEPTHS[-1]]
        caller = queue.caller(transport, self.small)
        self.figures.take("ours, in process", exchanges(caller, self.most, self.seconds))
        caller.close()
        caller = Caller(InProcess(served.ours_null), self.small)
        self.figures.take("ours_null, in process", exchanges(caller, self.most, self.seconds))
        caller = Caller(InProcess(served.lxml_view), self.small)
        self.figures.take("lxml_view, in process", exchanges(caller, self.most, self.seconds))

    def commits(self) -> dict[str, float]:
        """How long one durable commit of an answer's size takes here, and how many an exchange makes."""
        from django.db import connection, transaction

        spent = []
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE benchmark_commit (content TEXT)")
        for _ in range(self.most):
            began = time.perf_counter()
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO benchmark_commit VALUES (%s)", [self.small.records])
            spent.append(time.perf_counter() - began)
        return {"p50_ms": round(common.percentile(spent, 0.5) * 1000, 3), "per_exchange": self._commits_per_exchange()}

    def _commits_per_exchange(self) -> float:
        from django.core.wsgi import get_wsgi_application
        from django.db import connections

        caller = self.queues[DEPTHS[-1]].caller(InProcess(get_wsgi_application()), self.small)
        caller.exchange()
        kind = type(connections["default"])
        commit, times = kind._commit, []
        kind._commit = lambda connection: (times.append(1), commit(connection))[1]
        try:
            for _ in range(3):
                caller.exchange()
        finally:
            kind._commit = commit
        caller.close()
        return round(len(times) / 3, 2)

    def ratios(self) -> dict[str, float]:
        get = self.figures.typical
        null = get("null, 10 KB")
        first, deep = (f"ours, {depth} queued" for depth in DEPTHS)
        return {
            "share_of_null, 100 queued": common.ratio(get(first), null),
            "share_of_null, 20,000 queued": common.ratio(get(deep), null),
            "20,000 queued to 100 queued": common.ratio(get(deep), get(first)),
            "share_of_null, 1 MB": common.ratio(get("ours, 1 MB"), get("null, 1 MB")),
            "many to a message, 1 KB each, to one": common.ratio(get("ours, many to a message, 1 KB each"), get(first)),
            "many to a message, 10 KB each, to one": common.ratio(
                get("ours, many to a message, 10 KB each"), get(first)
            ),
            **{
                f"spyne as we use it to the lxml view, {what}": common.ratio(
                    get(f"ours_null, {what}"), get(f"lxml_view, {what}")
                )
                for what in ("10 KB", "1 MB", "sendRequestXML", "authenticate")
            },
            **{
                f"spyne as it comes to the lxml view, {what}": common.ratio(
                    get(f"spyne_null, {what}"), get(f"lxml_view, {what}")
                )
                for what in ("10 KB", "1 MB", "sendRequestXML", "authenticate")
            },
        }


def main() -> None:
    arguments = common.parser("endpoint", __doc__.split("\n")[0])
    common.add_database(arguments)
    arguments.add_argument("--rounds", type=int, default=3, help="how often each server has its turn")
    arguments.add_argument("--seconds", type=float, default=4, help="the most that one measurement may take")
    arguments.add_argument("--exchanges", type=int, default=95, help="the most that one measurement counts")
    given = arguments.parse_args()
    with common.surroundings(given.database):
        common.set_up()
        bench = Bench(given.seconds, given.exchanges)
        try:
            for _ in range(given.rounds):
                bench.round()
            commits = bench.commits()
            bench.in_process()
        finally:
            bench.close()
            common.disconnect()
    database = common.kind(given.database)
    figures = {"figures": bench.figures.as_json(), "commits": commits, "ratios": bench.ratios()}
    common.show({"database": database, **figures})


if __name__ == "__main__":
    main()
