"""Payments and credits of QuickBooks in Salesforce, with what of them was applied to which invoice; one way."""

from __future__ import annotations

from decimal import Decimal

from syncapp.flows.documents import one_way
from syncapp.mapping.payments import PAYMENTS
from syncapp.records import Value

OPEN_HELP = "How often those are read again of which something is left, since using it need not change them; 0: never."
# It pays nothing any more.
GONE: dict[str, Value] = {"unused": Decimal(0), "allocations": None}
FLOWS = (
    one_way(PAYMENTS["payment"], "Payments stand in Salesforce, with their allocations to invoices.", OPEN_HELP, GONE),
    one_way(
        PAYMENTS["credit"], "Credit memos stand in Salesforce as payments, with their allocations.", OPEN_HELP, GONE
    ),
)
NAMES = {"payments": "payment", "credits": "credit"}
