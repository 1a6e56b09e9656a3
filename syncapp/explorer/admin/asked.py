"""What a person typed into a form, and what the form shows: from the address, from an earlier job, or as it was sent.

Words    d:PATH    an input of the record          n:PATH  how many lines were shown
         b:CHOICE  the chosen branch of a choice   c:N     a custom field, as c:N:name and c:N:value
         col       a column that is wanted         o       what was there before a change
         once      the form's own number
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, QueryDict

from qbwc.masking import is_secret
from qbwc.models import Company
from syncapp.admin.base import number
from syncapp.explorer import fields, results
from syncapp.explorer.admin import forms, names, values
from syncapp.explorer.fields import Entry
from syncapp.explorer.kinds import LIST, TRANSACTION, RecordType
from syncapp.explorer.models import DESTRUCTIVE, Action, Job, Row, SavedOperation
from syncapp.explorer.problems import Problem, refused

BLANK_CUSTOM = 1
ONCE_LENGTH = 32
CUSTOM_KEY = "#custom"
LINES_UNKNOWN = "The lines that it has are not shown here, and QuickBooks would remove them"
ASK_WITH_LINES = "Query the record with “Include line items”, and modify it from that result."


@dataclass
class Asked:
    company: Company
    kind: RecordType
    action: str
    flat: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)  # of a change: what was there, custom fields as "custom:NAME"
    lines: dict[str, int] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    more_custom: int = BLANK_CUSTOM
    known: Mapping[str, Any] = field(default_factory=dict)  # the record that is meant, if a result shows it
    saved: SavedOperation | None = None  # the operation whose question is changed
    once: str = ""  # of this form: what is sent twice by a second click is done once
    source: str = ""  # where it is shown: "JOB:PLACE" or "row:ID"

    @property
    def entries(self) -> Sequence[Entry]:
        found = fields.entries(self.kind.name, self.action, self.company.qbxml_version, self.company.country)
        if self.action in DESTRUCTIVE:  # several may be named, one in each line
            return [replace(entry, repeats=True) for entry in found]
        return found

    @property
    def takes_custom(self) -> bool:
        return self.action in (Action.ADD, Action.MODIFY) and self.kind.sort in (LIST, TRANSACTION)

    @property
    def records(self) -> list[dict[str, Any]]:
        """As service.submit takes them."""
        if self.action == Action.MODIFY and self.before:
            change = values.changed(self.entries, self.flat, self.before)
            lines = next((name for name in change if name.endswith("LineMod")), "")
            if lines and not any(name.endswith("LineRet") for name in self.known):
                raise refused(LINES_UNKNOWN, path=lines, rule="unknown", remedy=ASK_WITH_LINES)
            return [change]
        record = values.gather(self.entries, self.flat)
        if self.action not in DESTRUCTIVE:
            return [record]
        return [{name: each} for name, listed in record.items() for each in listed]

    @property
    def custom_values(self) -> dict[str, str]:
        """Those to be written: all of what is added, the changed ones of a change."""
        return {
            name: value
            for name, value in self.custom.items()
            if name and value != self.before.get(f"{fields.CUSTOM}{name}", "")
        }

    def custom_rows(self) -> list[tuple[int, str, str]]:
        known = names.custom_fields(self.company, self.kind) if self.takes_custom else []
        rows = {**dict.fromkeys(known, ""), **self.custom}
        listed = [*rows.items(), *[("", "")] * self.more_custom]
        return [(i, name, value) for i, (name, value) in enumerate(listed)]

    def form(self, problems: Sequence[Problem] = ()) -> forms.Form:
        return forms.draw(
            self.kind.name, self.action, self.entries, self.flat,
            problems=problems, lines=self.lines, branches=self.branches,
        )  # fmt: skip

    def set_record(self, data: Mapping[str, Any]) -> None:
        self.custom |= {str(name): str(value) for name, value in (data.get(CUSTOM_KEY) or {}).items()}
        self.flat = values.flatten(self.entries, data)


def posted(request: HttpRequest, company: Company, kind: RecordType, action: str) -> Asked:
    """As it was typed; empty lines are dropped, and shown again at the end."""
    asked = Asked(company, kind, action)
    sent = request.POST
    flat = {name[2:]: text for name in sent if name.startswith("d:") for text in [_text(sent, name)]}
    shown = {entry.name: len(values.lines_of(flat, entry.name)) for entry in asked.entries if entry.repeats}
    asked.flat = values.tidy(asked.entries, flat)
    asked.lines = {name: count for name, count in shown.items() if count}
    more = sent.get("more", "")
    if more == "custom":
        asked.more_custom += 1
    elif more:
        asked.lines[more] = asked.lines.get(more, 0) + 1
    asked.branches = {name[2:]: sent[name] for name in sent if name.startswith("b:")}
    asked.columns = sent.getlist("col")
    asked.custom = _custom(sent)
    asked.before = _before(sent.get("o", ""))
    asked.once = sent.get("once", "")[:ONCE_LENGTH]
    asked.source = sent.get("source", "")
    asked.known = _record(asked.source, company, kind)
    asked.saved = _saved(asked, sent)
    return asked


def _saved(asked: Asked, sent: QueryDict) -> SavedOperation | None:
    return SavedOperation.objects.filter(
        pk=number(sent.get("saved")), company=asked.company, record_type=asked.kind.name, action=asked.action
    ).first()


def _text(sent: QueryDict, name: str) -> str:
    """One branch of a choice may show the same element as another; only one of them is filled."""
    given = [str(text) for text in sent.getlist(name)]
    return next((text for text in given if text.strip()), given[-1] if given else "").replace("\r\n", "\n")


def _custom(sent: QueryDict) -> dict[str, str]:
    found = {}
    for name in sent:
        if name.startswith("c:") and name.endswith(":name") and (called := _text(sent, name).strip()):
            found[called] = _text(sent, f"{name[:-5]}:value").strip()
    return found


def _before(text: str) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def begun(request: HttpRequest, company: Company, kind: RecordType, action: str) -> Asked:
    """A new form: empty, or filled from what its address names."""
    asked = Asked(company, kind, action, once=uuid4().hex)
    sent = request.GET
    if sent.get("source"):
        asked.source, asked.known = sent["source"], _record(sent["source"], company, kind)
        _fill_from(asked)
    elif row := Row.objects.filter(pk=number(sent.get("row")), job__company=company).first():
        asked.set_record(row.data)
        asked.custom |= {str(name): str(value) for name, value in row.custom.items()}
    elif job := Job.objects.filter(pk=number(sent.get("job")), company=company).first():
        asked.set_record(job.data)
        asked.columns = list(job.fields)
    elif (saved := _saved(asked, sent)) is not None:
        asked.saved = saved
        asked.set_record(saved.data)
        asked.columns = list(saved.fields)
    asked.flat |= {name[2:]: sent[name] for name in sent if name.startswith("d:")}
    if not asked.flat:
        asked.lines = {e.name: 1 for e in asked.entries if e.repeats and e.children and e.name.endswith("LineAdd")}
    return asked


def _record(source: str, company: Company, kind: RecordType) -> Mapping[str, Any]:
    """The record of a result that a page's address names: "JOB:PLACE", or "row:ID" of what a row wrote."""
    first, _, last = source.partition(":")
    if first == "row":
        row = Row.objects.filter(pk=number(last), job__company=company, job__record_type=kind.name).first()
        return row.record if row is not None and isinstance(row.record, dict) else {}
    job = Job.objects.filter(pk=number(first), company=company).first()
    found = results.records(job, number(last), 1) if job is not None and last else []
    return found[0][1] if found and found[0][0] == kind.name else {}


def without_secrets(record: Any) -> Any:
    """Card numbers are no part of a form: what a change leaves out stays in QuickBooks as it is."""
    if isinstance(record, Mapping):
        return {name: without_secrets(inner) for name, inner in record.items() if not is_secret(name)}
    return record


def _fill_from(asked: Asked) -> None:
    record = asked.known
    if asked.action == Action.MODIFY:
        change = values.as_change(without_secrets(record))
        change.pop("FullName", None)
        asked.flat = values.flatten(asked.entries, change)
        asked.custom = {name: str(value or "") for name, value in fields.custom_fields(record).items()}
        old = {f"{fields.CUSTOM}{name}": value for name, value in asked.custom.items()}
        asked.before = {**asked.flat, **old}
    else:
        asked.flat = values.flatten(asked.entries, {name: record.get(name) for name in (asked.kind.id_name,)})
