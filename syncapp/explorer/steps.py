"""What to send for a row, step by step; hearing.py says what an answer means, doubts.py how to find out what was done.

Words    task      what a row asks for: add this, modify that
         progress  what is known on the way: the record's id, its EditSequence, what was done already
         move      the next request (ask), or how the row ended (end)
         word      what a request is for: look (which record is it?), write, custom (a custom field), found (is it
                   there, and what is it like now?)

    modify, delete, void by name:  look ─┐
    add, modify, delete, void:           └► write ─► custom, custom … ─► found ─► done
                                              │ outcome unknown              ▲
                                              └► found: done ────────────────┘
                                                        not done ─► write
                                                        undecidable ─► unknown: a person looks

Rule     what may have been done is never sent again before it was looked for

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from qbwc.qbxml import catalogue
from syncapp.explorer.kinds import NAMES, RecordType

LOOK, WRITE, CUSTOM, FOUND = "look", "write", "custom", "found"
DONE, FAILED, UNKNOWN, SKIPPED = "done", "failed", "unknown", "skipped"
ANSWERED, REFUSED, CANCELLED, DOUBTFUL = "answered", "refused", "cancelled", "unknown"
PUBLIC = "0"  # the OwnerID of the custom fields that people see


@dataclass(frozen=True, slots=True)
class Task:
    kind: RecordType
    action: str
    data: Mapping[str, Any]
    custom: tuple[tuple[str, str], ...] = ()
    guid: str = ""  # "{…}": stands on what is added, so that it can be recognised
    version: str = "13.0"
    country: str = "US"


@dataclass(frozen=True, slots=True)
class Progress:
    record_id: str = ""
    edit_sequence: str = ""  # of the state that the write changes, later of what it made
    written: bool = False  # the record itself is done
    custom_done: int = 0
    custom_add: bool = False  # DataExtMod was refused, so that DataExtAdd is tried
    sent: int = 0  # how often the write went out
    looked: int = 0
    doubt: str = ""  # what is being found out about: a write, a custom field, a name that is taken
    place: str = ""  # where a record in doubt was looked for last: name or window
    unmarked: bool = False  # a write went out without our mark, as older QuickBooks have none: it proves no absence
    since: str = ""  # QuickBooks's day on which, or after which, the write was sent

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Progress:
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class Answer:
    state: str = ANSWERED  # as the outbox has it
    status: int | None = None
    message: str = ""
    records: Sequence[Mapping[str, Any]] = ()
    recovery: Mapping[str, Any] | None = None  # error recovery: it was done, and the record is not told
    sent: str = ""  # a day before it was sent, on QuickBooks's clock


@dataclass(frozen=True, slots=True)
class Ask:
    word: str
    name: str
    data: Mapping[str, Any]
    delay: int = 0  # seconds


@dataclass(frozen=True, slots=True)
class End:
    state: str
    problem: str = ""
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    progress: Progress
    ask: Ask | None = None
    end: End | None = None
    record: Mapping[str, Any] | None = None  # what QuickBooks holds now, where it told


# Beginning -----------------------------------------------------------------------------------------------


def first(task: Task, so_far: Progress) -> Move:
    """The first request of a row, or the next one of a row that is tried again."""
    if so_far.written:
        return after_write(task, so_far)
    return look(task, so_far) if needs_look(task) else write(task, so_far)


def needs_look(task: Task) -> bool:
    """Whether QuickBooks must tell the id or the EditSequence first."""
    if task.action == "add" or not task.kind.id_name:
        return False
    if not task.data.get(task.kind.id_name):
        return True
    return task.action == "modify" and not task.data.get("EditSequence")


def key(task: Task) -> tuple[str, str]:
    """By what the record is found: the element of the query, and its value; empty if nothing was given."""
    known = task.kind.queried_by
    for name in (task.kind.id_name, *NAMES):
        if name in known and task.data.get(name):
            return name, str(task.data[name])
    if "FullName" in known:  # lists whose records are modified by their own name
        for name in ("Name", "Initial"):
            if task.data.get(name):
                return "FullName", str(task.data[name])
    return "", ""


def look(task: Task, so_far: Progress, delay: int = 0) -> Move:
    name, value = key(task)
    ask = Ask(LOOK, task.kind.requests["query"], by(task, name, value), delay)
    return Move(replace(so_far, looked=so_far.looked + 1), ask=ask)


def by(task: Task, name: str, value: str) -> dict[str, Any]:
    """What to ask the query for, so that it tells all there is about the records of this id, name or number."""
    known = task.kind.content("query").fields
    more: dict[str, Any] = {"IncludeLineItems": True} if "IncludeLineItems" in known else {}
    return {name: [value]} | more | ({"OwnerID": [PUBLIC]} if "OwnerID" in known else {})


# Writing -------------------------------------------------------------------------------------------------


def write(task: Task, so_far: Progress, delay: int = 0) -> Move:
    name, data = request(task, so_far)
    unmarked = so_far.unmarked or not (takes_guid(task) or task.data.get("ExternalGUID"))
    sent = replace(so_far, sent=so_far.sent + 1, doubt="", unmarked=task.action == "add" and unmarked)
    return Move(sent, ask=Ask(WRITE, name, data, delay))


def request(task: Task, so_far: Progress) -> tuple[str, dict[str, Any]]:
    """The write itself; what a look brought stands in `so_far`."""
    kind, data = task.kind, dict(task.data)
    name = kind.requests[task.action]
    if task.action in ("delete", "void") and kind.id_name:
        return name, {f"{name}Type": kind.name, kind.id_name: so_far.record_id or str(data.get(kind.id_name) or "")}
    if task.action == "modify" and kind.id_name:
        data = _with_version(task, so_far)
    elif task.action == "add" and takes_guid(task):
        data = {"ExternalGUID": task.guid} | data
    holder = kind.holder(task.action)
    return name, {holder: data} if holder else data


def _with_version(task: Task, so_far: Progress) -> dict[str, Any]:
    data, id_name = dict(task.data), task.kind.id_name
    if not data.get(id_name):
        sought, _ = key(task)
        data = {name: value for name, value in data.items() if name not in _spent(task, sought)}
    elif "FullName" not in task.kind.content("modify").fields:
        data.pop("FullName", None)
    ids = {id_name: so_far.record_id or data.get(id_name)}
    versions = {"EditSequence": so_far.edit_sequence or data.get("EditSequence")}
    return ids | versions | {name: value for name, value in data.items() if name not in (id_name, "EditSequence")}


def _spent(task: Task, sought: str) -> set[str]:
    """What only said which record is meant: it is not to be changed."""
    if sought == "FullName" and not task.data.get("FullName"):
        return {"Name", "Initial"}
    return {sought}


def left_out(task: Task, record: Mapping[str, Any]) -> list[str]:
    """The lines that a modification would remove: it names some, and QuickBooks removes those that it does not name.

    Expenses and items are two lists in QuickBooks; what names none of one leaves that as it is.
    """
    named, there = _line_ids(task.data, "Mod"), _line_ids(record, "Ret")
    return [line for kind, lines in there.items() if kind in named for line in lines if line not in named[kind]]


def _line_ids(record: Mapping[str, Any], ending: str) -> dict[bool, list[str]]:
    found: dict[bool, list[str]] = {}
    for name, value in record.items():
        if name.endswith((f"Line{ending}", f"LineGroup{ending}", f"GroupLine{ending}")):
            listed = value if isinstance(value, list) else [value]
            ids = [str(each.get("TxnLineID") or "") for each in listed if isinstance(each, Mapping)]
            found.setdefault(name.startswith("Expense"), []).extend(ids)
    return found


def takes_guid(task: Task) -> bool:
    """Whether what is added can carry our mark, and carries none of the caller's."""
    known = task.kind.content("add").fields.get("ExternalGUID")
    fits = known is not None and float(known.since) <= float(task.version) and task.country not in known.absent
    return fits and not task.data.get("ExternalGUID")


# Custom fields -------------------------------------------------------------------------------------------


def custom_type(kind: RecordType) -> tuple[str, str]:
    """How DataExtAdd names this record type: ("ListDataExtType", "Item"); empty if it takes no custom fields."""
    known = catalogue.request("DataExtMod").fields.fields["DataExtMod"].content
    fields = known.fields if known else {}
    for element, id_name in (("ListDataExtType", "ListID"), ("TxnDataExtType", "TxnID")):
        named = "Item" if id_name == "ListID" and kind.name.startswith("Item") else kind.name
        if kind.id_name == id_name and named in fields[element].values:
            return element, named
    return "", ""


def custom(task: Task, so_far: Progress, delay: int = 0) -> Move:
    """Set the next custom field; Mod works on empty ones, too, and Add where a field was never used."""
    name, data = custom_request(task, so_far)
    return Move(replace(so_far, doubt=""), ask=Ask(CUSTOM, name, data, delay))


def custom_request(task: Task, so_far: Progress) -> tuple[str, dict[str, Any]]:
    label, value = task.custom[so_far.custom_done]
    element, named = custom_type(task.kind)
    name = "DataExtAdd" if so_far.custom_add else "DataExtMod"
    where: dict[str, Any] = {"TxnID": so_far.record_id}
    if element == "ListDataExtType":
        where = {"ListObjRef": {"ListID": so_far.record_id}}
    data = {"OwnerID": PUBLIC, "DataExtName": label, element: named, **where, "DataExtValue": value}
    return name, {name: data}


def after_write(task: Task, so_far: Progress, record: Mapping[str, Any] | None = None) -> Move:
    """The record is written: its custom fields, then one look at the whole."""
    if so_far.custom_done < len(task.custom):
        return replace(custom(task, so_far), record=record)
    if task.custom and so_far.record_id:
        return replace(read(task, so_far), record=record)
    return Move(so_far, end=End(DONE), record=record)


def read(task: Task, so_far: Progress) -> Move:
    """See what the record is like now."""
    return Move(so_far, ask=Ask(FOUND, task.kind.requests["query"], by(task, task.kind.id_name, so_far.record_id)))
