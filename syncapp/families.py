"""Records that stand above one another: circles, what stands too deep, and what a move above makes possible.

Words    chain   a link, what it waits for, what that waits for, and so on, within one kind
Rule     everything is loaded level by level, so that the number of queries is that of the levels
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from syncapp import limits, links, mirror
from syncapp.engine.situation import WHOLE_RECORD
from syncapp.links import ID_FIELD
from syncapp.mapping.fields import RecordMapping
from syncapp.models import Link, Pair
from syncapp.records import Side


def refuse_circles(waiting: Sequence[Link]) -> None:
    """A record that waits for itself, by way of others, would wait for ever: say so on each of them.

    So would one that stands deeper than QuickBooks's lists go.
    """
    known = _waited_for(waiting)
    for link in waiting:
        chain = [link]
        while (step := known.get(chain[-1].waiting_for_id or 0)) is not None and len(chain) <= limits.LEVELS_MAX + 1:
            if step.pk == link.pk:
                names = " → ".join(f"“{one.name}”" for one in [*chain, link])
                reason = f"These are each other's parents: {names}. Remove one of the parents."
                links.refuse(chain, reason)
                break
            chain.append(step)
        else:
            if len(chain) > limits.LEVELS_MAX:
                reason = f"It stands more than {limits.LEVELS_MAX} levels deep, and QuickBooks has {limits.LEVELS_MAX}."
                links.refuse([link], reason)


def _waited_for(waiting: Sequence[Link]) -> dict[int, Link]:
    """What these wait for, and what that waits for, as far as it is of the same kind."""
    known = {link.pk: link for link in waiting}
    kinds = {link.kind for link in waiting}
    for _ in range(limits.LEVELS_MAX + 1):
        wanted = {link.waiting_for_id for link in known.values() if link.waiting_for_id} - known.keys()
        found = (
            Link.objects.filter(pk__in=wanted, kind__in=kinds).only("pk", "kind", "name", "waiting_for")
            if wanted
            else ()
        )
        if not (more := {link.pk: link for link in found}):
            break
        known |= more
    return known


def offer_again(pair: Pair, mapping: RecordMapping, moved: Collection[Link]) -> None:
    """Some records got another parent: what was refused below them may well be taken now."""
    if not moved or not mapping.match.parent:
        return
    refused = list(Link.objects.filter(pair=pair, kind=mapping.kind, state="refused"))
    ids = {side: {getattr(link, ID_FIELD[side]) for link in moved} - {None} for side in Side}
    below = {link.pk for side in Side for link in _standing_below(pair, mapping, side, refused, ids[side])}
    again = [link for link in refused if link.pk in below and link.pk not in {each.pk for each in moved}]
    for link in again:
        link.refused = {side: _without(fields, mapping.match.parent) for side, fields in link.refused.items()}
    links.offer(again)


def _without(refused: Mapping[str, Any], parent: str) -> dict[str, Any]:
    return {name: why for name, why in refused.items() if name not in (WHOLE_RECORD, parent)}


def _standing_below(
    pair: Pair, mapping: RecordMapping, side: Side, some: Sequence[Link], tops: Collection[str]
) -> list[Link]:
    """Those of the links whose record on this side has one of ``tops`` among its ancestors."""
    own = {record_id: link for link in some if (record_id := getattr(link, ID_FIELD[side]))}
    parent_of: dict[str, str] = {}
    wanted, seen = set(own), set(own)
    while wanted:
        rows = mirror.find(pair, side, mapping.kind, wanted)
        parents = {i: row.fields.get(mapping.match.parent) for i, row in rows.items()}
        parent_of |= {record_id: str(parent) for record_id, parent in parents.items() if parent}
        wanted = set(parent_of.values()) - seen
        seen |= wanted
    return [link for record_id, link in own.items() if _climbs_to(record_id, parent_of, tops)]


def _climbs_to(record_id: str, parent_of: Mapping[str, str], tops: Collection[str]) -> bool:
    seen = {record_id}
    while (parent := parent_of.get(record_id)) and parent not in seen:
        if parent in tops:
            return True
        seen.add(parent)
        record_id = parent
    return False
