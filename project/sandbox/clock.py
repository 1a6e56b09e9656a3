"""One clock for a whole sandbox world.

Words    real      follows the computer's clock (the demo)
         stepped   stands still until somebody advances it (tests)
Rule     time never runs backwards; everything in the sandbox asks this object and nothing else.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 2, 3, 17, 0, 0, tzinfo=UTC)


class Clock:
    """``now()`` is an aware UTC datetime; ``advance`` moves it, also when it is real (then it runs ahead)."""

    def __init__(self, start: datetime | None = None, real: bool = False) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("A sandbox clock starts at an aware datetime, such as datetime(2026, 2, 3, tzinfo=UTC).")
        self.real = real
        self._start = (start or START).astimezone(UTC)
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        if self.real:
            return datetime.now(UTC) + self._ahead
        return self._start + self._ahead

    def unix(self) -> int:
        """Whole seconds since 1970, the form in which QuickBooks numbers its edits."""
        return int(self.now().timestamp())

    def advance(self, seconds: float) -> datetime:
        if seconds < 0:
            raise ValueError(f"Time does not run backwards, so {seconds} seconds cannot be added to it.")
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
        return self.now()
