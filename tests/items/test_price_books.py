"""What becomes of price books when calls are lost, when Salesforce says no, and when there are thousands of prices."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from project.sandbox.desktop.errors import Fault
from syncapp import limits, reconcile
from syncapp.models import Link, Run
from syncapp.records import Applied, Operation, Side, Verb
from tests.items.levels import LevelWorld, rows
from tests.world.stock import copy_of

pytestmark = pytest.mark.django_db


def with_prices():
    """Two items and their products; no level yet."""
    world = LevelWorld()
    world.setup, world.cable = world.service("Setup", "75.00"), world.service("Cable", "3.55")
    world.level_name = "Trade"
    world.rest()
    return world


@pytest.fixture
def world(db):
    with copy_of(with_prices) as world:
        yield world


def fails_at(world, number, fault):
    """This fault at the call that writes which has this number, counted from now; the numbers that came."""
    came = []

    def count():
        came.append(len(came) + 1)
        if len(came) == number:
            world.salesforce.fail_next(fault)
        world.salesforce.before_next(count)

    world.salesforce.planned.clear()
    world.salesforce.before_next(count)
    return came


def number_of_prices(world):
    """In all books, the inactive ones, too; none of them twice."""
    found = [(row["Pricebook2Id"], row["Product2Id"]) for row in world.salesforce.records("PricebookEntry")]
    assert len(set(found)) == len(found), "DUPLICATE price"
    return len(found)


# Calls that are lost -------------------------------------------------------------------


def test_whatever_is_lost_while_a_book_is_made_there_is_one_with_its_prices(world):
    lost = [(number, fault) for number in (1, 2) for fault in ("lost_answer", "lost_request")]
    for number, fault in lost:
        world.percentage(f"{fault} {number}", "-10.0")
        came = fails_at(world, number, fault)
        world.come_to_rest()
        assert len(came) >= 2, "the book and its prices are calls of their own"
    world.rest()
    assert world.books() == {f"{fault} {number}": {"Setup": 67.5, "Cable": 3.2} for number, fault in lost}
    assert number_of_prices(world) == 2 + len(lost) * 2
    assert set(world.states("price_level").values()) == {"in_step"}


def test_whatever_is_lost_while_a_book_is_changed_it_comes_to_the_prices_of_its_level(world):
    """The name, a price that follows the standard price, a new price, other prices: each is a call of its own."""
    trade = world.percentage("Trade", "-10.0")
    world.rest()
    for number in range(2, 6):  # the first one is the new product
        world.salesforce.update(world.book_entry(world.level_name, "Setup")["Id"], UseStandardPrice=True)
        world.level_name = f"Trade {number}"
        world.file.edit("PriceLevel", trade, PriceLevelFixedPercentage=f"-{number}0.0", Name=world.level_name)
        world.service(f"Hour {number}", "100.00")
        came = fails_at(world, number, "lost_answer")
        world.come_to_rest()
        assert len(came) > number
    world.rest()
    hours = {f"Hour {number}": 50.0 for number in range(2, 6)}
    assert world.books() == {"Trade 5": {"Setup": 37.5, "Cable": 1.78, **hours}}
    assert number_of_prices(world) == 2 * 6
    assert world.level("Trade 5").state == "in_step"


# What Salesforce does not take -----------------------------------------------------------


def test_prices_that_salesforce_refuses_are_named_with_the_reason_and_the_others_go_on(world):
    world.salesforce.add_validation_rule(
        "PricebookEntry", lambda row, old: "Too cheap." if 0 < float(row["UnitPrice"]) < 1 else None
    )
    world.service("Screw", "1.05")
    nut = world.service("Nut", "1.10")
    trade = world.percentage("Trade", "-10.0")
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5, "Cable": 3.2}}
    assert world.level("Trade").state == "refused"
    assert world.level("Trade").reason == (
        "Prices: Not taken for “Nut”, “Screw”: Too cheap (FIELD_CUSTOM_VALIDATION_EXCEPTION). A validation rule of the "
        "org says no: change the record, or exempt the sync's user from the rule."
    )
    # What has changed is offered again, the other prices with it.
    world.file.edit("ItemService", nut, SalesOrPurchaseMod={"Price": "2.00"})
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5, "Cable": 3.2, "Nut": 1.8}}
    assert world.level("Trade").reason.startswith("Prices: Not taken for “Screw”: Too cheap")
    world.file.edit("PriceLevel", trade, PriceLevelFixedPercentage="-2.0")
    world.rest()
    assert world.books() == {"Trade": {"Setup": 73.5, "Cable": 3.48, "Nut": 1.96, "Screw": 1.03}}
    assert world.level("Trade").state == "in_step"


def test_a_product_that_has_no_standard_price_is_named_with_what_to_do(world):
    standard = world.entry("Cable")["Id"]
    world.flows(item={"direction": "to_quickbooks"}, price_level={})  # so that nobody gives it one
    world.salesforce.delete(standard)
    world.percentage("Trade", "-10.0")
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5}}
    assert world.level("Trade").reason == (
        "Prices: Not taken for “Cable”: Before creating a custom price, create a standard price "
        "(STANDARD_PRICE_NOT_DEFINED). Give the product a price in the standard price book, then try the level again."
    )


def test_reasons_are_told_apart_and_of_many_products_only_some_are_named(world):
    world.salesforce.add_validation_rule(
        "PricebookEntry", lambda row, old: "Too cheap." if float(row["UnitPrice"]) in (0.9, 1.8) else None
    )
    world.salesforce.add_validation_rule(
        "PricebookEntry", lambda row, old: "Ask Ann." if float(row["UnitPrice"]) == 3.2 else None
    )
    for number in range(8):
        world.service(f"Screw {number}", "1.00")
    world.percentage("Trade", "-10.0")
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5}}
    told = world.level("Trade").reason
    assert "Not taken for “Cable”: Ask Ann (FIELD" in told
    assert re.search(r"Not taken for (“Screw \d”, ){4}“Screw \d” and 3 more: Too cheap \(FIELD", told), told


# What people do beside it ---------------------------------------------------------------


def test_a_price_that_was_made_to_follow_the_standard_price_is_the_levels_again_once_that_differs(world):
    """While both are the same amount, nobody can tell them apart."""
    world.percentage("Trade", "0.0")
    vip = world.of_items("VIP", {world.setup: "60.00"})
    world.rest()
    for book in ("Trade", "VIP"):
        world.salesforce.update(world.book_entry(book, "Setup")["Id"], UseStandardPrice=True)
    world.rest()
    assert world.books() == {"Trade": {"Setup": 75.0, "Cable": 3.55}, "VIP": {"Setup": 60.0}}
    world.file.edit("ItemService", world.setup, SalesOrPurchaseMod={"Price": "80.00"})
    world.file.edit("PriceLevel", vip, PriceLevelPerItem=rows({world.setup: "61.00"}))
    world.rest()
    assert world.books() == {"Trade": {"Setup": 80.0, "Cable": 3.55}, "VIP": {"Setup": 61.0}}
    assert world.book_entry("VIP", "Setup")["UseStandardPrice"] is False


def test_a_product_or_a_book_that_was_deleted_in_salesforce_is_not_asked_for_again(world):
    world.percentage("Trade", "-10.0")
    world.percentage("VIP", "-20.0")
    world.rest()
    world.salesforce.delete(world.products()["Cable"]["Id"])
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5}, "VIP": {"Setup": 60.0}}
    assert world.level("Trade").state == "in_step"
    assert world.level("Trade").reason == "One of its prices is of items that have no product in Salesforce."
    world.salesforce.delete(world.book_id("VIP"))
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5}}
    assert world.level("VIP").reason.startswith("Deleted in Salesforce; still in QuickBooks. Nothing was done")


def test_a_deleted_level_leaves_its_book_as_the_setting_says_and_a_new_one_of_its_name_takes_it_over(world):
    world.levels(on_delete="nothing")
    level = world.percentage("Trade", "-10.0")
    world.rest()
    world.file.delete("PriceLevel", level)
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5, "Cable": 3.2}}
    world.percentage("Trade", "-20.0")
    world.rest()
    assert world.books() == {"Trade": {"Setup": 60.0, "Cable": 2.84}}
    assert sorted(Link.objects.filter(kind="price_level").values_list("state", flat=True)) == ["closed", "in_step"]


def test_quickbooks_pro_has_levels_by_percentage_alone_and_they_become_books(world):
    world.file.product = replace(world.file.product, edition="Pro")
    with pytest.raises(Fault, match="not available in this version"):
        world.of_items("VIP", {world.setup: "60.00"})
    world.percentage("Trade", "-10.0")
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5, "Cable": 3.2}}


# Thousands of prices --------------------------------------------------------------------

MANY = 2300  # more than a page of a query holds, and than two calls carry
CALLS_MOST = 16


def operation(verb, values, record_id=""):
    return Operation(1, "key", Side.SALESFORCE, "price_level", verb, record_id, "8000-9", values)


def test_a_book_of_thousands_of_prices_is_written_in_few_calls_and_only_what_differs_is_sent(world):
    standard = world.salesforce.standard_pricebook
    products = []
    for number in range(MANY):
        mine = {"IsActive": True, "QB_Id__c": f"acme:I-{number}"}
        products.append(world.salesforce.insert("Product2", Name=f"Part {number}", **mine))
        entry = {"Product2Id": products[-1], "Pricebook2Id": standard, "UnitPrice": 5, "IsActive": True}
        world.salesforce.insert("PricebookEntry", **entry)
    connector, journal = world.salesforce_connector(), world.salesforce.journal
    in_order = [products[number] for number in sorted(range(MANY), key=str)]  # as their items' ids are
    prices = [{"product": each, "price": Decimal("4.50")} for each in in_order]
    before = len(journal)
    values = {"name": "Trade", "active": True, "quickbooks_id": "8000-9", "prices": tuple(prices)}
    [made] = connector.submit([operation(Verb.CREATE, values)]).values()
    assert isinstance(made, Applied)
    assert not made.refused
    assert set(world.books()["Trade"].values()) == {4.5}
    assert len(world.books()["Trade"]) == MANY
    assert len(journal) - before <= CALLS_MOST
    prices[7] = {**prices[7], "price": Decimal("4.00")}
    before = len(journal)
    [changed] = connector.submit([operation(Verb.UPDATE, {"prices": tuple(prices)}, made.record.id)]).values()
    assert isinstance(changed, Applied)
    assert sorted(world.books()["Trade"].values())[:2] == [4.0, 4.5]
    assert [entry.records for entry in list(journal)[before:] if entry.writes] == [1]


def test_the_large_plans_of_levels_are_made_ahead_only_where_they_are_shown(world, monkeypatch):
    monkeypatch.setattr(limits, "OVERWRITE_COUNT_MIN", 1)
    monkeypatch.setattr(limits, "OVERWRITE_SHARE_MAX", 1)
    ahead = []

    def plan(pair, rules, *, dry=False, **more):
        ahead.extend([rules.mapping.kind] if dry else [])
        return chunk(pair, rules, dry=dry, **more)

    chunk = reconcile.chunk
    monkeypatch.setattr(reconcile, "chunk", plan)
    world.percentage("Trade", "-10.0")
    world.come_to_rest()
    for share, price in ((1, "9.00"), (0.3, "8.00")):
        monkeypatch.setattr(limits, "OVERWRITE_SHARE_MAX", share)
        ahead.clear()
        for item in (world.setup, world.cable):
            world.file.edit("ItemService", item, SalesOrPurchaseMod={"Price": price})
        world.cycle(), world.poll(), world.cycle()
        assert set(ahead) == ({"item"} if share == 1 else {"item", "price_level"})
        assert world.books() == {"Trade": {"Setup": 8.1, "Cable": 8.1}}
    held = Run.objects.latest("id")
    assert (held.state, {row["kind"] for row in held.plan}) == ("held", {"item", "price_level"})
