"""Quantities of items on their products, read on a slow schedule: a quantity moves without a change of its item."""

from __future__ import annotations

from syncapp.flows.base import TO_SALESFORCE, Flow, Setting, on
from syncapp.mapping.items import STOCK
from syncapp.records import Side

FLOW = Flow(
    kind="stock",
    mapping=STOCK,
    slow=frozenset({Side.QUICKBOOKS}),
    settings=(
        on(False, "Products show the quantities of their items."),
        *TO_SALESFORCE,
        Setting("every_minutes", 60, (), "Minutes between two readings of all quantities in QuickBooks."),
        Setting("duplicates", "stop", ("stop", "save"), "What to do when Salesforce's duplicate rules object."),
        Setting("careful", [], (), "Fields for which Salesforce's version is checked record by record."),
    ),
)
