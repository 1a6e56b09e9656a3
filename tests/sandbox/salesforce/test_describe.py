"""Describe: the lengths and flags of the facts, key by key."""

from __future__ import annotations

import pytest

FIELD_KEYS = (
    "name label type soapType length byteLength precision scale digits nillable createable updateable "
    "defaultedOnCreate unique externalId idLookup caseSensitive calculated custom nameField referenceTo "
    "relationshipName picklistValues restrictedPicklist compoundFieldName filterable sortable groupable "
    "permissionable defaultValue inlineHelpText"
)
LENGTHS = {
    "Account": {"Name": 255, "AccountNumber": 40, "Site": 80, "Phone": 40, "Fax": 40, "Website": 255}
    | {"BillingStreet": 255, "BillingCity": 40, "BillingState": 80, "BillingPostalCode": 20, "BillingCountry": 80}
    | {"Description": 32000, "ShippingStreet": 255},
    "Contact": {"LastName": 80, "FirstName": 40, "Salutation": 40, "Name": 121, "Email": 80, "Title": 128}
    | {"Department": 80, "MobilePhone": 40, "MailingCity": 40, "OtherStreet": 255},
    "Opportunity": {"Name": 120, "StageName": 255, "NextStep": 255, "Description": 32000},
    "OpportunityLineItem": {"Name": 376, "Description": 255},
    "Product2": {"Name": 255, "ProductCode": 255, "Description": 4000, "StockKeepingUnit": 180, "DisplayUrl": 1000},
}
REQUIRED = {
    "Account": {"Name"},
    "Contact": {"LastName"},
    "Opportunity": {"Name", "StageName", "CloseDate"},
    "OpportunityContactRole": {"OpportunityId", "ContactId"},
    "OpportunityLineItem": {"OpportunityId", "Quantity"},
    "PricebookEntry": {"Pricebook2Id", "Product2Id", "UnitPrice"},
}
PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "OpportunityLineItem": "00k",
    "Product2": "01t",
    "Pricebook2": "01s",
    "PricebookEntry": "01u",
    "User": "005",
    "Organization": "00D",
    "PermissionSet": "0PS",
}


def fields(sf, sobject):
    return {field["name"]: field for field in getattr(sf, sobject).describe()["fields"]}


@pytest.mark.parametrize("sobject", LENGTHS)
def test_lengths_are_those_of_real_orgs(sf, sobject):
    described = fields(sf, sobject)
    assert {name: described[name]["length"] for name in LENGTHS[sobject]} == LENGTHS[sobject]
    assert all(set(field) >= set(FIELD_KEYS.split()) for field in described.values())


@pytest.mark.parametrize("sobject", REQUIRED)
def test_required_on_create_is_read_from_three_flags(sf, sobject):
    described = fields(sf, sobject).values()
    required = {
        field["name"]
        for field in described
        if not field["nillable"] and field["createable"] and not field["defaultedOnCreate"]
    }
    assert required == REQUIRED[sobject]


def test_the_global_describe_lists_prefixes(sf):
    answer = sf.describe()
    assert (answer["encoding"], answer["maxBatchSize"]) == ("UTF-8", 200)
    assert {each["name"]: each["keyPrefix"] for each in answer["sobjects"]}.items() >= PREFIXES.items()


def test_an_account_has_no_email_and_no_custom_field(sf):
    described = fields(sf, "Account")
    assert not any(field["type"] == "email" or field["custom"] for field in described.values())


def test_children_are_reached_by_their_relationship_names(sf):
    answer = sf.Account.describe()
    names = {child["relationshipName"]: child["childSObject"] for child in answer["childRelationships"]}
    assert names.items() >= {"Contacts": "Contact", "Opportunities": "Opportunity", "ChildAccounts": "Account"}.items()
    assert answer["recordTypeInfos"][0]["recordTypeId"] == "012000000000000AAA"


def test_derived_fields_cannot_be_written(sf):
    described = fields(sf, "Opportunity")
    for name in ("IsWon", "IsClosed", "HasOpportunityLineItem", "SystemModstamp", "Id"):
        assert not described[name]["createable"], name
        assert not described[name]["updateable"], name
    assert described["ContactId"]["createable"]
    assert not described["ContactId"]["updateable"]
