"""Random worlds: people ask for adds, changes, deletions and uploads while requests, answers and sessions get lost.

QuickBooks may forget what it knew of a lost document and say so (9002), so that only looking can tell what was done.
However that went: nothing is done twice, nothing is left out, and what is told of a row is true.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from project.sandbox.desktop.message_sets import MessageSets
from project.sandbox.desktop.settings import Quirks
from qbwc import chores
from qbwc.models import Message, Request
from syncapp.explorer import imports, running, service
from syncapp.explorer.models import Job, Row
from tests.explorer.core.office import Office
from tests.world.world import KINDS_OF_FAULT, seeds

FAULTS = [name for name in KINDS_OF_FAULT if name not in ("token_expired", "rate_limit", "unavailable_503")]
LISTS = ("Customer", "Vendor", "PaymentMethod")
LOSSES = ("lost_answer", "lost_request", "quickbooks_crash", "session_killed")
STEPS = 24


class World:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.quirk = self.random.choice([600, 9002, 9002])
        self.office = Office(seed, key=f"world-{seed}", quirks=Quirks(unknown_set_status=self.quirk))
        self.file = self.office.file
        self.jobs = []
        self.program = []
        self.names = 0

    # What people do

    def name(self):
        self.names += 1
        return f"Record {self.names}"

    def adds(self):
        kind = self.random.choice(LISTS)
        records = [{"Name": self.name()} for _ in range(self.random.choice([1, 1, 3]))]
        self.ask(kind, "add", *records)
        return f"{kind} {records}"

    def uploads(self):
        many = self.random.choice([5, 30])
        text = "Name,Phone\n" + "".join(f"{self.name()},{n}\n" for n in range(many))
        job = imports.upload(self.office.company, "Customer", "add", "file.csv", text.encode(), "ann")
        self.jobs.append(service.start_import(job, "ann"))
        return f"{many} customers"

    def modifies(self):
        found = self.file.customers()
        if not found:
            return "nobody"
        customer = self.random.choice(found)
        self.ask("Customer", "modify", {"FullName": customer["FullName"], "Phone": f"{self.random.random():.9f}"})
        return customer["FullName"]

    def deletes(self):
        found = self.file.customers()
        if not found:
            return "nobody"
        customer = self.random.choice(found)
        by = self.random.choice(["ListID", "FullName"])
        self.ask("Customer", "delete", {by: customer[by]})
        return customer["FullName"]

    def person_renames(self):
        found = self.file.customers()
        if not found:
            return "nobody"
        customer = self.random.choice(found)
        self.file.edit_customer(customer["ListID"], Name=f"{self.name()} renamed")
        return customer["Name"]

    def person_edits(self):
        found = self.file.customers()
        if found:
            self.file.edit_customer(self.random.choice(found)["ListID"], Fax=str(self.random.random())[:9])
        return ""

    def cancels(self):
        open_jobs = [job for job in self.jobs if Job.objects.filter(pk=job.pk, state=Job.State.OPEN).exists()]
        return service.cancel(self.random.choice(open_jobs), "ann") if open_jobs else "nothing"

    def ask(self, *asked):
        self.jobs.append(self.office.submit(*asked))

    # What programs do

    def updates(self):
        self.faults()
        result = self.office.session()
        if self.quirk == 9002 and self.random.random() < 0.6:
            self.file.sets = MessageSets()  # a document in doubt will stay so
        return f"{result.status} {' '.join(result.faults)} executed {result.executed}"

    def faults(self):
        self.office.faults.stop()
        for name in [*self.random.sample(FAULTS, 3), self.random.choice(LOSSES)]:
            setattr(self.office.faults, name, self.random.choice([0.0, 0.1, 0.4]))

    def tends(self):
        chores.sweep()
        return running.tend()

    # A whole life

    def live(self):
        weights = {"adds": 5, "uploads": 1, "modifies": 3, "deletes": 2, "person_renames": 1, "person_edits": 1}
        weights |= {"updates": 10, "tends": 1, "cancels": 0.3}
        self.step("adds")
        for _ in range(STEPS):
            self.step(self.random.choices(list(weights), list(weights.values()))[0])
        self.office.faults.stop()
        self.file.close_modal_dialog()
        for job in self.jobs:
            self.office.run(Job.objects.get(pk=job.pk))
        self.check()

    def step(self, name):
        self.program.append(f"{name}: {getattr(self, name)()}")

    # What must hold

    def check(self):
        found = list(Row.objects.filter(job__in=self.jobs).select_related("job"))
        told = {(row.job.record_type, row.job.action, row.state): 0 for row in found}
        told = Counter({**told, **Counter((row.job.record_type, row.job.action, row.state) for row in found)})
        assert not [key for key in told if key[2] in (Row.State.WAITING, Row.State.QUEUED)], told
        marked = {kind: [each.get("ExternalGUID") for each in self.file.elements(kind)] for kind in LISTS[:2]}
        for row in found:
            if row.job.action == "add" and row.job.record_type in marked:
                assert row.state != Row.State.UNKNOWN, f"row {row.pk}: {row.problem}"
                there = marked[row.job.record_type].count(f"{{{row.guid}}}")
                assert there <= 1, f"DOUBLE: row {row.pk}"
                assert there == 0 or row.state == Row.State.DONE, f"SAID {row.state}, IS THERE: row {row.pk}"
        for kind in LISTS:
            self.check_count(f"{kind}Add", told, kind, "add")
        self.check_count("CustomerMod", told, "Customer", "modify")
        there = {each["ListID"] for each in self.file.customers()}
        gone = {row.record_id for row in found if (row.job.action, row.state) == ("delete", Row.State.DONE)}
        assert not gone & there, f"SAID DELETED, IS THERE: {gone & there}"
        assert self.file.executed["ListDel"] <= told["Customer", "delete", Row.State.DONE]
        for job in Job.objects.filter(pk__in=[job.pk for job in self.jobs]):
            counted = Row.objects.filter(job=job, state=Row.State.DONE).count()
            assert job.done == counted, f"job {job.pk} says {job.done} done, it is {counted}"

    def check_count(self, request, told, kind, action):
        """QuickBooks did it as often as we say; where we do not know, perhaps once."""
        done, unknown = told[kind, action, Row.State.DONE], told[kind, action, Row.State.UNKNOWN]
        executed = self.file.executed[request]
        assert done <= executed <= done + unknown, f"{request}: {executed} times, told {done} done, {unknown} unknown"


@pytest.mark.django_db
def test_nothing_is_done_twice_or_left_out_whatever_is_lost(worlds):
    for seed in seeds(worlds(12, 400)):
        world = World(seed)
        try:
            world.live()
        except Exception as problem:
            lines = "\n  ".join(world.program)
            raise AssertionError(f"WORLD_SEED={seed} quirk={world.quirk}: {problem}\n  {lines}") from problem
        finally:
            Message.objects.update(about=None)
            Job.objects.all().delete()
            Request.objects.all().delete()
