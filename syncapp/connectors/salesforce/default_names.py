"""What the default mapping's fields are called in Salesforce, for people: by kind, then by neutral name.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncapp.connectors.salesforce.documents_fields import SHAPES
from syncapp.connectors.salesforce.fields import ACCOUNT, CONTACT, EXTERNAL_ID, Spelling
from syncapp.connectors.salesforce.product_fields import PRODUCT, QUANTITIES
from syncapp.connectors.salesforce.sales_sources import OPPORTUNITY, TYPE, Source, source_of


def _of(sobject: str, spellings: Mapping[str, Spelling]) -> dict[str, str]:
    return {name: f"{sobject}.{each.name}" for name, each in spellings.items()}


def _of_sales(source: Source) -> dict[str, str]:
    paths = source.addresses.items()
    return {
        **_of(source.main, source.header),
        **{name: path if "." in path else f"{source.main}.{path}" for name, path in paths},
        "type": f"{source.main}.{TYPE}",
        "currency": f"{source.main}.CurrencyIsoCode",
        "lines": source.lines.name,
    }


NAMES: dict[str, dict[str, str]] = {
    "customer": {**_of("Account", ACCOUNT), **_of("Contact", CONTACT)},
    "contact": {
        **_of("Contact", {name.removeprefix("contact_"): each for name, each in CONTACT.items()}),
        "name": "Contact.Name",
        "customer": "Contact.AccountId",
        "mobile": "Contact.MobilePhone",
        "quickbooks_id": f"Contact.{EXTERNAL_ID}",
    },
    "price_level": {
        "name": "Pricebook2.Name",
        "active": "Pricebook2.IsActive",
        "currency": "PricebookEntry.CurrencyIsoCode",
        "prices": "PricebookEntry.UnitPrice",
        "quickbooks_id": f"Pricebook2.{EXTERNAL_ID}",
    },
    "item": {**_of("Product2", PRODUCT), "price": "PricebookEntry.UnitPrice"},
    "stock": _of("Product2", QUANTITIES),
    "sale": _of_sales(OPPORTUNITY),
    **{kind: {**_of(each.main, each.fields), each.rows: each.part} for kind, each in SHAPES.items()},
}


def names_of(kind: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """The same for a pair with these settings of the kind's flow."""
    return _of_sales(source_of(settings)) if kind == "sale" else NAMES[kind]
