"""Price levels become further price books, with the prices that they come to, and follow."""

from __future__ import annotations

from decimal import Decimal

import pytest

from project.sandbox.desktop.settings import Settings
from project.sandbox.salesforce import Org as SandboxOrg
from project.sandbox.salesforce import serve
from project.sandbox.salesforce.standard import Switches
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.mapping.price_levels import Item, book_name, prices
from syncapp.models import Link
from tests.items.levels import LevelWorld, rows

# What a level comes to ----------------------------------------------------------------

ITEMS = {
    "1": Item("Service", Decimal("99.99"), True),
    "2": Item("Inventory", Decimal("10.005"), True),
    "3": Item("OtherCharge", None, True),  # by a percentage
    "4": Item("Discount", Decimal("-5.00"), True),
    "5": Item("Service", Decimal("7.00"), False),
    "6": Item("InventoryAssembly", Decimal("0.00"), True),
    "7": Item("Group", None, True),
}


def come_to(level, rounding="nearest", others="leave_out"):
    found = prices(level, ITEMS, rounding=rounding, others=others)
    return {row["product"]: str(row["price"]) for row in found or ()}


@pytest.mark.parametrize(
    ("percent", "rounding", "found"),
    [
        ("-10.0", "nearest", {"1": "89.99", "2": "9.00", "6": "0.00"}),
        ("-33.33333", "nearest", {"1": "66.66", "2": "6.67", "6": "0.00"}),
        ("12.5", "nearest", {"1": "112.49", "2": "11.26", "6": "0.00"}),
        ("0", "nearest", {"1": "99.99", "2": "10.01", "6": "0.00"}),
        ("-100", "nearest", {"1": "0.00", "2": "0.00", "6": "0.00"}),
        ("-10.0", "up_0.01", {"1": "90.00", "2": "9.01", "6": "0.00"}),
        ("-10.0", "up_0.05", {"1": "90.00", "2": "9.05", "6": "0.00"}),
        ("-10.0", "up_0.25", {"1": "90.00", "2": "9.25", "6": "0.00"}),
        ("-10.0", "up_1.00", {"1": "90.00", "2": "10.00", "6": "0.00"}),
    ],
)
def test_a_percentage_holds_for_every_active_item_that_has_an_amount(percent, rounding, found):
    assert come_to({"percent": Decimal(percent)}, rounding) == found


def test_a_level_of_single_items_has_the_prices_that_it_names_and_by_the_settings_all_others():
    rows = (
        {"item": "1", "price": Decimal("80.005")},
        {"item": "2", "percent": Decimal("-50")},
        {"item": "3", "percent": Decimal("2.5")},  # a percentage has no place in a price book
        {"item": "5", "price": Decimal("6.00")},  # inactive
        {"item": "99", "price": Decimal("1.00")},  # nobody has read it
    )
    assert come_to({"custom": rows}) == {"1": "80.01", "2": "5.00"}
    assert come_to({"custom": rows[:1]}, others="standard") == {"1": "80.01", "2": "10.01", "6": "0.00"}
    assert come_to({}) == {}


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ("all", ["Trade", "VIP"]),
        ("all; VIP = Friends", ["Trade", "Friends"]),
        ("trade", ["trade", ""]),
        ("Trade = Partners; VIP", ["Partners", "VIP"]),
    ],
)
def test_the_settings_name_the_levels_and_their_books(levels, found):
    assert [book_name(level, levels) for level in ("Trade", "VIP")] == found


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"levels": ""}, "levels is empty. Name price levels of QuickBooks"),
        ({"levels": "= Partners"}, "“= Partners” is no level"),
        ({"levels": "Trade ="}, "“Trade =” is no level, nor a level with its book"),
        ({"levels": "Trade; trade"}, "“trade” is named twice"),
        ({"levels": "Trade = A; VIP = a"}, "two levels cannot have the same book"),
        ({"rounding": "down"}, "rounding is “down”, but may be: nearest, up_0.01"),
        ({"home_currency": "Euro"}, "home_currency is “Euro”, but must be a code of three letters"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_reason(settings, says):
    with pytest.raises(BadSetting, match=says.replace("(", r"\(")):
        FLOWS["price_level"].complete({"on": True, **settings})


# In a world ---------------------------------------------------------------------------


@pytest.fixture
def world():
    world = LevelWorld()
    yield world
    world.close()


@pytest.mark.django_db
def test_levels_become_books_whose_prices_follow_levels_and_items(world):
    setup, cable = world.service("Setup", "75.00"), world.service("Cable", "3.55")
    old = world.service("Old", "9.00")
    trade = world.percentage("Trade", "-10.0")
    vip = world.of_items("VIP", {setup: "60.00", old: "5.00"})
    world.file.edit("ItemService", old, IsActive="false")
    world.percentage("Sleeping", "-50.0", IsActive="false")
    theirs = world.salesforce.insert("Product2", Name="Theirs", IsActive=True)
    book = world.salesforce.insert("Pricebook2", Name="VIP", IsActive=True)
    for each in (world.salesforce.standard_pricebook, book):
        world.salesforce.insert("PricebookEntry", Product2Id=theirs, Pricebook2Id=each, UnitPrice=1, IsActive=True)
    world.rest()
    # The book of the same name is the level's now; what people sell by it beside that stays.
    assert world.books() == {"Trade": {"Setup": 67.5, "Cable": 3.2}, "VIP": {"Setup": 60.0, "Theirs": 1.0}}
    assert world.states("price_level") == {"Trade": "in_step", "VIP": "in_step", "Sleeping": "unwanted"}
    assert world.level("Sleeping").reason == "Inactive in QuickBooks."
    assert world.prices()["Setup"] == 75.0

    # An item's price moves: levels by percentage with it, and QuickBooks does not touch the level.
    world.file.edit("ItemService", setup, SalesOrPurchaseMod={"Price": "80.00"})
    world.rest()
    assert world.books() == {"Trade": {"Setup": 72.0, "Cable": 3.2}, "VIP": {"Setup": 60.0, "Theirs": 1.0}}

    # Levels change; an item that leaves one is inactive in its book, and comes back when it is named again.
    world.file.edit("PriceLevel", trade, PriceLevelFixedPercentage="-20.0", Name="Dealers")
    world.file.edit("PriceLevel", vip, PriceLevelPerItem=rows({cable: "3.00"}))
    world.rest()
    assert world.books() == {"Dealers": {"Setup": 64.0, "Cable": 2.84}, "VIP": {"Cable": 3.0, "Theirs": 1.0}}
    assert world.book_entry("VIP", "Setup")["IsActive"] is False
    world.file.edit("PriceLevel", vip, PriceLevelPerItem=rows({cable: "3.00", setup: "61.00"}))
    world.file.edit("ItemService", cable, IsActive="false")
    world.rest()
    assert world.books() == {"Dealers": {"Setup": 64.0}, "VIP": {"Setup": 61.0, "Theirs": 1.0}}

    # Prices are QuickBooks's own: an edit of one is undone; a book's name and description are people's.
    world.salesforce.update(world.book_entry("VIP", "Setup")["Id"], UnitPrice=1)
    world.salesforce.update(world.book_entry("Dealers", "Setup")["Id"], IsActive=False)
    world.salesforce.update(book, Name="Friends", Description="By hand")
    world.rest()
    assert world.books() == {"Dealers": {"Setup": 64.0}, "Friends": {"Setup": 61.0, "Theirs": 1.0}}

    # New items join levels by percentage; a level that sleeps, or is left out or gone, has an inactive book.
    world.service("Training", "100.00")
    world.file.edit("PriceLevel", vip, IsActive="false")
    world.rest()
    assert world.books() == {"Dealers": {"Setup": 64.0, "Training": 80.0}, "Friends": None}
    world.levels(levels="VIP; Sleeping = Dozing")
    world.rest()
    assert world.books() == {"Dealers": None, "Friends": None}
    world.levels(levels="all; Dealers = Partners", rounding="up_1.00")
    world.file.edit("ItemService", setup, SalesOrPurchaseMod={"Price": "80.25"})
    world.rest()
    assert world.books() == {"Partners": {"Setup": 65.0, "Training": 80.0}, "Friends": None}
    world.file.delete("PriceLevel", trade)
    world.rest()
    assert world.books()["Partners"] is None
    assert world.level("Dealers" if Link.objects.filter(name="Dealers").exists() else "Partners").state == "gone"


class WideWorld(LevelWorld):
    def _set_up_salesforce(self):
        from django.conf import settings

        self.salesforce = SandboxOrg(
            "acme",
            clock=self.clock,
            chance=self.chance,
            faults=self.faults,
            switches=Switches(currencies=("USD", "EUR")),
        )
        self.server = serve(self.salesforce)
        settings.SALESFORCE_LOOPBACK_URL = self.server.url


@pytest.fixture(params=[WideWorld, LevelWorld], ids=["in several currencies", "in one"])
def export_world(request, monkeypatch):
    """QuickBooks keeps several currencies, and the org several or one."""
    monkeypatch.setattr("project.sandbox.desktop.company_file.Settings", lambda: Settings(multi_currency=True))
    world = request.param()
    setup = world.service("Setup", "75.00")
    world.percentage("Trade", "-10.0")
    world.of_items("Export", {setup: "66.00"}, CurrencyRef={"FullName": "Euro"})
    world.of_items("Home", {setup: "70.00"}, CurrencyRef={"FullName": "US Dollar"})
    world.rest()
    yield world
    world.close()


@pytest.mark.django_db
def test_a_level_in_another_currency_has_prices_in_it_or_says_why_it_cannot(export_world):
    world = export_world
    if isinstance(world, WideWorld):
        assert world.books() == {"Trade": {"Setup": 67.5}, "Export": {"Setup": 66.0}, "Home": {"Setup": 70.0}}
        assert world.book_entry("Export", "Setup")["CurrencyIsoCode"] == "EUR"
        assert {world.book_entry(each, "Setup")["CurrencyIsoCode"] for each in ("Trade", "Home")} == {"USD"}
        # A custom price needs a standard price in its currency: that is made once.
        standard = [
            (row["CurrencyIsoCode"], float(row["UnitPrice"]))
            for row in world.salesforce.records("PricebookEntry")
            if row["Pricebook2Id"] == world.salesforce.standard_pricebook
        ]
        assert sorted(standard) == [("EUR", 66.0), ("USD", 75.0)]
        return
    assert world.books() == {"Trade": {"Setup": 67.5}}
    assert {world.level(each).state for each in ("Export", "Home")} == {"refused"}
    assert "Its prices are in EUR, and the org has one currency" in world.level("Export").reason
    world.levels(home_currency="USD")
    world.rest()
    assert world.books() == {"Trade": {"Setup": 67.5}, "Home": {"Setup": 70.0}}
    assert world.level("Export").state == "refused"
