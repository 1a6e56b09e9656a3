"""When cycles are due, and the row by which django-q2 comes to look every minute."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from django.conf import settings
from django_q.models import Schedule

TICK = "syncapp tick"


def next_time(schedule: str, after: datetime) -> datetime:
    """When a schedule in cron terms is due next, in the installation's time zone."""
    local = after.astimezone(ZoneInfo(settings.TIME_ZONE))
    moment: datetime = croniter(schedule, local).get_next(datetime)
    return moment


def ensure_tick() -> None:
    """django-q2 keeps schedules in a table that people can edit; this one is put back at every migration."""
    Schedule.objects.update_or_create(
        name=TICK, defaults={"func": "syncapp.tasks.tick", "schedule_type": Schedule.MINUTES, "minutes": 1}
    )
