"""Queries that the flows of sales and books need: relationships both ways, sums by group, days in words, large orgs."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from project.sandbox.salesforce.soql_dates import span

from .test_sales import deal, line, price, product
from .wiring import deploy, field_xml, install, manifest, permission_set_xml, refusal, xml


@pytest.fixture
def sold(org, sf):
    """Three won opportunities of two accounts in two months, with lines."""
    entry = price(sf, org.standard_pricebook, product(sf, ProductCode="W1"))
    acme, bolt = (sf.Account.create({"Name": name})["id"] for name in ("Acme", "Bolt"))
    days = ((acme, "2026-01-15"), (acme, "2026-02-03"), (bolt, "2026-02-20"))
    deals = [
        deal(sf, Name=f"D{n}", AccountId=to, CloseDate=day, StageName="Closed Won") for n, (to, day) in enumerate(days)
    ]
    for number, each in enumerate(deals, start=1):
        for _ in range(number):
            line(sf, each, entry, Quantity=number)
    return deals


def rows(sf, query):
    return [{key: value for key, value in row.items() if key != "attributes"} for row in sf.query(query)["records"]]


def test_an_opportunity_comes_with_its_lines_roles_and_their_parents(org, sf, sold):
    ann = sf.Contact.create({"LastName": "Ann", "MailingCity": "Ely"})["id"]
    sf.OpportunityContactRole.create({"OpportunityId": sold[1], "ContactId": ann, "IsPrimary": True})
    query = (
        "SELECT Id, Account.Name, Pricebook2.IsStandard,"
        " (SELECT Quantity, PricebookEntry.Product2.ProductCode, Product2.Name FROM OpportunityLineItems),"
        " (SELECT Contact.MailingCity FROM OpportunityContactRoles WHERE IsPrimary = true)"
        f" FROM Opportunity WHERE Id = '{sold[1]}'"
    )
    (found,) = sf.query(query)["records"]
    assert (found["Account"]["Name"], found["Pricebook2"]["IsStandard"]) == ("Acme", True)
    lines = found["OpportunityLineItems"]
    assert (lines["totalSize"], lines["done"]) == (2, True)
    first = lines["records"][0]
    assert first["PricebookEntry"]["Product2"]["ProductCode"] == "W1"
    assert (first["Quantity"], first["Product2"]["Name"]) == (2.0, "Widget")
    assert found["OpportunityContactRoles"]["records"][0]["Contact"]["MailingCity"] == "Ely"


def test_many_children_come_by_a_locator_of_their_own(org, sf, sold):
    org.child_page_size = 2
    query = f"SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunity WHERE Id = '{sold[2]}'"
    children = sf.query(query)["records"][0]["OpportunityLineItems"]
    assert (children["totalSize"], children["done"], len(children["records"])) == (3, False, 2)
    rest = sf.query_more(children["nextRecordsUrl"], identifier_is_url=True)
    assert (rest["done"], len(rest["records"])) == (True, 1)


def test_sums_by_group_carry_their_names(sf, sold):
    query = (
        "SELECT Account.Name, CALENDAR_MONTH(CloseDate) month, COUNT(Id), SUM(Amount) total FROM Opportunity"
        " WHERE IsWon = true GROUP BY Account.Name, CALENDAR_MONTH(CloseDate) ORDER BY SUM(Amount) DESC"
    )
    assert rows(sf, query) == [
        {"Name": "Bolt", "month": 2, "expr0": 1, "total": 90.0},
        {"Name": "Acme", "month": 2, "expr0": 1, "total": 40.0},
        {"Name": "Acme", "month": 1, "expr0": 1, "total": 10.0},
    ]
    having = "SELECT AccountId, COUNT(Id) n FROM Opportunity GROUP BY AccountId HAVING COUNT(Id) > 1"
    assert [row["n"] for row in rows(sf, having)] == [2]
    assert rows(sf, "SELECT MAX(CloseDate) last, AVG(Amount) FROM Opportunity") == [
        {"last": "2026-02-20", "expr0": pytest.approx(46.6667, abs=0.001)}
    ]
    assert rows(sf, "SELECT COUNT(Id) FROM Opportunity WHERE Name = 'none'") == [{"expr0": 0}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Name, COUNT(Id) FROM Opportunity GROUP BY AccountId",
        "SELECT Name, COUNT(Id) FROM Opportunity",
        "SELECT Amount FROM Opportunity GROUP BY Amount",
        "SELECT SUM(Name) FROM Opportunity",
        "SELECT Name n FROM Opportunity",
        "SELECT CALENDAR_YEAR(CloseDate) FROM Opportunity",
        "SELECT Id FROM Opportunity WHERE COUNT(Id) > 1",
        "SELECT Id FROM Opportunity ORDER BY SUM(Amount)",
        "SELECT Id FROM Opportunity WHERE CloseDate = LAST_N_DAYS",
        "SELECT Id FROM Opportunity WHERE CloseDate = TODAY:3",
        "SELECT BANANA(Id) FROM Opportunity",
    ],
)
def test_what_cannot_be_grouped_or_named_is_malformed(sf, query):
    assert refusal(sf.query, query) == "MALFORMED_QUERY"


def test_a_function_of_a_date_filters_and_wants_a_date(sf, sold):
    found = rows(
        sf, "SELECT Name FROM Opportunity WHERE CALENDAR_MONTH(CloseDate) = 2 AND CALENDAR_YEAR(CloseDate) = 2026"
    )
    assert [row["Name"] for row in found] == ["D1", "D2"]
    assert len(rows(sf, "SELECT Id FROM Opportunity WHERE DAY_ONLY(CreatedDate) = 2026-02-03")) == 3
    assert refusal(sf.query, "SELECT Id FROM Opportunity WHERE CALENDAR_MONTH(Name) = 2") == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("TODAY", ["D1"]),
        ("THIS_MONTH", ["D1", "D2"]),
        ("LAST_MONTH", ["D0"]),
        ("THIS_WEEK", ["D1"]),
        ("NEXT_N_WEEKS:3", ["D2"]),
        ("THIS_YEAR", ["D0", "D1", "D2"]),
        ("LAST_QUARTER", []),
        ("LAST_N_DAYS:19", ["D0", "D1"]),
        ("LAST_N_DAYS:18", ["D1"]),
        ("NEXT_N_DAYS:17", ["D2"]),
        ("N_DAYS_AGO:19", ["D0"]),
        ("LAST_90_DAYS", ["D0", "D1"]),
    ],
)
def test_days_may_be_said_in_words(sf, sold, word, names):
    found = rows(sf, f"SELECT Name FROM Opportunity WHERE CloseDate = {word} ORDER BY Name")
    assert [row["Name"] for row in found] == names


@pytest.mark.parametrize("unit", ["WEEK", "MONTH", "QUARTER", "YEAR"])
def test_spans_of_days_meet_without_gap_or_overlap(unit):
    for day in (date(2024, 2, 29) + timedelta(days=step) for step in range(800)):
        last, this, coming = (span(f"{which}_{unit}", 0, day) for which in ("LAST", "THIS", "NEXT"))
        assert last[1] == this[0] <= day < this[1] == coming[0]
        assert span(f"LAST_N_{unit}S", 1, day) == last == span(f"N_{unit}S_AGO", 1, day)
        assert span(f"NEXT_N_{unit}S", 2, day) == (coming[0], span(f"NEXT_{unit}", 0, coming[0])[1])


def test_choices_of_a_multi_select_picklist_are_found_by_includes(org, sf):
    values = "".join(f"<value><fullName>{each}</fullName><default>false</default></value>" for each in "ABC")
    value_set = f"<restricted>true</restricted><valueSetDefinition>{values}</valueSetDefinition>"
    field = field_xml("Kinds__c", "MultiselectPicklist", visibleLines=4, valueSet=value_set)
    files = {
        "package.xml": manifest(CustomField=["Account.Kinds__c"], PermissionSet=["QuickBooks_Sync"]),
        "objects/Account.object": xml("CustomObject", field),
        "permissionsets/QuickBooks_Sync.permissionset": permission_set_xml(["Account.Kinds__c"]),
    }
    assert deploy(sf, files)["success"]
    install(sf, org, files)
    for name, kinds in (("one", "A"), ("two", "A;B"), ("none", None)):
        sf.Account.create({"Name": name, "Kinds__c": kinds})
    found = rows(sf, "SELECT Name FROM Account WHERE Kinds__c INCLUDES ('A;B', 'C') ORDER BY Name")
    assert [row["Name"] for row in found] == ["two"]
    found = rows(sf, "SELECT Name FROM Account WHERE Kinds__c EXCLUDES ('B') ORDER BY Name")
    assert [row["Name"] for row in found] == ["none", "one"]
    assert refusal(sf.query, "SELECT Id FROM Account WHERE Name INCLUDES ('A')") == "INVALID_QUERY_FILTER_OPERATOR"


def test_more_than_2000_groups_do_not_fit_into_one_answer(org, sf):
    org.insert_many("Account", [{"Name": str(number)} for number in range(2001)])
    with pytest.raises(SalesforceMalformedRequest, match="does not support queryMore"):
        sf.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name")
    assert len(sf.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name LIMIT 2000")["records"]) == 2000


def test_a_large_org_answers_by_index_and_page_by_page_in_even_time(org, sf, clock):
    accounts = org.insert_many("Account", [{"Name": f"A{number}"} for number in range(12_000)])
    clock.advance(3600)
    for each in accounts[-3:]:
        org.update(each, Site="moved")
    changed = (
        f"SELECT Id FROM Account WHERE SystemModstamp >= {clock.now():%Y-%m-%dT%H:%M:%SZ} ORDER BY SystemModstamp, Id"
    )
    assert [row["Id"] for row in rows(sf, changed)] == accounts[-3:]
    durations, answer = [], sf.query("SELECT Id, Name, Owner.Name FROM Account ORDER BY Id")
    found = [row["Id"] for row in answer["records"]]
    while not answer["done"]:
        started = time.perf_counter()
        answer = sf.query_more(answer["nextRecordsUrl"], identifier_is_url=True)
        durations.append(time.perf_counter() - started)
        found += [row["Id"] for row in answer["records"]]
    assert found == accounts
    assert max(durations) < 20 * min(durations) + 0.5
