"""Random worlds in which everything happens at once, with every fault: proof that nothing is lost, doubled or off."""

from __future__ import annotations

import pytest

from tests.world.everything import Everything
from tests.world.world import run_world, seeds


@pytest.mark.django_db
def test_random_worlds_of_everything_at_once(worlds):
    for seed in seeds(worlds(1, 300)):
        run_world(Everything, seed)
