"""Invoices that came from an opportunity by way of an order or an estimate: they lead to no second one.

Words    source  what a document was made of, and what that was made of: an invoice of an order of an estimate has two
Rule     an opportunity may have a source only since the invoice was read: what is wanted is looked at again whenever
         it is planned
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from syncapp import mirror
from syncapp.flows.sales import KIND
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Record, Side, Value

WHY = "It was made of an order or estimate that belongs to an opportunity."


@dataclass(frozen=True)
class Traced:
    ours: frozenset[str] = frozenset()  # records of which an opportunity has a source
    unread: dict[str, str] = field(default_factory=dict)  # of the others, a source that has not been read


def made_for_opportunities(pair: Pair, kind: str, records: Sequence[Record]) -> list[Record]:
    """The records, those of which an opportunity has what they were made of as unwanted."""
    ours = trace(pair, kind, records).ours
    return [replace(each, wanted=False, why_unwanted=WHY) if each.id in ours else each for each in records]


def trace(pair: Pair, kind: str, records: Sequence[Record]) -> Traced:
    """Where the wanted ones of these records of QuickBooks came from."""
    first = {each.id: _named(each.fields.get("came_from")) for each in records if _made_of_another(kind, each)}
    if not first:
        return Traced()
    came: dict[str, list[str]] = {}  # of each source that was read, its own
    taken: set[str] = set()
    new = sorted({one for some in first.values() for one in some})
    seen = set(new)
    while new:
        rows = mirror.find(pair, Side.QUICKBOOKS, kind, new)
        came |= {row.record_id: _named(row.fields.get("came_from")) for row in rows.values()}
        # A mark of a program's: an opportunity's create made it, though it may not be tied yet.
        taken |= {row.record_id for row in rows.values() if row.origin} | _taken(pair, kind, new)
        new = sorted({one for row in rows for one in came[row]} - seen)
        seen |= set(new)
    sources = {record_id: _all(some, came) for record_id, some in first.items()}
    ours = frozenset(record_id for record_id, some in sources.items() if taken & some)
    unread = {i: min(some - came.keys()) for i, some in sources.items() if i not in ours and some - came.keys()}
    return Traced(ours, unread)


def _made_of_another(kind: str, record: Record) -> bool:
    return kind == KIND and record.wanted and bool(record.fields.get("came_from"))


def _named(came_from: Value) -> list[str]:
    return [each for each in str(came_from or "").split("\n") if each]


def _all(sources: Sequence[str], came: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    left = list(sources)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += came.get(one, [])
    return found


def _taken(pair: Pair, kind: str, ids: Sequence[str]) -> set[str]:
    linked = Link.objects.filter(pair=pair, kind=kind, quickbooks_id__in=ids, salesforce_id__isnull=False)
    named = MirrorRecord.objects.filter(pair=pair, kind=kind, side=Side.SALESFORCE.value, counterpart_key__in=ids)
    tied = {each for each in linked.values_list("quickbooks_id", flat=True) if each}
    return tied | set(named.values_list("counterpart_key", flat=True))
