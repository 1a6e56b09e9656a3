"""What a person can do on the page, with both programs behind it and no sync between them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from project.sandbox import example_books
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
    file = CompanyFile("Harborview", clock=clock, chance=chance, edition="Enterprise")
    return Desk(Org("demo", clock=clock, chance=chance), file)


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


# Items, documents and payments -----------------------------------------------------------


@pytest.fixture
def shop(desk: Desk) -> Desk:
    example_books.fill_items(desk.file)
    desk.file.add_customer(Name="Acme")
    return desk


def item(desk: Desk, name: str) -> dict[str, object]:
    return next(each for each in desk.wares.items().values() if each["name"] == name)


def enter(desk: Desk, *lines: dict[str, str], type: str = "Invoice") -> str:
    return desk.do("quickbooks", "add", "", {"type": type, "customer": "Acme", "lines": list(lines)}, "document")


def test_a_price_and_a_quantity_are_changed_at_the_desk(shop):
    chair = item(shop, "Office Chair")
    shop.do("quickbooks", "edit", chair["id"], {"price": "225.5", "about": "Chair"}, "item")
    shop.do("quickbooks", "adjust", chair["id"], {"on_hand": "50"}, "item")
    now = item(shop, "Office Chair")
    assert (now["price"], now["about"], now["on_hand"]) == ("225.50", "Chair", "50")


def test_a_sale_lowers_the_stock_and_a_void_raises_it_again(shop):
    held = int(item(shop, "Desk Lamp")["on_hand"])
    invoice = enter(shop, {"item": "Desk Lamp", "quantity": "3"}, {"item": "Delivery", "rate": "20"})
    view = shop.papers.documents()[invoice]
    assert (view["subtotal"], view["customer"], view["status"]) == ("169.70", "Acme", "Open")
    assert int(item(shop, "Desk Lamp")["on_hand"]) == held - 3
    shop.do("quickbooks", "void", invoice, {}, "document")
    assert shop.papers.documents()[invoice]["status"] == "Void"
    assert int(item(shop, "Desk Lamp")["on_hand"]) == held


def test_a_line_keeps_what_nobody_changed(shop):
    invoice = enter(shop, {"item": "Consulting", "quantity": "2"}, {"item": "Delivery", "quantity": "1"})
    first, _ = shop.papers.documents()[invoice]["lines"]
    lines = [{**first, "quantity": "3"}, {"id": "", "item": "Rush Handling", "quantity": "", "rate": ""}]
    shop.do("quickbooks", "edit", invoice, {"lines": lines}, "document")
    after = shop.papers.documents()[invoice]["lines"]
    assert [(each["item"], each["quantity"], each["amount"]) for each in after] == [
        ("Consulting", "3", "360.00"),
        ("Rush Handling", None, "25.00"),
    ]
    assert after[0]["id"] == first["id"]


def test_a_payment_for_one_invoice_and_one_on_account(shop):
    invoice = enter(shop, {"item": "Consulting", "quantity": "1"})
    shop.do("quickbooks", "pay", invoice, {"amount": "20"}, "document")
    number = shop.papers.documents()[invoice]["number"]
    paid = shop.do("quickbooks", "add", "", {"customer": "Acme", "amount": "500", "method": "Cash"}, "payment")
    view = shop.papers.payments()[paid]
    assert (view["amount"], view["unused"], view["applied"]) == ("500.00", "390.10", f"109.90 of {number}")
    assert shop.papers.documents()[invoice]["status"] == "Paid"


def test_an_estimate_becomes_an_invoice(shop):
    estimate = enter(shop, {"item": "Consulting", "quantity": "1"}, type="Estimate")
    invoice = shop.do("quickbooks", "invoice", estimate, {}, "document")
    assert shop.papers.documents()[invoice]["type"] == "Invoice"


@pytest.mark.parametrize(
    ("kind", "act", "values", "words"),
    [
        ("document", "add", {"type": "Invoice"}, "choose the type of the document and the customer"),
        ("document", "add", {"type": "Invoice", "customer": "Nobody", "lines": [{"item": "Delivery"}]}, "QuickBooks: "),
        ("document", "add", {"type": "Invoice", "customer": "Acme", "lines": [{"quantity": "1"}]}, "choose the item"),
        ("document", "add", {"type": "Invoice", "customer": "Acme", "lines": "x"}, "40 lines at most"),
        ("document", "void", {}, "QuickBooks: "),
        ("payment", "add", {"customer": "Acme"}, "how much was paid"),
        ("payment", "add", {"customer": "Acme", "amount": "much"}, "not an amount of money"),
        ("item", "adjust", {"on_hand": "5"}, "not there any more"),
        ("item", "add", {"name": "Consulting"}, "already in use"),
        ("item", "explode", {}, "no such thing"),
    ],
)
def test_what_the_bookkeeper_cannot_do_is_refused_in_words(shop, kind, act, values, words):
    with pytest.raises(Refusal, match=words):
        shop.do("quickbooks", act, "", values, kind)
    assert shop.edits == 0
