"""What the admin's buttons start in the background: ids in, nothing out."""

from __future__ import annotations

from syncapp import tasks
from syncapp.models import Pair


def cycle_now(pair_id: int, trigger: str, *, preview: bool = False, approve: bool = False) -> None:
    """One cycle as somebody asked for it; a disabled pair can be previewed only."""
    pair = Pair.objects.select_related("org", "desktop").filter(pk=pair_id).first()
    if pair is not None and (pair.enabled or preview):
        tasks.run_cycle(pair, trigger=trigger, preview=preview, approve=approve)
