"""What these worlds need of Django: the same as the random ones."""

from __future__ import annotations

import pytest

from tests.breaking.calm import CalmWorld
from tests.world.conftest import _one_connection  # noqa: F401 - a fixture


@pytest.fixture
def world():
    world = CalmWorld(0)
    yield world
    world.close()
