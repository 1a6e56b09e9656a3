"""How Salesforce spells the neutral fields of a sale: an Opportunity, its products, its primary contact's addresses.

Rules    1 QuickBooks's id of a sale is its type, a colon and the TxnID; QB_Id__c holds the company's key, a colon and
           the TxnID, as on every object of ours. The type stands in a field of its own.
         2 A line's amount is what is left after its discount; price and discount are kept beside it.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from syncapp.connectors.salesforce.fields import (
    EXTERNAL_ID,
    Row,
    Spelling,
    day,
    external_id,
    number,
    own_id,
    read_lines,
    text,
)
from syncapp.mapping.sales import NOT_IN
from syncapp.records import Row as Line
from syncapp.records import Value

CENT = Decimal("0.01")
DESCRIPTION_LENGTH = 255
CUT = "…"  # the end of a description that is longer
TYPE = "QB_Transaction_Type__c"
LINE = "OpportunityLineItem"
LINE_TAX_CODE = "QB_Tax_Code__c"
OPPORTUNITY = {
    "name": text("Name"),
    "shown_type": Spelling(TYPE),
    "customer": Spelling("AccountId"),
    "date": day("CloseDate"),
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
    "amount": number("Amount"),
    "bare_amount": number("Amount"),
}
ADDRESSES = {"billing": "Mailing", "shipping": "Other"}
PARTS = {"street": "Street", "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}
CONTACT_COLUMNS = tuple(f"{theirs}{part}" for theirs in ADDRESSES.values() for part in PARTS.values())
STAMPS = ("Id", "SystemModstamp", "LastModifiedById", "IsDeleted")
OPPORTUNITY_COLUMNS = (
    *STAMPS,
    *("LastModifiedDate", "IsWon", "HasOpportunityLineItem", "Pricebook2Id", "ContactId"),
    *dict.fromkeys(each.name for each in OPPORTUNITY.values()),
)
LINE_COLUMNS = (
    *STAMPS,
    *("OpportunityId", "PricebookEntryId", "Product2Id", "Quantity", "UnitPrice", "TotalPrice", "Discount"),
    *("Description", "ServiceDate", "SortOrder", LINE_TAX_CODE),
)
COLUMNS = {"Opportunity": OPPORTUNITY_COLUMNS, LINE: LINE_COLUMNS, "Contact": CONTACT_COLUMNS}
# What is read of them and never written.
ONLY_READ = frozenset(
    [
        *(f"Opportunity.{name}" for name in ("LastModifiedDate", "IsWon", "HasOpportunityLineItem", "Pricebook2Id")),
        *("Opportunity.ContactId", "Opportunity.Name"),
        *(f"Contact.{name}" for name in CONTACT_COLUMNS),
        *(f"OpportunityLineItem.{name}" for name in ("OpportunityId", "PricebookEntryId", "Product2Id")),
        *(f"OpportunityLineItem.{name}" for name in ("UnitPrice", "Discount", "SortOrder")),
    ]
)
WITH_SERVICE_DATE = ("Invoice", "Sales Receipt")


# Reading -------------------------------------------------------------------------------


def sale_fields(main: Row, lines: Sequence[Row], company_key: str, default_type: str) -> dict[str, Value]:
    fields = {name: each.read(main.get(each.name)) for name, each in OPPORTUNITY.items()}
    kind = fields["type"] = fields["shown_type"] or default_type
    own = own_id(main, company_key)
    fields["quickbooks_id"] = f"{kind}:{own}" if own else None
    fields |= dict.fromkeys(NOT_IN.get(str(kind), ()))
    fields["currency"] = main.get("CurrencyIsoCode")
    if lines:
        fields["bare_amount"] = None
    contact = main.get("Contact") or {}
    for ours, theirs in ADDRESSES.items():
        for part, column in PARTS.items():
            fields[f"{ours}_{part}"] = read_lines(contact.get(f"{theirs}{column}"))
    in_order = sorted(lines, key=lambda row: (row["SortOrder"] is None, row["SortOrder"] or 0, row["Id"]))
    fields["lines"] = tuple(_line(row, str(kind)) for row in in_order) or None
    return fields


def _line(row: Row, kind: str) -> Line:
    quantity, price = _decimal(row["Quantity"]) or Decimal(0), _decimal(row["UnitPrice"])
    discount = _decimal(row.get("Discount"))
    line = {
        "id": row["Id"],
        "product": row["Product2Id"],
        "description": read_lines(row.get("Description")),
        "quantity": quantity,
        "amount": _decimal(row["TotalPrice"]),
        "service_date": day("ServiceDate").read(row.get("ServiceDate")) if kind in WITH_SERVICE_DATE else None,
        "tax_code": row.get(LINE_TAX_CODE),
        "rate": price if not discount else None,
        "discount": discount or None,
        "list_amount": (quantity * price).quantize(CENT, ROUND_HALF_UP) if price is not None else None,
    }
    return {name: value for name, value in line.items() if value not in (None, "")}


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


# Writing -------------------------------------------------------------------------------


def sale_row(values: Mapping[str, Value], company_key: str) -> dict[str, Any]:
    """Neutral values as the Opportunity takes them; lines are rows of their own."""
    row = {
        OPPORTUNITY[name].name: OPPORTUNITY[name].write(value) for name, value in values.items() if name in OPPORTUNITY
    }
    if values.get("quickbooks_id"):
        row[EXTERNAL_ID] = external_id(company_key, str(values["quickbooks_id"]).rpartition(":")[2])
    return row


def line_row(line: Line, before: Line | None) -> dict[str, Any]:
    """What is to be written of a line; all of it for a new one."""
    known = before or {}
    row: dict[str, Any] = {}
    if before is None or any(line.get(name) != known.get(name) for name in ("quantity", "amount")):
        row["Quantity"] = line["quantity"].quantize(CENT, ROUND_HALF_UP)
        # A total cannot be divided by no quantity at all.
        row |= {"TotalPrice": line["amount"]} if row["Quantity"] else {"UnitPrice": line.get("rate") or Decimal(0)}
    if line.get("description") != known.get("description"):
        row["Description"] = _shortened(line.get("description"))
    if line.get("service_date") != known.get("service_date"):
        row["ServiceDate"] = day("ServiceDate").write(line.get("service_date"))
    if line.get("tax_code") != known.get("tax_code"):
        row[LINE_TAX_CODE] = line.get("tax_code")
    return row


def _shortened(text: str | None) -> str | None:
    if text is None or len(text) <= DESCRIPTION_LENGTH:
        return text
    return text[: DESCRIPTION_LENGTH - len(CUT)] + CUT
