"""The kinds of record that Salesforce's side knows: the registry of their readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from syncapp.connectors.salesforce.customers import Customers
from syncapp.connectors.salesforce.documents import Documents
from syncapp.connectors.salesforce.documents_fields import SHAPES
from syncapp.connectors.salesforce.further_contacts import FurtherContacts
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.price_books import PriceBooks
from syncapp.connectors.salesforce.products import Products, Quantities
from syncapp.connectors.salesforce.reading import Reader
from syncapp.connectors.salesforce.sales import Sales

READERS: dict[str, Callable[[Gateway, str, Mapping[str, Any]], Reader]] = {
    Customers.kind: Customers,
    FurtherContacts.kind: FurtherContacts,
    Products.kind: Products,
    Quantities.kind: Quantities,
    PriceBooks.kind: PriceBooks,
    Sales.kind: Sales,
    **{kind: partial(Documents, kind=kind, shape=shape) for kind, shape in SHAPES.items()},
}
