"""Deployments: no field is known before one, and none is visible before its permission set is assigned."""

from __future__ import annotations

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from .wiring import KEY_FIELD, OUR_FILES, deploy, field_xml, install, manifest, permission_set_xml, xml

TEXT = {"length": 80}


def field_names(sf, sobject="Account"):
    return {field["name"] for field in getattr(sf, sobject).describe()["fields"]}


def account_package(fields_xml, members, **more_files):
    files = {
        "package.xml": manifest(CustomField=[f"Account.{name}" for name in members]),
        "objects/Account.object": xml("CustomObject", fields_xml),
    }
    return {**files, **more_files}


def test_a_field_goes_from_unknown_over_invisible_to_usable(org, sf):
    def refused():
        with pytest.raises(SalesforceMalformedRequest) as caught:
            sf.Account.create({"Name": "Acme", "QB_Id__c": "acme:1"})
        return caught.value.content[0]["message"]

    assert refused() == "No such column 'QB_Id__c' on sobject of type Account"
    result = deploy(sf, OUR_FILES)
    assert (result["success"], result["seen"]) == (True, ["InProgress", "Succeeded"])
    assert refused() == "No such column 'QB_Id__c' on sobject of type Account"
    assert "QB_Id__c" not in field_names(sf)
    with pytest.raises(SalesforceMalformedRequest, match="No such column"):
        sf.query("SELECT QB_Id__c FROM Account")
    install(sf, org)
    described = {field["name"]: field for field in sf.Account.describe()["fields"]}["QB_Id__c"]
    facts = ("custom", "unique", "externalId", "idLookup", "length", "byteLength", "caseSensitive", "createable")
    assert [described[name] for name in facts] == [True, True, True, True, 80, 240, False, True]
    assert sf.Account.create({"Name": "Acme", "QB_Id__c": "acme:1"})["success"]


def test_a_second_assignment_is_a_duplicate_and_its_removal_hides_the_fields(org, installed):
    assigned = installed.query("SELECT Id, PermissionSetId FROM PermissionSetAssignment")["records"]
    body = {"AssigneeId": org.integration_user, "PermissionSetId": assigned[0]["PermissionSetId"]}
    with pytest.raises(SalesforceMalformedRequest) as caught:
        installed.PermissionSetAssignment.create(body)
    assert caught.value.content[0]["errorCode"] == "DUPLICATE_VALUE"
    installed.PermissionSetAssignment.delete(assigned[0]["Id"])
    assert "QB_Id__c" not in field_names(installed)
    assert installed.PermissionSetAssignment.create(body)["success"]
    assert "QB_Id__c" in field_names(installed)


def test_deploying_again_changes_nothing(installed):
    result = deploy(installed, OUR_FILES)
    assert result["success"]
    assert {part["changed"] for part in result["details"]["componentSuccesses"]} == {False}


def test_a_new_checkbox_holds_its_default_and_a_new_text_nothing(org, sf):
    account = org.insert("Account", Name="Acme")
    install(sf, org)
    assert (sf.Account.get(account)["QB_Active__c"], sf.Account.get(account)["QB_Id__c"]) == (True, None)
    error = "INVALID_TYPE_ON_FIELD_IN_RECORD"
    with pytest.raises(SalesforceMalformedRequest, match=error):
        sf.Account.update(account, {"QB_Active__c": None})


def test_check_only_installs_nothing(sf, org):
    assert deploy(sf, OUR_FILES, checkOnly=True)["success"]
    assert org.schema["Account"].field("QB_Id__c") is None
    assert org.permission_sets == {}


def test_only_members_of_the_manifest_are_deployed(sf, org):
    fields = field_xml("One__c", **TEXT) + field_xml("Two__c", **TEXT)
    assert deploy(sf, account_package(fields, ["One__c"]))["success"]
    assert org.schema["Account"].field("Two__c") is None


def problems(result):
    assert not result["success"]
    assert result["status"] == "Failed"
    return [(each["fullName"], each["problem"]) for each in result["details"]["componentFailures"]]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (field_xml("A__c"), "Must specify 'length'"),
        (field_xml("A__c", length=256), "Must specify 'length' between 1 and 255"),
        (field_xml("A__c", "Number", precision=18), "Must specify 'scale'"),
        (field_xml("A__c", "Checkbox"), "default value"),
        (field_xml("A__c", "LongTextArea", length=1000), "visibleLines"),
        (field_xml("A__c", "Lookup", referenceTo="Banana__c", relationshipName="As"), "does not resolve"),
        (field_xml("A__c", "Lookup", referenceTo="Account"), "relationshipName"),
        (field_xml("A__c", "Banana"), "not a valid value for the enum 'FieldType'"),
        (field_xml("A__c", colour="red", **TEXT), "Element colour invalid at this location"),
        (field_xml("A__c", "Checkbox", defaultValue="true", unique="true"), "Cannot specify 'unique'"),
        (field_xml("A__c", length=10, unique="True"), "not a valid value for the boolean"),
        (field_xml("Other__c", **TEXT), "was not found in zipped directory"),
    ],
)
def test_a_field_that_salesforce_would_not_take_fails_the_deployment(sf, org, field, said):
    result = deploy(sf, account_package(field, ["A__c"]))
    ((name, problem),) = problems(result)
    assert name == "Account.A__c"
    assert said in problem
    assert org.schema["Account"].field("A__c") is None


@pytest.mark.parametrize("name", ["1A__c", "A", "A__b__c", "A" * 41 + "__c", "A-B__c"])
def test_a_bad_name_fails_the_deployment(sf, name):
    assert "not a valid name" in problems(deploy(sf, account_package(field_xml(name, **TEXT), [name])))[0][1]


def test_one_bad_part_rolls_everything_back(sf, org):
    files = dict(OUR_FILES)
    files["permissionsets/QuickBooks_Sync.permissionset"] = permission_set_xml(["Account.QB_Id__c", "Account.Name"])
    assert problems(deploy(sf, files)) == [("QuickBooks_Sync", "You cannot deploy to a required field: Account.Name")]
    assert org.schema["Account"].field("QB_Id__c") is None


def test_a_permission_set_must_name_fields_that_exist_and_rights_that_go_together(sf):
    files = {"package.xml": manifest(PermissionSet=["P"])}
    path = "permissionsets/P.permissionset"
    said = problems(deploy(sf, {**files, path: permission_set_xml(["Account.Nope__c"])}))
    assert said == [("P", "In field: field - no CustomField named Account.Nope__c found")]
    inner = "<label>P</label><objectPermissions><allowEdit>true</allowEdit><object>Account</object></objectPermissions>"
    assert "depends on permission(s)" in problems(deploy(sf, {**files, path: xml("PermissionSet", inner)}))[0][1]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"package.xml": "<Package/>"}, "where Package was expected"),
        ({"package.xml": "<Package"}, "Error parsing file"),
        ({"package.xml": manifest(version="99.0")}, "not a version of the API"),
        ({"package.xml": manifest(Banana=["x"])}, "Unknown type name 'Banana'"),
    ],
)
def test_a_bad_manifest_fails_the_deployment(sf, files, said):
    assert said in problems(deploy(sf, files))[0][1]


def test_a_file_that_the_manifest_does_not_mention_fails_the_deployment(sf):
    files = account_package(field_xml("A__c", **TEXT), ["A__c"])
    files["permissionsets/P.permissionset"] = permission_set_xml()
    assert problems(deploy(sf, files)) == [("P", "Not in package.xml")]


def test_a_field_cannot_change_its_type_or_shrink_below_what_it_holds(sf, org, installed):
    installed.Account.create({"Name": "Acme", "QB_Id__c": "acme:" + "8" * 40})
    as_number = field_xml("QB_Id__c", "Number", precision=18, scale=0)
    assert "Cannot change type" in problems(deploy(sf, account_package(as_number, ["QB_Id__c"])))[0][1]
    shorter = field_xml("QB_Id__c", **{**KEY_FIELD, "length": 10})
    assert "existing data would not fit" in problems(deploy(sf, account_package(shorter, ["QB_Id__c"])))[0][1]
    longer = field_xml("QB_Id__c", **{**KEY_FIELD, "length": 200})
    assert deploy(sf, account_package(longer, ["QB_Id__c"]))["success"]


def removal(**members):
    return {"package.xml": manifest(), "destructiveChanges.xml": manifest(**members)}


def test_removal_takes_fields_with_all_that_they_hold(sf, org, installed):
    account = installed.Account.create({"Name": "Acme", "QB_Id__c": "acme:1"})["id"]
    members = {"CustomField": ["Account.QB_Id__c", "Contact.QB_Id__c"], "PermissionSet": ["QuickBooks_Sync"]}
    assert "assigned to users" in problems(deploy(sf, removal(**members)))[0][1]
    for row in org.records("PermissionSetAssignment"):
        org.delete(row["Id"])
    assert deploy(sf, removal(**members))["success"]
    assert "QB_Id__c" not in org.get(account)
    assert org.records("PermissionSet") == []
    install(sf, org)
    assert sf.Account.get(account)["QB_Id__c"] is None


def test_removing_what_is_not_there_is_a_warning(sf):
    members = {"CustomField": ["Account.Nope__c"]}
    assert deploy(sf, removal(**members), ignoreWarnings=True)["success"]
    assert not deploy(sf, removal(**members), ignoreWarnings=False)["success"]
    assert not deploy(sf, removal(CustomField=["Account.Name"]), ignoreWarnings=True)["success"]


INVOICE = (
    "<label>Invoice</label><pluralLabel>Invoices</pluralLabel><deploymentStatus>Deployed</deploymentStatus>"
    "<sharingModel>ReadWrite</sharingModel><nameField><label>Number</label><type>AutoNumber</type>"
    "<displayFormat>QBI-{000000}</displayFormat></nameField>"
)
INVOICE_FILES = {
    "package.xml": manifest(CustomObject=["QB_Invoice__c"], PermissionSet=["P"]),
    "objects/QB_Invoice__c.object": xml(
        "CustomObject",
        INVOICE
        + field_xml("Account__c", "Lookup", referenceTo="Account", relationshipName="QB_Invoices")
        + field_xml("Total__c", "Currency", precision=18, scale=2),
    ),
    "permissionsets/P.permissionset": permission_set_xml(
        ["QB_Invoice__c.Account__c", "QB_Invoice__c.Total__c"], ["QB_Invoice__c"]
    ),
}


def test_a_custom_object_comes_with_its_fields_and_its_relationships(sf, org):
    assert deploy(sf, INVOICE_FILES)["success"]
    with pytest.raises(SalesforceMalformedRequest, match="is not supported"):
        sf.query("SELECT Id FROM QB_Invoice__c")
    set_id = org.records("PermissionSet")[0]["Id"]
    org.insert("PermissionSetAssignment", AssigneeId=org.integration_user, PermissionSetId=set_id)
    account = org.insert("Account", Name="Acme")
    made = sf.QB_Invoice__c.create({"Account__c": account, "Total__c": 12.345})["id"]
    assert made.startswith("a0")
    row = sf.query("SELECT Name, Total__c, Account__r.Name FROM QB_Invoice__c")["records"][0]
    assert (row["Name"], row["Total__c"], row["Account__r"]["Name"]) == ("QBI-000001", 12.35, "Acme")
    text = "SELECT Id, (SELECT Id FROM QB_Invoices__r) FROM Account"
    assert sf.query(text)["records"][0]["QB_Invoices__r"]["totalSize"] == 1
    assert deploy(sf, INVOICE_FILES)["success"]
    assert sf.query("SELECT COUNT() FROM QB_Invoice__c")["totalSize"] == 1


def test_describe_is_answered_again_only_after_a_change(org, sf, raw, clock):
    path = "/services/data/v62.0/sobjects/Account/describe"
    clock.advance(10)
    _, _, first = raw.ask("GET", path)
    since = {"If-Modified-Since": first.getheader("Last-Modified")}
    assert raw.ask("GET", path, **since)[0] == 304
    clock.advance(10)
    install(sf, org)
    assert raw.ask("GET", path, **since)[0] == 200


def test_a_broken_zip_fails_and_a_cancelled_deployment_is_over(sf, org):
    assert deploy(sf, {"readme.txt": "x"})["errorMessage"] == "No package.xml found"
    org.deploy_polls = 5
    parts = {"json": (None, '{"deployOptions": {}}', "application/json"), "file": ("d.zip", b"x", "application/zip")}
    url = sf.base_url + "metadata/deployRequest"
    answer = sf._call_salesforce("POST", url, headers={"Content-Type": None}, files=parts).json()
    path = f"metadata/deployRequest/{answer['id']}"
    assert sf.restful(path)["deployResult"]["status"] == "Pending"
    sf.restful(path, method="PATCH", json={"deployResult": {"status": "Canceling"}})
    assert sf.restful(path)["deployResult"]["status"] == "Canceled"
