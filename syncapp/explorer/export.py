"""Results as CSV, JSON and XML: streams of text, one page of a result in memory at a time.

    csv_rows     a query: one line per record; where lines of transactions are among the columns, one per line, with the
                 record's own values on each. A change: one line per row, with what came of it
    json_text    everything that came, nested as it is
    xml_text     a query's records as QuickBooks wrote them

Rule     a spreadsheet takes what begins with = + - @ for a formula: such a text gets an apostrophe before it, numbers
         excepted (imports.py takes it away again). Lists that are no lines stand in a CSV only where they were chosen.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qbwc.qbxml.markup import ORDER
from syncapp.explorer import fields, results
from syncapp.explorer.models import Action, Job, Row
from syncapp.explorer.problems import refused

BOM = "\ufeff"
LINES = re.compile(r".*Line(Group)?Ret").fullmatch
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?%?").fullmatch
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
ROW_COLUMNS = ("row", "state", "id", "status", "problem")
ROWS_AT_ONCE = 500


def csv_rows(job: Job, columns: Sequence[str] | None = None, *, bom: bool = False) -> Iterator[str]:
    """The lines of a CSV, some at once; ``columns`` are paths, by default all that occur (or were chosen)."""
    yield BOM if bom else ""
    if job.action != Action.QUERY:
        yield from _written(_rows_of(job))
        return
    chosen = list(columns or ()) or columns_of(job)
    yield _line([chosen])
    repeated = fields.repeated(job.record_type)
    for page in results.pages(job):
        yield _line(cells for _, data in page.records for cells in _expanded(data, chosen, repeated))


def _line(rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[cell(value) for value in row] for row in rows])
    return out.getvalue()


def _written(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    for row in rows:
        yield _line([row])


def cell(value: Any) -> str:
    """A value as a CSV holds it, guarded against being taken for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER(text) else text


# Columns -------------------------------------------------------------------------------------------------


def columns_of(job: Job) -> list[str]:
    """The columns of a query's CSV: what was chosen, of that what occurs, in QuickBooks's order."""
    found: dict[str, None] = {}
    repeated = fields.repeated(job.record_type)
    chosen = tuple(job.fields or ())
    for page in results.pages(job):
        for _, data in page.records:
            found |= dict.fromkeys(_paths(data, "", repeated, chosen))
    if chosen:
        found = {path: None for path in found if any(_within(path, one) for one in chosen)}
    known = {path: place for place, path in enumerate(fields.columns(job.record_type))}
    return sorted(found, key=lambda path: known.get(path, len(known) + path.startswith(fields.CUSTOM)))


def _within(path: str, chosen: str) -> bool:
    custom = chosen == "DataExtRet" and path.startswith(fields.CUSTOM)
    return path == chosen or path.startswith(f"{chosen}/") or custom


def _paths(data: Mapping[str, Any], above: str, repeated: frozenset[str], chosen: Sequence[str]) -> Iterator[str]:
    for name, value in data.items():
        path = f"{above}{name}"
        if name == "DataExtRet" and not above:
            yield from (f"{fields.CUSTOM}{label}" for label in fields.custom_fields(data))
        elif isinstance(value, list):
            wanted = not above and (LINES(name) or any(one.split("/")[0] == name for one in chosen))
            for each in value if wanted else ():
                yield from _paths(each, f"{path}/", repeated, ()) if isinstance(each, Mapping) else (path,)
        elif isinstance(value, Mapping):
            yield from _paths(value, f"{path}/", repeated, ())
        elif name != ORDER:
            yield path


def _expanded(data: Mapping[str, Any], columns: Sequence[str], repeated: frozenset[str]) -> Iterator[list[Any]]:
    """The lines of one record: one, or one for each element of the lists that are among the columns."""
    tops = {path.split("/")[0] for path in columns} & repeated - {"DataExtRet"}
    items = list(_items(data, tops))
    own = {path: fields.value_at(data, path) for path in columns if path.split("/")[0] not in tops}
    for name, item in items or [("", None)]:
        yield [own[path] if path in own else _of_item(path, name, item) for path in columns]


def _items(data: Mapping[str, Any], tops: set[str]) -> Iterator[tuple[str, Any]]:
    """In the document's order, where different elements are mixed."""
    waiting = {name: iter(data[name]) for name in tops if isinstance(data.get(name), list)}
    for name in data.get(ORDER, ()):
        if name in waiting and (item := next(waiting[name], None)) is not None:
            yield name, item
    for name in sorted(waiting):
        yield from ((name, item) for item in waiting[name])


def _of_item(path: str, name: str, item: Any) -> Any:
    top, _, rest = path.partition("/")
    if top != name:
        return None
    return fields.value_at(item, rest) if rest else item


# Changes -------------------------------------------------------------------------------------------------


def _rows_of(job: Job) -> Iterator[list[Any]]:
    yield [*ROW_COLUMNS, *job.columns]
    for row in rows(job):
        told = [row.number, row.state, row.record_id, row.status_code, row.problem]
        for line in row.source or [{}]:
            yield [*told, *(line.get(column) for column in job.columns)]


def rows(job: Job) -> Iterator[Row]:
    """A job's rows, some at once in memory, and no cursor left open while a slow reader reads."""
    number = -1
    while some := list(Row.objects.filter(job=job, number__gt=number).order_by("number")[:ROWS_AT_ONCE]):
        yield from some
        number = some[-1].number


# JSON and XML --------------------------------------------------------------------------------------------


def json_text(job: Job) -> Iterator[str]:
    """One object: what was asked, and its records (of a change: its rows)."""
    yield json.dumps({"record_type": job.record_type, "action": job.action, "state": job.state})[:-1]
    yield ', "records": [' if job.action == Action.QUERY else ', "rows": ['
    before = "\n"
    for each in _records(job) if job.action == Action.QUERY else map(_row, rows(job)):
        yield f"{before}{json.dumps(each, ensure_ascii=False)}"
        before = ",\n"
    yield "\n]}\n"


def _records(job: Job) -> Iterator[dict[str, Any]]:
    for page in results.pages(job):
        for name, data in page.records:
            yield {"type": name, "data": data}


def _row(row: Row) -> dict[str, Any]:
    return {
        "row": row.number,
        "state": row.state,
        "id": row.record_id,
        "status": row.status_code,
        "problem": row.problem,
        "record": row.record,
    }


def xml_text(job: Job) -> Iterator[str]:
    """A query's records, as one qbXML answer; Refused for a change, whose answers are not kept as XML."""
    if job.action != Action.QUERY:
        raise refused("Only the records of a query can be had as XML", remedy="Take the CSV or the JSON.")
    return _xml_of(job)


def _xml_of(job: Job) -> Iterator[str]:
    answer = f"{job.record_type}QueryRs"
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<QBXML>\n<QBXMLMsgsRs>\n<{answer}>\n'
    for page in results.pages(job):
        yield f"{page.xml}\n" if page.xml else ""
    yield f"</{answer}>\n</QBXMLMsgsRs>\n</QBXML>\n"
