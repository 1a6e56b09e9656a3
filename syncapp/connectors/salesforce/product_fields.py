"""How Salesforce spells the neutral fields of an item, of its quantities, and of a price level.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.connectors.salesforce.fields import EXTERNAL_ID, Spelling, read_lines, read_number

PRODUCT = {
    "name": Spelling("Name"),
    "active": Spelling("IsActive"),
    "code": Spelling("ProductCode"),
    "description": Spelling("Description", read_lines),
    "unit": Spelling("QuantityUnitOfMeasure"),
    "family": Spelling("Family"),
    "item_type": Spelling("QB_Item_Type__c"),
    "components": Spelling("QB_Components__c", read_lines),
    "quickbooks_id": Spelling(EXTERNAL_ID),
    "full_name": Spelling("QB_Full_Name__c"),
}
QUANTITIES = {
    "on_hand": Spelling("QB_On_Hand__c", read_number),
    "on_sales_order": Spelling("QB_On_Sales_Order__c", read_number),
    "available": Spelling("QB_Available__c", read_number),
    "on_purchase_order": Spelling("QB_On_Purchase_Order__c", read_number),
}
PRICE_BOOK = {
    "name": Spelling("Name"),
    "active": Spelling("IsActive"),
    "currency": Spelling("QB_Currency__c"),
    "quickbooks_id": Spelling(EXTERNAL_ID),
}
STAMPS = ("Id", "SystemModstamp", "LastModifiedById", "IsDeleted")
PRODUCT_COLUMNS = (*STAMPS, *(each.name for each in PRODUCT.values()))
STOCK_COLUMNS = (*STAMPS, "Name", EXTERNAL_ID, *(each.name for each in QUANTITIES.values()))
ENTRY_COLUMNS = (*STAMPS, "Product2Id", "UnitPrice")
BOOK_COLUMNS = (*STAMPS, *(each.name for each in PRICE_BOOK.values()))
BOOK_ENTRY_COLUMNS = (*STAMPS, "Pricebook2Id", "Product2Id", "UnitPrice", "IsActive", "UseStandardPrice")
