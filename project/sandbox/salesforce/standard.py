"""The objects that every org has before anybody adds anything, as far as a QuickBooks sync can meet them.

Names, lengths and flags follow recorded describes of real orgs and the vendor's object reference.  There is, as in
life, no email field on Account, and no custom field anywhere.
"""

from __future__ import annotations

from typing import Any

from .schema import Field, Schema, SObject

INDUSTRIES = ("Agriculture", "Banking", "Construction", "Consulting", "Education", "Retail", "Technology", "Other")
ACCOUNT_TYPES = ("Prospect", "Customer - Direct", "Customer - Channel", "Installation Partner", "Other")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
# MasterLabel, IsClosed, IsWon, DefaultProbability: the stages that a new org comes with.
STAGES = (
    ("Prospecting", False, False, 10),
    ("Qualification", False, False, 10),
    ("Needs Analysis", False, False, 20),
    ("Value Proposition", False, False, 50),
    ("Id. Decision Makers", False, False, 60),
    ("Perception Analysis", False, False, 70),
    ("Proposal/Price Quote", False, False, 75),
    ("Negotiation/Review", False, False, 90),
    ("Closed Won", True, True, 100),
    ("Closed Lost", True, False, 0),
)


def text(name: str, length: int, **more: Any) -> Field:
    return Field(name, "string", length=length, **more)


def area(name: str, length: int, **more: Any) -> Field:
    return Field(name, "textarea", length=length, **more)


def phone(name: str) -> Field:
    return Field(name, "phone", length=40)


def pick(name: str, values: tuple[str, ...], length: int = 255, **more: Any) -> Field:
    return Field(name, "picklist", length=length, values=values, **more)


def flag(name: str, *, default: bool = False, **more: Any) -> Field:
    return Field(name, "boolean", nillable=False, defaulted=True, default=default, **more)


def number(name: str, kind: str, precision: int, scale: int, **more: Any) -> Field:
    return Field(name, kind, precision=precision, scale=scale, **more)


def lookup(name: str, to: str, relationship: str, children: str = "", **more: Any) -> Field:
    return Field(name, "reference", length=18, reference_to=to, relationship=relationship, children=children, **more)


def fixed(name: str, kind: str, **more: Any) -> Field:
    """A field that only the system writes."""
    return Field(name, kind, createable=False, updateable=False, **more)


def audit() -> list[Field]:
    stamps = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
    who: dict[str, Any] = {"createable": False, "updateable": False, "nillable": False, "defaulted": True}
    return [
        fixed("Id", "id", label="Record ID", length=18, nillable=False, defaulted=True, id_lookup=True),
        fixed("IsDeleted", "boolean", nillable=False, defaulted=True, default=False),
        *(fixed(name, "datetime", nillable=False, defaulted=True) for name in stamps),
        lookup("CreatedById", "User", "CreatedBy", **who),
        lookup("LastModifiedById", "User", "LastModifiedBy", **who),
    ]


def owner() -> Field:
    return lookup("OwnerId", "User", "Owner", nillable=False, defaulted=True)


def address(prefix: str) -> list[Field]:
    whole = f"{prefix}Address"
    return [
        area(f"{prefix}Street", 255, compound=whole),
        text(f"{prefix}City", 40, compound=whole),
        text(f"{prefix}State", 80, compound=whole),
        text(f"{prefix}PostalCode", 20, compound=whole),
        text(f"{prefix}Country", 80, compound=whole),
        number(f"{prefix}Latitude", "double", 18, 15, compound=whole),
        number(f"{prefix}Longitude", "double", 18, 15, compound=whole),
        fixed(whole, "address"),
    ]


def _object(name: str, prefix: str, fields: list[Field], plural: str = "", **more: Any) -> SObject:
    sobject = SObject(name, _spaced(name), plural or f"{_spaced(name)}s", prefix, **more)
    sobject.add(audit())
    sobject.add(fields)
    for item in sobject:
        item.label = item.label or _spaced(item.name.removesuffix("Id") if item.reference_to else item.name)
        if item.reference_to:
            item.label = f"{item.label} ID"
    return sobject


def _spaced(name: str) -> str:
    return "".join(
        f" {letter}" if letter.isupper() and place and name[place - 1].islower() else letter
        for place, letter in enumerate(name)
    )


def _account() -> SObject:
    fields = [
        text("Name", 255, label="Account Name", nillable=False, name_field=True),
        lookup("MasterRecordId", "Account", "MasterRecord", createable=False, updateable=False),
        pick("Type", ACCOUNT_TYPES, label="Account Type"),
        lookup("RecordTypeId", "RecordType", "RecordType"),
        lookup("ParentId", "Account", "Parent", "ChildAccounts", label="Parent Account"),
        *address("Billing"),
        *address("Shipping"),
        phone("Phone"),
        phone("Fax"),
        text("AccountNumber", 40),
        Field("Website", "url", length=255),
        text("Sic", 20, label="SIC Code"),
        pick("Industry", INDUSTRIES),
        number("AnnualRevenue", "currency", 18, 0),
        Field("NumberOfEmployees", "int", label="Employees"),
        area("Description", 32000, label="Account Description"),
        pick("Rating", ("Hot", "Warm", "Cold")),
        text("Site", 80, label="Account Site"),
        owner(),
        pick("AccountSource", LEAD_SOURCES),
        fixed("LastActivityDate", "date"),
    ]
    return _object("Account", "001", fields, mergeable=True)


def _contact() -> SObject:
    fields = [
        lookup("MasterRecordId", "Contact", "MasterRecord", createable=False, updateable=False),
        lookup("AccountId", "Account", "Account", "Contacts", label="Account", cascade=True),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        pick("Salutation", SALUTATIONS, 40),
        fixed("Name", "string", label="Full Name", length=121, nillable=False, name_field=True),
        *address("Mailing"),
        *address("Other"),
        *(phone(name) for name in ("Phone", "Fax", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone")),
        lookup("ReportsToId", "Contact", "ReportsTo"),
        Field("Email", "email", length=80, id_lookup=True),
        text("Title", 128),
        text("Department", 80),
        text("AssistantName", 40),
        pick("LeadSource", LEAD_SOURCES),
        Field("Birthdate", "date"),
        area("Description", 32000, label="Contact Description"),
        owner(),
        flag("HasOptedOutOfEmail"),
    ]
    return _object("Contact", "003", fields, mergeable=True)


def _opportunity() -> SObject:
    stages = tuple(label for label, *_ in STAGES)
    fields = [
        lookup("AccountId", "Account", "Account", "Opportunities", label="Account", cascade=True),
        lookup("RecordTypeId", "RecordType", "RecordType"),
        text("Name", 120, nillable=False, name_field=True),
        area("Description", 32000),
        pick("StageName", stages, label="Stage", nillable=False),
        number("Amount", "currency", 18, 2),
        number("Probability", "percent", 3, 0, defaulted=True),
        Field("CloseDate", "date", nillable=False),
        pick("Type", ("Existing Business", "New Business"), label="Opportunity Type"),
        text("NextStep", 255),
        pick("LeadSource", LEAD_SOURCES),
        fixed("IsClosed", "boolean", nillable=False, defaulted=True, default=False),
        fixed("IsWon", "boolean", nillable=False, defaulted=True, default=False),
        fixed("HasOpportunityLineItem", "boolean", nillable=False, defaulted=True, default=False),
        lookup("Pricebook2Id", "Pricebook2", "Pricebook2", "Opportunities", label="Price Book"),
        lookup("ContactId", "Contact", "Contact", updateable=False),
        owner(),
        fixed("LastStageChangeDate", "datetime"),
        fixed("LastActivityDate", "date"),
    ]
    return _object("Opportunity", "006", fields, "Opportunities")


def _lines() -> list[SObject]:
    """Contact roles and products of an opportunity, both of which die with it."""
    of_opportunity: dict[str, Any] = {"nillable": False, "updateable": False, "cascade": True, "master": True}
    roles = [
        lookup("OpportunityId", "Opportunity", "Opportunity", "OpportunityContactRoles", **of_opportunity),
        lookup("ContactId", "Contact", "Contact", "OpportunityContactRoles", nillable=False, cascade=True),
        pick("Role", ("Decision Maker", "Economic Buyer", "Evaluator", "Other"), 40),
        flag("IsPrimary"),
    ]
    lines = [
        lookup("OpportunityId", "Opportunity", "Opportunity", "OpportunityLineItems", **of_opportunity),
        lookup("PricebookEntryId", "PricebookEntry", "PricebookEntry", updateable=False),
        lookup("Product2Id", "Product2", "Product2", "OpportunityLineItems", updateable=False),
        fixed("ProductCode", "string", length=255),
        fixed("Name", "string", length=376, name_field=True),
        number("Quantity", "double", 12, 2, nillable=False),
        number("UnitPrice", "currency", 18, 2, label="Sales Price"),
        number("TotalPrice", "currency", 18, 2),
        number("Discount", "percent", 5, 2),
        fixed("ListPrice", "currency", precision=18, scale=2),
        fixed("Subtotal", "currency", precision=18, scale=2),
        text("Description", 255, label="Line Description"),
        Field("ServiceDate", "date"),
        Field("SortOrder", "int"),
    ]
    return [
        _object("OpportunityContactRole", "00K", roles),
        _object("OpportunityLineItem", "00k", lines, "Opportunity Products"),
    ]


def _products() -> list[SObject]:
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
        fixed("IsArchived", "boolean", nillable=False, defaulted=True, default=False),
    ]
    book = [
        text("Name", 255, label="Price Book Name", nillable=False, name_field=True),
        text("Description", 255),
        flag("IsActive"),
        fixed("IsStandard", "boolean", nillable=False, defaulted=True, default=False),
    ]
    of_parent: dict[str, Any] = {"nillable": False, "updateable": False, "cascade": True}
    entry = [
        fixed("Name", "string", length=255, name_field=True),
        lookup("Pricebook2Id", "Pricebook2", "Pricebook2", "PricebookEntries", **of_parent),
        lookup("Product2Id", "Product2", "Product2", "PricebookEntries", **of_parent),
        number("UnitPrice", "currency", 18, 2, label="List Price", nillable=False),
        flag("IsActive"),
        flag("UseStandardPrice"),
        fixed("ProductCode", "string", length=255),
    ]
    return [
        _object("Product2", "01t", product, "Products"),
        _object("Pricebook2", "01s", book, "Price Books"),
        _object("PricebookEntry", "01u", entry, "Price Book Entries"),
    ]


def _setup() -> list[SObject]:
    """What describes the org itself and who may do what in it."""
    closed: dict[str, Any] = {"createable": False, "updateable": False, "deletable": False}
    user = [
        text("Username", 80, nillable=False),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        fixed("Name", "string", length=121, name_field=True),
        Field("Email", "email", length=128),
        flag("IsActive"),
        text("Alias", 8),
        pick("TimeZoneSidKey", ("America/New_York", "GMT"), 40, default="GMT"),
    ]
    organization = [
        text("Name", 80, name_field=True),
        flag("IsSandbox"),
        text("InstanceName", 5),
        text("OrganizationType", 40, default="Enterprise Edition"),
        text("NamespacePrefix", 15),
        pick("DefaultLocaleSidKey", ("en_US",), 40, default="en_US"),
        pick("TimeZoneSidKey", ("America/New_York", "GMT"), 40, default="GMT"),
    ]
    stage = [
        text("MasterLabel", 255, name_field=True),
        text("ApiName", 255),
        flag("IsActive", default=True),
        Field("SortOrder", "int"),
        flag("IsClosed"),
        flag("IsWon"),
        number("DefaultProbability", "percent", 3, 0),
        pick("ForecastCategoryName", ("Pipeline", "Best Case", "Commit", "Omitted", "Closed"), 40),
    ]
    record_type = [
        text("Name", 80, name_field=True),
        text("DeveloperName", 80),
        text("Description", 255),
        text("SobjectType", 40),
        flag("IsActive"),
        flag("IsPersonType"),
    ]
    permission_set = [
        text("Name", 80, nillable=False, name_field=True),
        text("Label", 80),
        text("Description", 255),
        flag("IsCustom", default=True),
        flag("IsOwnedByProfile"),
    ]
    assignment = [
        lookup("PermissionSetId", "PermissionSet", "PermissionSet", "Assignments", nillable=False, cascade=True),
        lookup("AssigneeId", "User", "Assignee", "PermissionSetAssignments", nillable=False),
    ]
    return [
        _object("User", "005", user, **closed),
        _object("Organization", "00D", organization, **closed, replicateable=False),
        _object("OpportunityStage", "01J", stage, **closed, replicateable=False),
        _object("RecordType", "012", record_type, **closed, replicateable=False),
        _object("PermissionSet", "0PS", permission_set, **closed, replicateable=False),
        _object("PermissionSetAssignment", "0Pa", assignment, updateable=False, replicateable=False),
    ]


def standard_schema() -> Schema:
    return Schema([_account(), _contact(), _opportunity(), *_lines(), *_products(), *_setup()])
