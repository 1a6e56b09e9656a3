"""A CSV as people's programs write it: bytes in, a head and lines of text out.

encoding    UTF-8 with or without a byte order mark, UTF-16 with one; whatever is neither is taken for Windows-1252,
            which is said (Table.encoding), for it is a guess
delimiter   comma, semicolon or tab: the one that the head has most of
head        required, and every column has a name of its own
lines       text in quotes may hold delimiters and line ends; what is missing at a line's end is empty; empty lines go

Pure.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from syncapp.explorer import limits
from syncapp.explorer.problems import Problem, Refused, refused

DELIMITERS = (",", ";", "\t")
FALLBACK = "cp1252"


@dataclass(frozen=True, slots=True)
class Table:
    encoding: str
    delimiter: str
    head: tuple[str, ...]
    lines: tuple[dict[str, str], ...]


def read(data: bytes) -> Table:
    """The whole file; Refused with what is wrong and in which line."""
    if len(data) > limits.UPLOAD_BYTES_MAX:
        most = limits.UPLOAD_BYTES_MAX // 1024 // 1024
        raise refused(f"The file is larger than {most} MB", rule="many", remedy="Divide it.")
    encoding, text = decoded(data)
    delimiter = _delimiter(text)
    try:
        rows = _rows(text, delimiter)
        head = _head(next(rows, []))
        lines = _lines(head, rows)
    except csv.Error as problem:
        raise refused(f"The file is not a CSV: {problem}", rule="format", remedy="Save it as CSV again.") from None
    if not lines:
        raise refused("The file has no lines below its head", rule="required")
    return Table(encoding, delimiter, head, tuple(lines))


def decoded(data: bytes) -> tuple[str, str]:
    """The text, and the encoding that it turned out to have."""
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    marked = next((name for mark, name in marks.items() if data.startswith(mark)), "")
    for encoding in [marked] if marked else ["utf-8", FALLBACK]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise refused("The file has zero characters", rule="characters", remedy="Save it as CSV in UTF-8.")
        return encoding, text
    raise refused("The file's characters cannot be read", rule="characters", remedy="Save it as CSV in UTF-8.")


def _delimiter(text: str) -> str:
    """Counted in the head, outside of quotes."""
    head = "".join(part for place, part in enumerate(_first_line(text).split('"')) if place % 2 == 0)
    return max(DELIMITERS, key=lambda each: (head.count(each), -DELIMITERS.index(each)))


def _first_line(text: str) -> str:
    inside = begun = False
    for place, char in enumerate(text):
        begun = begun or not char.isspace()
        if char == '"':
            inside = not inside
        elif char in "\r\n" and not inside and begun:
            return text[:place]
    return text


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        if any(cell.strip() for cell in row):
            yield row


def _head(row: list[str]) -> tuple[str, ...]:
    names = [cell.strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise refused("The file has no head", rule="required", remedy="Give every column a name in the first line.")
    if len(names) > limits.COLUMNS_MAX:
        raise refused(f"The file has more than {limits.COLUMNS_MAX} columns", rule="many")
    wrong = [Problem("", f"Column {n} has no name", "required") for n, name in enumerate(names, 1) if not name]
    twice = {name for name in names if name and names.count(name) > 1}
    wrong += [Problem("", f"Two columns are called {name!r}", "many", name) for name in sorted(twice)]
    if wrong:
        raise Refused(wrong)
    return tuple(names)


def _lines(head: tuple[str, ...], rows: Iterator[list[str]]) -> list[dict[str, str]]:
    lines: list[dict[str, str]] = []
    wrong: list[Problem] = []
    for number, row in enumerate(rows, 1):
        if number > limits.ROWS_MAX:
            remedy = "Divide the file."
            raise refused(f"The file has more than {limits.ROWS_MAX} lines", rule="many", remedy=remedy)
        if any(cell.strip() for cell in row[len(head) :]):
            wrong.append(Problem("", f"The line has {len(row)} cells, the head {len(head)}", "many", row=number))
        if any(len(cell) > limits.CELL_CHARACTERS_MAX for cell in row):
            wrong.append(Problem("", "A cell is too long", "length", row=number))
        lines.append({name: row[place] if place < len(row) else "" for place, name in enumerate(head)})
    if wrong:
        raise Refused(wrong[: limits.PROBLEMS_MAX])
    return lines
