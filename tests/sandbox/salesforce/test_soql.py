"""SOQL: what it finds, in which order and shape, and how it words a refusal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from simple_salesforce import format_soql
from simple_salesforce.exceptions import SalesforceMalformedRequest

from .wiring import PATH


@pytest.fixture
def three(org, clock):
    """Acme with two contacts and a won deal; its child Bolt, locked in time a minute later; Zed, alone."""
    acme = org.insert("Account", Name="Acme", Phone="1", AnnualRevenue=1000, Industry="Retail")
    clock.advance(60)
    bolt = org.insert("Account", Name="Bolt's 100%_Ltd", ParentId=acme, AnnualRevenue=50)
    clock.advance(60)
    zed = org.insert("Account", Name="Zed")
    org.insert("Contact", LastName="Jones", FirstName="Ann", AccountId=acme, Email="ann@example.com")
    org.insert("Contact", LastName="Smith", AccountId=acme)
    org.insert("Opportunity", Name="Deal", AccountId=acme, StageName="Closed Won", CloseDate="2026-02-01", Amount=12.5)
    org.insert("Opportunity", Name="Hope", AccountId=zed, StageName="Prospecting", CloseDate="2026-03-01", Amount=1)
    return acme, bolt, zed


def names(sf, where, **options):
    return [row["Name"] for row in sf.query(f"SELECT Name FROM Account WHERE {where}", **options)["records"]]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Name = 'ACME'", "A"),
        ("name != 'acme'", "BZ"),
        ("Phone = null", "BZ"),
        ("Phone != null", "A"),
        ("Phone != '2'", "ABZ"),
        ("Phone = ''", "BZ"),
        ("Phone NOT IN ('1')", "BZ"),
        ("Name IN ('Acme','zed','none')", "AZ"),
        ("Name LIKE '%e%'", "AZ"),
        ("Name LIKE 'bolt\\'s%'", "B"),
        ("Name LIKE '%100\\%\\_%'", "B"),
        ("Name LIKE '_cme'", "A"),
        ("(NOT Name LIKE 'a%')", "BZ"),
        ("AnnualRevenue > 50", "A"),
        ("AnnualRevenue >= 50 AND AnnualRevenue < 1000.5", "AB"),
        ("AnnualRevenue < 2000", "AB"),
        ("Name = 'Acme' OR (Name = 'Zed' AND Phone = null)", "AZ"),
        ("ParentId = null AND (NOT Phone = '1')", "Z"),
        ("Parent.Name = 'Acme'", "B"),
        ("Parent.Parent.Name = 'x' OR Parent.Phone = '1'", "B"),
        ("Account.Name = 'Zed'", "Z"),
        ("Owner.LastName = 'Admin'", "ABZ"),
        ("CreatedDate >= 2026-02-03T17:01:00Z", "BZ"),
        ("SystemModstamp > 2026-02-03T18:01:00.000+01:00", "Z"),
        ("CreatedDate = TODAY", "ABZ"),
        ("CreatedDate < TODAY", ""),
        ("CreatedDate = LAST_N_DAYS:2", "ABZ"),
        ("IsDeleted = false", "ABZ"),
        ("Id IN (SELECT AccountId FROM Opportunity WHERE IsWon = true)", "A"),
        ("Id IN (SELECT AccountId FROM Opportunity WHERE CloseDate > 2026-02-15)", "Z"),
        ("Id NOT IN (SELECT AccountId FROM Opportunity WHERE IsWon = true) AND Name != 'Zed'", "B"),
        ("Id NOT IN (SELECT AccountId FROM Contact)", "BZ"),
    ],
)
def test_conditions_find_what_the_platform_would_find(sf, three, where, found):
    assert "".join(name[0] for name in names(sf, where)) == found


def test_ids_are_found_in_either_length_and_only_with_their_case(sf, three):
    acme, _, zed = three
    assert names(sf, f"Id = '{acme[:15]}'") == ["Acme"]
    assert names(sf, f"Id > '{acme}' ORDER BY Id LIMIT 1") == ["Bolt's 100%_Ltd"]
    assert names(sf, f"ParentId IN ('{acme}','{zed}')") == ["Bolt's 100%_Ltd"]
    with pytest.raises(SalesforceMalformedRequest, match="invalid ID field: nonsense"):
        names(sf, "Id = 'nonsense'")


def test_parents_children_and_compound_fields_come_in_their_shapes(sf, three, org):
    acme, bolt, zed = three
    org.update(acme, BillingStreet="1 Main St", BillingCity="Springfield")
    text = "SELECT Id, Parent.Name, BillingAddress, (SELECT LastName FROM Contacts ORDER BY LastName DESC LIMIT 1)"
    rows = {row["Id"]: row for row in sf.query(f"{text} FROM Account")["records"]}
    assert rows[acme]["Parent"] is None
    assert rows[acme]["BillingAddress"]["city"] == "Springfield"
    assert rows[zed]["BillingAddress"] is None
    parent = {"attributes": {"type": "Account", "url": f"{PATH}/sobjects/Account/{acme}"}, "Name": "Acme"}
    assert rows[bolt]["Parent"] == parent
    children = rows[acme]["Contacts"]
    assert (children["totalSize"], children["done"]) == (1, True)
    assert children["records"][0]["LastName"] == "Smith"
    assert rows[zed]["Contacts"] is None
    assert list(rows[acme]) == ["attributes", "Id", "Parent", "BillingAddress", "Contacts"]


def test_values_come_in_jsons_types(sf, three):
    row = sf.query("SELECT AnnualRevenue, IsDeleted, Phone, CreatedDate FROM Account WHERE Name = 'Zed'")["records"][0]
    assert row["AnnualRevenue"] is None
    assert row["IsDeleted"] is False
    assert row["CreatedDate"] == "2026-02-03T17:02:00.000+0000"
    deal = sf.query("SELECT Amount, CloseDate, Probability FROM Opportunity WHERE Name = 'Deal'")["records"][0]
    assert (deal["Amount"], deal["CloseDate"], deal["Probability"]) == (12.5, "2026-02-01", 100.0)


def test_nulls_come_first_unless_said_otherwise(sf, three):
    def ordered(by):
        rows = sf.query(f"SELECT Name FROM Account ORDER BY {by}")["records"]
        return "".join(row["Name"][0] for row in rows)

    assert ordered("AnnualRevenue") == "ZBA"
    assert ordered("AnnualRevenue DESC") == "ZAB"
    assert ordered("AnnualRevenue ASC NULLS LAST") == "BAZ"
    assert ordered("AnnualRevenue DESC NULLS LAST") == "ABZ"
    assert ordered("Parent.Name NULLS LAST, Name DESC") == "BZA"
    assert ordered("Name LIMIT 1 OFFSET 1") == "B"


def test_counting_and_other_sums(sf, three):
    counted = sf.query("SELECT COUNT() FROM Account WHERE Phone = null")
    assert (counted["totalSize"], counted["done"], counted["records"]) == (2, True, [])
    text = "SELECT COUNT(Id), MAX(AnnualRevenue) best, MIN(SystemModstamp) FROM Account"
    row = sf.query(text)["records"][0]
    assert row == {
        "attributes": {"type": "AggregateResult"},
        "expr0": 3,
        "best": 1000.0,
        "expr1": "2026-02-03T17:00:00.000+0000",
    }
    grouped = sf.query("SELECT AccountId, COUNT(Id) n FROM Contact GROUP BY AccountId")["records"]
    assert [(row["AccountId"], row["n"]) for row in grouped] == [(three[0], 2)]
    won = sf.query(f"SELECT AccountId FROM Opportunity WHERE AccountId IN ('{three[0]}') GROUP BY AccountId")
    assert [row["AccountId"] for row in won["records"]] == [three[0]]


def test_all_fields_can_be_asked_for_two_hundred_rows_at_a_time(sf, three):
    row = sf.query("SELECT FIELDS(ALL) FROM Account LIMIT 200")["records"][0]
    assert {"Id", "Name", "BillingStreet", "SystemModstamp"} <= set(row)
    with pytest.raises(SalesforceMalformedRequest, match="LIMIT of at most 200"):
        sf.query("SELECT FIELDS(ALL) FROM Account")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", "token: OR"),
        ("SELECT Id FROM Account WHERE NOT Name = 'a' AND Name = 'b'", "MALFORMED_QUERY", "unexpected token"),
        ('SELECT Id FROM Account WHERE Name = "a"', "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Account WHERE Name = 'a\\q'", "MALFORMED_QUERY", "Illegal escape"),
        ("SELECT FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id, Id FROM Account", "MALFORMED_QUERY", "duplicate field selected: Id"),
        ("SELECT * FROM Account", "MALFORMED_QUERY", "unexpected token: '*'"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Banana", "INVALID_TYPE", "sObject type 'Banana' is not supported"),
        ("SELECT Banana FROM Account", "INVALID_FIELD", "No such column 'Banana' on entity 'Account'"),
        ("SELECT CurrencyIsoCode FROM Account", "INVALID_FIELD", "No such column 'CurrencyIsoCode'"),
        ("SELECT Email FROM Account", "INVALID_FIELD", "No such column 'Email' on entity 'Account'"),
        ("SELECT Boss.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Boss'"),
        ("SELECT (SELECT Id FROM Boxes) FROM Account", "INVALID_TYPE", "Didn't understand relationship 'Boxes'"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
        ("SELECT Id FROM Account WHERE Name = 17", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Account WHERE AnnualRevenue = '17'", "INVALID_FIELD", "must be of type currency"),
        (
            "SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'",
            "INVALID_FIELD",
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        (
            "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "Semi join sub-selects are not allowed with the 'OR' operator",
        ),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)", "MALFORMED_QUERY", "semi join"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset"),
    ],
)
def test_what_soql_is_not_is_refused(sf, text, code, said):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.query(text)
    error = caught.value.content[0]
    assert error["errorCode"] == code
    assert said in error["message"]


def test_a_refusal_points_at_the_place(sf):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.query("SELECT Id FROM Foo")
    assert caught.value.content[0]["message"].splitlines()[:4] == [
        "",
        "SELECT Id FROM Foo",
        "               ^",
        "ERROR at Row:1:Column:16",
    ]


def test_pages_are_followed_by_locators(sf, org):
    org.insert_many("Account", ({"Name": f"A{number:04d}"} for number in range(4500)))
    first = sf.query("SELECT Id, Name FROM Account ORDER BY Name")
    assert (first["totalSize"], first["done"], len(first["records"])) == (4500, False, 2000)
    assert first["nextRecordsUrl"].startswith(f"{PATH}/query/01g")
    assert first["nextRecordsUrl"].endswith("-2000")
    last = sf.query_more(sf.query_more(first["nextRecordsUrl"], True)["nextRecordsUrl"], True)
    assert (last["done"], len(last["records"]), "nextRecordsUrl" in last) == (True, 500, False)
    rows = sf.query_all("SELECT Name FROM Account ORDER BY Name")["records"]
    assert [row["Name"] for row in rows] == [f"A{number:04d}" for number in range(4500)]


def test_pages_may_be_shorter_than_asked_for(sf, org):
    org.insert_many("Account", ({"Name": f"A{number:04d}"} for number in range(900)))
    org.page_size, org.page_shrink = 300, 0.7
    sizes = []
    page = sf.query("SELECT Id FROM Account")
    while True:
        sizes.append(len(page["records"]))
        if page["done"]:
            break
        page = sf.query_more(page["nextRecordsUrl"], True)
    assert sum(sizes) == 900
    assert min(sizes[:-1]) < 300
    headers = {"Sforce-Query-Options": "batchSize=250"}
    org.page_shrink = 0.0
    assert len(sf.query("SELECT Id FROM Account", headers=headers)["records"]) == 250


def test_an_eleventh_open_query_drops_the_first(sf, org):
    org.insert_many("Account", ({"Name": str(number)} for number in range(300)))
    org.page_size = 200
    urls = [sf.query("SELECT Id FROM Account")["nextRecordsUrl"] for _ in range(11)]
    assert sf.query_more(urls[1], True)["done"]
    with pytest.raises(SalesforceMalformedRequest, match="invalid query locator"):
        sf.query_more(urls[0], True)


def test_a_locator_belongs_to_its_user_and_dies_after_two_days(sf, org, raw, clock):
    org.insert_many("Account", ({"Name": str(number)} for number in range(300)))
    org.page_size = 200
    url = sf.query("SELECT Id FROM Account")["nextRecordsUrl"]
    raw.token = org.doors.open(org.person).token
    assert raw.ask("GET", url)[1][0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    clock.advance(timedelta(days=2, seconds=1).total_seconds())
    raw.token = org.doors.open(org.integration_user).token
    assert raw.ask("GET", url)[1][0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_a_page_shows_the_rows_as_they_were_when_the_query_began(sf, org):
    made = org.insert_many("Account", ({"Name": "old"} for _ in range(300)))
    org.page_size = 200
    url = sf.query("SELECT Name FROM Account ORDER BY Id")["nextRecordsUrl"]
    org.update(made[-1], Name="new")
    assert sf.query_more(url, True)["records"][-1]["Name"] == "old"


def test_deleted_rows_show_in_query_all_only(sf, org, three):
    _, bolt, _ = three
    org.delete(bolt)
    text = "SELECT Id, IsDeleted FROM Account ORDER BY Name"
    assert len(sf.query(text)["records"]) == 2
    assert [row["IsDeleted"] for row in sf.query(text, include_deleted=True)["records"]] == [False, True, False]
    gone = sf.query("SELECT Id FROM Account WHERE IsDeleted = true", include_deleted=True)["records"]
    assert [row["Id"] for row in gone] == [bolt]


def test_the_librarys_own_quoting_arrives_as_meant(sf, org):
    for name in ("O'Brien & Söhne", 'back\\slash "quoted"', "100%_sure", "two\nlines"):
        org.insert("Account", Name=name, AnnualRevenue=Decimal("5"))
        found = sf.query(format_soql("SELECT Name FROM Account WHERE Name = {name}", name=name))["records"]
        assert [row["Name"] for row in found] == [name]


def test_every_index_finds_what_a_full_scan_finds(installed, org, clock):
    for number in range(60):
        clock.advance(number % 3)
        fields = {"Name": f"A{number}", "QB_Id__c": f"acme:{number}" if number % 2 else None}
        parent = org.records("Account")[0]["Id"] if number % 5 == 4 else None
        made = org.insert("Account", **fields, ParentId=parent)
        if number % 7 == 0 and number:
            org.delete(made)
    rows = org.records("Account")
    middle = rows[20]
    stamp = f"{middle['SystemModstamp']:%Y-%m-%dT%H:%M:%SZ}"
    checks = {
        f"SystemModstamp >= {stamp}": lambda row: row["SystemModstamp"] >= middle["SystemModstamp"],
        f"SystemModstamp > {stamp}": lambda row: row["SystemModstamp"] > middle["SystemModstamp"],
        f"Id > '{middle['Id']}'": lambda row: row["Id"] > middle["Id"],
        f"Id IN ('{middle['Id']}', '{rows[3]['Id']}')": lambda row: row["Id"] in (middle["Id"], rows[3]["Id"]),
        "QB_Id__c IN ('ACME:1', 'acme:3', 'acme:98')": lambda row: row["QB_Id__c"] in ("acme:1", "acme:3"),
        f"ParentId = '{rows[0]['Id']}'": lambda row: row["ParentId"] == rows[0]["Id"],
    }
    for where, test in checks.items():
        found = installed.query(f"SELECT Id FROM Account WHERE {where} ORDER BY Id")["records"]
        assert [row["Id"] for row in found] == [row["Id"] for row in rows if test(row)], where
