"""Objects of a package's own: deployed strictly, used like any other, upgraded, and taken away again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from .packages import (
    INVOICE_FIELDS,
    LINE_FIELDS,
    VIEW,
    invoices,
    item_xml,
    layout_xml,
    lookup_xml,
    master_xml,
    object_xml,
    set_xml,
    summary_xml,
    tab_xml,
    values_xml,
)
from .wiring import deploy, field_xml, install, manifest, refusal, xml

AUTO = "<type>AutoNumber</type><displayFormat>L-{000000}</displayFormat>"


@pytest.fixture
def books(org, sf):
    """The client of an org in which the package is installed and its user may see it."""
    install(sf, org, invoices())
    return sf


def invoice(sf, **fields):
    return sf.Invoice__c.create({"Name": "1001", "Due__c": "2026-03-01", **fields})["id"]


def problems(result):
    assert not result["success"]
    return [f"{each['fullName']}: {each['problem']}" for each in result["details"]["componentFailures"]]


def test_nobody_sees_the_objects_before_their_permission_set_is_assigned(org, sf):
    assert deploy(sf, invoices())["success"]
    assert refusal(sf.query, "SELECT Id FROM Invoice__c") == "INVALID_TYPE"
    with pytest.raises(SalesforceResourceNotFound):
        sf.Invoice__c.describe()
    assert "Invoice__c" not in {each["name"] for each in sf.describe()["sobjects"]}
    assert [each["name"] for each in sf.restful("tabs") if each["custom"]] == []
    install(sf, org, invoices())
    assert {"Invoice__c", "Line__c"} <= {each["name"] for each in sf.describe()["sobjects"]}
    assert [each["label"] for each in sf.restful("tabs") if each["custom"]] == ["Invoices"]
    views = sf.restful("sobjects/Invoice__c/listviews")["listviews"]
    assert [(each["developerName"], each["label"]) for each in views] == [("Unpaid", "Unpaid")]


def test_an_object_describes_itself_as_deployed(books):
    whole = books.Invoice__c.describe()
    assert (whole["keyPrefix"], whole["label"], whole["labelPlural"], whole["custom"]) == (
        "a00",
        "Invoice",
        "Invoices",
        True,
    )
    fields = {each["name"]: each for each in whole["fields"]}
    assert (fields["Link__c"]["calculated"], fields["Link__c"]["createable"]) == (True, False)
    assert fields["Link__c"]["calculatedFormula"].startswith("HYPERLINK(")
    status = fields["Status__c"]
    assert (status["restrictedPicklist"], [each["value"] for each in status["picklistValues"]]) == (
        True,
        ["Open", "Paid"],
    )
    assert [each["defaultValue"] for each in status["picklistValues"]] == [True, False]
    assert (fields["Lines_Total__c"]["type"], fields["Lines_Total__c"]["updateable"]) == ("currency", False)
    (lines,) = [each for each in whole["childRelationships"] if each["childSObject"] == "Line__c"]
    assert (lines["relationshipName"], lines["field"], lines["cascadeDelete"]) == ("Lines__r", "Invoice__c", True)
    detail = {each["name"] for each in books.Line__c.describe()["fields"]}
    assert "OwnerId" not in detail


def test_summaries_and_formulas_follow_their_records(books, org, clock):
    made = invoice(books, Key__c="acme:1", Total__c=100, Balance__c=40)
    row = org.get(made)
    assert (row["Link__c"], row["Status__c"]) == (
        '<a href="https://books.example/i/acme:1" target="_blank">Open 1001</a>',
        "Open",
    )
    assert (row["Owed__c"], row["Lines_Total__c"], row["Lines_Count__c"]) == (Decimal("60.00"), 0, 0)
    clock.advance(60)
    first = books.Line__c.create({"Invoice__c": made, "Amount__c": 30.5})["id"]
    second = books.Line__c.create({"Invoice__c": made, "Amount__c": 9})["id"]
    row = org.get(made)
    assert (row["Lines_Total__c"], row["Lines_Count__c"]) == (Decimal("39.50"), 2)
    assert (row["SystemModstamp"], org.get(second)["Name"]) == (clock.now(), "L-000002")
    books.Line__c.delete(first)
    assert org.get(made)["Lines_Total__c"] == 9
    query = "SELECT Link__c, Owed__c, (SELECT Invoice__r.Link__c FROM Lines__r) FROM Invoice__c WHERE Owed__c > 50"
    (found,) = books.query(query)["records"]
    assert found["Owed__c"] == 60.0
    assert found["Lines__r"]["records"][0]["Invoice__r"]["Link__c"] == found["Link__c"]
    books.Invoice__c.update(made, {"Status__c": "Paid"})
    assert org.get(made)["Owed__c"] == 0
    org.undelete(first)
    assert org.get(made)["Lines_Count__c"] == 2


def test_details_die_with_their_master_and_cannot_leave_it(books, org):
    made, other = invoice(books), invoice(books)
    line = books.Line__c.create({"Invoice__c": made, "Amount__c": 1})["id"]
    assert refusal(books.Line__c.create, {"Amount__c": 1}) == "REQUIRED_FIELD_MISSING"
    assert refusal(books.Line__c.update, line, {"Invoice__c": other}) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    org.lock(made)
    assert refusal(books.Line__c.update, line, {"Amount__c": 2}) == "UNABLE_TO_LOCK_ROW"
    org.unlock(made)
    books.Invoice__c.delete(made)
    assert org.get(line)["IsDeleted"]


def test_values_of_custom_fields_are_checked(books, org):
    account = books.Account.create({"Name": "Acme"})["id"]
    made = invoice(books, Account__c=account)
    assert refusal(books.Account.delete, account) == "DELETE_FAILED"
    assert refusal(books.Invoice__c.create, {"Name": "2"}) == "REQUIRED_FIELD_MISSING"
    assert refusal(invoice, books, Status__c="Lost") == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert refusal(invoice, books, Link__c="x") == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert refusal(invoice, books, Lines_Total__c=1) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert refusal(invoice, books, Total__c=10**16) == "NUMBER_OUTSIDE_VALID_RANGE"
    assert refusal(invoice, books, Account__c=made) == "MALFORMED_ID"
    assert refusal(invoice, books, Name="x" * 81) == "STRING_TOO_LONG"
    assert org.get(invoice(books))["Balance__c"] == 0


SET_OF_ONE = set_xml(fields=(), read_only=(), objects=("Line__c",), tabs=())
DETAIL = {"sharing": "ControlledByParent", "name": AUTO}


def with_more(inner, **more):
    return {"invoice": object_xml("Invoice", INVOICE_FIELDS + inner, **more)}


def as_line(inner, **more):
    return {"line": object_xml("Line", inner, **{**DETAIL, **more})}


def required_lookup():
    return lookup_xml("L__c", "Contact", "Ls", required="true", deleteConstraint="SetNull")


def related(name):
    return layout_xml(related=f"<relatedLists><relatedList>{name}</relatedList></relatedLists>")


REQUIRED_MASTER = master_xml(required="true") + LINE_FIELDS[len(master_xml()) :]
MOTIF = "<customObject>true</customObject><motif>Custom53: Bell</motif>"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (as_line(LINE_FIELDS, sharing="ReadWrite"), "Line__c: Cannot set sharingModel to ReadWrite"),
        (with_more("", sharing="ControlledByParent"), "without a MasterDetail"),
        (with_more("", sharing="Public"), "not a valid value for the enum 'SharingModel'"),
        (with_more("", nameField=""), "Must specify a nameField"),
        (with_more("", colour="red"), "Element colour invalid"),
        (as_line(LINE_FIELDS, name="<type>AutoNumber</type>"), "displayFormat"),
        (with_more(field_xml("Key__c", length=9)), "Duplicate name 'Key__c'"),
        (with_more(summary_xml("S__c", summed="Line__c.Nope__c")), "summarizedField"),
        (with_more(summary_xml("S__c", summed="Line__c.Part__c")), "cannot be summed"),
        (with_more(summary_xml("S__c", "median")), "enum 'SummaryOperations'"),
        (with_more(summary_xml("S__c", "count")), "unless it counts"),
        (
            as_line(LINE_FIELDS + lookup_xml("Two__c", "Invoice__c", "Lines")),
            "already a Child Relationship named Lines",
        ),
        (as_line(REQUIRED_MASTER), "Cannot specify 'required'"),
        (with_more(required_lookup()), "deleteConstraint of the required lookup"),
        (with_more(field_xml("P__c", "Picklist", valueSet=values_xml(("A", "A")))), "picklist value"),
        ({"layout": layout_xml(item_xml("Name", "Required"))}, "required layout field: Due__c"),
        ({"layout": layout_xml(item_xml("Nope__c"))}, "no CustomField named Invoice__c.Nope__c found"),
        ({"layout": layout_xml(style="ThreeColumns")}, "enum 'LayoutSectionStyle'"),
        ({"layout": related("Line__c.Nope__c")}, "Cannot find related list:Line__c.Nope__c"),
        ({"layout": layout_xml(related="<colour>red</colour>")}, "Element colour invalid at this location in type"),
        ({"tab": tab_xml("<customObject>true</customObject>")}, "motif"),
        ({"tab": tab_xml(MOTIF + "<label>X</label>")}, "label"),
        (with_more(VIEW.replace("Total__c", "Nope__c")), "Could not resolve list view column: Nope__c"),
        (with_more(VIEW.replace("Everything", "All")), "enum 'FilterScope'"),
        ({"permissions": SET_OF_ONE}, "Read Line__c depends on permission(s): Read Invoice__c"),
        ({"permissions": set_xml(fields=["Line__c.Invoice__c"])}, "deploy to a required field: Line__c.Invoice__c"),
        ({"permissions": set_xml(fields=["Invoice__c.Due__c"])}, "deploy to a required field: Invoice__c.Due__c"),
        ({"permissions": set_xml(fields=["Invoice__c.Link__c"], read_only=())}, "cannot be editable"),
        ({"permissions": set_xml(tabs=["Nope__c"])}, "no CustomTab named Nope__c found"),
    ],
)
def test_what_salesforce_would_not_take_fails_the_deployment(sf, org, files, said):
    found = problems(deploy(sf, invoices(**files)))
    assert any(said in each for each in found), found
    assert org.schema.find("Invoice__c") is None


def formula_field(formula, kind="Text", **more):
    return field_xml("F__c", kind, **more).replace("</fields>", f"<formula>{formula}</formula></fields>")


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("Nope__c", "Field Nope__c does not exist. Check spelling."),
        ("Account__r.Nope__c", "Field Account__r.Nope__c does not exist"),
        ("Status__c", "picklist"),
        ("Total__c", "incompatible with expected data type (Text)"),
        ('"a" &amp; Total__c', "Expected Text, received Number"),
        ("SHOUT(Name)", "Unknown function SHOUT"),
        ("IF(Sent__c, Name)", "Incorrect number of parameters"),
        ("Name &amp;", "Syntax error"),
        ("(Name", "Syntax error. Missing ')'"),
        ("Name %", "Syntax error. Found '%'"),
    ],
)
def test_a_formula_that_does_not_compile_fails_the_deployment(sf, formula, said):
    broken = object_xml("Invoice", INVOICE_FIELDS + formula_field(formula))
    found = problems(deploy(sf, invoices(invoice=broken)))
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("Account__r.Name", "Acme"),
        ('IF(Sent__c, "sent", "draft") &amp; "!"', "draft!"),
        ("TEXT(Total__c * 2 + 1) &amp; TEXT(Status__c)", "201Open"),
        ('CASE(Name, "1001", "first", "other")', "first"),
        ('BLANKVALUE(Memo__c, "none")', None),
        ('IF(AND(Total__c &gt;= 100, NOT(ISBLANK(Key__c))), "large", "small")', "small"),
        ('TEXT(ROUND(Total__c / 3, 1)) &amp; "/" &amp; TEXT(Due__c)', "33.3/2026-03-01"),
    ],
)
def test_a_formula_is_worked_out_when_it_is_read(sf, org, formula, shown):
    files = invoices(
        invoice=object_xml("Invoice", INVOICE_FIELDS + formula_field(formula)),
        permissions=set_xml(read_only=["Invoice__c.F__c"]),
    )
    if shown is None:  # long texts are not to be used in formulas
        assert "unsupported field type" in problems(deploy(sf, files))[0]
        return
    install(sf, org, files)
    made = invoice(sf, Account__c=org.insert("Account", Name="Acme"), Total__c=100)
    assert sf.Invoice__c.get(made)["F__c"] == shown


def test_an_upgrade_keeps_records_and_brings_what_is_new(books, org):
    made = invoice(books, Total__c=5)
    books.Line__c.create({"Invoice__c": made, "Amount__c": 7})
    more = INVOICE_FIELDS + summary_xml("Largest__c", "max") + field_xml("Checked__c", "Checkbox", defaultValue="true")
    files = invoices(
        invoice=object_xml("Bill", more + VIEW),
        permissions=set_xml(fields=["Invoice__c.Total__c", "Invoice__c.Checked__c"]),
    )
    stamp = org.get(made)["SystemModstamp"]
    result = deploy(books, files)
    assert result["success"], result
    changed = {each["fullName"] for each in result["details"]["componentSuccesses"] if each["changed"]}
    assert changed == {"Invoice__c", "Invoice__c.Largest__c", "Invoice__c.Checked__c", "QuickBooks_Sync"}
    row = org.get(made)
    assert (row["Largest__c"], row["Checked__c"], row["Total__c"], row["SystemModstamp"]) == (7, True, 5, stamp)
    assert books.Invoice__c.describe()["label"] == "Bill"
    assert refusal(invoice, books, Memo__c="no longer granted") == "INVALID_FIELD"


def test_a_detail_can_only_be_bound_to_its_master_while_it_is_empty(books, org):
    one = object_xml("Note", field_xml("A__c", length=9))
    assert deploy(books, {"package.xml": manifest(CustomObject=["Note__c"]), "objects/Note__c.object": one})["success"]
    org.insert("Note__c", Name="n")
    bound = object_xml("Note", master_xml("Invoice__c", relationshipName="Notes"), sharing="ControlledByParent")
    files = {"package.xml": manifest(CustomObject=["Note__c"]), "objects/Note__c.object": bound}
    assert any("it has records already" in each for each in problems(deploy(books, files)))


def removal(**members):
    return {"package.xml": manifest(), "destructiveChanges.xml": manifest(**members)}


def test_nothing_is_removed_that_something_else_still_needs(books, org):
    found = problems(deploy(books, removal(CustomField=["Line__c.Amount__c"])))
    assert "Line__c.Amount__c: This custom field is referenced elsewhere: Invoice__c.Lines_Total__c" in found
    found = problems(deploy(books, removal(CustomField=["Invoice__c.Key__c"])))
    assert any("referenced elsewhere: Invoice__c.Link__c" in each for each in found)
    found = problems(deploy(books, removal(CustomObject=["Invoice__c"])))
    assert "Invoice__c: This custom object is referenced elsewhere: Line__c.Invoice__c" in found
    assert any(
        "assigned to users" in each for each in problems(deploy(books, removal(PermissionSet=["QuickBooks_Sync"])))
    )
    assert org.schema.find("Invoice__c") is not None


def test_the_whole_package_can_be_removed_at_once(books, org):
    invoice(books)
    for row in org.records("PermissionSetAssignment"):
        org.delete(row["Id"])
    gone = removal(CustomObject=["Line__c", "Invoice__c"], PermissionSet=["QuickBooks_Sync"])
    result = deploy(books, gone)
    assert result["success"], result
    assert (org.schema.find("Invoice__c"), org.pages, org.permission_sets) == (None, {}, {})
    assert {each["deleted"] for each in result["details"]["componentSuccesses"]} == {True}
    again = deploy(books, gone)
    assert not again["success"]
    assert deploy(books, gone, ignoreWarnings=True)["success"]
    install(books, org, invoices())
    assert books.Invoice__c.describe()["keyPrefix"] == "a00"


def test_pages_are_removed_one_by_one(books, org):
    pages = {"Layout": ["Invoice__c-Invoice Layout"], "ListView": ["Invoice__c.Unpaid"], "CustomTab": ["Invoice__c"]}
    assert deploy(books, removal(**pages))["success"]
    assert org.pages == {}
    assert [each for each in books.restful("tabs") if each["custom"]] == []


def test_an_edition_limits_objects_and_fields(sf, org):
    org.edition = type(org.edition)("Professional Edition", 0, 0, custom_fields=2, custom_objects=0)
    one = {"package.xml": manifest(CustomObject=["Note__c"]), "objects/Note__c.object": object_xml("Note", "")}
    assert "limit of 0 custom objects" in problems(deploy(sf, one))[0]
    names = ["A__c", "B__c", "C__c"]
    fields = "".join(field_xml(name, length=9) for name in names)
    files = {
        "package.xml": manifest(CustomField=[f"Account.{name}" for name in names]),
        "objects/Account.object": xml("CustomObject", fields),
    }
    assert "more than 2 custom fields" in problems(deploy(sf, files))[0]


def test_a_bad_value_in_a_filter_and_a_query_on_a_formula_are_refused(sf, books):
    compared = "<field>Line__c.Amount__c</field><operation>equals</operation><value>x</value>"
    item = f"<summaryFilterItems>{compared}</summaryFilterItems>"
    bad = object_xml("Invoice", INVOICE_FIELDS + summary_xml("S__c", inner=item))
    assert any("'x' is no value of Line__c.Amount__c" in each for each in problems(deploy(sf, invoices(invoice=bad))))
    with pytest.raises(SalesforceMalformedRequest, match="must be of type"):
        books.query("SELECT Id FROM Invoice__c WHERE Owed__c = 'x'")
