"""A person at work, the platform's own rules, and the admin's automation."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from project.sandbox.salesforce import SalesforceError, dml

from .wiring import client_for


def deal(org, **fields):
    return org.insert(
        "Opportunity", **{"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-02-28", **fields}
    )


def test_a_person_is_held_to_the_same_rules(org):
    with pytest.raises(SalesforceError) as caught:
        org.insert("Contact", FirstName="No last name")
    assert (caught.value.code, caught.value.fields) == ("REQUIRED_FIELD_MISSING", ["LastName"])
    assert org.records("Contact") == []


def test_values_are_pythons_own(org):
    account = org.insert("Account", Name="Acme", AnnualRevenue=Decimal("1000.4"))
    assert org.get(account)["AnnualRevenue"] == Decimal("1000")
    assert org.get(account)["Phone"] is None
    assert org.records("Account")[0]["Name"] == "Acme"


def test_another_person_can_be_named(org):
    beth = org.add_user("beth@acme.example", "Baker", "Beth")
    account = org.insert("Account", Name="Acme", as_user=beth)
    assert org.get(account)["LastModifiedById"] == beth
    assert org.get(beth)["Name"] == "Beth Baker"


def test_a_contacts_name_is_composed(org):
    contact = org.insert("Contact", FirstName="Ann", LastName="Jones")
    assert org.get(contact)["Name"] == "Ann Jones"
    org.update(contact, FirstName=None)
    assert org.get(contact)["Name"] == "Jones"


def test_won_and_closed_follow_the_stage_table(org, sf):
    opportunity = deal(org)
    assert (org.get(opportunity)["IsWon"], org.get(opportunity)["Probability"]) == (False, Decimal(10))
    org.update(opportunity, StageName="Closed Won")
    row = org.get(opportunity)
    assert (row["IsWon"], row["IsClosed"], row["Probability"]) == (True, True, Decimal(100))
    org.update(opportunity, StageName="A stage nobody knows")
    assert (org.get(opportunity)["IsWon"], org.get(opportunity)["IsClosed"]) == (False, False)
    stages = sf.query("SELECT MasterLabel, IsWon FROM OpportunityStage WHERE IsWon = true")["records"]
    assert [stage["MasterLabel"] for stage in stages] == ["Closed Won"]
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD_FOR_INSERT_UPDATE"):
        sf.Opportunity.update(opportunity, {"IsWon": True})


def test_a_contact_given_at_creation_becomes_the_primary_role(org):
    ann, bob = (org.insert("Contact", LastName=name) for name in ("Ann", "Bob"))
    opportunity = deal(org, ContactId=ann)
    org.insert("OpportunityContactRole", OpportunityId=opportunity, ContactId=bob, IsPrimary=True)
    roles = {row["ContactId"]: row["IsPrimary"] for row in org.records("OpportunityContactRole")}
    assert roles == {ann: False, bob: True}
    with pytest.raises(SalesforceError):
        org.update(opportunity, ContactId=bob)


def priced(org, price=10):
    product = org.insert("Product2", Name="Widget", ProductCode="W1")
    book = org.records("Pricebook2")[0]["Id"]
    return org.insert("PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=price, IsActive=True)


def test_a_custom_price_needs_a_standard_one_first(org):
    product = org.insert("Product2", Name="Widget")
    other = org.insert("Pricebook2", Name="Retail")
    with pytest.raises(SalesforceError, match="Before creating a custom price, create a standard price"):
        org.insert("PricebookEntry", Pricebook2Id=other, Product2Id=product, UnitPrice=5)
    book = next(row["Id"] for row in org.records("Pricebook2") if row["IsStandard"])
    org.insert("PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=5)
    assert org.insert("PricebookEntry", Pricebook2Id=other, Product2Id=product, UnitPrice=4)
    with pytest.raises(SalesforceError, match="already exists"):
        org.insert("PricebookEntry", Pricebook2Id=other, Product2Id=product, UnitPrice=3)


def test_the_amount_follows_the_lines(org, clock):
    entry = priced(org)
    opportunity = deal(org, Amount=999)
    clock.advance(60)
    line = {"OpportunityId": opportunity, "PricebookEntryId": entry}
    first = org.insert("OpportunityLineItem", **line, Quantity=3, UnitPrice=10)
    second = org.insert("OpportunityLineItem", **line, Quantity=2, TotalPrice=15)
    row = org.get(opportunity)
    assert (row["Amount"], row["HasOpportunityLineItem"]) == (Decimal("45.00"), True)
    assert row["Pricebook2Id"] == org.get(entry)["Pricebook2Id"]
    assert row["SystemModstamp"] == clock.now()
    assert org.get(second)["UnitPrice"] == Decimal("7.50")
    org.update(first, Discount=50)
    assert org.get(opportunity)["Amount"] == Decimal("30.00")
    org.update(opportunity, Amount=1)
    assert org.get(opportunity)["Amount"] == Decimal("30.00")
    for each in (first, second):
        org.delete(each)
    assert org.get(opportunity)["HasOpportunityLineItem"] is False
    with pytest.raises(SalesforceError, match="not both"):
        org.insert("OpportunityLineItem", **line, Quantity=1, UnitPrice=1, TotalPrice=1)


def test_a_product_on_lines_is_archived_and_another_one_deleted_with_its_prices(org):
    entry = priced(org)
    product = org.get(entry)["Product2Id"]
    line = org.insert("OpportunityLineItem", OpportunityId=deal(org), PricebookEntryId=entry, Quantity=1, UnitPrice=1)
    org.delete(product)
    assert (org.get(product)["IsDeleted"], org.get(product)["IsArchived"]) == (False, True)
    with pytest.raises(SalesforceError, match="DELETE_FAILED"):
        org.delete(entry)
    org.delete(line)
    org.delete(product)
    assert (org.get(product)["IsDeleted"], org.get(entry)["IsDeleted"]) == (True, True)


def test_a_validation_rules_text_comes_verbatim(org, sf):
    org.add_validation_rule("Account", lambda row, old: None if row.get("Phone") else "Bitte Telefon angeben.")
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Account.create({"Name": "Acme"})
    assert caught.value.content == [
        {"message": "Bitte Telefon angeben.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION"}
    ]


def test_a_duplicate_rule_shows_its_misspelt_key_and_can_be_overridden(org, sf):
    existing = org.insert("Account", Name="Acme")
    org.duplicate_rules["Account"] = lambda row: [
        each["Id"] for each in org.records("Account") if each["Name"] == row["Name"]
    ]
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Account.create({"Name": "Acme"})
    (error,) = caught.value.content
    assert (error["errorCode"], error["message"]) == ("DUPLICATES_DETECTED", "Use one of these records?")
    found = error["duplicateResut"]
    assert (found["allowSave"], found["duplicateRule"]) == (True, "Standard_Account_Duplicate_Rule")
    assert found["matchResults"][0]["matchRecords"][0]["record"]["Id"] == existing
    allow = {"Sforce-Duplicate-Rule-Header": "allowSave=true; runAsCurrentUser=true"}
    assert sf.Account.create({"Name": "Acme"}, headers=allow)["success"]


def test_triggers_change_the_row_before_and_other_records_after(org, sf, clock):
    account = org.insert("Account", Name="Acme")

    def shout(tx, row, old):
        row["LastName"] = row["LastName"].upper()

    def count(tx, row, old):
        dml.update(tx, org.schema["Account"], account, {"NumberOfEmployees": len(org.records("Contact"))})

    org.on_save("Contact", shout, when="before")
    org.on_save("Contact", count)
    clock.advance(60)
    contact = sf.Contact.create({"LastName": "Jones", "AccountId": account})["id"]
    assert org.get(contact)["LastName"] == "JONES"
    row = org.get(account)
    assert (row["NumberOfEmployees"], row["LastModifiedById"]) == (1, org.integration_user)
    assert row["SystemModstamp"] == clock.now()


def test_a_trigger_that_fails_takes_the_save_back(org, sf):
    def fail(tx, row, old):
        raise SalesforceError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")

    org.on_save("Account", fail, name="AccountTrigger")
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Account.create({"Name": "Acme"})
    (error,) = caught.value.content
    assert error["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert error["message"].startswith("AccountTrigger: execution of AfterInsert caused by: UNABLE_TO_LOCK_ROW")
    assert org.records("Account") == []


def test_people_and_apps_may_work_at_once(org, server):
    def app():
        sf = client_for(org, server)
        for number in range(30):
            sf.Account.create({"Name": f"app {number}"})

    def person():
        for number in range(200):
            org.insert("Account", Name=f"person {number}")

    threads = [threading.Thread(target=work) for work in (app, app, person, person)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = org.records("Account")
    assert len(records) == len({row["Id"] for row in records}) == 460


def test_a_snapshot_tells_two_states_apart(org):
    account = org.insert("Account", Name="Acme")
    before = org.snapshot("Account")
    assert before == org.snapshot("Account")
    org.update(account, Name="Acme Ltd")
    assert before != org.snapshot("Account")
