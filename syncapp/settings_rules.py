"""What the settings file and the admin's forms share: the keys, their rules, and what follows a change."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from croniter import croniter
from django.db.models import F, Q

from syncapp import clock, links, mirror, reading
from syncapp.flows import FLOWS, NAMES
from syncapp.flows.base import BadSetting
from syncapp.mapping.sale_source import OPPORTUNITY
from syncapp.mapping.sales import SALES
from syncapp.models import Link, Operation, Org, Pair
from syncapp.schedule import next_time
from syncapp.secrets import REFERENCE

SECRETS = ("client_secret", "password", "security_token", "private_key")
# What a token was given for.
ACCESS: dict[str, type] = {
    "auth": str,
    "domain": str,
    "client_id": str,
    "username": str,
    **dict.fromkeys(SECRETS, str),
}
# What holds for an org whatever the way of signing in.
MANNERS: dict[str, type] = {"bulk_from": int}
ORG_KEYS = ACCESS | MANNERS
COMPANY_KEYS: dict[str, type] = {
    "username": str,
    "password": str,
    "company_file": str,
    "name": str,
    "run_every_minutes": int,
}
COMPANY_KEYS |= {"paused": bool, "file_id": str}
# Columns of a pair that are on or off; the file calls them the same.
PAIR_SWITCHES = ("status_on_record", "outbound_messages")
PAIR_COLUMNS = ("schedule", "first_run", "enabled", *PAIR_SWITCHES)
PAIR_KEYS: dict[str, type] = {"salesforce": str, "quickbooks": str, "schedule": str, "first_run": str, "enabled": bool}
PAIR_KEYS |= dict.fromkeys(PAIR_SWITCHES, bool)
PAIR_KEYS |= dict.fromkeys(NAMES, dict)
KEYS: dict[str, dict[str, type]] = {"salesforce": ORG_KEYS, "desktop": COMPANY_KEYS, "pair": PAIR_KEYS}
NEEDS = Org.NEEDS
OPTIONAL = {"password": ("security_token",)}
# Below it a job takes more calls than the same records in ordinary ones.
BULK_FROM_MIN = 2000
# Each cycle costs calls of Salesforce's daily allowance, and the Web Connector rarely polls more often.
SCHEDULE_MINUTES_MIN = 10


def bulk_problem(least: int) -> str:
    """Why this is no number of records from which on Bulk jobs are used; or nothing."""
    if least == 0 or least >= BULK_FROM_MIN:
        return ""
    return f"it is {least}, but must be 0 (no Bulk jobs) or at least {BULK_FROM_MIN}: smaller jobs only cost calls."


def schedule_problem(schedule: str) -> str:
    """Why it is no schedule; or nothing."""
    example = "Use five fields in cron terms, such as “*/10 * * * *” (every ten minutes)"
    if len(schedule.split()) != 5 or not croniter.is_valid(schedule):
        return f"“{schedule}” is not a schedule. {example}."
    if shortest_minutes(schedule) is None:
        return f"“{schedule}” names a date that never comes. {example}."
    return ""


def shortest_minutes(schedule: str) -> float | None:
    """The shortest time between two of the next few hundred cycles; None if there are none."""
    try:
        times = croniter(schedule, datetime(2024, 1, 1), max_years_between_matches=8)
        moments: list[datetime] = [times.get_next(datetime) for _ in range(200)]
    except (ValueError, KeyError):
        return None
    steps = itertools.pairwise(moments)
    return min((later - earlier) / timedelta(minutes=1) for earlier, later in steps)


def reset_access(org: Org) -> None:
    """The token was given to former credentials. ``org_id`` stays: another org is still refused."""
    fields: dict[str, Any] = {"access_token": "", "instance_url": "", "problem": ""}
    Org.objects.filter(pk=org.pk).update(token_version=F("token_version") + 1, **fields)


# By which settings a sale's fields are read.
MAPPED_BY = ("fields", "line_fields", "source", "source_fields")


def plan_again(pair: Pair, former: Mapping[str, Any] | None = None) -> None:
    """A flow's settings changed: every record is read and looked at again, since any of them may fall otherwise.

    A listing that is under way is begun anew: its first pages were read by the former settings. Where sales had another
    field mapping or source in the ``former`` ones, nothing is planned of them before both records were read by the new
    one: lines travel as a whole, and what was read by the former mapping would say that theirs are empty.
    """
    now, then = pair.flows.get(SALES.kind, {}), (former or {}).get(SALES.kind, {})
    if former is not None and any(now.get(name, {}) != then.get(name, {}) for name in MAPPED_BY):
        mirror.doubt_all(pair, SALES.kind)
    reading.begin_anew(pair)
    links.touch_all(pair)
    mirror.read_all_again(pair)
    mirror.judge_anew(pair)


def source_problem(pair: Pair | None, settings: Mapping[str, Any]) -> str:
    """Why sales cannot be made of another object now, by complete settings of theirs; or nothing."""
    before = source_in(pair.flows) if pair and pair.pk else settings["source"]
    if pair is None or settings["source"] == before:
        return ""
    sold = pair.links.filter(kind=SALES.kind, salesforce_id__isnull=False).exclude(state=Link.State.CLOSED)
    number = sold.filter(Q(quickbooks_id__isnull=False) | Q(operations__state__in=Operation.OPEN)).distinct().count()
    if not number:
        return ""
    return (
        f"source cannot become “{settings['source']}” while there are sales that were made with “{before}” (now "
        f"{number}): they might be made a second time. Put it back, or unlink each of them on its page first; what "
        "they became in QuickBooks stays."
    )


def source_in(flows: Mapping[str, Any]) -> str:
    """What a pair's sales are, by its stored settings."""
    return str(flows.get(SALES.kind, {}).get("source") or OPPORTUNITY)


def reschedule(pair: Pair) -> None:
    Pair.objects.filter(pk=pair.pk).update(next_cycle_at=next_time(pair.schedule, clock.now()))


def complete(kind: str, flows: Mapping[str, Any]) -> dict[str, Any] | None:
    """A pair's present settings with the defaults; None if they are such that no cycle could use them."""
    try:
        return FLOWS[kind].complete(flows.get(kind, {}))
    except BadSetting:
        return None


def revealed(value: str) -> str:
    """For comparing only: a reference is what it refers to, as far as it is known."""
    return os.environ.get(value.removeprefix(REFERENCE), value) if value.startswith(REFERENCE) else value
