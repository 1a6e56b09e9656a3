"""Many rows in one statement that is prepared once: for what is written record by record in every sync.

Django's own bulk statements compile each value of each row anew, which takes several times as long as the database
takes to store them.

Rule     values pass through the model's fields, as Django would have them stored; nothing else of Django's is called:
         no signals, no pre_save, and rows that are inserted here do not learn their ids
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

# SQLite binds at most 999 values in a statement by Django's count.
IDS_PER_STATEMENT = 500

Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = IDS_PER_STATEMENT) -> Iterator[Sequence[Item]]:
    """In portions; by default, ids in as many as statements that name them all."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert(rows: Sequence[Model]) -> None:
    """Store new rows."""
    if rows:
        fields = _fields(rows[0])
        _run(f"INSERT INTO {_into(rows[0], fields)}", fields, rows)


def upsert(rows: Sequence[Model], *, unique: Sequence[str], update: Sequence[str]) -> None:
    """Store rows, or change these fields of those that are there already by their unique fields."""
    if not rows:
        return
    fields, quote = _fields(rows[0]), connection.ops.quote_name
    columns = {field.name: quote(field.column) for field in fields}
    conflict = ", ".join(columns[name] for name in unique)
    changes = ", ".join(f"{columns[name]} = EXCLUDED.{columns[name]}" for name in update)
    _run(f"INSERT INTO {_into(rows[0], fields)} ON CONFLICT ({conflict}) DO UPDATE SET {changes}", fields, rows)


def update(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Change these fields of rows that are stored; one that is gone stays gone."""
    if not rows:
        return
    meta: Any = rows[0]._meta
    quote = connection.ops.quote_name
    fields: list[Any] = [meta.get_field(name) for name in names]
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    sql = f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {quote(meta.pk.column)} = %s"
    _run(sql, [*fields, meta.pk], rows)


def _fields(row: Model) -> list[Any]:
    return [field for field in row._meta.concrete_fields if not field.primary_key]


def _into(row: Model, fields: Sequence[Any]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    return f"{quote(row._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"


def _run(sql: str, fields: Sequence[Field[Any, Any]], rows: Sequence[Model]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(_values(fields, rows)))


def _values(fields: Sequence[Field[Any, Any]], rows: Sequence[Model]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields)
