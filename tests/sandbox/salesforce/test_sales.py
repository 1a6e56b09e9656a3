"""Products, prices and the lines of opportunities, over HTTP with the real client library."""

from __future__ import annotations

from decimal import Decimal

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from .wiring import refusal


def product(sf, name="Widget", **fields):
    return sf.Product2.create({"Name": name, "IsActive": True, **fields})["id"]


def price(sf, book, item, amount=10, **fields):
    body = {"Pricebook2Id": book, "Product2Id": item, "UnitPrice": amount, "IsActive": True, **fields}
    return sf.PricebookEntry.create(body)["id"]


def deal(sf, **fields):
    body = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-01", **fields}
    return sf.Opportunity.create(body)["id"]


def line(sf, opportunity, entry, **fields):
    body = {"OpportunityId": opportunity, "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 10, **fields}
    return sf.OpportunityLineItem.create(body)["id"]


@pytest.fixture
def book(org):
    return org.standard_pricebook


@pytest.fixture
def retail(sf):
    return sf.Pricebook2.create({"Name": "Retail", "IsActive": True})["id"]


@pytest.fixture
def entry(sf, book):
    return price(sf, book, product(sf))


def test_every_org_has_one_standard_price_book_that_no_program_can_make_or_delete(sf, book):
    found = sf.query("SELECT Id, IsActive FROM Pricebook2 WHERE IsStandard = true")
    assert [row["Id"] for row in found["records"]] == [book]
    assert refusal(sf.Pricebook2.create, {"Name": "X", "IsStandard": True}) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert refusal(sf.Pricebook2.delete, book) == "DELETE_FAILED"


def test_a_price_that_uses_the_standard_price_follows_it_and_takes_no_other(sf, org, book, retail, clock):
    item = product(sf)
    standard = price(sf, book, item, 10)
    assert refusal(price, sf, retail, item, 12, UseStandardPrice=True) == "FIELD_INTEGRITY_EXCEPTION"
    follower = price(sf, retail, item, 10, UseStandardPrice=True)
    clock.advance(60)
    sf.PricebookEntry.update(standard, {"UnitPrice": 11.5})
    assert (org.get(follower)["UnitPrice"], org.get(follower)["SystemModstamp"]) == (Decimal("11.50"), clock.now())
    both = {"UnitPrice": 9, "UseStandardPrice": False}
    assert refusal(sf.PricebookEntry.update, follower, both) == "FIELD_INTEGRITY_EXCEPTION"
    sf.PricebookEntry.update(follower, {"UseStandardPrice": False})
    sf.PricebookEntry.update(follower, {"UnitPrice": 9})
    assert org.get(follower)["UnitPrice"] == 9
    assert refusal(sf.PricebookEntry.update, standard, {"UseStandardPrice": True}) == "FIELD_INTEGRITY_EXCEPTION"


def test_a_price_shows_its_products_name_and_never_moves_to_another(sf, org, entry, clock):
    before = org.get(entry)
    clock.advance(60)
    sf.Product2.update(before["Product2Id"], {"Name": "Gadget", "ProductCode": "G1"})
    after = org.get(entry)
    assert (after["Name"], after["ProductCode"], after["SystemModstamp"]) == ("Gadget", "G1", before["SystemModstamp"])
    other = product(sf, "Other")
    assert refusal(sf.PricebookEntry.update, entry, {"Product2Id": other}) == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_standard_price_stays_while_others_hang_on_it(sf, org, book, retail):
    item = product(sf)
    standard, custom = price(sf, book, item), price(sf, retail, item)
    assert refusal(sf.PricebookEntry.delete, standard) == "DELETE_FAILED"
    sf.PricebookEntry.delete(custom)
    assert sf.PricebookEntry.delete(standard) == 204


def test_the_first_line_gives_the_opportunity_its_price_book_which_then_stays(sf, org, book, retail, entry):
    opportunity = deal(sf)
    line(sf, opportunity, entry)
    assert org.get(opportunity)["Pricebook2Id"] == book
    assert refusal(sf.Opportunity.update, opportunity, {"Pricebook2Id": retail}) == "FIELD_INTEGRITY_EXCEPTION"
    sf.Opportunity.update(opportunity, {"Amount": 1, "NextStep": "call"})
    assert (org.get(opportunity)["Amount"], org.get(opportunity)["NextStep"]) == (10, "call")


def test_a_line_may_name_its_product_where_the_opportunity_has_a_price_book(sf, org, book, entry):
    item = org.get(entry)["Product2Id"]
    body = {"OpportunityId": deal(sf), "Product2Id": item, "Quantity": 1, "UnitPrice": 3}
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.OpportunityLineItem.create(body)
    (error,) = caught.value.content
    assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    assert "must specify pricebook entry id" in error["message"]
    with_book = deal(sf, Pricebook2Id=book)
    made = sf.OpportunityLineItem.create({**body, "OpportunityId": with_book})["id"]
    row = org.get(made)
    assert (row["PricebookEntryId"], row["ListPrice"], row["Name"]) == (entry, 10, "Deal Widget")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sf, org, entry: sf.PricebookEntry.update(entry, {"IsActive": False}),
        lambda sf, org, entry: sf.Pricebook2.update(org.standard_pricebook, {"IsActive": False}),
        lambda sf, org, entry: org.delete(org.get(entry)["Product2Id"]),
    ],
    ids=["inactive price", "inactive book", "archived product"],
)
def test_a_line_needs_a_price_that_is_active_in_an_active_book(sf, org, entry, spoil):
    first = line(sf, deal(sf), entry)
    spoil(sf, org, entry)
    assert refusal(line, sf, deal(sf), entry) == "FIELD_INTEGRITY_EXCEPTION"
    sf.OpportunityLineItem.update(first, {"Quantity": 4})
    assert org.get(first)["TotalPrice"] == 40


def test_a_lines_money_adds_up_and_price_and_total_are_never_given_together(sf, org, entry):
    opportunity = deal(sf, Probability=40)
    made = line(sf, opportunity, entry, Quantity=2.5, UnitPrice=10.005, Discount=10)
    row = org.get(made)
    assert (row["UnitPrice"], row["Subtotal"], row["TotalPrice"]) == (
        Decimal("10.01"),
        Decimal("25.03"),
        Decimal("22.52"),
    )
    assert org.get(opportunity)["ExpectedRevenue"] == Decimal("9.01")
    assert org.get(opportunity)["TotalOpportunityQuantity"] == Decimal("2.50")
    update = sf.OpportunityLineItem.update
    assert refusal(update, made, {"UnitPrice": 1, "TotalPrice": 2.5}) == "INVALID_FIELD"
    assert refusal(update, made, {"Discount": 0, "Quantity": 1}) == "FIELD_INTEGRITY_EXCEPTION"
    update(made, {"Discount": 0, "Quantity": 1, "UnitPrice": 7})
    assert org.get(opportunity)["Amount"] == 7
    update(made, {"TotalPrice": 14, "Quantity": 4})
    assert org.get(made)["UnitPrice"] == Decimal("3.50")
    assert refusal(line, sf, opportunity, entry, TotalPrice=10) == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(line, sf, opportunity, entry, UnitPrice=None) == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(line, sf, opportunity, entry, Quantity=10**10) == "NUMBER_OUTSIDE_VALID_RANGE"
    assert refusal(line, sf, opportunity, entry, Description="x" * 256) == "STRING_TOO_LONG"


def test_a_line_comes_back_with_its_opportunity_but_not_without_it(sf, org, entry):
    opportunity = deal(sf)
    made = line(sf, opportunity, entry)
    sf.Opportunity.delete(opportunity)
    assert org.get(made)["IsDeleted"]
    with pytest.raises(Exception, match="UNDELETE_FAILED"):
        org.undelete(made)
    org.undelete(opportunity)
    assert not org.get(made)["IsDeleted"]
    assert org.get(opportunity)["Amount"] == 10


def test_a_contact_role_that_was_deleted_stays_deleted_and_the_primary_one_shows(sf, org, clock):
    ann, bob = (sf.Contact.create({"LastName": name})["id"] for name in ("Ann", "Bob"))
    opportunity = deal(sf, ContactId=ann)
    stamp = org.get(opportunity)["SystemModstamp"]
    clock.advance(60)
    role = sf.OpportunityContactRole.create({"OpportunityId": opportunity, "ContactId": bob, "IsPrimary": True})["id"]
    assert (org.get(opportunity)["ContactId"], org.get(opportunity)["SystemModstamp"]) == (bob, stamp)
    roles = sf.query(f"SELECT Id FROM OpportunityContactRole WHERE OpportunityId = '{opportunity}'")["records"]
    assert len(roles) == 2
    sf.OpportunityContactRole.delete(role)
    assert org.get(opportunity)["ContactId"] is None
    with pytest.raises(Exception, match="does not support undelete"):
        org.undelete(role)


def test_a_stage_drives_flags_probability_and_forecast(sf, org):
    opportunity = deal(sf)
    sf.Opportunity.update(opportunity, {"StageName": "Closed Won"})
    row = org.get(opportunity)
    shown = (row["IsClosed"], row["IsWon"], row["Probability"], row["ForecastCategoryName"])
    assert shown == (True, True, 100, "Closed")
    sf.Opportunity.update(opportunity, {"StageName": "Closed Lost", "Probability": 5})
    row = org.get(opportunity)
    assert (row["IsWon"], row["Probability"], row["ForecastCategoryName"]) == (False, 5, "Omitted")


def test_a_record_type_has_to_be_an_active_one_of_the_object(sf, org):
    projects = org.add_record_type("Opportunity", "Project", default=True)
    other = org.add_record_type("Account", "Shop")
    opportunity = deal(sf)
    assert org.get(opportunity)["RecordTypeId"] == projects
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Opportunity.update(opportunity, {"RecordTypeId": other})
    assert caught.value.content[0]["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"
    infos = {each["developerName"]: each for each in sf.Opportunity.describe()["recordTypeInfos"]}
    assert infos["Project"]["recordTypeId"] == projects
    assert (infos["Project"]["defaultRecordTypeMapping"], infos["Master"]["defaultRecordTypeMapping"]) == (True, False)
    org.set_record_type(projects, active=False)
    assert refusal(deal, sf, RecordTypeId=projects) == "INVALID_CROSS_REFERENCE_KEY"
