"""One seeded source of chance for a whole sandbox world, so that a failing run can be repeated by its seed."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """All that happens by chance in a world; ``seed`` is kept so that a test can name it when it fails."""

    def __init__(self, seed: int | str = 0) -> None:
        self.seed = seed
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def happens(self, probability: float) -> bool:
        """True with that probability. Nothing is drawn for 0 and 1: switching a fault off keeps the others' course."""
        if probability <= 0:
            return False
        if probability >= 1:
            return True
        with self._lock:
            return self._random.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        with self._lock:
            return self._random.choice(options)

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        with self._lock:
            return self._random.randint(least, most)

    def guid(self) -> str:
        """A GUID in the braces that QuickBooks puts around them."""
        with self._lock:
            return "{" + str(uuid.UUID(int=self._random.getrandbits(128), version=4)) + "}"
