"""Damaged and hostile answers through the door: always a number, never twice, and every request comes to an end.

Each is a seed: run one again with FUZZ_SEED=…; --profile long makes tens of thousands. The judge is the fake
QuickBooks of test_chaos, which counts what it executes.
"""

from __future__ import annotations

import pytest

from qbwc import service
from qbwc.models import Message, Request
from tests.qbwc.conversation import requests_in
from tests.qbwc.test_chaos import World
from tests.qbxml.damage import Damage, samples, seeds

CHUNKS = 4
HOW_MANY = {"dev": 8, "ci": 400, "long": 15_000}  # in each chunk
OWN_SHARE = 8  # how much rather the right answer is damaged than another one
ROUNDS = 30
LEGAL = {ord(char) for char in "\t\n\r"} | set(range(0x20, 0xD800)) | set(range(0xE000, 0xFFFE))


class Hostile:
    """A world in which the first answers to each document are damaged, and later ones are right."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.others = samples()

    def live(self, seed: int) -> None:
        world, connector = self.world, self.world.connector
        requests = [world.add(), world.query(), world.add()]
        damage = Damage(seed, [])
        connector.authenticate()
        for _ in range(ROUNDS):
            document = connector.send()
            if not document:
                break
            damage.responses = [world.books.process(document).encode()] * OWN_SHARE + self.others
            progress = connector.receive(self.text(damage.document()))
            assert isinstance(progress, int)
            assert -1 <= progress <= 100
            if not 0 <= progress < 100:
                break
        connector.close()
        self.world.come_to_rest()
        self.judge(requests)

    def text(self, document: bytes) -> str:
        """As SOAP can carry it."""
        return "".join(char for char in document.decode("utf-8", "replace") if ord(char) in LEGAL)

    def judge(self, requests: list[Request]) -> None:
        executed = self.world.books.executed
        assert len(executed) == len(set(executed)), executed
        for request in requests:
            request.refresh_from_db()
            assert request.state in Request.CLOSED, request.state
            assert request.closed_at is not None
            assert request.announced
            if request.name == "CustomerAdd" and request.reference not in executed:
                assert request.failed, (request.state, request.status_code)
        assert not Message.objects.filter(state__in=["sent", "kept", "lost", "again"]).exists()


@pytest.mark.parametrize("kept_from", [None, 300], ids=["settled at once", "kept and settled later"])
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_hostile_answer_ends_nothing_but_its_own_session(db, request, settings, caplog, chunk, kept_from):
    how_many = HOW_MANY[request.config.getoption("--profile")]
    if kept_from:
        settings.QBWC_SETTLE_BYTES = kept_from
    hostile = Hostile(World())
    for seed in seeds(chunk * how_many, how_many):
        try:
            hostile.live(seed)
            broken = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
            assert broken == []
        except Exception as problem:
            raise AssertionError(f"FUZZ_SEED={seed} kept_from={kept_from}: {problem!r}") from problem


def test_a_write_waits_for_the_answer_of_the_one_before_to_be_settled(db, settings):
    settings.QBWC_SETTLE_BYTES = 10
    world = World()
    rows = [world.add(), world.add()]
    Request.objects.update(alone=True)
    world.connector.authenticate()
    assert 0 < world.connector.receive(world.books.process(world.connector.send())) < 100
    assert (world.connector.send(), world.connector.error()) == ("", "NoOp")
    service.sweep()
    assert f"<Name>{rows[1].reference}</Name>" in world.connector.send()


def test_an_answer_of_another_kind_is_no_answer(company, connector):
    """A number alone does not make an answer: it is for this request only if it is of its kind."""
    world = World()
    row = world.add()
    world.connector.authenticate()
    document = world.connector.send()
    right = world.books.process(document)
    assert requests_in(document)[0][0] == "CustomerAdd"
    world.connector.receive(right.replace("CustomerAddRs", "CustomerModRs"))
    row.refresh_from_db()
    assert row.state == "sent"
    world.connector.close()
    world.come_to_rest()
    row.refresh_from_db()
    assert (row.state, row.status_code, row.recovered) == ("answered", 0, True)
    assert len(world.books.executed) == 1


@pytest.mark.parametrize("code", ["", "99999999999999999999", "-1", "zero", "２"])
def test_a_write_whose_status_cannot_be_read_is_found_out(db, code):
    world = World()
    row = world.add()
    world.connector.authenticate()
    right = world.books.process(world.connector.send())
    assert world.connector.receive(right.replace('statusCode="0"', f'statusCode="{code}"')) >= 0
    row.refresh_from_db()
    assert row.state == "sent"
    world.connector.close()
    world.come_to_rest()
    row.refresh_from_db()
    assert (row.state, row.status_code, row.recovered) == ("answered", 0, True)
    assert len(world.books.executed) == 1


def test_a_document_type_is_refused_at_the_door(db):
    world = World()
    row = world.add()
    world.connector.authenticate()
    right = world.books.process(world.connector.send())
    bomb = '<?xml version="1.0"?>' + " " * 3000 + '<!DOCTYPE QBXML [<!ENTITY e "x">]>' + right.partition("?>")[2]
    assert world.connector.receive(bomb) >= 0
    row.refresh_from_db()
    assert row.state == "sent"
    world.connector.close()
    world.come_to_rest()
    row.refresh_from_db()
    assert (row.state, row.recovered) == ("answered", True)
