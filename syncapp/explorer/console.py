"""What the command line reads and shows: values by path, records from JSON, and results as a table.

Rule     what cannot be read is refused with the path, the rule and a remedy, as the connector itself does
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from syncapp.explorer import fields, results
from syncapp.explorer.models import Action, Job
from syncapp.explorer.problems import refused
from syncapp.explorer.service import laid_over
from syncapp.explorer.strict_json import Malformed, check_text, parse

PAUSE_SECONDS = 1.0
COLUMNS_MAX, WIDTH_MAX, ROWS_MAX = 8, 40, 1000


def pause() -> None:
    time.sleep(PAUSE_SECONDS)


# Reading -----------------------------------------------------------------------------------


def values(settings: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """`PATH=VALUE` as a record, and its custom fields."""
    data: dict[str, Any] = {}
    custom: dict[str, str] = {}
    for setting in settings:
        path, sign, value = setting.partition("=")
        try:
            check_text(setting)
            if not sign:
                raise ValueError(f"{setting!r} is not PATH=VALUE")
            if path.startswith(fields.CUSTOM):
                custom[path.removeprefix(fields.CUSTOM)] = value
            else:
                _check_indexes(path)
                fields.put(data, path, value)
        except (ValueError, TypeError, AttributeError) as problem:
            said = str(problem) if isinstance(problem, ValueError) else f"{path} is a value and a group at once"
            raise refused(said, path=path[:100], rule="path", remedy="Write it as BillAddress/City=Lund.") from None
    return data, custom


def _check_indexes(path: str) -> None:
    if any(index is not None and not 1 <= index <= 1000 for _, index in fields.steps(path)):
        raise ValueError(f"{path}: an index is a number from 1 to 1000")


def records(settings: Sequence[str], source: str | None) -> tuple[list[dict[str, Any]], list[dict[str, str]] | None]:
    """The records that were given as JSON, or one; each with the settings laid over it."""
    data, custom = values(settings)
    found = _from_json(source) if source else [{}]
    return [laid_over(record, data) for record in found], [custom] * len(found) if custom else None


def _from_json(source: str) -> list[dict[str, Any]]:
    remedy = "Give one JSON object, or a list of them, in UTF-8."
    try:
        text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        given = parse(text)
    except OSError as problem:
        raise refused(f"{source} cannot be read: {problem.strerror}.", rule="file", remedy=remedy) from None
    except Malformed as problem:
        raise refused(f"{source} cannot be read: {problem}.", rule="json", remedy=remedy) from None
    listed = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(record, dict) for record in listed):
        raise refused(f"{source} holds no records.", rule="json", remedy=remedy)
    return listed


def mapping(settings: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """`COLUMN=PATH`: a column's name may hold the sign itself, so that the file's own columns decide."""
    found = {}
    for setting in settings:
        named = sorted((c for c in columns if setting.startswith(f"{c}=")), key=len, reverse=True)
        if not named:
            known = ", ".join(columns)
            raise refused(f"{setting!r} names no column of the file.", rule="column", remedy=f"There are: {known}.")
        found[named[0]] = setting.removeprefix(f"{named[0]}=")
    return found


# Showing -----------------------------------------------------------------------------------


def told(job: Job) -> str:
    """How it is, in one line."""
    total = "?" if job.total is None else job.total
    counts = f"{job.done} of {total} done" + (f", {job.failed} failed" if job.failed else "")
    return ". ".join(part for part in (f"{job.state}, {counts}", job.problem, job.remark) if part)


def table(job: Job) -> Iterator[str]:
    """The first rows of a result, for people to read; the other formats have all of it."""
    if job.action == Action.QUERY:
        found = [data for _, data in results.records(job, 0, ROWS_MAX)]
        columns = list(job.fields[:COLUMNS_MAX]) or _columns(found)
        lines = [[_cell(fields.value_at(data, column)) for column in columns] for data in found]
    else:
        columns = ["row", "state", "record", "problem"]
        rows = islice(job.rows.order_by("number").iterator(chunk_size=500), ROWS_MAX)
        lines = [[str(row.number), row.state, row.record_id, row.problem] for row in rows]
    if not lines:
        return
    yield from _lines([columns, *lines])
    if (job.total or 0) > len(lines):
        yield f"… {(job.total or 0) - len(lines)} more; --format csv has all\n"


def _columns(found: Sequence[Mapping[str, Any]]) -> list[str]:
    names = {name: None for data in found for name, value in data.items() if not isinstance(value, dict | list)}
    quiet = ("TimeCreated", "TimeModified", "EditSequence", "ExternalGUID")
    return [name for name in names if name not in quiet][:COLUMNS_MAX]


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("FullName") or value.get("ListID") or ""
    return "" if value is None else " ".join(str(value).split())


def _lines(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    last = len(lines[0]) - 1
    widths = [min(WIDTH_MAX, max(len(line[column]) for line in lines)) for column in range(len(lines[0]))]
    for line in lines:
        cells = [
            cell if place == last else (cell if len(cell) <= width else cell[: width - 1] + "…").ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip() + "\n"
