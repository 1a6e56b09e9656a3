"""One link as a person looks at it: both sides beside what they last agreed on, and all that happened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from syncapp.admin.base import LINK_COLOURS, NOTHING, OPERATION_COLOURS, said
from syncapp.engine.plan import canonical
from syncapp.links import ID_FIELD
from syncapp.mapping.fields import Field, RecordMapping, field_label
from syncapp.models import HistoryEntry, Link, MirrorRecord, Operation
from syncapp.oversight import mapping_for, singular
from syncapp.records import Record, Side
from syncapp.references import LinkedRecords

# Of each list on the page; the full ones have pages of their own.
SHOWN_MAX = 100


@dataclass(frozen=True)
class Row:
    """One field: what each side holds, and what both last agreed on."""

    label: str
    salesforce: str
    agreed: str
    quickbooks: str
    differs: bool
    conflict: bool
    changed: tuple[Side, ...]  # sides that moved away from what was agreed
    owner: str
    problem: str

    @property
    def bare(self) -> bool:
        """Nothing to see on either side, now or before."""
        return {self.salesforce, self.agreed, self.quickbooks} <= {"", NOTHING} and not self.problem

    @property
    def salesforce_changed(self) -> bool:
        return Side.SALESFORCE in self.changed

    @property
    def quickbooks_changed(self) -> bool:
        return Side.QUICKBOOKS in self.changed


class Names:
    """The links that references and rows lead to, as the plan sees them, with their names."""

    def __init__(self, link: Link, mapping: RecordMapping, held: Mapping[Side, Mapping[str, Any]]) -> None:
        names = [f.name for f in mapping.fields if f.reference]
        pks = {pk for side in Side for name in names if (pk := _link_number(link.base.get(side.value, {}).get(name)))}
        self.by_pk = dict(Link.objects.filter(pair=link.pair_id, pk__in=pks).values_list("pk", "name")) if pks else {}
        self.held = {side: mapping.load(held[side]) for side in Side}
        self.references = LinkedRecords(link.pair)
        records = [(side, Record(link.kind, "", "", fields)) for side, fields in self.held.items()]
        self.references.load(mapping, records)

    def canonical(self, each: Field, side: Side) -> Any:
        return canonical(each, self.held[side].get(each.name), side, self.references)

    def said(self, each: Field, value: Any) -> str:
        pk = _link_number(value) if each.reference else 0
        return said((self.by_pk.get(pk) or self.references.name_of(pk) or value) if pk else _without_sum(value))


def _without_sum(value: Any) -> Any:
    """Rows are compared by a checksum, which tells a person nothing."""
    return re.sub(r" \([0-9a-f]{32}\)$", "", value) if isinstance(value, str) else value


def _link_number(value: Any) -> int:
    found = re.fullmatch(r"link (\d+)", str(value or ""))
    return int(found[1]) if found else 0


def context(link: Link) -> dict[str, Any]:
    """Everything the page shows."""
    mapping = mapping_for(link.pair, link.kind)
    mirrors = {side: _mirror(link, side) for side in Side}
    proposed = _proposed(link)
    mirrors |= proposed
    rows = compare(link, mapping, mirrors) if mapping else []
    return {
        "link": link,
        "sort": singular(link.kind),
        "colour": LINK_COLOURS[Link.State(link.state)],
        "sides": [_side(link, side, mirrors[side], side in proposed) for side in Side],
        "dialogs": _dialogs(link),
        "rows": [row for row in rows if not row.bare],
        "bare": [row.label for row in rows if row.bare],
        "candidates": link.detail.get("candidates", []),
        "refused": _refused(link, mapping),
        "doubts": _labels(mapping, link.doubts),
        "decisions": [
            (label, Side(decision["side"]).label)
            for label, decision in zip(_labels(mapping, link.decisions), link.decisions.values(), strict=True)
        ],
        "waiters": list(link.waiters.defer("base", "detail")[:SHOWN_MAX]),
        "history": [_entry(entry, mapping) for entry in _history(link)],
        "operations": [_operation(operation, mapping) for operation in link.operations.all()[:SHOWN_MAX]],
        "shown_max": SHOWN_MAX,
    }


def compare(link: Link, mapping: RecordMapping, mirrors: Mapping[Side, MirrorRecord | None]) -> list[Row]:
    held: dict[Side, dict[str, Any]] = {side: dict(row.fields) if row else {} for side, row in mirrors.items()}
    names = Names(link, mapping, held)
    conflicts = link.detail.get("conflicts", {})
    problems = link.detail.get("problems", {})
    rows = []
    for each in (f for f in mapping.fields if not f.replaced):
        now = {side: names.canonical(each, side) for side in Side}
        base = {side: link.base.get(side.value, {}) for side in Side}
        agreed = {side: base[side].get(each.name) for side in Side}
        known = all(each.name in base[side] for side in Side)
        changed = tuple(side for side in Side if known and mirrors[side] and now[side] != agreed[side])
        rows.append(
            Row(
                label=each.label,
                salesforce=_held(names, each, now, mirrors, Side.SALESFORCE),
                quickbooks=_held(names, each, now, mirrors, Side.QUICKBOOKS),
                agreed=_agreed(names, each, agreed) if known else "",
                differs=each.travels and all(mirrors.values()) and now[Side.SALESFORCE] != now[Side.QUICKBOOKS],
                conflict=each.name in conflicts,
                changed=changed,
                owner=f"{each.owner.label} holds" if each.owner else f"{each.only.label} only" if each.only else "",
                problem=str(problems.get(each.name, "")),
            )
        )
    return rows


def _held(
    names: Names, each: Field, now: Mapping[Side, Any], mirrors: Mapping[Side, MirrorRecord | None], side: Side
) -> str:
    """What the side holds; empty where it has no such record, or no such field."""
    if mirrors[side] is None or each.only is side.other:
        return ""
    return names.said(each, now[side])


def _agreed(names: Names, each: Field, agreed: Mapping[Side, Any]) -> str:
    """One value; both, where each side spells it in its own way."""
    texts = {side: names.said(each, agreed[side]) for side in Side}
    if len(set(texts.values())) == 1:
        return texts[Side.SALESFORCE]
    return "\n".join(f"{side.label}: {text}" for side, text in texts.items())


def _mirror(link: Link, side: Side) -> MirrorRecord | None:
    record_id = getattr(link, ID_FIELD[side])
    query = MirrorRecord.objects.filter(pair=link.pair_id, side=side.value, kind=link.kind, record_id=record_id)
    return query.first() if record_id else None


def _proposed(link: Link) -> dict[Side, MirrorRecord]:
    """The first candidate's record on the side where this link has none, so that a person can compare them."""
    candidates = link.detail.get("candidates") or ()
    if link.whole or not candidates:
        return {}
    side = Side.QUICKBOOKS if link.salesforce_id else Side.SALESFORCE
    query = MirrorRecord.objects.filter(pair=link.pair_id, side=side.value, kind=link.kind)
    found = query.filter(record_id=candidates[0]["id"]).first()
    return {side: found} if found else {}


def _dialogs(link: Link) -> list[tuple[str, str]]:
    """What a person is asked for, as buttons beside the reason: the dialog's address and its name."""
    names = [("accept", "Accept a match"), ("not_a_match", "Not a match")] if link.detail.get("candidates") else []
    if link.detail.get("conflicts"):
        names = [
            ("holds_salesforce", "Salesforce holds"),
            ("holds_quickbooks", "QuickBooks holds"),
            ("decide", "Decide field by field"),
        ]
    return [(reverse(f"admin:syncapp_link_{name}", args=[link.pk]), label) for name, label in names]


def _side(link: Link, side: Side, mirror: MirrorRecord | None, proposed: bool) -> dict[str, Any]:
    record_id = mirror.record_id if mirror and proposed else getattr(link, ID_FIELD[side])
    url = ""
    if side is Side.SALESFORCE and record_id and link.pair.org.instance_url.startswith("https://"):
        url = f"{link.pair.org.instance_url.rstrip('/')}/{record_id}"
    return {"side": side, "label": side.label, "id": record_id, "mirror": mirror, "url": url, "proposed": proposed}


def _labels(mapping: RecordMapping | None, names: Any) -> list[str]:
    return [field_label(mapping, name) for name in names]


def _refused(link: Link, mapping: RecordMapping | None) -> list[tuple[str, str, str]]:
    return [
        (Side(side).label, field_label(mapping, name), why)
        for side, fields in link.refused.items()
        for name, (_, why) in fields.items()
    ]


def _history(link: Link) -> list[HistoryEntry]:
    return list(link.history.select_related("operation")[:SHOWN_MAX])


def _entry(entry: HistoryEntry, mapping: RecordMapping | None) -> dict[str, Any]:
    where = f" in {Side(entry.side).label}" if entry.side and entry.operation_id else ""
    return {
        "entry": entry,
        "title": f"{entry.event.capitalize()}{where}",
        "changes": [
            (field_label(mapping, name), *(_spelt(mapping, name, value) for value in both))
            for name, both in entry.changes.items()
        ],
    }


def _spelt(mapping: RecordMapping | None, name: str, value: Any) -> str:
    """As the other lists on the page spell it: an amount has its places, for one."""
    found = [each for each in mapping.fields if each.name == name and not each.reference] if mapping else []
    canon = found[0].codec.canonical(found[0].codec.load(value)) if found and value is not None else value
    return said(_without_sum(canon))


def _operation(operation: Operation, mapping: RecordMapping | None) -> dict[str, Any]:
    return {
        "operation": operation,
        "colour": OPERATION_COLOURS.get(operation.state, "default"),
        "values": [
            (field_label(mapping, name), _spelt(mapping, name, value)) for name, value in operation.values.items()
        ],
    }
