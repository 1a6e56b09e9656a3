"""What every writer does alike: creates first, then updates, in batches; and each record's part of an answer.

Rule     ConnectorError leaves a writer only while nothing has been written. Afterwards it puts off what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncapp.bulk import chunks
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.change import LOST
from syncapp.connectors.salesforce.errors import Problem, problem_of
from syncapp.connectors.salesforce.gateway import Answer
from syncapp.records import Deferred, Operation, Outcome, Verb

READ_AHEAD = 600  # updates that are read in one call before they are written, batch by batch

NOT_SENT = Problem("PROCESSING_HALTED", "Its job ended before Salesforce came to it.")


@dataclass
class Fared:
    """How rows fared that travelled in jobs, by the keys of their records: a problem, or None where it went well.

    ``parts``: one problem for all the parts of a record.
    """

    mains: dict[str, Problem | None] = field(default_factory=dict)
    parts: dict[str, Problem | None] = field(default_factory=dict)


class BatchWriter:
    """Subclasses say how some creates, or some updates, are written; they note outcomes and ``sent``."""

    outcomes: dict[int, Outcome]
    sent: bool  # whether anything may have been written

    @property
    def by_jobs(self) -> bool:
        """Whether creates may travel in jobs, many together."""
        return True

    def submit(self, operations: Sequence[Operation]) -> Mapping[int, Outcome]:
        try:
            self._create_all([each for each in operations if each.verb is Verb.CREATE])
            for some in chunks([each for each in operations if each.verb is Verb.UPDATE], READ_AHEAD):
                self._update(some)
        except ConnectorError as error:
            if not self.sent:
                raise
            for each in operations:
                self.outcomes.setdefault(each.id, Deferred(error.message, error.retry_seconds or 3600))
        return self.outcomes

    def loaded(self, operations: Sequence[Operation], fared: Fared) -> Mapping[int, Outcome]:
        """How creates ended that travelled in jobs; what is not complete is completed."""
        try:
            self._after_load(operations, fared)
        except ConnectorError:
            if not self.sent:
                raise
            # What was not completed now is looked for again.
        return self.outcomes

    def _after_load(self, operations: Sequence[Operation], fared: Fared) -> None:
        raise TypeError("each writer says what follows a load")

    def _create_all(self, operations: Sequence[Operation]) -> None:
        raise TypeError("each writer says how it creates")

    def _update(self, operations: Sequence[Operation]) -> None:
        raise TypeError("each writer says how it updates")


def problems_of(answer: Answer, count: int) -> list[Problem | None]:
    """Each record's problem, None for those that went well."""
    if not answer.good:
        whole = problem_of(answer.body)
        code = LOST if answer.status >= 500 else whole.code
        return [Problem(code, whole.message, whole.fields)] * count
    results: list[Any] = answer.body if isinstance(answer.body, list) else []
    if len(results) != count:
        return [Problem(LOST, "Salesforce's answer has not one result for each record.")] * count
    return [None if each.get("success") else problem_of(each.get("errors")) for each in results]
