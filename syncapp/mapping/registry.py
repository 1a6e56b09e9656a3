"""Every kind's mapping as it is without anybody's settings."""

from __future__ import annotations

from syncapp.mapping.contacts import CONTACTS
from syncapp.mapping.customers import CUSTOMERS
from syncapp.mapping.documents import DOCUMENTS
from syncapp.mapping.fields import RecordMapping
from syncapp.mapping.items import ITEMS, STOCK
from syncapp.mapping.payments import PAYMENTS
from syncapp.mapping.price_levels import PRICE_LEVELS
from syncapp.mapping.sales import SALES

MAPPINGS: dict[str, RecordMapping] = {
    **{mapping.kind: mapping for mapping in (CUSTOMERS, CONTACTS, ITEMS, STOCK, PRICE_LEVELS, SALES)},
    **DOCUMENTS,
    **PAYMENTS,
}
