"""Permission sets of a package: which fields, objects and tabs they would open, and whether they may."""

from __future__ import annotations

from . import dml
from .deploy_plan import Plan
from .metadata import BadPart, Element, Part, check_elements, child_text, local, parse_xml, read_choice, read_flag
from .state import OBJECT_RIGHTS, PermissionSet
from .transaction import Tx

NEEDS = {
    "allowCreate": ("allowRead",),
    "allowEdit": ("allowRead",),
    "allowDelete": ("allowRead", "allowEdit"),
    "viewAllRecords": ("allowRead",),
    "modifyAllRecords": ("allowRead", "allowEdit", "allowDelete", "viewAllRecords"),
}
SET_ELEMENT_NAMES = (
    "label description fieldPermissions objectPermissions tabSettings license hasActivationRequired userPermissions "
    "applicationVisibilities classAccesses pageAccesses recordTypeVisibilities customPermissions"
)
SET_ELEMENTS = frozenset(SET_ELEMENT_NAMES.split())
FIELD_ELEMENTS = frozenset({"editable", "field", "readable"})
OBJECT_ELEMENTS = frozenset({*OBJECT_RIGHTS, "object", "viewAllFields"})
TAB_ELEMENTS = frozenset({"tab", "visibility"})
STANDARD_TABS = frozenset(
    f"standard-{name}" for name in ("Account", "Contact", "Opportunity", "Product2", "Quote", "Order")
)


def judge_set(plan: Plan, part: Part, data: bytes) -> None:
    element = parse_xml(data, "PermissionSet", part.file)
    made = PermissionSet(part.name, child_text(element, "label"), child_text(element, "description"))
    if not made.label:
        raise BadPart("Required field is missing: label")
    check_elements(element, SET_ELEMENTS, "PermissionSet")
    for child in element:
        name = local(child)
        if name == "fieldPermissions":
            _field(plan, made, child)
        elif name == "objectPermissions":
            _object(plan, made, child)
        elif name == "tabSettings":
            _tab(plan, made, child)
    _check_masters(plan, made)
    known = [key for key, each in plan.org.permission_sets.items() if each.name == part.name]
    part.created = not known
    part.changed = not known or plan.org.permission_sets[known[0]] != made
    part.apply = lambda: _install(plan, made, known[0] if known else "")


def _field(plan: Plan, made: PermissionSet, element: Element) -> None:
    check_elements(element, FIELD_ELEMENTS, "PermissionSetFieldPermissions")
    name = child_text(element, "field")
    sobject_name, _, field_name = name.partition(".")
    found = plan.field(plan.objects.get(sobject_name), field_name)
    if found is None or found.name != field_name:
        raise BadPart(f"In field: field - no CustomField named {name} found", element.sourceline)
    if found.required or found.master or (not found.nillable and found.type != "boolean"):
        raise BadPart(f"You cannot deploy to a required field: {name}", element.sourceline)
    readable, editable = read_flag(element, "readable"), read_flag(element, "editable")
    if editable and not readable:
        raise BadPart(f"Field {name}: editable needs readable", element.sourceline)
    if editable and (found.calculated or found.auto_number):
        raise BadPart(f"Field {name}: a field that nobody writes cannot be editable", element.sourceline)
    full_name = f"{sobject_name}.{found.name}"
    if full_name in made.fields:
        raise BadPart(f"Duplicate field permission: {full_name}", element.sourceline)
    made.fields[full_name] = (readable, editable)


def _object(plan: Plan, made: PermissionSet, element: Element) -> None:
    check_elements(element, OBJECT_ELEMENTS, "PermissionSetObjectPermissions")
    name = child_text(element, "object")
    if name not in plan.objects or name in plan.leaving:
        problem = f"In field: objectPermissions - no CustomObject named {name} found"
        raise BadPart(problem, element.sourceline)
    rights = frozenset(right for right in OBJECT_RIGHTS if read_flag(element, right))
    for right in sorted(rights):
        missing = [need for need in NEEDS.get(right, ()) if need not in rights]
        if missing:
            problem = f"Permission {right} of {name} depends on permission(s): {', '.join(missing)}"
            raise BadPart(problem, element.sourceline)
    made.objects[name] = rights


def _check_masters(plan: Plan, made: PermissionSet) -> None:
    """Who may see a detail may see its master; custom masters only, for the others everybody sees."""
    for name, rights in made.objects.items():
        for item in plan.fields(plan.objects[name]):
            master = plan.objects.get(item.reference_to) if item.master else None
            reads = master is None or not master.custom or "allowRead" in made.objects.get(master.name, ())
            if "allowRead" in rights and master is not None and not reads:
                raise BadPart(f"Permission Read {name} depends on permission(s): Read {master.name}")


def _tab(plan: Plan, made: PermissionSet, element: Element) -> None:
    check_elements(element, TAB_ELEMENTS, "PermissionSetTabSetting")
    tab = child_text(element, "tab")
    visibility = read_choice(element, "visibility", ("None", "Available", "Visible"), "PermissionSetTabVisibility")
    if not visibility:
        raise BadPart("Required field is missing: visibility", element.sourceline)
    if tab not in plan.tabs | STANDARD_TABS or tab in plan.leaving:
        raise BadPart(f"In field: tab - no CustomTab named {tab} found", element.sourceline)
    made.tabs[tab] = visibility


def _install(plan: Plan, made: PermissionSet, known_id: str) -> None:
    tx = Tx(plan.org, plan.user_id, system=True)
    shown = {"Name": made.name, "Label": made.label, "Description": made.description or None}
    sobject = plan.org.schema["PermissionSet"]
    set_id = known_id or dml.plant(tx, sobject, **shown)
    if known_id:
        dml.write_system(tx, sobject, known_id, shown)
    plan.org.permission_sets[set_id] = made
