"""Reading one kind of record: a main object with what belongs to it, in few calls and flat memory.

Words    main    the object that stands for the record (Account, Product2)
         part    the object with the rest of its fields (the billing Contact, the standard price), where there is one
         seen    one main row as it was read, with all its parts, and the one that was chosen among them
         wanted  which main rows may lead to a new record in QuickBooks
Rule     everything that belongs to a page of main rows is asked for by their ids, several queries to a call; no order
         of Salesforce's is relied on to bring them together.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncapp.connectors.base import ConnectorError, Notice
from syncapp.connectors.salesforce.errors import Refused
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, external_id, other_company, version
from syncapp.connectors.salesforce.gateway import PARTS_MAX, Answer, Gateway, Part, Row, query_part
from syncapp.connectors.salesforce.own_fields import Own
from syncapp.connectors.salesforce.parts import PartPlan
from syncapp.connectors.salesforce.settings import KindSettings
from syncapp.connectors.salesforce.soql import parse_moment, portions, quote_all
from syncapp.mapping.overrides import Overrides
from syncapp.records import Operation, Record, Value

PORTION = 600  # ids in one query, where they fit
MAIN, PART, WANTED = "main", "part", "wanted"


@dataclass(frozen=True)
class Query:
    of: str  # MAIN, PART, WANTED, or an object that is watched
    soql: str
    include_deleted: bool = False


@dataclass(frozen=True)
class Seen:
    kind: str
    main: Row
    parts: Sequence[Mapping[str, Any]]
    part: Mapping[str, Any] | None  # the chosen one
    fields: Mapping[str, Value]
    company_key: str
    meets: bool = True  # the condition of the settings
    why_unwanted: str = ""
    matches: bool = True  # by its name, too, and not only by the id that it carries

    @property
    def id(self) -> str:
        return str(self.main["Id"])

    @property
    def gone(self) -> bool:
        return bool(self.main["IsDeleted"])

    @property
    def merged_into(self) -> str:
        return str(self.main.get("MasterRecordId") or "")

    @property
    def record(self) -> Record:
        stamps = [row["SystemModstamp"] for row in (self.main, self.part) if row]
        return Record(
            kind=self.kind,
            id=self.id,
            version=version(self.main, self.part, self.fields),
            fields=self.fields,
            modified=max(parse_moment(stamp) for stamp in stamps),
            deleted=self.gone,
            merged_into=self.merged_into,
            wanted=not self.why_unwanted,
            why_unwanted=self.why_unwanted,
            matches=self.matches and not other_company(self.main, self.company_key),
        )


class Reader(ABC):
    """One kind, as it is read and written; each kind's module says how its objects are called and what they hold."""

    kind: str
    main: str
    part: str = ""
    to_main: str = ""  # the part's column that names its main row
    relation: str = ""  # the same as a relationship, by which a part is inserted under an external id
    noun: str  # what people call a main row
    neutral: Mapping[str, str]  # by the main object's columns

    own = Own(Overrides(""))

    def __init__(self, gateway: Gateway, company_key: str, settings: KindSettings) -> None:
        self.gateway = gateway
        self.company_key = company_key
        self.settings = settings
        self.warnings: dict[str, str] = {}

    # What each kind says

    @property
    @abstractmethod
    def main_columns(self) -> str: ...

    part_columns: Sequence[str] = ()

    def follow(self, own: Own) -> None:
        """From now on, the pair's own fields are read and written as well."""
        self.own = own
        self.neutral = own.named(self.neutral)

    @property
    def columns(self) -> str:
        """What is asked of a main row: its kind's columns, and the pair's own."""
        known = self.main_columns.split(", ")
        return ", ".join(dict.fromkeys([*known, *self.own.columns]))

    def parted(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        """What goes to the main row, and what to the part; the pair's own columns are the main row's, and left out."""
        keys = {each.key for each in self.own.overrides.own}
        return self.split({name: value for name, value in values.items() if name not in keys}, before)

    def created_row(self, operation: Operation) -> dict[str, Any]:
        return {**self.insert_row(operation), **self.own.row(operation.values)}

    def updated_row(self, operation: Operation, before: Seen) -> dict[str, Any]:
        main, _ = self.parted(operation.values, before)
        return {**self.update_row(main, before), **self.own.row(operation.values, before.fields)}

    @property
    def watched(self) -> tuple[tuple[str, str], ...]:
        """Other objects whose changes make a main row be read again, each with its column that names that row."""
        return ((self.part, self.to_main),) if self.part else ()

    @abstractmethod
    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        """One main row with its parts."""

    def key_of(self, operation: Operation) -> str:
        """Our unique id, which the record of a create carries."""
        return external_id(self.company_key, operation.counterpart_id)

    @abstractmethod
    def insert_row(self, operation: Operation) -> dict[str, Any]:
        """The main row of a create, without what is empty."""

    @abstractmethod
    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        """What differs from what is there."""

    @abstractmethod
    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        """What goes to the main row, and what to the part; ``before`` is None for a create."""

    def cannot_take(self, operation: Operation, before: Seen) -> dict[str, str]:
        """Fields that this very record cannot hold, each with the reason and the remedy."""
        return {}

    def plan_part(self, operation: Operation, asked: Mapping[str, Value], before: Seen | None) -> PartPlan:
        """What is written to the part."""
        return PartPlan()

    def asks_for_part(self, operation: Operation) -> bool:
        """Whether a create was to make a part as well."""
        return False

    def part_is_there(self, after: Seen, insert: Mapping[str, Any]) -> bool:
        """Whether the part whose insert Salesforce refused as a duplicate is among the record's own."""
        return False

    def absent_reference(self, operation: Operation) -> tuple[str, str]:
        """The neutral field that names another main row, and the remedy where that one is not there; or nothing."""
        return "", ""

    def may_be_told(self, notice: Notice) -> bool:
        """Whether the record may be written to only to say how it stands."""
        return True

    # Queries

    def mains_where(self, condition: str) -> Query:
        soql = f"SELECT {self.columns} FROM {self.main} WHERE {self.only(condition)}"
        return Query(MAIN, soql, include_deleted=True)

    def only(self, condition: str) -> str:
        """The condition, and that the row may be of this kind at all."""
        return condition

    def parts_where(self, condition: str) -> Query:
        return Query(PART, f"SELECT {', '.join(self.part_columns)} FROM {self.part} WHERE {condition}")

    def all_parts(self) -> Query:
        """The parts of all main rows."""
        return self.parts_where(f"{self.to_main} != null")

    def wanted_where(self, condition: str) -> Query:
        """Which main rows meet the settings' condition; ``condition`` names columns as ``of_main`` spells them."""
        return Query(WANTED, f"SELECT Id FROM {self.main} WHERE {condition} AND ({self.settings.wanted})")

    def all_wanted(self) -> Query:
        """All that ``wanted_where`` would find, one row for each main row or more; without groups."""
        return self.wanted_where(f"{self.of_main('Id')} != null")

    def of_main(self, column: str) -> str:
        """A column of the main object as wanted_where's condition must call it."""
        return column

    def wanted_id(self, row: Row) -> str:
        """The main row that a row of wanted_where speaks for."""
        return str(row["Id"])

    def by_ids(self, make: Callable[[str], Query], column: str, ids: Sequence[str]) -> list[Query]:
        """As many queries as the ids need; ``make`` is one of the three methods above."""
        template = make(f"{column} IN ()").soql
        return [make(f"{column} IN {quote_all(some)}") for some in portions(template, ids, most=PORTION)]

    def belongings(self, ids: Sequence[str]) -> list[Query]:
        """What belongs to these main rows."""
        queries = self.by_ids(self.parts_where, self.to_main, ids) if self.part else []
        return [*queries, *(self.by_ids(self.wanted_where, self.of_main("Id"), ids) if self.settings.wanted else [])]

    def created(self, external_ids: Sequence[str]) -> list[Query]:
        """The records that carry these external ids, which must fit into one query."""
        ids = quote_all(external_ids)
        queries = [self.mains_where(f"{EXTERNAL_ID} IN {ids}")]
        if self.part:
            queries.append(self.parts_where(f"{self.relation}.{EXTERNAL_ID} IN {ids}"))
        if self.settings.wanted:
            queries.append(self.wanted_where(f"{self.of_main(EXTERNAL_ID)} IN {ids}"))
        return queries

    def creatable(self, external_ids: Sequence[str], *, most: int) -> Iterator[list[str]]:
        """The ids in portions for which ``created`` can be asked."""
        longest = max((query.soql for query in self.created([])), key=len)
        return portions(longest, external_ids, most=most)

    def ask(self, queries: Sequence[Query]) -> list[list[Row]]:
        """All rows of each query; as many queries as go into one call travel together."""
        results: list[list[Row]] = []
        for start in range(0, len(queries), PARTS_MAX):
            parts = [part_of(each) for each in queries[start : start + PARTS_MAX]]
            results += [self.all_rows(answer) for answer in self.gateway.together(parts)]
        return results

    def all_rows(self, answer: Answer) -> list[Row]:
        return [row for page in self.gateway.pages(self.needed(answer)) for row in page]

    def needed(self, answer: Answer) -> Row:
        try:
            return answer.need()
        except Refused as error:
            raise self.explained(error) from None

    def explained(self, error: Refused) -> ConnectorError:
        """A refused query: the condition of the settings is wrong, or something of ours is missing or not visible."""
        condition = self.settings.condition
        if not condition or self._works():
            self.gateway.forget_describes()
            return error
        return ConnectorError(
            f"Salesforce does not understand the {self.kind}s' condition “{condition}”: {error.problem.message}",
            remedy=f"Correct condition in the pair's {self.kind}s settings; it must be what may follow WHERE in "
            f"SELECT Id FROM {self.main} WHERE …",
            retry_seconds=None,
        )

    def check_condition(self) -> None:
        """Raises ConnectorError if the settings' condition is not one that Salesforce understands."""
        try:
            list(self.gateway.query(f"{self.condition_query()} LIMIT 1"))
        except Refused as error:
            raise self.explained(error) from None

    def condition_query(self) -> str:
        return f"SELECT Id FROM {self.main} WHERE ({self.settings.wanted or 'Id != null'})"

    def _works(self) -> bool:
        try:
            list(self.gateway.query(f"{self.condition_query()} LIMIT 1"))
        except Refused:
            return False
        return True

    # Records

    def complete(self, mains: Sequence[Row]) -> list[Seen]:
        """Main rows with what belongs to them."""
        queries = self.belongings([row["Id"] for row in mains if not row["IsDeleted"]])
        return self.gather(queries, self.ask(queries), mains=mains)

    def read(self, ids: Sequence[str]) -> list[Seen]:
        """These records, deleted ones too; those that have left the recycle bin are left out."""
        queries: list[Query] = []
        for some in portions(self.mains_where("Id IN ()").soql, list(dict.fromkeys(ids)), most=PORTION):
            queries += [*self.by_ids(self.mains_where, "Id", some), *self.belongings(some)]
        return self.gather(queries, self.ask(queries))

    def gather(
        self,
        queries: Sequence[Query],
        answers: Sequence[list[Row]],
        *,
        mains: Sequence[Row] = (),
        met: Collection[str] = (),
    ) -> list[Seen]:
        """What the three sorts of queries found, record by record.

        ``mains`` were read before; those in ``met`` are known to meet the settings' condition.
        """
        rows: dict[str, list[Row]] = defaultdict(list)
        for query, found in zip(queries, answers, strict=True):
            rows[query.of] += found
        met = {*met, *(self.wanted_id(row) for row in rows[WANTED])}
        of_main: dict[str, list[Row]] = defaultdict(list)
        for row in rows[PART]:
            of_main[row[self.to_main]].append(row)
        all_meet = not self.settings.wanted
        everything = [*mains, *rows[MAIN]]
        seen = [self.see(row, of_main.get(row["Id"], []), all_meet or row["Id"] in met) for row in everything]
        return [replace(each, fields=self.own.read(each.fields, each.main)) for each in seen] if self.own else seen

    def linked_elsewhere(self, main: Row) -> str:
        """Why a row is left alone that belongs to another company; or nothing."""
        other = other_company(main, self.company_key)
        return f"It is linked with another QuickBooks company, {other}."[:200] if other else ""

    def warn(self, record_id: str, warning: str) -> None:
        if warning:
            self.warnings[record_id] = warning
        else:
            self.warnings.pop(record_id, None)


def part_of(query: Query) -> Part:
    return query_part(query.soql, include_deleted=query.include_deleted)
