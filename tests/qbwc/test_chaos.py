"""Everything goes wrong in any order; still every write is executed once, and every answer ends somewhere.

The fake QuickBooks here keeps message sets as the real one does: it is the judge, since it counts executions.
"""

from __future__ import annotations

import random
import threading

import hypothesis.strategies as st
import pytest
from django.db import connection, connections
from hypothesis import given
from hypothesis import settings as effort
from hypothesis.extra.django import TestCase
from lxml import etree

from qbwc import outbox, passwords, service
from qbwc.models import Company, Message, Request
from tests.qbwc.conversation import WebConnector, hcp_of, rs, wrap

SOME_NAME = "CustomerRet"


class Books:
    """Executes what it is given, remembers message sets, and answers like QuickBooks."""

    def __init__(self):
        self.executed: list[str] = []
        self.sets: dict[str, tuple[str, list[tuple[str, str, int]]]] = {}

    def process(self, document: str) -> str | tuple[str, str]:
        if "POISON" in document:
            return "0x80040400", "QuickBooks found an error when parsing the provided XML text stream."
        messages = etree.fromstring(document.encode())[0]
        new, old = messages.get("newMessageSetID"), messages.get("oldMessageSetID")
        if old and old == new:
            return self.check(new)
        if old:
            known = self.sets.pop(old, None)
            return wrap("", f' messageSetStatusCode="{0 if known else 600}"')
        if new in self.sets:
            same = self.sets[new][0] == document
            return self.check(new) if same else wrap("", ' messageSetStatusCode="9001"')
        statuses, inside = [], ""
        for request in messages:
            name, number = request.tag.removesuffix("Rq"), request.get("requestID")
            code = 0
            if name.endswith("Add"):
                customer = request.findtext(".//Name")
                code = 3100 if customer in self.executed else 0
                self.executed.append(customer)
            statuses.append((name, number, code))
            record = f"<{SOME_NAME}>\n<ListID>8000{int(number):04X}-1</ListID>\n</{SOME_NAME}>\n" if not code else ""
            inside += rs(name, number, record, code)
        if new:
            self.sets[new] = document, statuses
        return wrap(inside, f' newMessageSetID="{new}" messageSetStatusCode="0"' if new else "")

    def check(self, set_id: str) -> str:
        if set_id not in self.sets:
            return wrap("", f' newMessageSetID="{set_id}" messageSetStatusCode="600"')
        recovery = "<ErrorRecovery>\n<ListID>80000001-1</ListID>\n</ErrorRecovery>\n"
        inside = "".join(
            rs(name, number, "" if code else recovery, code) for name, number, code in self.sets[set_id][1]
        )
        return wrap(inside, f' newMessageSetID="{set_id}" messageSetStatusCode="0"')


class World:
    """One company, and a Web Connector whose calls go astray."""

    def __init__(self, key: str = "chaos"):
        self.company = Company.objects.create(key=key, name=key, username=key)
        password = passwords.set_password(self.company)
        self.books = Books()
        self.connector = WebConnector(key, password, hcp=hcp_of(self.company.file_guid, key))
        self.document = ""
        self.added = 0

    def add(self, poison: bool = False) -> Request:
        self.added += 1
        name = f"{'POISON' if poison else 'Acme'} {self.added}"
        return outbox.enqueue(self.company, "CustomerAdd", {"CustomerAdd": {"Name": name}}, reference=name)

    def query(self) -> Request:
        return outbox.enqueue(self.company, "CustomerQuery", {"MaxReturned": 1})

    def login(self) -> None:
        self.connector.authenticate()

    def ask(self) -> None:
        self.document = self.connector.send() if self.connector.ticket else ""

    def execute_and_answer(self, times: int = 1) -> None:
        if self.document:
            answer = self.books.process(self.document)
            for _ in range(times):
                self.tell(answer)
            self.document = ""

    def execute_and_lose(self) -> None:
        if self.document:
            self.books.process(self.document)

    def break_off(self) -> None:
        if self.document:
            self.books.process(self.document)
            self.tell(("0x8004040D", "The session ticket is invalid."))
            self.document = ""

    def dialog(self) -> None:
        """QuickBooks refuses to look at it; nothing was executed, but we can't know."""
        if self.document:
            self.tell(("0x80040414", "A modal dialog box is showing."))
            self.document = ""

    def tell(self, answer) -> None:
        self.connector.receive(*(("", *answer) if isinstance(answer, tuple) else (answer,)))

    def come_to_rest(self) -> None:
        for _ in range(30):
            if not outbox.has_work(self.company):
                break
            self.connector.update(self.books.process)
            service.sweep()
        else:
            raise AssertionError("there is always work left")

    def judge(self) -> None:
        assert len(self.books.executed) == len(set(self.books.executed)), self.books.executed
        open_still = Request.objects.filter(company=self.company).exclude(state__in=["answered", "refused"])
        assert not open_still.exists(), [(one.state, one.status_message) for one in open_still]
        answered = Request.objects.filter(company=self.company, state="answered", name="CustomerAdd")
        assert {one.reference for one in answered} == set(self.books.executed)
        assert {one.status_code for one in answered} <= {0}
        refused = Request.objects.filter(company=self.company, state="refused", name="CustomerAdd")
        assert all("POISON" in one.reference for one in refused)
        assert not Message.objects.filter(company=self.company, state__in=["sent", "kept", "lost", "again"]).exists()
        assert not Request.objects.filter(company=self.company, announced=False).exists()


STEPS = {
    "add": World.add,
    "add poison": lambda world: world.add(poison=True),
    "query": World.query,
    "login": World.login,
    "ask": World.ask,
    "answer": World.execute_and_answer,
    "answer twice": lambda world: world.execute_and_answer(2),
    "executed, answer lost": World.execute_and_lose,
    "executed, then an error": World.break_off,
    "not executed, an error": World.dialog,
    "close": lambda world: world.connector.close(),
    "sweep": lambda world: service.sweep(),
}
PLANS = st.lists(st.sampled_from(sorted(STEPS)), max_size=40)


class Chaos(TestCase):
    @given(PLANS)
    def test_every_write_is_executed_once_whatever_goes_wrong(self, plan):
        world = World()
        for _ in range(3):
            world.add()
        for step in ["login", "ask", *plan]:
            STEPS[step](world)
        world.come_to_rest()
        world.judge()

    @given(PLANS)
    @effort(max_examples=15)
    def test_also_when_they_travel_singly(self, plan):
        with self.settings(QBWC_REQUESTS_PER_MESSAGE=1):
            world = World()
            for _ in range(3):
                world.add()
            for step in ["login", "ask", *plan]:
                STEPS[step](world)
            world.come_to_rest()
            world.judge()


# Really at once ------------------------------------------------------------------------------------------


def in_threads(*functions):
    failures: list[BaseException] = []

    def run(function):
        try:
            function()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures


@pytest.mark.django_db(transaction=True)
def test_four_connectors_at_once_never_swap_tenants():
    worlds = [World(f"tenant{number}") for number in range(4)]
    for world in worlds:
        for _ in range(8):
            world.add()
            world.query()

    def run(world):
        def update():
            seen: list[str] = []

            def answer(document):
                seen.append(document)
                return world.books.process(document)

            world.connector.update(answer)
            ids = [int(e.get("requestID")) for d in seen for e in etree.fromstring(d.encode())[0]]
            owners = set(Request.objects.filter(id__in=ids).values_list("company__key", flat=True))
            assert owners == {world.company.key}

        return update

    in_threads(*[run(world) for world in worlds])
    for world in worlds:
        assert len(world.books.executed) == 8
        world.judge()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_two_connectors_of_one_company_at_once_do_nothing_twice(seed, settings):
    """The same set-up file on two machines: each sign-in ends the other's session, in the middle of anything."""
    settings.QBWC_CHECK_ATTEMPTS = 1000
    world = World()
    for _ in range(6):
        world.add()
    lock = threading.Lock()

    def run(number):
        chance = random.Random(f"{seed} {number}")
        connector = WebConnector(world.company.username, world.connector.password, hcp=world.connector.hcp)

        def update():
            for _ in range(6):
                connector.authenticate()
                for _ in range(chance.randint(1, 4)):
                    document = connector.send()
                    if not document:
                        break
                    with lock:
                        answer = world.books.process(document)
                    if chance.random() < 0.7 and connector.receive(answer) < 0:
                        break

        return update

    in_threads(run(1), run(2))
    world.come_to_rest()
    world.judge()


@pytest.mark.django_db(transaction=True)
def test_work_may_be_queued_and_cancelled_while_a_session_runs():
    world = World()
    stop = threading.Event()

    def people():
        chance = random.Random(7)
        for _ in range(25):
            row = world.add()
            if chance.random() < 0.3:
                outbox.cancel(row.pk)
        stop.set()

    def connector():
        while not stop.is_set():
            world.connector.update(world.books.process)

    in_threads(people, connector)
    world.come_to_rest()
    service.sweep()
    Request.objects.filter(state="cancelled").delete()
    world.judge()


@pytest.mark.django_db(transaction=True)
def test_passwords_are_guessed_at_from_several_threads_without_an_error():
    world = World()
    in_threads(*[lambda: [WebConnector("chaos", "wrong").authenticate() for _ in range(5)] for _ in range(4)])
    assert connection.vendor in {"sqlite", "postgresql"}
    assert world.connector.authenticate()[1] in {"busy", ""}


# The judge can see ---------------------------------------------------------------------------------------


def resend_blindly(message, now):
    Message.objects.filter(pk=message.pk).update(state="abandoned")
    Request.objects.filter(message=message).update(state="queued", message=None)
    return []


def believe_everything_was_done(session, message, answers, response, now):
    from qbwc import messages, settle

    settle.store(message, response, Message.State.ANSWERED, now, {})
    messages.give_up(Message.objects.get(pk=message.about_id), "", now, executed=False)
    return settle.Settled()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("guard", "instead"),
    [("qbwc.messages.lose", resend_blindly), ("qbwc.settle._settle_check", believe_everything_was_done)],
)
def test_without_a_guard_the_judge_notices(monkeypatch, guard, instead):
    monkeypatch.setattr(guard, instead)
    world = World()
    world.add()
    for step in ("login", "ask", "executed, answer lost"):
        STEPS[step](world)
    world.come_to_rest()
    with pytest.raises(AssertionError):
        world.judge()
