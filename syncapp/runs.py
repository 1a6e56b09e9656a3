"""Every write to Run, and the lease by which one cycle at a time works on a pair."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db.models import Q

from syncapp import clock, limits
from syncapp.models import Pair, Run


def take_lease(pair: Pair) -> str:
    """Claim the pair; the lease's name, or nothing where another cycle holds it."""
    lease, now = uuid.uuid4().hex, clock.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    query = Pair.objects.filter(free, pk=pair.pk)
    taken = query.update(lease=lease, leased_until=now + timedelta(seconds=limits.LEASE_SECONDS), woken_at=None)
    return lease if taken else ""


def keep_lease(pair: Pair, lease: str) -> bool:
    """Prolong it; False if it was lost, and the cycle must stop at once."""
    until = clock.now() + timedelta(seconds=limits.LEASE_SECONDS)
    return Pair.objects.filter(pk=pair.pk, lease=lease).update(leased_until=until) == 1


def drop_lease(pair: Pair, lease: str) -> None:
    Pair.objects.filter(pk=pair.pk, lease=lease).update(lease="", leased_until=None, last_cycle_at=clock.now())


def start(pair: Pair, trigger: str) -> Run:
    """A new run; one that a killed process left behind is closed, and old plans, which are large, are forgotten."""
    stale = Run.objects.filter(pair=pair, state="running")
    stale.update(state="failed", finished_at=clock.now(), message="The process that ran it was stopped.")
    older = Run.objects.filter(pair=pair).order_by("-pk").values_list("pk", flat=True)
    Run.objects.filter(pk__in=list(older[limits.PLANS_KEPT - 1 : limits.PLANS_KEPT + 9])).update(plan=[])
    return Run.objects.create(pair=pair, trigger=trigger, started_at=clock.now())


def finish(
    run: Run, state: str, *, counts: dict[str, Any], message: str = "", plan: list[dict[str, Any]] | None = None
) -> None:
    run.state, run.counts, run.message = state, counts, message
    run.finished_at = clock.now()
    if plan is not None:
        run.plan = plan[: limits.PLAN_ROWS_MAX]
    run.save()
