"""How far QuickBooks's listings for a pair have come, and their end where a flow is switched off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from qbwc import pulls
from qbwc.models import Pull
from syncapp.flows import FLOWS
from syncapp.models import Pair

OFF = "Its flow is switched off; switched on again, it is listed anew."


@dataclass(frozen=True)
class Progress:
    kind: str
    received: int
    percent: int

    @property
    def said(self) -> str:
        plural = FLOWS[self.kind].mapping.plural
        return f"{plural}: {self.received} read from QuickBooks so far, about {self.percent} %"


def progress(pair: Pair) -> list[Progress]:
    """The complete listings that are under way."""
    return [
        Progress(kind, pull.received, int(pulls.fraction(pull) * 100))
        for kind, pull in _open(pair)
        if pull.reference.endswith("/full")
    ]


def stop(pair: Pair, *, but: Collection[str], why: str = OFF) -> None:
    """Nothing of a flow that is off is read; what was read stays, so that it need not be written twice."""
    for kind, pull in _open(pair):
        if kind not in but:
            pulls.stop(pull.pk, why)


def _open(pair: Pair) -> list[tuple[str, Pull]]:
    found = Pull.objects.filter(company=pair.desktop, state=Pull.State.OPEN, reference__startswith=f"pull/{pair.pk}/")
    named = [(pull.reference.split("/")[2], pull) for pull in found.order_by("pk")]
    return [(kind, pull) for kind, pull in named if kind in FLOWS]
