"""What a person can do on the page, with both programs behind it and no sync between them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile
from project.sandbox.page.check import differences
from project.sandbox.page.desk import Desk
from project.sandbox.page.plain import Refusal
from project.sandbox.salesforce import Org


@pytest.fixture
def desk() -> Desk:
    clock, chance = Clock(), Chance(1)
    return Desk(Org("demo", clock=clock, chance=chance), CompanyFile("Harborview", clock=clock, chance=chance))


def add_customer(desk: Desk, **values: object) -> str:
    return desk.do("quickbooks", "add", "", {"name": "Acme", **values})


def test_a_customer_is_entered_as_a_person_would(desk):
    list_id = add_customer(
        desk, phone="1", street="Line 1\nLine 2", city="Austin", terms="Net 30", credit_limit="12.5", last="Shaw"
    )
    view = desk.customers()[list_id]
    assert (view["street"], view["city"], view["terms"]) == ("Line 1\nLine 2", "Austin", "Net 30")
    assert (view["credit_limit"], view["last"], view["active"]) == ("12.50", "Shaw", True)


def test_lines_that_are_taken_out_of_an_address_are_gone(desk):
    list_id = add_customer(desk, street="Line 1\nLine 2\nLine 3", city="Austin")
    desk.do("quickbooks", "edit", list_id, {"street": "Line 1"})
    view = desk.customers()[list_id]
    assert (view["street"], view["city"]) == ("Line 1", "Austin")


def test_a_customer_becomes_inactive_and_is_deleted(desk):
    list_id = add_customer(desk)
    desk.do("quickbooks", "edit", list_id, {"active": False})
    assert desk.customers()[list_id]["active"] is False
    desk.do("quickbooks", "delete", list_id, {})
    assert desk.customers() == {}


def test_an_open_opportunity_is_won_rather_than_a_second_one_entered(desk):
    account = desk.do("salesforce", "add", "", {"name": "Acme", "won": False})
    desk.org.insert(
        "Opportunity", AccountId=account, Name="One", StageName="Prospecting", CloseDate="2026-03-01", Amount=Decimal(5)
    )
    assert desk.accounts()[account]["won"] is False
    desk.do("salesforce", "win", account, {})
    assert desk.accounts()[account]["won"] is True
    assert len(desk.org.records("Opportunity")) == 1


def test_the_only_contact_is_changed_rather_than_a_second_one_entered(desk):
    account = desk.do("salesforce", "add", "", {"name": "Acme"})
    desk.org.insert("Contact", AccountId=account, LastName="Shaw")
    desk.do("salesforce", "edit", account, {"email": "shaw@acme.example"})
    assert [row["Email"] for row in desk.org.records("Contact")] == ["shaw@acme.example"]
    assert desk.accounts()[account]["email"] == "shaw@acme.example"


@pytest.mark.parametrize(
    ("side", "act", "values", "words"),
    [
        ("quickbooks", "add", {"name": "A:B"}, "QuickBooks: "),
        ("quickbooks", "add", {"name": None}, "QuickBooks: "),
        ("quickbooks", "add", {"name": "A", "credit_limit": "much"}, "not an amount"),
        ("quickbooks", "add", {"name": "A", "credit_limit": "NaN"}, "not an amount"),
        ("quickbooks", "add", {"name": "A", "street": "1\n2\n3\n4\n5\n6"}, "room for 5 lines"),
        ("quickbooks", "edit", {"name": "B"}, "QuickBooks: "),
        ("salesforce", "add", {"phone": "1"}, "Salesforce: "),
        ("salesforce", "delete", {}, "Salesforce: "),
        ("salesforce", "win", {}, "not there any more"),
        ("salesforce", "explode", {}, "no such thing"),
        ("nowhere", "add", {}, "no such thing"),
        ("salesforce", "add", {"name": "x" * 3000}, "cannot enter this"),
        ("salesforce", "add", {"name": {"a": 1}}, "cannot enter this"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(desk, side, act, values, words):
    with pytest.raises(Refusal) as refused:
        desk.do(side, act, "", values)
    assert words in str(refused.value)
    assert desk.edits == 0


def test_an_account_with_a_won_opportunity_cannot_be_deleted(desk):
    account = desk.do("salesforce", "add", "", {"name": "Acme", "won": True})
    with pytest.raises(Refusal, match="closed won opportunities"):
        desk.do("salesforce", "delete", account, {})


def test_the_judge_sees_every_field_that_differs(desk):
    same = {"name": "Acme", "phone": "1", "street": "Line 1\nLine 2", "city": "Austin"}
    account = desk.do("salesforce", "add", "", same)
    desk.org.insert("Contact", AccountId=account, LastName="Shaw")
    list_id = desk.do("quickbooks", "add", "", {**same, "last": "Shaw"})
    known = frozenset({"tax_code"})
    assert list(differences(desk.accounts()[account], desk.customers()[list_id], known)) == []
    desk.do("quickbooks", "edit", list_id, {"name": "Acmé", "phone": "2", "street": "Line 1", "last": "Show"})
    found = " ".join(differences(desk.accounts()[account], desk.customers()[list_id], known))
    assert all(word in found for word in ("the names are", "phone is", "street is", "last is"))
    assert "city" not in found
