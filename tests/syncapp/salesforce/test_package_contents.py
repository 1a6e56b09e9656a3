"""What is in the package: judged by Salesforce's own description of its metadata, and by the rules of its elements."""

from __future__ import annotations

import copy
import io
import zipfile
from dataclasses import replace
from functools import cache
from importlib.resources import files

import pytest
from lxml import etree

from syncapp.connectors.salesforce import metadata_xml, package_docs
from syncapp.connectors.salesforce.document_objects import DOCUMENT_STATUSES, PAYMENT_STATUSES
from syncapp.connectors.salesforce.metadata import CustomField, Fields
from syncapp.connectors.salesforce.metadata_xml import package_zip, read_stamp, removable, removal_zip, stamp_of
from syncapp.connectors.salesforce.our_package import PACKAGE, PEOPLE, SYNC
from syncapp.connectors.salesforce.schema import READ_FIELDS
from tests.house.files import ROOT

from .packages import METADATA, contents, older, texts

XSD = "{http://www.w3.org/2001/XMLSchema}"
DOCUMENT = ROOT / "docs" / "salesforce-package.md"
ROOTS = ("CustomObject", "CustomTab", "Layout", "Package", "PermissionSet")
FILES = contents(package_zip("62.0", PACKAGE))
LABEL_MAX, HELP_MAX, DESCRIPTION_MAX, NAME_MAX = 40, 510, 255, 40


@cache
def salesforces_own_schema():
    """The library ships the Metadata API's WSDL: as a schema for files, with their roots as elements."""
    wsdl = etree.fromstring(files("simple_salesforce").joinpath("metadata.wsdl").read_bytes())
    types = next(wsdl.iter(f"{XSD}schema"))
    namespaces = {"xsd": XSD[1:-1], "tns": METADATA[1:-1]}
    schema = etree.Element(
        f"{XSD}schema", nsmap=namespaces, targetNamespace=METADATA[1:-1], elementFormDefault="qualified"
    )
    schema.extend(copy.deepcopy(each) for each in types)
    for root in ROOTS:
        etree.SubElement(schema, f"{XSD}element", name=root, type=f"tns:{root}")
    return etree.XMLSchema(etree.fromstring(etree.tostring(schema)))


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_one_that_the_metadata_api_describes(name):
    schema = salesforces_own_schema()
    assert schema.validate(FILES[name]), schema.error_log


def test_a_removal_is_one_that_the_metadata_api_describes():
    for root in contents(removal_zip("62.0", removable(PACKAGE))).values():
        assert salesforces_own_schema().validate(root), salesforces_own_schema().error_log


@pytest.mark.parametrize("wrong", ["<colour>red</colour>", "<type>Texts</type>", "<length>long</length>"])
def test_this_judge_can_see(wrong):
    text = f'<CustomObject xmlns="{METADATA[1:-1]}"><fields><fullName>A__c</fullName>{wrong}</fields></CustomObject>'
    assert not salesforces_own_schema().validate(etree.fromstring(text))


def test_the_manifest_lists_what_the_package_holds_and_nothing_else():
    listed = {
        each.find(f"{METADATA}name").text: texts(each, "members")
        for each in FILES["package.xml"].iter(f"{METADATA}types")
    }
    in_files = {name.rpartition("/")[2].rpartition(".")[0] for name in FILES if not name.startswith("objects/")}
    assert {*listed["Layout"], *listed["CustomTab"], *listed["PermissionSet"], "package"} == in_files
    objects = {name.removeprefix("objects/").removesuffix(".object") for name in FILES if name.startswith("objects/")}
    assert objects == {*listed["CustomObject"], *(name.partition(".")[0] for name in listed["CustomField"])}
    made = {
        f"{sobject}.{each.findtext(f'{METADATA}fullName')}"
        for sobject in objects
        for each in FILES[f"objects/{sobject}.object"].iter(f"{METADATA}fields")
        if each.getparent().tag == f"{METADATA}CustomObject"
    }
    assert made == {each.full_name for each in PACKAGE.fields}
    standard = {name for name in made if not name.partition(".")[0].endswith("__c")}
    assert set(listed["CustomField"]) == standard


def test_no_layout_of_a_standard_object_is_replaced():
    assert {name.removeprefix("layouts/").partition("-")[0] for name in FILES if name.startswith("layouts/")} == {
        *PACKAGE.own
    }


def test_a_layout_shows_every_field_of_its_object_once():
    for each in PACKAGE.objects:
        shown = texts(FILES[f"layouts/{each.layout}.layout"], "field")
        assert sorted(shown) == sorted(["Name", *(one.name for one in PACKAGE.fields_of(each.name))])


def test_both_sets_grant_all_that_can_be_granted_and_only_the_syncs_may_edit_it():
    grantable = {each.full_name for each in PACKAGE.fields if not each.is_master}
    for one in (SYNC, PEOPLE):
        assert set(texts(FILES[f"permissionsets/{one.name}.permissionset"], "field")) == grantable
    people = FILES[f"permissionsets/{PEOPLE.name}.permissionset"]
    editable = {
        each.findtext(f"{METADATA}field")
        for each in people.iter(f"{METADATA}fieldPermissions")
        if each.findtext(f"{METADATA}editable") == "true"
    }
    assert editable == {
        "Account.QB_Active__c",
        "Contact.QB_Billing_Contact__c",
        "Opportunity.QB_Class__c",
        "Opportunity.QB_Due_Date__c",
        "Opportunity.QB_Memo__c",
        "Opportunity.QB_PO_Number__c",
        "Opportunity.QB_Sales_Rep__c",
        "Opportunity.QB_Ship_Date__c",
        "Opportunity.QB_Ship_Method__c",
        "Opportunity.QB_Tax_Item__c",
        "Opportunity.QB_Terms__c",
        "Opportunity.QB_Transaction_Type__c",
        "OpportunityLineItem.QB_Tax_Code__c",
    }
    assert set(texts(people, "allowEdit")) == {"false"}


def test_texts_are_no_longer_than_salesforce_shows_them():
    for each in PACKAGE.fields:
        assert len(each.label) <= LABEL_MAX, each
        assert len(each.help) <= HELP_MAX, each
        assert len(each.name.removesuffix("__c")) <= NAME_MAX, each
    for one in PACKAGE.sets:
        assert len(f"{one.about} {stamp_of(PACKAGE)}") <= DESCRIPTION_MAX
    for whole in PACKAGE.objects:
        assert len(whole.label) <= LABEL_MAX


def test_no_relationship_has_the_name_of_another_on_the_same_parent():
    names = [
        (each.more["referenceTo"], each.more["relationshipName"])
        for each in PACKAGE.fields
        if "referenceTo" in each.more
    ]
    assert len(names) == len(set(names)) == 7


def test_every_record_of_ours_has_a_unique_external_id():
    keyed = {each.sobject for each in PACKAGE.fields if each.more.get("unique") == "true"}
    assert keyed >= {*PACKAGE.own, "Account", "Contact", "Product2", "Opportunity", "OpportunityLineItem"}


def test_every_field_of_ours_that_a_flow_reads_is_in_the_package():
    ours = {each.full_name for each in PACKAGE.fields}
    read = {f"{sobject}.{name}" for kind in READ_FIELDS.values() for sobject, names in kind.items() for name in names}
    assert {name for name in read if name.partition(".")[2].startswith("QB_")} - ours == set()


def test_whatever_a_document_may_be_can_be_shown():
    values = {each.full_name: each.values for each in PACKAGE.fields if each.values}
    assert values["QB_Invoice__c.QB_Status__c"] == DOCUMENT_STATUSES
    assert values["QB_Payment__c.QB_Status__c"] == PAYMENT_STATUSES
    assert values["Opportunity.QB_Transaction_Type__c"][:2] == ("Invoice", "Sales Order")


# The zip, and what the org remembers -------------------------------------------------------------


def test_the_same_facts_make_the_same_bytes():
    assert package_zip("62.0", PACKAGE) == package_zip("62.0", PACKAGE)
    with zipfile.ZipFile(io.BytesIO(package_zip("62.0", PACKAGE))) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_fingerprint_tells_any_two_packages_apart():
    longer = replace(PACKAGE.fields[0], help="Another help.")
    others = [
        replace(PACKAGE, fields=(longer, *PACKAGE.fields[1:])),
        replace(PACKAGE, fields=PACKAGE.fields[:-1]),
        replace(PACKAGE, sets=(replace(SYNC, edits_all=False), PEOPLE)),
        older(),
    ]
    assert len({stamp_of(each).fingerprint for each in (PACKAGE, *others)}) == 5


def test_the_org_remembers_version_and_fingerprint_in_the_permission_sets_description():
    description = FILES[f"permissionsets/{SYNC.name}.permissionset"].findtext(f"{METADATA}description")
    assert read_stamp(description) == stamp_of(PACKAGE)
    assert read_stamp("What the QuickBooks sync's user needs to see and edit.").version == 0


def test_the_api_version_is_no_part_of_the_fingerprint(settings):
    settings.SALESFORCE_API_VERSION = "65.0"
    assert package_zip("65.0", PACKAGE) != package_zip("62.0", PACKAGE)
    assert metadata_xml.stamp_of(PACKAGE) == stamp_of(PACKAGE)


def test_details_are_removed_before_their_masters():
    order = removable(PACKAGE)["CustomObject"]
    assert order.index("QB_Invoice_Line__c") < order.index("QB_Invoice__c")
    assert order.index("QB_Allocation__c") < order.index("QB_Payment__c")


@pytest.mark.parametrize(
    "made, said",
    [
        (Fields("A").money("B__c", "B", "b"), "Currency(16, 2)"),
        (Fields("A").key("B__c", "B", 80, "b"), "Text(80)"),
        (Fields("A").lookup("B__c", "B", "Account", "Bs", "Bs", "b"), "Lookup(Account)"),
        (CustomField("A", "B__c", "B", "Date", "b"), "Date"),
    ],
)
def test_a_type_is_spoken_as_people_write_it(made, said):
    assert made.kind == said


# Documentation -----------------------------------------------------------------------------------


def test_the_documentation_lists_the_package_as_it_is():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == package_docs.written(text), f"run: python -m {package_docs.__name__} docs/{DOCUMENT.name}"
    assert text.count("| `QB_") == len(PACKAGE.fields)


def test_the_list_is_written_over_the_former_one(tmp_path):
    file = tmp_path / "any.md"
    file.write_text(f"# Above\n\n{package_docs.BEGIN}\nformer list\n{package_docs.END}\n\nBelow\n", encoding="utf-8")
    package_docs.main(str(file))
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Above\n\n")
    assert text.endswith("\n\nBelow\n")
    assert "former list" not in text
    assert "| `QB_Balance__c` | QuickBooks Balance | Currency(16, 2) | What the customer owes in QuickBooks. |" in text
