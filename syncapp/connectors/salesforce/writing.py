"""Writing one kind of record: in batches, each read just before it is written, and read back in the same call.

Words    change  one operation on its way: what is sent to the main object and to its part, and what came of it
Rules    1 A create is an insert that carries our unique external id. Where Salesforce says that the value exists, the
           create had happened before: if nobody else touched it since, it is brought up to date.
         2 An update is compared with the version it was planned from just before it is written, sends only what
           differs, and is never sent again. The second or two in between remain, but for ``careful`` fields.
         3 What was written is read back in the same call. "touched" says that somebody else has been at it since.
         4 A part that may pass by itself while the rest was written is not settled: the operation ends as out of date
           (update) or deferred (create), and what is still missing is planned again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from syncapp.bulk import chunks
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.batches import NOT_SENT, BatchWriter, Fared, problems_of
from syncapp.connectors.salesforce.careful import write_carefully
from syncapp.connectors.salesforce.change import Change, before_writing, start_create, start_update
from syncapp.connectors.salesforce.errors import Lost, Refused
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, TICK
from syncapp.connectors.salesforce.gateway import Answer, Gateway, Part, Row, collection_part
from syncapp.connectors.salesforce.reading import MAIN, PART, PORTION, Query, Reader, Seen, part_of
from syncapp.records import Applied, Operation, Outcome, Unknown

ALLOW_DUPLICATES = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}


@dataclass
class Writer(BatchWriter):
    gateway: Gateway
    reader: Reader
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    sent: bool = False  # whether anything may have been written

    @property
    def by_jobs(self) -> bool:
        """The header that overrules a duplicate rule's objection is not for jobs."""
        return self.reader.settings.duplicates != "save"

    # Creates ----------------------------------------------------------------------

    def _create_all(self, operations: Sequence[Operation]) -> None:
        for some in self._create_batches(operations):
            self._create(some)

    def _create_batches(self, operations: Sequence[Operation]) -> Iterator[list[Operation]]:
        """As many to a call as it takes, and as the query that reads them back has room for."""
        by_id = {self.reader.key_of(each): each for each in operations}
        for some in self.reader.creatable(list(by_id), most=self.reader.settings.batch_size):
            yield [by_id[each] for each in some]

    def _create(self, operations: Sequence[Operation]) -> None:
        changes = [start_create(each, self.reader) for each in operations]
        ids = [self.reader.key_of(each) for each in operations]
        if self._write(changes, self.reader.created(ids)):
            self._created(changes)

    def _created(self, changes: Sequence[Change]) -> None:
        self._note(changes)
        # It existed already, as we left it: what has changed in QuickBooks since is written as an update.
        again = [change for change in changes if change.exists_untouched]
        if again:
            self._write_updates([start_update(each.operation, each.after, self.reader) for each in again if each.after])

    def to_load(self, operation: Operation) -> tuple[Row, list[Row]]:
        change = start_create(operation, self.reader)
        return change.main_insert or {}, [change.part_insert] if change.part_insert else []

    def _after_load(self, operations: Sequence[Operation], fared: Fared) -> None:
        by_id = {self.reader.key_of(each): start_create(each, self.reader) for each in operations}
        for key, change in by_id.items():
            change.note(MAIN, fared.mains[key])
            if change.part_insert:
                # A part that is in no job was not written.
                change.note(PART, fared.parts.get(key, NOT_SENT))
        portions = self.reader.creatable(list(by_id), most=PORTION)
        queries = [query for some in portions for query in self.reader.created(some)]
        self._take(list(by_id.values()), queries, self.reader.ask(queries))
        self._created(list(by_id.values()))

    # Updates ----------------------------------------------------------------------

    def _update(self, operations: Sequence[Operation]) -> None:
        seen = {each.id: each for each in self.reader.read([each.record_id for each in operations])}
        ready: list[Change] = []
        for operation in operations:
            before = seen.get(operation.record_id)
            outcome = before_writing(operation, before, self.reader)
            if outcome is not None:
                self.outcomes[operation.id] = outcome
            elif before is not None:
                ready.append(start_update(operation, before, self.reader))
        self._write_updates(ready)

    def _write_updates(self, changes: Sequence[Change]) -> None:
        to_write: list[Change] = []
        for change in changes:
            if change.empty and change.before is not None:
                self.outcomes[change.operation.id] = Applied(change.before.record, refused=change.plan.refused)
            else:
                to_write.append(change)
        for some in chunks(to_write, self.reader.settings.batch_size):
            self._write_batch(some)

    def _write_batch(self, changes: Sequence[Change]) -> None:
        careful = self.reader.settings.careful
        for change in changes:
            if careful & change.operation.values.keys():
                self.sent = True
                write_carefully(self.gateway, change)
        if not self._write(changes, self._updated_queries(changes)):
            return
        unticks = [
            change for change in changes if change.plan.untick and not change.part_problem and not change.outcome
        ]
        if unticks and not self._untick(unticks):
            self._note([change for change in changes if change not in unticks])
            return
        self._note(changes)

    def _updated_queries(self, changes: Sequence[Change]) -> list[Query]:
        ids = [change.before.id for change in changes if change.before]
        parts = self.reader.by_ids(self.reader.parts_where, self.reader.to_main, ids) if self.reader.part else []
        return [*self.reader.by_ids(self.reader.mains_where, "Id", ids), *parts]

    def _untick(self, changes: Sequence[Change]) -> bool:
        """The former billing contacts lose their tick once the new ones have theirs; in one more call."""
        rows = [{"id": change.plan.untick, TICK: False} for change in changes]
        parts = [collection_part("PATCH", self.reader.part, rows, headers=self.headers)]
        queries = self._updated_queries(changes)
        answers = self._send(changes, [*parts, *(part_of(each) for each in queries)])
        if answers is None:
            return False
        for change, problem in zip(changes, problems_of(answers[0], len(changes)), strict=True):
            change.note(PART, problem)
        self._read_back(changes, queries, answers[1:])
        return True

    # The call ---------------------------------------------------------------------

    @property
    def headers(self) -> Mapping[str, str]:
        return ALLOW_DUPLICATES if self.reader.settings.duplicates == "save" else {}

    def _write(self, changes: Sequence[Change], queries: Sequence[Query]) -> bool:
        """Send a batch and read it back; False if no answer came (then the outcomes are noted as unknown)."""
        writes: list[tuple[Part, list[Change], str]] = []
        for method, sobject, of, part_name in (
            ("POST", self.reader.main, "main_insert", MAIN),
            ("PATCH", self.reader.main, "main_update", MAIN),
            ("POST", self.reader.part, "part_insert", PART),
            ("PATCH", self.reader.part, "part_update", PART),
        ):
            some = [change for change in changes if getattr(change, of)]
            if some:
                rows = [getattr(change, of) for change in some]
                writes.append((collection_part(method, sobject, rows, headers=self.headers), some, part_name))
        parts = [*(part for part, _, _ in writes), *(part_of(each) for each in queries)]
        answers = self._send(changes, parts)
        if answers is None:
            return False
        for (_, some, part_name), answer in zip(writes, answers, strict=False):
            for change, problem in zip(some, problems_of(answer, len(some)), strict=True):
                change.note(part_name, problem)
        self._read_back(changes, queries, answers[len(writes) :])
        return True

    def _send(self, changes: Sequence[Change], parts: Sequence[Part]) -> list[Answer] | None:
        try:
            answers = self.gateway.together(parts)
        except Lost as error:
            self.sent = True
            for change in changes:
                self.outcomes[change.operation.id] = Unknown(error.message)
            return None
        except ConnectorError as error:
            if not self.sent and not isinstance(error, Refused):
                raise
            for change in changes:
                self.outcomes[change.operation.id] = change.not_sent(error)
            return None
        self.sent = True
        return answers

    def _read_back(self, changes: Sequence[Change], queries: Sequence[Query], answers: Sequence[Answer]) -> None:
        """Find each change's record in what was read back; without it the outcome is not known yet."""
        try:
            rows = [self.reader.all_rows(answer) for answer in answers]
        except ConnectorError:
            return
        self._take(changes, queries, rows)

    def _take(self, changes: Sequence[Change], queries: Sequence[Query], rows: Sequence[list[Row]]) -> None:
        met = {each.before.id for each in changes if each.before and each.before.meets}
        by_key: dict[str, Seen] = {}
        for seen in self.reader.gather(queries, rows, met=met):
            by_key[seen.id] = seen
            if not seen.gone:
                by_key[seen.main[EXTERNAL_ID] or ""] = seen
        for change in changes:
            change.read_back = True
            change.after = by_key.get(change.before.id if change.before else self.reader.key_of(change.operation))

    def _note(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if not change.exists_untouched:
                self.outcomes[change.operation.id] = change.ended()
