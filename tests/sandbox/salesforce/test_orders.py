"""Quotes and orders: totals that follow the lines, and an activation that cannot be had too early."""

from __future__ import annotations

from decimal import Decimal

import pytest

from .test_sales import book, deal, entry, price, product, retail  # noqa: F401
from .wiring import refusal

ADDRESS = {"BillingStreet": "1 High St\nYard", "BillingCity": "Ely", "ShippingCity": "Rye"}


@pytest.fixture
def account(sf):
    return sf.Account.create({"Name": "Acme"})["id"]


@pytest.fixture
def order(sf, account, book):  # noqa: F811
    body = {"AccountId": account, "EffectiveDate": "2026-03-01", "Status": "Draft", "Pricebook2Id": book, **ADDRESS}
    return sf.Order.create(body)["id"]


def item(sf, order, entry, **fields):  # noqa: F811
    body = {"OrderId": order, "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": 9.99, **fields}
    return sf.OrderItem.create(body)["id"]


def test_a_quote_takes_over_from_its_opportunity_and_adds_up(sf, org, account, book, entry):  # noqa: F811
    opportunity = deal(sf, AccountId=account, Pricebook2Id=book)
    quote = sf.Quote.create({"Name": "Q", "OpportunityId": opportunity, "Tax": 1.5, "ShippingHandling": 3})["id"]
    row = org.get(quote)
    assert (row["AccountId"], row["Pricebook2Id"], row["QuoteNumber"]) == (account, book, "00000001")
    line = {"QuoteId": quote, "PricebookEntryId": entry, "Quantity": 3, "UnitPrice": 10, "Discount": 50}
    first = sf.QuoteLineItem.create(line)["id"]
    row = org.get(quote)
    shown = [row[name] for name in ("Subtotal", "Discount", "TotalPrice", "GrandTotal", "LineItemCount")]
    assert shown == [30, 50, 15, Decimal("19.50"), 1]
    assert refusal(sf.Quote.update, quote, {"GrandTotal": 1}) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    other = sf.Pricebook2.create({"Name": "X", "IsActive": True})["id"]
    assert refusal(sf.Quote.update, quote, {"Pricebook2Id": other}) == "FIELD_INTEGRITY_EXCEPTION"
    sf.QuoteLineItem.delete(first)
    assert org.get(quote)["GrandTotal"] == Decimal("4.50")
    sf.Opportunity.delete(opportunity)
    assert org.get(quote)["IsDeleted"]


def test_a_quote_without_a_price_book_takes_no_lines(sf, entry):  # noqa: F811
    quote = sf.Quote.create({"Name": "Q", "OpportunityId": deal(sf)})["id"]
    line = {"QuoteId": quote, "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 1}
    assert refusal(sf.QuoteLineItem.create, line) == "FIELD_INTEGRITY_EXCEPTION"


def test_an_order_begins_as_a_draft_and_is_activated_with_products_only(sf, org, account, order, entry):  # noqa: F811
    born_active = {"AccountId": account, "EffectiveDate": "2026-03-01", "Status": "Activated"}
    assert refusal(sf.Order.create, born_active) == "FAILED_ACTIVATION"
    assert refusal(sf.Order.update, order, {"Status": "Activated"}) == "FAILED_ACTIVATION"
    made = item(sf, order, entry)
    assert org.get(order)["TotalAmount"] == Decimal("19.98")
    sf.Order.update(order, {"Status": "Activated"})
    row = org.get(order)
    assert (row["StatusCode"], row["ActivatedById"]) == ("Activated", org.integration_user)
    assert refusal(item, sf, order, entry) == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(sf.OrderItem.update, made, {"Quantity": 3}) == "FIELD_INTEGRITY_EXCEPTION"
    assert sf.OrderItem.update(made, {"Description": "as agreed"}) == 204
    assert refusal(sf.OrderItem.delete, made) == "DELETE_FAILED"
    assert refusal(sf.Order.update, order, {"EffectiveDate": "2026-04-01"}) == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(sf.Order.delete, order) == "DELETE_FAILED"
    assert refusal(sf.Account.delete, account) == "DELETE_FAILED"
    sf.Order.update(order, {"Status": "Draft"})
    assert org.get(order)["ActivatedDate"] is None
    assert sf.Account.delete(account) == 204
    assert org.get(made)["IsDeleted"]


def test_an_order_needs_its_account_date_and_status(sf, account):
    assert refusal(sf.Order.create, {"AccountId": account, "Status": "Draft"}) == "REQUIRED_FIELD_MISSING"
    backwards = {"AccountId": account, "Status": "Draft", "EffectiveDate": "2026-03-02", "EndDate": "2026-03-01"}
    assert refusal(sf.Order.create, backwards) == "FIELD_INTEGRITY_EXCEPTION"


def test_an_item_of_another_price_book_is_refused(sf, order, retail, entry, org):  # noqa: F811
    elsewhere = price(sf, retail, org.get(entry)["Product2Id"])
    assert refusal(item, sf, order, elsewhere) == "FIELD_INTEGRITY_EXCEPTION"
    other = product(sf, "Other")
    assert refusal(item, sf, order, entry, Product2Id=other) == "FIELD_INTEGRITY_EXCEPTION"


def test_an_order_can_be_queried_though_its_name_is_a_word_of_the_language(sf, order, entry):  # noqa: F811
    item(sf, order, entry)
    query = (
        "SELECT Status, (SELECT Quantity, Order.Status FROM OrderItems) FROM Order WHERE Status = 'Draft' ORDER BY Id"
    )
    (found,) = sf.query(query)["records"]
    assert found["OrderItems"]["records"][0]["Order"]["Status"] == "Draft"
    assert refusal(sf.query, "SELECT Id FROM WHERE Id = null") == "MALFORMED_QUERY"


def test_numbers_of_orders_count_on_and_cannot_be_chosen(sf, org, account):
    body = {"AccountId": account, "EffectiveDate": "2026-03-01", "Status": "Draft"}
    numbers = [org.get(sf.Order.create(body)["id"])["OrderNumber"] for _ in range(3)]
    assert numbers == ["00000001", "00000002", "00000003"]
    assert refusal(sf.Order.create, {**body, "OrderNumber": "7"}) == "INVALID_FIELD_FOR_INSERT_UPDATE"
