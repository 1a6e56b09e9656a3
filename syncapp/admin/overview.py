"""The first page: for each pair what is in step, what waits, what needs a person, and whether its sides are heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max
from django.http import HttpRequest
from django.urls import reverse

from syncapp import checking, clock, reading
from syncapp.admin.base import LINK_COLOURS, ORG_SECRETS, RUN_COLOURS
from syncapp.models import Link, Pair, Run
from syncapp.oversight import GROUPS, Tally, tallies

GROUP_COLOURS = {
    "in step": "success",
    "waiting": "info",
    "left out": "default",
    "failing": "danger",
    "needs a person": "danger",
}
# States whose names are those of their groups.
PLAIN = (Link.State.IN_STEP, Link.State.WAITING)


@dataclass
class Count:
    label: str
    number: int
    colour: str
    url: str


@dataclass
class Card:
    """One pair as the overview shows it."""

    pair: Pair
    kinds: list[tuple[str, list[Count], list[Count]]] = field(default_factory=list)  # name, groups, states
    run: Run | None = None
    problems: list[str] = field(default_factory=list)
    waits_for_approval: str = ""
    reading: list[reading.Progress] = field(default_factory=list)

    @property
    def run_colour(self) -> str:
        return RUN_COLOURS[Run.State(self.run.state)] if self.run else "default"

    @property
    def at_work(self) -> bool:
        until: datetime | None = self.pair.leased_until
        return until is not None and until > clock.now()

    @property
    def columns(self) -> list[str]:
        return list(GROUPS)

    @property
    def links_url(self) -> str:
        return links_url(self.pair)

    @property
    def runs_url(self) -> str:
        return f"{reverse('admin:syncapp_run_changelist')}?{urlencode({'pair': self.pair.pk})}"


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What unfold's index page is given besides its own."""
    if request.user.has_perm("syncapp.view_pair"):
        query = Pair.objects.select_related("org", "desktop").defer(*ORG_SECRETS)
        context["cards"] = cards(list(query))
    return context


def card(pair: Pair) -> Card:
    """One pair's, with what is being read for it."""
    [found] = cards([pair])
    found.reading = reading.progress(pair)
    return found


def cards(pairs: Sequence[Pair]) -> list[Card]:
    """One for each pair, in a number of queries that does not grow with the pairs."""
    counted = tallies(pairs)
    newest = Run.objects.filter(pair__in=pairs).order_by().values("pair").annotate(newest=Max("pk"))
    runs = Run.objects.filter(pk__in=[row["newest"] for row in newest]).defer("plan")
    by_pair = {run.pair_id: run for run in runs}
    return [_card(pair, counted[pair.pk], by_pair.get(pair.pk)) for pair in pairs]


def _card(pair: Pair, counted: list[Tally], run: Run | None) -> Card:
    found = Card(pair=pair, run=run)
    for tally in counted:
        found.kinds.append((tally.label, _groups(pair, tally), _states(pair, tally)))
    if not pair.enabled:
        found.problems.append("The pair is disabled: nothing is synchronised.")
    if pair.org.problem:
        found.problems.append(f"Salesforce: {pair.org.problem}")
    if pair.desktop.problem:
        found.problems.append(f"QuickBooks: {pair.desktop.problem}")
    if pair.desktop.late:
        found.problems.append("The Web Connector has not called for some time. Is the QuickBooks PC on?")
    found.problems += checking.problems(pair)
    if run is not None and run.state == Run.State.FAILED:
        found.problems.append(f"The last run failed: {run.message}")
    found.waits_for_approval = pair.held_because
    if not pair.held_because and first_run_waits(pair):
        found.waits_for_approval = "The first run waits for approval: nothing is written before."
    return found


def first_run_waits(pair: Pair) -> bool:
    return pair.first_run == Pair.FirstRun.PREVIEW and pair.approved_at is None


def _groups(pair: Pair, tally: Tally) -> list[Count]:
    return [
        Count(name, number, GROUP_COLOURS[name] if number else "default", links_url(pair, tally.kind, _state(name)))
        for name, number in tally.groups.items()
    ]


def _state(group: str) -> str:
    """A group of a single state is filtered by that state."""
    states = GROUPS[group]
    return str(states[0].value) if len(states) == 1 else group  # type: ignore[attr-defined]


def _states(pair: Pair, tally: Tally) -> list[Count]:
    """The states behind the numbers, where a number alone does not tell them."""
    return [
        Count(state.label, tally.states[state], LINK_COLOURS[state], links_url(pair, tally.kind, state.value))
        for state in Link.State
        if tally.states.get(state) and state not in PLAIN
    ]


def links_url(pair: Pair, kind: str = "", state: str = "") -> str:
    chosen = {"pair": pair.pk, "kind": kind, "state": state}
    return f"{reverse('admin:syncapp_link_changelist')}?{urlencode({k: v for k, v in chosen.items() if v})}"
