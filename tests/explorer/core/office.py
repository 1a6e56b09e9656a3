"""A QuickBooks in miniature with its Web Connector, our real WSGI application, and a person who asks for something."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile
from project.sandbox.faults import Faults
from project.sandbox.qwc import Registration
from project.sandbox.web_connector import WebConnector
from qbwc import chores, passwords
from qbwc.models import Company, Request
from syncapp.explorer import running, service
from syncapp.explorer.models import Job, Row

URL = "http://localhost/qbwc/"
SESSIONS_MAX = 40


class Office:
    def __init__(self, seed: int = 1, key: str = "acme", file: Any = None, **options: Any) -> None:
        # QuickBooks's clock shows our time: records in doubt are searched among those changed since they were sent.
        self.clock, self.chance, self.faults = Clock(timezone.now().astimezone(UTC)), Chance(seed), Faults()
        if file is not None:
            self.clock, self.chance, self.faults = file.clock, file.chance, file.faults
        self.company = Company.objects.create(key=key, name=key.title(), username=f"{key}-qbwc")
        self.file = file or CompanyFile("Acme", clock=self.clock, chance=self.chance, faults=self.faults, **options)
        self.web_connector = WebConnector(
            self.file,
            username=self.company.username,
            password=passwords.set_password(self.company),
            clock=self.clock,
            chance=self.chance,
            faults=self.faults,
            url=URL,
            wsgi_app=WSGIHandler(),
            registration=Registration(url=URL, username=self.company.username, file_id=self.company.file_guid),
        )

    def submit(self, record_type: str, action: str, *records: Any, **options: Any) -> Job:
        return service.submit(self.company, record_type, action, list(records), **{"asked_by": "ann", **options})

    def session(self) -> Any:
        """One update of the Web Connector."""
        self.clock.advance(60)
        return self.web_connector.update()

    def run(self, job: Job) -> Job:
        """Updates, and the chores between them, until the job has ended."""
        for _ in range(SESSIONS_MAX):
            self.session()
            chores.sweep()
            running.tend()
            # What waits for its moment has waited long enough.
            Request.objects.filter(not_before__isnull=False).update(not_before=None)
            job.refresh_from_db()
            if not job.is_open and not Row.objects.filter(job=job, state=Row.State.QUEUED).exists():
                return job
        states = list(Row.objects.filter(job=job).values_list("number", "state", "problem", "progress"))
        raise AssertionError(f"job {job.pk} does not end: {job.state} {job.problem} {states[:5]}")

    def ask(self, record_type: str, action: str, *records: Any, **options: Any) -> Job:
        return self.run(self.submit(record_type, action, *records, **options))

    def only(self, job: Job) -> Row:
        return Row.objects.get(job=job)


def rows(job: Job) -> list[Row]:
    return list(Row.objects.filter(job=job).order_by("number"))


def one_document(office):
    """A session that ends after its first document."""
    deliver = office.web_connector._exchange

    def once(document):
        deliver(document)
        return 100

    office.web_connector._exchange = once
    office.session()
    office.web_connector._exchange = deliver
