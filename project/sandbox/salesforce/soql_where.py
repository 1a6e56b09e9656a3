"""SOQL's conditions, bound to the schema: which rows pass, and by which index they are found quickly.

Words    scope   one FROM: whose eyes look, at which object
         column  a path resolved to lookups and a field
         hint    an index that already narrows the rows down; the test is made all the same
Rule     text is compared without case, null equals only null, and ``!=`` and NOT IN let null pass, as on the platform.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from . import ids
from .errors import SalesforceError
from .schema import NUMBER_TYPES, Field, SObject
from .soql_dates import OF_MOMENTS, span, taken_apart
from .soql_syntax import refusal
from .soql_tree import Aggregate, Compare, Condition, Joined, Literal, Not, Path, Query, Within
from .state import OrgState
from .store import Row, Table

Test = Callable[[Row], bool]
Getter = Callable[[Row], Any]
HOPS_MAX = 5
SEMI_JOINS_MAX = 2
ID_TYPES = ("id", "reference")
ADVICE = (
    "If you are attempting to use a custom {kind}, be sure to append the '{suffix}' after the {name}. Please "
    "reference your WSDL or the describe call for the appropriate names."
)
APPEND_C = ADVICE.format(kind="field", suffix="__c", name="custom field name")
APPEND_R = ADVICE.format(kind="relationship", suffix="__r", name="custom relationship name")
APPEND_O = ADVICE.format(kind="object", suffix="__c", name="entity name")


@dataclass(frozen=True)
class Column:
    hops: tuple[Field, ...]
    field: Field
    sobject: SObject
    function: str = ""


@dataclass(frozen=True)
class Hint:
    """How strongly a condition narrows (smaller is better), and the rows that it leaves."""

    rank: int
    rows: Callable[[Table], Iterable[Row]]
    by_id: bool = False  # the rows come in the order of their ids
    by_stamp: bool = False  # or in the order of their stamps, and then of their ids


@dataclass
class Where:
    test: Test
    hints: list[Hint] = field(default_factory=list)


@dataclass
class Scope:
    org: OrgState
    user_id: str
    sobject: SObject
    query: Query
    include_deleted: bool = False
    run: Callable[[Query], list[Any]] | None = None  # evaluates a semi-join's inner query
    semi_joins: int = 0

    def refuse(self, place: int, message: str, code: str = "INVALID_FIELD") -> SalesforceError:
        return refusal(code, self.query.text, place, message)

    def column(self, path: Path) -> Column:
        parts = list(path.parts)
        own_names = {self.query.alias.lower(), self.sobject.name.lower()} - {""}
        if len(parts) > 1 and parts[0].lower() in own_names and not self.sobject.by_relationship(parts[0]):
            parts = parts[1:]
        sobject = self.sobject
        hops: list[Field] = []
        for name in parts[:-1]:
            hop = sobject.by_relationship(name)
            target = self.org.visible(self.user_id, hop.reference_to) if hop else None
            readable = self.org.access(self.user_id, sobject).readable
            if hop is None or target is None or hop.name.lower() not in readable or len(hops) == HOPS_MAX:
                text = f"Didn't understand relationship '{name}' in field path. {APPEND_R}"
                raise self.refuse(path.place, text)
            hops.append(hop)
            sobject = target
        found = self.org.access(self.user_id, sobject).readable.get(parts[-1].lower())
        if found is None:
            text = f"No such column '{parts[-1]}' on entity '{sobject.name}'. {APPEND_C}"
            raise self.refuse(path.place, text)
        return self._of_date(path, Column(tuple(hops), found, sobject))

    def _of_date(self, path: Path, column: Column) -> Column:
        """A column of a function's results, which no index knows."""
        if not path.function:
            return column
        allowed = ("datetime",) if path.function in OF_MOMENTS else ("date", "datetime")
        if column.field.type not in allowed:
            text = f"The function {path.function} cannot be applied to field '{column.field.name}'"
            raise self.refuse(path.place, text)
        kind = "date" if path.function == "DAY_ONLY" else "int"
        return replace(column, field=replace(column.field, type=kind), function=path.function)

    def getter(self, column: Column) -> Getter:
        get, function = self._plain_getter(column), column.function
        return (lambda row: taken_apart(function, get(row))) if function else get

    def _plain_getter(self, column: Column) -> Getter:
        name, item = column.field.name, column.field
        if not column.hops:
            return item.value if item.compute is not None else lambda row: row.get(name)
        tables = [(hop.name, self.org.tables[hop.reference_to]) for hop in column.hops]

        def walk(row: Row) -> Any:
            here: Row | None = row
            for lookup, table in tables:
                here = table.get(here.get(lookup)) if here else None
            return item.value(here) if here else None

        return walk


def bind(scope: Scope, condition: Condition | None) -> Where:
    if condition is None:
        return Where(lambda row: True)
    if isinstance(condition, Joined):
        return _joined(scope, condition)
    if isinstance(condition, Not):
        inner = bind(scope, condition.term).test
        return Where(lambda row: not inner(row))
    if isinstance(condition, Within):
        return _within(scope, condition)
    return _compare(scope, condition)


def _joined(scope: Scope, condition: Joined) -> Where:
    terms = [bind(scope, term) for term in condition.terms]
    tests = [term.test for term in terms]
    if condition.word == "AND":
        hints = [hint for term in terms for hint in term.hints]
        return Where(lambda row: all(test(row) for test in tests), hints)
    for term in condition.terms:
        if isinstance(term, Within) and term.query is not None:
            text = "Semi join sub-selects are not allowed with the 'OR' operator"
            raise scope.refuse(term.path.place, text, "MALFORMED_QUERY")
    return Where(lambda row: any(test(row) for test in tests))


def _filterable(scope: Scope, path: Path) -> Column:
    column = scope.column(path)
    if not column.field.filterable:
        text = f"field '{column.field.name}' can not be filtered in a query call"
        raise scope.refuse(path.place, text)
    return column


def folder(item: Field) -> Callable[[Any], Any]:
    """How a stored value is made comparable."""
    if item.is_text and not item.case_sensitive:
        return lambda value: value.casefold()
    return lambda value: value


def _value(scope: Scope, item: Field, literal: Literal) -> Any:
    """A literal in the form of the field's stored values; the refusal names the type that was expected."""
    if literal.kind == "null" or (literal.kind == "string" and literal.value == ""):
        return None
    if item.type in ID_TYPES:
        record_id = ids.full(literal.value)
        if record_id is None:
            text = f"invalid ID field: {literal.value}"
            raise scope.refuse(literal.place, text, "INVALID_QUERY_FILTER_OPERATOR")
        return record_id
    if item.is_text:
        wanted, kind = "string", "string"
    elif item.type in NUMBER_TYPES or item.type == "int":
        wanted, kind = "number", item.type
    elif item.type == "datetime":
        wanted, kind = "moment", "dateTime"
    else:
        wanted, kind = item.type, item.type
    if literal.kind != wanted:
        quoted = "should be enclosed in quotes" if wanted == "string" else "should not be enclosed in quotes"
        text = f"value of filter criterion for field '{item.name}' must be of type {kind} and {quoted}"
        raise scope.refuse(literal.place, text)
    return folder(item)(literal.value)


def _days(scope: Scope, literal: Literal) -> tuple[date, date]:
    """The days, from the first to before the last, that a word such as TODAY stands for (the org's zone is UTC)."""
    word, count = literal.value
    return span(word, count, scope.org.now().date())


def _day_test(scope: Scope, condition: Compare, column: Column) -> Test:
    first, last = _days(scope, condition.value)
    low: Any = first
    high: Any = last
    if column.field.type == "datetime":
        low = datetime.combine(first, time(), UTC)
        high = datetime.combine(last, time(), UTC)
    elif column.field.type != "date":
        text = f"value of filter criterion for field '{column.field.name}' must not be a date"
        raise scope.refuse(condition.value.place, text)
    get = scope.getter(column)
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda value: low <= value < high,
        "!=": lambda value: not low <= value < high,
        "<": lambda value: value < low,
        "<=": lambda value: value < high,
        ">": lambda value: value >= high,
        ">=": lambda value: value >= low,
    }
    test = tests[condition.operator]
    return lambda row: (value := get(row)) is not None and test(value)


def _compare(scope: Scope, condition: Compare) -> Where:
    if isinstance(condition.path, Aggregate):
        raise scope.refuse(condition.value.place, "Grouped field should not be aggregated", "MALFORMED_QUERY")
    column = _filterable(scope, condition.path)
    operator = condition.operator
    if operator == "LIKE":
        return Where(_like(scope, condition, column))
    if condition.value.kind == "day":
        return Where(_day_test(scope, condition, column))
    wanted = _value(scope, column.field, condition.value)
    if operator not in ("=", "!=") and (wanted is None or column.field.type == "boolean"):
        text = f"invalid operator on {column.field.type} field"
        raise scope.refuse(condition.path.place, text, "INVALID_QUERY_FILTER_OPERATOR")
    test = _comparison(scope.getter(column), folder(column.field), operator, wanted)
    hints = [] if column.hops or column.function or wanted is None else _hints(scope, column.field, operator, wanted)
    return Where(test, hints)


def _comparison(get: Getter, fold: Callable[[Any], Any], operator: str, wanted: Any) -> Test:
    if wanted is None:
        return (lambda row: get(row) is None) if operator == "=" else (lambda row: get(row) is not None)
    tests: dict[str, Test] = {
        "=": lambda row: (value := get(row)) is not None and fold(value) == wanted,
        "!=": lambda row: (value := get(row)) is None or fold(value) != wanted,
        "<": lambda row: (value := get(row)) is not None and fold(value) < wanted,
        "<=": lambda row: (value := get(row)) is not None and fold(value) <= wanted,
        ">": lambda row: (value := get(row)) is not None and fold(value) > wanted,
        ">=": lambda row: (value := get(row)) is not None and fold(value) >= wanted,
    }
    return tests[operator]


def _like(scope: Scope, condition: Compare, column: Column) -> Test:
    if not column.field.is_text or condition.value.kind != "string":
        text = f"invalid operator on {column.field.type} field"
        raise scope.refuse(condition.value.place, text, "INVALID_QUERY_FILTER_OPERATOR")
    pattern = ""
    for escaped, mark, letter in re.findall(r"\\([_%])|([_%])|(.)", condition.value.value, re.DOTALL):
        pattern += {"%": ".*", "_": "."}[mark] if mark else re.escape(escaped or letter)
    match = re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch
    get = scope.getter(column)
    return lambda row: (value := get(row)) is not None and match(value) is not None


def _within(scope: Scope, condition: Within) -> Where:
    column = _filterable(scope, condition.path)
    if condition.query is None:
        listed = {_value(scope, column.field, literal) for literal in condition.values}
    else:
        listed = _semi_join(scope, condition, column)
    get, fold, negated = scope.getter(column), folder(column.field), condition.negated
    if condition.of_choices or column.field.type == "multipicklist":
        return _includes(scope, condition, column)
    with_null = None in listed

    def test(row: Row) -> bool:
        value = get(row)
        inside = with_null if value is None else fold(value) in listed
        return inside is not negated

    hints = [] if negated or column.hops or column.function or with_null else _hints(scope, column.field, "IN", listed)
    return Where(test, hints)


def _includes(scope: Scope, condition: Within, column: Column) -> Where:
    """Each listed text is one choice, or several that have to be there together: ``'A;B'``."""
    if column.field.type != "multipicklist" or not condition.of_choices:
        text = f"invalid operator on {column.field.type} field"
        raise scope.refuse(condition.path.place, text, "INVALID_QUERY_FILTER_OPERATOR")
    wanted = [set(str(literal.value).casefold().split(";")) for literal in condition.values]
    get, negated = scope.getter(column), condition.negated

    def test(row: Row) -> bool:
        chosen = set((get(row) or "").casefold().split(";"))
        return any(each <= chosen for each in wanted) is not negated

    return Where(test)


def _semi_join(scope: Scope, condition: Within, column: Column) -> set[Any]:
    scope.semi_joins += 1
    if column.field.type not in ID_TYPES:
        text = "The left operand in a where expression with a semi join must be an id or a reference"
        raise scope.refuse(condition.path.place, text, "MALFORMED_QUERY")
    if scope.semi_joins > SEMI_JOINS_MAX or scope.run is None or condition.query is None:
        text = "Maximum 2 semi join sub-selects are allowed."
        raise scope.refuse(condition.path.place, text, "MALFORMED_QUERY")
    return {value for value in scope.run(condition.query) if value is not None}


def _hints(scope: Scope, item: Field, operator: str, wanted: Any) -> list[Hint]:
    """Which index serves this comparison.  The indexes of identifying fields know no deleted rows."""
    name = item.name
    listed = sorted(wanted) if operator == "IN" else [wanted]
    exact = operator in ("=", "IN")
    if name == "Id" and exact:
        return [Hint(1, lambda table: _present(table, listed), by_id=True)]
    if name == "Id" and operator in (">", ">="):
        return [Hint(5, lambda table: table.after_id(wanted), by_id=True)]
    if item.indexed and exact and not scope.include_deleted:
        return [Hint(2, lambda table: _keyed(table, name, listed))]
    if name == "SystemModstamp" and operator in (">", ">="):
        return [Hint(4, lambda table: table.stamped(wanted), by_stamp=True)]
    if item.reference_to and exact and name in scope.org.table(scope.sobject).children:
        return [Hint(3, lambda table: _children(table, name, listed))]
    return []


def _present(table: Table, listed: list[str]) -> Iterable[Row]:
    return (table.rows[each] for each in listed if each in table.rows)


def _keyed(table: Table, name: str, listed: list[Any]) -> Iterable[Row]:
    found = {each for value in listed for each in table.with_value(name, value)}
    return (table.rows[each] for each in sorted(found))


def _children(table: Table, name: str, listed: list[str]) -> Iterable[Row]:
    return (table.rows[each] for parent in listed for each in table.pointing_at(name, parent))
