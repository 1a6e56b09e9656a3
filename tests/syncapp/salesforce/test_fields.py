"""The spellings: what is written reads back as it was, and the external id tells companies apart."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from syncapp.connectors.salesforce import fields
from syncapp.connectors.salesforce.gateway import plain
from syncapp.mapping.customers import CUSTOMERS
from syncapp.records import Side

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30).filter(lambda t: t != "")
LINES = st.lists(TEXT.filter(lambda t: len(t.splitlines()) == 1), min_size=1, max_size=4).map("\n".join)
MONEY = st.decimals(-(10**13), 10**13, places=2)

ACCOUNT = st.fixed_dictionaries(
    {"name": TEXT, "billing_street": LINES, "phone": TEXT, "balance": MONEY, "active": st.booleans()},
    optional={"shipping_street": LINES, "parent": st.just("001000000000001AAA")},
)


def test_every_field_of_the_mapping_has_a_spelling():
    there = {f.name for f in CUSTOMERS.fields if f.only is not Side.QUICKBOOKS}
    assert there == {*fields.ACCOUNT, *fields.CONTACT}


@given(ACCOUNT)
def test_an_account_reads_back_as_it_was_written(values):
    row = fields.account_row({**values, "quickbooks_id": "8000-1"}, "acme")
    read = fields.account_fields(row, "acme")
    assert {name: read[name] for name in values} == values
    assert read["quickbooks_id"] == "8000-1"


@given(MONEY)
def test_money_leaves_without_losing_a_cent(amount):
    sent = plain({"QB_Balance__c": amount})["QB_Balance__c"]
    assert Decimal(str(sent)) == amount


def test_money_beyond_what_a_double_holds_leaves_as_text():
    amount = Decimal("9007199254740993.17")
    assert plain({"QB_Balance__c": amount})["QB_Balance__c"] == "9007199254740993.17"
    assert plain({"QB_Balance__c": Decimal("10.10")})["QB_Balance__c"] == 10.1


def test_lines_are_joined_as_salesforce_joins_them():
    row = fields.account_row({"billing_street": "1 Road\nHouse 2"}, "acme")
    assert row["BillingStreet"] == "1 Road\r\nHouse 2"
    assert fields.account_fields(row, "acme")["billing_street"] == "1 Road\nHouse 2"


def test_the_id_of_another_company_is_not_ours():
    row = {"QB_Id__c": "globex:8000-1"}
    assert fields.account_fields(row, "acme")["quickbooks_id"] is None
    assert fields.other_company(row, "acme") == "globex"
    assert fields.other_company({"QB_Id__c": "acme:8000-1"}, "acme") == ""
    assert fields.other_company({"QB_Id__c": None}, "acme") == ""


def test_an_account_that_was_never_linked_does_not_say_whether_it_is_active():
    assert fields.account_fields({"QB_Active__c": False}, "acme")["active"] is None
    assert fields.account_fields({"QB_Active__c": False, "QB_Id__c": "acme:1"}, "acme")["active"] is False


def test_the_last_name_that_says_none_reads_as_none():
    row = fields.contact_row({"contact_last_name": None})
    assert row["LastName"] == fields.NO_LAST_NAME
    assert fields.contact_fields(row)["contact_last_name"] is None


def test_the_version_tells_two_edits_of_one_second_apart():
    account = {"SystemModstamp": "2026-01-01T12:00:00.000+0000"}
    versions = {fields.version(account, None, {"name": name}) for name in ("Acme", "Acme Ltd")}
    assert len(versions) == 2


def test_the_version_does_not_care_how_an_amount_is_spelt():
    account = {"SystemModstamp": "2026-01-01T12:00:00.000+0000"}
    versions = {fields.version(account, None, {"balance": Decimal(text)}) for text in ("10", "10.0", "10.00")}
    assert len(versions) == 1


def test_the_version_fits_into_its_column():
    account = {"SystemModstamp": "2026-01-01T12:00:00.000+0000"}
    contact = {"Id": "003000000000001AAA", "SystemModstamp": "2026-01-01T12:00:00.000+0000"}
    assert len(fields.version(account, contact, {"name": "Acme"})) <= 100
