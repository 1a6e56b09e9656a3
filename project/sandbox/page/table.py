"""The tables that `manage.py demo --once` prints: what of every kind stands on either side, and how the links stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db.models import Count

from project.sandbox.page.books import Sum
from syncapp.flows import FLOWS
from syncapp.models import Link, Operation, Pair

NEEDS_A_PERSON = ("conflict", "proposed", "refused", "gone")
WAITING = ("new", "under_way", "waiting")
LEFT_OUT = ("unwanted", "closed")
SAME, DIFFERS = "same", "DIFFERS"


def both_sides(sums: Sequence[Sum]) -> Iterator[str]:
    """A line for each kind and amount: how many, and how much, in Salesforce and in QuickBooks."""
    yield f"{'On both sides':<24} {'':<16} {'Salesforce':>18} {'QuickBooks':>18}"
    shown = ""
    for each in sums:
        kind = "" if each.kind == shown else each.kind
        shown = each.kind
        sides = (_side(each, count, amount, bool(kind)) for count, amount in (each.salesforce, each.quickbooks))
        yield f"{kind:<24} {each.what:<16} {' '.join(sides)}  {SAME if each.equal else DIFFERS}"


def _side(each: Sum, count: int, amount: Decimal, first: bool) -> str:
    """How many is said once for each kind, unless the sides differ in it."""
    if not each.what:
        return f"{count:>4} {'':>13}"
    number = str(count) if first or each.salesforce[0] != each.quickbooks[0] else ""
    whole = each.what.startswith("on ")  # pieces, not money
    return f"{number:>4} {amount:>13,.0f}" if whole else f"{number:>4} {amount:>13,.2f}"


def links(pair: Pair, kinds: Sequence[str]) -> Iterator[str]:
    """A line for each kind: how many links are in step, wait, fail, are left out, or need a person."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    query = Link.objects.filter(pair=pair).values_list("kind", "state").annotate(n=Count("id"))
    for kind, state, number in query:
        counted[kind][state] = number
    failing = dict(
        Operation.objects.filter(pair=pair, state="rejected")
        .exclude(link__state=Link.State.IN_STEP)
        .values_list("kind")
        .annotate(n=Count("link", distinct=True))
    )
    yield f"{'How it stands':<24} {'in step':>8} {'waiting':>8} {'failing':>8} {'left out':>9} {'need you':>9}"
    for kind in kinds:
        held = counted[kind]
        in_step, waiting, left_out, asking = (
            sum(held.get(state, 0) for state in states) for states in (("in_step",), WAITING, LEFT_OUT, NEEDS_A_PERSON)
        )
        name = FLOWS[kind].mapping.plural
        yield f"{name:<24} {in_step:8} {waiting:8} {failing.get(kind, 0):8} {left_out:9} {asking:9}"
