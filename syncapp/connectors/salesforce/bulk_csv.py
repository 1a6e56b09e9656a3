"""CSV as the Bulk API takes and gives it: rows of JSON's values on one side, a file on the other.

Rules    1 UTF-8, commas, LF between records, quotes where a value needs them. A number is written in digits with a
           point, a day as 2026-01-31, whatever anybody's locale is.
         2 A column that names a parent by a unique id of its own is called as Relationship.Field.
         3 An empty cell is nothing; ``#N/A`` would empty a field, so a text of just that cannot travel in a file.
         4 What is read gets the types, and the spelling of times, that the same columns have in a query's answer:
           versions are compared as text.
           Files are temporary ones, without a name.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import IO, Any

Row = dict[str, Any]

NULL = "#N/A"
CELL_CHARS_MAX = 32_000
ROW_CHARS_MAX = 400_000
NUMBERS = ("double", "currency", "percent", "int", "long")


# Writing -----------------------------------------------------------------------------


def cells(row: Mapping[str, Any]) -> dict[str, str]:
    """A record to be inserted, by column; what is empty is left out."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            [(key, parent)] = value.items()
            found[f"{name}.{key}"] = str(parent)
        elif value is not None and value != "":
            found[name] = _cell(value)
    return found


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def fits(row: Mapping[str, str]) -> bool:
    """Whether a file can hold these cells; those of which it cannot travel by themselves."""
    return (
        NULL not in row.values()
        and all(len(text) <= CELL_CHARS_MAX for text in row.values())
        and sum(map(len, row.values())) <= ROW_CHARS_MAX
    )


class Spool:
    """Rows on their way into a file: kept on disk until all their columns are known."""

    def __init__(self, kept: IO[bytes], made: IO[bytes]) -> None:
        self.rows = 0
        self.bytes = 0
        self._columns: dict[str, None] = {}
        self._kept, self._made = kept, made

    def add(self, row: Mapping[str, str]) -> None:
        self._columns.update(dict.fromkeys(row))
        self.bytes += self._kept.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        self.rows += 1

    def file(self) -> IO[bytes]:
        """All rows as one CSV file."""
        text = io.TextIOWrapper(self._made, encoding="utf-8", newline="", write_through=True)
        writer = csv.DictWriter(text, list(self._columns), restval="", lineterminator="\n")
        writer.writeheader()
        self._kept.seek(0)
        writer.writerows(json.loads(line) for line in self._kept)
        text.detach()
        self._made.seek(0)
        return self._made


@contextmanager
def spool() -> Iterator[Spool]:
    with tempfile.TemporaryFile() as kept, tempfile.TemporaryFile() as made:
        yield Spool(kept, made)


# Reading -----------------------------------------------------------------------------


def read(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """The rows of a file as texts."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        yield from csv.DictReader(text)
    finally:
        text.detach()


def typed(cells: Mapping[str, str], types: Mapping[str, str]) -> Row:
    """A row as a query's answer holds it; ``types``: of the object's own columns, as it is described.

    Columns of parents are texts here; a parent of whose columns all are empty is none.
    """
    row: Row = {}
    for name, text in cells.items():
        if "." in name:
            parent, _, column = name.partition(".")
            row[parent] = {**(row.get(parent) or {}), column: text or None}
        else:
            row[name] = _value(text, types.get(name, "string"))
    for name, value in row.items():
        if isinstance(value, dict) and not any(value.values()):
            row[name] = None
    return row


def _value(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text == "true"
    if not text:
        return None
    if kind in NUMBERS:
        return Decimal(text)
    return f"{text[:-1]}+0000" if kind == "datetime" and text.endswith("Z") else text


def in_lots(rows: Iterator[dict[str, str]], size: int) -> Iterator[Sequence[dict[str, str]]]:
    lot: list[dict[str, str]] = []
    for row in rows:
        lot.append(row)
        if len(lot) == size:
            yield lot
            lot = []
    if lot:
        yield lot
