"""The pair's own fields in the other flows: items both ways, the header of sales, documents to Salesforce."""

from __future__ import annotations

import pytest

from project.sandbox.salesforce.schema import Field
from syncapp.models import Link
from tests.sales.conftest import LONG_AGO, SalesWorld

pytestmark = pytest.mark.django_db


class AllFlowsWorld(SalesWorld):
    OWN = {
        "item": {
            "bin": {"salesforce": "StockKeepingUnit", "quickbooks": "custom:Bin", "direction": "both"},
            "family": {"formula": 'if(Name = "Setup", "Work", "Goods")'},
        },
        "sale": {
            "other": {"salesforce": "NextStep", "quickbooks": "Other"},
            "lead": {"quickbooks": "custom:Lead", "formula": 'upper(LeadSource) & " " & Name'},
        },
        "invoice": {"lead": {"salesforce": "Lead__c", "quickbooks": "custom:Lead"}},
    }

    def _set_up_quickbooks(self, edition):
        super()._set_up_quickbooks(edition)
        self.file.define_custom_field("Bin", objects=("Item",))
        self.file.define_custom_field("Lead", objects=("Invoice",))

    def sales(self, **settings):
        self.salesforce.schema["QB_Invoice__c"].add([Field("Lead__c", "string", "Lead", length=80)])
        both = {"direction": "both", "conflict": "quickbooks"}
        self.flows(
            customer={"near_matches": "ignore", "conflict": "quickbooks"},
            item={**both, "fields": self.OWN["item"]},
            sale={"conflict": "quickbooks", "started": LONG_AGO, "fields": self.OWN["sale"]},
            invoice={"fields": self.OWN["invoice"]},
        )


def test_items_sales_and_documents_have_fields_of_their_own(request):
    world = AllFlowsWorld()
    request.addfinalizer(world.close)
    setup = world.items()["Setup"]["ListID"]
    world.file.set_custom_field(setup, "Bin", "A-7", kind="ItemService")
    world.come_to_rest()
    assert world.products()["Setup"]["StockKeepingUnit"] == "A-7"
    assert [world.products()[name]["Family"] for name in ("Setup", "Cable")] == ["Work", "Goods"]
    world.salesforce.update(world.product("Cable"), StockKeepingUnit="C-1")
    deal = world.opportunity(("Setup", 2, 75), NextStep="call", LeadSource="Web", name="Deal")
    world.rest()
    cable = world.items()["Cable"]["DataExtRet"]
    assert (cable[0] if isinstance(cable, list) else cable)["DataExtValue"] == "C-1"
    [invoice] = world.file.txns_of("Invoice")
    assert invoice["Other"] == "call"
    held = invoice["DataExtRet"]
    assert (held[0] if isinstance(held, list) else held)["DataExtValue"] == "WEB Deal"
    [shown] = world.salesforce.records("QB_Invoice__c")
    assert shown["Lead__c"] == "WEB Deal"
    world.salesforce.update(deal, NextStep="visit")
    world.rest()
    [invoice] = world.file.txns_of("Invoice")
    assert invoice["Other"] == "visit"
    assert set(Link.objects.exclude(state="unwanted").values_list("state", flat=True)) == {"in_step"}
