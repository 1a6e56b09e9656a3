"""Saved operations: made, changed and deleted here, and started when their time has come.

Words    due    its schedule's time has come; the next one is counted from now, so that what was missed is run once
Rules    1 What could not be sent is not saved: it is built for its company, and refused with the path of what is wrong.
         2 Deleting and voiding have no schedule: a person confirms them each time.
         3 While its last job is open, no other starts by schedule: a company that does not call collects no heap.
         4 A turn and the job that it makes are committed together: none is lost, none is run twice.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from qbwc.models import Company
from syncapp import audit, clock
from syncapp.explorer import jobs, service, webhooks
from syncapp.explorer.models import DESTRUCTIVE, Action, Job, SavedOperation
from syncapp.explorer.problems import Problem, Refused, refused
from syncapp.schedule import next_time
from syncapp.settings_rules import schedule_problem

logger = logging.getLogger(__name__)

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
CHANGEABLE = (
    *("company", "name", "record_type", "action", "data", "fields", "schedule", "enabled", "webhook_url"),
    *("key", "created_by"),
)
DATA_CHARACTERS_MAX = 200_000
AT_ONCE = 50
SCHEDULE = "schedule"  # who asked, where nobody did


# Writing -----------------------------------------------------------------------------------


def create(
    company: Company, key: str, record_type: str, action: str, *, created_by: str = "", **values: Any
) -> SavedOperation:
    """A new one; Refused with everything that is wrong with it."""
    saved = SavedOperation(company=company, key=key, record_type=record_type, action=action, created_by=created_by)
    if SavedOperation.objects.filter(key=key).exists():
        raise _taken(key)
    return _store(saved, values, created_by)


def change(saved: SavedOperation, *, by: str = "", **values: Any) -> SavedOperation:
    """Change what is named; Refused if it could not be sent then, and nothing is changed. ``by`` is told as who did."""
    if values.get("key", saved.key) != saved.key:
        raise refused("The key is fixed: commands and other systems name it so.", path="key", rule="fixed")
    with transaction.atomic():
        locked = SavedOperation.objects.select_for_update(of=("self",)).select_related("company").get(pk=saved.pk)
        return _store(locked, values, by)


@transaction.atomic
def delete(saved: SavedOperation, *, by: str = "") -> None:
    """Its jobs stay, with what came of them."""
    audit.tell_operation(saved.company, saved.key, "operation deleted", {}, who=by)
    saved.delete()


def check(saved: SavedOperation) -> None:
    """Everything that is wrong with it, at once."""
    wrong = _wrong_form(saved)
    if not wrong:
        try:
            preview(saved)
        except Refused as refusal:
            wrong = list(refusal.problems)
    if wrong:
        raise Refused(wrong)


def preview(saved: SavedOperation, changes: Mapping[str, Any] | None = None) -> service.Preview:
    """The qbXML that a run would send."""
    data = service.laid_over(saved.data, changes or {})
    custom = data.pop(service.CUSTOM, None)
    wanted = saved.fields if saved.action == Action.QUERY else ()
    return service.preview(saved.company, saved.record_type, saved.action, data, custom, fields=wanted)


def _store(saved: SavedOperation, values: Mapping[str, Any], by: str) -> SavedOperation:
    if unknown := values.keys() - set(CHANGEABLE):
        raise TypeError(f"a saved operation has no {sorted(unknown)[0]}")
    new = saved.pk is None
    before = {} if new else _state(saved)
    for name, value in values.items():
        setattr(saved, name, value)
    check(saved)
    saved.next_run_at = next_time(saved.schedule, clock.now()) if saved.schedule and saved.enabled else None
    try:
        with transaction.atomic():
            saved.save()
            if changes := audit.changes(before, _state(saved)):
                event = "operation created" if new else "operation changed"
                audit.tell_operation(saved.company, saved.key, event, changes, who=by)
    except IntegrityError:
        raise _taken(saved.key) from None
    return saved


def _state(saved: SavedOperation) -> dict[str, Any]:
    told = {name: getattr(saved, name) for name in CHANGEABLE if name not in ("key", "created_by")}
    return told | {"company": saved.company.key}


def _taken(key: str) -> Refused:
    return refused(f"There is a saved operation “{key}” already.", path="key", rule="unique", remedy="Choose another.")


def _wrong_form(saved: SavedOperation) -> list[Problem]:
    found = []

    def wrong(path: str, rule: str, message: str, remedy: str) -> None:
        found.append(Problem(path, message, rule, remedy=remedy))

    if not isinstance(saved.key, str) or not KEY.fullmatch(saved.key):
        wrong("key", "form", "A key has small letters, digits, - and _, at most 60.", "Choose such a key.")
    if not isinstance(saved.name, str) or len(saved.name) > 120 or not saved.name.isprintable():
        wrong("name", "length", "A name has at most 120 printable characters.", "Shorten it.")
    custom = saved.data.get(service.CUSTOM, {}) if isinstance(saved.data, dict) else {}
    if not isinstance(saved.data, dict) or len(json.dumps(saved.data, default=str)) > DATA_CHARACTERS_MAX:
        wrong("data", "type", f"It is an object of at most {DATA_CHARACTERS_MAX} characters.", "Correct it.")
    elif not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        wrong(f"data/{service.CUSTOM}", "type", "It is an object of texts, by the fields' names.", "Correct it.")
    if not isinstance(saved.fields, list) or not all(isinstance(name, str) for name in saved.fields):
        wrong("fields", "type", "It is a list of elements' names.", "Correct it.")
    elif saved.fields and saved.action != Action.QUERY:
        wrong("fields", "branch", "Only a query chooses fields.", "Leave it out.")
    if saved.schedule and saved.action in DESTRUCTIVE:
        wrong("schedule", "destructive", "Deleting and voiding have no schedule.", "Run it by hand each time.")
    elif saved.schedule and (problem := schedule_problem(saved.schedule)):
        wrong("schedule", "form", problem, "")
    if saved.webhook_url and (told := webhooks.url_problem(saved.webhook_url)):
        wrong("webhook_url", "url", *told)
    return found


# Running by schedule -----------------------------------------------------------------------


def open_job(saved: SavedOperation) -> Job | None:
    """Its job that is still under way, for which the schedule waits."""
    return Job.objects.filter(saved_operation=saved, state=Job.State.OPEN).order_by("pk").first()


def start_due(now: datetime) -> int:
    """Start what is due; how many jobs were begun. What breaks for one stops no other."""
    waiting = SavedOperation.objects.filter(enabled=True, next_run_at__lte=now).exclude(schedule="")
    found = list(waiting.select_related("company").order_by("next_run_at")[:AT_ONCE])
    return sum(_guarded(saved, lambda saved=saved: _start(saved, now)) for saved in found)  # type: ignore[misc]


def _guarded(saved: SavedOperation, act: Callable[[], bool]) -> bool:
    try:
        return act()
    except Exception:
        logger.exception("the saved operation %s could not be started; it is tried again in a minute", saved.key)
        return False


def _start(saved: SavedOperation, now: datetime) -> bool:
    with transaction.atomic():
        turn = SavedOperation.objects.filter(pk=saved.pk, enabled=True, next_run_at=saved.next_run_at)
        if not turn.update(next_run_at=next_time(saved.schedule, now)):
            return False
        if (before := open_job(saved)) is not None:
            logger.warning("%s is not started: its job %s is still open", saved.key, before.pk)
            return False
        try:
            service.run_saved(saved, asked_by=SCHEDULE)
        except Refused as refusal:
            jobs.refused(saved, SCHEDULE, str(refusal))
    return True
