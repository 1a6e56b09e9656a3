"""Installing, checking, upgrading and removing the package over real HTTP."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from project.sandbox.salesforce.deploy import Deployer
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import package, schema
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import missing_fields, permission_sets, require_fields
from syncapp.connectors.salesforce.metadata_xml import stamp_of
from syncapp.connectors.salesforce.our_package import PACKAGE, PEOPLE, SYNC
from syncapp.models import Pair

from .packages import older, put, run


@pytest.fixture
def pair(bare_org):
    """The org has one pair, and that one keeps customers in step."""
    from qbwc.models import Company

    company = Company.objects.create(key="acme", name="Acme", username="acme")
    return Pair.objects.create(key="acme", org=bare_org, desktop=company)


def assigned(world):
    rows = world.org.records("PermissionSetAssignment")
    return [(row["AssigneeId"], world.org.get(row["PermissionSetId"])["Name"]) for row in rows]


def test_installing_brings_everything_and_may_be_repeated(world, bare_org):
    gateway = Gateway(bare_org)
    assert missing_fields(gateway)["Account.QB_Id__c"].startswith("is missing")
    for _ in range(2):
        assert "visible and editable" in run("install", "acme")
    assert missing_fields(gateway, fresh=True) == {}
    assert assigned(world) == [(world.org.integration_user, SYNC.name)]
    assert {name for name in world.org.schema.sobjects if name.startswith("qb_")} == {
        each.lower() for each in PACKAGE.own
    }
    kinds = {kind for kind, _ in world.org.pages}
    assert kinds == {"Layout", "ListView", "CustomTab"}
    views = {page.label for page in world.org.pages.values() if page.name.startswith("QB_Invoice__c.")}
    assert views == {"All", "Open", "Overdue", "This month"}


def test_documents_of_ours_can_be_written_by_the_syncs_user(world, org):
    gateway = Gateway(org)
    account = world.account("Acme")
    document = gateway.create(
        "QB_Invoice__c",
        {"Name": "1001", "QB_Id__c": "acme:1", "QB_Account__c": account, "QB_Type__c": "Invoice", "QB_Total__c": 12.5},
    )
    gateway.create("QB_Invoice_Line__c", {"QB_Invoice__c": document, "QB_Id__c": "acme:1:1", "QB_Rate__c": 1.23456})
    payment = gateway.create("QB_Payment__c", {"Name": "77", "QB_Id__c": "acme:2", "QB_Type__c": "Payment"})
    gateway.create("QB_Allocation__c", {"QB_Payment__c": payment, "QB_Invoice__c": document, "QB_Amount__c": 12.5})
    soql = "SELECT Name, (SELECT QB_Rate__c FROM QB_Lines__r), (SELECT QB_Amount__c FROM QB_Allocations__r)"
    [page] = list(gateway.query(f"{soql} FROM QB_Invoice__c WHERE QB_Account__r.Name = 'Acme'"))
    assert float(page[0]["QB_Lines__r"]["records"][0]["QB_Rate__c"]) == 1.23456
    assert float(page[0]["QB_Allocations__r"]["records"][0]["QB_Amount__c"]) == 12.5


def test_installing_leaves_the_assignment_alone_if_told_so(world, bare_org):
    with pytest.raises(CommandError, match="Assign the permission set"):
        run("install", "acme", "--no-assign")
    assert assigned(world) == []
    assert "visible and editable" in run("install", "acme", "--assign")


def test_a_dry_run_changes_nothing(world, bare_org):
    said = run("install", "acme", "--dry-run")
    assert "Salesforce would take the package" in said
    assert permission_sets(Gateway(bare_org)) == {}
    assert not [name for name in world.org.schema.sobjects if name.startswith("qb_")]


def test_an_administrator_may_deploy_the_file_instead(world, bare_org, tmp_path):
    run("install", "acme", "--output", str(tmp_path / "package.zip"))
    assert world.calls() == 0
    data = (tmp_path / "package.zip").read_bytes()
    result = Deployer(world.org, world.org.person, {}).run(data)
    assert result["success"], result
    assert stamp_of(PACKAGE) == permission_sets(Gateway(bare_org))[SYNC.name].stamp


# Checking --------------------------------------------------------------------------------


def test_checking_names_what_is_missing_and_the_remedy(world, bare_org):
    with pytest.raises(CommandError, match="salesforce_package install acme"):
        run("check", "acme")
    run("install", "acme")
    assert "Version 1 is installed, which is the current one." in run("check", "acme")


def test_only_what_the_flows_need_counts_as_wrong(world, bare_org, pair):
    put(Gateway(bare_org), older())
    package.assign_to_our_user(Gateway(bare_org), lambda line: None)
    with pytest.raises(CommandError) as caught:
        run("check", "acme")
    assert "upgrade acme" in str(caught.value)
    for key in ("QB_Full_Name__c",):
        table = world.org.schema["Account"].field(key)
        table.length = 255
    said = run("check", "acme")
    assert "QB_Invoice__c is missing, or not visible to the sync's user. No flow that is on needs it." in said
    assert "Account.QB_Error__c is missing" in said
    assert "What the flows of “acme” need is there" in said
    bare_org.refresh_from_db()
    assert bare_org.package["good"]
    assert "QB_Payment__c is missing, or not visible to the sync's user" in bare_org.package["rest"]


def test_a_missing_assignment_is_told_with_the_user_and_mended(world, org):
    world.take_permission_set_away()
    with pytest.raises(CommandError, match="Assign the permission set QuickBooks_Sync"):
        run("check", "acme")
    org.refresh_from_db()
    assert org.package["problems"][0] == (
        "Permission set QuickBooks_Sync is not assigned to the sync's user integration@acme.example"
    )
    run("install", "acme")
    run("check", "acme")


def test_what_an_administrator_changed_is_told_if_it_harms(world, org):
    account = world.org.schema["Account"]
    account.field("QB_Full_Name__c").length = 40
    account.field("QB_Id__c").unique = False
    account.field("QB_Terms__c").length = 255
    account.field("QB_Balance__c").label = "Owed"
    world.org.schema["QB_Invoice__c"].field("QB_Status__c").values = ("Open",)
    found = missing_fields(Gateway(org), "customer", fresh=True)
    assert found == {
        "Account.QB_Full_Name__c": "holds 40 characters, and not 255",
        "Account.QB_Id__c": "is not a unique external id",
    }
    with pytest.raises(CommandError, match="a field is not as it should be"):
        run("check", "acme")
    org.refresh_from_db()
    told = " ".join(org.package["problems"])
    assert "QB_Invoice__c.QB_Status__c lacks the choices Partly paid, Paid, Overdue" in told
    assert "QB_Balance__c" not in told
    run("install", "acme")
    run("check", "acme")


def test_a_field_that_may_only_be_read_is_told(world, org):
    for each in world.org.permission_sets.values():
        each.fields["Account.QB_Terms__c"] = (True, False)
    world.org.secured()
    found = missing_fields(Gateway(org), "customer", fresh=True)
    assert found == {"Account.QB_Terms__c": "may not be edited by the sync's user"}


def test_records_that_may_not_be_deleted_are_told(world, org):
    for each in world.org.permission_sets.values():
        each.objects["QB_Invoice_Line__c"] = frozenset({"allowRead", "allowCreate", "allowEdit"})
    world.org.secured()
    with pytest.raises(CommandError):
        run("check", "acme")
    org.refresh_from_db()
    assert org.package["problems"] == ["QB_Invoice_Line__c may be seen, but the sync's user may not delete its records"]


def test_a_kind_names_only_what_it_needs_and_what_to_run(world, bare_org, monkeypatch):
    monkeypatch.setitem(schema.READ_FIELDS, "some_document", {"QB_Invoice__c": ("Id", "QB_Id__c")})
    put(Gateway(bare_org), older())
    package.assign_to_our_user(Gateway(bare_org), lambda line: None)
    with pytest.raises(ConnectorError) as caught:
        require_fields(Gateway(bare_org), "some_document")
    assert caught.value.message == (
        "Salesforce org “acme”: QB_Invoice__c is missing, or not visible to the sync's user."
    )
    assert "salesforce_package upgrade acme" in caught.value.remedy
    assert caught.value.retry_seconds is None


def test_an_unknown_org_is_told_with_those_that_are_known(world, org):
    with pytest.raises(CommandError, match="Known orgs: acme"):
        run("check", "nobody")


# Upgrading -------------------------------------------------------------------------------


def test_upgrading_an_older_package_brings_the_rest_and_keeps_what_is_held(world, bare_org):
    gateway = Gateway(bare_org)
    put(gateway, older())
    package.assign_to_our_user(gateway, lambda line: None)
    account = gateway.create("Account", {"Name": "Acme", "QB_Id__c": "acme:1", "QB_Terms__c": "Net 30"})
    said = run("upgrade", "acme")
    assert "Upgrading from an older package to Package 1" in said
    assert permission_sets(gateway)[SYNC.name].stamp == stamp_of(PACKAGE)
    assert set(permission_sets(gateway)) == {SYNC.name, PEOPLE.name}
    row = world.org.get(account)
    assert (row["QB_Id__c"], row["QB_Terms__c"]) == ("acme:1", "Net 30")
    assert world.org.schema["Account"].field("QB_Full_Name__c").length == 255
    assert "there is nothing to upgrade" in run("upgrade", "acme")


def test_nothing_is_upgraded_where_nothing_is_installed(world, bare_org):
    with pytest.raises(CommandError, match="does not have our package yet"):
        run("upgrade", "acme")


def test_a_newer_package_is_not_put_back_to_ours(world, org):
    [key] = [key for key, each in world.org.permission_sets.items() if each.name == SYNC.name]
    newer = f"What it is. Package {PACKAGE.version + 1} (0123abcd)"
    world.org.tables["PermissionSet"].rows[key]["Description"] = newer
    with pytest.raises(CommandError, match="Update this program"):
        run("install", "acme")
    assert "update it" in run("check", "acme")
    run("install", "acme", "--force")
    assert permission_sets(Gateway(org))[SYNC.name].stamp == stamp_of(PACKAGE)


# Removing --------------------------------------------------------------------------------


def test_removing_takes_everything_back(world, org):
    before = {name: set(item.fields) for name, item in world.org.schema.sobjects.items() if not name.startswith("qb_")}
    said = run("remove", "acme", "--yes")
    assert "What stays: all accounts" in said
    assert not [name for name in world.org.schema.sobjects if name.startswith("qb_")]
    after = {name: set(item.fields) for name, item in world.org.schema.sobjects.items()}
    assert {name: {each for each in names if not each.startswith("qb_")} for name, names in before.items()} == after
    assert world.org.pages == {}
    assert world.org.permission_sets == {}
    assert assigned(world) == []
    assert "Nothing of ours is installed" in run("remove", "acme", "--yes")
    run("install", "acme")


def test_removing_refuses_with_the_counts_if_records_would_be_lost(world, org):
    gateway = Gateway(org)
    for number in range(3):
        document = gateway.create("QB_Invoice__c", {"Name": f"100{number}", "QB_Id__c": f"acme:{number}"})
        gateway.create("QB_Invoice_Line__c", {"QB_Invoice__c": document, "QB_Id__c": f"acme:{number}:1"})
    gateway.create("Account", {"Name": "Acme", "QB_Id__c": "acme:1"})
    world.account("Not linked")
    with pytest.raises(CommandError) as caught:
        run("remove", "acme", "--yes")
    assert str(caught.value).splitlines() == [
        "Removing our package would destroy:",
        " - Account records with something in a field of ours: 1",
        " - QuickBooks Documents (QB_Invoice__c): 3",
        " - QuickBooks Document Lines (QB_Invoice_Line__c): 3",
        "Export what somebody may need; then run the command again with --force.",
    ]
    assert len(world.org.records("QB_Invoice__c")) == 3
    said = run("remove", "acme", "--force", "--dry-run")
    assert "This would destroy QuickBooks Documents (QB_Invoice__c): 3" in said
    assert len(world.org.records("QB_Invoice__c")) == 3
    said = run("remove", "acme", "--yes", "--force")
    assert "This destroys QuickBooks Documents (QB_Invoice__c): 3" in said
    assert {row["Name"] for row in world.org.records("Account")} == {"Acme", "Not linked"}


def test_people_who_have_the_permission_set_are_named_before_it_goes(world, org):
    gateway = Gateway(org)
    there = permission_sets(gateway)[PEOPLE.name]
    world.org.insert("PermissionSetAssignment", AssigneeId=world.org.person, PermissionSetId=there.id)
    with pytest.raises(CommandError, match="the permission sets of others: Alex Admin"):
        run("remove", "acme", "--yes")
    run("remove", "acme", "--yes", "--force")
    assert world.org.permission_sets == {}


def test_what_cannot_be_counted_is_not_removed_unasked(world, org):
    world.take_permission_set_away()
    with pytest.raises(CommandError, match="an unknown number of records"):
        run("remove", "acme", "--yes")
    assert world.org.schema.find("QB_Invoice__c")


def test_a_field_that_a_formula_uses_stops_the_removal_as_a_whole(world, org):
    world.org.schema["Account"].field("Site").formula = "TEXT(QB_Balance__c)"
    with pytest.raises(CommandError) as caught:
        run("remove", "acme", "--yes")
    assert "CustomField Account.QB_Balance__c: This custom field is referenced elsewhere: Account.Site" in str(
        caught.value
    )
    assert "Take it out of the formulas" in str(caught.value)
    run("check", "acme")
    assert assigned(world) == [(world.org.integration_user, SYNC.name)]


def test_removing_asks_for_the_orgs_key(world, org, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "another")
    with pytest.raises(CommandError, match="Nothing was removed"):
        run("remove", "acme")
    assert world.org.schema.find("QB_Invoice__c")
    monkeypatch.setattr("builtins.input", lambda prompt: "acme")
    run("remove", "acme")
    assert world.org.schema.find("QB_Invoice__c") is None
