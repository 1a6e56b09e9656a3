"""Products lead to new items where that is asked for, with the accounts that an item needs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from project.sandbox.desktop.settings import Settings
from qbwc.models import Company, Request
from syncapp import chart, mirror
from syncapp.admin import overview
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from syncapp.models import LedgerAccount, Link, Org, Pair
from syncapp.records import Side
from tests.items.conftest import ItemWorld
from tests.world.stock import copy_of

pytestmark = pytest.mark.django_db

BOTH = {"direction": "both", "create_items": True}
GOOD = {"income_account": "Takings", "cogs_account": "Cost of Goods", "asset_account": "Stock"}


def make_pair(flows):
    return Pair.objects.create(
        key="acme",
        org=Org.objects.create(key="acme", domain="acme.my", client_id="id"),
        desktop=Company.objects.create(key="acme", name="Acme", username="acme"),
        flows=flows,
    )


def product(world, name, price=None, **more):
    product_id = world.salesforce.insert("Product2", Name=name, **{"IsActive": True, **more})
    if price is not None:
        book = next(row["Id"] for row in world.salesforce.records("Pricebook2") if row["IsStandard"])
        world.salesforce.insert(
            "PricebookEntry", Product2Id=product_id, Pricebook2Id=book, UnitPrice=price, IsActive=True
        )
    return product_id


def test_a_product_becomes_a_service_with_the_income_account_of_the_settings(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    product(world, "Advice", 90, Description="By the hour\nor less")
    world.rest()
    item = world.items()["Advice"]
    assert item["SalesOrPurchase"]["AccountRef"]["FullName"] == "Takings"
    assert item["SalesOrPurchase"]["Price"] == Decimal(90)
    assert "By the hour" in item["SalesOrPurchase"]["Desc"]
    assert world.products()["Advice"]["QB_Id__c"] == f"acme:{item['ListID']}"
    assert world.states() == {"Advice": "in_step"}


def test_a_product_becomes_an_inventory_item_with_its_three_accounts(world):
    accounts = {"income_account": "Takings", "cogs_account": "Cost of Goods", "asset_account": "Stock"}
    world.flows(item={**BOTH, "new_item_type": "Inventory", **accounts})
    product(world, "Pump", 250)
    world.rest()
    item = world.items("ItemInventory")["Pump"]
    kept = [item[f"{name}AccountRef"]["FullName"] for name in ("Income", "COGS", "Asset")]
    assert kept == ["Takings", "Cost of Goods", "Stock"]
    assert world.prices() == {"Pump": 250.0}


def test_a_product_whose_full_name_names_an_item_goes_below_it(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    world.service("Hardware")
    product(world, "Hardware:Hose", 1)
    world.rest()
    assert world.items()["Hose"]["FullName"] == "Hardware:Hose"


def test_a_name_too_long_for_an_item_ends_in_a_mark_and_the_product_keeps_its_own(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    long = "A product with a name of more than thirty-one characters"
    product(world, long, 1)
    world.rest()
    (name,) = world.items()
    assert len(name) <= 31
    assert " ~" in name
    assert list(world.products()) == [long]
    assert set(world.states().values()) == {"in_step"}


def test_a_name_that_an_item_of_another_type_has_means_the_same(world):
    world.flows(item={**BOTH, "income_account": "Takings"})
    world.inventory("Pump", "1.00")
    product(world, "Pump", 2)
    world.rest()
    assert len(Link.objects.filter(kind="item", name="Pump")) == 1
    assert world.prices() == {"Pump": 1.0}


def told(world):
    """What is wrong, as the command and the admin's first page say it; both must say the same."""
    output = StringIO()
    call_command("sync", "acme", "--preview", stdout=output)
    problems = overview.card(Pair.objects.get()).problems
    assert all(problem in output.getvalue() for problem in problems)
    return " ".join(problems)


@pytest.mark.parametrize(
    ("kind", "names", "says"),
    [
        (
            "Service",
            {"income_account": "Takigns"},
            "income_account names “Takigns”, and QuickBooks has no such account",
        ),
        ("Service", {"income_account": "Debtors"}, "“Debtors”, whose type is AccountsReceivable: no item can be"),
        ("Service", {"income_account": "Old takings"}, "“Old takings”, which is inactive in QuickBooks. Make it"),
        ("Inventory", {"income_account": "Stock"}, "“Stock”, whose type is OtherCurrentAsset: it must be of the type"),
        ("Inventory", {"cogs_account": "Takings"}, "cogs_account names “Takings”, whose type is Income"),
        ("Inventory", {"asset_account": "Cash"}, "asset_account names “Cash”, and QuickBooks has no such account"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_with_the_setting_and_names_that_would_do(kind, names, says):
    rows = [("Takings", "Income", True), ("Old takings", "Income", False), ("Debtors", "AccountsReceivable", True)]
    rows += [("Cost of Goods", "CostOfGoodsSold", True), ("Stock", "OtherCurrentAsset", True)]
    pair = make_pair(flows={"item": {**BOTH, "on": True, "new_item_type": kind, **GOOD, **names}})
    for name, account_type, active in rows:
        LedgerAccount.objects.create(pair=pair, full_name=name, account_type=account_type, active=active)
    assert chart.problems(pair) == []  # nothing was read
    assert chart.obstacle(pair, "item") == ("waiting", chart.UNREAD)
    mirror.cursor(pair, Side.QUICKBOOKS, chart.ACCOUNT)
    mirror.move_cursor(pair, Side.QUICKBOOKS, chart.ACCOUNT, "", full=True)
    [problem] = chart.problems(pair)
    assert says in problem
    assert problem.startswith(f"Items: {next(iter(names))} names")
    assert chart.obstacle(pair, "item") == ("refused", problem)
    assert chart.obstacle(pair, "customer") is None
    if names.get("income_account") == "Takigns":
        assert "Did you mean “Takings”?" in problem
    if "asset_account" in names:
        assert "There are, for example, “Stock”." in problem


def test_a_missing_account_stops_new_items_visibly_until_it_is_there(world):
    world.flows(item={**BOTH, "income_account": "Sales"})
    product(world, "Advice", 90)
    world.rest()
    assert world.items() == {}
    link = Link.objects.get(name="Advice")
    assert (link.state, link.reason) == ("refused", told(world))
    assert "income_account names “Sales”, and QuickBooks has no such account" in link.reason
    assert not Request.objects.filter(name="ItemServiceAdd").exists()  # QuickBooks need not refuse it
    sales = world.file.add("Account", Name="Sales", AccountType="Income")
    world.rest()
    assert world.items()["Advice"]["SalesOrPurchase"]["AccountRef"]["FullName"] == "Sales"
    assert told(world) == ""
    # The chart is read once a day; what is renamed in between is noticed when QuickBooks refuses it.
    world.file.edit("Account", sales, Name="Turnover")
    product(world, "Training", 50)
    world.rest()
    assert world.states()["Training"] == "refused"
    assert "income_account names “Sales”, and" in told(world)
    world.flows(item={**BOTH, "income_account": "Turnover"})
    world.rest()
    assert set(world.states().values()) == {"in_step"}


def test_settings_that_could_create_no_item_are_refused_with_the_reason():
    flow = FLOWS["item"]
    with pytest.raises(BadSetting, match="needs income_account: give the full name of the account"):
        flow.complete(BOTH)
    with pytest.raises(BadSetting, match="needs cogs_account and asset_account"):
        flow.complete({**BOTH, "new_item_type": "Inventory", "income_account": "Sales"})
    with pytest.raises(BadSetting, match="create_items needs a direction"):
        flow.complete({"create_items": True, "income_account": "Sales"})
    with pytest.raises(BadSetting, match="types names “Car”"):
        flow.complete({"types": ["Car"]})


# What else a new item may be given -----------------------------------------------------


class FullWorld(ItemWorld):
    company_settings = Settings(units_of_measure=True)

    def __init__(self, **options):
        super().__init__(**options)
        self.accounts["Parts"] = {"ListID": self.file.add("Account", Name="Parts", AccountType="Expense")}
        self.file.add("Vendor", Name="Supplies Ltd")
        unit = {"Name": "each", "Abbreviation": "ea"}
        self.file.add("UnitOfMeasureSet", Name="Count", UnitOfMeasureType="Count", BaseUnit=unit)


@pytest.fixture
def full(db):
    with copy_of(FullWorld) as world:
        yield world


MORE = {**BOTH, **GOOD, "preferred_vendor": "Supplies Ltd", "tax_code": "Non", "unit_set": "Count"}


@pytest.mark.parametrize(
    ("kind", "country"),
    [("Service", "US"), ("Service", "UK"), ("NonInventory", "CA"), ("OtherCharge", "US"), ("Inventory", "US")],
)
def test_a_new_item_of_each_type_has_what_the_settings_name(full, kind, country):
    """Accounts, tax code, unit set and vendor; a unit set is nothing for other charges."""
    full.file.product = replace(full.file.product, country=country)
    full.poll()
    settings = {**MORE, "new_item_type": kind, "expense_account": "" if kind == "Inventory" else "Parts"}
    settings["unit_set"] = "" if kind == "OtherCharge" else "Count"
    full.flows(item=settings)
    product(full, "Thing", 90, Description="As seen")
    full.rest()
    item = full.items(f"Item{kind}")["Thing"]
    part = item if kind == "Inventory" else item["SalesAndPurchase"]
    names = {name: part[name]["FullName"] for name in part if name.endswith("AccountRef") or name == "PrefVendorRef"}
    accounts = {"IncomeAccountRef": "Takings", "PrefVendorRef": "Supplies Ltd"}
    if kind == "Inventory":
        accounts |= {"COGSAccountRef": "Cost of Goods", "AssetAccountRef": "Stock"}
    else:
        accounts |= {"ExpenseAccountRef": "Parts"}
    assert names == accounts
    assert (part["SalesDesc"], part["SalesPrice"]) == ("As seen", Decimal(90))
    assert item["SalesTaxCodeRef"]["FullName"] == "Non"
    assert (item.get("UnitOfMeasureSetRef") or {}).get("FullName") == (None if kind == "OtherCharge" else "Count")
    assert full.states() == {"Thing": "in_step"}


def test_names_that_quickbooks_does_not_have_are_said_before_anything_is_created(full):
    wrong = {"preferred_vendor": "Suplies Ltd", "tax_code": "Xyz", "unit_set": "Cuont", "expense_account": "Partz"}
    full.flows(item={**MORE, **wrong})
    product(full, "Thing", 90)
    full.rest()
    assert full.items() == {}
    reason = Link.objects.get(name="Thing").reason
    assert reason == told(full)
    for says in (
        "expense_account names “Partz”, and QuickBooks has no such account. Did you mean “Parts”?",
        "tax_code names “Xyz”, and QuickBooks has no such sales tax code.",
        "unit_set names “Cuont”, and QuickBooks has no such unit of measure set. Did you mean “Count”?",
        "preferred_vendor names “Suplies Ltd”, and QuickBooks has no such vendor.",
    ):
        assert says in reason
    # Each comes right by itself, whether it is put right here or there.
    full.file.add("Vendor", Name="Suplies Ltd")
    full.flows(item={**MORE, "preferred_vendor": "Suplies Ltd", "expense_account": "Parts"})
    full.rest()
    assert full.items()["Thing"]["SalesAndPurchase"]["PrefVendorRef"]["FullName"] == "Suplies Ltd"
    assert told(full) == ""


def test_what_quickbooks_does_not_keep_is_left_out_of_a_new_item(full):
    """A company without sales tax; QuickBooks Pro, which has no units of measure."""
    full.file.settings.sales_tax = full.file.settings.units_of_measure = False
    full.file.product = replace(full.file.product, edition="Pro")
    full.poll()
    full.flows(item={**MORE, "expense_account": "Parts"})
    product(full, "Thing", 90)
    full.rest()
    item = full.items()["Thing"]
    assert not {"SalesTaxCodeRef", "UnitOfMeasureSetRef"} & set(item)
    assert item["SalesAndPurchase"]["PrefVendorRef"]["FullName"] == "Supplies Ltd"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"preferred_vendor": "Ann"}, "preferred_vendor: a new item of type Service that is bought needs expense_acc"),
        ({"new_item_type": "Inventory", "expense_account": "Parts"}, "type Inventory has no expense_account: its cost"),
        ({"new_item_type": "OtherCharge", "unit_set": "Count"}, "unit_set: an item of type OtherCharge has no units"),
        ({"tax_code": "Taxable"}, "tax_code is “Taxable”, but a code has 3 characters, such as Tax or Non"),
    ],
)
def test_settings_that_no_item_of_the_type_could_have_are_refused_with_the_reason(given, says):
    with pytest.raises(BadSetting, match=says):
        FLOWS["item"].complete({**BOTH, **GOOD, **given})
