"""Records that change with one another without being marked as changed: an invoice and what pays it.

Words    companions  what a record names in the fields that its mapping calls so
         stirred     the customer of a document, whose balance moves with it
Rules    1 Where a record is news, its companions are read again: those it names now, and those it named before. So are
           those whom it stirs.
         2 Where a record has got its counterpart, its companions are planned again, since they may refer to it now.
           So they are where it is news, since it may have got its counterpart before it named them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from syncapp import links, mirror
from syncapp.mapping.fields import RecordMapping
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Record, Side

Ids = Mapping[str, set[str]]  # by kind


def named_in(mapping: RecordMapping, fields: Mapping[str, Any]) -> Ids:
    """The companions that stored fields name."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, kinds in mapping.companions.items():
        codec, value = mapping.field(name).rows, fields.get(name)
        ids = {i for _, i in codec.others(codec.load(value))} if codec else set(str(value or "").split())
        for kind in kinds if ids else ():
            found[kind] |= ids
    return found


def stirred_in(mapping: RecordMapping, fields: Mapping[str, Any]) -> Ids:
    """Those whom a record with these stored fields stirs."""
    return {mapping.field(name).reference: {str(fields[name])} for name in mapping.stirs if fields.get(name)}


def of_news(pair: Pair, mapping: RecordMapping, records: Sequence[Record]) -> tuple[Ids, Ids]:
    """The companions, and the stirred, of those of these records of QuickBooks that are news."""
    found: dict[str, set[str]] = defaultdict(set)
    stirred: dict[str, set[str]] = defaultdict(set)
    if not mapping.companions and not mapping.stirs:
        return found, stirred
    rows = mirror.find(pair, Side.QUICKBOOKS, mapping.kind, [each.id for each in records])
    for record in records:
        row = rows.get(record.id)
        fresh = {} if record.deleted else mapping.dump(record.fields)
        if _is_news(record, row, fresh):
            for fields in (fresh, row.fields if row is not None else {}):
                for kind, ids in named_in(mapping, fields).items():
                    found[kind] |= ids
                for kind, ids in stirred_in(mapping, fields).items():
                    stirred[kind] |= ids
    return found, stirred


def _is_news(record: Record, row: MirrorRecord | None, fresh: Mapping[str, Any]) -> bool:
    if row is None:
        return not record.deleted and not record.passing
    return record.deleted != row.deleted or (not record.deleted and row.fields != fresh)


def known(pair: Pair, ids: Ids) -> dict[str, list[str]]:
    """Those of them that were read before and are there still."""
    return {
        kind: [i for i, row in mirror.find(pair, Side.QUICKBOOKS, kind, some).items() if not row.deleted]
        for kind, some in ids.items()
    }


def touch(pair: Pair, ids: Ids) -> None:
    """They are planned again."""
    for kind, some in ids.items():
        links.touch(pair, Side.QUICKBOOKS, kind, sorted(some))


def plan_again(pair: Pair, mapping: RecordMapping, linked: Sequence[Link]) -> None:
    """Some records have got their counterparts."""
    if not (mapping.companions or mapping.named_by):
        return
    found: dict[str, set[str]] = defaultdict(set)
    for row in mirror.find(pair, Side.QUICKBOOKS, mapping.kind, [link.quickbooks_id or "" for link in linked]).values():
        for kind, some in named_in(mapping, row.fields).items():
            found[kind] |= some
        for name, kinds in mapping.named_by.items():
            for kind in kinds if row.fields.get(name) else ():
                found[kind].add(str(row.fields[name]))
    touch(pair, found)
