"""Writing on records how they stand: looked at first, then only what differs, in few calls.

Rules    1 A record that somebody changed since we read it is left for the next cycle: our write would hide when that
           was, and so who was last.
         2 A write whose answer was lost is not repeated blindly: the next look shows what stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from syncapp.bulk import chunks
from syncapp.connectors.base import ConnectorError, Notice
from syncapp.connectors.salesforce.batches import problems_of
from syncapp.connectors.salesforce.change import LOST
from syncapp.connectors.salesforce.documents_fields import SHAPES
from syncapp.connectors.salesforce.errors import REMEDIES, Problem, seconds_until_again
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, other_company
from syncapp.connectors.salesforce.gateway import PARTS_MAX, Row, collection_part
from syncapp.connectors.salesforce.reading import MAIN, PORTION, Query, Reader
from syncapp.connectors.salesforce.soql import moment, parse_moment, portions, quote_all
from syncapp.connectors.salesforce.standard_fields import ERROR_LENGTH, STATUS_LENGTH
from syncapp.connectors.salesforce.writing import ALLOW_DUPLICATES
from syncapp.engine.standing import cut

ERROR, SYNCED_AT, LINK = "QB_Error__c", "QB_Synced_At__c", "QB_Link__c"
LINK_LENGTH = 255
# The status's field, by kind: the QB_Status__c of others is that of their transaction.
STATUS = {"customer": "QB_Status__c", "item": "QB_Status__c", "sale": "QB_Sync_Status__c"}
STATUS |= dict.fromkeys(SHAPES, "QB_Sync_Status__c")


class StatusWriter:
    """Of one kind, whose main rows ``reader`` reads."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.gateway = reader.gateway
        self.status = STATUS[reader.kind]
        self.stamps = reader.kind not in SHAPES  # a document's own stamp is written with it

    def tell(self, notices: Sequence[Notice]) -> Mapping[str, str]:
        self._require_fields()
        notices = [each for each in notices if self.reader.may_be_told(each)]
        there = {row["Id"]: row for row in self._look([each.record_id for each in notices])}
        done: dict[str, str] = {}
        rows: list[Row] = []
        for notice in notices:
            row = there.get(notice.record_id)
            if row is None or row["IsDeleted"] or other_company(row, self.reader.company_key):
                done[notice.record_id] = ""
            elif self._is_as_known(row, notice):
                changes = {name: value for name, value in self._fields(notice).items() if (row[name] or None) != value}
                if changes:
                    rows.append({"id": notice.record_id, **changes})
                else:
                    done[notice.record_id] = ""
        for some in chunks(rows, self.reader.settings.batch_size * PARTS_MAX):
            done |= dict(self._write(some))
        return done

    def _fields(self, notice: Notice) -> Row:
        return {
            self.status: cut(notice.status, STATUS_LENGTH),
            ERROR: cut(notice.error, ERROR_LENGTH) or None,
            LINK: notice.link if 0 < len(notice.link) <= LINK_LENGTH else None,
            **({SYNCED_AT: _second(notice.agreed_at) if notice.agreed_at else None} if self.stamps else {}),
        }

    def _require_fields(self) -> None:
        [known] = self.gateway.describe(self.reader.main)
        lacking = [name for name in self._names if not known.get(name, {}).get("updateable")]
        if lacking:
            self.gateway.forget_describes()
            raise ConnectorError(
                f"{', '.join(f'{self.reader.main}.{name}' for name in lacking)} is missing, or not to be edited by the "
                "sync's user.",
                remedy=f"Run manage.py salesforce_package upgrade {self.gateway.org.key}, or set status_on_record = "
                "false for the pair.",
            )

    def _look(self, ids: Sequence[str]) -> list[Row]:
        names = ("Id", "IsDeleted", "SystemModstamp", "LastModifiedById", EXTERNAL_ID, *self._names)
        soql = f"SELECT {', '.join(names)} FROM {self.reader.main} WHERE Id IN "
        queries = [
            Query(MAIN, f"{soql}{quote_all(some)}", include_deleted=True)
            for some in portions(f"{soql}()", ids, most=PORTION)
        ]
        rows = [row for some in self.reader.ask(queries) for row in some]
        if not self.stamps:
            return rows
        return [{**row, SYNCED_AT: row[SYNCED_AT] and _second(parse_moment(row[SYNCED_AT]))} for row in rows]

    @property
    def _names(self) -> tuple[str, ...]:
        return (self.status, ERROR, LINK, *((SYNCED_AT,) if self.stamps else ()))

    def _is_as_known(self, row: Row, notice: Notice) -> bool:
        stamp = notice.version.partition("|")[0]
        return row["SystemModstamp"] == stamp or row["LastModifiedById"] == self.gateway.org.user_id

    def _write(self, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
        """As many collections as go into one call; what the records say to it."""
        batches = list(chunks(rows, self.reader.settings.batch_size))
        parts = [collection_part("PATCH", self.reader.main, some, headers=ALLOW_DUPLICATES) for some in batches]
        for some, answer in zip(batches, self.gateway.together(parts), strict=True):
            for row, problem in zip(some, problems_of(answer, len(some)), strict=True):
                if not _passes(problem):
                    yield row["id"], _told(problem)


def _passes(problem: Problem | None) -> bool:
    return problem is not None and (problem.code == LOST or seconds_until_again(problem) is not None)


def _told(problem: Problem | None) -> str:
    return f"{problem.message.rstrip('. ')}. {REMEDIES.get(problem.code, '')}".strip() if problem else ""


def _second(at: datetime) -> str:
    """As Salesforce keeps a time: without fractions of a second."""
    return moment(at.replace(microsecond=0))
