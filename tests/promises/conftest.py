"""Worlds run in the test's own connection and transaction, as in tests/world."""

from __future__ import annotations

from tests.world.conftest import _one_connection

__all__ = ["_one_connection"]
