"""What the default mapping's fields are called in qbXML, for people: by kind, then by neutral name."""

from __future__ import annotations

from syncapp.connectors.quickbooks_desktop.contacts import PLAIN as CONTACTS
from syncapp.connectors.quickbooks_desktop.customers import ADDRESS, ADDRESSES, PLAIN, REFERENCES
from syncapp.connectors.quickbooks_desktop.sales import PLAIN as SALE
from syncapp.connectors.quickbooks_desktop.sales import REFERENCES as SALE_REFERENCES
from syncapp.mapping.documents import SORTS

_ADDRESSES = {
    f"{prefix}_{part}": f"{element}.{name}"
    for prefix, element in ADDRESSES.items()
    for part, name in {"street": "Addr1 … Addr5", **ADDRESS}.items()
}
_TRANSACTION = {
    "number": "RefNumber",
    "quickbooks_id": "TxnID",
    "customer": "CustomerRef",
    "date": "TxnDate",
    "currency": "CurrencyRef",
    "exchange_rate": "ExchangeRate",
    "memo": "Memo",
    "status": "what is paid, closed or void",
}
_DOCUMENT = {
    **_TRANSACTION,
    "due_date": "DueDate",
    "terms": "TermsRef",
    "po_number": "PONumber",
    "ship_date": "ShipDate",
    "subtotal": "Subtotal",
    "tax": "SalesTaxTotal",
    "total": "TotalAmount, or what is applied and what remains",
    "applied": "AppliedAmount",
    "balance": "BalanceRemaining, CreditRemaining",
    "bill_to": "BillAddress",
    "ship_to": "ShipAddress",
    "class": "ClassRef",
    "sales_rep": "SalesRepRef",
    "modified": "TimeModified",
    "lines": "the lines and groups",
    "opportunity": "the sale that it was made from",
}
_PAYMENT = {
    **_TRANSACTION,
    "amount": "TotalAmount",
    "unused": "UnusedPayment, CreditRemaining",
    "method": "PaymentMethodRef",
    "deposit_account": "DepositToAccountRef",
    "allocations": "AppliedToTxn, LinkedTxn",
}
NAMES: dict[str, dict[str, str]] = {
    "customer": {
        **PLAIN,
        **REFERENCES,
        **_ADDRESSES,
        "parent": "ParentRef",
        "quickbooks_id": "ListID",
        "full_name": "FullName",
        "credit_limit": "CreditLimit",
        "balance": "TotalBalance, Balance",
    },
    "contact": {
        **{name: f"Contacts.{element}" for name, element in CONTACTS.items()},
        "name": "Contacts.FirstName and LastName",
        "customer": "the customer of the contact",
        "email": "Contacts: Main Email",
        "phone": "Contacts: Main Phone",
        "mobile": "Contacts: Mobile",
        "quickbooks_id": "Contacts.ListID",
    },
    "price_level": {
        "name": "Name",
        "active": "IsActive",
        "currency": "CurrencyRef",
        "prices": "PriceLevelFixedPercentage, PriceLevelPerItem",
        "quickbooks_id": "ListID",
    },
    "item": {
        "name": "FullName, Name",
        "active": "IsActive",
        "code": "Name, ManufacturerPartNumber",
        "description": "Desc, SalesDesc, ItemDesc",
        "price": "Price, SalesPrice, DiscountRate",
        "unit": "UnitOfMeasureSetRef",
        "family": "ParentRef",
        "item_type": "the type of item",
        "components": "the items of a group or an assembly",
        "quickbooks_id": "ListID",
        "full_name": "FullName",
    },
    "stock": {
        "on_hand": "QuantityOnHand",
        "on_sales_order": "QuantityOnSalesOrder",
        "available": "QuantityOnHand less QuantityOnSalesOrder",
        "on_purchase_order": "QuantityOnOrder",
    },
    "sale": {
        **_TRANSACTION,
        **SALE_REFERENCES,
        **SALE,
        **_ADDRESSES,
        "type": "the type of transaction",
        "shown_type": "the type of transaction",
        "po_number": "PONumber",
        "lines": "the lines and groups",
        "total": "Subtotal and SalesTaxTotal",
        "bare_amount": "Subtotal",
        "balance": "BalanceRemaining",
    },
    **{sort.kind: _DOCUMENT for sort in SORTS},
    "payment": _PAYMENT,
    "credit": _PAYMENT,
}
