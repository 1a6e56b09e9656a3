"""Worlds that are made once in a process, and copied for each test: what they held, and what stood in our tables.

    def with_products():
        world = SalesWorld()
        world.rest()
        return world

    @pytest.fixture
    def stocked(db):
        with copy_of(with_products) as world:
            yield world

Rule     every test gets a copy, the first one, too; a copy shares nothing that can change with any other
"""

from __future__ import annotations

import io
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import FunctionType, ModuleType

from django.db import connection, transaction

from syncapp.connectors.salesforce import gateway
from tests.world.world import QBWC_TABLES, TABLES

LOCKS = (type(threading.Lock()), type(threading.RLock()))
MEMORY = type(lru_cache(len))
_kept: dict = {}


@contextmanager
def copy_of(make) -> Iterator:
    """A copy of the world that ``make`` makes; needs the database, and leaves in it what the world knows."""
    if make not in _kept:
        world = make()
        _kept[make] = Kept(world)
        world.close()
    world = _kept[make].copy()
    try:
        yield world
    finally:
        world.close()


class Kept:
    """One world, as it was when this was made."""

    def __init__(self, world):
        self.shared: list = []
        file = io.BytesIO()
        _Writer(file, self.shared).dump(world)
        self.world = file.getvalue()
        self.rows = rows_of((*TABLES, *QBWC_TABLES))

    def copy(self):
        put_back(self.rows)
        for remembered in (gateway._described, gateway._used):  # of other orgs behind the same keys
            remembered.clear()
        world = _Reader(io.BytesIO(self.world), self.shared).load()
        world.open()
        return world


class _Writer(pickle.Pickler):
    """Code is shared between copies; locks and memories of results are made anew."""

    def __init__(self, file, shared):
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.shared, self.places = shared, {}

    def persistent_id(self, value):
        if not isinstance(value, FunctionType | ModuleType | type):
            return None
        if id(value) not in self.places:
            self.places[id(value)] = len(self.shared)
            self.shared.append(value)
        return self.places[id(value)]

    def reducer_override(self, value):
        if isinstance(value, LOCKS):
            return (threading.RLock if isinstance(value, LOCKS[1]) else threading.Lock), ()
        if isinstance(value, MEMORY):
            return _remember, (value.__wrapped__, value.cache_parameters()["maxsize"])
        return NotImplemented


def _remember(function, most):
    return lru_cache(maxsize=most)(function)


class _Reader(pickle.Unpickler):
    def __init__(self, file, shared):
        super().__init__(file)
        self.shared = shared

    def persistent_load(self, place):
        return self.shared[place]


def rows_of(models):
    """All rows of these tables, as the database holds them."""
    found = []
    with connection.cursor() as cursor:
        for model in models:
            names = ", ".join(connection.ops.quote_name(field.column) for field in model._meta.concrete_fields)
            cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(model._meta.db_table)} ORDER BY id")
            found.append((connection.ops.quote_name(model._meta.db_table), names, cursor.fetchall()))
    return found


def put_back(tables):
    """These rows, and no others."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, _, _ in tables:
            cursor.execute(f"DELETE FROM {table}")
        for table, names, rows in tables:
            if rows:
                marks = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
