"""Runs SOQL: rows found, ordered, cut and shaped into the JSON that a query answers with.

Words    shape   what of a row is shown: its fields, its parents' fields, its children's lists
         result  the rows of a query and their shape; pages are cut from it while the caller comes back for more
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from .errors import SalesforceError
from .schema import Field, SObject
from .soql_groups import Groups, is_grouped
from .soql_syntax import parse
from .soql_tree import AllFields, Order, Path, Query
from .soql_where import APPEND_O, APPEND_R, Column, Getter, Scope, Where, bind, folder
from .state import Cursor, OrgState
from .store import Row
from .values import dump, stamp_text

Json = dict[str, Any]
Item = tuple[str, Callable[[Row], Any]]
OFFSET_MAX = 2000
ALL_FIELDS_ROWS_MAX = 200
# What rows that come by an index may be asked to be ordered by without being sorted.
ORDERS: dict[str, list[list[str]]] = {
    "Id": [[], ["Id"]],
    "SystemModstamp": [["SystemModstamp"], ["SystemModstamp", "Id"]],
}


@dataclass
class Result:
    rows: list[Any]
    show: Callable[[Any], Json]
    counts_only: bool = False

    def records(self, start: int, stop: int) -> list[Json]:
        return [self.show(row) for row in self.rows[start:stop]]


@dataclass
class Flat:
    """The rows of a bulk query, each shown as texts; ``ordered`` if the query asked for an order."""

    header: list[str]
    columns: list[Getter]
    rows: list[Row]
    ordered: bool

    def show(self, row: Row) -> list[str]:
        return [_written(get(row)) for get in self.columns]


@dataclass
class Shape:
    """What is shown of one object's rows: keys with how to get at them, parents as shapes of their own."""

    sobject: SObject
    items: list[Item] = field(default_factory=list)
    parents: dict[str, Shape] = field(default_factory=dict)


class Select:
    """One query, read by one user under one API version."""

    def __init__(self, org: OrgState, user_id: str, version: str, *, include_deleted: bool = False) -> None:
        self.org = org
        self.user_id = user_id
        self.version = version
        self.include_deleted = include_deleted

    def run(self, text: str) -> Result:
        query = parse(text)
        scope = self._scope(query)
        if query.offset > OFFSET_MAX:
            text = f"Maximum SOQL offset allowed is {OFFSET_MAX}"
            raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", text)
        if query.counts_only:
            return Result(self._rows(scope), lambda row: {}, counts_only=True)
        if is_grouped(query):
            where = bind(scope, query.where)
            rows = self._passing(self._candidates(scope, where)[0], where)
            return Result(Groups(scope, rows).shown(), lambda row: row)
        show = self._shower(scope)
        return Result(self._rows(scope), show)

    # -- as plain columns, for the Bulk API

    def check_flat(self, text: str) -> str:
        """Refuse what the Bulk API does not query; the name of the object."""
        return self._flat_scope(text)[0].sobject.name

    def _flat_scope(self, text: str) -> tuple[Scope, list[Column]]:
        query = parse(text)
        scope = self._scope(query)
        columns = []
        for item in query.select:
            if isinstance(item, Query):
                raise _not_bulk("Aggregate Relationships not supported in Bulk V2 Query with CSV content type")
            if not isinstance(item, Path) or query.group:
                raise _not_bulk("Aggregate functions and FIELDS are not supported in Bulk V2 Query")
            column = scope.column(item)
            if column.field.type == "address":
                raise _not_bulk("Selecting compound data not supported in Bulk Query")
            columns.append(column)
        if query.counts_only or query.offset:
            raise _not_bulk("COUNT() and OFFSET are not supported in Bulk V2 Query")
        bind(scope, query.where)
        return scope, columns

    def flat(self, text: str) -> Flat:
        scope, columns = self._flat_scope(text)
        header = [".".join([*(hop.relationship for hop in each.hops), each.field.name]) for each in columns]
        getters = [scope.getter(each) for each in columns]
        return Flat(header, getters, self._rows(scope), bool(scope.query.order))

    # -- which rows

    def _scope(self, query: Query, sobject: SObject | None = None) -> Scope:
        found = sobject or self.org.visible(self.user_id, query.sobject)
        if found is None:
            scope = Scope(self.org, self.user_id, self.org.schema["User"], query)
            text = f"sObject type '{query.sobject}' is not supported. {APPEND_O}"
            raise scope.refuse(query.place, text, "INVALID_TYPE")
        return Scope(self.org, self.user_id, found, query, self.include_deleted, self._inner_values)

    def _inner_values(self, query: Query) -> list[Any]:
        """The one column of a semi-join's inner query."""
        scope = self._scope(query)
        scope.run = None
        if len(query.select) != 1 or not isinstance(query.select[0], Path):
            raise scope.refuse(query.place, "a semi join sub-select must select one id or reference field")
        column = scope.column(query.select[0])
        if column.field.type not in ("id", "reference"):
            text = f"the selected field '{column.field.name}' of a semi join must be an id or a reference"
            raise scope.refuse(query.select[0].place, text, "MALFORMED_QUERY")
        get = scope.getter(column)
        return [get(row) for row in self._rows(scope)]

    def _rows(self, scope: Scope) -> list[Row]:
        where = bind(scope, scope.query.where)
        rows, come_by = self._candidates(scope, where)
        return self._cut(scope, self._passing(rows, where), come_by)

    def _passing(self, rows: Iterable[Row], where: Where) -> Iterable[Row]:
        if self.include_deleted:
            return (row for row in rows if where.test(row))
        return (row for row in rows if not row["IsDeleted"] and where.test(row))

    def _candidates(self, scope: Scope, where: Where) -> tuple[Iterable[Row], str]:
        """Rows that may pass, and the order in which they come: by Id, by SystemModstamp, or none."""
        table = self.org.table(scope.sobject)
        best = min(where.hints, key=lambda hint: hint.rank, default=None)
        if best is not None:
            return best.rows(table), "Id" if best.by_id else "SystemModstamp" if best.by_stamp else ""
        return (table.rows[each] for each in table.ids), "Id"

    def _cut(self, scope: Scope, rows: Iterable[Row], come_by: str) -> list[Row]:
        query = scope.query
        stop = None if query.limit is None else query.offset + query.limit
        columns = [(order, self._sortable(scope, order)) for order in query.order]
        asked = [column.field.name for _, column in columns]
        plain = all(_is_plain(order, column) for order, column in columns)
        if plain and come_by and asked in ORDERS[come_by]:
            return list(islice(rows, query.offset, stop))
        found = list(rows)
        for order, column in reversed(columns):
            found.sort(key=_sort_key(scope.getter(column), column.field, order), reverse=order.descending)
        return found[query.offset : stop]

    def _sortable(self, scope: Scope, order: Order) -> Column:
        if not isinstance(order.path, Path):
            raise scope.refuse(scope.query.place, "Ordered field must be grouped or aggregated", "MALFORMED_QUERY")
        column = scope.column(order.path)
        if not column.field.sortable:
            text = f"field '{column.field.name}' can not be sorted in a query call"
            raise scope.refuse(order.path.place, text)
        return column

    # -- what is shown of them

    def _shower(self, scope: Scope) -> Callable[[Row], Json]:
        shape = Shape(scope.sobject)
        chosen: set[str] = set()
        for item in scope.query.select:
            if isinstance(item, AllFields):
                paths = self._all_fields(scope, item)
            elif isinstance(item, Query):
                shape.items.append(self._children(scope, item))
                continue
            elif isinstance(item, Path):
                paths = [item]
            else:
                continue
            for path in paths:
                column = scope.column(path)
                if path.function or path.alias:
                    text = "only aggregate expressions use field aliasing and functions of dates"
                    raise scope.refuse(path.place, text, "MALFORMED_QUERY")
                key = ".".join([*(hop.relationship for hop in column.hops), column.field.name])
                if key in chosen:
                    text = f"duplicate field selected: {key}"
                    raise scope.refuse(path.place, text, "MALFORMED_QUERY")
                chosen.add(key)
                self._place(shape, column)
        return lambda row: self._show(shape, row)

    def _all_fields(self, scope: Scope, item: AllFields) -> list[Path]:
        limit = scope.query.limit
        if item.kind not in ("ALL", "STANDARD", "CUSTOM"):
            raise scope.refuse(item.place, f"unexpected token: '{item.kind}'", "MALFORMED_QUERY")
        if item.kind != "STANDARD" and (limit is None or limit > ALL_FIELDS_ROWS_MAX):
            text = "The SOQL FIELDS function must have a LIMIT of at most 200"
            raise scope.refuse(item.place, text, "MALFORMED_QUERY")
        fields = self.org.access(self.user_id, scope.sobject).readable.values()
        wanted = [each for each in fields if item.kind == "ALL" or each.custom == (item.kind == "CUSTOM")]
        return [Path((each.name,), item.place) for each in wanted]

    def _place(self, shape: Shape, column: Column) -> None:
        here = shape
        for hop in column.hops:
            below = here.parents.get(hop.relationship)
            if below is None:
                below = here.parents[hop.relationship] = Shape(self.org.schema[hop.reference_to])
                here.items.append((hop.relationship, self._parent(hop, below)))
            here = below
        here.items.append((column.field.name, field_getter(column.field)))

    def _parent(self, hop: Field, shape: Shape) -> Callable[[Row], Json | None]:
        table, name = self.org.tables[hop.reference_to], hop.name

        def get(row: Row) -> Json | None:
            parent = table.get(row.get(name))
            return None if parent is None else self._show(shape, parent)

        return get

    def _show(self, shape: Shape, row: Row) -> Json:
        shown: Json = {"attributes": attributes(shape.sobject.name, row["Id"], self.version)}
        for key, get in shape.items:
            shown[key] = get(row)
        return shown

    def _children(self, scope: Scope, query: Query) -> Item:
        wanted = query.sobject.lower()
        found = next(
            (
                (child, item)
                for child, item in self.org.schema.lookups_to(scope.sobject.name)
                if item.children.lower() == wanted and self.org.visible(self.user_id, child.name)
            ),
            None,
        )
        if found is None:
            text = f"Didn't understand relationship '{query.sobject}' in FROM part of query call. {APPEND_R}"
            raise scope.refuse(query.place, text, "INVALID_TYPE")
        child, item = found
        inner = self._scope(query, child)
        where, show = bind(inner, query.where), self._shower(inner)
        table, lookup = self.org.table(child), item.name

        def get(row: Row) -> Json | None:
            children = (table.rows[each] for each in table.pointing_at(lookup, row["Id"]))
            rows = self._cut(inner, self._passing(children, where), "Id")
            return self._page_of_children(Result(rows, show)) if rows else None

        return item.children, get

    def _page_of_children(self, result: Result) -> Json:
        """The first children, with a locator of their own if there are more than one page takes."""
        size, whole = self.org.child_page_size, len(result.rows)
        body: Json = {"totalSize": whole, "done": whole <= size}
        if whole > size:
            cursor_id = self.org.keep_cursor(Cursor(self.user_id, result, size, self.org.now()))
            body["nextRecordsUrl"] = f"/services/data/v{self.version}/query/{cursor_id}-{size}"
        return {**body, "records": result.records(0, size)}


def _not_bulk(text: str) -> SalesforceError:
    return SalesforceError("FUNCTIONALITY_NOT_ENABLED", text)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return stamp_text(value).replace("+0000", "Z")
    return str(dump(value))


def _is_plain(order: Order, column: Column) -> bool:
    return not column.hops and not column.function and not order.descending


def _sort_key(get: Getter, item: Field, order: Order) -> Callable[[Row], tuple[Any, ...]]:
    """Nulls come first unless said otherwise, in either direction."""
    fold = folder(item)
    null_flag = order.nulls_last is not order.descending

    def key(row: Row) -> tuple[Any, ...]:
        value = get(row)
        return (null_flag,) if value is None else (not null_flag, fold(value))

    return key


def field_getter(item: Field) -> Callable[[Row], Any]:
    name = item.name
    if item.type == "address":
        return lambda row: compound(name, row)
    if item.compute is not None:
        return lambda row: dump(item.value(row))
    if item.is_text or item.type in ("id", "reference", "boolean", "int"):
        return lambda row: row.get(name)
    return lambda row: dump(row.get(name))


def compound(name: str, row: Row) -> Json | None:
    prefix = name.removesuffix("Address")
    names = ("City", "Country", "Latitude", "Longitude", "PostalCode", "State", "Street")
    parts = {part[0].lower() + part[1:]: dump(row.get(prefix + part)) for part in names}
    if all(value is None for value in parts.values()):
        return None
    return {**parts, "geocodeAccuracy": None}


def attributes(sobject: str, record_id: str, version: str) -> Json:
    return {"type": sobject, "url": f"/services/data/v{version}/sobjects/{sobject}/{record_id}"}
