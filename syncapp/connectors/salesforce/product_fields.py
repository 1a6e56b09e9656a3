"""How Salesforce spells the neutral fields of an item and of its quantities.

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
    "quickbooks_id": Spelling(EXTERNAL_ID),
    "full_name": Spelling("QB_Full_Name__c"),
}
QUANTITIES = {
    "on_hand": Spelling("QB_On_Hand__c", read_number),
    "on_sales_order": Spelling("QB_On_Sales_Order__c", read_number),
    "available": Spelling("QB_Available__c", read_number),
    "on_purchase_order": Spelling("QB_On_Purchase_Order__c", read_number),
}
STAMPS = ("Id", "SystemModstamp", "LastModifiedById", "IsDeleted")
PRODUCT_COLUMNS = (*STAMPS, *(each.name for each in PRODUCT.values()))
STOCK_COLUMNS = (*STAMPS, "Name", EXTERNAL_ID, *(each.name for each in QUANTITIES.values()))
ENTRY_COLUMNS = (*STAMPS, "Product2Id", "UnitPrice")
