"""The kinds of record that QuickBooks Desktop's side knows: the registry of their spellings."""

from __future__ import annotations

from syncapp.connectors.quickbooks_desktop import (
    contacts,
    customers,
    documents,
    items,
    payments,
    price_levels,
    sales,
)
from syncapp.connectors.quickbooks_desktop.spelling import Spelling

ALL: tuple[Spelling, ...] = (
    *(customers.Customers(), contacts.Contacts(), items.Items(), items.Stock(), price_levels.PriceLevels()),
    *documents.ALL,
    *payments.ALL,
    sales.Sales(),
)
SPELLINGS: dict[str, Spelling] = {spelling.kind: spelling for spelling in ALL}
