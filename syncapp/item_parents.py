"""New items below others: a product whose name is a path waits for the item above it.

Rule     QuickBooks refuses an item below one that is not there, and nothing would offer it again: so it waits for the
         product of that name to become an item, or for somebody to enter the item in QuickBooks
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from syncapp import limits
from syncapp.engine.situation import Plan
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Side

KIND = "item"


def waiting(pair: Pair, kind: str, names: dict[int, str]) -> dict[int, Plan]:
    """Of these products without an item, by their links and with their names: those that wait, and for what."""
    if kind != KIND or pair.flows.get(KIND, {}).get("hierarchy") == "family":
        return {}
    above = {pk: name.rpartition(":")[0].strip() for pk, name in names.items() if _below(name)}
    lacking = set(above.values()) - _there(pair, Side.QUICKBOOKS, set(above.values()), "full_name").keys()
    if not lacking:
        return {}
    ids = _there(pair, Side.SALESFORCE, lacking, "name")
    links = Link.objects.filter(pair=pair, kind=KIND, salesforce_id__in=ids.values(), quickbooks_id=None)
    by_product = dict(links.values_list("salesforce_id", "pk"))
    return {pk: _plan(name, by_product.get(ids.get(name, ""))) for pk, name in above.items() if name in lacking}


def _below(name: str) -> bool:
    """Whether it stands below another, and not so deep that QuickBooks has no place for it."""
    return 0 < name.count(":") < limits.LEVELS_MAX


def _there(pair: Pair, side: Side, names: set[str], column: str) -> dict[str, str]:
    """Which of these names records of this side have, whatever their case, with a record's id."""
    rows = MirrorRecord.objects.filter(pair=pair, side=side.value, kind=KIND, deleted=False)
    field = f"fields__{column}"
    found = _by_name(names, rows.filter(**{f"{field}__in": sorted(names)}).values_list(field, "record_id"))
    for name in sorted(names - found.keys()):
        found |= _by_name({name}, rows.filter(name__iexact=name).values_list("name", "record_id"))
    return found


def _by_name(names: Iterable[str], rows: Iterable[Any]) -> dict[str, str]:
    known = {str(name).casefold(): str(record_id) for name, record_id in rows}
    return {name: known[name.casefold()] for name in names if name.casefold() in known}


def _plan(parent: str, link: int | None) -> Plan:
    if link is not None:
        return Plan("waiting", f"Waiting for the item “{parent}”, below which it goes.", listens_to=link)
    reason = (
        f"QuickBooks has no item “{parent}”, below which it goes. It is made once that item is there: enter it in "
        "QuickBooks, or make a product of that name."
    )
    return Plan("waiting", reason, detail={"unread": KIND})
