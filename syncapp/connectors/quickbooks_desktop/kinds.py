"""The kinds of record that QuickBooks Desktop's side knows: the registry of their spellings."""

from __future__ import annotations

from syncapp.connectors.quickbooks_desktop import customers
from syncapp.connectors.quickbooks_desktop.spelling import Spelling

SPELLINGS: dict[str, Spelling] = {spelling.kind: spelling for spelling in (customers.Customers(),)}
