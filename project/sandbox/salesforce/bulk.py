"""Bulk API 2.0: jobs that take a file or a query, work by themselves while time passes, and keep what came of it.

Words    fate       what goes wrong with a job: it is stuck, fails before its first row, or after half of them
         chunk      200 rows that are written in one transaction
Rule     rows are worked off in no order that the file knows; each succeeds or fails by itself.  Time is the sandbox's
         clock: whoever looks, or writes anything, sees the jobs as far as they would be by now.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import bulk_csv, bulk_rows, ids
from .editions import Allowance
from .errors import SalesforceError
from .schema import SObject
from .soql import Flat, Select
from .transaction import Tx

if TYPE_CHECKING:
    from .state import OrgState

CHUNK_ROWS = 200
BATCH_ROWS = 10_000
BATCHES_A_DAY_MAX = 15_000
QUERY_JOBS_A_DAY_MAX = 10_000
KEPT = timedelta(days=7)
FATES = ("stuck", "failed", "partly")
DONE = ("JobComplete", "Failed", "Aborted")


@dataclass
class Job:
    id: str
    kind: str  # ingest or query
    user_id: str
    version: str
    operation: str
    sobject: str
    made_at: datetime
    key: str = ""
    query: str = ""
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    state: str = "Open"
    data: bytes | None = None
    fate: str = ""
    error: str = ""
    closed_at: datetime | None = None
    changed_at: datetime | None = None
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    place: int = 0  # how many of the rows are worked off
    successes: list[tuple[str, bool, list[str]]] = field(default_factory=list)
    failures: list[tuple[str, str, list[str]]] = field(default_factory=list)
    result: Flat | None = None


class Bulk:
    """The jobs of one org, and its knobs."""

    def __init__(self, org: OrgState) -> None:
        self.org = org
        self.jobs: dict[str, Job] = {}
        self.delay_seconds = 5.0  # from the upload's end to the first row
        self.rows_per_second = 1000.0
        self.upload_bytes_max = 100_000_000
        self.page_rows = 50_000
        self.fates: dict[str, float] = dict.fromkeys(FATES, 0.0)  # how probable each is
        self.batches = Allowance(org.clock)
        self.query_jobs = Allowance(org.clock)
        self._planned: list[str] = []
        self._running = False

    def fail_next(self, fate: str) -> None:
        """What becomes of the next job that starts: stuck, failed or partly."""
        if fate not in FATES:
            raise ValueError(f"A job's fate is one of {', '.join(FATES)}, not {fate!r}.")
        self._planned.append(fate)

    # -- the life of a job

    def make(self, **facts: Any) -> Job:
        job_id = ids.make("750", self.org.pod, self.org.next_serial())
        job = self.jobs[job_id] = Job(id=job_id, made_at=self.org.now(), changed_at=self.org.now(), **facts)
        if job.kind == "query":
            if self.query_jobs.used >= QUERY_JOBS_A_DAY_MAX:
                del self.jobs[job_id]
                raise _over_quota("query jobs", QUERY_JOBS_A_DAY_MAX)
            self.query_jobs.count()
            self._start(job)
        return job

    def find(self, job_id: str, kind: str) -> Job | None:
        job = self.jobs.get(job_id)
        if job is not None and self.org.now() - job.made_at > KEPT:
            del self.jobs[job_id]
            return None
        return job if job is not None and job.kind == kind else None

    def close(self, job: Job) -> None:
        """No more data comes: the job is put in the queue."""
        if self.batches.used >= BATCHES_A_DAY_MAX:
            raise _over_quota("batches", BATCHES_A_DAY_MAX)
        self._start(job)
        try:
            job.header, job.rows = bulk_csv.read(job.data or b"", job.delimiter, job.line_ending)
            sobject = self.org.schema.find(job.sobject)
            if sobject is None:
                raise bulk_csv.BadCsv(f"InvalidEntity : Entity '{job.sobject}' is not supported by the Bulk API.")
            bulk_rows.check_header(Tx(self.org, job.user_id), sobject, job.operation, job.key, job.header)
        except bulk_csv.BadCsv as problem:
            job.error = str(problem)
        self.batches.count(max(1, math.ceil(len(job.rows) / BATCH_ROWS)))
        random.Random(self.org.chance.number(0, 2**31)).shuffle(job.rows)

    def _start(self, job: Job) -> None:
        job.state, job.closed_at = "UploadComplete", self.org.now()
        job.changed_at = job.closed_at
        job.fate = self._planned.pop(0) if self._planned else self._drawn()

    def _drawn(self) -> str:
        return next((fate for fate, chance in self.fates.items() if self.org.chance.happens(chance)), "")

    def abort(self, job: Job) -> None:
        self._end(job, "Aborted")

    def _end(self, job: Job, state: str, error: str = "") -> None:
        job.state, job.error, job.changed_at = state, error or job.error, self.org.now()
        job.data = None

    # -- the work

    def run_due(self) -> None:
        """Bring every job to where it would be by now."""
        if self._running:
            return  # somebody's automation looks while a job is at work
        self._running = True
        try:
            for job in list(self.jobs.values()):
                if job.state in ("UploadComplete", "InProgress"):
                    self._advance(job)
        finally:
            self._running = False

    def _advance(self, job: Job) -> None:
        if job.closed_at is None:
            return
        seconds = (self.org.now() - job.closed_at).total_seconds() - self.delay_seconds
        if seconds < 0:
            return
        if job.state == "UploadComplete":
            job.state, job.changed_at = "InProgress", self.org.now()
        if job.fate == "stuck":
            return
        if job.error or job.fate == "failed":
            self._end(job, "Failed", job.error or "InternalServerError : The job could not be processed")
        elif job.kind == "query":
            self._query(job, seconds)
        else:
            self._ingest(job, seconds)

    def _due(self, seconds: float, total: int) -> int:
        return total if seconds * self.rows_per_second >= total else int(seconds * self.rows_per_second)

    def _ingest(self, job: Job, seconds: float) -> None:
        due = self._due(seconds, len(job.rows))
        half = math.ceil(len(job.rows) / 2)
        stop = min(due, half) if job.fate == "partly" else due
        while job.place < stop:
            chunk = job.rows[job.place : min(job.place + CHUNK_ROWS, stop)]
            self._chunk(job, chunk)
            job.place += len(chunk)
        if job.fate == "partly" and job.place >= half:
            self._end(job, "Failed", "InternalServerError : The job ended before all records were processed")
        elif job.place >= len(job.rows):
            self._end(job, "JobComplete")

    def _chunk(self, job: Job, chunk: list[list[str]]) -> None:
        sobject = self.org.schema.find(job.sobject)
        tx = Tx(self.org, job.user_id)
        seen: set[str] = set()
        place = self._key_column(job)
        for cells in chunk:
            row = dict(zip(job.header, cells, strict=True))
            mark = tx.mark()
            try:
                job.successes.append((*self._one(tx, sobject, job, row, seen), cells))
            except SalesforceError as refusal:
                tx.roll_back(mark)
                known = cells[place] if place is not None and job.operation != "upsert" else ""
                job.failures.append((known, _error(refusal), cells))
        self.org.committed(tx)

    def _key_column(self, job: Job) -> int | None:
        folded = [name.lower() for name in job.header]
        wanted = (job.key if job.operation == "upsert" else "Id").lower()
        return folded.index(wanted) if wanted in folded else None

    def _one(self, tx: Tx, sobject: SObject | None, job: Job, row: dict[str, str], seen: set[str]) -> tuple[str, bool]:
        if sobject is None:
            raise SalesforceError("INVALID_TYPE", f"sObject type '{job.sobject}' is not supported.")
        if job.operation == "upsert":
            value = next((text for name, text in row.items() if name.lower() == job.key.lower()), "").casefold()
            if value and value in seen:
                raise SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [job.key])
            seen.add(value)
        return bulk_rows.apply(tx, sobject, job.operation, job.key, row)

    def _query(self, job: Job, seconds: float) -> None:
        if job.result is None:
            deleted = job.operation == "queryAll"
            try:
                job.result = Select(self.org, job.user_id, job.version, include_deleted=deleted).flat(job.query)
            except SalesforceError as refusal:
                self._end(job, "Failed", f"{refusal.code}: {refusal.message}")
                return
            if not job.result.ordered:
                random.Random(self.org.chance.number(0, 2**31)).shuffle(job.result.rows)
        job.place = self._due(seconds, len(job.result.rows))
        if job.fate == "partly":
            self._end(job, "Failed", "InternalServerError : The query ended before all records were read")
        elif job.place == len(job.result.rows):
            self._end(job, "JobComplete")


def _error(refusal: SalesforceError) -> str:
    named = f"{','.join(refusal.fields)} " if refusal.fields else ""
    return f"{refusal.code}:{refusal.message}:{named}--"


def _over_quota(what: str, most: int) -> SalesforceError:
    text = f"ExceededQuota : Maximum number of {what} ({most}) in the last 24 hours has been exceeded"
    return SalesforceError("EXCEEDEDQUOTA", text)
