"""Jobs of Bulk API 2.0: the only writer of BulkJob, and the calls by which a job is made, filled, watched and removed.

Rules    1 The row is committed before Salesforce is asked for anything; the job's id before data is sent; that a job
           may begin, before it is told to.
         2 A job that was not told to begin does nothing: who finds one left behind stops it.
         3 One that was asked for without an answer may stand there under an id that nobody knows. It is empty and not
           begun; after an hour it is looked for and stopped.
         4 Whether a job has ended is asked of Salesforce alone, and only an ended job says how its rows fared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.db.models import QuerySet

from syncapp import clock
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.errors import Lost, Refused
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.models import BulkJob, Org

State = BulkJob.State
ASKED = "asked"  # noted before Salesforce is asked for a job; where no id follows, nobody knows whether there is one
ENDS = {"JobComplete": State.DONE, "Failed": State.FAILED, "Aborted": State.ABORTED}
# Between two looks at jobs that run, each longer than the one before.
PAUSE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 15.0
# Salesforce gives up on a batch after much less; a job that takes longer is stuck.
HOURS_MAX = 24
# Filling a job takes minutes: what is still empty after so long was left behind.
LEFT_BEHIND_AFTER = timedelta(hours=1)
# Salesforce's clock and ours may differ so much.
CLOCKS = timedelta(minutes=5)
# After one has failed, what it was for goes its ordinary way so long.
PAUSE_AFTER_FAILURE = timedelta(hours=1)


def open_kinds(org: Org, company_key: str, way: str) -> list[str]:
    """The kinds of which there are jobs whose results have not been taken."""
    found = BulkJob.objects.filter(org=org, company_key=company_key, way=way, put_away_at__isnull=True)
    return sorted(set(found.values_list("kind", flat=True)))


def left_behind(org: Org, company_key: str) -> list[str]:
    """The kinds of which jobs may stand in Salesforce that nobody knows."""
    found = _without_answer(clock.now() - LEFT_BEHIND_AFTER).filter(org=org, company_key=company_key)
    return sorted(set(found.values_list("kind", flat=True)))


def _without_answer(before: datetime) -> QuerySet[BulkJob]:
    noted = {f"notes__{ASKED}": True}
    return BulkJob.objects.filter(way=BulkJob.Way.INGEST, job_id="", made_at__lt=before, **noted)


class Jobs:
    """The jobs of one kind in one org, for one company."""

    def __init__(self, gateway: Gateway, company_key: str, kind: str) -> None:
        self.gateway, self.company_key, self.kind = gateway, company_key, kind

    # What is known of them

    def open(self, way: str) -> dict[str, dict[str, BulkJob]]:
        """Those whose results have not been taken, by load and part, the oldest first."""
        found: dict[str, dict[str, BulkJob]] = {}
        for job in self._mine(way).filter(put_away_at__isnull=True).order_by("pk"):
            found.setdefault(job.load, {})[job.part] = job
        return found

    def failed_lately(self, way: str) -> bool:
        since = clock.now() - PAUSE_AFTER_FAILURE
        return self._mine(way).filter(state=State.FAILED, ended_at__gt=since).exists()

    def _mine(self, way: str) -> Any:
        return BulkJob.objects.filter(org=self.gateway.org, company_key=self.company_key, kind=self.kind, way=way)

    # Making them

    def note(self, way: str, load: str, part: str, sobject: str, **known: Any) -> BulkJob:
        """The row of a job that Salesforce is to be asked for."""
        return BulkJob.objects.create(
            org=self.gateway.org,
            company_key=self.company_key,
            kind=self.kind,
            way=way,
            load=load,
            part=part,
            sobject=sobject,
            made_at=clock.now(),
            **known,
        )

    def make_query(self, job: BulkJob, soql: str, *, include_deleted: bool) -> None:
        """Ask for the job, which begins at once."""
        body = {"operation": "queryAll" if include_deleted else "query", "query": soql}
        self._make(job, body, State.UNDER_WAY)

    def make_ingest(self, job: BulkJob, file: IO[bytes]) -> None:
        """Ask for the job and give it its data; it waits to be begun."""
        body = {"object": job.sobject, "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
        self._make(job, body, State.MADE)
        with self._counted(job):
            self.gateway.send_file(f"{_path(job)}/batches", file, "text/csv; charset=UTF-8")
        self._save(job, state=State.UPLOADED)

    def _make(self, job: BulkJob, body: dict[str, Any], state: str) -> None:
        self._save(job, notes={**job.notes, ASKED: True})
        try:
            with self._counted(job):
                made = self.gateway.ask("POST", f"jobs/{job.way}", body)
        except Refused:
            self._save(job, notes={**job.notes, ASKED: False})
            raise
        if not isinstance(made, dict) or not isinstance(made.get("id"), str):
            raise Lost("Salesforce's answer to a new job makes no sense.")
        self._save(job, job_id=made["id"], state=state)

    def begin(self, job: BulkJob) -> None:
        """Its data is complete. Told twice it is the same; where the answer is lost, looking at it tells."""
        self._save(job, state=State.UNDER_WAY)
        with suppress(Lost):
            self._change(job, "UploadComplete")

    # Watching them

    def look(self, job: BulkJob) -> bool:
        """Whether it has ended; one that Salesforce no longer knows has failed."""
        if job.state in BulkJob.ENDED:
            return True
        try:
            with self._counted(job):
                told = self.gateway.ask("GET", _path(job))
        except Refused as problem:
            if problem.status != 404:
                raise
            self.fail(job, "Salesforce does not know the job any more: its results are kept for seven days.")
            return True
        if job.way == BulkJob.Way.INGEST and told["state"] == "Open":
            with suppress(Lost):
                self._change(job, "UploadComplete")  # it was to begin, and that was lost on the way
            return False
        rows = int(told.get("numberRecordsProcessed") or 0)
        if told["state"] in ENDS:
            message = str(told.get("errorMessage") or job.message)[:1000]
            self._save(job, state=ENDS[told["state"]], message=message, rows=rows, ended_at=clock.now())
            return True
        self._save(job, rows=rows)
        if clock.now() - job.made_at > timedelta(hours=HOURS_MAX):
            why = f"It had not ended after {HOURS_MAX} hours."
            self.stop(job, why)
            self.fail(job, why)
            return True
        return False

    def wait(self, jobs: Sequence[BulkJob], until: float) -> bool:
        """Look at them until all have ended, or till then (as time.monotonic counts); whether they have."""
        pause = PAUSE_SECONDS
        while not all(self.look(job) for job in jobs):
            if time.monotonic() + pause > until:
                return False
            time.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)
        return True

    # Ending them

    def stop(self, job: BulkJob, why: str) -> None:
        """Have Salesforce stop it, if it was made and runs; afterwards nothing of it is done any more."""
        if job.job_id and job.state not in BulkJob.ENDED:
            try:
                self._change(job, "Aborted")
            except Refused as problem:
                if problem.status != 404 and "STATE" not in problem.problem.code.upper():
                    raise
        self._save(job, state=State.ABORTED, message=why, ended_at=clock.now())

    def fail(self, job: BulkJob, why: str) -> None:
        self._save(job, state=State.FAILED, message=why[:1000], ended_at=clock.now())

    def give_up(self, jobs: Sequence[BulkJob], problem: ConnectorError) -> None:
        """They came to nothing; what was made of them is stopped as far as Salesforce can be reached."""
        for job in jobs:
            if job.state not in BulkJob.ENDED:
                with suppress(ConnectorError):
                    self.stop(job, problem.message)
                self.fail(job, f"{problem.message} {problem.remedy}".strip())
        self.put_away(jobs)

    def put_away(self, jobs: Sequence[BulkJob]) -> None:
        """Their results have been taken; one that cannot be removed now goes by itself after seven days."""
        for job in jobs:
            self._save(job, put_away_at=clock.now())
        for job in jobs:
            if job.job_id:
                with suppress(ConnectorError), self._counted(job):
                    self.gateway.ask("DELETE", _path(job))

    # Those that nobody knows

    def stop_left_behind(self) -> None:
        """Stop what was asked for without an answer: jobs of our user for just that, of that hour, that no row knows.

        Where there are more of them than were asked for, some are another program's: none is touched.
        """
        before = clock.now() - LEFT_BEHIND_AFTER
        rows = list(_without_answer(before).filter(pk__in=self._mine(BulkJob.Way.INGEST)).order_by("pk"))
        if not rows:
            return
        with self._counted(rows[0]):
            unknown = list(self._not_begun(before))
        for sobject in {row.sobject for row in rows}:
            theirs = [row for row in rows if row.sobject == sobject]
            first, last = theirs[0].made_at - CLOCKS, theirs[-1].made_at + LEFT_BEHIND_AFTER
            alike = [job_id for job_id, made_of, at in unknown if made_of == sobject and first <= at <= last]
            for row, job_id in zip(theirs, alike if len(alike) <= len(theirs) else [], strict=False):
                self._save(row, job_id=job_id)
                with suppress(Refused), self._counted(row):
                    self._change(row, "Aborted")
                self.put_away([row])
        for row in rows:
            self._save(row, notes={**row.notes, ASKED: False})

    def _not_begun(self, before: datetime) -> Iterator[tuple[str, str, datetime]]:
        """Id, object and time of the ingest jobs of our user that were made and got nothing since."""
        known = set(BulkJob.objects.filter(way=BulkJob.Way.INGEST).values_list("job_id", flat=True))
        address = "jobs/ingest?jobType=V2Ingest"
        while address:
            told = self.gateway.get(address)
            for each in told["records"]:
                made_at = datetime.fromisoformat(each["createdDate"])
                ours = each["createdById"] == self.gateway.org.user_id and each["operation"] == "insert"
                if ours and each["state"] == "Open" and each["id"] not in known and made_at < before:
                    yield each["id"], each["object"], made_at
            address = (told.get("nextRecordsUrl") or "").partition(f"/v{self.gateway.version}/")[2]

    # Results

    def pages(self, job: BulkJob, file: IO[bytes], rows: int) -> Iterator[None]:
        """The results of a query, each page in turn in the file."""
        locator = ""
        while locator != "null":
            address = f"{_path(job)}/results?maxRecords={rows}" + (f"&locator={locator}" if locator else "")
            with self._counted(job):
                headers = {name.lower(): value for name, value in self.gateway.fetch_file(address, file).items()}
            yield
            locator = headers.get("sforce-locator", "null")

    def results(self, job: BulkJob, which: str, file: IO[bytes]) -> bool:
        """successfulResults, failedResults or unprocessedrecords of an ended job, in the file; False where Salesforce
        knows no such job, or no longer."""
        if not job.job_id:
            return False
        try:
            with self._counted(job):
                self.gateway.fetch_file(f"{_path(job)}/{which}", file)
        except Refused as problem:
            if problem.status != 404:
                raise
            return False
        return True

    # Inside

    def refused(self, job: BulkJob, rows: int) -> None:
        self._save(job, failed=rows)

    def _change(self, job: BulkJob, state: str) -> None:
        with self._counted(job):
            self.gateway.ask("PATCH", _path(job), {"state": state})

    @contextmanager
    def _counted(self, job: BulkJob) -> Iterator[None]:
        before = self.gateway.calls
        try:
            yield
        finally:
            job.calls += self.gateway.calls - before
            BulkJob.objects.filter(pk=job.pk).update(calls=job.calls)

    def _save(self, job: BulkJob, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(job, name, value)
        BulkJob.objects.filter(pk=job.pk).update(**fields)


def _path(job: BulkJob) -> str:
    return f"jobs/{job.way}/{job.job_id}"


def patience() -> float:
    """Until when a cycle waits for its jobs, as time.monotonic counts."""
    return time.monotonic() + float(settings.SALESFORCE_BULK_WAIT_SECONDS)
