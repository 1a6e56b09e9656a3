"""What the sync relies on in a Salesforce org: our own fields, and what else each kind of record reads.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.connectors.salesforce.documents_fields import SHAPES
from syncapp.connectors.salesforce.fields import ACCOUNT_COLUMNS, CONTACT_COLUMNS, FURTHER_COLUMNS
from syncapp.connectors.salesforce.our_package import PACKAGE, SYNC
from syncapp.connectors.salesforce.product_fields import (
    BOOK_COLUMNS,
    BOOK_ENTRY_COLUMNS,
    ENTRY_COLUMNS,
    PRODUCT_COLUMNS,
    STOCK_COLUMNS,
)
from syncapp.connectors.salesforce.sales_sources import OPPORTUNITY, Source

CUSTOM_FIELDS = PACKAGE.fields
PERMISSION_SET = SYNC.name

_ONLY_READ = frozenset(
    ["Id", "SystemModstamp", "LastModifiedById", "IsDeleted", "MasterRecordId", "CreatedDate", "Website"]
)
# Said when the row is created, and never again.
_ONLY_CREATED = frozenset(["PricebookEntry.Pricebook2Id", "PricebookEntry.Product2Id"])
# By kind of record, then by object: what the sync reads, and so must see.
READ_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "customer": {"Account": ACCOUNT_COLUMNS, "Contact": CONTACT_COLUMNS},
    "contact": {"Contact": FURTHER_COLUMNS},
    "item": {"Product2": PRODUCT_COLUMNS, "PricebookEntry": ENTRY_COLUMNS},
    "stock": {"Product2": STOCK_COLUMNS},
    "price_level": {"Pricebook2": BOOK_COLUMNS, "PricebookEntry": BOOK_ENTRY_COLUMNS},
    "sale": OPPORTUNITY.reads,
    **{kind: {each.main: each.columns, each.part: each.row_columns} for kind, each in SHAPES.items()},
}

# Of a document: the sale that it came from, where that is an opportunity.
LOOKUP = OPPORTUNITY.lookup
_MADE_BY_SALESFORCE = frozenset(["Contact.Name"])


def reads(kind: str, source: Source = OPPORTUNITY) -> dict[str, tuple[str, ...]]:
    """What a kind of record reads in a pair whose sales are these."""
    if source is OPPORTUNITY:
        return READ_FIELDS[kind]
    if kind == "sale":
        return source.reads
    others = READ_FIELDS[kind].items()
    return {sobject: tuple(source.lookup if name == LOOKUP else name for name in names) for sobject, names in others}


def is_written(sobject: str, name: str, source: Source = OPPORTUNITY) -> bool:
    return name not in _ONLY_READ and f"{sobject}.{name}" not in {
        *_ONLY_CREATED,
        *_MADE_BY_SALESFORCE,
        *source.never_written,
    }
