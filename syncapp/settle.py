"""Write down how operations ended: the only way in which an outcome changes what we hold to be true.

For each outcome, in one transaction with all the others of its answer:

1. Close the operation; if it was closed already, stop: this is a second answer.
2. Remember the record as the other system now holds it.
3. Agree: the base moves for the fields that the operation carried.
4. Make the link dirty, so that the next plan is made from what is known now; wake what waited for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from syncapp import bulk, companions, families, history, ledger, links, mirror, price_levels
from syncapp.engine import agree
from syncapp.engine.plan import WHOLE_RECORD, canonical_fields, fingerprint
from syncapp.flows import mapping_of
from syncapp.flows.items import FLOW as ITEMS
from syncapp.links import ID_FIELD
from syncapp.mapping.fields import RecordMapping
from syncapp.models import HistoryEntry, Link, Operation, Pair
from syncapp.records import Applied, Deferred, Missing, Outcome, Record, Rejected, Side, Stale, Taken, Unknown
from syncapp.references import LinkedRecords


def settle(pair: Pair, outcomes: Mapping[int, Outcome]) -> int:
    """Settle these operations, of whatever kinds; return how many were still open."""
    if not outcomes:
        return 0
    with transaction.atomic():
        flows = links.lock(pair.pk)
        by_kind: dict[str, list[Operation]] = defaultdict(list)
        for operation in _open(outcomes):
            by_kind[operation.kind].append(operation)
        return sum(_Settlement(pair, mapping_of(flows, kind), some).run(outcomes) for kind, some in by_kind.items())


def _open(outcomes: Mapping[int, Outcome]) -> list[Operation]:
    operations: list[Operation] = []
    for some in bulk.chunks(sorted(outcomes)):
        query = Operation.objects.filter(pk__in=some, state__in=Operation.OPEN).select_related("link")
        operations.extend(query.order_by("pk"))
    return operations


class _Settlement:
    def __init__(self, pair: Pair, mapping: RecordMapping, operations: Sequence[Operation]) -> None:
        self.pair, self.mapping, self.operations = pair, mapping, operations
        self.entries: list[HistoryEntry] = []
        self.moved: list[Link] = []  # those that got another parent
        self.news: dict[Side, list[Record]] = {side: [] for side in Side}
        self.before = {
            side: mirror.find(pair, side, mapping.kind, [o.record_id for o in operations if o.side == side.value])
            for side in Side
        }
        self.references = LinkedRecords(pair)

    def run(self, outcomes: Mapping[int, Outcome]) -> int:
        settled: list[Link] = []
        ends: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for operation in self.operations:
            self._remember(operation, outcomes[operation.pk])
        self._tie_creates(outcomes)
        for side, records in self.news.items():
            if mirror.store(self.pair, side, self.mapping, records) and self.mapping.kind == ITEMS.kind:
                price_levels.items_changed(self.pair)
            self.references.load(self.mapping, ((side, record) for record in records))
        for operation in self.operations:
            outcome = outcomes[operation.pk]
            if isinstance(outcome, Unknown):
                ledger.finding_out([operation.pk], outcome.message)
                continue
            ends[self._end(operation, operation.link, outcome)].append(operation.pk)
            operation.link.dirty = True
            settled.append(operation.link)
        for (state, message, code), ids in ends.items():
            ledger.close(ids, state, message=message, code=code)
        links.save(settled)
        links.wake_waiters(settled)
        families.offer_again(self.pair, self.mapping, self.moved)
        history.write(self.entries)
        return len(settled)

    def _remember(self, operation: Operation, outcome: Outcome) -> None:
        record = getattr(outcome, "record", None)
        if record is not None:
            self.news[Side(operation.side)].append(record)

    def _tie_creates(self, outcomes: Mapping[int, Outcome]) -> None:
        """Tie new records to their links before the mirror sees them, or each would get half a link of its own."""
        made: dict[Side, list[tuple[Operation, str]]] = {side: [] for side in Side}
        for operation in self.operations:
            outcome = outcomes[operation.pk]
            if operation.verb == "create" and isinstance(outcome, Applied):
                made[Side(operation.side)].append((operation, outcome.record.id))
        for side, creates in made.items():
            if creates:
                self._tie(side, creates)
                companions.plan_again(self.pair, self.mapping, [operation.link for operation, _ in creates])

    def _tie(self, side: Side, creates: Sequence[tuple[Operation, str]]) -> None:
        tied: list[Link] = []
        wanted = [(operation.link, record_id) for operation, record_id in creates]
        free = links.without_rivals(self.pair, self.mapping.kind, side, wanted)
        for operation, record_id in creates:
            how = f"created in {side.label}"
            if record_id in free:
                links.tie(operation.link, side, record_id, how=how)
            elif problem := links.adopt(operation.link, side, record_id, how=how):
                source = operation.basis["source"]
                _refuse(operation.link, side, WHOLE_RECORD, fingerprint(source), problem)
                continue
            tied.append(operation.link)
        bulk.update(tied, [ID_FIELD[side]])

    def _end(self, operation: Operation, link: Link, outcome: Outcome) -> tuple[str, str, str]:
        """Change the link as the outcome says; the operation's state, message and code."""
        match outcome:
            case Applied():
                return self._applied(operation, link, outcome)
            case Stale():
                if outcome.doubtful and outcome.record is not None:
                    self._doubt(operation, link, outcome.record)
                elif outcome.record is None:
                    mirror.suspect(self.pair, Side(operation.side), operation.kind, [operation.record_id])
                return "stale", "The record had changed in the meantime; planned again.", ""
            case Taken():
                return self._taken(operation, link, outcome)
            case Missing():
                return self._missing(operation, outcome)
            case Rejected():
                return self._rejected(operation, link, outcome)
            case Deferred():
                links.put_off(link, outcome.seconds)
                link.state, link.reason = "waiting", f"{outcome.message} It is tried again by itself."
                return "deferred", outcome.message, ""
        raise AssertionError(f"an outcome without a rule: {outcome!r}")

    def _applied(self, operation: Operation, link: Link, outcome: Applied) -> tuple[str, str, str]:
        side = Side(operation.side)
        told = {name: value for name, value in outcome.spelt.items() if self.mapping.has(name)}
        spelt = {name: self.mapping.field(name).codec.canonical(value) for name, value in told.items()}
        sent: dict[str, Any] = {name: spelt.get(name, value) for name, value in operation.basis["sent"].items()}
        source: dict[str, Any] = operation.basis["source"]
        stored = canonical_fields(outcome.record, self.mapping, side, self.references)
        link.base = agree.agree(
            link.base,
            target=side,
            basis=source,
            sent=sent,
            stored=stored,
            touched=outcome.touched,
            refused=outcome.refused,
            assigned=[each.name for each in self.mapping.fields if each.assigned and each.owner is side],
        )
        for name, why in outcome.refused.items():
            _refuse(link, side, name, source.get(name), why)
        link.failures, link.retry_at = 0, None
        link.decisions = {name: value for name, value in link.decisions.items() if name not in sent}
        link.doubts = [name for name in link.doubts if name not in sent]
        row = self.before[side].get(operation.record_id)
        old = row.fields if row else {}
        new = self.mapping.dump(outcome.record.fields)
        changes = {name: [old.get(name), new.get(name)] for name in sent if name not in outcome.refused}
        if operation.verb == "update" and self.mapping.match.parent in sent:
            self.moved.append(link)
        event = "created" if operation.verb == "create" else "updated"
        self.entries.append(history.entry(link, event, operation=operation, side=side.value, changes=changes))
        return "applied", "", ""

    def _doubt(self, operation: Operation, link: Link, record: Record) -> None:
        """The write may have been done, and the side cannot tell; the record as it is now may.

        1. It holds what was sent: done, as far as anybody can see; both agree on it.
        2. It holds what it held before: not done, or undone; planned again.
        3. It holds something else: somebody has changed it, with or without having seen ours. No policy is fair
           to that; a person must say.
        """
        side = Side(operation.side)
        now = canonical_fields(record, self.mapping, side, self.references)
        sent: dict[str, Any] = operation.basis["sent"]
        before = link.base.get(side.value, {})
        done = {name: value for name, value in sent.items() if name in now and now[name] == value}
        link.base = agree.agree(
            link.base, target=side, basis=operation.basis["source"], sent=done, stored=done, touched=False
        )
        changed = [name for name in sent if name in now and name not in done and now[name] != before.get(name)]
        link.doubts = sorted({*link.doubts, *changed})

    def _taken(self, operation: Operation, link: Link, outcome: Taken) -> tuple[str, str, str]:
        """The name belongs to another record.

        1. If that record has no counterpart it may be the one we look for: the next plan tries to match it.
        2. Else, or where that was tried before, ours takes a name made by the rule.
        3. If that one is taken too, a person must look.
        """
        name = self.mapping.match.name
        source: dict[str, Any] = operation.basis["source"]
        tried = link.operations.filter(state="taken").exists()
        if operation.verb == "create" and not tried and self._free(operation, outcome.record):
            pass
        elif source.get(name) and link.name_taken != source[name]:
            link.name_taken = source[name]
        elif operation.verb == "create":
            _refuse(link, Side(operation.side), WHOLE_RECORD, fingerprint(source), outcome.message)
        else:
            _refuse(link, Side(operation.side), name, source.get(name), outcome.message)
        return "taken", outcome.message, ""

    def _free(self, operation: Operation, holder: Record | None) -> bool:
        """Whether the record that has the name waits for a counterpart itself."""
        if holder is None:
            return False
        side = Side(operation.side)
        whole = {ID_FIELD[side]: holder.id, f"{ID_FIELD[side.other]}__isnull": False}
        return not Link.objects.filter(pair=self.pair, kind=operation.kind, **whole).exists()

    def _missing(self, operation: Operation, outcome: Missing) -> tuple[str, str, str]:
        if operation.verb == "update":
            side = Side(operation.side)
            gone = Record(kind=operation.kind, id=operation.record_id, version="", deleted=True)
            mirror.store(self.pair, side, self.mapping, [gone])
        return "missing", outcome.message, ""

    def _rejected(self, operation: Operation, link: Link, outcome: Rejected) -> tuple[str, str, str]:
        """The refused values are not offered again until they change, or a person says so."""
        side = Side(operation.side)
        source: dict[str, Any] = operation.basis["source"]
        why = f"{outcome.message.rstrip('. ')}. {outcome.remedy}".strip()
        at_fault = [name for name in outcome.fields if name in source]
        needed = {self.mapping.match.name, *self.mapping.indispensable} if operation.verb == "create" else set()
        if not at_fault or needed & set(at_fault):
            at_fault = [WHOLE_RECORD] if operation.verb == "create" else list(source)
        for name in at_fault:
            value = fingerprint(source) if name == WHOLE_RECORD else source[name]
            _refuse(link, side, name, value, why)
        self.entries.append(history.entry(link, "refused", operation=operation, side=side.value, message=why))
        return "rejected", why, outcome.code


def _refuse(link: Link, side: Side, name: str, value: Any, why: str) -> None:
    refused = {key: dict(value) for key, value in link.refused.items()}
    refused.setdefault(side.value, {})[name] = [value, why]
    link.refused = refused
