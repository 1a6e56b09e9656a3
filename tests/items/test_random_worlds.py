"""Random worlds of customers and items together; each is a seed, run again with WORLD_SEED=…"""

from __future__ import annotations

import pytest

from tests.items.rough import RoughItems
from tests.world.conftest import worlds
from tests.world.world import run_world, seeds

__all__ = ["worlds"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_rough_worlds_of_customers_and_items(worlds):
    for seed in seeds(worlds(2, 1000)):
        run_world(RoughItems, seed)
