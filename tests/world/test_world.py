"""Random worlds over the real endpoint, with every fault; at rest both sides agree, and rightly.

Each world is a seed: run one again with WORLD_SEED=…; --profile long runs thousands.
"""

from __future__ import annotations

import pytest

from tests.world.half import HalfWorld
from tests.world.rough import RoughWorld
from tests.world.whole import WholeWorld
from tests.world.world import run_world, seeds

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", [HalfWorld, WholeWorld])
def test_a_calm_world_comes_to_rest_in_agreement(kind):
    world = kind(0)
    for name in ("Alpha", "Beta"):
        world.create_account(name, phone=world.text(world.winner, None), fax=world.text(world.winner, None))
    world.file.add_customer(Name="Gamma", Phone=world.text(world.winner, None), Fax=world.text(world.winner, None))
    world.come_to_rest()
    world.check()
    world.close()


def test_random_worlds_with_salesforce_in_memory(worlds):
    for seed in seeds(worlds(10, 3000)):
        run_world(HalfWorld, seed)


def test_random_worlds_with_salesforce_over_http(worlds):
    for seed in seeds(worlds(5, 1000)):
        run_world(WholeWorld, seed)


def test_rough_worlds_in_which_people_do_everything(worlds):
    for seed in seeds(worlds(3, 1000)):
        run_world(RoughWorld, seed)
