"""Invoices that came from an opportunity by way of an order or an estimate: they lead to no second one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncapp.flows.sales import KIND
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Record, Side

WHY = "It was made of an order or estimate that belongs to an opportunity."


def made_for_opportunities(pair: Pair, kind: str, records: Sequence[Record]) -> list[Record]:
    """The records, those of which an opportunity has what they were made of as unwanted."""
    sources = {each.id: str(each.fields["came_from"]).split("\n") for each in records if _made_of_another(kind, each)}
    if not sources:
        return list(records)
    ids = sorted({one for some in sources.values() for one in some})
    linked = Link.objects.filter(pair=pair, kind=kind, quickbooks_id__in=ids, salesforce_id__isnull=False)
    named = MirrorRecord.objects.filter(pair=pair, kind=kind, side=Side.SALESFORCE.value, counterpart_key__in=ids)
    taken = {*linked.values_list("quickbooks_id", flat=True), *named.values_list("counterpart_key", flat=True)}
    ours = {record_id for record_id, some in sources.items() if taken & set(some)}
    return [replace(each, wanted=False, why_unwanted=WHY) if each.id in ours else each for each in records]


def _made_of_another(kind: str, record: Record) -> bool:
    return kind == KIND and record.wanted and bool(record.fields.get("came_from"))
