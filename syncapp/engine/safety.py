"""Stops a run that would overwrite an unusual share of what is linked, and asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    share_max: float
    count_min: int  # below this many nothing is held: a small company may well change half of its records


def held(overwrites: int, linked: int, limits: Limits) -> str:
    """Why the run must wait for approval; empty if it may go on.

    ``overwrites`` counts updates of records that existed before, in either system.
    """
    if overwrites <= limits.count_min or overwrites <= linked * limits.share_max:
        return ""
    return (
        f"This run would overwrite {overwrites} of {linked} linked records, more than {limits.share_max:.0%}. "
        "Nothing has been written. Look at the plan, then approve the run if it is what you expect."
    )
