"""How far QuickBooks's listings for a pair have come; a person may pause them; they end where a flow is switched off.

Words    history  the complete listing of a kind: everything that QuickBooks holds of it, read once
Rule     a pause stops the reading of history, window by window; what was read already goes on to Salesforce
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import transaction

from qbwc import pulls
from qbwc.models import Pull
from syncapp import history
from syncapp.flows import FLOWS
from syncapp.models import HistoryEntry, Pair

CHANGED = "The settings have changed: it is listed anew."
OFF = "Its flow is switched off; switched on again, it is listed anew."


@dataclass(frozen=True)
class Progress:
    kind: str
    received: int
    percent: int
    paused: bool = False

    @property
    def label(self) -> str:
        return FLOWS[self.kind].mapping.plural

    @property
    def said(self) -> str:
        paused = "; paused" if self.paused else ""
        return f"{self.label}: {self.received} read from QuickBooks so far, about {self.percent} %{paused}"


def progress(pair: Pair) -> list[Progress]:
    """The complete listings that have not ended."""
    return [
        Progress(kind, pull.received, int(pulls.fraction(pull) * 100), pull.state == Pull.State.PAUSED)
        for kind, pull in _whole(pair)
    ]


@transaction.atomic
def pause(pair: Pair, *, who: str) -> list[str]:
    """Nothing more of the history is asked for; returns what is paused now."""
    paused = [FLOWS[kind].mapping.plural for kind, pull in _whole(pair) if pulls.pause(pull.pk)]
    _note(pair, "history paused", paused, who)
    return paused


@transaction.atomic
def resume(pair: Pair, *, who: str) -> list[str]:
    """What was paused goes on with the window in which it stopped; returns what that is."""
    resumed = [FLOWS[kind].mapping.plural for kind, pull in _whole(pair) if pulls.resume(pull.pk)]
    _note(pair, "history resumed", resumed, who)
    return resumed


def _note(pair: Pair, event: str, names: Collection[str], who: str) -> None:
    if names:
        history.write([HistoryEntry(pair=pair, event=event, name=pair.key, message=", ".join(names), who=who)])


def stop(pair: Pair, *, but: Collection[str]) -> None:
    """Nothing of a flow that is off is read; what was read stays, so that it need not be written twice."""
    for kind, pull in _unended(pair):
        if kind not in but:
            pulls.stop(pull.pk, OFF)


def begin_anew(pair: Pair) -> None:
    """The settings are others: what is under way is listed anew; what is paused, once it is resumed."""
    for _, pull in _unended(pair):
        if not pulls.rewind(pull.pk):
            pulls.stop(pull.pk, CHANGED)


def _whole(pair: Pair) -> Iterator[tuple[str, Pull]]:
    return ((kind, pull) for kind, pull in _unended(pair) if pull.reference.endswith("/full"))


def _unended(pair: Pair) -> list[tuple[str, Pull]]:
    begins = f"pull/{pair.pk}/"
    found = Pull.objects.filter(company=pair.desktop, state__in=pulls.UNENDED, reference__startswith=begins)
    named = [(pull.reference.split("/")[2], pull) for pull in found.order_by("pk")]
    return [(kind, pull) for kind, pull in named if kind in FLOWS]
