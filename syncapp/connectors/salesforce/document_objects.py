"""The objects of our own: QuickBooks's documents with their lines, its payments, and what was applied to what.

Words    document    an invoice, sales order, sales receipt, estimate, credit memo or refund
         allocation  how much of a payment, or of a credit memo, was applied to a document
Rule     all of them are shown in Salesforce as QuickBooks has them; nobody edits them here.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.connectors.salesforce.fields import EXTERNAL_ID
from syncapp.connectors.salesforce.metadata import CustomField, CustomObject, Fields, Filter, Related, Section, View
from syncapp.connectors.salesforce.standard_fields import KEY_LENGTH, LINE_KEY_LENGTH, told
from syncapp.mapping.documents import DELETED, STATUSES, VOID

DOCUMENT, LINE, PAYMENT, ALLOCATION = "QB_Invoice__c", "QB_Invoice_Line__c", "QB_Payment__c", "QB_Allocation__c"

DOCUMENT_TYPES = ("Invoice", "Sales Order", "Sales Receipt", "Estimate", "Credit Memo", "Refund")
DOCUMENT_STATUSES = STATUSES
PAYMENT_TYPES = ("Payment", "Credit")
PAYMENT_STATUSES = ("Unused", "Partly used", "Used", VOID, DELETED)

COMPANY_LENGTH = 80
NAME_LENGTH = 255  # the full name of an item, class or account: parents and colons included
MEMO_LENGTH = 4100
ADDRESS_LENGTH = 1000


def _document_fields() -> tuple[CustomField, ...]:
    on = Fields(DOCUMENT)
    return (
        on.key(EXTERNAL_ID, "QuickBooks Id", KEY_LENGTH, "The company's key, a colon, and the document's id there."),
        on.choice("QB_Type__c", "Type", DOCUMENT_TYPES, "What kind of document it is in QuickBooks."),
        on.choice("QB_Status__c", "Status", DOCUMENT_STATUSES, "How the document stands in QuickBooks."),
        on.lookup(
            "QB_Account__c",
            "Account",
            "Account",
            "QB_Invoices",
            "QuickBooks Documents",
            "The account of the document's customer.",
        ),
        on.lookup(
            "QB_Opportunity__c",
            "Opportunity",
            "Opportunity",
            "QB_Invoices",
            "QuickBooks Documents",
            "The opportunity that the document came from, if it came from one.",
        ),
        on.date("QB_Txn_Date__c", "Date", "The document's date."),
        on.date("QB_Due_Date__c", "Due Date", "When it is to be paid."),
        on.date("QB_Ship_Date__c", "Ship Date", "When it was shipped, or is to be."),
        on.text("QB_Terms__c", "Terms", 40, "The terms of payment."),
        on.text("QB_PO_Number__c", "PO Number", 40, "The customer's order number."),
        on.money("QB_Subtotal__c", "Subtotal", "What the lines come to, before tax."),
        on.money("QB_Tax__c", "Tax", "The sales tax."),
        on.money("QB_Total__c", "Total", "The total, with tax, as QuickBooks worked it out."),
        on.money("QB_Applied__c", "Applied", "How much of it payments and credits have paid."),
        on.money("QB_Balance__c", "Balance", "What is still to be paid; of a credit memo, what is still to be used."),
        on.money("QB_Difference__c", "Difference", "How far the opportunity's amount is from QuickBooks's total."),
        on.text("QB_Currency__c", "Currency Code", 3, "The ISO code of the currency of all amounts here."),
        on.number("QB_Exchange_Rate__c", "Exchange Rate", "One unit of it in the company's own currency.", scale=5),
        on.long_text("QB_Memo__c", "Memo", MEMO_LENGTH, "The memo, as QuickBooks has it."),
        on.long_text("QB_Bill_To__c", "Bill To", ADDRESS_LENGTH, "The address on the document.", lines=5),
        on.long_text("QB_Ship_To__c", "Ship To", ADDRESS_LENGTH, "Where the goods go.", lines=5),
        on.text("QB_Class__c", "Class", NAME_LENGTH, "The full name of the document's class."),
        on.text("QB_Sales_Rep__c", "Sales Rep", 40, "The sales rep."),
        on.text("QB_Company__c", "QuickBooks Company", COMPANY_LENGTH, "The key of the QuickBooks company."),
        on.text("QB_Modified__c", "Modified in QuickBooks", 40, "When it was changed last, in QuickBooks's own words."),
        on.moment("QB_Synced_At__c", "Synced At", "When the sync last wrote this record."),
        *told(on, "document"),
    )


def _line_fields() -> tuple[CustomField, ...]:
    on = Fields(LINE)
    return (
        on.master(DOCUMENT, "Document", DOCUMENT, "QB_Lines", "Lines", "The document that the line belongs to."),
        on.key(EXTERNAL_ID, "QuickBooks Id", LINE_KEY_LENGTH, "The company's key and the ids of document and line."),
        on.number("QB_Line_Number__c", "Line", "The line's place in the document.", whole=6, scale=0),
        on.lookup(
            "QB_Product__c",
            "Product",
            "Product2",
            "QB_Invoice_Lines",
            "QuickBooks Lines",
            "The product that is linked with the line's item.",
        ),
        on.text("QB_Item__c", "Item", NAME_LENGTH, "The full name of the item in QuickBooks."),
        on.long_text("QB_Description__c", "Description", MEMO_LENGTH, "What the line says."),
        on.number("QB_Quantity__c", "Quantity", "How many."),
        on.text("QB_Unit__c", "Unit", 40, "The unit of measure."),
        on.money("QB_Rate__c", "Rate", "The price of one.", scale=5),
        on.percent("QB_Rate_Percent__c", "Rate %", "The rate, where it is a percentage of the lines before."),
        on.money("QB_Amount__c", "Amount", "What the line comes to, as QuickBooks worked it out."),
        on.text("QB_Tax_Code__c", "Tax Code", 40, "The sales tax code."),
        on.date("QB_Service_Date__c", "Service Date", "When the work was done."),
        on.text("QB_Class__c", "Class", NAME_LENGTH, "The full name of the line's class."),
        on.text("QB_Group__c", "Group", NAME_LENGTH, "The item group that the line is a part of."),
    )


def _payment_fields() -> tuple[CustomField, ...]:
    on = Fields(PAYMENT)
    return (
        on.key(EXTERNAL_ID, "QuickBooks Id", KEY_LENGTH, "The company's key, a colon, and the payment's id there."),
        on.choice("QB_Type__c", "Type", PAYMENT_TYPES, "Money that came in, or a credit memo that was applied."),
        on.choice("QB_Status__c", "Status", PAYMENT_STATUSES, "How much of it has been applied."),
        on.lookup(
            "QB_Account__c",
            "Account",
            "Account",
            "QB_Payments",
            "QuickBooks Payments",
            "The account of the customer who paid.",
        ),
        on.date("QB_Date__c", "Date", "When it was received."),
        on.money("QB_Amount__c", "Amount", "How much was received."),
        on.money("QB_Unused__c", "Unused", "How much of it has not been applied to a document."),
        on.text("QB_Method__c", "Method", 40, "How it was paid."),
        on.long_text("QB_Memo__c", "Memo", MEMO_LENGTH, "The memo, as QuickBooks has it."),
        on.text("QB_Deposit_Account__c", "Deposit To", NAME_LENGTH, "The full name of the account it went to."),
        on.text("QB_Currency__c", "Currency Code", 3, "The ISO code of the currency of all amounts here."),
        on.number("QB_Exchange_Rate__c", "Exchange Rate", "One unit of it in the company's own currency.", scale=5),
        on.text("QB_Company__c", "QuickBooks Company", COMPANY_LENGTH, "The key of the QuickBooks company."),
        *told(on, "payment"),
    )


def _allocation_fields() -> tuple[CustomField, ...]:
    on = Fields(ALLOCATION)
    return (
        on.master(
            PAYMENT, "Payment", PAYMENT, "QB_Allocations", "Applied To", "The payment or credit it is a part of."
        ),
        on.lookup(
            DOCUMENT,
            "Document",
            DOCUMENT,
            "QB_Allocations",
            "Payments and Credits",
            "The document that it was applied to.",
        ),
        on.text("QB_Applied_To__c", "Applied To", 80, "What it was applied to, also where that is no document here."),
        on.key(EXTERNAL_ID, "QuickBooks Id", LINE_KEY_LENGTH, "The company's key and the ids of payment and document."),
        on.money("QB_Amount__c", "Amount", "How much was applied."),
        on.money("QB_Discount__c", "Discount", "The discount that was given with it."),
        on.date("QB_Date__c", "Date", "When it was applied."),
    )


DOCUMENT_FIELDS = (*_document_fields(), *_line_fields(), *_payment_fields(), *_allocation_fields())

_UNPAID = Filter("QB_Balance__c", "greaterThan", "0")
_OWED = Filter("QB_Type__c", "equals", "Invoice")
_IN_LISTS = ("QB_Type__c", "QB_Account__c", "QB_Txn_Date__c", "QB_Due_Date__c", "QB_Total__c", "QB_Balance__c")
_DOCUMENT_COLUMNS = (*_IN_LISTS, "QB_Status__c")
_LINE_COLUMNS = ("QB_Item__c", "QB_Quantity__c", "QB_Rate__c", "QB_Amount__c")
_PAYMENT_COLUMNS = ("QB_Type__c", "QB_Account__c", "QB_Date__c", "QB_Amount__c", "QB_Unused__c", "QB_Status__c")
_ALLOCATION_COLUMNS = ("QB_Applied_To__c", "QB_Amount__c", "QB_Discount__c", "QB_Date__c")
_SYNC = Section("Sync", ("QB_Sync_Status__c", "QB_Error__c"), ("QB_Link__c",))
_PARENT_SHARES = "ControlledByParent"

DOCUMENT_OBJECTS = (
    CustomObject(
        DOCUMENT,
        "QuickBooks Document",
        "QuickBooks Documents",
        "An invoice, sales order, sales receipt, estimate, credit memo or refund, as QuickBooks has it.",
        "Document Number",
        sections=(
            Section(
                "Document",
                ("Name", "QB_Type__c", "QB_Status__c", "QB_Account__c", "QB_Opportunity__c", "QB_PO_Number__c"),
                (
                    "QB_Txn_Date__c",
                    "QB_Due_Date__c",
                    "QB_Ship_Date__c",
                    "QB_Terms__c",
                    "QB_Sales_Rep__c",
                    "QB_Class__c",
                ),
            ),
            Section(
                "Amounts",
                ("QB_Subtotal__c", "QB_Tax__c", "QB_Total__c", "QB_Currency__c", "QB_Exchange_Rate__c"),
                ("QB_Applied__c", "QB_Balance__c", "QB_Difference__c"),
            ),
            Section("Addresses", ("QB_Bill_To__c",), ("QB_Ship_To__c",)),
            Section("Memo", ("QB_Memo__c",)),
            Section("QuickBooks", (EXTERNAL_ID, "QB_Company__c"), ("QB_Modified__c", "QB_Synced_At__c")),
            _SYNC,
        ),
        columns=_DOCUMENT_COLUMNS,
        related=(
            Related(f"{LINE}.{DOCUMENT}", ("QB_Line_Number__c", *_LINE_COLUMNS)),
            Related(f"{ALLOCATION}.{DOCUMENT}", (PAYMENT, *_ALLOCATION_COLUMNS)),
        ),
        views=(
            View("All", "All", _DOCUMENT_COLUMNS),
            View("QB_Open", "Open", _DOCUMENT_COLUMNS, (_OWED, _UNPAID)),
            View(
                "QB_Overdue",
                "Overdue",
                _DOCUMENT_COLUMNS,
                (_OWED, _UNPAID, Filter("QB_Due_Date__c", "lessThan", "TODAY")),
            ),
            View(
                "QB_This_Month",
                "This month",
                _DOCUMENT_COLUMNS,
                (Filter("QB_Txn_Date__c", "equals", "THIS_MONTH"),),
            ),
        ),
        motif="Custom18: Form",
    ),
    CustomObject(
        LINE,
        "QuickBooks Document Line",
        "QuickBooks Document Lines",
        "One line of a QuickBooks document.",
        "Line Number",
        sections=(
            Section(
                "Line",
                ("Name", DOCUMENT, "QB_Line_Number__c", "QB_Product__c", "QB_Item__c", "QB_Group__c"),
                ("QB_Quantity__c", "QB_Unit__c", "QB_Rate__c", "QB_Rate_Percent__c", "QB_Amount__c", "QB_Tax_Code__c"),
            ),
            Section("More", ("QB_Description__c", "QB_Service_Date__c"), ("QB_Class__c", EXTERNAL_ID)),
        ),
        columns=(DOCUMENT, *_LINE_COLUMNS),
        numbers="L-{00000000}",
        sharing=_PARENT_SHARES,
    ),
    CustomObject(
        PAYMENT,
        "QuickBooks Payment",
        "QuickBooks Payments",
        "A payment that QuickBooks received, or a credit memo that was applied there.",
        "Payment Number",
        sections=(
            Section(
                "Payment",
                ("Name", "QB_Type__c", "QB_Status__c", "QB_Account__c", "QB_Date__c"),
                ("QB_Amount__c", "QB_Unused__c", "QB_Currency__c", "QB_Exchange_Rate__c", "QB_Method__c"),
            ),
            Section("Memo", ("QB_Memo__c",)),
            Section("QuickBooks", (EXTERNAL_ID, "QB_Company__c"), ("QB_Deposit_Account__c",)),
            _SYNC,
        ),
        columns=_PAYMENT_COLUMNS,
        related=(Related(f"{ALLOCATION}.{PAYMENT}", (DOCUMENT, *_ALLOCATION_COLUMNS)),),
        views=(
            View("All", "All", _PAYMENT_COLUMNS),
            View("QB_Unused", "Not applied", _PAYMENT_COLUMNS, (Filter("QB_Unused__c", "greaterThan", "0"),)),
            View(
                "QB_This_Month",
                "This month",
                _PAYMENT_COLUMNS,
                (Filter("QB_Date__c", "equals", "THIS_MONTH"),),
            ),
        ),
        motif="Custom41: Cash",
    ),
    CustomObject(
        ALLOCATION,
        "QuickBooks Allocation",
        "QuickBooks Allocations",
        "How much of a payment or credit was applied to a document.",
        "Allocation Number",
        sections=(
            Section(
                "Allocation",
                ("Name", PAYMENT, DOCUMENT, "QB_Applied_To__c", EXTERNAL_ID),
                ("QB_Amount__c", "QB_Discount__c", "QB_Date__c"),
            ),
        ),
        columns=(PAYMENT, DOCUMENT, *_ALLOCATION_COLUMNS),
        numbers="A-{00000000}",
        sharing=_PARENT_SHARES,
    ),
)
