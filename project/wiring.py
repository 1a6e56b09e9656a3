"""The one place that builds a pair's connectors."""

from __future__ import annotations

from syncapp.connectors.base import Connector
from syncapp.connectors.quickbooks_desktop import DesktopConnector
from syncapp.flows import FLOWS
from syncapp.models import Pair
from syncapp.records import Side


def connectors_for(pair: Pair) -> dict[Side, Connector]:
    from syncapp.connectors.salesforce.customers import (
        SalesforceConnector,  # costs a second, which only a cycle should pay
    )

    settings = {kind: flow.complete(pair.flows.get(kind, {})) for kind, flow in FLOWS.items()}
    return {
        Side.SALESFORCE: SalesforceConnector(pair.org, pair.desktop.key, settings["customer"]),
        Side.QUICKBOOKS: DesktopConnector(pair.desktop, pair.pk, settings),
    }
