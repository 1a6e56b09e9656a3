"""One operation on its way to Salesforce: what is sent to the main object and to its part, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.errors import REMEDIES, Problem, Refused, outcome_of, seconds_until_again
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, Row, other_company
from syncapp.connectors.salesforce.parts import PartPlan
from syncapp.connectors.salesforce.reading import MAIN, Reader, Seen
from syncapp.records import (
    Applied,
    Deferred,
    Missing,
    Operation,
    Outcome,
    Rejected,
    Stale,
    Unknown,
    Verb,
)

ABSENT = ("INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED", "NOT_FOUND")
LOST = "LOST"  # the code of a part whose end is not known


@dataclass
class Change:
    operation: Operation
    reader: Reader
    before: Seen | None = None  # None for a create
    after: Seen | None = None  # None once read_back: it is nowhere
    read_back: bool = False
    plan: PartPlan = field(default_factory=PartPlan)
    main_insert: dict[str, Any] | None = None
    main_update: dict[str, Any] | None = None
    part_insert: dict[str, Any] | None = None
    part_update: dict[str, Any] | None = None
    wrote_main: bool = False
    wrote_part: bool = False
    overtaken: bool = False  # a conditional update found that the record had changed
    main_problem: Problem | None = None
    part_problem: Problem | None = None
    outcome: Outcome | None = None  # known before the batch is read back

    @property
    def me(self) -> str:
        """The id of our user."""
        return self.reader.gateway.org.user_id

    @property
    def empty(self) -> bool:
        parts = (self.main_insert, self.main_update, self.part_insert, self.part_update, self.plan.untick)
        return not any(parts)

    @property
    def exists_untouched(self) -> bool:
        """A create that had happened before, and nobody but us has been at the record since."""
        if not self._exists or self.after is None:
            return False
        rows = [self.after.main, *([self.after.part] if self.after.part else [])]
        return all(row["LastModifiedById"] == self.me for row in rows)

    @property
    def _exists(self) -> bool:
        problem = self.main_problem
        create = self.operation.verb is Verb.CREATE and self.before is None
        return create and problem is not None and problem.code == "DUPLICATE_VALUE" and self.after is not None

    def note(self, part: str, problem: Problem | None) -> None:
        if part == MAIN:
            self.wrote_main, self.main_problem = True, problem
        else:
            self.wrote_part, self.part_problem = True, problem

    def not_sent(self, error: ConnectorError) -> Outcome:
        """The batch was certainly not carried out; a conditional update may have been, before it."""
        if self.outcome is not None:
            return self.outcome
        if self.wrote_main or self.wrote_part:
            return Unknown(error.message)
        if isinstance(error, Refused):
            return Rejected(error.message, code=error.problem.code, remedy=error.remedy)
        return Deferred(error.message, error.retry_seconds or 3600)

    # How it ended --------------------------------------------------------------------

    def ended(self) -> Outcome:
        """The outcome, once the batch was read back.

        nothing known of a part, or not read back   unknown
        a conditional update came too late          stale
        the main row was refused                    what its problem means
        the part may be taken later                 stale (update) or deferred (create): planned again
        the part was refused                        applied, with the part's fields as refused
        """
        if self.outcome is not None:
            return self.outcome
        if LOST in {problem.code for problem in (self.main_problem, self.part_problem) if problem}:
            return Unknown("Salesforce did not say how it ended.")
        if self.overtaken and self.operation.verb is Verb.CREATE:
            return Deferred(f"The {self.reader.noun} was changed at the same moment.", 10)
        if self.overtaken:
            return Stale(self.after.record if self.after else None)
        if self.main_problem is not None:
            return self._main_refused(self.main_problem)
        if self.after is None:
            return Unknown("It was written, but could not be read back.")
        if self.after.gone:
            return gone(self.after, self.reader.noun)
        if self.part_problem is not None:
            return self._part_refused(self.after, self.part_problem)
        return Applied(self.after.record, touched=self._touched(self.after), refused=self.plan.refused)

    def _main_refused(self, problem: Problem) -> Outcome:
        if self._exists and self.after is not None:
            return Applied(self.after.record, touched=True)
        if problem.code in ABSENT:
            return self._absent(problem)
        return outcome_of(problem, self.reader.neutral)

    def _absent(self, problem: Problem) -> Outcome:
        """A record that is not there: the main row itself, or one that it was to refer to."""
        if not self.read_back:
            return Unknown("It was refused, and could not be read again.")
        if self.operation.verb is Verb.UPDATE and (self.after is None or self.after.gone):
            return gone(self.after, self.reader.noun)
        name, remedy = self.reader.absent_reference(self.operation)
        if name:
            return Rejected(problem.message, code=problem.code, remedy=remedy, fields=(name,))
        if self.operation.verb is Verb.UPDATE and self.after is not None:
            return Stale(self.after.record)
        return Rejected(problem.message, code=problem.code)

    def _part_refused(self, after: Seen, problem: Problem) -> Outcome:
        if isinstance(outcome_of(problem, {}), Rejected) and not self._part_is_there(after, problem):
            why = f"{problem.message} ({problem.code})"
            if remedy := REMEDIES.get(problem.code):
                why = f"{why}. {remedy}"
            refused = {name: why for name in self.plan.carried if name in self.operation.values}
            return Applied(after.record, touched=self._touched(after), refused={**self.plan.refused, **refused})
        if self.operation.verb is Verb.CREATE:
            return Deferred(f"Its {self.reader.part}: {problem.message}", seconds_until_again(problem) or 10)
        return Stale(after.record)

    def _part_is_there(self, after: Seen, problem: Problem) -> bool:
        """Created before, and still one of the record's own."""
        return problem.code == "DUPLICATE_VALUE" and self.reader.part_is_there(after, self.part_insert or {})

    def _touched(self, after: Seen) -> bool:
        """Whether somebody else has been at the main row or the part since we read or wrote it."""
        before = self.before
        if self.wrote_main:
            main = after.main["LastModifiedById"] != self.me
        else:
            main = before is not None and after.main["SystemModstamp"] != before.main["SystemModstamp"]
        part, former = after.part, before.part if before else None
        if self.wrote_part and not self.part_problem:
            return main or part is None or part["LastModifiedById"] != self.me
        return main or _stamp(part) != _stamp(former)


def _stamp(part: Row | None) -> tuple[str, str]:
    return (part["Id"], part["SystemModstamp"]) if part else ("", "")


def gone(seen: Seen | None, noun: str) -> Missing:
    """``seen`` in the recycle bin, or nowhere any more."""
    if seen is None:
        return Missing(f"The {noun} is no longer there.")
    return Missing(
        f"The {noun} was merged into {seen.merged_into}." if seen.merged_into else f"The {noun} was deleted."
    )


# Beginning ---------------------------------------------------------------------------


def before_writing(operation: Operation, before: Seen | None, reader: Reader) -> Outcome | None:
    """Why an update must not be written; None if it may."""
    if before is None or before.gone:
        return gone(before, reader.noun)
    record = before.record
    if operation.expected_version and record.version != operation.expected_version:
        return Stale(record)
    other = other_company(before.main, reader.company_key)
    if other and operation.values.get("quickbooks_id"):
        return Rejected(
            f"The {reader.noun} is linked with another QuickBooks company, {other}.",
            code="LINKED_ELSEWHERE",
            remedy="Clear its QuickBooks id in Salesforce if it should belong to this company.",
            fields=("quickbooks_id",),
        )
    return None


def start_create(operation: Operation, reader: Reader) -> Change:
    _, asked = reader.parted(operation.values)
    row = reader.created_row(operation)
    plan = reader.plan_part(operation, asked, None)
    insert = {**plan.insert, reader.relation: {EXTERNAL_ID: row[EXTERNAL_ID]}} if plan.insert else None
    return Change(operation, reader, plan=plan, main_insert=row, part_insert=insert)


def start_update(operation: Operation, before: Seen, reader: Reader) -> Change:
    _, asked = reader.parted(operation.values, before)
    row = reader.updated_row(operation, before)
    plan = reader.plan_part(operation, asked, before) if row or asked else PartPlan()
    plan.refused |= reader.cannot_take(operation, before)
    return Change(
        operation,
        reader,
        before=before,
        plan=plan,
        main_update={"id": before.id, **row} if row else None,
        part_insert={**plan.insert, reader.to_main: before.id} if plan.insert else None,
        part_update=plan.update,
    )
