"""What most people fill in; the rest of a form is folded. And how some elements are called in forms.

Rule     Pure. The names are the catalogue's; what a record type does not have is passed over.
"""

from __future__ import annotations

from syncapp.explorer.fields import Entry
from syncapp.explorer.kinds import LIST, TRANSACTION, find

PERSON = ("CompanyName", "FirstName", "LastName", "Phone", "Email")
SALE = (
    *("CustomerRef", "TxnDate", "RefNumber", "DueDate", "TermsRef", "PONumber", "SalesRepRef", "BillAddress", "Memo"),
    *("ClassRef", "PaymentMethodRef", "DepositToAccountRef"),
)
PURCHASE = ("VendorRef", "TxnDate", "DueDate", "RefNumber", "TermsRef", "Memo", "APAccountRef")
PAYMENT = ("TxnDate", "RefNumber", "TotalAmount", "PaymentMethodRef", "Memo", "AppliedToTxnAdd", "IsAutoApply")
BANK = ("AccountRef", "PayeeEntityRef", "RefNumber", "TxnDate", "Memo", "Address")
ITEM = (
    *("Name", "ParentRef", "IsActive", "ManufacturerPartNumber", "SalesOrPurchase", "SalesAndPurchase", "SalesDesc"),
    *("SalesPrice", "IncomeAccountRef", "PurchaseDesc", "PurchaseCost", "COGSAccountRef", "AssetAccountRef"),
    *("QuantityOnHand", "SalesTaxCodeRef", "ItemDesc", "TaxRate", "TaxVendorRef"),
)
ESSENTIAL: dict[str, tuple[str, ...]] = {
    "Customer": (*PERSON, "ParentRef", "BillAddress", "ShipAddress", "TermsRef", "IsActive"),
    "Vendor": (*PERSON, "VendorAddress", "AccountNumber", "TermsRef", "IsActive"),
    "Employee": (*PERSON, "EmployeeAddress", "IsActive"),
    "OtherName": (*PERSON, "OtherNameAddress", "IsActive"),
    "Lead": (*PERSON, "Status"),
    "Account": ("AccountType", "AccountNumber", "Desc", "ParentRef", "IsActive"),
    "Bill": PURCHASE,
    "VendorCredit": PURCHASE,
    "ItemReceipt": PURCHASE,
    "PurchaseOrder": (*PURCHASE, "ExpectedDate", "ShipToEntityRef"),
    "ReceivePayment": (*PAYMENT, "CustomerRef", "DepositToAccountRef"),
    "BillPaymentCheck": (*PAYMENT, "PayeeEntityRef", "BankAccountRef"),
    "BillPaymentCreditCard": (*PAYMENT, "PayeeEntityRef", "CreditCardAccountRef"),
    "Check": BANK,
    "CreditCardCharge": BANK,
    "CreditCardCredit": BANK,
    "Deposit": ("TxnDate", "DepositToAccountRef", "Memo"),
    "JournalEntry": ("TxnDate", "RefNumber"),
    "Transfer": ("TxnDate", "TransferFromAccountRef", "TransferToAccountRef", "Amount", "Memo"),
    "TimeTracking": ("TxnDate", "EntityRef", "CustomerRef", "ItemServiceRef", "Duration", "Notes"),
    "InventoryAdjustment": ("AccountRef", "TxnDate", "RefNumber", "Memo"),
}
ALWAYS = ("Name", "FullName", "ListID", "TxnID", "EditSequence")
LINE = (
    *("TxnLineID", "ItemRef", "Desc", "Quantity", "Rate", "RatePercent", "PriceLevelRef", "Amount", "Cost"),
    *("SalesTaxCodeRef", "AccountRef", "CustomerRef", "Memo", "ItemGroupRef", "EntityRef", "PaymentAmount", "TxnID"),
    *("JournalDebitLine", "JournalCreditLine", "NewQuantity", "QuantityDifference", "QuantityAdjustment"),
)
# Lists of lines without which a transaction makes little sense; the others of its lists are folded.
LISTS = ("LineAdd", "LineMod", "LineRet", "DebitLine", "CreditLine")
# Given through other parts of the page, or by us.
HIDDEN = ("IncludeRetElement", "OwnerID", "ExternalGUID")
LABELS = {
    "TxnID": "Transaction ID",
    "ListID": "List ID",
    "RefNumber": "Number",
    "PONumber": "PO number",
    "EntityFilter": "Customer or vendor",
    "AccountFilter": "Account",
    "CurrencyFilter": "Currency",
    "ClassFilter": "Class",
    "ItemFilter": "Item",
    "ModifiedDateRangeFilter": "Changed",
    "TxnDateRangeFilter": "Dated",
    "RefNumberFilter": "Number matches",
    "RefNumberRangeFilter": "Number between",
    "NameFilter": "Name matches",
    "NameRangeFilter": "Name between",
    "TotalBalanceFilter": "Balance",
    "TxnDate": "Date",
    "Desc": "Description",
    "SalesDesc": "Sales description",
    "PurchaseDesc": "Purchase description",
    "JobDesc": "Job description",
    "IsVendorEligibleFor1099": "Eligible for 1099",
    "FOB": "FOB",
    "MaxReturned": "At most",
    "FromModifiedDate": "Changed from",
    "ToModifiedDate": "Changed to",
    "FromTxnDate": "From",
    "ToTxnDate": "To",
    "FromRefNumber": "From",
    "ToRefNumber": "To",
    "FromName": "From",
    "ToName": "To",
    "DateMacro": "A usual period",
    "MatchCriterion": "How",
    "RefNumberCaseSensitive": "Number, in this very case",
    "ListIDWithChildren": "List ID, with those below it",
    "FullNameWithChildren": "Full name, with those below it",
    "IncludeLineItems": "With lines",
    "IncludeLinkedTxns": "With linked transactions",
}


def label(entry: Entry) -> str:
    return LABELS.get(entry.name, entry.label)


def is_essential(record_type: str, action: str, entry: Entry) -> bool:
    """Of the entries at the top of a form."""
    if entry.required or action not in ("add", "modify") or entry.name in ALWAYS:
        return True
    if entry.repeats and entry.children:
        return entry.name.endswith(LISTS) and not entry.name.endswith(("GroupLineAdd", "LineGroupAdd", "GroupMod"))
    kind = find(record_type)
    known = ESSENTIAL.get(record_type)
    if known is None and kind is not None:
        known = ITEM if record_type.startswith("Item") else SALE if kind.sort == TRANSACTION else ()
    if not known:
        return (kind is not None and kind.sort != LIST) or not entry.children
    return entry.name in known


def in_line(entry: Entry) -> bool:
    """Of the entries of a line."""
    return entry.required or entry.name in LINE
