"""SOQL that counts and adds up: GROUP BY, HAVING, aggregate functions, and the order of groups.

Rule     the answer of such a query comes in one piece: more than 2000 groups are refused, not paged
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from .errors import SalesforceError
from .schema import NUMBER_TYPES
from .soql_tree import Aggregate, Compare, Condition, Joined, Not, Order, Path, Query
from .soql_where import Getter, Scope
from .store import Row
from .values import dump

Json = dict[str, Any]
GROUPS_MAX = 2000
SUMMABLE = NUMBER_TYPES | {"int"}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: bool(value == wanted),
    "!=": lambda value, wanted: bool(value != wanted),
    "<": lambda value, wanted: value is not None and bool(value < wanted),
    "<=": lambda value, wanted: value is not None and bool(value <= wanted),
    ">": lambda value, wanted: value is not None and bool(value > wanted),
    ">=": lambda value, wanted: value is not None and bool(value >= wanted),
}


def is_grouped(query: Query) -> bool:
    return bool(query.group) or any(isinstance(item, Aggregate) for item in query.select)


class Groups:
    """The groups of one query, over the rows that its conditions let pass."""

    def __init__(self, scope: Scope, rows: Iterable[Row]) -> None:
        self.scope = scope
        self.query = scope.query
        keys = [self._group_key(path) for path in self.query.group]
        groups: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): []}
        for row in rows:
            groups.setdefault(tuple(get(row) for get in keys), []).append(row)
        self.groups = list(groups.values())

    def _group_key(self, path: Path) -> Getter:
        column = self.scope.column(path)
        item = column.field
        if not item.filterable or (not column.function and item.type in NUMBER_TYPES | {"datetime"}):
            text = f"field '{item.name}' can not be grouped in a query call"
            raise self.scope.refuse(path.place, text, "MALFORMED_QUERY")
        return self.scope.getter(column)

    def shown(self) -> list[Json]:
        query = self.query
        show = self._shower()
        passing = [rows for rows in self.groups if self._passes(query.having, rows)]
        for order in reversed(query.order):
            passing.sort(key=_sort_key(self._value(order.path), order), reverse=order.descending)
        cut = passing[query.offset : None if query.limit is None else query.offset + query.limit]
        if len(cut) > GROUPS_MAX:
            text = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
            raise SalesforceError("EXCEEDED_ID_LIMIT", text)
        return [show(rows) for rows in cut]

    def _shower(self) -> Callable[[list[Row]], Json]:
        items: list[tuple[str, Callable[[list[Row]], Any]]] = []
        unnamed = 0
        for item in self.query.select:
            if not isinstance(item, Path | Aggregate):
                text = "A grouped query selects fields and aggregates only"
                raise self.scope.refuse(self.query.place, text, "MALFORMED_QUERY")
            key = item.alias
            if not key and (isinstance(item, Aggregate) or item.function):
                key, unnamed = f"expr{unnamed}", unnamed + 1
            elif not key and isinstance(item, Path):
                key = self.scope.column(item).field.name
            items.append((key, self._value(item)))
        return lambda rows: {"attributes": {"type": "AggregateResult"}, **{key: dump(get(rows)) for key, get in items}}

    def _value(self, item: Path | Aggregate) -> Callable[[list[Row]], Any]:
        if isinstance(item, Aggregate):
            return self._aggregate(item)
        if not self.query.group or (item.function, item.folded) not in {
            (path.function, path.folded) for path in self.query.group
        }:
            text = f"Field must be grouped or aggregated: {'.'.join(item.parts)}"
            raise self.scope.refuse(item.place, text, "MALFORMED_QUERY")
        get = self.scope.getter(self.scope.column(item))
        return lambda rows: get(rows[0])

    def _aggregate(self, item: Aggregate) -> Callable[[list[Row]], Any]:
        if item.path is None:
            return len
        column = self.scope.column(item.path)
        if item.function in ("SUM", "AVG") and column.field.type not in SUMMABLE:
            text = f"field {column.field.name} does not support aggregate operator {item.function}"
            raise self.scope.refuse(item.path.place, text, "MALFORMED_QUERY")
        get = self.scope.getter(column)
        return lambda rows: summary(item.function, rows, get)

    def _passes(self, condition: Condition | None, rows: list[Row]) -> bool:
        if condition is None:
            return True
        if isinstance(condition, Not):
            return not self._passes(condition.term, rows)
        if isinstance(condition, Joined):
            found = (self._passes(term, rows) for term in condition.terms)
            return all(found) if condition.word == "AND" else any(found)
        if not isinstance(condition, Compare) or condition.operator not in COMPARISONS:
            raise self.scope.refuse(self.query.place, "unexpected condition in HAVING", "MALFORMED_QUERY")
        return COMPARISONS[condition.operator](self._value(condition.path)(rows), condition.value.value)


def _sort_key(get: Callable[[list[Row]], Any], order: Order) -> Callable[[list[Row]], tuple[Any, ...]]:
    """Nulls come first unless said otherwise, in either direction."""
    null_flag = order.nulls_last is not order.descending

    def key(rows: list[Row]) -> tuple[Any, ...]:
        value = get(rows)
        if value is None:
            return (null_flag,)
        return (not null_flag, value.casefold() if isinstance(value, str) else value)

    return key


def summary(function: str, rows: list[Row], get: Getter) -> Any:
    present = [value for row in rows if (value := get(row)) is not None]
    if function == "COUNT":
        return len(present)
    if function == "COUNT_DISTINCT":
        return len(set(present))
    if not present:
        return None
    if function in ("SUM", "AVG"):
        total = sum(present, Decimal(0))
        return total if function == "SUM" else total / len(present)
    return min(present) if function == "MIN" else max(present)
