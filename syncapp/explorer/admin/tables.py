"""A job's page: its state in plain words, what it found as a table, and its rows.

Rule     a page reads no more records than it shows, however many there are
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count
from django.http import HttpRequest

from qbwc.masking import masked_values
from syncapp.admin.base import number
from syncapp.explorer import fields, kinds, results
from syncapp.explorer.admin import essentials
from syncapp.explorer.admin.asked import CUSTOM_KEY
from syncapp.explorer.admin.base import DEEDS, JOB_COLOURS, ROW_COLOURS, ROW_WORDS, expected, may
from syncapp.explorer.admin.compose import describe
from syncapp.explorer.kinds import RecordType
from syncapp.explorer.models import DESTRUCTIVE, Action, Job, Row

PAGE = 50
SECONDS = 3
# Text in a cell; the downloads have all of it.
CELL_MAX = 120
FIRST_COLUMNS = ("FullName", "Name", "RefNumber", "TxnNumber")
# Wanted by no one in a table without chosen columns.
LAST_COLUMNS = ("EditSequence", "TimeCreated", "ExternalGUID")
NUMBERS = frozenset({"amount", "price", "quantity", "percent", "float", "int"})


def of(request: HttpRequest, job: Job) -> dict[str, Any]:
    kind = kinds.find(job.record_type)
    shown: dict[str, Any] = {
        "job": job,
        "kind": kind,
        "label": kind.label if kind else job.record_type,
        "deed": DEEDS[Action(job.action)],
        "colour": JOB_COLOURS[Job.State(job.state)],
        "words": words(job),
        "seconds": SECONDS,
        "percent": min(100, (job.done + job.failed) * 100 // job.total) if job.total else None,
        "buttons": _buttons(request, job),
        "asked": _asked(job),
        "one": one(request, job),
    }
    shown |= _result(request, job, kind) if job.action == Action.QUERY else _rows(request, job)
    if doubtful := next((count for value, *_, count in shown.get("states", ()) if value == Row.State.UNKNOWN), 0):
        shown["words"] += f" {doubtful:,} need{'s' if doubtful == 1 else ''} you: look into QuickBooks, and say below."
    return shown


def words(job: Job) -> str:
    """How it stands, as one would tell somebody."""
    if job.state == Job.State.DRAFT:
        return "Uploaded, and not started yet."
    if job.state == Job.State.OPEN:
        if job.action == Action.QUERY:
            so_far = f"{job.done:,} records have come so far. " if job.done else "Waiting for the Web Connector. "
        else:
            so_far = f"{job.done + job.failed:,} of {job.total or 0:,} rows are settled. "
        return so_far + expected(job.company)
    if job.state == Job.State.CANCELLED:
        return "Cancelled: what had not been sent will not be."
    if job.state == Job.State.FAILED:
        return "QuickBooks did not answer it as a result; see below."
    if job.action == Action.QUERY:
        return f"{job.done:,} record{'' if job.done == 1 else 's'} found." if job.done else "Nothing was found."
    failed = f", {job.failed:,} failed" if job.failed else ""
    return f"{job.done:,} of {job.total or 0:,} rows done{failed}."


def _asked(job: Job) -> list[tuple[str, str]]:
    return asks(masked_values(job.data or {}))


def asks(data: dict[str, Any]) -> list[tuple[str, str]]:
    """What was asked for, for people; what begins with # is about the upload, but for the custom fields."""
    shown = [(name_of(name), said(value)) for name, value in data.items() if not name.startswith("#")]
    custom = data.get(CUSTOM_KEY) or {}
    return [*shown, *((f"Custom field {name}", str(value)) for name, value in custom.items())]


def name_of(element: str) -> str:
    return essentials.LABELS.get(element) or fields.label(element)


def said(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1:
        return said(next(iter(value.values())))
    if isinstance(value, dict):
        return ", ".join(f"{name_of(name)} {said(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(said(each) for each in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _buttons(request: HttpRequest, job: Job) -> list[tuple[str, str]]:
    if not may(request, job.action):
        return []
    states = set(job.rows.order_by().values_list("state", flat=True).distinct())
    if job.state == Job.State.OPEN:
        return [("cancel", "Cancel")]
    if job.action == Action.QUERY and job.state in (Job.State.FAILED, Job.State.CANCELLED):
        return [("retry", "Run again")]
    if job.state in Job.CLOSED and states & {Row.State.FAILED, Row.State.SKIPPED}:
        return [("retry", "Try the failed ones again")]
    return []


# What a query found --------------------------------------------------------------------------------------


def _result(request: HttpRequest, job: Job, kind: RecordType | None) -> dict[str, Any]:
    start = max(0, number(request.GET.get("start")))
    found = results.records(job, start, PAGE)
    columns = columns_of(job, found)
    records = [_record(request, job, start + i, name, data, columns) for i, (name, data) in enumerate(found)]
    return {
        "columns": [
            {"path": path, "label": column_label(path), "number": bool(records) and records[0]["cells"][i]["number"]}
            for i, path in enumerate(columns)
        ],
        "records": records,
        "first": start + 1,
        "last": start + len(found),
        "before": max(0, start - PAGE) if start else None,
        "after": start + PAGE if start + len(found) < job.done else None,
        "several": len({name for name, _ in found}) > 1,
        "end": (job.done - 1) // PAGE * PAGE if job.done else 0,
    }


def columns_of(job: Job, found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """The chosen ones, or else those with a value in what is shown; names first, ids and stamps last."""
    if job.fields:
        return list(job.fields)
    there = [path for path in fields.columns(job.record_type) if not path.endswith(("Ref/ListID",))]
    repeated = fields.repeated(job.record_type)
    filled = [
        path
        for path in there
        if path.partition("/")[0] not in repeated
        and any(fields.value_at(data, path) not in (None, "") for _, data in found)
    ]
    custom = dict.fromkeys(f"{fields.CUSTOM}{name}" for _, data in found for name in fields.custom_fields(data))
    first = [path for path in FIRST_COLUMNS if path in filled][:2]
    last = [path for path in filled if path in LAST_COLUMNS or path in ("ListID", "TxnID", "TimeModified")]
    return [*first, *(path for path in filled if path not in first and path not in last), *custom, *last]


def column_label(path: str) -> str:
    if path.startswith(fields.CUSTOM):
        return path.removeprefix(fields.CUSTOM)
    parts = path.removesuffix("/FullName").split("/")
    return ": ".join(name_of(part) for part in parts)


def _record(
    request: HttpRequest, job: Job, place: int, name: str, data: dict[str, Any], columns: list[str]
) -> dict[str, Any]:
    kind = kinds.find(name)
    able = [action for action in ("modify", "void", "delete") if kind and action in kind.requests]
    return {
        "name": name,
        "place": place,
        "cells": [cell(masked_values(fields.value_at(data, path), path.rpartition("/")[2])) for path in columns],
        "deeds": [(action, DEEDS[Action(action)]) for action in able if may(request, action)],
        "source": f"{job.pk}:{place}",
    }


def one(request: HttpRequest, job: Job) -> dict[str, Any] | None:
    """The record whose page's address names it, with all that it has: lines, linked transactions, custom fields."""
    if "record" in request.GET:
        place = number(request.GET["record"])
        found = results.records(job, place, 1)
        if not found:
            return None
        return {
            "title": f"Record {place + 1}: {describe(found[0][1])}",
            "values": list(everything(masked_values(found[0][1]))),
        }
    row = job.rows.filter(pk=number(request.GET.get("row"))).first()
    if row is None:
        return None
    return {"title": f"Row {row.number}", "values": list(everything(masked_values(row.record or row.data)))}


def everything(data: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """All values of a record, in its order; lines are counted from 1."""
    for name, value in data.items():
        if name.startswith("#"):
            continue
        label = f"{above}{name_of(name)}"
        if name == "DataExtRet":
            yield from ((f"{above}{custom}", said(text)) for custom, text in fields.custom_fields(data).items())
        elif isinstance(value, dict) and "FullName" in value:
            yield label, said(value["FullName"])
        elif isinstance(value, dict):
            yield from everything(value, f"{label}: ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number_, each in enumerate(value, 1):
                yield from everything(each, f"{label} {number_}: ")
        else:
            yield label, said(value)


def cell(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        value = value.get("FullName") or value.get("ListID") or ", ".join(str(each) for each in value.values())
    if isinstance(value, list):
        value = f"{len(value)} of them" if value and isinstance(value[0], dict) else ", ".join(map(str, value))
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = "" if value is None else str(value)
    numeric = text.replace(".", "", 1).removeprefix("-").isdigit() and len(text) < 15
    return {"text": text if len(text) <= CELL_MAX else text[: CELL_MAX - 1] + "…", "number": numeric and "." in text}


# The rows of a change ------------------------------------------------------------------------------------


def _rows(request: HttpRequest, job: Job) -> dict[str, Any]:
    state = request.GET.get("state", "")
    after = number(request.GET.get("after"))
    rows = job.rows.filter(number__gt=after).order_by("number")
    if state in Row.State.values:
        rows = rows.filter(state=state)
    listed = list(rows.defer("source")[: PAGE + 1])
    counts = _counts(job)
    return {
        "rows": [_row(request, job, row) for row in listed[:PAGE]],
        "next": listed[PAGE - 1].number if len(listed) > PAGE else None,
        "after": after,
        "state": state,
        "states": [
            (value, ROW_WORDS[value], ROW_COLOURS[value], counts[value]) for value in Row.State if counts.get(value)
        ],
    }


def _counts(job: Job) -> dict[str, int]:
    """A job has at most some thousand rows, and an index counts them."""
    return dict(job.rows.order_by().values_list("state").annotate(Count("pk")))


def _row(request: HttpRequest, job: Job, row: Row) -> dict[str, Any]:
    state = Row.State(row.state)
    what = describe(row.record) or describe(row.data) or said(masked_values(row.data))
    return {
        "row": row,
        "words": ROW_WORDS[state],
        "colour": ROW_COLOURS[state],
        "what": what if len(what) <= CELL_MAX else what[: CELL_MAX - 1] + "…",
        "decide": state == Row.State.UNKNOWN and may(request, job.action),
        "again": state == Row.State.FAILED and job.action not in DESTRUCTIVE and may(request, job.action),
        "modify": state == Row.State.DONE and job.action not in DESTRUCTIVE and may(request, "modify"),
    }
