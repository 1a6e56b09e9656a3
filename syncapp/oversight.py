"""What people are shown of a pair: counts by state, and what needs a person, with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count

from syncapp.flows import FLOWS, mapping_of
from syncapp.flows.base import BadSetting
from syncapp.mapping.fields import RecordMapping
from syncapp.models import Link, Pair

S = Link.State
# Each state in the one group that tells how urgent it is, most urgent last.
GROUPS: dict[str, tuple[str, ...]] = {
    "in step": (S.IN_STEP,),
    "waiting": (S.NEW, S.UNDER_WAY, S.WAITING),
    "left out": (S.UNWANTED, S.GONE, S.CLOSED),
    "failing": (S.REFUSED,),
    "needs a person": (S.CONFLICT, S.PROPOSED),
}
ASKING = (*GROUPS["failing"], *GROUPS["needs a person"])


@dataclass
class Tally:
    """Links of one kind, by state."""

    kind: str
    states: dict[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return plural(self.kind)

    def group(self, name: str) -> int:
        return sum(self.states.get(state, 0) for state in GROUPS[name])

    @property
    def groups(self) -> dict[str, int]:
        return {name: self.group(name) for name in GROUPS}


def mapping_for(pair: Pair, kind: str) -> RecordMapping | None:
    """The field mapping by which a pair's records of a kind are shown; None of a kind that is no longer known."""
    if kind not in FLOWS:
        return None
    try:
        return mapping_of(pair.flows, kind)
    except BadSetting:
        return FLOWS[kind].mapping


def singular(kind: str) -> str:
    """One record's sort, as a sentence begins with it."""
    flow = FLOWS.get(kind)
    return flow.mapping.label.capitalize() if flow else kind


def plural(kind: str) -> str:
    flow = FLOWS.get(kind)
    return flow.mapping.plural if flow else kind


def tallies(pairs: Iterable[Pair]) -> dict[int, list[Tally]]:
    """By pair, then in the order of the flows, those that are on or have links; one query whatever the number of
    pairs."""
    found: dict[int, dict[str, Tally]] = {
        pair.pk: {kind: Tally(kind) for kind in FLOWS if _is_on(kind, pair)} for pair in pairs
    }
    counted = Link.objects.filter(pair__in=list(found)).values_list("pair_id", "kind", "state")
    for pair_id, kind, state, number in counted.annotate(n=Count("id")).order_by():
        found[pair_id].setdefault(kind, Tally(kind)).states[state] = number
    order = {kind: number for number, kind in enumerate(FLOWS)}
    return {
        pair_id: sorted(kinds.values(), key=lambda tally: order.get(tally.kind, len(order)))
        for pair_id, kinds in found.items()
    }


def _is_on(kind: str, pair: Pair) -> bool:
    """As far as can be said without judging the rest of the settings, which may make no sense."""
    default = next(setting.default for setting in FLOWS[kind].settings if setting.name == "on")
    return bool(pair.flows.get(kind, {}).get("on", default))


def asking(pair: Pair, limit: int) -> list[Link]:
    """Links that a person must look at, with their reasons; at most so many."""
    query = Link.objects.filter(pair=pair, kind__in=list(FLOWS), state__in=ASKING)
    return list(query.order_by("kind", "state", "id").defer("base")[:limit])


def as_json(tally: Tally) -> Mapping[str, object]:
    return {"kind": tally.kind, "groups": tally.groups, "states": tally.states}
