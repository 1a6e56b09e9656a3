"""A world without chance: the test says what happens, and looks at both sides when all is at rest."""

from __future__ import annotations

from django.db import transaction

from syncapp import mirror
from syncapp.models import Link, Operation
from syncapp.records import Side
from tests.world.whole import WholeWorld

IDLE_ROUNDS = 1  # after the last on the way to rest, in which nothing was done either


class CalmWorld(WholeWorld):
    def __init__(self, seed=0, *, winner=Side.QUICKBOOKS, **options):
        super().__init__(seed, winner=winner, **options)

    # Settings

    def settle_by(self, **settings):
        self.pair.flows = {"customer": {**self.pair.flows["customer"], **settings}}
        self.pair.save(update_fields=["flows"])

    def read_everything_again(self):
        """As after a day: both sides are listed completely."""
        mirror.read_all_again(self.pair)

    # Programs

    idle_rounds = IDLE_ROUNDS

    def rest(self, idle=None):
        """To rest, and then nothing more, however often it is tried: ``idle`` times, or as often as this world does.

        The last round on the way to rest did nothing, too: whoever has 0 here has seen that both sides were read and
        nothing was planned.
        """
        self.come_to_rest()
        before = self.amount_of_work()
        for _ in range(self.idle_rounds if idle is None else idle):
            self.cycle()
            self.poll()
            self.sweep()
        assert self.amount_of_work() == before, [str(o) for o in Operation.objects.order_by("id")[before:]]

    def poll_and_lose_the_answer_to(self, name):
        """The Web Connector dies with the answer to the first document that holds such a request."""
        strikes = self.web_connector._soap.strikes
        executed = []

        def strikes_at(fault):
            if fault == "lost_answer":
                return bool(executed)
            return strikes(fault)

        execute = self.web_connector._execute

        def watch(document):
            found = execute(document)
            if f"<{name}Rq" in document:
                executed.append(document)
            return found

        self.web_connector._execute, self.web_connector._soap.strikes = watch, strikes_at
        try:
            result = self.poll()
        finally:
            self.web_connector._execute, self.web_connector._soap.strikes = execute, strikes
        assert executed, f"no {name} was sent: {result}"
        return result

    # What people see

    def account(self, name):
        found = [a for a in self.salesforce.records("Account") if a["Name"] == name]
        assert len(found) == 1, f"{len(found)} accounts are called {name}"
        return found[0]

    def customer(self, name):
        found = [c for c in self.file.customers() if c["Name"] == name]
        assert len(found) == 1, f"{len(found)} customers are called {name}"
        return found[0]

    def names(self):
        accounts = sorted(a["Name"] for a in self.salesforce.records("Account"))
        return accounts, sorted(c["Name"] for c in self.file.customers())

    def states(self):
        return {link.name: link.state for link in Link.objects.order_by("id")}

    def link(self, name):
        return Link.objects.get(name=name)


def rows_of(models):
    """A backup of our own tables."""
    return [(model, list(model.objects.order_by("pk").values())) for model in models]


def put_back(backup, models):
    """Our own tables as they were: what has been added since is gone."""
    with transaction.atomic():
        for model in models:
            model.objects.all().delete()
        for model, rows in backup:
            model.objects.bulk_create([model(**row) for row in rows])
