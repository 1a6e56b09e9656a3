"""What the worlds need; see tests/world/conftest.py."""

from __future__ import annotations

from tests.world.conftest import _one_connection

__all__ = ["_one_connection"]
