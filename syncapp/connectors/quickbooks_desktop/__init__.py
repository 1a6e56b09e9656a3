"""QuickBooks Desktop, by way of the Web Connector's outbox: operations become qbXML requests, answered later."""

from __future__ import annotations

from syncapp.connectors.quickbooks_desktop.connector import DesktopConnector

__all__ = ["DesktopConnector"]
