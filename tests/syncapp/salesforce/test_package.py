"""The package: what is in it, and installing, checking and removing it over real HTTP."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from syncapp.connectors.salesforce import package, schema
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import missing_fields

METADATA = "{http://soap.sforce.com/2006/04/metadata}"
XSD = "{http://www.w3.org/2001/XMLSchema}"


def contents(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}


def run(*arguments):
    out = io.StringIO()
    call_command("salesforce_package", *arguments, poll_seconds=0, stdout=out, stderr=out, no_color=True)
    return out.getvalue()


def test_the_package_lists_what_it_holds_and_nothing_else():
    files_ = contents(package.package_zip("62.0"))
    assert set(files_) == {
        "package.xml",
        "objects/Account.object",
        "objects/Contact.object",
        "permissionsets/QuickBooks_Sync.permissionset",
    }
    listed = {each.text for each in files_["package.xml"].iter(f"{METADATA}members")}
    assert listed == {each.full_name for each in schema.CUSTOM_FIELDS} | {schema.PERMISSION_SET}
    made = {
        f"{sobject}.{each.text}"
        for sobject in ("Account", "Contact")
        for each in files_[f"objects/{sobject}.object"].iter(f"{METADATA}fullName")
    }
    assert made == {each.full_name for each in schema.CUSTOM_FIELDS}
    granted = {each.text for each in files_["permissionsets/QuickBooks_Sync.permissionset"].iter(f"{METADATA}field")}
    assert granted == made


def test_the_same_fields_make_the_same_bytes():
    assert package.package_zip("62.0") == package.package_zip("62.0")


def test_the_removal_lists_everything_that_was_installed():
    files_ = contents(package.removal_zip("62.0"))
    listed = {each.text for each in files_["destructiveChanges.xml"].iter(f"{METADATA}members")}
    assert listed == {each.full_name for each in schema.CUSTOM_FIELDS} | {schema.PERMISSION_SET}
    assert not list(files_["package.xml"].iter(f"{METADATA}members"))


@pytest.mark.parametrize(
    "path, kinds",
    [
        ("objects/Account.object", {"": "CustomObject", "fields": "CustomField"}),
        ("objects/Contact.object", {"": "CustomObject", "fields": "CustomField"}),
        (
            "permissionsets/QuickBooks_Sync.permissionset",
            {
                "": "PermissionSet",
                "fieldPermissions": "PermissionSetFieldPermissions",
                "objectPermissions": "PermissionSetObjectPermissions",
            },
        ),
    ],
)
def test_every_element_is_one_that_the_metadata_api_knows(path, kinds):
    """The library ships Salesforce's own description of its metadata."""
    wsdl = etree.fromstring(files("simple_salesforce").joinpath("metadata.wsdl").read_bytes())
    known = {
        kind: {each.get("name") for each in wsdl.find(f".//{XSD}complexType[@name='{kind}']").iter(f"{XSD}element")}
        for kind in kinds.values()
    }
    for names in known.values():
        names.add("fullName")  # of the type that they all extend
    root = contents(package.package_zip("62.0"))[path]
    assert {each.tag.removeprefix(METADATA) for each in root} <= known[kinds[""]]
    for name, kind in kinds.items():
        for element in root.iter(f"{METADATA}{name}" if name else ()):
            assert {each.tag.removeprefix(METADATA) for each in element} <= known[kind]


def test_installing_makes_the_fields_visible_and_may_be_repeated(world, bare_org):
    gateway = Gateway(bare_org)
    assert "Account.QB_Id__c" in missing_fields(gateway)
    for _ in range(2):
        assert "visible and editable" in run("install", "acme")
    assert missing_fields(gateway, fresh=True) == {}
    assert len(world.org.records("PermissionSetAssignment")) == 1


def test_checking_names_what_is_missing_and_the_remedy(world, bare_org):
    with pytest.raises(CommandError, match="salesforce_package install acme"):
        run("check", "acme")
    run("install", "acme")
    assert "visible and editable" in run("check", "acme")


def test_a_missing_permission_set_assignment_is_told_and_installed_again(world, org):
    world.take_permission_set_away()
    with pytest.raises(CommandError, match="Assign the permission set"):
        run("check", "acme")
    run("install", "acme")
    run("check", "acme")


def test_removing_takes_everything_back(world, org):
    run("remove", "acme", "--yes")
    gateway = Gateway(org)
    assert set(missing_fields(gateway, fresh=True)) == {each.full_name for each in schema.CUSTOM_FIELDS}


def test_an_unknown_org_is_told_with_those_that_are_known(world, org):
    with pytest.raises(CommandError, match="Known orgs: acme"):
        run("check", "nobody")
