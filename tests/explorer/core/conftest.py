"""A company whose QuickBooks is the sandbox's, behind our real WSGI application."""

from __future__ import annotations

import pytest

from tests.explorer.core.office import Office
from tests.world.conftest import _one_connection, worlds

__all__ = ["_one_connection", "worlds"]


@pytest.fixture
def office(db):
    return Office()
