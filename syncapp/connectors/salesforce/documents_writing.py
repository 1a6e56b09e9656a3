"""Writing documents with their rows: as few calls as possible, and nothing twice.

Words    errand  one operation on its way: what is sent to the main record and to its rows, and what came of it
Rules    1 Main records and rows are inserted with their unique ids. What exists already is found by reading back, and
           completed as an update.
         2 A document is compared, row by row, with what was read just before: only what differs is sent, and rows that
           QuickBooks no longer has are deleted.
         3 A document has been written when exactly its rows are there. Where a row is missing for a reason that passes,
           the whole is planned again; where Salesforce refuses it, the rows are refused and the main record stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syncapp.bulk import chunks
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.batches import NOT_SENT, BatchWriter, Fared, problems_of
from syncapp.connectors.salesforce.change import ABSENT, LOST, before_writing, gone
from syncapp.connectors.salesforce.errors import REMEDIES, Lost, Problem, Refused, outcome_of, seconds_until_again
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, Row, external_id
from syncapp.connectors.salesforce.gateway import PARTS_MAX, RECORDS_MAX, Answer, Gateway, Part, collection_part
from syncapp.connectors.salesforce.reading import PORTION, Query, Seen, part_of
from syncapp.mapping.document_rows import rows_of
from syncapp.records import Applied, Deferred, Operation, Outcome, Rejected, Stale, Unknown, Verb

if TYPE_CHECKING:
    from syncapp.connectors.salesforce.documents import Documents

# With the main records and two queries that read back, so many rows go into one call.
ROWS_PER_CALL = 2 * RECORDS_MAX


@dataclass
class Errand:
    operation: Operation
    before: Seen | None = None
    main: dict[str, Any] | None = None
    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    deletes: list[str] = field(default_factory=list)
    problem: Problem | None = None
    row_problem: Problem | None = None
    after: Seen | None = None
    read_back: bool = False

    @property
    def rows(self) -> int:
        return len(self.inserts) + len(self.updates) + len(self.deletes)

    @property
    def exists(self) -> bool:
        """A create whose main record had been made before."""
        known = self.problem is not None and self.problem.code == "DUPLICATE_VALUE"
        return self.before is None and known and self.after is not None and not self.after.gone


@dataclass
class DocumentWriter(BatchWriter):
    gateway: Gateway
    reader: Documents
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    sent: bool = False

    def _create_all(self, operations: Sequence[Operation]) -> None:
        for some in self._batches([self._to_create(each) for each in operations]):
            self._create(some)

    # What is to be sent

    def _key(self, operation: Operation) -> str:
        return external_id(self.reader.company_key, operation.counterpart_id)

    def _to_create(self, operation: Operation) -> Errand:
        key, shape = self._key(operation), self.reader.shape
        currency = self.reader.in_currency(shape.part, operation.values.get("currency"))
        rows = [
            {
                **currency,
                **_filled(self.reader.row_of(row, place)),
                EXTERNAL_ID: f"{key}:{row['id']}",
                shape.relation: {EXTERNAL_ID: key},
            }
            for place, row in enumerate(rows_of(operation.values.get(shape.rows)), 1)
        ]
        return Errand(operation, main=self.reader.created_row(operation), inserts=rows)

    def _to_update(self, operation: Operation, before: Seen) -> Errand:
        _, asked = self.reader.split(operation.values)
        row = self.reader.updated_row(operation, before)
        errand = Errand(operation, before=before, main={"id": before.id, **row} if row else None)
        if asked:
            self._compare_rows(errand, before, rows_of(asked[self.reader.shape.rows]))
        return errand

    def _compare_rows(self, errand: Errand, before: Seen, wanted: Sequence[Mapping[str, Any]]) -> None:
        shape, key = self.reader.shape, str(before.main[EXTERNAL_ID])
        currency = self.reader.in_currency(shape.part, before.fields["currency"])
        there = {str(row.get(EXTERNAL_ID) or row["Id"]): row for row in before.parts}
        for place, row in enumerate(wanted, 1):
            known = there.pop(f"{key}:{row['id']}", None)
            spelt = self.reader.row_of(row, place)
            if known is None:
                errand.inserts.append(
                    {**currency, **_filled(spelt), EXTERNAL_ID: f"{key}:{row['id']}", shape.to_main: before.id}
                )
            elif different := {name: value for name, value in spelt.items() if not _same(value, known.get(name))}:
                errand.updates.append({"id": known["Id"], **different})
        errand.deletes = [str(row["Id"]) for row in there.values()]

    # Creates

    def _batches(self, errands: Sequence[Errand]) -> Iterator[list[Errand]]:
        """As many to a call as it takes; what has more rows than that goes alone."""
        batch: list[Errand] = []
        rows = 0
        for each in errands:
            full = len(batch) >= self.reader.settings.batch_size or rows + each.rows > ROWS_PER_CALL
            if batch and full:
                yield batch
                batch, rows = [], 0
            batch.append(each)
            rows += each.rows
        if batch:
            yield batch

    def _create(self, errands: Sequence[Errand]) -> None:
        by_key = {self._key(each.operation): each for each in errands}
        for keys in self.reader.creatable(list(by_key), most=self.reader.settings.batch_size):
            some = [by_key[key] for key in keys]
            if self._send(some, self.reader.created(keys)):
                self._created(some)

    def _created(self, errands: Sequence[Errand]) -> None:
        """What existed already is brought up to date; what is not complete yet is completed."""
        again = {id(each): each for each in errands if each.exists or self._incomplete(each)}
        self._note([each for each in errands if id(each) not in again])
        self._write([self._to_update(each.operation, each.after) for each in again.values() if each.after])

    def to_load(self, operation: Operation) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        errand = self._to_create(operation)
        return errand.main or {}, errand.inserts

    def _after_load(self, operations: Sequence[Operation], fared: Fared) -> None:
        by_key = {self._key(each): Errand(each) for each in operations}
        for key, errand in by_key.items():
            rows = fared.parts.get(key)
            errand.problem, errand.row_problem = fared.mains[key], rows if rows != NOT_SENT else None
        portions = self.reader.creatable(list(by_key), most=PORTION)
        queries = [query for some in portions for query in self.reader.created(some)]
        self._take(list(by_key.values()), queries, self.reader.ask(queries))
        self._created(list(by_key.values()))

    def _incomplete(self, errand: Errand) -> bool:
        """The main record is there without some of its rows, and Salesforce has not said that it never takes them."""
        problem = errand.row_problem
        passes = problem is None or problem.code == "DUPLICATE_VALUE"
        alive = errand.after is not None and not errand.after.gone
        return errand.problem is None and alive and passes and not self._whole(errand)

    # Updates

    def _update(self, operations: Sequence[Operation]) -> None:
        seen = {each.id: each for each in self.reader.read([each.record_id for each in operations])}
        ready: list[Errand] = []
        for operation in operations:
            before = seen.get(operation.record_id)
            outcome = before_writing(operation, before, self.reader)
            if outcome is not None:
                self.outcomes[operation.id] = outcome
            elif before is not None:
                ready.append(self._to_update(operation, before))
        self._write(ready)

    def _write(self, errands: Sequence[Errand]) -> None:
        to_send: list[Errand] = []
        for each in errands:
            if each.main is None and not each.rows and each.before is not None:
                self.outcomes[each.operation.id] = Applied(each.before.record)
            else:
                to_send.append(each)
        for some in self._batches(to_send):
            ids = [each.before.id for each in some if each.before]
            reader = self.reader
            queries = reader.by_ids(reader.mains_where, "Id", ids) + reader.by_ids(
                reader.parts_where, reader.to_main, ids
            )
            if self._send(some, queries):
                self._note(some)

    # The calls

    def _send(self, errands: Sequence[Errand], queries: Sequence[Query]) -> bool:
        """Write the batch, and read it back; False if no answer came, and the outcomes are noted."""
        writes = self._parts(errands)
        parts = [*(part for part, _ in writes), *(part_of(each) for each in queries)]
        answers: list[Answer] = []
        try:
            for some in chunks(parts, PARTS_MAX):
                answers += self.gateway.together(some)
                self.sent = True
        except ConnectorError as error:
            self._failed(errands, error, begun=bool(answers))
            return False
        for (_, owners), answer in zip(writes, answers, strict=False):
            for (errand, of_main), problem in zip(owners, problems_of(answer, len(owners)), strict=True):
                if of_main:
                    errand.problem = problem
                elif problem is not None and (
                    errand.row_problem is None or errand.row_problem.code == "DUPLICATE_VALUE"
                ):
                    errand.row_problem = problem
        self._read_back(errands, queries, answers[len(writes) :])
        return True

    def _failed(self, errands: Sequence[Errand], error: ConnectorError, *, begun: bool) -> None:
        outcome: Outcome
        if isinstance(error, Lost) or begun:
            self.sent = True
            outcome = Unknown(error.message)
        elif isinstance(error, Refused):
            outcome = Rejected(error.message, code=error.problem.code, remedy=error.remedy)
        elif self.sent:
            outcome = Deferred(error.message, error.retry_seconds or 3600)
        else:
            raise error
        for each in errands:
            self.outcomes[each.operation.id] = outcome

    def _parts(self, errands: Sequence[Errand]) -> list[tuple[Part, list[tuple[Errand, bool]]]]:
        """Collections in the order in which they are to be carried out, each with whom its records belong to."""
        shape = self.reader.shape
        found: list[tuple[Part, list[tuple[Errand, bool]]]] = []

        def collect(method: str, sobject: str, rows: list[tuple[Errand, Any]], *, of_main: bool) -> None:
            for some in chunks(rows, RECORDS_MAX):
                found.append((_part(method, sobject, [row for _, row in some]), [(each, of_main) for each, _ in some]))

        mains = [(each, each.main) for each in errands if each.main]
        collect("POST", shape.main, [(e, row) for e, row in mains if e.before is None], of_main=True)
        collect("PATCH", shape.main, [(e, row) for e, row in mains if e.before is not None], of_main=True)
        collect("DELETE", shape.part, [(each, row) for each in errands for row in each.deletes], of_main=False)
        collect("PATCH", shape.part, [(each, row) for each in errands for row in each.updates], of_main=False)
        collect("POST", shape.part, [(each, row) for each in errands for row in each.inserts], of_main=False)
        return found

    def _read_back(self, errands: Sequence[Errand], queries: Sequence[Query], answers: Sequence[Answer]) -> None:
        try:
            rows = [self.reader.all_rows(answer) for answer in answers]
        except ConnectorError:
            return
        self._take(errands, queries, rows)

    def _take(self, errands: Sequence[Errand], queries: Sequence[Query], rows: Sequence[list[dict[str, Any]]]) -> None:
        by_key: dict[str, Seen] = {}
        for seen in self.reader.gather(queries, rows):
            by_key[seen.id] = seen
            if not seen.gone:
                by_key[seen.main[EXTERNAL_ID]] = seen
        for each in errands:
            each.read_back = True
            each.after = by_key.get(each.before.id if each.before else self._key(each.operation))

    # How it ended

    def _whole(self, errand: Errand) -> bool:
        """Whether exactly the rows that were asked for are there."""
        name = self.reader.shape.rows
        values = errand.operation.values
        if errand.after is None or (name not in values and errand.before is not None):
            return errand.after is not None
        there = [row["id"] for row in rows_of(errand.after.fields[name])]
        return sorted(there) == sorted(row["id"] for row in rows_of(values.get(name)))

    def _note(self, errands: Sequence[Errand]) -> None:
        for each in errands:
            self.outcomes[each.operation.id] = self._ended(each)

    def _ended(self, errand: Errand) -> Outcome:
        problems = [problem for problem in (errand.problem, errand.row_problem) if problem]
        if LOST in {problem.code for problem in problems}:
            return Unknown("Salesforce did not say how it ended.")
        if errand.problem is not None:
            return self._main_refused(errand, errand.problem)
        if errand.after is None:
            return Unknown("It was written, but could not be read back.")
        if errand.after.gone:
            return gone(errand.after, self.reader.noun)
        if not self._whole(errand) or (errand.row_problem and errand.row_problem.code != "DUPLICATE_VALUE"):
            return self._rows_refused(errand, errand.after)
        me = self.gateway.org.user_id
        return Applied(errand.after.record, touched=errand.after.main["LastModifiedById"] != me)

    def _main_refused(self, errand: Errand, problem: Problem) -> Outcome:
        lost = errand.read_back and errand.before is not None and (errand.after is None or errand.after.gone)
        if problem.code in ABSENT and lost:
            return gone(errand.after, self.reader.noun)
        if problem.code in ABSENT:
            name, remedy = self.reader.absent_reference(errand.operation)
            if name:
                return Rejected(problem.message, code=problem.code, remedy=remedy, fields=(name,))
        return outcome_of(problem, self.reader.neutral)

    def _rows_refused(self, errand: Errand, after: Seen) -> Outcome:
        problem = errand.row_problem
        if problem is not None and problem.code not in ABSENT and seconds_until_again(problem) is None:
            remedy = REMEDIES.get(problem.code, "")
            why = f"{problem.message} ({problem.code}). {remedy}".strip()
            return Applied(after.record, refused={self.reader.shape.rows: why})
        if errand.operation.verb is Verb.UPDATE:
            return Stale(after.record)
        seconds = seconds_until_again(problem) if problem else None
        return Deferred("It was created without all of its rows, which are still to come.", seconds or 10)


def _part(method: str, sobject: str, rows: Sequence[Any]) -> Part:
    if method == "DELETE":
        return Part("DELETE", f"composite/sobjects?ids={','.join(rows)}&allOrNone=false")
    return collection_part(method, sobject, rows, headers={})


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}


def _same(one: Any, other: Row | Any) -> bool:
    """Whether Salesforce holds this already; numbers are compared as numbers, and no text as empty text."""
    one, other = (None if each == "" else each for each in (one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
    return bool(one == other)
