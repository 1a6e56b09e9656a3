"""The package where things go wrong: rights that are missing, answers that are lost, editions that lack something."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.management import CommandError

from project.sandbox.clock import Clock
from project.sandbox.salesforce import Org as SandboxOrg
from project.sandbox.salesforce import api_metadata, rules, serve
from project.sandbox.salesforce.errors import SalesforceError
from project.sandbox.salesforce.standard import Switches
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import deploying, editions, package
from syncapp.connectors.salesforce.deploying import Component, NotDeployed
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import permission_sets
from syncapp.connectors.salesforce.metadata import CustomField
from syncapp.connectors.salesforce.our_package import PACKAGE, SYNC
from syncapp.models import Org

from .packages import put, run


def deployments(world):
    return len(world.org.calls("metadata/deployRequest", "POST"))


def install(org, said=None, **options):
    package.install(Gateway(org), (said if said is not None else []).append, poll_seconds=0, **options)


def refused(*args, **kwargs):
    raise SalesforceError("INSUFFICIENT_ACCESS", "insufficient access rights", status=403)


# Rights ----------------------------------------------------------------------------------


def test_a_user_who_may_not_deploy_is_told_which_right_is_missing(world, bare_org, monkeypatch):
    monkeypatch.setattr(api_metadata, "_deploy", refused)
    with pytest.raises(CommandError, match="Modify Metadata Through Metadata API Functions"):
        run("install", "acme")
    assert permission_sets(Gateway(bare_org)) == {}


def test_a_user_who_may_not_assign_is_told_who_can(world, bare_org, monkeypatch):
    monkeypatch.setitem(rules.BEFORE, "PermissionSetAssignment", refused)
    with pytest.raises(CommandError, match="Manage Assignments: add the sync's user") as caught:
        run("install", "acme")
    assert "The package is there" in str(caught.value)
    assert world.org.schema.find("QB_Invoice__c")


def test_a_user_who_may_not_see_permission_sets_is_told_so(world, org):
    world.org.uninstall("PermissionSet")
    with pytest.raises(CommandError, match="View Setup and Configuration"):
        run("remove", "acme", "--yes")
    said = run("check", "acme")
    assert "the sync's user may not look at permission sets" in said
    assert world.org.schema.find("QB_Invoice__c")


# Failures of single components -------------------------------------------------------------


def test_a_failure_is_told_component_by_component(world, bare_org):
    """A field of that name is there already, with another type; and one holds what ours could not."""
    mine = CustomField("Account", "QB_Terms__c", "Terms", "Date", "Something else.")
    put(Gateway(bare_org), replace(PACKAGE, version=0, objects=(), fields=(mine,), sets=()))
    with pytest.raises(NotDeployed) as caught:
        install(bare_org)
    assert caught.value.components == (
        Component(
            "CustomField", "Account.QB_Terms__c", "Cannot change type of Account.QB_Terms__c from date to string"
        ),
    )
    assert caught.value.message.splitlines() == [
        "Salesforce did not take the package, and changed nothing:",
        " - CustomField Account.QB_Terms__c: Cannot change type of Account.QB_Terms__c from date to string",
    ]
    assert "rename or delete it" in caught.value.remedy
    assert world.org.schema.find("QB_Invoice__c") is None


def test_many_failures_are_told_as_far_as_they_can_be_read():
    components = [Component("CustomField", f"Account.F{number}__c", "No.", number) for number in range(30)]
    error = NotDeployed("No:", components)
    assert len(error.message.splitlines()) == deploying.TOLD_MAX + 2
    assert error.message.endswith(" - and 10 more")
    assert " - CustomField Account.F1__c, line 1: No." in error.message


def test_a_deployment_that_was_cancelled_in_setup_is_told(world, bare_org):
    def cancel():
        for each in world.org.deployments.values():
            each.result = {"status": "Canceled", "done": True, "success": False}

    world.org.after_next(cancel)
    with pytest.raises(ConnectorError, match="changed nothing: Canceled"):
        install(bare_org)


# Lost answers --------------------------------------------------------------------------------


def test_questions_about_a_deployment_may_be_lost_it_is_asked_about_by_its_id(world, bare_org):
    world.org.deploy_polls = 3
    said = []

    def say(line):
        said.append(line)
        if "at work on deployment" in line:
            for _ in range(4):
                world.org.fail_next("lost_answer", writes_only=False)

    package.install(Gateway(bare_org), say, poll_seconds=0)
    assert deployments(world) == 1
    [deployment] = world.org.deployments
    assert f"Salesforce is at work on deployment {deployment}." in said
    asked = {each.path for each in world.org.calls() if each.fault == "lost_answer"}
    assert asked == {f"/services/data/v62.0/metadata/deployRequest/{deployment}"}


def test_a_package_whose_answer_is_lost_is_found_in_the_org_and_not_sent_again(world, bare_org, monkeypatch):
    """Salesforce works on by itself, without anybody asking about the deployment."""
    looks = []

    def finish(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            for each in world.org.deployments.values():
                each.result = api_metadata.Deployer(world.org, bare_org.user_id, each.options).run(each.data)

    monkeypatch.setattr(deploying.time, "sleep", finish)
    world.org.fail_next("lost_answer")
    said = []
    install(bare_org, said)
    assert len(looks) == 3
    assert deployments(world) == 1
    assert any("Looking whether the org shows" in line for line in said)
    run("check", "acme")


def test_a_package_that_leaves_no_trace_is_not_sent_twice(world, bare_org):
    world.org.fail_next("lost_answer")
    with pytest.raises(ConnectorError, match="not known, and it was not sent a second time") as caught:
        install(bare_org)
    assert "Deployment Status in Setup" in caught.value.remedy
    assert deployments(world) == 1
    world.org.fail_next("lost_answer")
    with pytest.raises(ConnectorError, match=r"broke|not available"):
        install(bare_org, check_only=True)


def test_a_removal_whose_answer_is_lost_is_found_out_too(world, org, monkeypatch):
    def finish(seconds):
        for each in world.org.deployments.values():
            if not each.result:
                each.result = api_metadata.Deployer(world.org, org.user_id, each.options).run(each.data)

    monkeypatch.setattr(deploying.time, "sleep", finish)
    before = deployments(world)
    world.org.fail_next("lost_answer")
    package.remove(Gateway(org), lambda line: None, poll_seconds=0)
    assert deployments(world) == before + 2
    assert world.org.permission_sets == {}


def test_a_deployment_without_end_is_left_to_be_looked_at(world, bare_org, monkeypatch):
    monkeypatch.setattr(deploying, "POLLS_MAX", 2)
    world.org.deploy_polls = 1000
    with pytest.raises(ConnectorError, match="has not come to an end yet"):
        install(bare_org)
    assert deployments(world) == 1


# Editions ------------------------------------------------------------------------------------


@pytest.fixture
def other_org(db, settings):
    """Makes our row for an org of another edition, or with other features on."""
    servers = []

    def make(**options):
        sandbox = SandboxOrg("other", clock=Clock(), **options)
        servers.append(serve(sandbox))
        settings.SALESFORCE_LOOPBACK_URL = servers[-1].url
        known = sandbox.credentials
        row = Org.objects.create(
            key="other", domain=known.domain, client_id=known.client_id, client_secret=known.client_secret
        )
        return sandbox, row

    yield make
    for each in servers:
        each.stop()


def test_professional_edition_without_the_api_is_said_before_anything_is_tried(other_org):
    sandbox, _ = other_org(edition="Professional")
    with pytest.raises(CommandError, match="Professional edition needs API access as an add-on"):
        run("install", "other")
    assert sandbox.calls("metadata/deployRequest", "POST") == []


@pytest.mark.parametrize("edition", ["Professional with API", "Enterprise", "Unlimited", "Developer"])
def test_the_package_fits_into_each_edition_with_an_api(other_org, edition):
    other_org(edition=edition)
    run("install", "other")
    run("remove", "other", "--yes")


def test_features_that_are_off_are_told_and_stop_nothing(other_org):
    other_org(switches=Switches(quotes=False, orders=False))
    said = run("install", "other")
    for part in ("Orders are off", "Quotes are off", "a single currency"):
        assert part in said


def test_an_org_with_several_currencies_takes_the_package(other_org):
    _, row = other_org(switches=Switches(currencies=("USD", "EUR")))
    assert "single currency" not in run("install", "other")
    document = {"Name": "1", "QB_Id__c": "acme:1", "CurrencyIsoCode": "EUR", "QB_Total__c": 5}
    assert Gateway(row).create("QB_Invoice__c", document)


def test_an_org_that_is_full_is_told_before_the_deployment_fails(other_org):
    sandbox, row = other_org(edition="Professional with API")
    gateway = Gateway(row)
    many = [CustomField("Account", f"F{number}__c", "F", "Date", "F") for number in range(95)]
    extra = replace(SYNC, rights={})
    put(gateway, replace(PACKAGE, version=0, objects=(), fields=tuple(many), sets=(extra,)))
    package.assign_to_our_user(gateway, lambda line: None)
    before = len(sandbox.calls("metadata/deployRequest", "POST"))
    with pytest.raises(CommandError, match="Account would have 106 custom fields; Professional Edition allows 100"):
        run("install", "other")
    assert len(sandbox.calls("metadata/deployRequest", "POST")) == before


def test_an_org_without_products_is_told_what_does_not_work(other_org):
    sandbox, _ = other_org()
    for name in ("OpportunityLineItem", "QuoteLineItem", "OrderItem", "PricebookEntry", "Product2"):
        sandbox.uninstall(name)
    with pytest.raises(CommandError, match="Product2 is not there for the sync's user") as caught:
        run("install", "other")
    assert "would not fit into this org" in str(caught.value)


def test_what_an_org_lacks_is_said_in_the_words_of_what_does_not_work():
    nothing = editions.About("Enterprise Edition", False, {})
    told = [each.message for each in editions.lacks(nothing, PACKAGE, {})]
    assert any("items and quantities cannot travel" in each for each in told)
    assert any("no deal becomes a transaction" in each for each in told)


def test_a_sandbox_org_with_a_dead_token_is_signed_in_again(world, org):
    world.kill_tokens()
    assert "current one" in run("check", "acme")


def test_a_user_who_may_not_sign_in_gets_the_reason(world, bare_org):
    Org.objects.filter(pk=bare_org.pk).update(client_secret="wrong")
    with pytest.raises(CommandError, match="client_secret"):
        run("check", "acme")
