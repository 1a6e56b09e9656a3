"""A package with objects of its own, as an installer of ours would bring it: invoices, their lines, their payments."""

from __future__ import annotations

from .wiring import field_xml, manifest, xml

KEY = {"length": 80, "externalId": "true", "unique": "true", "caseSensitive": "false"}
MONEY = {"precision": 18, "scale": 2}
RIGHTS = ("allowCreate", "allowDelete", "allowEdit", "allowRead")
STATUSES = ("Open", "Paid")


def values_xml(values=STATUSES, restricted="true", default="Open"):
    listed = "".join(
        f"<value><fullName>{each}</fullName><default>{str(each == default).lower()}</default>"
        f"<label>{each}</label></value>"
        for each in values
    )
    definition = f"<valueSetDefinition><sorted>false</sorted>{listed}</valueSetDefinition>"
    return f"<restricted>{restricted}</restricted>{definition}"


def object_xml(label, inner, *, sharing="ReadWrite", name="<type>Text</type>", **more):
    elements = {
        "label": label,
        "pluralLabel": f"{label}s",
        "nameField": f"<label>{label} Number</label>{name}",
        "deploymentStatus": "Deployed",
        "sharingModel": sharing,
        **more,
    }
    return xml("CustomObject", "".join(f"<{key}>{value}</{key}>" for key, value in elements.items() if value) + inner)


def master_xml(name="Invoice__c", **more):
    facts = {"referenceTo": "Invoice__c", "relationshipName": "Lines", "relationshipLabel": "Lines"}
    return field_xml(name, "MasterDetail", **{**facts, "relationshipOrder": 0, **more})


def summary_xml(name, operation="sum", summed="Line__c.Amount__c", inner=""):
    extra = f"<summarizedField>{summed}</summarizedField>" if summed else ""
    facts = {"summaryForeignKey": "Line__c.Invoice__c", "summaryOperation": operation}
    return field_xml(name, "Summary", **facts).replace("</fields>", f"{extra}{inner}</fields>")


def lookup_xml(name, to, children, **more):
    return field_xml(name, "Lookup", referenceTo=to, relationshipName=children, relationshipLabel=children, **more)


LINK = '<formula>HYPERLINK("https://books.example/i/" &amp; Key__c, "Open " &amp; Name)</formula>'
INVOICE_FIELDS = (
    field_xml("Key__c", **KEY)
    + lookup_xml("Account__c", "Account", "Invoices", deleteConstraint="Restrict")
    + field_xml("Total__c", "Currency", **MONEY)
    + field_xml("Balance__c", "Currency", defaultValue="0", **MONEY)
    + field_xml("Due__c", "Date", required="true")
    + field_xml("Sent__c", "Checkbox", defaultValue="false")
    + field_xml("Memo__c", "LongTextArea", length=4000, visibleLines=3)
    + field_xml("Status__c", "Picklist", valueSet=values_xml())
    + field_xml("Link__c", "Text").replace("</fields>", f"{LINK}</fields>")
    + field_xml("Owed__c", "Number", scale=2).replace(
        "</fields>", "<formula>IF(ISPICKVAL(Status__c, 'Paid'), 0, Total__c - Balance__c)</formula></fields>"
    )
    + summary_xml("Lines_Total__c")
    + summary_xml("Lines_Count__c", "count", "")
)
VIEW = (
    "<listViews><fullName>Unpaid</fullName><columns>NAME</columns><columns>Total__c</columns>"
    "<filterScope>Everything</filterScope><filters><field>Status__c</field><operation>notEqual</operation>"
    "<value>Paid</value></filters><label>Unpaid</label></listViews>"
)
LINE_FIELDS = master_xml() + field_xml("Amount__c", "Currency", **MONEY) + field_xml("Part__c", length=31)
GRANTED = [
    *("Invoice__c.Key__c", "Invoice__c.Account__c", "Invoice__c.Total__c", "Invoice__c.Balance__c"),
    *("Invoice__c.Sent__c", "Invoice__c.Memo__c", "Invoice__c.Status__c", "Line__c.Amount__c", "Line__c.Part__c"),
]
READ_ONLY = ["Invoice__c.Link__c", "Invoice__c.Owed__c", "Invoice__c.Lines_Total__c", "Invoice__c.Lines_Count__c"]


def set_xml(fields=GRANTED, read_only=READ_ONLY, objects=("Invoice__c", "Line__c"), tabs=("Invoice__c",)):
    inner = "".join(_field_permission(name, editable="true") for name in fields)
    inner += "".join(_field_permission(name, editable="false") for name in read_only)
    for name in objects:
        allowed = "".join(f"<{right}>true</{right}>" for right in RIGHTS)
        inner += f"<objectPermissions>{allowed}<object>{name}</object></objectPermissions>"
    for name in tabs:
        inner += f"<tabSettings><tab>{name}</tab><visibility>Visible</visibility></tabSettings>"
    return xml("PermissionSet", f"<label>QuickBooks Sync</label>{inner}")


def _field_permission(name, editable):
    inner = f"<editable>{editable}</editable><field>{name}</field><readable>true</readable>"
    return f"<fieldPermissions>{inner}</fieldPermissions>"


def item_xml(name, behavior="Edit"):
    return f"<layoutItems><behavior>{behavior}</behavior><field>{name}</field></layoutItems>"


ITEMS = item_xml("Name", "Required") + item_xml("Due__c", "Required") + item_xml("Total__c")
ITEMS += item_xml("Link__c", "Readonly")
COLUMNS = "<fields>NAME</fields><fields>Amount__c</fields>"
RELATED = f"<relatedLists>{COLUMNS}<relatedList>Line__c.Invoice__c</relatedList></relatedLists>"


def layout_xml(items=ITEMS, related=RELATED, style="OneColumn"):
    inner = f"<label>All</label><layoutColumns>{items}</layoutColumns><style>{style}</style>"
    return xml("Layout", f"<layoutSections>{inner}</layoutSections>{related}")


def tab_xml(inner="<customObject>true</customObject><motif>Custom53: Bell</motif>"):
    return xml("CustomTab", inner)


LAYOUT = "Invoice__c-Invoice Layout"


def invoices(**files):
    """The whole package; a file named by keyword replaces the one that would be there."""
    whole = {
        "package.xml": manifest(
            CustomObject=["Invoice__c", "Line__c"],
            Layout=[LAYOUT],
            CustomTab=["Invoice__c"],
            PermissionSet=["QuickBooks_Sync"],
        ),
        "objects/Invoice__c.object": object_xml("Invoice", INVOICE_FIELDS + VIEW),
        "objects/Line__c.object": object_xml(
            "Line",
            LINE_FIELDS,
            sharing="ControlledByParent",
            name="<type>AutoNumber</type><displayFormat>L-{000000}</displayFormat>",
        ),
        f"layouts/{LAYOUT}.layout": layout_xml(),
        "tabs/Invoice__c.tab": tab_xml(),
        "permissionsets/QuickBooks_Sync.permissionset": set_xml(),
    }
    names = {"invoice": "objects/Invoice__c.object", "line": "objects/Line__c.object", "tab": "tabs/Invoice__c.tab"}
    names |= {"layout": f"layouts/{LAYOUT}.layout", "permissions": "permissionsets/QuickBooks_Sync.permissionset"}
    names["manifest"] = "package.xml"
    return {**whole, **{names[key]: text for key, text in files.items()}}
