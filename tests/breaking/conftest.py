"""What these worlds need of Django: the same as the random ones."""

from __future__ import annotations

import pytest

from tests.breaking.calm import CalmWorld
from tests.world.conftest import _one_connection  # noqa: F401 - a fixture
from tests.world.stock import copy_of


@pytest.fixture
def world(db):
    with copy_of(CalmWorld) as world:
        yield world
