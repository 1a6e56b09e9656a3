"""With several currencies on both sides, a sale is in its customer's, and nothing else is even sent."""

from __future__ import annotations

from datetime import date

import pytest

from project.sandbox.desktop.settings import Settings
from project.sandbox.salesforce import Org as SandboxOrg
from project.sandbox.salesforce.standard import Switches
from project.wiring import connectors_for
from qbwc.models import Request
from syncapp.connectors.quickbooks_desktop.abilities import abilities
from syncapp.flows import FLOWS
from syncapp.flows.base import BadSetting
from tests.sales.conftest import LONG_AGO, SalesWorld

pytestmark = pytest.mark.django_db


class WideWorld(SalesWorld):
    currencies = ("USD", "EUR")  # the first is the org's own

    def _set_up_salesforce(self):
        switches = Switches(currencies=self.currencies)
        self.salesforce = SandboxOrg(
            "acme", clock=self.clock, chance=self.chance, faults=self.faults, switches=switches
        )
        self.open()


def test_an_opportunity_in_euros_on_a_customer_in_dollars_is_stopped_with_the_reason(monkeypatch):
    monkeypatch.setattr("project.sandbox.desktop.company_file.Settings", lambda: Settings(multi_currency=True))
    world = WideWorld()
    try:
        world.rest()
        for product in ("Setup",):
            world.salesforce.insert(
                "PricebookEntry", Pricebook2Id=world.standard_book(), Product2Id=world.product(product),
                UnitPrice=70, IsActive=True, CurrencyIsoCode="EUR",
            )  # fmt: skip
        entry = next(e for e in world.salesforce.records("PricebookEntry") if e["CurrencyIsoCode"] == "EUR")
        deal = world.salesforce.insert(
            "Opportunity", Name="Euros", AccountId=world.account(), StageName="Prospecting", CloseDate="2026-02-03",
            Pricebook2Id=world.standard_book(), CurrencyIsoCode="EUR",
        )  # fmt: skip
        world.salesforce.insert(
            "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry["Id"], Quantity=1, UnitPrice=70
        )
        world.opportunity(("Setup", 1, 75), name="Dollars")
        world.salesforce.update(deal, StageName="Closed Won")
        world.rest()
        assert world.sale("Dollars").state == "in_step"
        link = world.sale("Euros")
        assert link.state == "refused"
        assert link.reason.startswith("It is in EUR, and its customer in QuickBooks in USD:")
        assert Request.objects.filter(name="InvoiceAdd").count() == 1
    finally:
        world.close()


class EuroOrg(WideWorld):
    """Its connectors are wired as those of a real pair."""

    currencies = ("EUR", "USD")

    def connectors(self):
        self.pair.refresh_from_db()
        return connectors_for(self.pair)


def test_an_invoice_of_the_only_currency_becomes_an_opportunity_in_that_and_not_in_the_orgs_own(db):
    """QuickBooks names no currency where it keeps one."""
    world = EuroOrg()
    try:
        sale = {"from_invoices": True, "invoices_since": "2026-01-01", "started": LONG_AGO}
        world.flows(customer={"near_matches": "ignore", "only_won": False}, item={}, sale=sale)
        world.rest()
        prices = [("EUR", 70), ("USD", 75)]
        held = {e["CurrencyIsoCode"] for e in world.salesforce.records("PricebookEntry")}
        for currency, price in [each for each in prices if each[0] not in held]:
            world.salesforce.insert(
                "PricebookEntry", Pricebook2Id=world.standard_book(), Product2Id=world.product("Setup"),
                UnitPrice=price, IsActive=True, CurrencyIsoCode=currency,
            )  # fmt: skip
        world.file.add_customer(Name="Acme")
        rows = [{"ItemRef": "Setup", "Quantity": 2}]
        world.file.enter("Invoice", rows, CustomerRef="Acme", TxnDate=date(2026, 2, 3), RefNumber="1")
        world.rest()
        [deal] = world.salesforce.records("Opportunity")
        assert (deal["CurrencyIsoCode"], float(deal["Amount"])) == ("USD", 150)
        assert world.deal_lines(deal["Id"]) == [("Setup", 2, 150)]
        assert world.sale("Invoice 1").state == "in_step"
    finally:
        world.close()


ONE, SEVERAL = ({"preferences": {"multi_currency": several}} for several in (False, True))


@pytest.mark.parametrize(
    ("facts", "country", "setting", "only", "home"),
    [
        (ONE, "US", "", "USD", ""),
        (ONE, "CA", "", "CAD", ""),
        (ONE, "UK", "", "GBP", ""),
        (ONE, "UK", "EUR", "EUR", ""),  # an Irish company with the British edition
        (SEVERAL, "UK", "EUR", "", "EUR"),
        ({}, "US", "EUR", "", ""),  # nothing is known
    ],
)
def test_the_companys_own_currency_is_its_editions_unless_the_settings_say_another(facts, country, setting, only, home):
    found = abilities(facts, country, setting)
    assert (found.currency, found.home) == (only, home)


def test_a_home_currency_is_a_code_of_three_letters():
    with pytest.raises(BadSetting, match="home_currency is “Euro”, but must be an ISO code of three letters"):
        FLOWS["sale"].complete({"home_currency": "Euro"})
