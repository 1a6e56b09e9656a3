"""Held, disabled, another file, another org, another company's records: what must not be written, and is not."""

from __future__ import annotations

import pytest
from django.conf import settings

from project.sandbox.desktop import CompanyFile
from project.sandbox.salesforce import Org as SandboxOrg
from project.sandbox.salesforce import serve
from qbwc import identity
from syncapp import cycle as cycles
from syncapp.models import Operation, Org

pytestmark = pytest.mark.django_db


def test_nothing_is_written_before_the_first_run_is_approved_and_then_what_is_true_by_then(world):
    world.pair.first_run = "preview"
    world.pair.save(update_fields=["first_run"])
    world.salesforce.insert("Account", Name="Ours")
    world.file.add_customer(Name="Theirs")
    for _ in range(3):
        assert world.cycle().startswith("held")
        world.poll()
    assert world.names() == (["Ours"], ["Theirs"])
    assert not Operation.objects.exists()
    assert world.account("Ours")["QB_Id__c"] is None
    assert not {name for name in world.file.executed if not name.endswith("Query")}
    world.salesforce.update(world.account("Ours")["Id"], Name="Ours, renamed")
    assert cycles.cycle(world.pair, world.connectors(), trigger="test", approve=True).state == "done"
    world.rest()
    assert world.names() == (["Ours, renamed", "Theirs"],) * 2


def test_what_was_queued_is_taken_back_when_the_pair_is_disabled(world):
    world.rest()
    world.salesforce.insert("Account", Name="Acme")
    world.cycle()
    world.pair.enabled = False
    world.pair.save()
    world.poll()
    world.cycle()
    world.poll()
    assert world.names() == (["Acme"], [])
    world.pair.enabled = True
    world.pair.save()
    world.rest()
    assert world.names() == (["Acme"], ["Acme"])


def test_another_file_gets_nothing_and_a_renamed_company_waits_until_its_name_is_accepted(world):
    world.salesforce.insert("Account", Name="One")
    world.rest()
    world.salesforce.insert("Account", Name="Two")
    world.cycle()
    other = CompanyFile("Other", clock=world.clock, chance=world.chance)
    world.web_connector.quickbooks.open(other)
    world.poll()
    assert (other.customers(), sum(other.executed.values())) == ([], 0)
    world.web_connector.quickbooks.open(world.file)
    world.rest()
    world.file.name = "Acme Incorporated"
    world.salesforce.insert("Account", Name="Three")
    world.cycle()
    world.poll()
    assert world.names() == (["One", "Three", "Two"], ["One", "Two"])
    world.company.refresh_from_db()
    identity.accept_name(world.company)
    world.rest()
    assert world.names() == (["One", "Three", "Two"],) * 2


def test_another_org_behind_the_same_credentials_gets_nothing(world):
    world.salesforce.insert("Account", Name="Acme")
    world.rest()
    other = SandboxOrg("acme", clock=world.clock, chance=world.chance, faults=world.faults, number=2)
    server = serve(other)
    settings.SALESFORCE_LOOPBACK_URL = server.url
    Org.objects.update(access_token="")
    world.file.add_customer(Name="New")
    assert "Another Salesforce org answers" in world.cycle()
    world.poll()
    assert "Another Salesforce org answers" in world.cycle()
    assert other.records("Account") == []
    settings.SALESFORCE_LOOPBACK_URL = world.server.url
    server.stop()
    Org.objects.update(access_token="")
    world.rest()
    assert world.names() == (["Acme", "New"],) * 2


def test_an_account_of_another_company_is_neither_matched_nor_changed(world):
    theirs = world.salesforce.insert("Account", Name="Acme", QB_Id__c="other:80000001-1", Phone="1")
    world.file.add_customer(Name="Acme", Phone="2")
    world.rest()
    account = world.salesforce.get(theirs)
    assert (account["QB_Id__c"], account["QB_Full_Name__c"], account["Phone"]) == ("other:80000001-1", None, "1")
    assert [c["Phone"] for c in world.file.customers()] == ["2"]
    ours = [a for a in world.salesforce.records("Account") if a["Id"] != theirs]
    assert [a["QB_Id__c"] for a in ours] == [f"acme:{world.customer('Acme')['ListID']}"]
