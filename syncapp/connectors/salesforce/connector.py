"""Salesforce as the engine sees it: each kind by its own reader, everything else alike for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from syncapp import clock
from syncapp.connectors.base import ConnectorError, Notice
from syncapp.connectors.salesforce import own_fields
from syncapp.connectors.salesforce.bulk_writing import Loader
from syncapp.connectors.salesforce.change import gone
from syncapp.connectors.salesforce.documents import HOME, SOLD_AS, TYPES, Documents
from syncapp.connectors.salesforce.documents_writing import DocumentWriter
from syncapp.connectors.salesforce.fetching import Fetcher
from syncapp.connectors.salesforce.fields import EXTERNAL_ID
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import require_fields
from syncapp.connectors.salesforce.kinds import READERS
from syncapp.connectors.salesforce.own_fields import Own
from syncapp.connectors.salesforce.price_books import PriceBooks
from syncapp.connectors.salesforce.price_books_writing import PriceBookWriter
from syncapp.connectors.salesforce.reading import PORTION, Reader, Seen
from syncapp.connectors.salesforce.sales import Sales
from syncapp.connectors.salesforce.sales_sources import Source, ready_of, source_of, won_by
from syncapp.connectors.salesforce.settings import WON_BY
from syncapp.connectors.salesforce.status_writing import STATUS, StatusWriter
from syncapp.connectors.salesforce.writing import Writer
from syncapp.mapping import line_fields, overrides_read
from syncapp.mapping.abilities import Abilities
from syncapp.mapping.documents import SORTS
from syncapp.mapping.finding import Finding
from syncapp.models import Org
from syncapp.records import Applied, Batch, Deferred, Missing, Operation, Outcome, Record, Side, Stale, Verb

DOCUMENT_KINDS = frozenset(sort.kind for sort in SORTS)


class SalesforceConnector:
    """The Connector of one org for one company, to be used by one thread.

    ``company_key`` is the first part of the ids that our records carry there; ``settings`` are those of each flow, by
    kind (settings.py). ConnectorError, from here, means that nothing was written.
    """

    side = Side.SALESFORCE
    answers_later = False
    tells = frozenset(STATUS)

    def __init__(self, org: Org, company_key: str, settings: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.gateway = Gateway(org)
        self.company_key = company_key
        self.settings = settings or {}
        self._readers: dict[str, Reader] = {}
        self.loader = Loader(self.gateway, company_key, self._ready_reader, self._loading)

    def reader(self, kind: str) -> Reader:
        if kind not in READERS:
            raise ConnectorError(f"Salesforce's side does not know the kind “{kind}”.", retry_seconds=None)
        if kind not in self._readers:
            settings = {**self.settings.get(kind, {}), **self._of_sales(kind)}
            self._readers[kind] = READERS[kind](self.gateway, self.company_key, settings)
            self._readers[kind].follow(Own(overrides_read.of(kind, settings)))
        return self._readers[kind]

    def _of_sales(self, kind: str) -> dict[str, Any]:
        """What other kinds must know of the object that sales are."""
        source = won_by(self.settings)
        if kind == "customer":
            return {WON_BY: (source, ready_of(source, self.settings.get("sale", {})))}
        home = {HOME: self.settings.get("sale", {}).get(HOME, "")} if kind in TYPES else {}
        return home | ({SOLD_AS: source.lookup} if kind in DOCUMENT_KINDS else {})

    def check(self, *kinds: str) -> None:
        """Raises ConnectorError, with the remedy, if sign-in, our fields or the condition of a flow is not right.

        Of these kinds, or of all whose settings are known.
        """
        for kind in kinds or self.settings:
            self._require(kind, fresh=True)
            self.reader(kind).check_condition()

    def source(self, kind: str) -> Source:
        """What sales are, for a kind that has to do with it."""
        return source_of(self.settings.get("sale", {})) if kind == "sale" else won_by(self.settings)

    def _ready_reader(self, kind: str) -> Reader:
        self._require(kind)
        return self.reader(kind)

    def _require(self, kind: str, *, fresh: bool = False) -> None:
        """Raises ConnectorError where the org lacks a field that the kind, or the pair's own mapping of it, needs."""
        reader = self.reader(kind)
        require_fields(self.gateway, kind, self.source(kind), fresh=fresh)
        if isinstance(reader, Sales):
            reader.check_source()
        if problems := [each for each in self.judge(kind) if not each.warning]:
            self.gateway.forget_describes()
            told = "; ".join(str(each) for each in problems)
            raise ConnectorError(f"The field mapping of the {reader.noun}s: {told}", retry_seconds=None)

    def judge(
        self, kind: str, *, fresh: bool = False, lengths: Mapping[str, int | None] | None = None
    ) -> list[Finding]:
        """What is wrong with the pair's own fields of a kind in this org; ``lengths`` are QuickBooks's."""
        reader = self.reader(kind)
        found: list[Finding] = []
        if reader.own:
            [described] = self.gateway.describe(reader.main, fresh=fresh)
            found += own_fields.judge(reader.own.overrides, reader.main, described, lengths)
        if own := line_fields.of(self.settings[kind]):
            [described] = self.gateway.describe(reader.part, fresh=fresh)
            found += own_fields.judge_lines(own, reader.part, described)
        return found

    def fetch(self, kind: str, cursor: str, *, full: bool = False) -> Iterator[Batch]:
        reader = self.reader(kind)
        self._require(kind)
        yield from Fetcher(reader).fetch(cursor, full=full)
        self.gateway.save_usage()

    def submit(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        """Kind by kind, in the order in which the kinds first appear."""
        by_kind = _by_kind(operations)
        for kind in by_kind:
            self._require(kind)
        outcomes: dict[int, Outcome] = {}
        for kind, some in by_kind.items():
            try:
                own = self.reader(kind).own
                ended = self._writer(kind).submit([own.usual(each) for each in some])
                outcomes |= {number: own.ended(outcome) for number, outcome in ended.items()}
            except ConnectorError as error:
                if not outcomes:
                    raise
                later = Deferred(error.message, error.retry_seconds or 3600)
                outcomes |= dict.fromkeys((each.id for each in some), later)
        self.gateway.save_usage()
        return outcomes

    def _writer(self, kind: str) -> Writer | DocumentWriter | PriceBookWriter:
        reader = self.reader(kind)
        return reader.writer() if isinstance(reader, Documents | Sales | PriceBooks) else Writer(self.gateway, reader)

    def _loading(self, kind: str) -> Writer | DocumentWriter | None:
        writer = self._writer(kind)
        return writer if isinstance(writer, Writer | DocumentWriter) and writer.by_jobs else None

    def find_out(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        """By looking: a create by the id that it carries; an update is read, and then planned again."""
        outcomes: dict[int, Outcome] = {}
        for kind, some in _by_kind(operations).items():
            outcomes |= self._find_out(self.reader(kind), some)
        return outcomes

    def _find_out(self, reader: Reader, operations: Sequence[Operation]) -> dict[int, Outcome]:
        creates = [each for each in operations if each.verb is Verb.CREATE]
        fared = self.loader.fared(reader.kind)
        travelled = {each.id: each for each in creates if fared and reader.key_of(each) in fared.mains}
        outcomes: dict[int, Outcome] = {}
        if fared and travelled:
            ended = self._writer(reader.kind).loaded([reader.own.usual(each) for each in travelled.values()], fared)
            outcomes = {number: reader.own.ended(outcome) for number, outcome in ended.items()}
        outcomes |= self._find_creates(reader, [each for each in creates if each.id not in travelled])
        updates = [each for each in operations if each.verb is Verb.UPDATE]
        seen = {each.id: each for each in reader.read([each.record_id for each in updates])}
        for operation in updates:
            found = seen.get(operation.record_id)
            if found is None or found.gone:
                outcomes[operation.id] = gone(found, reader.noun)
            else:
                outcomes[operation.id] = Stale(found.record, doubtful=True)
        return outcomes

    def read(self, kind: str, ids: Sequence[str]) -> Batch:
        """These records as they are now, those that are nowhere as deleted."""
        as_of = clock.now()
        found = {each.id: each.record for each in self.reader(kind).read(ids)}
        lost = [
            Record(kind=kind, id=each, version="", deleted=True) for each in dict.fromkeys(ids) if each not in found
        ]
        return Batch((*found.values(), *lost), as_of=as_of)

    def tell(self, kind: str, notices: Sequence[Notice]) -> Mapping[str, str]:
        try:
            return StatusWriter(self.reader(kind)).tell(notices)
        finally:
            self.gateway.save_usage()

    def abilities(self) -> Abilities:
        return Abilities()

    def preparing(self, more: bool) -> None:
        """Nobody waits here."""

    def overtaken(self) -> Collection[int]:
        return ()

    def withdraw(self, operations: Sequence[Operation]) -> set[int]:
        """Nothing waits here: what was submitted has been sent."""
        return set()

    def warnings(self, kind: str) -> Mapping[str, str]:
        """What a person should look at, by record id, among the records that this connector has read so far."""
        return self.reader(kind).warnings

    def _find_creates(self, reader: Reader, operations: Sequence[Operation]) -> dict[int, Outcome]:
        wanted = [reader.key_of(each) for each in operations]
        found: dict[str, Seen] = {}
        for some in reader.creatable(wanted, most=PORTION):
            queries = reader.created(some)
            for seen in reader.gather(queries, reader.ask(queries)):
                if not seen.gone:
                    found[seen.main[EXTERNAL_ID]] = seen
        me = self.gateway.org.user_id
        return {
            operation.id: _became_of(operation, found.get(key), reader, me)
            for operation, key in zip(operations, wanted, strict=True)
        }


def _became_of(operation: Operation, seen: Seen | None, reader: Reader, me: str) -> Outcome:
    """How a doubtful create ended.

    A create of which the part is missing had not come to its end: asked for again, it finds its main row and
    completes it. If somebody has been at that row since, the part may be missing because of them.
    """
    if seen is None:
        return Missing("It was not created.")
    if isinstance(reader, Documents | PriceBooks):
        return Missing("It is there, perhaps without all of its rows.")
    touched = any(row["LastModifiedById"] != me for row in (seen.main, seen.part) if row)
    asked = reader.asks_for_part(operation)
    if asked and seen.part is None and not touched:
        return Missing(f"It was created without its {reader.part}.")
    return Applied(seen.record, touched=touched or (asked and seen.part is None))


def _by_kind(operations: Sequence[Operation]) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = defaultdict(list)
    for each in operations:
        found[each.kind].append(each)
    return found
