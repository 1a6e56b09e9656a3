"""The chart of accounts, merging of lists, and the small lists that have rules of their own."""

from __future__ import annotations

import pytest

from project.sandbox.desktop import Settings, accounts
from project.sandbox.desktop.rules import RETS

from .books import done, refused
from .support import company, one, rets, status
from .test_lists import add, delete, mod, queried, whole


def merge(file, kind, gone, kept, extra=""):
    sides = "".join(
        f"<{side}><ListID>{each['ListID']}</ListID><EditSequence>{each['EditSequence']}</EditSequence></{side}>"
        for side, each in (("MergeFrom", gone), ("MergeTo", kept))
    )
    return one(file, f"<ListMergeRq><ListMergeType>{kind}</ListMergeType>{sides}{extra}</ListMergeRq>")


# Accounts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", ["Pro", "Enterprise"])
def test_a_new_company_has_a_chart_of_accounts(edition):
    held = queried(company(edition=edition), "Account")
    types = RETS["Account"].by_name["AccountType"].options
    assert {each["AccountType"] for each in held} == set(types)
    special = {each.get("SpecialAccountType") for each in held}
    assert {"AccountsReceivable", "UndepositedFunds", "OpeningBalanceEquity", "SalesTaxPayable"} <= special
    assert ("SalesOrders" in special) == (edition == "Enterprise")
    assert len({each["AccountNumber"] for each in held}) == len(held)


def test_a_subaccount_has_its_parents_type_and_adds_to_its_balance():
    file = whole()
    add(file, "Account", "Travel", OpenBalance="5.00", OpenBalanceDate="2026-01-01")
    below = add(file, "Account", "Hotels", ParentRef="Travel", OpenBalance="7.00", OpenBalanceDate="2026-01-01")
    assert (below["FullName"], below["Balance"]) == ("Travel:Hotels", "7.00")
    above = queried(file, "Account", "<FullName>Travel</FullName>")[0]
    assert (above["Balance"], above["TotalBalance"]) == ("5.00", "12.00")
    assert refused(file, "AccountAdd", Name="Fees", ParentRef="Travel", AccountType="Income") == 3180


def test_account_numbers_are_used_once():
    file = whole()
    first = add(file, "Account", "A", AccountNumber="77001")
    assert refused(file, "AccountAdd", Name="B", AccountType="Bank", AccountNumber="77001") == 3180
    assert mod(file, "Account", first, AccountNumber="77002")["AccountNumber"] == "77002"


def test_accounts_of_quickbooks_itself_stay_as_they_are():
    file = whole()
    receivable = queried(file, "Account", "<FullName>Accounts Receivable</FullName>")[0]
    ids = {"ListID": receivable["ListID"], "EditSequence": receivable["EditSequence"]}
    assert delete(file, "Account", receivable["ListID"]) == 3160
    assert refused(file, "AccountMod", **ids, AccountType="Bank") == 3180
    assert refused(file, "AccountAdd", Name="N", AccountType="NonPosting") == 3180
    assert refused(file, "SpecialAccountAdd", SpecialAccountType="UndepositedFunds") == 3100


@pytest.mark.parametrize("special", sorted(accounts.SPECIAL.keys() - {each[3] for each in accounts.STOCK}))
def test_special_accounts_are_made_when_they_are_asked_for(special):
    made = done(whole(), "SpecialAccountAdd", SpecialAccountType=special)
    assert (made["SpecialAccountType"], made["AccountType"]) == (special, accounts.SPECIAL[special][1])


def test_accounts_are_found_by_type():
    found = queried(company(), "Account", "<AccountType>Bank</AccountType><AccountType>CreditCard</AccountType>")
    assert {each["AccountType"] for each in found} == {"Bank", "CreditCard"}


# Merging -----------------------------------------------------------------------------------


def test_a_merged_class_takes_along_what_refers_to_it_and_what_is_below():
    file = whole()
    gone, kept = add(file, "Class", "East"), add(file, "Class", "West")
    add(file, "Class", "Coast", ParentRef="East")
    add(file, "Customer", "A", ClassRef="East")
    rs = merge(file, "Class", gone, kept)
    assert status(rs) == 0
    assert [rs.findtext("MergedFrom/FullName"), rs.findtext("MergedTo/FullName")] == ["East", "West"]
    assert [each["FullName"] for each in queried(file, "Class")] == ["West", "West:Coast"]
    assert queried(file, "Customer")[0]["ClassRef"] == {"ListID": kept["ListID"], "FullName": "West"}


def test_what_is_out_of_date_or_cannot_be_one_is_not_merged():
    file = whole()
    bank, cost = add(file, "Account", "B", AccountType="Bank"), add(file, "Account", "C", AccountType="Expense")
    before = file.to_json()
    assert status(merge(file, "Account", bank, cost)) == 3170
    assert status(merge(file, "Account", {**bank, "EditSequence": "1"}, bank)) == 3200
    assert status(merge(file, "Account", bank, bank)) == 3170
    assert status(merge(file, "Account", {**bank, "ListID": "8000FFFF-1"}, bank)) == 3120
    assert file.to_json() == before


def test_members_of_a_group_follow_a_merged_item():
    file = whole()
    gone, kept = add(file, "ItemService", "A"), add(file, "ItemService", "B")
    add(file, "ItemGroup", "G", ItemGroupLine=[{"ItemRef": "A"}])
    assert status(merge(file, "ItemService", gone, kept)) == 0
    assert queried(file, "ItemGroup")[0]["ItemGroupLine"]["ItemRef"]["FullName"] == "B"


def test_the_same_ship_to_address_on_both_sides_is_asked_about():
    file = whole()
    place = {"Name": "Dock", "Addr1": "1 Pier"}
    gone, kept = (add(file, "Customer", name, ShipToAddress=[place]) for name in "AB")
    assert status(merge(file, "Customer", gone, kept)) == 3170
    assert status(merge(file, "Customer", gone, kept, "<SameShipAddrOk>true</SameShipAddrOk>")) == 0


# Small lists -------------------------------------------------------------------------------


def test_a_to_do_is_about_somebody_and_gets_done():
    file = whole()
    customer = add(file, "Customer", "A")
    note = add(file, "ToDo", "Call", CustomerRef="A", ReminderDate="2026-02-10")
    assert (note["IsDone"], note["CustomerRef"]["ListID"]) == ("false", customer["ListID"])
    assert delete(file, "Customer", customer["ListID"]) == 3160
    mod(file, "ToDo", note, IsDone="true")
    assert queried(file, "ToDo", "<DoneStatus>NotDoneOnly</DoneStatus>") == []
    assert len(queried(file, "ToDo", "<DoneStatus>DoneOnly</DoneStatus>")) == 1


def test_rates_of_workers_compensation_take_turns():
    file = whole()
    rates = [{"Rate": "2.5", "EffectiveDate": "2027-01-01"}, {"Rate": "1.5", "EffectiveDate": "2026-01-01"}]
    code = add(file, "WorkersCompCode", "8810", RateEntry=rates)
    assert (code["CurrentRate"], code["NextRate"], code["NextEffectiveDate"]) == ("1.5", "2.5", "2027-01-01")
    more = mod(file, "WorkersCompCode", code, RateEntry=[{"Rate": "1.8", "EffectiveDate": "2026-02-01"}])
    assert (more["CurrentRate"], len(more["RateHistory"])) == ("1.8", 3)


def test_a_lead_keeps_its_places_and_people_by_number():
    file = whole()
    lead = add(
        file, "Lead", "Zoe", Locations=[{"Location": "Office"}], LeadContacts=[{"FirstName": "Zoe"}], Status="Warm"
    )
    number = lead["LocationsRet"]["LocationID"]
    changed = mod(
        file, "Lead", lead, FullName="Zoe", LocationsMod=[{"LocationID": number, "Location": "Depot"}], Status="Cold"
    )
    assert (changed["LocationsRet"]["Location"], changed["Status"]) == ("Depot", "Cold")
    ids = {"ListID": changed["ListID"], "EditSequence": changed["EditSequence"], "FullName": "Zoe"}
    assert refused(file, "LeadMod", **ids, LocationsMod=[{"LocationID": "999", "Location": "X"}]) == 3120


def test_a_site_may_have_locations_but_those_have_none():
    file = whole()
    add(file, "InventorySite", "Main")
    shelf = add(file, "InventorySite", "Shelf", ParentSiteRef="Main")
    assert shelf["ParentSiteRef"]["FullName"] == "Main"
    assert refused(file, "InventorySiteAdd", Name="Box", ParentSiteRef="Shelf") == 3130


def test_sensitive_fields_need_permission():
    file = company(settings=Settings(personal_data=False))
    assert refused(file, "EmployeeAdd", FirstName="A", SSN="123-45-6789") == 3261
    allowed = company(settings=Settings(personal_data=True))
    assert add(allowed, "Employee", "A", SSN="123-45-6789")["SSN"] == "123-45-6789"
    allowed.settings.personal_data = False
    assert "SSN" not in queried(allowed, "Employee")[0]


def test_an_employees_name_is_put_together():
    file = whole()
    employee = add(file, "Employee", "Ann", LastName="Bell")
    assert employee["Name"] == "Ann Bell"
    assert mod(file, "Employee", employee, MiddleName="C")["Name"] == "Ann C Bell"
    add(file, "OtherName", "Zoe Bell")
    ids = {each: queried(file, "Employee")[0][each] for each in ("ListID", "EditSequence")}
    assert refused(file, "EmployeeMod", **ids, FirstName="Zoe", MiddleName="") == 3100


# Definitions of custom fields ----------------------------------------------------------------


def test_a_custom_field_can_be_renamed_assigned_and_removed():
    file = whole()
    file.define_custom_field("Route")
    customer = add(file, "Customer", "A")
    value = (
        "<DataExtAddRq><DataExtAdd><OwnerID>0</OwnerID><DataExtName>{}</DataExtName><ListDataExtType>Customer"
        "</ListDataExtType><ListObjRef><ListID>{}</ListID></ListObjRef><DataExtValue>North</DataExtValue></DataExtAdd>"
        "</DataExtAddRq>"
    )
    assert status(one(file, value.format("Route", customer["ListID"]))) == 0
    names = "<OwnerID>0</OwnerID><DataExtName>Route</DataExtName><DataExtNewName>Tour</DataExtNewName>"
    change = f"<DataExtDefModRq><DataExtDefMod>{names}<AssignToObject>Vendor</AssignToObject></DataExtDefMod>"
    assert status(one(file, f"{change}</DataExtDefModRq>")) == 0
    shown = queried(file, "Customer", "<OwnerID>0</OwnerID>")[0]["DataExtRet"]
    assert (shown["DataExtName"], shown["DataExtValue"]) == ("Tour", "North")
    defined = rets(one(file, "<DataExtDefQueryRq/>"))[0]
    assert defined["AssignToObject"] == ["Customer", "Vendor"]
    gone = "<OwnerID>0</OwnerID><DataExtName>Tour</DataExtName>"
    assert status(one(file, f"<DataExtDefDelRq>{gone}</DataExtDefDelRq>")) == 0
    assert status(one(file, f"<DataExtDefDelRq>{gone}</DataExtDefDelRq>")) == 3140
    assert "DataExtRet" not in queried(file, "Customer", "<OwnerID>0</OwnerID>")[0]
