"""The objects that every org has before anybody adds anything, as far as a QuickBooks sync can meet them.

Names, lengths and flags follow recorded describes of real orgs and the vendor's object reference.  There is, as in
life, no email field on Account, and no custom field anywhere.

Words    switches   what an administrator can have switched on for a whole org: several currencies, person accounts,
                    picklists of states and countries, quotes, orders; what each brings is absent otherwise
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .fields import address, area, fixed, flag, lookup, make_object, number, owner, phone, pick, text
from .schema import Field, Schema, SObject
from .standard_sales import order_objects, product_objects, quote_objects
from .standard_setup import setup_objects
from .states import COUNTRY_CODES, STATE_CODES

INDUSTRIES = ("Agriculture", "Banking", "Construction", "Consulting", "Education", "Retail", "Technology", "Other")
ACCOUNT_TYPES = ("Prospect", "Customer - Direct", "Customer - Channel", "Installation Partner", "Other")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
FORECAST_CATEGORIES = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
# MasterLabel, IsClosed, IsWon, DefaultProbability, ForecastCategoryName: the stages that a new org comes with.
STAGES = (
    ("Prospecting", False, False, 10, "Pipeline"),
    ("Qualification", False, False, 10, "Pipeline"),
    ("Needs Analysis", False, False, 20, "Pipeline"),
    ("Value Proposition", False, False, 50, "Pipeline"),
    ("Id. Decision Makers", False, False, 60, "Pipeline"),
    ("Perception Analysis", False, False, 70, "Pipeline"),
    ("Proposal/Price Quote", False, False, 75, "Best Case"),
    ("Negotiation/Review", False, False, 90, "Commit"),
    ("Closed Won", True, True, 100, "Closed"),
    ("Closed Lost", True, False, 0, "Omitted"),
)
# Objects whose records carry no currency of their own where an org has several.
WITHOUT_CURRENCY = frozenset(
    {"OpportunityStage", "RecordType", "PermissionSet", "PermissionSetAssignment", "Organization", "User"}
    | {"CurrencyType", "DatedConversionRate", "Pricebook2"}
)


@dataclass(frozen=True)
class Switches:
    currencies: tuple[str, ...] = ()  # the first is the corporate one; none: the org has a single currency
    person_accounts: bool = False
    state_picklists: bool = False
    quotes: bool = True
    orders: bool = True

    @property
    def multi_currency(self) -> bool:
        return bool(self.currencies)


def currency_field(switches: Switches) -> Field:
    return Field(
        "CurrencyIsoCode",
        "picklist",
        label="Currency ISO Code",
        length=3,
        values=switches.currencies,
        restricted=True,
        nillable=False,
        defaulted=True,
        default=switches.currencies[0],
    )


def with_currency(sobject: SObject, switches: Switches) -> None:
    """Give an object its currency where the org has several; a standard price's currency is never changed later."""
    if switches.multi_currency and sobject.name not in WITHOUT_CURRENCY:
        found = currency_field(switches)
        found.updateable = sobject.name not in ("PricebookEntry", "OpportunityLineItem", "QuoteLineItem", "OrderItem")
        found.createable = sobject.name not in ("OpportunityLineItem", "QuoteLineItem", "OrderItem")
        sobject.add([found])


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
    return make_object("Account", "001", fields, mergeable=True)


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
    return make_object("Contact", "003", fields, mergeable=True)


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
        fixed("ExpectedRevenue", "currency", precision=18, scale=2),
        fixed("TotalOpportunityQuantity", "double", precision=18, scale=2),
        Field("CloseDate", "date", nillable=False),
        pick("Type", ("Existing Business", "New Business"), label="Opportunity Type"),
        text("NextStep", 255),
        pick("LeadSource", LEAD_SOURCES),
        fixed("IsClosed", "boolean", nillable=False, defaulted=True, default=False),
        fixed("IsWon", "boolean", nillable=False, defaulted=True, default=False),
        pick("ForecastCategoryName", FORECAST_CATEGORIES, defaulted=True),
        fixed("HasOpportunityLineItem", "boolean", nillable=False, defaulted=True, default=False),
        lookup("Pricebook2Id", "Pricebook2", "Pricebook2", "Opportunities", label="Price Book"),
        lookup("ContactId", "Contact", "Contact", updateable=False),
        owner(),
        fixed("LastStageChangeDate", "datetime"),
        fixed("LastActivityDate", "date"),
    ]
    return make_object("Opportunity", "006", fields, "Opportunities")


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
        fixed("HasSchedule", "boolean", nillable=False, defaulted=True, default=False),
    ]
    return [
        make_object("OpportunityContactRole", "00K", roles, undeletable=False),
        make_object("OpportunityLineItem", "00k", lines, "Opportunity Products"),
    ]


def _person_fields() -> list[Field]:
    """What an account gains where a record type may say that it is a person."""
    return [
        fixed("IsPersonAccount", "boolean", nillable=False, defaulted=True, default=False),
        lookup("PersonContactId", "Contact", "PersonContact", createable=False, updateable=False),
        text("LastName", 80),
        text("FirstName", 40),
        pick("Salutation", SALUTATIONS, 40),
        *address("PersonMailing"),
        *address("PersonOther"),
        *(phone(f"Person{name}") for name in ("MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone")),
        Field("PersonEmail", "email", length=80, id_lookup=True),
        text("PersonTitle", 80),
        text("PersonDepartment", 80),
        pick("PersonLeadSource", LEAD_SOURCES),
        Field("PersonBirthdate", "date"),
        flag("PersonHasOptedOutOfEmail"),
    ]


def _state_fields(sobject: SObject) -> list[Field]:
    """A code beside every state and country, each restricted to the org's list."""
    prefixes = [item.name.removesuffix("Address") for item in sobject if item.type == "address"]
    found = []
    for prefix in prefixes:
        whole = f"{prefix}Address"
        states = tuple(dict.fromkeys(code for _, code in STATE_CODES))
        found.append(pick(f"{prefix}StateCode", states, 10, compound=whole, restricted=True))
        found.append(pick(f"{prefix}CountryCode", tuple(COUNTRY_CODES), 10, compound=whole, restricted=True))
    return found


def _labelled(fields: Iterable[Field]) -> list[Field]:
    labelled = make_object("Any", "zzz", list(fields))
    return [item for item in labelled if item.name in {each.name for each in fields}]


def standard_schema(switches: Switches | None = None) -> Schema:
    switches = switches or Switches()
    account, contact = _account(), _contact()
    if switches.person_accounts:
        account.add(_labelled(_person_fields()))
        account.fields["name"].updateable = True
        contact.add(_labelled([fixed("IsPersonAccount", "boolean", nillable=False, defaulted=True, default=False)]))
    sales = [account, contact, _opportunity(), *_lines(), *product_objects()]
    sales += quote_objects() if switches.quotes else []
    sales += order_objects(quotes=switches.quotes) if switches.orders else []
    if switches.state_picklists:
        for sobject in sales:
            sobject.add(_labelled(_state_fields(sobject)))
    found = [*sales, *setup_objects(multi_currency=switches.multi_currency)]
    for sobject in found:
        with_currency(sobject, switches)
    return Schema(found)
