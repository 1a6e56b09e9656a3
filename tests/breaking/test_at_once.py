"""The Web Connector, several workers and the sweep at work at the same moment, each with its own connection."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from syncapp.models import Link, Operation, Run
from tests.breaking.calm import CalmWorld

RECORDS = 25
TURNS = 6


class Crowd:
    def __init__(self):
        self.problems = []
        self.said = []

    def run(self, *acts):
        threads = [threading.Thread(target=self._work, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
        assert not [thread for thread in threads if thread.is_alive()], "they wait for each other"

    def _work(self, act):
        try:
            for _ in range(TURNS):
                self.said.append(act())
        except Exception as problem:
            self.problems.append(f"{act.__name__}: {problem!r}")
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_several_at_once_neither_fail_nor_do_anything_twice():
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads share no database that is in memory only")
    world = CalmWorld(0)
    world.web_connector.while_waiting = None
    try:
        for n in range(RECORDS):
            world.salesforce.insert("Account", Name=f"Account {n}", Phone="0")
            world.file.add_customer(Name=f"Customer {n}", Phone="0")
        turn = iter(range(10_000))

        def people():
            n = next(turn)
            for account in world.salesforce.records("Account")[::3]:
                world.salesforce.update(account["Id"], Fax=str(n))
            for customer in world.file.customers()[::4]:
                world.file.edit_customer(customer["ListID"], AccountNumber=str(n))

        def first_worker():
            return world.cycle()

        def second_worker():
            return world.cycle(trigger="answers")

        crowd = Crowd()
        crowd.run(first_worker, second_worker, world.poll, world.sweep, people)
        assert crowd.problems == []
        assert not [each for each in crowd.said if each and ("fault" in each or "QBWC10" in each)], crowd.said
        assert not Run.objects.filter(message__contains="fault of ours").exists()
        world.rest()
        accounts, customers = world.names()
        assert accounts == customers
        assert len(customers) == 2 * RECORDS
        assert world.file.executed["CustomerAdd"] == RECORDS
        assert set(Link.objects.values_list("state", flat=True)) == {"in_step"}
        assert not Operation.objects.filter(state__in=Operation.OPEN).exists()
        for account in world.salesforce.records("Account"):
            customer = world.customer(account["Name"])
            assert (account["Fax"], account["AccountNumber"]) == (customer.get("Fax"), customer.get("AccountNumber"))
    finally:
        world.close()
