"""QuickBooks tells the time of the PC that it runs on, and prints an offset that cannot be trusted.

Words    wall     local time as on the wall, "2026-02-03T09:15:27": what filters are compared with
         stamp    the wall time with an offset, as answers show it
Modes    correct  the offset that was valid at that instant
         fixed    always the zone's winter offset, as older versions print it
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .errors import Fault
from .values import moment_parts


class LocalTime:
    def __init__(self, zone: str, mode: str = "correct") -> None:
        if mode not in ("correct", "fixed"):
            raise ValueError(f"Offsets are printed 'correct' or 'fixed', not {mode!r}.")
        self.zone = ZoneInfo(zone)
        self.mode = mode
        self.wall = lru_cache(maxsize=4096)(self._wall)
        self.stamp = lru_cache(maxsize=4096)(self._stamp)

    def _local(self, unix: int) -> datetime:
        return datetime.fromtimestamp(unix, self.zone)

    def _wall(self, unix: int) -> str:
        return self._local(unix).strftime("%Y-%m-%dT%H:%M:%S")

    def _stamp(self, unix: int) -> str:
        local = self._local(unix)
        offset = local.utcoffset() or timedelta()
        if self.mode == "fixed":
            offset -= local.dst() or timedelta()
        minutes = round(offset.total_seconds() / 60)
        sign = "-" if minutes < 0 else "+"
        return f"{self._wall(unix)}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"

    def day(self, unix: int) -> str:
        return self._wall(unix)[:10]

    def bound(self, text: str, upper: bool) -> str:
        """A filter's date as wall time. A day alone means its start, or its end for an upper bound."""
        parts = moment_parts(text)
        if parts is None:
            return ""
        moment, offset, has_time = parts
        if not has_time and upper:
            moment = moment.replace(hour=23, minute=59, second=59)
        if offset:
            hours, _, minutes = offset[1:].partition(":")
            shift = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if offset[0] == "-" else 1)
            moment = (moment - shift).replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)
        return moment.strftime("%Y-%m-%dT%H:%M:%S")

    def unix(self, wall: str) -> int:
        """The instant of a wall time; in the doubled hour of autumn, the earlier one."""
        return int(datetime.fromisoformat(wall).replace(tzinfo=self.zone).timestamp())

    def window(self, since: str, until: str) -> tuple[str, str]:
        """Both bounds as wall times, "" for an open end. Fault 3030 if they are the wrong way round."""
        low = self.bound(since, upper=False) if since else ""
        high = self.bound(until, upper=True) if until else ""
        if low and high and low > high:
            raise Fault(3030, f'The date range is invalid: "{since}" is later than "{until}".')
        return low, high
