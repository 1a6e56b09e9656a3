"""Working out what price levels come to, from the levels and the items as last read.

Words    outdated  a level whose prices have to be worked out anew: it was read, or an item was (MirrorRecord.suspect)
Rule     a level has as many prices as there are items, so they are worked out in a cycle, never inside a Web
         Connector call; until then nothing is planned from the level
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from syncapp import links, mirror
from syncapp.flows import settings_of
from syncapp.flows.base import BadSetting
from syncapp.flows.items import FLOW as ITEMS
from syncapp.flows.price_levels import FLOW
from syncapp.mapping.price_levels import Item, prices
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Side

OFF = "Price levels: the items' flow is off, so there is nothing to price. Switch it on (items = { on = true })."


def items_changed(pair: Pair) -> None:
    """Items of QuickBooks are news: what any level comes to may be other prices now."""
    _levels(pair).update(suspect=True)


def due(pair: Pair) -> bool:
    return _outdated(pair).exists() and _ready(pair)


@transaction.atomic
def work_out(pair: Pair) -> None:
    """Finish the levels that are outdated; those whose prices are others now are planned again."""
    links.lock(pair.pk)
    rows = list(_outdated(pair)) if _ready(pair) else []
    if not rows:
        return
    settings = settings_of(pair.flows)[FLOW.kind]
    items = _items(pair)
    same: list[MirrorRecord] = []
    for row in rows:
        record = mirror.as_record(row, FLOW.mapping)
        found = prices(record.fields, items, rounding=settings["rounding"], others=settings["others"])
        if FLOW.mapping.dump({"prices": found})["prices"] == row.fields.get("prices"):
            same.append(row)
            continue
        # Whether it may be matched by its name is not stored, and an unwanted one may not.
        finished = replace(record, fields={**record.fields, "prices": found}, matches=bool(row.name_key))
        mirror.store(pair, Side.QUICKBOOKS, FLOW.mapping, [finished], as_of=row.as_of)
    _unchanged(pair, same)


def problems(pair: Pair) -> list[str]:
    """Why price levels come to nothing."""
    try:
        settings = settings_of(pair.flows)
    except BadSetting:
        return []
    return [OFF] if settings[FLOW.kind]["on"] and not settings[ITEMS.kind]["on"] else []


def _unchanged(pair: Pair, rows: Sequence[MirrorRecord]) -> None:
    if not rows:
        return
    MirrorRecord.objects.filter(pk__in=[row.pk for row in rows]).update(suspect=False)
    ids = [row.record_id for row in rows]
    waiting = Link.objects.filter(pair=pair, kind=FLOW.kind, quickbooks_id__in=ids, state=Link.State.WAITING)
    waiting.update(dirty=True)


def _levels(pair: Pair) -> QuerySet[MirrorRecord]:
    return MirrorRecord.objects.filter(pair=pair, side=Side.QUICKBOOKS.value, kind=FLOW.kind, deleted=False)


def _outdated(pair: Pair) -> QuerySet[MirrorRecord]:
    return _levels(pair).filter(suspect=True)


def _ready(pair: Pair) -> bool:
    """Whether all items have been read: a part of the prices would look like all of them."""
    return mirror.cursor(pair, Side.QUICKBOOKS, ITEMS.kind).complete


def _items(pair: Pair) -> dict[str, Item]:
    rows = MirrorRecord.objects.filter(pair=pair, side=Side.QUICKBOOKS.value, kind=ITEMS.kind, deleted=False)
    columns = ("record_id", "fields__item_type", "fields__price", "fields__active")
    return {record_id: _item(*rest) for record_id, *rest in rows.values_list(*columns).iterator()}


def _item(item_type: Any, price: Any, active: Any) -> Item:
    return Item(str(item_type), None if price is None else Decimal(str(price)), active is not False)
