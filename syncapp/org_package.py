"""Our package in an org, looked at with the flows of its pairs in mind; what was found is kept for the admin.

Rule     the only writer of Org.package
"""

from __future__ import annotations

from syncapp import clock
from syncapp.connectors.salesforce import checking
from syncapp.connectors.salesforce.checking import State
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.flows import kinds_on
from syncapp.models import Org


def kinds_needed(org: Org) -> list[str] | None:
    """The kinds whose flows are on in any pair of the org; None if it has no pair yet."""
    pairs = list(org.pairs.all())
    return sorted({kind for pair in pairs for kind in kinds_on(pair.flows)}) if pairs else None


def look(gateway: Gateway) -> State:
    state = checking.look(gateway, kinds_needed(gateway.org))
    gateway.org.package = {"at": clock.now().isoformat(), **state.as_json()}
    Org.objects.filter(pk=gateway.org.pk).update(package=gateway.org.package)
    return state


def forget(org: Org) -> None:
    """What was found is no longer true."""
    org.package = {}
    Org.objects.filter(pk=org.pk).update(package={})
