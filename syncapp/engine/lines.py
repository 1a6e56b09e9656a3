"""Lines of a sale, matched line by line: which line of the other side each one is, and what of it must be written.

Words    line     a dict of parts in canonical form, the same on both sides for the same; "product" is what is sold
         base     the lines as both sides held them when last they agreed; the two bases tell which lines are the same
Rules    1 A line never becomes another product's: such a change is a line removed and a line added.
         2 A part that the source has not changed since is left alone on the target, which may spell it otherwise (a
           price with five decimals, a text that is longer than Salesforce takes).
         3 Where the target has changed since as well, and the source holds all the same, the source's lines hold as a
           whole: two people's lines are never mixed.
         4 The target's own order of the lines that stay is kept, since QuickBooks cannot move a line; a new line comes
           after the one that it follows in the source.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Line = Mapping[str, Any]
PRODUCT = "product"


@dataclass(frozen=True)
class Wanted:
    """One line as it is to stand on the target."""

    source: int  # its place among the source's lines
    target: int | None  # its place among the target's lines; None: it is new
    changed: frozenset[str]  # the parts that take the source's value


def align(old: Sequence[Line], new: Sequence[Line]) -> list[int | None]:
    """For each new line the old one that it was, each old one at most once.

    1. Equal lines, in their order.
    2. Of the same product: the most alike first, then the nearest.
    """
    found: list[int | None] = [None] * len(new)
    free = set(range(len(old)))
    equal: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for at in reversed(range(len(old))):
        equal[_whole(old[at])].append(at)
    for at, line in enumerate(new):
        if places := equal[_whole(line)]:
            found[at] = places.pop()
            free.discard(found[at] or 0)
    ranked = [
        (-_alike(old[there], new[here]), abs(here - there), here, there)
        for here in range(len(new))
        if found[here] is None
        for there in free
        if old[there].get(PRODUCT) == new[here].get(PRODUCT)
    ]
    for _, _, here, there in sorted(ranked):
        if found[here] is None and there in free:
            found[here] = there
            free.discard(there)
    return found


def _whole(line: Line) -> tuple[Any, ...]:
    return tuple(sorted((name, value) for name, value in line.items() if value is not None))


def _alike(one: Line, other: Line) -> int:
    return sum(one.get(name) == other.get(name) for name in {*one, *other})


def wanted(
    base_source: Sequence[Line], source: Sequence[Line], base_target: Sequence[Line], target: Sequence[Line]
) -> list[Wanted]:
    """The lines that the target is to have, in the order in which it is to have them."""
    before = align(base_source, source)
    across = align(base_target, base_source)
    now = {was: at for at, was in enumerate(align(base_target, target)) if was is not None}
    places: list[int | None] = []
    for was in before:
        there = across[was] if was is not None else None
        places.append(now.get(there) if there is not None else None)
    _match_the_rest(source, target, places)
    found = []
    for at, place in enumerate(places):
        changed = frozenset({*source[at]})
        if place is not None:
            known = _bases(before[at], across, base_source, base_target)
            changed = frozenset(_changed(source[at], target[place], known))
        found.append(Wanted(at, place, changed))
    return _in_order(found)


def _match_the_rest(source: Sequence[Line], target: Sequence[Line], places: list[int | None]) -> None:
    """What no base knows: lines of the same product that both sides have by now."""
    taken = {place for place in places if place is not None}
    here = [at for at, place in enumerate(places) if place is None]
    there = [at for at in range(len(target)) if at not in taken]
    for at, found in zip(here, align([target[n] for n in there], [source[n] for n in here]), strict=True):
        if found is not None:
            places[at] = there[found]


def _bases(
    was: int | None, across: Sequence[int | None], base_source: Sequence[Line], base_target: Sequence[Line]
) -> tuple[Line, Line] | None:
    there = across[was] if was is not None else None
    return (base_source[was], base_target[there]) if was is not None and there is not None else None


def _changed(ours: Line, theirs: Line, known: tuple[Line, Line] | None) -> set[str]:
    different = {name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)}
    if known is None:
        return different
    base_ours, base_theirs = known
    return {
        name for name in different if ours.get(name) != base_ours.get(name) or theirs.get(name) != base_theirs.get(name)
    }


def _in_order(lines: Sequence[Wanted]) -> list[Wanted]:
    """Lines that stay by their places on the target; each new one after the line that it follows in the source."""
    stays = sorted((line for line in lines if line.target is not None), key=lambda line: line.target or 0)
    after: dict[int | None, list[Wanted]] = defaultdict(list)
    last: int | None = None
    for line in lines:
        if line.target is None:
            after[last].append(line)
        else:
            last = line.target
    found = list(after[None])
    for line in stays:
        found += [line, *after[line.target]]
    return found
