"""Random books over the real endpoints with every fault: at rest Salesforce shows what QuickBooks holds, once."""

from __future__ import annotations

import pytest

from tests.documents.world import BookWorld
from tests.world.conftest import worlds
from tests.world.world import run_world, seeds

__all__ = ["worlds"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_random_books_end_alike_and_nothing_stands_twice(worlds):
    for seed in seeds(worlds(1, 1000)):
        run_world(BookWorld, seed)
