"""What the package adds to objects that every org has: Account, Contact, products, price books, opportunities.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from syncapp.connectors.salesforce.fields import CONTACT_KEY, EXTERNAL_ID, TICK
from syncapp.connectors.salesforce.metadata import CustomField, Fields
from syncapp.mapping.items import COMPONENTS_LENGTH

# What an opportunity may become; empty: what the settings say.
TRANSACTION_TYPES = ("Invoice", "Sales Order", "Sales Receipt", "Estimate", "None")

KEY_LENGTH = 100  # a company's key, a colon, an id of QuickBooks
LINE_KEY_LENGTH = 200  # and another colon and id
STATUS_LENGTH = 80
ERROR_LENGTH = 255  # a text that list views and reports can filter by


def told(on: Fields, thing: str, status: str = "QB_Sync_Status__c") -> tuple[CustomField, ...]:
    """How the sync stands with a record, for those who look at it in Salesforce."""
    return (
        on.text(
            status, "QuickBooks Sync", STATUS_LENGTH, f"How the sync stands with the {thing}, or what it waits for."
        ),
        on.text("QB_Error__c", "QuickBooks Error", ERROR_LENGTH, f"Why the {thing} is not in step, and what helps."),
        on.address("QB_Link__c", "QuickBooks Link", f"The page of the sync that shows the {thing} on both sides."),
    )


def _told(on: Fields, thing: str, status: str = "QB_Status__c") -> tuple[CustomField, ...]:
    agreed = on.moment("QB_Synced_At__c", "QuickBooks Synced At", f"When QuickBooks and the {thing} last agreed.")
    says, error, link = told(on, thing, status)
    return says, error, agreed, link


def _account() -> tuple[CustomField, ...]:
    on = Fields("Account")
    return (
        on.key(
            EXTERNAL_ID,
            "QuickBooks Id",
            KEY_LENGTH,
            "Ties the account to its customer in QuickBooks: the company's key, a colon, and the id there. The sync's.",
        ),
        on.checkbox(
            "QB_Active__c",
            "Active in QuickBooks",
            "Unticked: the customer is inactive in QuickBooks.",
            ticked=True,
            by_hand=True,
        ),
        on.text("QB_Full_Name__c", "QuickBooks Name", 255, "The customer's full name in QuickBooks."),
        on.text("QB_Terms__c", "QuickBooks Terms", 40, "The terms of payment in QuickBooks."),
        on.text("QB_Tax_Code__c", "QuickBooks Tax Code", 10, "The tax code in QuickBooks."),
        on.money("QB_Credit_Limit__c", "QuickBooks Credit Limit", "The credit limit in QuickBooks."),
        on.money("QB_Balance__c", "QuickBooks Balance", "What the customer owes in QuickBooks."),
        *_told(on, "customer"),
    )


def _contact() -> tuple[CustomField, ...]:
    on = Fields("Contact")
    return (
        on.checkbox(
            TICK,
            "Is Billing Contact",
            "Ticked: this contact is the customer's contact in QuickBooks. Tick one contact of an account.",
            ticked=False,
            by_hand=True,
        ),
        on.key(
            EXTERNAL_ID,
            "QuickBooks Id",
            KEY_LENGTH,
            "Ties a further contact to its like in QuickBooks: the company's key, a colon, and the ids. The sync's.",
        ),
        on.key(
            CONTACT_KEY,
            "QuickBooks Key",
            40,
            "Keeps the sync from creating the same contact twice. Kept by the sync.",
        ),
    )


def _product() -> tuple[CustomField, ...]:
    on = Fields("Product2")
    return (
        on.key(
            EXTERNAL_ID,
            "QuickBooks Id",
            KEY_LENGTH,
            "Ties the product to its item in QuickBooks: the company's key, a colon, and the id there. The sync's.",
        ),
        on.text("QB_Full_Name__c", "QuickBooks Name", 255, "The item's full name in QuickBooks."),
        on.text("QB_Item_Type__c", "QuickBooks Item Type", 40, "The type of the item."),
        on.long_text(
            "QB_Components__c",
            "QuickBooks Components",
            COMPONENTS_LENGTH,
            "What the group or assembly consists of: quantity and item, one to a line.",
        ),
        *(
            on.number(name, label, f"{label} in QuickBooks, as last read.")
            for name, label in (
                ("QB_On_Hand__c", "Quantity on Hand"),
                ("QB_On_Sales_Order__c", "Quantity on Sales Orders"),
                ("QB_Available__c", "Quantity Available"),
                ("QB_On_Purchase_Order__c", "Quantity on Purchase Orders"),
            )
        ),
        *_told(on, "item"),
    )


def _price_book() -> tuple[CustomField, ...]:
    on = Fields("Pricebook2")
    return (
        on.key(
            EXTERNAL_ID,
            "QuickBooks Id",
            KEY_LENGTH,
            "Ties the price book to its price level in QuickBooks: the company's key, a colon, and the id there.",
        ),
        on.text("QB_Currency__c", "QuickBooks Currency", 3, "The currency of the price level, where it has its own."),
    )


def on_sale(sobject: str, noun: str, when: str) -> tuple[CustomField, ...]:
    """On what becomes transactions: an opportunity, or what a pair has in its place."""
    on = Fields(sobject)
    return (
        on.choice(
            "QB_Transaction_Type__c",
            "QuickBooks Transaction Type",
            TRANSACTION_TYPES,
            f"What the {noun} becomes in QuickBooks when it is {when}. Empty: what the sync's settings say. "
            f"None: nothing. Choosing one on an older {noun} sends it.",
            by_hand=True,
        ),
        on.text("QB_PO_Number__c", "PO Number", 25, "The customer's order number; QuickBooks shows it.", by_hand=True),
        *(
            on.text(name, label, length, f"{about} Empty: {otherwise}.", by_hand=True)
            for name, label, length, about, otherwise in (
                ("QB_Terms__c", "QuickBooks Terms", 31, "The terms of payment, by their name.", "the customer's"),
                ("QB_Class__c", "QuickBooks Class", 159, "The class, by its full name.", "the settings'"),
                ("QB_Sales_Rep__c", "QuickBooks Sales Rep", 5, "The sales rep's initials.", "the customer's"),
                ("QB_Ship_Method__c", "QuickBooks Ship Method", 15, "How it is shipped.", "not said"),
                ("QB_Tax_Item__c", "QuickBooks Sales Tax Item", 31, "What is taxed by, by name.", "the customer's"),
                ("QB_Memo__c", "QuickBooks Memo", 255, "The memo in QuickBooks.", "the settings'"),
            )
        ),
        on.date("QB_Due_Date__c", "Due Date", "When it is to be paid. Empty: by the terms.", by_hand=True),
        on.date("QB_Ship_Date__c", "Ship Date", "When it is shipped. Empty: QuickBooks says.", by_hand=True),
        on.key(
            EXTERNAL_ID,
            "QuickBooks Id",
            KEY_LENGTH,
            f"Ties the {noun} to its transaction in QuickBooks: the company's key, a colon, the id. The sync's.",
        ),
        on.text("QB_Number__c", "QuickBooks Number", 40, "The number of the transaction in QuickBooks."),
        on.money("QB_Total__c", "QuickBooks Total", "The transaction's total in QuickBooks, with tax."),
        on.money("QB_Balance__c", "QuickBooks Balance", "What is still to be paid of the transaction."),
        on.text("QB_Status__c", "QuickBooks Status", 80, "How the transaction stands in QuickBooks."),
        *_told(on, noun, status="QB_Sync_Status__c"),
    )


def line_tax_code(sobject: str) -> CustomField:
    return Fields(sobject).text(
        "QB_Tax_Code__c",
        "QuickBooks Tax Code",
        10,
        "The line's sales tax code in QuickBooks. Empty: the item's.",
        by_hand=True,
    )


def _opportunity_line() -> tuple[CustomField, ...]:
    return (
        Fields("OpportunityLineItem").key(
            "QB_Line_Id__c",
            "QuickBooks Line Id",
            LINE_KEY_LENGTH,
            "Ties the line to its line in QuickBooks: the company's key, the ids of transaction and line. The sync's.",
        ),
        line_tax_code("OpportunityLineItem"),
    )


STANDARD_FIELDS = (
    *(*_account(), *_contact(), *_product(), *_price_book()),
    *(*on_sale("Opportunity", "opportunity", "won"), *_opportunity_line()),
)
