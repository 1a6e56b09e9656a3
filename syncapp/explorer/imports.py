"""Uploads: a CSV becomes a draft, its columns are mapped, a dry run tells what is wrong, and it is begun.

    upload    the file's lines as rows of a draft, with a mapping guessed from the columns' names
    remap     another mapping, constants for every record, the form of dates
    dry_run   every row made and checked as it would be sent; nothing is sent
    start     good rows go, bad ones fail with the reason

Rule     drafts and their rows are written here, until they are begun. The lines stay as they came, so that another
         mapping makes other records of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from qbwc.models import Company
from syncapp.explorer import checking, csv_text, fields, jobs, limits, mapping, running
from syncapp.explorer.fields import Entry
from syncapp.explorer.models import Action, Job, Row
from syncapp.explorer.problems import Problem, Refused, refused

DATES = "#dates"  # beside the constants in a draft's data


def upload(
    company: Company, record_type: str, action: str, file_name: str, data: bytes, asked_by: str, **origin: Any
) -> Job:
    """A draft with the file's lines; Refused if it is no CSV, or nothing that this company could take."""
    if action == Action.QUERY:
        raise refused("A file can add, modify, delete and void, but not ask", rule="unknown", value=action)
    checking.kind_for(company, record_type, action)
    table = csv_text.read(data)
    found = fields.entries(record_type, action, company.qbxml_version, company.country)
    job = Job(
        company=company,
        record_type=record_type,
        action=action,
        state=Job.State.DRAFT,
        source_name=file_name[:200],
        columns=list(table.head),
        mapping=mapping.guess(table.head, found),
        remark=f"Read as {table.encoding}." if table.encoding == csv_text.FALLBACK else "",
        asked_by=asked_by,
        **origin,
    )
    return running.create(job, [Row(number=number, source=[line]) for number, line in enumerate(table.lines, 1)])


def targets(job: Job) -> list[Entry]:
    """What a column may fill, besides "custom:NAME"."""
    return list(fields.leaves(_entries(job)))


def _entries(job: Job) -> tuple[Entry, ...]:
    return fields.entries(job.record_type, job.action, job.company.qbxml_version, job.company.country)


def remap(
    job: Job, columns: Mapping[str, str], constants: Mapping[str, str] | None = None, *, dates: str | None = None
) -> Job:
    """Another mapping for a draft. Constants and the form of dates stay as they are where they are not given."""
    found = _entries(job)
    wrong = mapping.wrong_with(columns, job.columns, found)
    wrong += [each for path in constants or {} for each in mapping.path_problem(path, found)]
    form = dates or job.data.get(DATES, mapping.ISO)
    if form not in (mapping.ISO, mapping.US):
        wrong.append(Problem("dates", "Dates are in the form iso or us", "enum", form))
    if wrong:
        raise Refused(wrong)
    with transaction.atomic():
        locked = jobs.lock(job.pk)
        if locked is None or locked.state != Job.State.DRAFT:
            raise refused("It has begun already: its mapping stands", rule="state")
        kept = {name: text for name, text in job.data.items() if name != DATES} if constants is None else constants
        job.mapping, job.data = dict(columns), {**kept, DATES: form}
        job.total = _regroup(job)
        job.save(update_fields=["mapping", "data", "total"])
    return job


def _regroup(job: Job) -> int:
    """Put the lines together that are one record now; how many records there are."""
    kept = list(Row.objects.filter(job=job).order_by("number"))
    together = list(mapping.grouped([line for row in kept for line in row.source], job.mapping))
    if [len(row.source) for row in kept] != [len(lines) for _, lines in together]:
        Row.objects.filter(job=job).delete()
        made = [Row(job=job, number=number, source=lines) for number, lines in together]
        Row.objects.bulk_create(made, batch_size=500)
    return len(together)


def dry_run(job: Job) -> list[Problem]:
    """What is wrong with the rows of a draft, at most so many problems as anybody reads."""
    found: list[Problem] = []
    for _, problems in _made(job):
        found += problems
        if len(found) >= limits.PROBLEMS_MAX:
            break
    return found[: limits.PROBLEMS_MAX]


def _made(job: Job) -> Iterator[tuple[Row, Sequence[Problem]]]:
    """Every row with the record that its lines make, and what is wrong with it."""
    kind = checking.kind_for(job.company, job.record_type, job.action)
    constants = {path: text for path, text in job.data.items() if path != DATES}
    reader = mapping.Reader(_entries(job), job.mapping, constants, job.data.get(DATES, mapping.ISO))
    rows = list(Row.objects.filter(job=job).order_by("number"))
    column, divided = mapping.divided((row.source for row in rows), job.mapping)
    for row in rows:
        record = reader.record(row.source, row.number)
        row.data, row.custom = record.data, record.custom
        if column and (value := row.source[0][column].strip()) in divided:
            apart = Problem(column, "Lines of this record stand elsewhere in the file, not together", "format", value)
            record.problems.append(replace(apart, row=row.number, remedy="Sort the file by this column."))
        yield row, record.problems or checking.check(job.company, kind, job.action, row)


def start(job: Job, by: str) -> None:
    """Begin a draft, once: a second call finds it begun."""
    if not any(job.mapping.values()):
        raise refused("No column is mapped to anything", path="mapping", rule="required")
    rows: list[Row] = []
    for row, problems in _made(job):  # before anything is locked: ten thousand of them take a while
        if problems:
            row.state, row.problem = Row.State.FAILED, " ".join(str(problem) for problem in problems)
        rows.append(row)
    with transaction.atomic():
        locked = jobs.lock(job.pk)
        if locked is None or locked.state != Job.State.DRAFT:
            return
        if (locked.mapping, locked.data) != (job.mapping, job.data):
            raise refused("It was mapped anew meanwhile", path="mapping", rule="state", remedy="Look at it again.")
        running.start(locked, rows, by)
