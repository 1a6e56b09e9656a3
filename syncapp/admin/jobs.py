"""What the admin's buttons start in the background: ids in, nothing out.

Rule     what somebody asked for is not lost because another cycle is at work: it is tried again every minute, by a row
         of django-q2's schedules, which outlives its workers
"""

from __future__ import annotations

from datetime import timedelta

from django_q.tasks import schedule

from syncapp import clock, tasks
from syncapp.models import Pair

# A first load of both sides may take hours.
ATTEMPTS_MAX = 24 * 60


def cycle_now(pair_id: int, trigger: str, *, preview: bool = False, approve: bool = False, attempt: int = 1) -> None:
    """One cycle as somebody asked for it; a disabled pair can be previewed only."""
    pair = Pair.objects.select_related("org", "desktop").filter(pk=pair_id).first()
    if pair is None or not (pair.enabled or preview):
        return
    run = tasks.run_cycle(pair, trigger=trigger, preview=preview, approve=approve)
    if run is None and attempt < ATTEMPTS_MAX:
        schedule(
            "syncapp.admin.jobs.cycle_now",
            pair_id,
            trigger,
            preview=preview,
            approve=approve,
            attempt=attempt + 1,
            next_run=clock.now() + timedelta(minutes=1),
        )
