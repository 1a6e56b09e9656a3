"""How Salesforce spells documents, payments and their rows.

Words    row   a line of a document, or an allocation of a payment; as Salesforce has it a record of its own
Rule     a row carries the company's key, its document's id in QuickBooks and its own: written twice, it is one record
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from syncapp.connectors.salesforce.fields import EXTERNAL_ID, Row, Spelling, day, number, text
from syncapp.mapping.documents import SORTS
from syncapp.mapping.line_fields import LineFields

SALE = "opportunity"  # what the document was made from, whatever the pair's sales are
DOCUMENT = {
    "number": text("Name"),
    "quickbooks_id": text(EXTERNAL_ID),
    "customer": text("QB_Account__c"),
    SALE: text("QB_Opportunity__c"),
    "date": day("QB_Txn_Date__c"),
    "due_date": day("QB_Due_Date__c"),
    "terms": text("QB_Terms__c"),
    "po_number": text("QB_PO_Number__c"),
    "ship_date": day("QB_Ship_Date__c"),
    "subtotal": number("QB_Subtotal__c"),
    "tax": number("QB_Tax__c"),
    "total": number("QB_Total__c"),
    "applied": number("QB_Applied__c"),
    "balance": number("QB_Balance__c"),
    "currency": text("QB_Currency__c"),
    "exchange_rate": number("QB_Exchange_Rate__c"),
    "status": text("QB_Status__c"),
    "memo": text("QB_Memo__c"),
    "bill_to": text("QB_Bill_To__c"),
    "ship_to": text("QB_Ship_To__c"),
    "class": text("QB_Class__c"),
    "sales_rep": text("QB_Sales_Rep__c"),
    "modified": text("QB_Modified__c"),
}
PAYMENT = {
    "number": text("Name"),
    "quickbooks_id": text(EXTERNAL_ID),
    "customer": text("QB_Account__c"),
    "date": day("QB_Date__c"),
    "amount": number("QB_Amount__c"),
    "unused": number("QB_Unused__c"),
    "method": text("QB_Method__c"),
    "memo": text("QB_Memo__c"),
    "deposit_account": text("QB_Deposit_Account__c"),
    "currency": text("QB_Currency__c"),
    "exchange_rate": number("QB_Exchange_Rate__c"),
    "status": text("QB_Status__c"),
}
LINE = {
    "product": text("QB_Product__c"),
    "item": text("QB_Item__c"),
    "description": text("QB_Description__c"),
    "quantity": number("QB_Quantity__c"),
    "unit": text("QB_Unit__c"),
    "rate": number("QB_Rate__c"),
    "rate_percent": number("QB_Rate_Percent__c"),
    "amount": number("QB_Amount__c"),
    "tax_code": text("QB_Tax_Code__c"),
    "service_date": day("QB_Service_Date__c"),
    "class": text("QB_Class__c"),
    "group": text("QB_Group__c"),
}
ALLOCATION = {
    "invoice": text("QB_Invoice__c"),
    "applied_to": text("QB_Applied_To__c"),
    "amount": number("QB_Amount__c"),
    "discount": number("QB_Discount__c"),
    "date": day("QB_Date__c"),
}

TYPE, COMPANY, SYNCED, LINE_NUMBER = "QB_Type__c", "QB_Company__c", "QB_Synced_At__c", "QB_Line_Number__c"
STAMPS = ("Id", "SystemModstamp", "LastModifiedById", "IsDeleted")


@dataclass(frozen=True)
class Shape:
    """One of our objects with its rows."""

    main: str
    part: str
    to_main: str  # the rows' column that names their main record
    rows: str  # the neutral field that holds the rows
    fields: Mapping[str, Spelling]
    row_fields: Mapping[str, Spelling]
    numbered: bool
    own: tuple[str, ...]  # what is said of it beside its neutral fields

    @property
    def relation(self) -> str:
        return self.to_main.replace("__c", "__r")

    def of_sales(self, lookup: str) -> Shape:
        """The same, where what it was made from is named by another field than that of opportunities."""
        known = self.fields
        return replace(self, fields={**known, SALE: text(lookup)}) if SALE in known else self

    def with_line_fields(self, more: LineFields) -> Shape:
        """The same with the pair's own fields of lines."""
        own = {each.key: (day if each.element.day else text)(each.column) for each in more.parts}
        return replace(self, row_fields={**self.row_fields, **own}) if own else self

    @property
    def columns(self) -> tuple[str, ...]:
        return (*STAMPS, *self.own, *(each.name for each in self.fields.values()))

    @property
    def row_columns(self) -> tuple[str, ...]:
        number = (LINE_NUMBER,) if self.numbered else ()
        return (*STAMPS, self.to_main, EXTERNAL_ID, *number, *(each.name for each in self.row_fields.values()))


DOCUMENTS = Shape(
    main="QB_Invoice__c",
    part="QB_Invoice_Line__c",
    to_main="QB_Invoice__c",
    rows="lines",
    fields=DOCUMENT,
    row_fields=LINE,
    numbered=True,
    own=(TYPE, COMPANY, SYNCED),
)
PAYMENTS = Shape(
    main="QB_Payment__c",
    part="QB_Allocation__c",
    to_main="QB_Payment__c",
    rows="allocations",
    fields=PAYMENT,
    row_fields=ALLOCATION,
    numbered=False,
    own=(TYPE, COMPANY),
)


SHAPES: dict[str, Shape] = {
    **{sort.kind: DOCUMENTS for sort in SORTS},
    "payment": PAYMENTS,
    "credit": PAYMENTS,
}


def row_id(row: Row, company_key: str, document_id: str) -> str:
    """The row's own id in QuickBooks; nothing where somebody else made it."""
    prefix = f"{company_key}:{document_id}:"
    value = str(row.get(EXTERNAL_ID) or "")
    return value.removeprefix(prefix) if value.startswith(prefix) else ""
