"""The fields that the product adds to a Salesforce org, and what else of the org it relies on.

Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from syncapp.connectors.salesforce.fields import ACCOUNT_COLUMNS, CONTACT_COLUMNS, CONTACT_KEY, EXTERNAL_ID, TICK

PERMISSION_SET = "QuickBooks_Sync"
PERMISSION_SET_LABEL = "QuickBooks Sync"


@dataclass(frozen=True)
class CustomField:
    sobject: str
    name: str
    label: str
    type: str
    help: str
    more: dict[str, str] = field(default_factory=dict)  # elements of its type, in the metadata's own words

    @property
    def full_name(self) -> str:
        return f"{self.sobject}.{self.name}"


def _text(length: int) -> dict[str, str]:
    return {"length": str(length)}


def _unique(length: int) -> dict[str, str]:
    return {"length": str(length), "externalId": "true", "unique": "true", "caseSensitive": "false"}


MONEY = {"precision": "18", "scale": "2"}

CUSTOM_FIELDS = (
    CustomField(
        "Account",
        EXTERNAL_ID,
        "QuickBooks Id",
        "Text",
        "Ties the account to its customer in QuickBooks: the company's key, a colon, and the id there. The sync's.",
        _unique(100),
    ),
    CustomField(
        "Account",
        "QB_Active__c",
        "Active in QuickBooks",
        "Checkbox",
        "Unticked: the customer is inactive in QuickBooks.",
        {"defaultValue": "true"},
    ),
    CustomField(
        "Account", "QB_Full_Name__c", "QuickBooks Name", "Text", "The customer's full name in QuickBooks.", _text(255)
    ),
    CustomField("Account", "QB_Terms__c", "QuickBooks Terms", "Text", "The terms of payment in QuickBooks.", _text(40)),
    CustomField("Account", "QB_Tax_Code__c", "QuickBooks Tax Code", "Text", "The tax code in QuickBooks.", _text(10)),
    CustomField(
        "Account", "QB_Credit_Limit__c", "QuickBooks Credit Limit", "Currency", "The credit limit in QuickBooks.", MONEY
    ),
    CustomField(
        "Account", "QB_Balance__c", "QuickBooks Balance", "Currency", "What the customer owes in QuickBooks.", MONEY
    ),
    CustomField(
        "Contact",
        TICK,
        "Is Billing Contact",
        "Checkbox",
        "Ticked: this contact is the customer's contact in QuickBooks. Tick one contact of an account.",
        {"defaultValue": "false"},
    ),
    CustomField(
        "Contact",
        CONTACT_KEY,
        "QuickBooks Key",
        "Text",
        "Keeps the sync from creating the same contact twice. Kept by the sync.",
        _unique(40),
    ),
)

# What the sync's user must be able to do; by object: create and edit, or only read.
OBJECT_PERMISSIONS = {"Account": True, "Contact": True, "Opportunity": False}

_ONLY_READ = frozenset(
    ["Id", "SystemModstamp", "LastModifiedById", "IsDeleted", "MasterRecordId", "CreatedDate", "Website"]
)
# Said when the row is created, and never again.
_ONLY_CREATED = frozenset(["PricebookEntry.Pricebook2Id", "PricebookEntry.Product2Id"])
# By kind of record, then by object: what the sync reads, and so must see.
READ_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "customer": {"Account": ACCOUNT_COLUMNS, "Contact": CONTACT_COLUMNS},
}


def is_written(sobject: str, name: str) -> bool:
    return name not in _ONLY_READ and f"{sobject}.{name}" not in _ONLY_CREATED
