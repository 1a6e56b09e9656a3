"""What an edition of Salesforce grants: calls a day, custom fields and objects, and whether there is an API at all.

Rule     a day is the last 24 hours, not a date: what was used leaves the account hour by hour
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from project.sandbox.clock import Clock

WINDOW = timedelta(hours=24)
STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class Edition:
    organization_type: str
    calls: int
    calls_per_licence: int
    custom_fields: int
    custom_objects: int
    api: bool = True

    def daily_calls(self, licences: int) -> int:
        return self.calls + self.calls_per_licence * licences


EDITIONS = {
    "Professional": Edition("Professional Edition", 0, 0, 100, 50, api=False),
    "Professional with API": Edition("Professional Edition", 100_000, 1_000, 100, 50),
    "Enterprise": Edition("Enterprise Edition", 100_000, 1_000, 500, 200),
    "Unlimited": Edition("Unlimited Edition", 100_000, 5_000, 800, 2_000),
    "Developer": Edition("Developer Edition", 15_000, 0, 500, 400),
    "Sandbox": Edition("Enterprise Edition", 5_000_000, 0, 500, 200),
}


class Allowance:
    """How much of something was used in the last 24 hours."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._spent: deque[tuple[datetime, int]] = deque()
        self._sum = 0

    def count(self, amount: int = 1) -> None:
        now = self.clock.now()
        if self._spent and now - self._spent[-1][0] < STEP:
            began, before = self._spent.pop()
            self._spent.append((began, before + amount))
        else:
            self._spent.append((now, amount))
        self._sum += amount

    @property
    def used(self) -> int:
        while self._spent and self.clock.now() - self._spent[0][0] >= WINDOW:
            self._sum -= self._spent.popleft()[1]
        return self._sum
