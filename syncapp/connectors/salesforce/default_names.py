"""What the default mapping's fields are called in Salesforce, for people: by kind, then by neutral name.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncapp.connectors.salesforce.documents_fields import SHAPES
from syncapp.connectors.salesforce.fields import ACCOUNT, CONTACT, EXTERNAL_ID, Spelling
from syncapp.connectors.salesforce.product_fields import PRODUCT, QUANTITIES
from syncapp.connectors.salesforce.sales_fields import ADDRESSES, OPPORTUNITY, PARTS, TYPE


def _of(sobject: str, spellings: Mapping[str, Spelling]) -> dict[str, str]:
    return {name: f"{sobject}.{each.name}" for name, each in spellings.items()}


_SALE_ADDRESSES = {
    f"{ours}_{part}": f"Contact.{theirs}{column}"
    for ours, theirs in ADDRESSES.items()
    for part, column in PARTS.items()
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
    "sale": {
        **_of("Opportunity", OPPORTUNITY),
        **_SALE_ADDRESSES,
        "type": f"Opportunity.{TYPE}",
        "currency": "Opportunity.CurrencyIsoCode",
        "lines": "OpportunityLineItem",
    },
    **{kind: {**_of(each.main, each.fields), each.rows: each.part} for kind, each in SHAPES.items()},
}
