"""What an org may have switched on, what its edition grants, and what happens when that is used up."""

from __future__ import annotations

import pytest
from simple_salesforce.exceptions import SalesforceRefusedRequest

from project.sandbox.chance import Chance
from project.sandbox.salesforce import Org, Switches, serve
from project.sandbox.salesforce.state import OBJECT_RIGHTS

from .packages import invoices
from .test_sales import deal, line, price, product
from .wiring import client_for, install, refusal


@pytest.fixture
def opened(clock):
    """A maker of signed-in orgs with other switches or another edition."""
    running = []

    def make(edition="Enterprise", **switches):
        org = Org("acme", clock=clock, chance=Chance(1), edition=edition, licences=3, switches=Switches(**switches))
        running.append(serve(org))
        return org, client_for(org, running[-1])

    yield make
    for server in running:
        server.stop()


def names(sf, sobject):
    return {field["name"] for field in getattr(sf, sobject).describe()["fields"]}


def test_a_field_of_currencies_is_there_only_where_there_are_several(sf, opened):
    assert refusal(sf.query, "SELECT CurrencyIsoCode FROM Account") == "INVALID_FIELD"
    assert refusal(sf.query, "SELECT Id FROM CurrencyType") == "INVALID_TYPE"
    _, several = opened(currencies=("USD", "EUR"))
    account = several.Account.create({"Name": "Acme"})["id"]
    assert several.Account.get(account)["CurrencyIsoCode"] == "USD"
    found = several.query("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true")["records"]
    assert [row["IsoCode"] for row in found] == ["USD"]
    bad = {"Name": "Acme", "CurrencyIsoCode": "XYZ"}
    assert refusal(several.Account.create, bad) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_a_line_is_of_its_opportunitys_currency_and_so_is_its_price(opened):
    org, sf = opened(currencies=("USD", "EUR"))
    item = product(sf)
    dollars = price(sf, org.standard_pricebook, item)
    euros = price(sf, org.standard_pricebook, item, 8, CurrencyIsoCode="EUR")
    again = {"CurrencyIsoCode": "EUR"}
    assert refusal(price, sf, org.standard_pricebook, item, 9, **again) == "DUPLICATE_VALUE"
    retail = sf.Pricebook2.create({"Name": "Retail", "IsActive": True})["id"]
    assert price(sf, retail, item, 9, CurrencyIsoCode="EUR")
    opportunity = deal(sf, CurrencyIsoCode="EUR")
    assert refusal(line, sf, opportunity, dollars) == "FIELD_INTEGRITY_EXCEPTION"
    assert org.get(line(sf, opportunity, euros))["CurrencyIsoCode"] == "EUR"
    assert refusal(sf.Opportunity.update, opportunity, {"CurrencyIsoCode": "USD"}) == "FIELD_INTEGRITY_EXCEPTION"


def test_a_new_currency_can_be_used_until_it_is_inactive_and_rates_follow_one_another(opened):
    org, sf = opened(currencies=("USD",))
    pound = sf.CurrencyType.create({"IsoCode": "GBP", "ConversionRate": 0.8, "DecimalPlaces": 2})["id"]
    assert sf.Account.create({"Name": "A", "CurrencyIsoCode": "GBP"})["success"]
    sf.CurrencyType.update(pound, {"IsActive": False})
    late = {"Name": "B", "CurrencyIsoCode": "GBP"}
    assert refusal(sf.Account.create, late) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert refusal(sf.CurrencyType.create, {"IsoCode": "GBP", "ConversionRate": 1}) == "DUPLICATE_VALUE"
    rate = {"IsoCode": "GBP", "ConversionRate": 0.81}
    second = sf.DatedConversionRate.create({**rate, "StartDate": "2026-02-01"})["id"]
    first = sf.DatedConversionRate.create({**rate, "StartDate": "2026-01-01"})["id"]
    assert (str(org.get(first)["NextStartDate"]), org.get(second)["NextStartDate"]) == ("2026-02-01", None)


def test_a_person_account_is_one_by_its_record_type_and_has_a_contact_behind_it(opened, sf):
    assert "IsPersonAccount" not in names(sf, "Account")
    org, people = opened(person_accounts=True)
    kind = people.query("SELECT Id FROM RecordType WHERE IsPersonType = true")["records"][0]["Id"]
    ann = {"RecordTypeId": kind, "FirstName": "Ann", "LastName": "Lee", "PersonEmail": "ann@lee.example"}
    made = people.Account.create({**ann, "PersonMailingCity": "Ely"})["id"]
    row = org.get(made)
    assert (row["Name"], row["IsPersonAccount"]) == ("Ann Lee", True)
    contact = org.get(row["PersonContactId"])
    assert (contact["Email"], contact["MailingCity"], contact["AccountId"]) == ("ann@lee.example", "Ely", made)
    people.Account.update(made, {"LastName": "Ray"})
    assert org.get(row["PersonContactId"])["Name"] == "Ann Ray"
    assert refusal(people.Account.update, made, {"Name": "Ann"}) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert refusal(people.Contact.update, contact["Id"], {"Title": "x"}) == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert refusal(people.Contact.create, {"LastName": "B", "AccountId": made}) == "FIELD_INTEGRITY_EXCEPTION"
    people.Account.delete(made)
    assert org.get(contact["Id"])["IsDeleted"]


def test_a_business_account_takes_no_fields_of_people_and_needs_its_name(opened):
    org, sf = opened(person_accounts=True)
    assert refusal(sf.Account.create, {"LastName": "Lee"}) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    acme = sf.Account.create({"Name": "Acme"})["id"]
    assert org.get(acme)["IsPersonAccount"] is False
    kind = next(row["Id"] for row in org.records("RecordType") if row["IsPersonType"])
    assert refusal(sf.Account.update, acme, {"RecordTypeId": kind}) == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(sf.Account.create, {"RecordTypeId": kind}) == "REQUIRED_FIELD_MISSING"


def test_states_and_countries_of_the_lists_agree_with_their_codes(opened):
    org, sf = opened(state_picklists=True)
    made = sf.Account.create({"Name": "A", "BillingCountryCode": "US", "BillingStateCode": "NY"})["id"]
    row = org.get(made)
    assert (row["BillingCountry"], row["BillingState"]) == ("United States", "New York")
    sf.Account.update(made, {"BillingState": "Texas"})
    assert org.get(made)["BillingStateCode"] == "TX"
    bad = {"Name": "B", "BillingCountry": "United States", "BillingState": "Atlantis"}
    assert refusal(sf.Account.create, bad) == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(sf.Account.create, {"Name": "B", "BillingState": "Texas"}) == "FIELD_INTEGRITY_EXCEPTION"


def test_a_package_fits_into_an_org_with_everything_switched_on(opened):
    org, sf = opened(currencies=("USD", "EUR"), person_accounts=True, state_picklists=True)
    install(sf, org, invoices())
    account = sf.Account.create({"Name": "Acme"})["id"]
    body = {"Name": "1", "Due__c": "2026-03-01", "Account__c": account, "CurrencyIsoCode": "EUR"}
    made = sf.Invoice__c.create(body)["id"]
    sf.Line__c.create({"Invoice__c": made, "Amount__c": 2, "CurrencyIsoCode": "EUR"})
    found = sf.query("SELECT CurrencyIsoCode, Lines_Total__c FROM Invoice__c WHERE CurrencyIsoCode = 'EUR'")["records"]
    assert [(row["CurrencyIsoCode"], row["Lines_Total__c"]) for row in found] == [("EUR", 2.0)]


def test_quotes_and_orders_are_absent_where_they_are_not_switched_on(opened):
    org, sf = opened(quotes=False, orders=False)
    assert refusal(sf.query, "SELECT Id FROM Quote") == refusal(sf.query, "SELECT Id FROM Order") == "INVALID_TYPE"
    item = product(sf)
    made = line(sf, deal(sf), price(sf, org.standard_pricebook, item))
    sf.Product2.delete(item)
    assert org.get(item)["IsArchived"]
    sf.OpportunityLineItem.delete(made)
    sf.Product2.delete(item)
    assert org.get(item)["IsDeleted"]
    _, with_orders = opened(quotes=False)
    assert "QuoteId" not in names(with_orders, "Order")


@pytest.mark.parametrize(
    ("edition", "calls"),
    [("Professional with API", 103_000), ("Enterprise", 103_000), ("Unlimited", 115_000), ("Developer", 15_000)],
)
def test_an_edition_grants_so_many_calls_a_day(opened, edition, calls):
    _, sf = opened(edition)
    assert sf.limits()["DailyApiRequests"]["Max"] == calls
    kind = sf.query("SELECT OrganizationType FROM Organization")["records"][0]["OrganizationType"]
    assert kind == f"{edition.removesuffix(' with API')} Edition"


def test_professional_has_no_api_unless_it_was_bought(opened):
    _, sf = opened("Professional")
    with pytest.raises(SalesforceRefusedRequest) as caught:
        sf.query("SELECT Id FROM Account")
    assert caught.value.content[0]["errorCode"] == "API_DISABLED_FOR_ORG"


def test_calls_come_back_after_a_day_hour_by_hour(org, sf, clock):
    org.daily_limit = 3
    sf.limits()
    clock.advance(12 * 3600)
    sf.limits()
    sf.limits()
    with pytest.raises(SalesforceRefusedRequest) as caught:
        sf.limits()
    assert caught.value.content == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    clock.advance(12 * 3600)
    org.doors.expire()
    assert org.api_used == 2


def test_a_full_org_takes_no_new_records_until_some_are_deleted(org, sf):
    accounts = org.insert_many("Account", [{"Name": str(number)} for number in range(600)])
    org.storage_mb = 1
    assert refusal(sf.Account.create, {"Name": "more"}) == "STORAGE_LIMIT_EXCEEDED"
    assert sf.Account.update(accounts[0], {"Name": "other"}) == 204
    assert sf.limits()["DataStorageMB"] == {"Max": 1, "Remaining": 0}
    for each in accounts[:200]:
        org.delete(each)
    assert sf.Account.create({"Name": "more"})["success"]


def test_a_standard_field_may_be_hidden_from_apps_but_not_from_people(org, sf):
    org.hide("OpportunityLineItem.Discount")
    assert "Discount" not in names(sf, "OpportunityLineItem")
    entry = price(sf, org.standard_pricebook, product(sf))
    opportunity = deal(sf)
    assert refusal(line, sf, opportunity, entry, Discount=5) == "INVALID_FIELD"
    assert refusal(sf.query, "SELECT Discount FROM OpportunityLineItem") == "INVALID_FIELD"
    made = line(sf, opportunity, entry)
    org.update(made, Discount=50)
    assert org.get(opportunity)["Amount"] == 5
    with pytest.raises(ValueError, match="can be hidden"):
        org.hide("Opportunity.Name")


def test_rights_to_a_standard_object_may_be_withheld_from_apps(org, sf):
    made = product(sf)
    org.withhold("Product2", "allowCreate", "allowEdit", "allowDelete", "modifyAllRecords")
    assert refusal(product, sf) == refusal(sf.Product2.update, made, {"Name": "x"}) == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert sf.Product2.describe()["createable"] is False
    assert sf.query("SELECT Id FROM Product2")["totalSize"] == 1
    org.withhold("Product2", *OBJECT_RIGHTS)
    assert refusal(sf.query, "SELECT Id FROM Product2") == "INVALID_TYPE"
    org.withhold("Product2")
    assert product(sf)


def test_a_fresh_developer_org_has_yet_to_switch_its_price_book_on(opened):
    org, sf = opened("Developer")
    entry = price(sf, org.standard_pricebook, product(sf))
    assert refusal(line, sf, deal(sf), entry) == "FIELD_INTEGRITY_EXCEPTION"
    sf.Pricebook2.update(org.standard_pricebook, {"IsActive": True})
    assert line(sf, deal(sf), entry)
