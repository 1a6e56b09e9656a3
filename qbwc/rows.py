"""Plain statements for what every SOAP call does: here Django's query compiler would take longer than the database.

Words    table  one model's columns, with the conversions between them and Python values that the model's fields define
Rule     SQL that SQLite and PostgreSQL share; values always travel as parameters. Everything that is not done at every
         call goes through the models as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, connections, models

M = TypeVar("M", bound=models.Model)


class Table(Generic[M]):
    """How one model is read and written; made once per model and database."""

    def __init__(self, model: type[M], without: Sequence[str] = ()) -> None:
        self.model = model
        self.name = connection.ops.quote_name(model._meta.db_table)
        self.fields = [field for field in model._meta.concrete_fields if field.name not in without]
        self.names = [field.attname for field in self.fields]
        self.by_name = {field.attname: field for field in model._meta.concrete_fields}
        self.quoted = {name: connection.ops.quote_name(str(field.column)) for name, field in self.by_name.items()}
        self.converters = [
            (index, converter, field.cached_col)
            for index, field in enumerate(self.fields)
            for converter in _converters(field)
        ]

    @cache  # noqa: B019 - tables live as long as the process
    def columns(self, alias: str) -> str:
        return ", ".join(f"{alias}.{self.quoted[field.attname]}" for field in self.fields)

    def make(self, values: Sequence[Any]) -> M:
        converted, database = list(values), connections["default"]
        for index, converter, expression in self.converters:
            converted[index] = converter(converted[index], expression, database)
        return self.model.from_db("default", self.names, converted)

    def prepared(self, changes: Mapping[str, Any]) -> list[Any]:
        database = connections["default"]
        return [self.by_name[name].get_db_prep_save(value, database) for name, value in changes.items()]


def _converters(field: models.Field[Any, Any]) -> list[Callable[..., Any]]:
    column = field.cached_col
    return [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]


@cache
def _table(model: type[models.Model], without: tuple[str, ...], vendor: str) -> Table[Any]:
    return Table(model, without)


def table(model: type[M], without: tuple[str, ...] = ()) -> Table[M]:
    return _table(model, without, connection.vendor)


def locking(*aliases: str, skip: bool = False) -> str:
    """The clause that locks rows against other writers; SQLite locks the whole database instead."""
    if connection.vendor != "postgresql":
        return ""
    return f" FOR NO KEY UPDATE OF {', '.join(aliases)}" + (" SKIP LOCKED" if skip else "")


def fetch(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def insert(row: M) -> M:
    """Store a new row, its id included."""
    known = table(type(row))
    values = {name: getattr(row, name) for name in known.names if name != "id"}
    columns = ", ".join(known.quoted[name] for name in values)
    sql = f"INSERT INTO {known.name} ({columns}) VALUES ({marks(known.names[1:])}) RETURNING id"
    row.pk = fetch(sql, known.prepared(values))[0][0]
    row._state.adding, row._state.db = False, "default"
    return row


def update(model: type[models.Model], changes: Mapping[str, Any], where: str, parameters: Sequence[Any]) -> int:
    """Change the rows that a condition names; how many there were."""
    known = table(model)
    assignments = ", ".join(f"{known.quoted[name]} = %s" for name in changes)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {known.name} SET {assignments} WHERE {where}", [*known.prepared(changes), *parameters])
        return int(cursor.rowcount)


def marks(values: Sequence[Any]) -> str:
    """Placeholders for an IN list."""
    return ", ".join(["%s"] * len(values))
