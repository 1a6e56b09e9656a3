"""A complete listing by query jobs: one for the main rows, one for their parts, one for which of them are wanted.

Rules    1 The jobs are asked for together, after the newest stamps were taken down: what changes while they run is
           newer, and is found as a change afterwards.
         2 What belongs to main rows is kept on disk while these are read: memory holds one lot of them at a time.
         3 A cycle waits for the jobs for a minute; then the next one carries on. One that dies while it reads their
           results reads them again from the start.
         4 Where a job fails, or is refused, the listing is read page by page as a small one is.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import IO, Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import bulk_csv
from syncapp.connectors.salesforce.bulk_jobs import Jobs, patience
from syncapp.connectors.salesforce.errors import Lost, Refused
from syncapp.connectors.salesforce.reading import MAIN, PART, WANTED, Query, Reader, Seen
from syncapp.models import BulkJob

QUERY = BulkJob.Way.QUERY
LOT = 2000  # main rows that are brought together with their parts at once
PAGE_ROWS = 20_000  # of a job's results in one file


class BulkListing:
    """``with_deleted``: main rows in the recycle bin, too."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.jobs = Jobs(reader.gateway, reader.company_key, reader.kind)
        self.by_part: dict[str, BulkJob] = next(iter(reversed(self.jobs.open(QUERY).values())), {})

    # Its life

    @property
    def begun(self) -> bool:
        """Whether there is one to carry on with: by jobs that ask what would be asked now."""
        if not self.by_part:
            return False
        main = self.by_part.get(MAIN)
        asks = self._queries(with_deleted=bool(main and main.notes.get("with_deleted")))
        stored = {part: job.notes.get("query") for part, job in self.by_part.items() if job.job_id}
        if stored == {query.of: query.soql for query in asks}:
            return True
        self._drop("What is to be read has changed since, or the process that asked for it died.")
        return False

    def is_worth_it(self) -> bool:
        """Whether so many records are to be listed that jobs take fewer calls than pages do."""
        least = self.reader.gateway.org.bulk_from
        if not least or self.jobs.failed_lately(QUERY):
            return False
        condition = self.reader.only("Id != null")
        path = f"SELECT COUNT() FROM {self.reader.main} WHERE {condition}"
        return self.reader.gateway.count(path) >= least

    def begin(self, cursor: str, as_of: datetime, *, with_deleted: bool) -> bool:
        """Ask for the jobs; False where Salesforce does not take them.

        ``cursor`` is what a finished listing leads to.
        """
        notes = {"cursor": cursor, "as_of": as_of.isoformat(), "with_deleted": with_deleted}
        load = uuid.uuid4().hex
        for query in self._queries(with_deleted=with_deleted):
            sobject = query.soql.partition(" FROM ")[2].split()[0]
            job = self.jobs.note(QUERY, load, query.of, sobject, notes={**notes, "query": query.soql})
            self.by_part[query.of] = job
            try:
                self.jobs.make_query(job, query.soql, include_deleted=query.include_deleted)
            except (Refused, Lost) as problem:
                self.jobs.give_up(list(self.by_part.values()), problem)
                return False
            except ConnectorError as problem:
                self.jobs.give_up(list(self.by_part.values()), problem)
                raise
        return True

    def is_ready(self) -> bool | None:
        """Whether the results can be read; None where that came to nothing, and pages must do."""
        jobs = list(self.by_part.values())
        if not self.jobs.wait(jobs, patience()):
            return False
        if all(job.state == BulkJob.State.DONE for job in jobs):
            return True
        self.jobs.put_away(jobs)
        return None

    def _drop(self, why: str) -> None:
        for job in self.by_part.values():
            self.jobs.stop(job, why)
        self.jobs.put_away(list(self.by_part.values()))
        self.by_part = {}

    def _queries(self, *, with_deleted: bool) -> list[Query]:
        reader = self.reader
        queries = [reader.mains_where("Id != null" if with_deleted else "IsDeleted = false")]
        if reader.part:
            queries.append(reader.all_parts())
        if reader.settings.wanted:
            queries.append(reader.all_wanted())
        return queries

    # Its results

    @property
    def cursor(self) -> str:
        return str(self.by_part[MAIN].notes["cursor"])

    @property
    def as_of(self) -> datetime:
        return datetime.fromisoformat(self.by_part[MAIN].notes["as_of"])

    def records(self) -> Iterator[list[Seen]]:
        """Everything, lot by lot; an empty lot says that it goes on."""
        reader = self.reader
        with closing(Belongings()) as belongings, tempfile.TemporaryFile() as file:
            if PART in self.by_part:
                for lot in self._lots(PART, file):
                    belongings.add_parts((cells[reader.to_main], cells) for cells in lot)
                    yield []
            if WANTED in self.by_part:
                for lot in self._lots(WANTED, file):
                    belongings.add_wanted(reader.wanted_id(cells) for cells in lot)
                    yield []
            belongings.complete()
            types, part_types = self._types(reader.main), self._types(reader.part)
            for lot in self._lots(MAIN, file):
                mains = [bulk_csv.typed(cells, types) for cells in lot]
                ids = [row["Id"] for row in mains if not row["IsDeleted"]]
                parts = [bulk_csv.typed(cells, part_types) for cells in belongings.parts(ids)]
                yield reader.gather([Query(PART, "")], [parts], mains=mains, met=belongings.wanted(ids))

    def put_away(self) -> None:
        """All has been read and stored, or cannot be read."""
        self.jobs.put_away(list(self.by_part.values()))

    def _lots(self, part: str, file: IO[bytes]) -> Iterator[Sequence[dict[str, str]]]:
        for _ in self.jobs.pages(self.by_part[part], file, PAGE_ROWS):
            yield from bulk_csv.in_lots(bulk_csv.read(file), LOT)

    def _types(self, sobject: str) -> dict[str, str]:
        [known] = self.reader.gateway.describe(sobject) if sobject else [{}]
        return {name: str(each["type"]) for name, each in known.items()}


class Belongings:
    """Parts, and which main rows are wanted, on disk: in a database without a name, which is gone once it is closed."""

    def __init__(self) -> None:
        self.table = sqlite3.connect("", isolation_level=None)
        self.table.execute("PRAGMA synchronous = OFF")
        self.table.execute("CREATE TABLE part (main TEXT, row TEXT)")
        self.table.execute("CREATE TABLE wanted (main TEXT PRIMARY KEY) WITHOUT ROWID")

    def add_parts(self, rows: Iterator[tuple[str, Mapping[str, str]]]) -> None:
        self.table.execute("BEGIN")
        self.table.executemany("INSERT INTO part VALUES (?, ?)", ((main, json.dumps(cells)) for main, cells in rows))
        self.table.execute("COMMIT")

    def add_wanted(self, ids: Iterator[str]) -> None:
        self.table.execute("BEGIN")
        self.table.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((each,) for each in ids))
        self.table.execute("COMMIT")

    def complete(self) -> None:
        self.table.execute("CREATE INDEX part_main ON part (main)")

    def parts(self, ids: Sequence[str]) -> list[dict[str, str]]:
        return [json.loads(row) for (row,) in self._of("SELECT row FROM part WHERE main IN", ids)]

    def wanted(self, ids: Sequence[str]) -> set[str]:
        return {main for (main,) in self._of("SELECT main FROM wanted WHERE main IN", ids)}

    def _of(self, sql: str, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        yield from self.table.execute(f"{sql} (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))

    def close(self) -> None:
        self.table.close()
