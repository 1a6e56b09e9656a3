"""Finding out whether QuickBooks did what was sent, where neither an answer nor error recovery tells.

what           looked for                          done if                        not done if
add            by its name or number; then among   a record carries our           none does
               all changed since it was sent       ExternalGUID
add, no mark   by its name                         (a person must say)            the name is free
modify         by its id                           it holds what was sent         its EditSequence is the old one
delete         by its id                           it is gone                     it is there
void           by its id                           its memo begins with VOID:     it doesn't
custom field   its record, by id                   it holds the value             it holds another

What looking cannot decide stays unknown: a person looks in QuickBooks and says it (service.decide).

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from syncapp.explorer import fields, limits, steps
from syncapp.explorer.steps import DONE, FAILED, FOUND, UNKNOWN, Answer, Ask, End, Move, Progress, Task

NAME, WINDOW = "name", "window"
TAKEN = "taken"  # the name of a record that was sent before is in use: by that record itself?
LOOK_YOURSELF = "Look in QuickBooks whether it was done, and say so here."
NAMING = ("Name", "Initial", "FullName")
VOIDED = "VOID:"  # what QuickBooks writes before the memo; people's own words may begin alike


def begin(task: Task, so_far: Progress) -> Move:
    """The first question about what is in doubt."""
    if so_far.doubt == steps.LOOK or so_far.doubt == FOUND:
        return Move(so_far, end=End(UNKNOWN, LOOK_YOURSELF))
    if so_far.doubt == steps.CUSTOM or task.action != "add":
        record_id = so_far.record_id or str(task.data.get(task.kind.id_name) or "")
        if not record_id or "query" not in task.kind.requests:
            return _undecided(so_far, "QuickBooks did not tell, and this record cannot be asked for.")
        return steps.read(task, replace(so_far, record_id=record_id))
    known = task.kind.queried_by
    name, value = ("FullName", full_name(task)) if "FullName" in known else ("RefNumber", task.data.get("RefNumber"))
    if value and name in known:
        return Move(
            replace(so_far, place=NAME), ask=Ask(FOUND, task.kind.requests["query"], steps.by(task, name, value))
        )
    return _ask_window(task, so_far)


def full_name(task: Task) -> str:
    """How QuickBooks calls what is added, if the parent is given by name or there is none."""
    own = next((str(task.data[name]) for name in NAMING if task.data.get(name)), "")
    parent = task.data.get("ParentRef") or {}
    if not parent or not own:
        return own
    above = parent.get("FullName") if isinstance(parent, Mapping) else None
    return f"{above}:{own}" if above else ""


def mark(task: Task, so_far: Progress) -> str:
    """The GUID that the added record carries, comparable; empty if it carries none, or may carry none."""
    if so_far.unmarked:
        return ""
    given = str(task.data.get("ExternalGUID") or (task.guid if steps.takes_guid(task) else ""))
    return given.strip("{} ").lower()


def _ask_window(task: Task, so_far: Progress) -> Move:
    """All records changed since it was sent, as few elements of each as will do."""
    known = task.kind.content("query") if "query" in task.kind.requests else None
    if known is None or not mark(task, so_far) or not so_far.since:
        return _undecided(so_far, "QuickBooks did not tell, and cannot be asked for this record.")
    data: dict[str, Any] = {}
    if "FromModifiedDate" in known.fields:
        data["FromModifiedDate"] = so_far.since
    elif "ModifiedDateRangeFilter" in known.fields:
        data["ModifiedDateRangeFilter"] = {"FromModifiedDate": so_far.since}
    else:
        return _undecided(so_far, "QuickBooks did not tell, and cannot be asked for what changed.")
    if "ActiveStatus" in known.fields:
        data["ActiveStatus"] = "All"
    if "IncludeRetElement" in known.fields:
        data["IncludeRetElement"] = [task.kind.id_name, "EditSequence", "TimeModified", "ExternalGUID"]
    return Move(replace(so_far, place=WINDOW), ask=Ask(FOUND, task.kind.requests["query"], data))


def heard(task: Task, so_far: Progress, answer: Answer) -> Move:
    """What was found means done, not done (sent again), or that nobody can tell."""
    if so_far.doubt == steps.CUSTOM:
        return _heard_custom(task, so_far, answer)
    if task.action == "add":
        return _heard_add(task, so_far, answer)
    record = answer.records[0] if answer.records else None
    if record is None:
        if task.action == "delete":
            return Move(replace(so_far, written=True, doubt=""), end=End(DONE))
        return Move(so_far, end=End(FAILED, "The record is no longer there.", answer.status))
    if task.action == "delete":
        return again(task, so_far)
    if task.action == "void":
        voided = str(record.get("Memo") or "").startswith(VOIDED)
        done = Move(replace(so_far, written=True, doubt=""), end=End(DONE), record=record)
        return done if voided else again(task, so_far)
    return _heard_modify(task, so_far, record)


def _heard_add(task: Task, so_far: Progress, answer: Answer) -> Move:
    ours = mark(task, so_far)
    found = next((each for each in answer.records if ours and _guid(each) == ours), None)
    if found is not None:
        done = replace(
            so_far,
            written=True,
            doubt="",
            record_id=str(found[task.kind.id_name]),
            edit_sequence=str(found.get("EditSequence") or ""),
        )
        if so_far.place == WINDOW:  # only its ids are known
            return steps.read(task, done)
        return steps.after_write(task, done, found)
    if so_far.place == NAME and ours:
        return _ask_window(task, so_far)  # renamed since, perhaps
    if so_far.doubt == TAKEN:
        return Move(so_far, end=End(FAILED, "The name is already in use in QuickBooks. Choose another name."))
    if so_far.place == NAME and answer.records:  # a list without marks, whose names are unique
        return _undecided(so_far, "QuickBooks has a record of this name; whether this row made it cannot be told.")
    return again(task, so_far)


def _guid(record: Mapping[str, Any]) -> str:
    return str(record.get("ExternalGUID") or "").strip("{} ").lower()


def _heard_modify(task: Task, so_far: Progress, record: Mapping[str, Any]) -> Move:
    sent_with = so_far.edit_sequence or str(task.data.get("EditSequence") or "")
    if str(record.get("EditSequence") or "") == sent_with:
        return again(task, so_far)
    _, sent = steps.request(task, so_far)
    inner = sent.get(task.kind.holder("modify")) or sent
    if holds(record, {name: value for name, value in inner.items() if name not in (task.kind.id_name, "EditSequence")}):
        done = replace(so_far, written=True, doubt="", edit_sequence=str(record.get("EditSequence") or ""))
        return steps.after_write(task, done, record)
    return _undecided(so_far, "The record was changed since; whether by this row cannot be told.")


def _heard_custom(task: Task, so_far: Progress, answer: Answer) -> Move:
    record = answer.records[0] if answer.records else None
    if record is None:
        return Move(so_far, end=End(FAILED, "The record is no longer there.", answer.status))
    name, value = task.custom[so_far.custom_done]
    if equal(fields.custom_fields(record).get(name), value):
        done = replace(so_far, doubt="", custom_done=so_far.custom_done + 1, custom_add=False)
        return steps.after_write(task, done, record)
    if so_far.sent >= limits.WRITES_PER_ROW:
        return _undecided(so_far, "It was sent several times.")
    return steps.custom(task, replace(so_far, sent=so_far.sent + 1))


def again(task: Task, so_far: Progress) -> Move:
    """It was not done, so that it may be sent once more."""
    if so_far.sent >= limits.WRITES_PER_ROW:
        return Move(so_far, end=End(FAILED, f"It was sent {so_far.sent} times, and QuickBooks never did it."))
    return steps.write(task, replace(so_far, doubt="", place=""))


def _undecided(so_far: Progress, why: str) -> Move:
    return Move(so_far, end=End(UNKNOWN, f"{why} {LOOK_YOURSELF}"))


# Comparing what was sent with what is there ---------------------------------------------------------------


def holds(record: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether the record holds all that was sent; lines are not compared, so that they never count as held."""
    return all(_held(record, name, value) for name, value in sent.items())


def _held(record: Mapping[str, Any], name: str, value: Any) -> bool:
    there = record.get(name)
    if there is None and name.endswith("Mod"):
        there = record.get(name.removesuffix("Mod"))
    if isinstance(value, Mapping):
        return isinstance(there, Mapping) and _inside(there, value)
    return not isinstance(value, list) and equal(there, value)


def _inside(there: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """A reference is the same if its id is, or its name."""
    if value.get("ListID"):
        return equal(there.get("ListID"), value["ListID"])
    return holds(there, value)


def equal(there: Any, sent: Any) -> bool:
    """Alike, whatever the spelling: true and True, 12.5 and 12.50, empty and absent."""
    if there in (None, "") or sent in (None, ""):
        return there in (None, "") and sent in (None, "")
    left, right = str(there).strip(), str(sent).strip()
    if isinstance(there, bool) or isinstance(sent, bool):
        return left.lower() == right.lower()
    try:
        return left == right or Decimal(left) == Decimal(right)
    except InvalidOperation:
        return False
