"""A field mapping tried on one real record, before it is saved: what both sides hold, and what would travel.

Rules    1 Nothing is written. Salesforce is asked at once; QuickBooks is asked with the Web Connector's next call, and
           until then what was last read of the record is shown.
         2 What would be sent is planned by the engine itself, once for each direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from qbwc import outbox
from qbwc.models import Request
from qbwc.qbxml import build
from qbwc.qbxml.errors import BadRequest
from syncapp import clock, mirror
from syncapp.connectors.quickbooks_desktop.connector import PRIORITY_LOOK, DesktopConnector, legible
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.connectors.quickbooks_desktop.own_fields import OWNER
from syncapp.engine.plan import canonical_fields, plan_link
from syncapp.engine.situation import Draft, Plan, Rules, Situation
from syncapp.flows import FLOWS, settings_of
from syncapp.mapping import overrides_read
from syncapp.models import Link, Pair
from syncapp.records import Operation, Record, Side, Verb
from syncapp.references import LinkedRecords

S, Q = Side.SALESFORCE, Side.QUICKBOOKS
# What QuickBooks told so long ago is asked for again.
FRESH = timedelta(minutes=15)


@dataclass
class Row:
    """One field; ``sent`` is what would be written to that side."""

    name: str
    label: str
    own: bool
    held: dict[Side, Any] = field(default_factory=dict)
    unread: set[Side] = field(default_factory=set)
    sent: dict[Side, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass
class Trial:
    link: Link
    rows: list[Row]
    waits: str = ""  # what has not been told yet
    reason: str = ""  # what the plan says of the whole record


def find(pair: Pair, kind: str, text: str) -> Link | None:
    """A link by the id of either record, by its number, or by its name where only one has it."""
    text = text.strip()
    links = Link.objects.filter(pair=pair, kind=kind)
    for name in ("salesforce_id", "quickbooks_id"):
        if found := links.filter(**{name: text}).first() if text else None:
            return found
    if text.isdigit() and (found := links.filter(pk=int(text)).first()):
        return found
    named = list(links.filter(name=text)[:2]) if text else []
    return named[0] if len(named) == 1 else None


def some(pair: Pair, kind: str, most: int = 20) -> list[Link]:
    """Linked records to choose from."""
    whole = Link.objects.filter(pair=pair, kind=kind, salesforce_id__isnull=False, quickbooks_id__isnull=False)
    return list(whole.order_by("-linked_at")[:most])


def attempt(pair: Pair, kind: str, settings: Mapping[str, Any], link: Link) -> Trial:
    """``settings`` are the flow's complete ones, as they would be saved. Raises ConnectorError."""
    from syncapp.connectors.salesforce.connector import SalesforceConnector

    salesforce = SalesforceConnector(pair.org, pair.desktop.key, {kind: settings})
    quickbooks = DesktopConnector(pair.desktop, pair.pk, {**settings_of(pair.flows), kind: settings})
    records: dict[Side, Record | None] = {S: None, Q: None}
    if link.salesforce_id:
        records[S] = next(iter(salesforce.read(kind, [link.salesforce_id]).records), None)
    waits = ""
    if link.quickbooks_id:
        records[Q] = _told(quickbooks, kind, link.quickbooks_id)
        if records[Q] is None:
            row = mirror.find(pair, Q, kind, [link.quickbooks_id]).get(link.quickbooks_id)
            records[Q] = mirror.as_record(row, FLOWS[kind].mapping) if row else None
            waits = (
                "QuickBooks is asked for this record with the Web Connector's next call; try again then. Until then "
                "its own fields are shown as they were last read, and new ones not at all."
            )
    return _tried(pair, kind, settings, link, records, quickbooks, waits)


def _told(quickbooks: DesktopConnector, kind: str, record_id: str) -> Record | None:
    """The record as QuickBooks told it lately for a trial; else None, and it is asked."""
    reference = f"try/{quickbooks.pair_id}/{kind}/{record_id}"[:100]
    asked = Request.objects.filter(company=quickbooks.company, reference=reference)
    told = asked.filter(state=Request.State.ANSWERED, closed_at__gt=clock.now() - FRESH).order_by("-id").first()
    if told is not None and (told.body.count(OWNER) or not quickbooks.own(kind).overrides.reads_custom):
        spelling, reading = SPELLINGS[kind], quickbooks.reading(kind)
        for ret in outbox.read_answer(told).records:
            record = spelling.record(ret, reading)
            if record is not None and record.id == record_id:
                with_custom = f"<{OWNER}>" in told.body
                return quickbooks.own(kind).read(record, ret.data, with_custom=with_custom)
    if not asked.filter(state__in=(Request.State.QUEUED, Request.State.SENT)).exists():
        query = quickbooks.own(kind).asked(SPELLINGS[kind].by_ids([record_id]))
        outbox.enqueue(quickbooks.company, query.name, query.data, reference=reference, priority=PRIORITY_LOOK)
    return None


def _tried(
    pair: Pair,
    kind: str,
    settings: Mapping[str, Any],
    link: Link,
    records: Mapping[Side, Record | None],
    quickbooks: DesktopConnector,
    waits: str,
) -> Trial:
    rules = FLOWS[kind].rules(settings)
    # Shown together, whether or not it would be written apart.
    mapping = replace(rules.mapping, fields=tuple(replace(f, apart=None) for f in rules.mapping.fields))
    references = LinkedRecords(pair)
    known = {side: record for side, record in records.items() if record is not None}
    references.load(mapping, known.items())
    own = {each.key for each in overrides_read.of(kind, settings).own}
    fields = [f for f in mapping.fields if f.travels]
    rows = {f.name: Row(f.name, f.label, f.name in own) for f in fields}
    for side, record in known.items():
        now = canonical_fields(record, mapping, side, references)
        for row in rows.values():
            row.held[side] = now.get(row.name)
            if row.name not in now:
                row.unread.add(side)
    situation = Situation(
        link_id=link.pk,
        ids={S: link.salesforce_id, Q: link.quickbooks_id},
        records=records,
        base={side: link.base.get(side.value, {}) for side in Side},
        decisions=link.decisions,
    )
    reasons: list[str] = []
    for target in Side:
        if target in rules.writes_to:
            plan = _plan(situation, replace(rules, mapping=mapping, writes_to=frozenset({target})), references)
            _note(rows, plan, target, quickbooks, link)
            reasons += [plan.reason] if plan.state not in ("in_step", "under_way") else []
    shown = [row for row in rows.values() if row.own or any(row.held.values()) or row.sent or row.problem]
    shown.sort(key=lambda row: not row.own)
    return Trial(link, shown, waits, " ".join(dict.fromkeys(reasons)))


def _plan(situation: Situation, rules: Rules, references: LinkedRecords) -> Plan:
    return plan_link(situation, rules, references)


def _note(rows: Mapping[str, Row], plan: Plan, target: Side, quickbooks: DesktopConnector, link: Link) -> None:
    for name, why in plan.detail.get("problems", {}).items():
        rows[name].problem = why
    for name in plan.detail.get("conflicts", {}):
        rows[name].problem = "Both sides hold something else, and a person would have to decide."
    if plan.write is None or plan.write.side is not target:
        return
    for name, value in plan.write.sent.items():
        rows[name].sent[target] = value
    if target is Q:
        for name, why in _refused(quickbooks, plan.write, link).items():
            if name in rows:
                rows[name].problem = why


def _refused(quickbooks: DesktopConnector, draft: Draft, link: Link) -> dict[str, str]:
    """What qbXML cannot say, by field: it is refused before anything is sent, and nothing is ever cut."""
    own = quickbooks.own(link.kind)
    apart = {each.key for each in own.overrides.own if each.apart is Q}
    values = {name: value for name, value in draft.values.items() if name not in apart}
    row = mirror.find(Pair.objects.get(pk=quickbooks.pair_id), Q, link.kind, [draft.record_id]).get(draft.record_id)
    operation = Operation(
        id=0,
        key="00000000-0000-0000-0000-000000000000",
        side=Q,
        kind=link.kind,
        verb=Verb(draft.verb),
        record_id=draft.record_id,
        counterpart_id=draft.counterpart_id,
        values=values,
        expected_version=draft.expected_version,
        current=FLOWS[link.kind].mapping.load(row.fields) if row else {},
    )
    company = quickbooks.company
    try:
        if values:
            asked = quickbooks.spelt(operation)
            build.build(asked.name, legible(asked.data), version=company.qbxml_version, country=company.country)
    except BadRequest as problem:
        names = quickbooks.fields_at_fault(problem.path, operation) or tuple(values)[:1]
        return dict.fromkeys(names, f"QuickBooks would refuse it, with the rest being kept: {problem}")
    return {}
