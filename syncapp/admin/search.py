"""Finding links: by the beginning of a name, or by an id of either side. Never a scan where an index can answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from syncapp.engine.match import near_name
from syncapp.flows import FLOWS
from syncapp.models import Link, MirrorRecord, Pair, SideChoice

HELP = "The beginning of a name, or the whole id of either side"
# What a person looks for is among these, or the beginning that was typed is too short.
FOUND_MAX = 300
# Salesforce shows ids in 15 characters here and in 18 there; the long form begins with the short one.
SHORT_ID = 15
# Sorts behind whatever may follow a prefix.
LAST = "\U0010ffff"


def link_ids(term: str) -> set[int]:
    """Links whose record, on either side, has a name that begins so or this very id."""
    term = term.strip()
    if not term:
        return set()
    # Spelt out, since every index begins with them.
    everywhere = {"pair__in": list(Pair.objects.values_list("pk", flat=True)), "kind__in": list(FLOWS)}
    found = set(_ids(Link.objects.filter(_begins("name", term))))
    for by_id in (
        Q(quickbooks_id=term),
        _begins("salesforce_id", term) if len(term) == SHORT_ID else Q(salesforce_id=term),
    ):
        found |= set(_ids(Link.objects.filter(by_id, **everywhere)))
    if key := near_name(term):
        found |= _by_mirror(everywhere, key)
    return found


def mirror_ids(term: str) -> set[int]:
    """Records as last seen, by the beginning of a name or by their own id."""
    term = term.strip()
    everywhere = {"pair__in": list(Pair.objects.values_list("pk", flat=True)), "kind__in": list(FLOWS)}
    rows = MirrorRecord.objects.filter(side__in=SideChoice.values, **everywhere)
    found = set(rows.filter(record_id=term).values_list("pk", flat=True)[:FOUND_MAX])
    if key := near_name(term):
        named = rows.filter(_begins("near_key", key)).exclude(near_key="")
        found |= set(named.values_list("pk", flat=True)[:FOUND_MAX])
    return found


def _by_mirror(everywhere: Mapping[str, Any], key: str) -> set[int]:
    """The names of both sides, whatever their case and accents."""
    rows = MirrorRecord.objects.filter(_begins("near_key", key), side__in=SideChoice.values, **everywhere)
    found: set[int] = set()
    by_side: dict[str, set[str]] = {side: set() for side in SideChoice.values}
    for side, record_id in rows.exclude(near_key="").values_list("side", "record_id")[:FOUND_MAX]:
        by_side[side].add(record_id)
    for side, ids in by_side.items():
        found |= set(_ids(Link.objects.filter(**everywhere, **{f"{side}_id__in": ids}))) if ids else set()
    return found


def _ids(rows: QuerySet[Link]) -> Iterable[int]:
    return rows.values_list("pk", flat=True)[:FOUND_MAX]


def _begins(column: str, prefix: str) -> Q:
    """SQLite's LIKE uses no index; a range does. Elsewhere a range depends on the language's order."""
    if connection.vendor == "sqlite":
        return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + LAST})
    return Q(**{f"{column}__startswith": prefix})
