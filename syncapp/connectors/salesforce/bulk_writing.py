"""Many creates at once by ingest jobs: one for the main rows, and one for their parts, which begins after it.

Words    load    the jobs that belong together, and the operations that travel in them
         key     the external id of an operation's record; a part names it as its parent
Rules    1 The operations are noted as to be found out before the first job is made, and stay so until all have ended.
         2 Both jobs hold their data before the first one begins, so a process that dies leaves nothing behind that
           another cannot carry on or stop.
         3 How each row fared is read from the ended jobs, and the records are read by their keys; what is not complete
           is completed by ordinary calls. An operation that is in no job is looked for by its key.
         4 Only creates travel so. An update's record must be read just before it is written, and between a job's upload
           and the moment when Salesforce comes to the row there may be minutes.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import bulk_csv
from syncapp.connectors.salesforce.batches import NOT_SENT, Fared
from syncapp.connectors.salesforce.bulk_jobs import Jobs, left_behind, open_kinds, patience
from syncapp.connectors.salesforce.errors import Lost, Problem, Refused
from syncapp.connectors.salesforce.fields import EXTERNAL_ID
from syncapp.connectors.salesforce.gateway import Gateway, Row
from syncapp.connectors.salesforce.reading import MAIN, PART, Reader
from syncapp.models import BulkJob
from syncapp.records import Operation

INGEST = BulkJob.Way.INGEST
# A job's data may have 150 MB as Salesforce counts them, which is about 100 as they are.
BYTES_MAX = 50_000_000
STATE = BulkJob.State
RESULTS = ("successfulResults", "failedResults", "unprocessedrecords")


class Loading(Protocol):
    """What a writer knows of creates that travel in jobs."""

    def to_load(self, operation: Operation) -> tuple[Row, list[Row]]:
        """The main row, and its parts."""
        ...


class Loader:
    """The loads of one connector, by whose readers and writers rows are spelt; ``writer`` is None for others."""

    def __init__(
        self,
        gateway: Gateway,
        company_key: str,
        reader: Callable[[str], Reader],
        writer: Callable[[str], Loading | None],
    ) -> None:
        self._gateway, self._company_key = gateway, company_key
        self._reader, self._writer = reader, writer
        self._fared: dict[str, Fared] = {}

    def least(self, kind: str) -> int:
        """From how many creates on they travel in jobs; 0: never."""
        least = int(self._gateway.org.bulk_from)
        return least if least and self._writer(kind) is not None else 0

    def rests(self, kind: str) -> bool:
        """Whether none travel so for a while, since a job failed."""
        return self._jobs(kind).failed_lately(INGEST)

    def _jobs(self, kind: str) -> Jobs:
        return Jobs(self._gateway, self._company_key, kind)

    # Sending

    def send(self, kind: str, slices: Iterator[Sequence[Operation]]) -> list[Operation]:
        """Have them made by jobs; back come those that no file can hold. Of ``slices`` no more are taken than one load
        has room for."""
        reader = self._reader(kind)
        with bulk_csv.spool() as mains, bulk_csv.spool() as parts:
            left = self._fill(kind, slices, mains, parts)
            if mains.rows:
                spools = [(MAIN, reader.main, mains), *([(PART, reader.part, parts)] if parts.rows else [])]
                self._begin(self._jobs(kind), spools)
        return left

    def _fill(
        self, kind: str, slices: Iterator[Sequence[Operation]], mains: bulk_csv.Spool, parts: bulk_csv.Spool
    ) -> list[Operation]:
        writer, own = self._writer(kind), self._reader(kind).own
        left: list[Operation] = []
        if writer is None:
            return left
        for some in slices:
            for operation in some:
                main, belonging = writer.to_load(own.usual(operation))
                rows = [bulk_csv.cells(row) for row in (main, *belonging)]
                if not all(map(bulk_csv.fits, rows)):
                    left.append(operation)
                    continue
                mains.add(rows[0])
                for row in rows[1:]:
                    parts.add(row)
            if max(mains.bytes, parts.bytes) > BYTES_MAX:
                break
        return left

    def _begin(self, jobs: Jobs, spools: Sequence[tuple[str, str, bulk_csv.Spool]]) -> None:
        load = uuid.uuid4().hex
        made = [jobs.note(INGEST, load, part, sobject, rows=spool.rows) for part, sobject, spool in spools]
        try:
            for job, (_, _, spool) in zip(made, spools, strict=True):
                jobs.make_ingest(job, spool.file())
        except (Refused, Lost) as problem:
            jobs.give_up(made, problem)
            return
        except ConnectorError as problem:
            jobs.give_up(made, problem)
            raise
        jobs.begin(made[0])

    # Finding out

    def advance(self) -> set[str]:
        """Carry on with what is under way, and wait for it a while; the kinds of which some still is."""
        until = patience()
        for kind in left_behind(self._gateway.org, self._company_key):
            self._jobs(kind).stop_left_behind()
        kinds = open_kinds(self._gateway.org, self._company_key, INGEST)
        return {kind for kind in kinds if not self._advance(self._jobs(kind), until)}

    def _advance(self, jobs: Jobs, until: float) -> bool:
        loads = jobs.open(INGEST)
        ended = [self._advance_load(jobs, load, until) for load in loads.values()]
        if loads and all(ended):
            self._fared[jobs.kind] = self._read(jobs, [job for load in loads.values() for job in load.values()])
        return all(ended)

    def _advance_load(self, jobs: Jobs, load: Mapping[str, BulkJob], until: float) -> bool:
        if any(job.state == STATE.MADE for job in load.values()):
            for job in load.values():
                jobs.stop(job, "The process that filled it died.")
            return True
        for part in (MAIN, PART):
            if part not in load:
                continue
            job = load[part]
            if job.state == STATE.UPLOADED and part == PART and load[MAIN].state != STATE.DONE:
                jobs.stop(job, "The job before it did not come to its end.")
            elif job.state == STATE.UPLOADED:
                jobs.begin(job)
            if not jobs.wait([job], until):
                return False
        return True

    def _read(self, jobs: Jobs, ended: Sequence[BulkJob]) -> Fared:
        """How each row of these jobs fared."""
        reader, fared = self._reader(jobs.kind), Fared()
        with tempfile.TemporaryFile() as file:
            for job in ended:
                of_main = job.part == MAIN
                column = EXTERNAL_ID if of_main else f"{reader.relation}.{EXTERNAL_ID}"
                fates = fared.mains if of_main else fared.parts
                refused = 0
                for which in RESULTS:
                    if not jobs.results(job, which, file):
                        continue
                    for cells in bulk_csv.read(file):
                        refused += which == "failedResults"
                        known, problem = fates.get(cells[column]), _problem(which, cells)
                        # One problem stands for all the parts of a record; that a part exists is the least of them.
                        if known is None or (problem is not None and known.code == "DUPLICATE_VALUE"):
                            fates[cells[column]] = problem
                jobs.refused(job, refused)
        return fared

    def fared(self, kind: str) -> Fared | None:
        """How the rows of the loads fared that have ended and are not put away; None where there is none."""
        return self._fared.get(kind)

    def tidy(self) -> None:
        """Everything that travelled in ended loads has been found out: their jobs are removed."""
        for kind in list(self._fared):
            jobs = self._jobs(kind)
            for load in jobs.open(INGEST).values():
                if all(job.state in BulkJob.ENDED for job in load.values()):
                    jobs.put_away(list(load.values()))
            del self._fared[kind]


def _problem(which: str, cells: Mapping[str, str]) -> Problem | None:
    if which == "successfulResults":
        return None
    if which == "unprocessedrecords":
        return NOT_SENT
    code, _, rest = cells["sf__Error"].partition(":")
    message, _, named = rest.rpartition(":")
    names = tuple(filter(None, named.removesuffix("--").strip().split(",")))
    return Problem(code, (message or rest)[:1000], names)
