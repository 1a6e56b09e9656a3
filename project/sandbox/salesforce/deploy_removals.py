"""What a package takes away: refused while anything that stays still needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .deploy_plan import Plan
from .metadata import BadPart, Part
from .schema import Field, SObject


def judge_removals(plan: Plan) -> Iterator[Part]:
    removers: dict[str, Callable[[Plan, Part], None]] = {
        "CustomField": _remove_field,
        "CustomObject": _remove_object,
        "PermissionSet": _remove_set,
        "Layout": _remove_page,
        "ListView": _remove_page,
        "CustomTab": _remove_page,
    }
    for kind, names in plan.package.removals.items():
        for name in names:
            part = Part(kind, name, "destructiveChanges.xml", deleted=True)
            try:
                removers[kind](plan, part)
            except KeyError:
                part.problem = f"No {kind} named: {name} found"
                part.warning = bool(plan.options.get("ignoreWarnings"))
            except BadPart as problem:
                part.problem = problem.problem
            yield part


def _staying(plan: Plan) -> Iterator[tuple[SObject, Field]]:
    for sobject in plan.org.schema:
        for item in sobject if sobject.name not in plan.leaving else ():
            if f"{sobject.name}.{item.name}" not in plan.leaving:
                yield sobject, item


def _remove_field(plan: Plan, part: Part) -> None:
    sobject_name, _, field_name = part.name.partition(".")
    sobject = plan.org.schema[sobject_name]
    found = sobject.fields[field_name.lower()]
    if not found.custom:
        raise BadPart(f"Cannot delete the standard field {part.name}")
    users = [f"{other.name}.{item.name}" for other, item in _staying(plan) if _uses(other, item, sobject, found)]
    if users:
        raise BadPart(f"This custom field is referenced elsewhere: {', '.join(users)}")
    part.apply = lambda: _uninstall_field(plan, sobject, found)


def _uses(holder: SObject, item: Field, sobject: SObject, found: Field) -> bool:
    """Whether a formula or a summary needs the field; in a formula its name, or its relationship's, is enough."""
    summary = item.summary
    if summary is not None and summary.child == sobject.name:
        filtered = [name for name, _, _ in summary.filters]
        return found.name in (summary.field, summary.lookup, *filtered)
    names = [re.escape(name) for name in (found.name, found.relationship) if name]
    return bool(item.formula) and re.search(rf"\b({'|'.join(names)})\b", item.formula) is not None


def _uninstall_field(plan: Plan, sobject: SObject, gone: Field) -> None:
    sobject.fields.pop(gone.name.lower(), None)
    for each in plan.org.permission_sets.values():
        each.fields.pop(f"{sobject.name}.{gone.name}", None)
    table = plan.org.tables[sobject.name]
    for row in table.rows.values():
        row.pop(gone.name, None)
    table.refresh()


def _remove_object(plan: Plan, part: Part) -> None:
    sobject = plan.org.schema[part.name]
    if not sobject.custom:
        raise BadPart(f"Cannot delete the standard object {part.name}")
    users = [
        f"{other.name}.{item.name}"
        for other, item in _staying(plan)
        if other.name != sobject.name
        and (item.reference_to == sobject.name or (item.summary and item.summary.child == sobject.name))
    ]
    if users:
        raise BadPart(f"This custom object is referenced elsewhere: {', '.join(users)}")
    part.apply = lambda: _uninstall_object(plan, sobject)


def _uninstall_object(plan: Plan, sobject: SObject) -> None:
    """Its records, layouts, list views, tab and grants go with it."""
    plan.org.uninstall(sobject.name)
    for key in [key for key, page in plan.org.pages.items() if page.sobject == sobject.name]:
        del plan.org.pages[key]
    for each in plan.org.permission_sets.values():
        each.objects.pop(sobject.name, None)
        each.tabs.pop(sobject.name, None)
        for name in [name for name in each.fields if name.startswith(f"{sobject.name}.")]:
            del each.fields[name]


def _remove_set(plan: Plan, part: Part) -> None:
    set_id = {each.name: key for key, each in plan.org.permission_sets.items()}[part.name]
    assignments = plan.org.tables["PermissionSetAssignment"]
    assigned = assignments.pointing_at("PermissionSetId", set_id)
    if any(not assignments.rows[each]["IsDeleted"] for each in assigned):
        raise BadPart("You can't delete this permission set because it is assigned to users")
    part.apply = lambda: _uninstall_set(plan, set_id)


def _uninstall_set(plan: Plan, set_id: str) -> None:
    plan.org.permission_sets.pop(set_id, None)
    plan.org.tables["PermissionSet"].drop(set_id)


def _remove_page(plan: Plan, part: Part) -> None:
    page = plan.org.pages[part.kind, part.name]
    part.apply = lambda: _uninstall_page(plan, page.kind, page.name)


def _uninstall_page(plan: Plan, kind: str, name: str) -> None:
    plan.org.pages.pop((kind, name), None)
    if kind == "CustomTab":
        for each in plan.org.permission_sets.values():
            each.tabs.pop(name, None)
