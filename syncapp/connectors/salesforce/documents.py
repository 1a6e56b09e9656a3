"""Documents and payments in Salesforce: a record of ours and its rows are one record; only QuickBooks writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from syncapp import clock
from syncapp.connectors.salesforce.documents_fields import COMPANY, LINE_NUMBER, SYNCED, TYPE, Shape, row_id
from syncapp.connectors.salesforce.documents_writing import DocumentWriter
from syncapp.connectors.salesforce.fields import EXTERNAL_ID, Row, external_id, own_id, same
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.reading import PORTION, Query, Reader, Seen
from syncapp.connectors.salesforce.settings import KindSettings, pace
from syncapp.connectors.salesforce.soql import like, moment, portions, quote, quote_all
from syncapp.mapping import line_fields
from syncapp.mapping.documents import DELETED, SORTS
from syncapp.records import Operation, Value

CURRENCY = "CurrencyIsoCode"
# So many groups come of one query.
GROUPS_MAX = 2000
SOLD_AS = "sold_as"  # the field that names a document's sale; given by the connector
HOME = "home_currency"  # the only one that QuickBooks keeps, whose documents name none; given by the connector
NOT_DELETED = f"QB_Status__c != {quote(DELETED)}"
FROM_QUICKBOOKS = "Only QuickBooks makes such records."


class Documents(Reader):
    """``shape``, ``kind`` and ``type`` are given by the registry."""

    noun = "document"

    def __init__(
        self, gateway: Gateway, company_key: str, given: Mapping[str, Any], *, kind: str, shape: Shape
    ) -> None:
        super().__init__(gateway, company_key, KindSettings(why_unwanted=FROM_QUICKBOOKS, **pace(given)))
        self.kind, self.shape = kind, shape.of_sales(given[SOLD_AS]) if SOLD_AS in given else shape
        shape = self.shape = self.shape.with_line_fields(line_fields.of(given))
        self.main, self.part = shape.main, shape.part
        self.to_main, self.relation = shape.to_main, shape.relation
        self.neutral = {each.name: name for name, each in shape.fields.items()}
        self.part_columns = shape.row_columns
        self.type = TYPES[kind]
        self.home = str(given.get(HOME, ""))

    def writer(self) -> DocumentWriter:
        return DocumentWriter(self.gateway, self)

    # Reading

    @property
    def main_columns(self) -> str:
        return ", ".join(self.shape.columns)

    def only(self, condition: str) -> str:
        return f"({condition}) AND {TYPE} = {quote(self.type)} AND {EXTERNAL_ID} LIKE {quote(like(self.company_key))}"

    def all_parts(self) -> Query:
        relation, key = self.shape.relation, quote(like(self.company_key))
        return self.parts_where(f"{relation}.{TYPE} = {quote(self.type)} AND {relation}.{EXTERNAL_ID} LIKE {key}")

    def see(self, main: Row, parts: Sequence[Row], meets: bool) -> Seen:
        fields = {name: each.read(main.get(each.name)) for name, each in self.shape.fields.items()}
        document_id = own_id(main, self.company_key) or ""
        return Seen(
            kind=self.kind,
            main=dict(main),
            parts=parts,
            part=None,
            fields={**fields, "quickbooks_id": document_id or None, self.shape.rows: self._rows(parts, document_id)},
            company_key=self.company_key,
            meets=meets,
            why_unwanted=FROM_QUICKBOOKS,
            matches=False,
        )

    def _rows(self, parts: Sequence[Row], document_id: str) -> Value:
        def place(row: Row) -> tuple[int, str]:
            return int(row.get(LINE_NUMBER) or 0), str(row.get(EXTERNAL_ID) or "")

        return (
            tuple(
                {
                    "id": row_id(row, self.company_key, document_id),
                    **{name: each.read(row.get(each.name)) for name, each in self.shape.row_fields.items()},
                }
                for row in sorted(parts, key=place)
            )
            or None
        )

    # Sums

    def sums(self, first: str, last: str) -> Iterator[tuple[str, str, str, int, Any, Any]]:
        """Month, account, currency, number, amount and rest of each group of records.

        Salesforce adds up in the org's own currency, whatever the records are in. So an org with several is asked for
        the records themselves, and each is a group.
        """
        [known] = self.gateway.describe(self.main)
        day, amount, left = (self.shape.fields[name].name for name in self._summed())
        account, currency = self.shape.fields["customer"].name, self.shape.fields["currency"].name
        where = self.only(self._between(day, first, last))
        if CURRENCY in known:
            columns = f"{day}, {account}, {currency}, {amount}, {left}"
            for page in self.gateway.query(f"SELECT {columns} FROM {self.main} WHERE {where}"):
                for row in page:
                    said = (str(row[day] or "")[:7], str(row[account] or ""), str(row[currency] or ""))
                    yield (*said, 1, row[amount], row[left])
            return
        yield from self._added_up(day, account, currency, f"COUNT(Id) n, SUM({amount}) total, SUM({left}) rest", where)

    def _added_up(
        self, day: str, account: str, currency: str, columns: str, where: str
    ) -> Iterator[tuple[str, str, str, int, Any, Any]]:
        """By month, account and currency, in as many queries as the accounts need: one gives so many groups at most."""
        month = f"CALENDAR_YEAR({day}), CALENDAR_MONTH({day})"
        named = f"{account} a, {currency} c, CALENDAR_YEAR({day}) y, CALENDAR_MONTH({day}) m"
        past = ""
        while True:
            only = f"{where} AND {account} > {quote(past)}" if past else where
            soql = f"SELECT {named}, {columns} FROM {self.main} WHERE {only} GROUP BY {account}, {currency}, {month}"
            rows = self._rows_of(f"{soql} ORDER BY {account} NULLS FIRST LIMIT {GROUPS_MAX}")
            full = len(rows) == GROUPS_MAX
            cut = rows[-1]["a"] if full else None  # its months may not all be here: it is asked for again
            for row in rows:
                if full and row["a"] == cut:
                    continue
                name = f"{int(row['y']):04}-{int(row['m']):02}" if row["y"] else ""
                yield name, str(row["a"] or ""), str(row["c"] or ""), int(row["n"]), row["total"], row["rest"]
            if not full:
                return
            before = [str(row["a"]) for row in rows if row["a"] and row["a"] != cut]
            past = before[-1] if before else past

    def of_month(self, month: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The records of "2026-01" by their ids in QuickBooks: id, number, date, account, currency and both amounts."""
        day = self.shape.fields["date"].name
        first = date.fromisoformat(f"{month}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        yield from self._each(f"{NOT_DELETED} AND {day} >= {first} AND {day} < {after}")

    def of_accounts(self, accounts: Sequence[str], first: str, last: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The same of these accounts, between two dates."""
        account, between = (
            self.shape.fields["customer"].name,
            self._between(self.shape.fields["date"].name, first, last),
        )
        for some in portions(between, accounts, most=PORTION):
            yield from self._each(f"{between} AND {account} IN {quote_all(some)}")

    def with_ids(self, ids: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The same of these ids in QuickBooks, whenever they are of."""
        keys = [external_id(self.company_key, each) for each in ids]
        for some in portions(NOT_DELETED, keys, most=PORTION):
            yield from self._each(f"{NOT_DELETED} AND {EXTERNAL_ID} IN {quote_all(some)}")

    def _each(self, condition: str) -> Iterator[tuple[str, dict[str, Any]]]:
        names = ("number", "customer", "currency", *self._summed())
        columns = ", ".join(["Id", EXTERNAL_ID, *(self.shape.fields[name].name for name in names)])
        for page in self.gateway.query(f"SELECT {columns} FROM {self.main} WHERE {self.only(condition)}"):
            for row in page:
                values = {name: self.shape.fields[name].read(row[self.shape.fields[name].name]) for name in names}
                yield own_id(row, self.company_key) or "", {"id": row["Id"], **values}

    def _summed(self) -> tuple[str, str, str]:
        return ("date", "amount", "unused") if "amount" in self.shape.fields else ("date", "total", "balance")

    def _between(self, day: str, first: str, last: str) -> str:
        bounds = [*([f"{day} >= {first}"] if first else []), *([f"{day} <= {last}"] if last else [])]
        return " AND ".join([NOT_DELETED, *bounds])

    def _rows_of(self, soql: str) -> list[Row]:
        return [row for page in self.gateway.query(soql) for row in page]

    # Writing

    def split(
        self, values: Mapping[str, Value], before: Seen | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        main = {name: value for name, value in values.items() if name in self.shape.fields}
        return main, {name: value for name, value in values.items() if name == self.shape.rows}

    def insert_row(self, operation: Operation) -> dict[str, Any]:
        main, _ = self.split(operation.values)
        given = {self.shape.fields[name].name: self.shape.fields[name].write(value) for name, value in main.items()}
        row = {name: value for name, value in given.items() if value not in (None, "")}
        key = external_id(self.company_key, operation.counterpart_id)
        own = {EXTERNAL_ID: key, TYPE: self.type, COMPANY: self.company_key}
        return {**row, **own, **self.in_currency(self.main, main.get("currency")), **self._stamp()}

    def update_row(self, asked: Mapping[str, Value], before: Seen) -> dict[str, Any]:
        different = {name: value for name, value in asked.items() if not same(value, before.fields[name])}
        row = {self.shape.fields[name].name: self.shape.fields[name].write(value) for name, value in different.items()}
        if row.get(EXTERNAL_ID):
            row[EXTERNAL_ID] = external_id(self.company_key, str(asked["quickbooks_id"]))
        if row and ("currency" in different or not before.fields["currency"]):
            row |= self.in_currency(self.main, different.get("currency"))
        return row | self._stamp() if row else {}

    def in_currency(self, sobject: str, currency: Value) -> dict[str, Any]:
        """What says in which currency a new record's amounts are, where the org has several; else nothing."""
        [known] = self.gateway.describe(sobject)
        named = currency or self.home
        return {CURRENCY: named} if named and CURRENCY in known else {}

    def _stamp(self) -> dict[str, Any]:
        return {SYNCED: moment(clock.now())} if SYNCED in self.shape.own else {}

    def row_of(self, row: Mapping[str, Any], place: int) -> dict[str, Any]:
        """One row of the neutral value as Salesforce takes it, with what it leaves empty."""
        found = {each.name: each.write(row.get(name)) for name, each in self.shape.row_fields.items()}
        return {**found, LINE_NUMBER: place} if self.shape.numbered else found

    def absent_reference(self, operation: Operation) -> tuple[str, str]:
        if operation.values.get("opportunity"):
            return "opportunity", "Its sale is gone, or the sync's user may not see it."
        if not operation.values.get("customer"):
            return "", ""
        return "customer", "Its account is gone, or the sync's user may not see it."


TYPES = {sort.kind: sort.type for sort in SORTS} | {"payment": "Payment", "credit": "Credit"}
