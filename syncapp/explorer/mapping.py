"""From the lines of a CSV to records: which column fills which element, and how a cell is read.

Words    mapping    column -> path ("BillAddress/City", "custom:Region"); "" leaves the column out
         constants  path -> text for every record
         group      a column mapped as "#group" (or "#group RefNumber", which fills that, too): following lines with
                    the same value in it are one record, and each fills one of its elements that repeat
                    ("InvoiceLineAdd/ItemRef")
         clear      "#clear" in a cell empties the element in QuickBooks; an empty cell leaves it as it is
Rule     dates are 2026-02-07, or 2/7/2026 where the setting says so ("us"), and never guessed. A number with thousands
         separators is refused: 1,234 is another number in another country.

Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from syncapp.explorer import fields
from syncapp.explorer.fields import CUSTOM, EXACT, Entry
from syncapp.explorer.problems import Problem

GROUP, CLEAR = "#group", "#clear"
ISO, US = "iso", "us"
_GUARDED = re.compile(r"'[=+\-@\t\r\n]").match
_SEPARATED = re.compile(r"[+-]?\d{1,3}([,.'\u00a0\u202f ]\d{3})+([.,]\d+)?|[+-]?\d+,\d+").fullmatch
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})").fullmatch
BOOLEANS = {"true": "true", "yes": "true", "y": "true", "1": "true", "false": "false", "no": "false", "n": "false"}
BOOLEANS |= {"0": "false"}


@dataclass
class Record:
    """One record made of lines, and what is wrong with them."""

    number: int
    data: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)  # what the lines before say
    counts: dict[str, int] = field(default_factory=dict)  # of elements that repeat
    begun: set[str] = field(default_factory=set)  # those that this line has begun

    def place(self, name: str) -> str:
        """Where this line's values of a repeated element stand: every line begins one of its own."""
        if name not in self.begun:
            self.begun.add(name)
            self.counts[name] = self.counts.get(name, 0) + 1
        return f"{name}[{self.counts[name]}]"


# Which column is which ------------------------------------------------------------------------------------


def guess(head: Sequence[str], found: Sequence[Entry]) -> dict[str, str]:
    """The mapping that the columns' names suggest; "" where none does. No element is filled twice."""
    names: dict[str, str] = {}
    for leaf in fields.leaves(found):
        for name in _names(leaf):
            names.setdefault(name, leaf.path)
    mapping: dict[str, str] = {}
    for column in head:
        path = column if column.startswith(CUSTOM) else names.get(_bare(column), "")
        mapping[column] = "" if path in mapping.values() else path
    return mapping


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _names(leaf: Entry) -> Iterator[str]:
    """How people call an element, the surest first."""
    short = leaf.path.removesuffix("/FullName")
    for text in (leaf.path, short, leaf.label, leaf.name, leaf.name.removesuffix("Ref")):
        yield _bare(text)


def wrong_with(mapping: Mapping[str, str], columns: Sequence[str], found: Sequence[Entry]) -> list[Problem]:
    """Columns that are not there, paths that are none, elements that are filled twice."""
    wrong = [Problem(column, "The file has no such column", "unknown") for column in mapping if column not in columns]
    used: dict[str, str] = {}
    for column, path in mapping.items():
        _, path = split(path)
        if not path:
            continue
        if path in used:
            wrong.append(Problem(path, f"It is filled by {used[path]!r} and by {column!r}", "many", column))
        used[path] = column
        wrong += path_problem(path, found)
    groups = [column for column, path in mapping.items() if split(path)[0]]
    if len(groups) > 1:
        wrong.append(Problem("", f"Only one column can group lines, not {', '.join(groups)}", "many"))
    return wrong


def path_problem(path: str, found: Sequence[Entry]) -> list[Problem]:
    if path.startswith(CUSTOM):
        return [] if path != CUSTOM else [Problem(path, "The custom field has no name", "required")]
    try:
        entry = fields.find(found, path) if fields.steps(path) else None
    except ValueError as problem:
        return [Problem(path, str(problem), "format", path)]
    if entry is None or entry.refused:
        return [Problem(path, entry.refused if entry else "There is no such element", "unknown", path)]
    if entry.children and not entry.reference:
        return [Problem(path, "It holds other elements: name one of them", "type", path)]
    return []


def split(path: str) -> tuple[bool, str]:
    """Whether a column groups, and what it fills."""
    if path == GROUP or path.startswith(f"{GROUP} "):
        return True, path.removeprefix(GROUP).strip()
    return False, path


# Lines to records -----------------------------------------------------------------------------------------


def grouped(lines: Sequence[dict[str, str]], mapping: Mapping[str, str]) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """The lines of each record, with the number of the first."""
    column = next((name for name, path in mapping.items() if split(path)[0]), None)
    together: list[dict[str, str]] = []
    first = 1
    for number, line in enumerate(lines, 1):
        value = line[column].strip() if column is not None else ""
        same = column is not None and together and value and value == together[-1][column].strip()
        if together and not same:
            yield first, together
            together = []
        if not together:
            first = number
        together.append(line)
    if together:
        yield first, together


def divided(records: Iterable[Sequence[Mapping[str, str]]], mapping: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """The column that groups, and what it says in lines that do not stand together: one record would become two."""
    column = next((name for name, path in mapping.items() if split(path)[0]), "")
    times = Counter(lines[0].get(column, "").strip() for lines in records if lines) if column else Counter()
    return column, frozenset(value for value, many in times.items() if value and many > 1)


class Reader:
    """Makes records of one record type and action."""

    def __init__(
        self, found: Sequence[Entry], mapping: Mapping[str, str], constants: Mapping[str, str], dates: str = ISO
    ) -> None:
        self.found, self.dates = found, dates
        self.columns = {column: split(path)[1] for column, path in mapping.items() if split(path)[1]}
        self.constants = dict(constants)
        paths = {*self.columns.values(), *self.constants}
        self.entries = {path: fields.find(found, path) for path in paths if not path.startswith(CUSTOM)}

    def record(self, lines: Sequence[Mapping[str, str]], number: int) -> Record:
        made = Record(number)
        for line in lines:
            made.begun.clear()
            cells = {path: line[column] for column, path in self.columns.items() if line[column].strip()}
            for path, text in {**self.constants, **cells}.items():
                if text := _unguarded(text):
                    self._put(made, path, text)
        return made

    def _put(self, made: Record, path: str, text: str) -> None:
        if path.startswith(CUSTOM):
            value, problem = "" if text == CLEAR else text, None
        else:
            value, problem = self.value(self.entries[path], text)
        top = path.partition("/")[0]
        entry = fields.find(self.found, top)
        if entry is not None and entry.repeats and "[" not in top:
            path = made.place(top) + path.removeprefix(top)
        elif made.seen.setdefault(path, text) != text:
            said = f"{text!r} and {made.seen[path]!r} stand in lines of the same record"
            problem = (said, "Write the same in each, or leave it empty.")
        if problem:
            made.problems.append(Problem(path, problem[0], "format", text, made.number, problem[1]))
        elif path.startswith(CUSTOM):
            made.custom[path.removeprefix(CUSTOM)] = value
        else:
            fields.put(made.data, path, value)

    def value(self, entry: Entry | None, text: str) -> tuple[Any, tuple[str, str] | None]:
        """What a cell says; or why it cannot be read, and the remedy."""
        kind = entry.type if entry else "str"
        if text == CLEAR:
            return None, None
        if kind == "reference":
            return {"FullName": text}, None
        if kind == "bool":
            return BOOLEANS.get(text.lower(), text), None
        if kind in EXACT and _SEPARATED(text):
            return None, (f"{text!r} is not plain", "Write it without thousands separators and with a point: 1234.50.")
        if kind == "date" and (found := _US_DATE(text)):
            return self._date(text, int(found[3]), int(found[1]), int(found[2]))
        return text, None

    def _date(self, text: str, year: int, month: int, day: int) -> tuple[Any, tuple[str, str] | None]:
        if self.dates != US:
            remedy = "Write it as 2026-02-07, or say that dates are in the US form (month/day/year)."
            return None, (f"{text!r} may be one of two days", remedy)
        try:
            return date(year, month, day).isoformat(), None
        except ValueError:
            return None, (f"{text!r} is no month/day/year", "Correct it, or write it as 2026-02-07.")


def _unguarded(text: str) -> str:
    """Without the apostrophe that keeps spreadsheets from taking a text for a formula."""
    text = text.strip()
    return text[1:] if _GUARDED(text) else text
