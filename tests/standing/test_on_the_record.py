"""How a record stands is said on the record itself, sparingly, and without disturbing the sync."""

from __future__ import annotations

import pytest

from syncapp.connectors.salesforce import gateway
from syncapp.models import Link, Run
from tests.sales.conftest import SalesWorld
from tests.world.conftest import _one_connection

__all__ = ["_one_connection"]


@pytest.fixture
def world(settings):
    settings.PUBLIC_URL = "https://sync.example.com"
    world = SalesWorld()
    yield world
    world.close()


def said(world, sobject, name):
    [row] = [row for row in world.salesforce.records(sobject) if row["Name"] == name]
    status = "QB_Sync_Status__c" if sobject == "Opportunity" else "QB_Status__c"
    return {**row, "status": row[status], "error": row["QB_Error__c"]}


@pytest.fixture
def calls(monkeypatch):
    """The bodies of all composite calls."""
    found = []
    together = gateway.Gateway.together

    def watched(self, parts):
        found.append(list(parts))
        return together(self, parts)

    monkeypatch.setattr(gateway.Gateway, "together", watched)
    return found


def writes(calls):
    return sum(not part.reads for parts in calls for part in parts)


@pytest.mark.django_db
def test_records_say_how_they_stand(world, calls):
    """A story from the first won deal to a refusal, and what it costs."""
    never = world.salesforce.insert("Account", Name="Nobody's customer")
    world.rest()
    [product] = [row for row in world.salesforce.records("Product2") if row["Name"] == "Cable"]
    assert (product["QB_Status__c"], product["QB_Error__c"]) == ("In step", None)

    # A deal waits for its customer, who waits for the Web Connector's next call.
    world.opportunity(("Setup", 1, 75))
    world.cycle()
    assert said(world, "Account", "ACME")["status"] == "On its way to QuickBooks"
    assert said(world, "Opportunity", "Deal")["status"] == "Waiting for customer ACME"
    world.rest()
    deal, account = said(world, "Opportunity", "Deal"), said(world, "Account", "ACME")
    assert (deal["status"], account["status"], account["error"]) == ("In step", "In step", None)
    assert deal["QB_Status__c"] in ("Open", "Overdue")  # the transaction's own
    link = Link.objects.get(kind="customer", name="ACME")
    assert account["QB_Link__c"] == f"https://sync.example.com/admin/syncapp/link/{link.pk}/change/"
    assert account["QB_Synced_At__c"]
    assert link.agreed_at

    # Whom nobody wants in QuickBooks is never written to.
    [row] = [row for row in world.salesforce.records("Account") if row["Id"] == never]
    assert row["QB_Status__c"] is None
    assert row["SystemModstamp"] == row["CreatedDate"]

    # At rest nothing is written, nor even looked at.
    version = account["SystemModstamp"]
    del calls[:]
    world.cycle()
    assert writes(calls) == 0
    assert not any("QB_Error__c" in part.path for parts in calls for part in parts)
    assert said(world, "Account", "ACME")["SystemModstamp"] == version

    # What QuickBooks refuses is said with the remedy, and taken back once it is right again.
    world.salesforce.update(account["Id"], Phone="1" * 30)
    world.rest()
    refused = said(world, "Account", "ACME")
    assert refused["status"] == "Cannot be taken over"
    assert "Phone" in refused["error"]
    assert len(refused["error"]) <= 255
    world.salesforce.update(account["Id"], Phone="555-0100")
    world.rest()
    assert (said(world, "Account", "ACME")["status"], said(world, "Account", "ACME")["error"]) == ("In step", None)
    assert {run.state for run in Run.objects.all()} == {"done"}
