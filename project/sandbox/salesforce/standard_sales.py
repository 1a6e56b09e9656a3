"""Products and their prices, quotes, and orders, as a new org has them."""

from __future__ import annotations

from typing import Any

from .fields import address, area, fixed, flag, lookup, make_object, number, owner, phone, pick, text
from .schema import Field, SObject

QUOTE_STATUSES = ("Draft", "Needs Review", "In Review", "Approved", "Rejected", "Presented", "Accepted", "Denied")
# Status -> StatusCode: an administrator may add more, but the code is one of these two.
ORDER_STATUSES = {"Draft": "Draft", "Activated": "Activated"}
OF_MASTER: dict[str, Any] = {"nillable": False, "updateable": False, "cascade": True, "master": True}
OF_PARENT: dict[str, Any] = {"nillable": False, "updateable": False, "cascade": True}


def product_objects() -> list[SObject]:
    product = [
        text("Name", 255, label="Product Name", nillable=False, name_field=True),
        text("ProductCode", 255),
        area("Description", 4000, label="Product Description"),
        flag("IsActive"),
        pick("Family", ("None",)),
        text("StockKeepingUnit", 180),
        pick("QuantityUnitOfMeasure", ("Each",)),
        text("ExternalId", 255),
        Field("DisplayUrl", "url", length=1000),
        lookup("RecordTypeId", "RecordType", "RecordType"),
        fixed("IsArchived", "boolean", nillable=False, defaulted=True, default=False),
    ]
    book = [
        text("Name", 255, label="Price Book Name", nillable=False, name_field=True),
        text("Description", 255),
        flag("IsActive"),
        fixed("IsStandard", "boolean", nillable=False, defaulted=True, default=False),
        fixed("IsArchived", "boolean", nillable=False, defaulted=True, default=False),
    ]
    entry = [
        fixed("Name", "string", length=255, name_field=True),
        lookup("Pricebook2Id", "Pricebook2", "Pricebook2", "PricebookEntries", **OF_PARENT),
        lookup("Product2Id", "Product2", "Product2", "PricebookEntries", **OF_PARENT),
        number("UnitPrice", "currency", 18, 2, label="List Price", nillable=False),
        flag("IsActive"),
        flag("UseStandardPrice"),
        fixed("ProductCode", "string", length=255),
        fixed("IsArchived", "boolean", nillable=False, defaulted=True, default=False),
    ]
    return [
        make_object("Product2", "01t", product, "Products"),
        make_object("Pricebook2", "01s", book, "Price Books"),
        make_object("PricebookEntry", "01u", entry, "Price Book Entries"),
    ]


def _money(name: str, **more: Any) -> Field:
    return fixed(name, "currency", precision=18, scale=2, **more)


def quote_objects() -> list[SObject]:
    quote = [
        fixed("QuoteNumber", "string", length=30, auto_number="{00000000}", defaulted=True, nillable=False),
        text("Name", 255, label="Quote Name", nillable=False, name_field=True),
        lookup("OpportunityId", "Opportunity", "Opportunity", "Quotes", **OF_PARENT),
        lookup("AccountId", "Account", "Account", "Quotes", createable=False, updateable=False),
        lookup("Pricebook2Id", "Pricebook2", "Pricebook2", "Quotes"),
        lookup("ContactId", "Contact", "Contact", "Quotes"),
        lookup("RecordTypeId", "RecordType", "RecordType"),
        pick("Status", QUOTE_STATUSES, default="Draft"),
        Field("ExpirationDate", "date"),
        area("Description", 32000),
        Field("Email", "email", length=80),
        phone("Phone"),
        phone("Fax"),
        *address("Billing"),
        text("BillingName", 255, label="Bill To Name"),
        *address("Shipping"),
        text("ShippingName", 255, label="Ship To Name"),
        number("Tax", "currency", 18, 2),
        number("ShippingHandling", "currency", 18, 2),
        *(_money(name) for name in ("Subtotal", "TotalPrice", "GrandTotal")),
        fixed("Discount", "percent", precision=5, scale=2),
        fixed("LineItemCount", "int"),
        fixed("IsSyncing", "boolean", nillable=False, defaulted=True, default=False),
        owner(),
    ]
    line = [
        fixed("LineNumber", "string", length=30, auto_number="{00000000}", name_field=True),
        lookup("QuoteId", "Quote", "Quote", "QuoteLineItems", **OF_MASTER),
        lookup("PricebookEntryId", "PricebookEntry", "PricebookEntry", "QuoteLineItems", updateable=False),
        lookup("Product2Id", "Product2", "Product2", "QuoteLineItems", updateable=False),
        number("Quantity", "double", 12, 2, nillable=False),
        number("UnitPrice", "currency", 18, 2, label="Sales Price", nillable=False),
        number("Discount", "percent", 5, 2),
        *(_money(name) for name in ("ListPrice", "Subtotal", "TotalPrice")),
        text("Description", 255, label="Line Item Description"),
        Field("ServiceDate", "date"),
        Field("SortOrder", "int"),
    ]
    return [make_object("Quote", "0Q0", quote), make_object("QuoteLineItem", "0QL", line, "Quote Line Items")]


def order_objects(*, quotes: bool) -> list[SObject]:
    order = [
        fixed("OrderNumber", "string", length=30, auto_number="{00000000}", name_field=True),
        text("Name", 80, label="Order Name"),
        lookup("AccountId", "Account", "Account", "Orders", nillable=False, cascade=True),
        lookup("OpportunityId", "Opportunity", "Opportunity", "Orders"),
        *([lookup("QuoteId", "Quote", "Quote", "Orders")] if quotes else []),
        lookup("Pricebook2Id", "Pricebook2", "Pricebook2", "Orders"),
        lookup("BillToContactId", "Contact", "BillToContact"),
        lookup("ShipToContactId", "Contact", "ShipToContact"),
        lookup("RecordTypeId", "RecordType", "RecordType"),
        Field("EffectiveDate", "date", label="Order Start Date", nillable=False),
        Field("EndDate", "date", label="Order End Date"),
        pick("Status", tuple(ORDER_STATUSES), nillable=False),
        fixed("StatusCode", "picklist", length=40, values=tuple(dict.fromkeys(ORDER_STATUSES.values()))),
        fixed("ActivatedDate", "datetime"),
        lookup("ActivatedById", "User", "ActivatedBy", createable=False, updateable=False),
        pick("Type", ("New", "Renewal"), 40),
        text("PoNumber", 80, label="PO Number"),
        Field("PoDate", "date", label="PO Date"),
        area("Description", 32000),
        *address("Billing"),
        *address("Shipping"),
        _money("TotalAmount"),
        owner(),
    ]
    item = [
        fixed("OrderItemNumber", "string", length=30, auto_number="{0000000000}", name_field=True),
        lookup("OrderId", "Order", "Order", "OrderItems", **OF_MASTER),
        lookup("PricebookEntryId", "PricebookEntry", "PricebookEntry", "OrderItems", updateable=False),
        lookup("Product2Id", "Product2", "Product2", "OrderItems", updateable=False),
        number("Quantity", "double", 18, 2, nillable=False),
        number("UnitPrice", "currency", 18, 2, nillable=False),
        fixed("AvailableQuantity", "double", precision=18, scale=2),
        *(_money(name) for name in ("ListPrice", "TotalPrice")),
        text("Description", 255, label="Line Description"),
        Field("ServiceDate", "date", label="Start Date"),
        Field("EndDate", "date"),
    ]
    return [make_object("Order", "801", order), make_object("OrderItem", "802", item, "Order Products")]
