"""The one place that builds a pair's connectors."""

from __future__ import annotations

from syncapp.connectors.base import Connector
from syncapp.connectors.quickbooks_desktop import DesktopConnector
from syncapp.flows import settings_of
from syncapp.models import Pair
from syncapp.records import Side


def connectors_for(pair: Pair) -> dict[Side, Connector]:
    from syncapp.connectors.salesforce.connector import (
        SalesforceConnector,  # costs a second, which only a cycle should pay
    )

    settings = settings_of(pair.flows)
    quickbooks = DesktopConnector(pair.desktop, pair.pk, settings)
    # Where QuickBooks keeps one currency its transactions name none.
    currency = quickbooks.abilities().currency
    known = {**settings, "sale": {**settings["sale"], "home_currency": currency}}
    return {
        Side.SALESFORCE: SalesforceConnector(pair.org, pair.desktop.key, known),
        Side.QUICKBOOKS: quickbooks,
    }
