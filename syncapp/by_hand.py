"""A person makes or undoes a link: whatever refers to its records is looked at again, too."""

from __future__ import annotations

from django.db import transaction

from syncapp import companions, links
from syncapp.flows import mapping_of
from syncapp.models import Link


@transaction.atomic
def join(link: Link, other: Link, *, who: str, how: str) -> str:
    """Make one link of two halves; return why it can't be, or nothing."""
    problem = links.join(link, other, who=who, how=how)
    return problem or _tell(link, link.quickbooks_id)


@transaction.atomic
def part(link: Link, *, who: str, reason: str) -> str:
    """Undo a link (syncapp.links); return why it can't be, or nothing."""
    was = link.quickbooks_id
    problem = links.part(link, who=who, reason=reason)
    return problem or _tell(link, was)


def _tell(link: Link, quickbooks_id: str | None) -> str:
    one = Link(quickbooks_id=quickbooks_id)
    companions.plan_again(link.pair, mapping_of(link.pair.flows, link.kind), [one])
    return ""
