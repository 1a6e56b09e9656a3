"""What a sale is in Salesforce: an Opportunity, a Quote, an Order, or a custom object that the settings describe.

Words    source  one of them: its object with its lines, and how both spell the neutral fields
         ready   the records that may become transactions, as a SOQL condition: of opportunities, those that are won
Rules    1 A pair has one source. A quote or an order whose opportunity was tied to a transaction of the same company
           leads to none of its own.
         2 Our own fields are the same on every source; QB_Date__c stands where a source has no date of its own.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from syncapp.connectors.salesforce.fields import EXTERNAL_ID, Spelling, day, number, text
from syncapp.mapping.sale_source import CUSTOM_SUFFIX, LINE_KEYS, noun_of

TYPE, STATUS_CODE = "QB_Transaction_Type__c", "StatusCode"
DATE, LINE_TAX_CODE = "QB_Date__c", "QB_Tax_Code__c"
BOOK = "Pricebook2Id"
STAMPS = ("Id", "SystemModstamp", "LastModifiedById", "IsDeleted")
# Of ours on every source.
OURS = {
    "shown_type": Spelling(TYPE),
    "number": text("QB_Number__c"),
    "po_number": text("QB_PO_Number__c"),
    "terms": text("QB_Terms__c"),
    "due_date": day("QB_Due_Date__c"),
    "class": text("QB_Class__c"),
    "sales_rep": text("QB_Sales_Rep__c"),
    "ship_date": day("QB_Ship_Date__c"),
    "ship_method": text("QB_Ship_Method__c"),
    "tax_item": text("QB_Tax_Item__c"),
    "memo": text("QB_Memo__c"),
    "quickbooks_id": Spelling(EXTERNAL_ID),
    "status": text("QB_Status__c"),
    "total": number("QB_Total__c"),
    "balance": number("QB_Balance__c"),
}
PARTS = {"street": "Street", "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}


def _addresses(**prefixes: str) -> dict[str, str]:
    """The column of each part of an address, by its neutral name."""
    return {f"{ours}_{part}": f"{theirs}{name}" for ours, theirs in prefixes.items() for part, name in PARTS.items()}


@dataclass(frozen=True)
class Lines:
    """How the products of a source are spelt; what it has no column for is empty."""

    name: str
    parent: str
    relation: str
    product: str = "Product2Id"
    quantity: str = "Quantity"
    price: str = "UnitPrice"
    total: str = "TotalPrice"  # empty: quantity times price
    discount: str = ""
    description: str = "Description"
    service_date: str = "ServiceDate"
    tax_code: str = LINE_TAX_CODE
    place: str = ""  # the column that orders them; those that are alike, by their ids
    entry: str = "PricebookEntryId"  # the price of the price book that a line is made with
    by_total: bool = False  # what a line comes to can be written; else it follows from the price

    @property
    def columns(self) -> tuple[str, ...]:
        named = (self.parent, self.entry, self.product, self.quantity, self.price, self.total, self.discount)
        more = (self.description, self.service_date, self.place, self.tax_code)
        return (*STAMPS, *dict.fromkeys(name for name in (*named, *more) if name))

    @property
    def written(self) -> frozenset[str]:
        money = (self.total,) if self.by_total else (self.price, self.discount)
        return frozenset([self.quantity, *money, self.description, self.service_date, self.tax_code])


@dataclass(frozen=True)
class Source:
    name: str  # as the settings call it
    main: str
    noun: str
    plural: str
    header: Mapping[str, Spelling]
    lines: Lines
    account: str = "AccountId"
    ready: str = ""
    unready: str = ""  # why one that is not ready leads to nothing; empty: the condition is told
    addresses: Mapping[str, str] = field(default_factory=dict)
    more: tuple[str, ...] = ()  # what else is read of it
    added: tuple[str, ...] = ()  # money that the amount comes with, beside its column
    only_read: frozenset[str] = frozenset()  # neutral fields that are never written
    opportunity: str = ""  # the relationship that leads to the opportunity that it belongs to

    @property
    def account_relation(self) -> str:
        return relation_of(self.account)

    @property
    def has_own_date(self) -> bool:
        return self.header["date"].name != DATE

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the object itself; those of others, by their relationships, are in ``paths``."""
        spelt = dict.fromkeys(each.name for each in self.header.values())
        own = [path for path in self.addresses.values() if "." not in path]
        return tuple(dict.fromkeys((*STAMPS, "LastModifiedDate", *self.more, *spelt, *own)))

    @property
    def paths(self) -> tuple[str, ...]:
        of_opportunity = (f"{self.opportunity}.{EXTERNAL_ID}",) if self.opportunity else ()
        return (*(path for path in self.addresses.values() if "." in path), *of_opportunity)

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """What the sync must see, by object."""
        found = {self.main: self.columns, self.lines.name: self.lines.columns}
        contact = tuple(path.partition(".")[2] for path in self.paths if path.startswith("Contact."))
        found |= {"Contact": contact} if contact else {}
        return found | ({"Opportunity": (EXTERNAL_ID,)} if self.opportunity else {})

    @property
    def never_written(self) -> frozenset[str]:
        """Of what is read, by object and column."""
        written = {each.name for name, each in self.header.items() if name not in self.only_read}
        mains = (f"{self.main}.{name}" for name in self.columns if name not in written)
        lines = (f"{self.lines.name}.{name}" for name in self.lines.columns if name not in self.lines.written)
        others = (path for path in self.paths if path.startswith("Contact."))
        of_opportunity = (f"Opportunity.{EXTERNAL_ID}",) if self.opportunity else ()
        return frozenset([*mains, *lines, *others, *of_opportunity])

    @property
    def lookup(self) -> str:
        """The field of our documents that names the sale that they came from."""
        return lookup_of(self.main)


def lookup_of(main: str) -> str:
    return f"QB_{main.removesuffix(CUSTOM_SUFFIX).replace('__', '_')}__c"


def relation_of(column: str) -> str:
    return column.removesuffix("__c") + "__r" if column.endswith(CUSTOM_SUFFIX) else column.removesuffix("Id")


OPPORTUNITY = Source(
    name="opportunity",
    main="Opportunity",
    noun="opportunity",
    plural="opportunities",
    header={
        "name": text("Name"),
        "customer": Spelling("AccountId"),
        "date": day("CloseDate"),
        **OURS,
        "amount": number("Amount"),
        "bare_amount": number("Amount"),
    },
    lines=Lines(
        "OpportunityLineItem", "OpportunityId", "Opportunity", discount="Discount", place="SortOrder", by_total=True
    ),
    ready="IsWon = true",
    unready="It is not won.",
    addresses=_addresses(billing="Contact.Mailing", shipping="Contact.Other"),
    more=("IsWon", "HasOpportunityLineItem", BOOK, "ContactId"),
    only_read=frozenset({"name"}),
)
QUOTE = Source(
    name="quote",
    main="Quote",
    noun="quote",
    plural="quotes",
    header={
        "name": text("Name"),
        "customer": Spelling("AccountId"),
        "date": day(DATE),
        **OURS,
        "amount": number("TotalPrice"),
    },
    lines=Lines("QuoteLineItem", "QuoteId", "Quote", discount="Discount", place="SortOrder"),
    ready="Status = 'Accepted'",
    addresses=_addresses(billing="Billing", shipping="Shipping"),
    more=("Status", BOOK, "OpportunityId", "ShippingHandling"),
    added=("ShippingHandling",),
    only_read=frozenset({"name", "customer", "amount"}),
    opportunity="Opportunity",
)
ORDER = Source(
    name="order",
    main="Order",
    noun="order",
    plural="orders",
    header={
        "name": text("OrderNumber"),
        "customer": Spelling("AccountId"),
        "date": day("EffectiveDate"),
        **OURS,
        "po_number": text("PoNumber"),
        "amount": number("TotalAmount"),
    },
    lines=Lines("OrderItem", "OrderId", "Order", place="OrderItemNumber"),
    ready="StatusCode = 'Activated'",
    unready="It is not activated.",
    addresses=_addresses(billing="Billing", shipping="Shipping"),
    more=("Status", STATUS_CODE, BOOK, "OpportunityId"),
    only_read=frozenset({"name", "amount"}),
    opportunity="Opportunity",
)
STANDARD = {each.name: each for each in (OPPORTUNITY, QUOTE, ORDER)}


def source_of(settings: Mapping[str, Any]) -> Source:
    """That of a pair's sales settings, which the flow has judged."""
    name = str(settings.get("source", "") or OPPORTUNITY.name)
    if name in STANDARD:
        return STANDARD[name]
    return _custom(name, tuple(sorted(settings.get("source_fields", {}).items())))


def ready_of(source: Source, settings: Mapping[str, Any]) -> str:
    """A SOQL condition on the source's object."""
    return str(settings.get("ready", "")).strip() or source.ready


def won_by(settings: Mapping[str, Mapping[str, Any]]) -> Source:
    """What makes a customer of an account; ``settings`` are those of all flows, by kind."""
    sales = settings.get("sale", {})
    return source_of(sales) if sales.get("on") else OPPORTUNITY


@cache
def _custom(name: str, given: tuple[tuple[str, str], ...]) -> Source:
    named = dict(given)
    columns: Any = {key: named.get(key, "") for key in LINE_KEYS}
    lines = Lines(
        named["lines"],
        named["parent"],
        relation_of(named["parent"]),
        total="",
        entry="",
        place="",
        **columns,
    )
    word = noun_of(name)
    header = {"name": text("Name"), "customer": Spelling(named["account"]), "date": day(named.get("date") or DATE)}
    amount = {"amount": number(named["amount"])} if named.get("amount") else {}
    return Source(
        name=name,
        main=name,
        noun=word,
        plural=f"{word} records",
        header={**header, **OURS, **amount},
        lines=lines,
        account=named["account"],
        only_read=frozenset({"name", "amount"}),
    )


# What each column of a custom object may be, by the types that a description names.
NUMBERS = ("double", "int", "currency", "percent")
TYPES = {
    **dict.fromkeys(("account", "parent", "product"), ("reference",)),
    **dict.fromkeys(("quantity", "price", "discount", "amount"), NUMBERS),
    **dict.fromkeys(("date", "service_date"), ("date",)),
    **dict.fromkeys(("description", "tax_code"), ("string", "textarea", "picklist")),
}


def misfits(source: Source, main: Mapping[str, Mapping[str, Any]], lines: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What of a custom object is of another type than its place needs; each a sentence that names the setting."""
    if source.name in STANDARD:
        return []
    spelt = source.lines
    header = {"account": source.account, "date": source.header["date"].name}
    header |= {"amount": source.header["amount"].name} if "amount" in source.header else {}
    rows = {"parent": spelt.parent, **{key: getattr(spelt, key) for key in LINE_KEYS}}
    refers = {"account": "Account", "parent": source.main, "product": "Product2"}
    found = []
    for sobject, columns, described in ((source.main, header, main), (spelt.name, rows, lines)):
        for key, column in columns.items():
            there = described.get(column) if column else None
            if there is None:  # left out, or told as missing
                continue
            if there["type"] not in TYPES[key]:
                may = " or ".join(TYPES[key])
                found.append(f"source_fields.{key}: {sobject}.{column} is of the type {there['type']}, not {may}.")
            elif key in refers and refers[key] not in (there.get("referenceTo") or ()):
                found.append(f"source_fields.{key}: {sobject}.{column} does not refer to {refers[key]}.")
    return found
