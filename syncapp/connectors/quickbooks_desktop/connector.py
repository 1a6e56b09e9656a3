"""Operations and questions, put into the Web Connector's outbox. Each request's reference says what it is about.

op/17              operation 17
number/17          whether the number is free that operation 17 wants; the operation itself is queued with the answer
taken/17           who has the name that operation 17 wanted
found/17/1770…     the record that operation 17 made, by error recovery, at that EditSequence
doubt/17           the record that operation 17 may have changed
seek/17/there      the record that operation 17 may have made, by our key on it: where it should be, or everywhere
pull/3/customer/…  a page of a listing of customers for pair 3; full or delta
deleted/3/customer deletions
pull/3/invoice/open  a page of a listing of open ones, whose balance may have moved
read/3/customer    some records, read again
read/3/credit/open open ones, read again
chart/3/account    what the settings of new items may name (syncapp.chart)
met/3/sale         records that a listing mentions and nobody knows: one may be what a create of ours made
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from qbwc import outbox, pulls
from qbwc.models import Company, Pull, Request
from qbwc.qbxml.errors import BadRequest
from qbwc.qbxml.text import to_quickbooks
from syncapp import clock, limits, mirror
from syncapp.connectors.quickbooks_desktop.abilities import abilities
from syncapp.connectors.quickbooks_desktop.cursor import BEGINNING, highest
from syncapp.connectors.quickbooks_desktop.cursor import since as begin
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.connectors.quickbooks_desktop.own_fields import Own
from syncapp.connectors.quickbooks_desktop.spelling import Asked, named
from syncapp.mapping import line_fields, overrides_read
from syncapp.mapping.abilities import Abilities
from syncapp.mapping.document_rows import rows_of
from syncapp.models import MirrorRecord, Pair
from syncapp.models import Operation as SentOperation
from syncapp.records import Batch, Operation, Outcome, Rejected, Side, Verb

# Reads before writes, so that the next plan is made from what is known best; recovery first of all.
PRIORITY_LOOK, PRIORITY_READ, PRIORITY_WRITE = 30, 20, 10
IDS_PER_QUERY = 100
# A number that was found free is looked up again if its record has not been sent by then.
NUMBER_HOLDS = timedelta(minutes=5)
QUICKBOOKS_COUNTS = "quickbooks"
# A session waits so long for work that is being prepared; whoever prepares says so again and again.
HOLD_SECONDS = 30


class DesktopConnector:
    side = Side.QUICKBOOKS
    answers_later = True
    loader = None

    def __init__(self, company: Company, pair_id: int, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self.company, self.pair_id, self.settings = company, pair_id, settings

    def fetch(self, kind: str, cursor: str, *, full: bool = False) -> Iterator[Batch]:
        """Queue a listing, unless one is under way; its pages come with later polls."""
        if cursor and not full:
            self._read_open_ones(kind)
        spelling = SPELLINGS[kind]
        since = "" if full or spelling.always_full or spelling.mentions else begin(cursor)
        sort = "delta" if since or (spelling.mentions and not full) else "full"
        reference = f"pull/{self.pair_id}/{kind}/{sort}"
        both = [f"pull/{self.pair_id}/{kind}/{each}" for each in ("delta", "full")]
        if pulls.any_open(self.company, both):
            return iter(())
        filters: Mapping[str, Any] = self.own(kind).filters(spelling.query, spelling.filters)
        if spelling.mentions:
            # Where new ones count, a complete listing mentions them all; else those that have changed.
            everything = full and self.creates_across(kind)
            filters = spelling.changed_since("" if everything else begin(cursor), self.settings[kind])
        known = "" if cursor else highest(mirror.cursors(self.pair_id, self.side))
        pulls.start(self.company, spelling.query, since=since, filters=filters, reference=reference, known=known)
        if spelling.mentions and full:
            self.read(kind, self._known(kind))
        if cursor:  # a complete listing shows only what is there
            self._ask_for_deletions(kind, begin(cursor))
        elif self._knows(kind):  # made by us before anything was ever listed, and perhaps deleted since
            self._ask_for_deletions(kind, BEGINNING)
        return iter(())

    def _read_open_ones(self, kind: str) -> None:
        """On a slow schedule: what is open may change without a change of its time of modification."""
        minutes = self.settings[kind].get("open_every_minutes", 0)
        if not minutes:
            return
        due = clock.now() - timedelta(minutes=minutes)
        spelling = SPELLINGS[kind]
        if spelling.open_filters:
            reference = f"pull/{self.pair_id}/{kind}/open"
            if not Pull.objects.filter(company=self.company, reference=reference, created_at__gt=due).exists():
                filters = self.own(kind).filters(spelling.query, {**spelling.filters, **spelling.open_filters})
                pulls.start(self.company, spelling.query, filters=filters, reference=reference)
            return
        ids = mirror.open_ones(self.pair_id, kind, before=due, most=limits.OPEN_READ_AT_ONCE)
        self._ask_by_ids(kind, ids, f"read/{self.pair_id}/{kind}/open")

    def _ask_by_ids(self, kind: str, ids: Sequence[str], reference: str) -> None:
        if ids and not self._waiting(reference):
            for start in range(0, len(ids), IDS_PER_QUERY):
                asked = self.own(kind).asked(SPELLINGS[kind].by_ids(ids[start : start + IDS_PER_QUERY]))
                outbox.enqueue(self.company, asked.name, asked.data, reference=reference, priority=PRIORITY_READ)

    def read_vanished(self, kind: str, *, began: datetime) -> None:
        """A listing of open ones is complete: what we held for open, and it lacks, is read by its id."""
        ids = mirror.open_ones(self.pair_id, kind, before=began, most=limits.OPEN_READ_AT_ONCE)
        self._ask_by_ids(kind, ids, f"read/{self.pair_id}/{kind}/open")

    def _ask_for_deletions(self, kind: str, since: str) -> None:
        reference = f"deleted/{self.pair_id}/{kind}"
        asked = SPELLINGS[kind].deletions(since)
        if asked is not None and not self._waiting(reference):
            outbox.enqueue(self.company, asked.name, asked.data, reference=reference, priority=PRIORITY_READ)

    def submit(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        """Queue them; what qbXML could not express is refused at once, naming the field."""
        refused: dict[int, Outcome] = {}
        for operation in operations:
            try:
                if numbers := self.numbers(operation):
                    asked = SPELLINGS[operation.kind].holders_of(operation, numbers)
                    reference = f"number/{operation.id}"
                    outbox.enqueue(self.company, asked.name, asked.data, reference=reference, priority=PRIORITY_LOOK)
                else:
                    self.send(operation)
            except BadRequest as problem:
                fields = self.fields_at_fault(problem.path, operation)
                refused[operation.id] = Rejected(str(problem), code=problem.rule, fields=fields)
        return refused

    def spelt(self, operation: Operation, number: str = "") -> Asked:
        """The request that carries it out; BadRequest where qbXML cannot say it."""
        spelling, settings, own = SPELLINGS[operation.kind], self._writing(operation), self.own(operation.kind)
        if asked := own.apart(operation, spelling):
            return asked
        usual = own.usual(operation)
        create = operation.verb is Verb.CREATE
        asked = spelling.add(usual, settings, number=number) if create else spelling.mod(usual, settings)
        return own.completed(asked, operation.values)

    def own(self, kind: str) -> Own:
        """The pair's own field mapping of a kind."""
        chosen = self.settings[kind]
        return Own(overrides_read.of(kind, chosen), reads_lines=line_fields.of(chosen).reads_custom)

    def fields_at_fault(self, path: str, operation: Operation) -> tuple[str, ...]:
        """The fields of an operation that a refusal names, by a path of elements or by the last of them alone."""
        own, usual = self.own(operation.kind), self.own(operation.kind).usual(operation)
        found = SPELLINGS[operation.kind].fields_at_fault(path, usual.values)
        return tuple(dict.fromkeys([*own.names(found), *own.at_fault(named(path), operation.values)]))

    def send(self, operation: Operation, number: str = "") -> None:
        """Queue what carries the operation out; raises BadRequest where qbXML cannot express it."""
        asked = self.spelt(operation, number)
        reference = f"op/{operation.id}"
        outbox.enqueue(self.company, asked.name, legible(asked.data), reference=reference, priority=PRIORITY_WRITE)

    def numbers(self, operation: Operation) -> list[str]:
        """The numbers among which a new record takes the first that is free."""
        create = operation.verb is Verb.CREATE
        return SPELLINGS[operation.kind].numbers(operation, self.settings[operation.kind]) if create else []

    def look_who_shares(self, operation: Operation, number: str) -> None:
        """Queue the question whether a new record has its number for itself: one may have been entered meanwhile."""
        asked = SPELLINGS[operation.kind].holders_of(operation, [number])
        outbox.enqueue(self.company, asked.name, asked.data, reference=f"shared/{operation.id}", priority=PRIORITY_LOOK)

    def overtaken(self) -> Collection[int]:
        """Creates whose number was found free so long ago that somebody may have used it since."""
        if all(settings.get("numbers", QUICKBOOKS_COUNTS) == QUICKBOOKS_COUNTS for settings in self.settings.values()):
            return ()
        mine = Request.objects.filter(company=self.company)
        old = mine.filter(state="queued", reference__startswith="op/", created_at__lt=clock.now() - NUMBER_HOLDS)
        ids = [each.partition("/")[2] for each in old.values_list("reference", flat=True)]
        asked = mine.filter(reference__in=[f"number/{each}" for each in ids]).values_list("reference", flat=True)
        return {int(each.partition("/")[2]) for each in asked}

    def numbers_on_their_way(self, name: str) -> set[str]:
        """The numbers of records that requests of this name are to create, or may have created."""
        on_the_way = Request.objects.filter(company=self.company, name=name, state__in=("queued", "sent", "unknown"))
        bodies = on_the_way.values_list("body", flat=True)
        return {each for body in bodies for each in re.findall(r"<RefNumber>([^<]+)</RefNumber>", body)}

    def find_out(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        """What became of operations that error recovery could not decide.

        A create is looked for by a listing: our key stands on the record (syncapp.receivers decides when the listing
        is complete). A change is found out by reading the record.
        """
        waiting = [o for o in operations if not self._asked(o.id)]
        creates = [o for o in waiting if o.verb is Verb.CREATE]
        listed = [o for o in creates if not self.look_for_lost(o)]
        for kind in dict.fromkeys(o.kind for o in listed):
            self.fetch(kind, "", full=True)
        for operation in waiting:
            if operation.verb is Verb.UPDATE:
                self._ask_for(f"doubt/{operation.id}", operation.kind, operation.record_id)
        return {}

    def read(self, kind: str, ids: Sequence[str]) -> Batch | None:
        """Queue a query for these records, unless they are being asked for already."""
        self._read_at_once(kind, ids, f"read/{self.pair_id}/{kind}")
        return None

    def read_met(self, kind: str, ids: Sequence[str]) -> None:
        """Queue a query for records that nobody knows, before anything is written: see syncapp.receivers."""
        self._read_at_once(kind, ids, f"met/{self.pair_id}/{kind}")

    def _read_at_once(self, kind: str, ids: Sequence[str], reference: str) -> None:
        queued = Request.objects.filter(company=self.company, reference=reference, state="queued")
        spelling = SPELLINGS[kind]
        bodies = list(queued.values_list("body", flat=True))
        known = {i for body in bodies for i in ids if f">{spelling.remote_id(i)}<" in body}
        for wanted in spelling.alike(sorted(set(ids) - known)):
            for start in range(0, len(wanted), IDS_PER_QUERY):
                asked = self.own(kind).asked(spelling.by_ids(wanted[start : start + IDS_PER_QUERY]))
                outbox.enqueue(self.company, asked.name, asked.data, reference=reference, priority=PRIORITY_LOOK)

    def creates_across(self, kind: str) -> bool:
        """Whether the settings make records of the other side for those that only listings mention."""
        return bool(self.settings[kind].get("from_invoices"))

    def _known(self, kind: str) -> list[str]:
        """The records of this kind that were read before."""
        rows = MirrorRecord.objects.filter(pair=self.pair_id, side=self.side.value, kind=kind, deleted=False)
        return list(rows.values_list("record_id", flat=True))

    def _knows(self, kind: str) -> bool:
        return MirrorRecord.objects.filter(pair=self.pair_id, side=self.side.value, kind=kind, deleted=False).exists()

    def reading(self, kind: str) -> Mapping[str, Any]:
        """The settings of a kind, and the items whose lines only QuickBooks shows, where its records have lines."""
        hidden = SPELLINGS[kind].hides
        if not hidden:
            return self.settings[kind]
        items = MirrorRecord.objects.filter(
            pair=self.pair_id, side=self.side.value, kind="item", fields__item_type__in=hidden
        )
        return {**self.settings[kind], "unsold": frozenset(items.values_list("record_id", flat=True))}

    def in_names(self, message: str) -> str:
        """QuickBooks's own words, with the names that we know for the ids of its list records."""
        ids = set(re.findall(r'"([0-9A-F]{1,8}-[0-9]{1,10})"', message))
        rows = MirrorRecord.objects.filter(pair=self.pair_id, side=self.side.value, record_id__in=ids) if ids else ()
        for row in rows:
            message = message.replace(f'"{row.record_id}"', f'"{row.name}"') if row.name else message
        return message

    def _writing(self, operation: Operation) -> Mapping[str, Any]:
        """The settings of its kind, what QuickBooks lacks, and which of the items that its lines name are discounts."""
        settings = {**self.settings[operation.kind], "lacks": self.abilities().lacks}
        if not (named := [str(row["product"]) for row in rows_of(operation.values.get("lines")) if "product" in row]):
            return settings
        items = MirrorRecord.objects.filter(
            pair=self.pair_id, side=self.side.value, kind="item", record_id__in=named, fields__item_type="Discount"
        )
        return {**settings, "rebates": frozenset(items.values_list("record_id", flat=True))}

    def look_for_lost(self, operation: Operation, *, wide: bool = False) -> bool:
        """Queue the question that finds out what became of a create, where its kind has one."""
        sent = SentOperation.objects.values_list("submitted_at", flat=True).get(pk=operation.id)
        asked = SPELLINGS[operation.kind].lost(operation, sent or clock.now(), wide=wide)
        if asked is not None:
            asked = self.own(operation.kind).asked(asked)
            reference = f"seek/{operation.id}/{'everywhere' if wide else 'there'}"
            outbox.enqueue(self.company, asked.name, asked.data, reference=reference, priority=PRIORITY_LOOK)
        return asked is not None

    def ask_who_has(self, operation: Operation) -> None:
        """Queue a query for the name that this operation wanted."""
        reference = f"taken/{operation.id}"
        if not self._waiting(reference):
            spelling, settings = SPELLINGS[operation.kind], self.settings[operation.kind]
            asked = spelling.holder_of(operation, self._parent_of(operation), settings)
            asked = self.own(operation.kind).asked(asked)
            data = legible(asked.data)
            outbox.enqueue(self.company, asked.name, data, reference=reference, priority=PRIORITY_LOOK)

    def _parent_of(self, operation: Operation) -> str:
        """The full name of the record that the operation puts its own under."""
        parent = {**operation.current, **operation.values}.get("parent")
        row = MirrorRecord.objects.filter(
            pair=self.pair_id, side=self.side.value, kind=operation.kind, record_id=parent or ""
        ).first()
        return str(row.fields.get("full_name") or "") if row else ""

    def read_found(self, operation: Operation, record_id: str, edit_sequence: str) -> None:
        self._ask_for(f"found/{operation.id}/{edit_sequence}", operation.kind, record_id)

    def _ask_for(self, reference: str, kind: str, record_id: str) -> None:
        """Queue a query for this record, unless it is queued already."""
        if not self._waiting(reference):
            asked = self.own(kind).asked(SPELLINGS[kind].by_ids([record_id]))
            outbox.enqueue(self.company, asked.name, asked.data, reference=reference, priority=PRIORITY_LOOK)

    def warnings(self, kind: str) -> Mapping[str, str]:
        return {}

    def abilities(self) -> Abilities:
        known = Company.objects.values_list("facts", flat=True).get(pk=self.company.pk)
        home = str(self.settings.get("sale", {}).get("home_currency", ""))
        return abilities(known, str(known.get("country") or self.company.country), home)

    def preparing(self, more: bool) -> None:
        if more:
            outbox.hold(self.company, HOLD_SECONDS)
        elif not self._others_prepare():
            outbox.hold(self.company, 0)

    def _others_prepare(self) -> bool:
        """Whether some cycle that serves this company, of whichever pair, is at work or asked for."""
        at_work = Q(leased_until__gt=clock.now()) | Q(woken_at__isnull=False)
        return Pair.objects.filter(at_work, desktop=self.company).exists()

    def forget_doubts(self, operations: Sequence[int]) -> None:
        """These are settled: a request that was unknown was found out by looking, and nobody is to send it again."""
        references = [f"op/{number}" for number in operations]
        unknown = Request.objects.filter(company=self.company, reference__in=references, state="unknown")
        for pk in unknown.values_list("pk", flat=True):
            outbox.cancel(pk, "Found out by looking at the record.")

    def withdraw(self, operations: Sequence[Operation]) -> set[int]:
        references = {f"{word}/{each.id}": each.id for each in operations for word in ("op", "number")}
        queued = Request.objects.filter(company=self.company, reference__in=list(references), state="queued")
        found = list(queued.values_list("pk", "reference"))
        return {references[reference] for pk, reference in found if outbox.cancel(pk, "Replaced by a newer plan.")}

    def _waiting(self, reference: str) -> bool:
        query = Request.objects.filter(company=self.company, reference=reference, state__in=("queued", "sent"))
        return query.exists()

    def _asked(self, operation_id: int) -> bool:
        """Whether a question about this operation is under way."""
        about = Request.objects.filter(company=self.company, state__in=("queued", "sent"))
        whole = tuple(f"{word}/{operation_id}" for word in ("taken", "op", "number", "doubt"))
        begun = Q(reference__startswith=f"found/{operation_id}/") | Q(reference__startswith=f"seek/{operation_id}/")
        return about.filter(Q(reference__in=whole) | begun).exists()


def legible(data: Any) -> Any:
    """Text that QuickBooks's character set can hold; raises BadRequest where nothing would be left."""
    if isinstance(data, dict):
        return {name: legible(value) for name, value in data.items()}
    if isinstance(data, list):
        return [legible(value) for value in data]
    return to_quickbooks(data) if isinstance(data, str) and data else data
