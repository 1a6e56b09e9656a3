"""With several currencies on both sides, a sale is in its customer's, and nothing else is even sent."""

from __future__ import annotations

import pytest

from project.sandbox.desktop.settings import Settings
from project.sandbox.salesforce import Org as SandboxOrg
from project.sandbox.salesforce.standard import Switches
from qbwc.models import Request
from tests.sales.conftest import SalesWorld

pytestmark = pytest.mark.django_db


class WideWorld(SalesWorld):
    def _set_up_salesforce(self):
        switches = Switches(currencies=("USD", "EUR"))
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
