"""What is wrong with something that was asked, said so that a person or a program can mend it.

Words    problem  where (path), which rule, the value, what is wrong and what to do; of a bulk job, in which row
         path     "BillAddress/City"; of repeated elements "InvoiceLineAdd[2]/ItemRef", counted from 1

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qbwc.qbxml.errors import BadRequest, shown

REMEDIES = {
    "unknown": "Take it out, or correct its name: the form of this record type lists all that there is.",
    "branch": "Keep one of the two.",
    "order": "Name each line once, in the order that is wanted.",
    "required": "Give a value.",
    "empty": "Give a value, or leave the element out.",
    "clear": "Leave the element out: QuickBooks keeps what it has.",
    "length": "Shorten it.",
    "many": "Leave some out.",
    "type": "Write it in the form that is asked for.",
    "format": "Write it in the form that is asked for.",
    "enum": "Choose one of these.",
    "range": "Choose a number within these bounds.",
    "decimals": "Round it.",
    "colon": "Write the name without a colon; the parent is given as ParentRef.",
    "characters": "Write it in Latin letters.",
    "version": "Leave it out, or use a newer QuickBooks.",
    "country": "Leave it out.",
    "attribute": "Take it out.",
}
_HEAD = re.compile(r"^\w+Rq/?")
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str
    rule: str = ""
    value: str = ""
    row: int | None = None
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        sentence = self.message if self.message.endswith(".") else f"{self.message}."
        return f"{where}{sentence} {self.remedy}".strip()


class Refused(Exception):
    """Nothing was written; each problem says why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems[:3]))


def refused(message: str, *, path: str = "", rule: str = "", value: object = None, remedy: str = "") -> Refused:
    """A refusal for a single reason."""
    return Refused([Problem(path, message, rule, "" if value is None else shown(value), remedy=remedy)])


def of(problem: BadRequest, holder: str = "", row: int | None = None) -> Problem:
    """What build() complained of, seen from the record: without the elements around it, and lines counted from 1."""
    path = _HEAD.sub("", problem.path)
    if holder:
        path = "" if path == holder else path.removeprefix(f"{holder}/")
    path = _INDEX.sub(lambda found: f"[{int(found[1]) + 1}]", path)
    value = "" if problem.value is None else shown(problem.value)
    return Problem(path, problem.message or problem.rule, problem.rule, value, row, REMEDIES.get(problem.rule, ""))
