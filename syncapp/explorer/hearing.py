"""What an answer of QuickBooks means to the row that asked: the next request, or the row's end.

Rule     decide by the status code and its policy (qbwc.qbxml.status). What is refused for a passing reason is sent
         again later, a bounded number of times; what may have been done is found out about first (doubts.py).

Pure.
"""

from __future__ import annotations

from dataclasses import replace

from qbwc.qbxml import status
from syncapp.explorer import doubts, limits, steps
from syncapp.explorer.steps import (
    CANCELLED,
    CUSTOM,
    DONE,
    DOUBTFUL,
    FAILED,
    FOUND,
    LOOK,
    REFUSED,
    SKIPPED,
    UNKNOWN,
    WRITE,
    Answer,
    End,
    Move,
    Progress,
    Task,
)

NOTHING, NAME_TAKEN, STALE = 1, 3100, 3200
GONE = frozenset({3000, 3120})
ERRORS_FROM = 1000
LINES_LEFT_OUT = (
    "%d of its lines are not named: QuickBooks would remove them, and whoever asked has not seen them. Name every line"
    " that shall stay by its TxnLineID, or give the EditSequence of the state that you saw."
)
NOT_FOUND_OUT = "Whether QuickBooks did it could not be found out:"


def heard(task: Task, so_far: Progress, word: str, answer: Answer) -> Move:
    """``word`` says what the answered request was for."""
    if answer.state == CANCELLED:
        return Move(so_far, end=stopped(so_far, SKIPPED, answer.message or "It was cancelled."))
    if answer.state == DOUBTFUL:
        return doubts.begin(task, replace(so_far, doubt=word, since=so_far.since or answer.sent))
    code = ERRORS_FROM if answer.status is None else answer.status
    if word == FOUND:
        return _heard_found(task, so_far, answer, code)
    if answer.state == REFUSED:
        return Move(so_far, end=stopped(so_far, FAILED, answer.message))
    if code >= ERRORS_FROM:
        return _refused(task, so_far, word, answer, code)
    if word == LOOK:
        return _looked(task, so_far, answer)
    if word == WRITE:
        return _written(task, so_far, answer)
    return steps.after_write(task, replace(so_far, custom_done=so_far.custom_done + 1, custom_add=False))


def stopped(so_far: Progress, state: str, reason: str, code: int | None = None) -> End:
    """Ended before its end; what was done already is said."""
    if so_far.written:
        return End(FAILED, f"The record was saved, but not all of its custom fields. {reason}", code)
    return End(state, reason, code)


def explained(code: int, message: str) -> str:
    """What QuickBooks said, with the remedy."""
    meaning = status.explain(code, message)
    return f"{(message or meaning.meaning).strip()} (status {code}) {meaning.remedy}"


def _looked(task: Task, so_far: Progress, answer: Answer) -> Move:
    name, value = steps.key(task)
    label = task.kind.label.lower()
    if not answer.records:
        return Move(so_far, end=End(FAILED, f"QuickBooks has no {label} with the {name} {value}.", answer.status))
    if len(answer.records) > 1:
        several = f"QuickBooks has {len(answer.records)} records of the type {label} with the {name} {value}"
        return Move(so_far, end=End(FAILED, f"{several}. Give the {task.kind.id_name} of the one that is meant."))
    found = answer.records[0]
    if task.action == "modify" and (lines := steps.left_out(task, found)):
        return Move(so_far, end=End(FAILED, LINES_LEFT_OUT % len(lines)))
    record_id, version = str(found.get(task.kind.id_name) or ""), str(found.get("EditSequence") or "")
    return steps.write(task, replace(so_far, record_id=record_id, edit_sequence=version))


def _written(task: Task, so_far: Progress, answer: Answer) -> Move:
    """Done; error recovery tells the id and no record, so that the record is read."""
    record = answer.records[0] if answer.records else None
    told = record or answer.recovery or {}
    given = str(task.data.get(task.kind.id_name) or "")
    done = replace(
        so_far,
        written=True,
        record_id=str(told.get(task.kind.id_name) or so_far.record_id or given),
        edit_sequence=str(told.get("EditSequence") or so_far.edit_sequence),
    )
    if task.action in ("delete", "void"):
        return Move(done, end=End(DONE))
    if record is None and done.record_id and "query" in task.kind.requests:
        return steps.read(task, done)
    if task.custom and not done.record_id:
        return Move(done, end=stopped(done, FAILED, "QuickBooks did not tell the id of the new record."))
    return steps.after_write(task, done, record)


def _refused(task: Task, so_far: Progress, word: str, answer: Answer, code: int) -> Move:
    """Nothing was done; or, for a few codes, perhaps."""
    policy = status.explain(code, answer.message).policy
    if policy == "RECOVER" and word != LOOK:
        return doubts.begin(task, replace(so_far, doubt=word, since=so_far.since or answer.sent))
    if policy == "RETRY" and (later := _later(task, so_far, word)) is not None:
        return later
    if word == WRITE and code == STALE and steps.needs_look(task) and so_far.looked < limits.LOOKS_PER_ROW:
        return steps.look(task, so_far)
    if word == WRITE and so_far.sent > 1:  # an earlier one may have done it after all
        if task.action == "delete" and code in GONE:
            return Move(replace(so_far, written=True), end=End(DONE))
        if task.action == "add" and code == NAME_TAKEN:
            return doubts.begin(task, replace(so_far, doubt=doubts.TAKEN, since=so_far.since or answer.sent))
    reason = explained(code, answer.message)
    if word == CUSTOM:
        if not so_far.custom_add:
            return steps.custom(task, replace(so_far, custom_add=True))
        reason = f"{task.custom[so_far.custom_done][0]}: {reason}"
    return Move(so_far, end=stopped(so_far, FAILED, reason, code))


def _later(task: Task, so_far: Progress, word: str) -> Move | None:
    """The same again after a while; None if it was tried often enough."""
    tried = max(so_far.sent, so_far.looked)
    if tried >= limits.WRITES_PER_ROW:
        return None
    delay = min(limits.RETRY_SECONDS * 2 ** max(0, tried - 1), limits.RETRY_SECONDS_MAX)
    if word == CUSTOM:
        return steps.custom(task, replace(so_far, sent=so_far.sent + 1), delay)
    if word == LOOK or (steps.needs_look(task) and task.action == "modify"):
        return steps.look(task, so_far, delay)
    return steps.write(task, so_far, delay)


def _heard_found(task: Task, so_far: Progress, answer: Answer, code: int) -> Move:
    """What is in doubt was looked for; or the record was read after it was written."""
    told = answer.state != REFUSED and code < ERRORS_FROM
    if so_far.doubt:
        if told:
            return doubts.heard(task, so_far, answer)
        reason = answer.message if answer.state == REFUSED else explained(code, answer.message)
        return Move(so_far, end=End(UNKNOWN, f"{NOT_FOUND_OUT} {reason}", answer.status))
    record = answer.records[0] if told and answer.records else None
    if record is not None:
        so_far = replace(so_far, edit_sequence=str(record.get("EditSequence") or so_far.edit_sequence))
    if so_far.custom_done < len(task.custom):
        return replace(steps.custom(task, so_far), record=record)
    return Move(so_far, end=End(DONE), record=record)
