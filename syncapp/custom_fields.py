"""The custom fields that a QuickBooks company has, so that a field mapping that names another one is told at once.

Words    definition  a custom field that people see (OwnerID 0): its name, its type, and the records that it is used for
Rules    1 They are asked for where a pair's field mapping names custom fields: once a day, and as long as it names one
           that QuickBooks did not tell.
         2 They are kept with the company's facts (qbwc), which every pair of the company shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from qbwc import identity, outbox
from qbwc.models import Company, Request
from qbwc.qbxml.read import Result
from syncapp import clock, limits
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.connectors.quickbooks_desktop.own_fields import PUBLIC, Definition, Definitions, undefined
from syncapp.flows import FLOWS, active
from syncapp.flows.base import Active, BadSetting
from syncapp.mapping import line_fields, overrides_read
from syncapp.mapping.overrides import CUSTOM
from syncapp.models import Pair
from syncapp.records import Side

WORD = "custom"  # the first word of our requests' references
QUERY = "DataExtDefQuery"
PRIORITY = 20  # as other reading
FACT, FACT_AT = "custom_fields", "custom_fields_at"


def ask_if_due(pair: Pair) -> None:
    named = _named(pair)
    if not named:
        return
    company = Company.objects.get(pk=pair.desktop_id)  # as it is now: a session may have told since
    known, read_at = definitions(company), parse_datetime(str(company.facts.get(FACT_AT) or ""))
    fresh = read_at is not None and clock.now() - read_at < timedelta(hours=limits.FULL_LISTING_HOURS)
    if fresh and known is not None and all(name.casefold() in known for name in named):
        return
    reference = f"{WORD}/{pair.pk}"
    waiting = Request.objects.filter(company=pair.desktop, reference=reference, state__in=("queued", "sent"))
    if not waiting.exists():
        outbox.enqueue(pair.desktop, QUERY, {"OwnerID": [PUBLIC]}, reference=reference, priority=PRIORITY)


def heard(company: Company, result: Result | None) -> None:
    """The answer; one that QuickBooks refused leaves what is known."""
    if result is None or result.status not in (0, 1):
        return
    found = [_plain(ret.data) for ret in result.records if str(ret.data.get("OwnerID", PUBLIC)) == PUBLIC]
    identity.learn_more(company, {FACT: found, FACT_AT: clock.now().isoformat()})


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    objects = data.get("AssignToObject") or ()
    return {
        "name": str(data["DataExtName"]),
        "type": str(data.get("DataExtType") or ""),
        "objects": [str(each) for each in (objects if isinstance(objects, list | tuple) else [objects])],
    }


def definitions(company: Company) -> Definitions | None:
    """By name without capitals; None where QuickBooks has not told them yet."""
    told = company.facts.get(FACT)
    if told is None:
        return None
    return {each["name"].casefold(): Definition(each["name"], each["type"], tuple(each["objects"])) for each in told}


def problems(pair: Pair) -> Iterator[str]:
    """Custom fields that the mapping of a flow that is on names, and that QuickBooks did not tell."""
    known = definitions(pair.desktop)
    if known is None:
        return
    for flow in _active(pair):
        plural, own = FLOWS[flow.kind].mapping.plural, overrides_read.of(flow.kind, flow.settings)
        for finding in undefined(own, SPELLINGS[flow.kind], known):
            yield f"{plural}: {finding}"
        for each in line_fields.of(flow.settings).parts:
            if each.custom and each.custom.casefold() not in known:
                yield f"{plural}: line_fields.{each.column}: QuickBooks has no custom field “{each.custom}”."


def _active(pair: Pair) -> list[Active]:
    try:
        return active(pair.flows)
    except BadSetting:  # which the cycle tells
        return []


def _named(pair: Pair) -> set[str]:
    names: set[str] = set()
    for flow in _active(pair):
        names |= set(overrides_read.of(flow.kind, flow.settings).names(Side.QUICKBOOKS))
        names |= {each.element.name for each in line_fields.of(flow.settings).parts}
    return {name.removeprefix(CUSTOM) for name in names if name.startswith(CUSTOM)}
