"""Deployments: a package is judged part by part, and applied to the living schema if nothing is wrong with it.

Fields that a deployment brings are visible to nobody until a permission set that grants them is assigned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import dml
from .metadata import (
    FOLDERS,
    NAMESPACE,
    BadPackage,
    BadPart,
    Element,
    Package,
    Part,
    child_text,
    local,
    parse_xml,
    read_flag,
    read_package,
)
from .metadata_fields import check_change, check_keys, fits, read_field, read_object, stored_default
from .schema import Field, SObject
from .state import OBJECT_RIGHTS, OrgState, PermissionSet
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


@dataclass
class Deployment:
    id: str
    options: dict[str, Any]
    data: bytes
    polls_left: int
    result: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False


class Deployer:
    """Judges one package for one org; ``run`` says how it ended."""

    def __init__(self, org: OrgState, user_id: str, options: dict[str, Any]) -> None:
        self.org = org
        self.user_id = user_id
        self.options = options
        self.parts: list[Part] = []
        self.objects = {item.name: item for item in org.schema}  # as they would be
        self.coming: dict[str, list[Field]] = {}
        self.leaving: set[str] = set()

    def run(self, data: bytes) -> dict[str, Any]:
        try:
            package = read_package(data)
        except BadPackage as problem:
            return {**self._result("Failed"), "errorMessage": str(problem), "errorStatusCode": "UNKNOWN_EXCEPTION"}
        except BadPart as problem:
            self.parts.append(Part("", "package.xml", "package.xml", problem=problem.problem, line=problem.line))
            return self._result("Failed")
        for part in self._judge(package):
            self.parts.append(part)
        failed = any(part.problem and not part.warning for part in self.parts)
        if not failed and not self.options.get("checkOnly"):
            for part in self.parts:
                if part.apply is not None and not part.problem:
                    part.apply()
            self.org.secured()
        return self._result("Failed" if failed else "Succeeded")

    def _result(self, status: str) -> dict[str, Any]:
        failures = [part.shown() for part in self.parts if part.problem]
        errors = sum(1 for part in self.parts if part.problem and not part.warning)
        return {
            "status": status,
            "done": True,
            "success": status == "Succeeded",
            "checkOnly": bool(self.options.get("checkOnly")),
            "numberComponentErrors": errors,
            "numberComponentsDeployed": len(self.parts) - len(failures) if status == "Succeeded" else 0,
            "numberComponentsTotal": len(self.parts),
            "details": {
                "componentFailures": failures,
                "componentSuccesses": [part.shown() for part in self.parts if not part.problem],
                "runTestResult": {"numFailures": 0, "numTestsRun": 0, "failures": [], "successes": []},
            },
        }

    def _judge(self, package: Package) -> Iterator[Part]:
        self.leaving = set(package.removals.get("CustomField", ()))
        yield from self._removals(package)
        yield from self._custom_objects(package)
        yield from self._fields(package)
        yield from self._files(package, "PermissionSet", self._permission_set)
        for kind in ("Layout", "CustomTab"):
            yield from self._files(package, kind, _well_formed)
        yield from self._unlisted(package)

    # -- objects and fields

    def _custom_objects(self, package: Package) -> Iterator[Part]:
        for name in package.members.get("CustomObject", ()):
            part = Part("CustomObject", name, f"objects/{name}.object")
            try:
                if part.file not in package.files:
                    raise _not_in_zip(name, "CustomObject")
                if name.endswith("__c"):
                    self._custom_object(part, parse_xml(package.files[part.file], "CustomObject", part.file))
            except BadPart as problem:
                part.problem, part.line = problem.problem, problem.line
            yield part

    def _custom_object(self, part: Part, element: Element) -> None:
        made = read_object(element, part.name, self.org.schema)
        old = self.org.schema.find(part.name)
        part.created = old is None
        if old is not None:
            made = old
        self.objects[part.name] = made
        part.apply = lambda: self.org.install(made)

    def _fields(self, package: Package) -> Iterator[Part]:
        wanted = list(package.members.get("CustomField", ()))
        for name in package.members.get("CustomObject", ()):
            wanted += [each for each in _fields_in(package, name) if each not in wanted]
        for name in wanted:
            sobject_name, _, field_name = name.partition(".")
            part = Part("CustomField", name, f"objects/{sobject_name}.object")
            try:
                self._field(package, part, sobject_name, field_name)
            except BadPart as problem:
                part.problem, part.line = problem.problem, problem.line
            yield part

    def _field(self, package: Package, part: Part, sobject_name: str, field_name: str) -> None:
        element = _field_element(package, sobject_name, field_name)
        if element is None:
            raise _not_in_zip(part.name, "CustomField")
        sobject = self.objects.get(sobject_name)
        if sobject is None:
            raise BadPart(f"Entity of type CustomObject named '{sobject_name}' cannot be found")
        made = read_field(element, set(self.objects))
        old = sobject.field(made.name)
        part.created, part.changed = old is None, check_change(sobject, made)
        self._check_contents(sobject, made)
        coming = self.coming.setdefault(sobject_name, [])
        coming.append(made)
        check_keys(sobject, coming)
        part.apply = lambda: self._install_field(sobject, made, new=old is None)

    def _check_contents(self, sobject: SObject, made: Field) -> None:
        table = self.org.tables.get(sobject.name)
        held = (row.get(made.name) for row in table.rows.values()) if table and sobject.field(made.name) else ()
        if not all(value is None or fits(made, value) for value in held):
            raise BadPart(f"Cannot shrink {sobject.name}.{made.name}: existing data would not fit")

    def _install_field(self, sobject: SObject, made: Field, *, new: bool) -> None:
        sobject.add([made])
        table = self.org.tables[sobject.name]
        default = stored_default(made)
        if new and default is not None:
            for row in table.rows.values():
                row[made.name] = default
        table.refresh()

    # -- permission sets

    def _permission_set(self, part: Part, data: bytes) -> None:
        element = parse_xml(data, "PermissionSet", part.file)
        made = PermissionSet(part.name, child_text(element, "label"), child_text(element, "description"))
        if not made.label:
            raise BadPart("Required field is missing: label")
        for child in element:
            name = local(child)
            if name not in SET_ELEMENTS:
                problem = f"Error parsing file: Element {name} invalid at this location in type PermissionSet"
                raise BadPart(problem, child.sourceline)
            if name == "fieldPermissions":
                self._field_permission(made, child)
            elif name == "objectPermissions":
                self._object_permission(made, child)
        known = [key for key, each in self.org.permission_sets.items() if each.name == part.name]
        part.created = not known
        part.changed = not known or self.org.permission_sets[known[0]] != made
        part.apply = lambda: self._install_set(made, known[0] if known else "")

    def _field_permission(self, made: PermissionSet, element: Element) -> None:
        name = child_text(element, "field")
        sobject_name, _, field_name = name.partition(".")
        sobject = self.objects.get(sobject_name)
        coming = {item.name: item for item in self.coming.get(sobject_name, ())}
        found = coming.get(field_name) or (sobject.field(field_name) if sobject else None)
        if found is None or name in self.leaving:
            raise BadPart(f"In field: field - no CustomField named {name} found", element.sourceline)
        if found.required or found.master or (not found.nillable and found.type != "boolean"):
            raise BadPart(f"You cannot deploy to a required field: {name}", element.sourceline)
        readable, editable = read_flag(element, "readable"), read_flag(element, "editable")
        if editable and not readable:
            raise BadPart(f"Field {name}: editable needs readable", element.sourceline)
        made.fields[f"{sobject_name}.{found.name}"] = (readable, editable)

    def _object_permission(self, made: PermissionSet, element: Element) -> None:
        name = child_text(element, "object")
        if name not in self.objects:
            problem = f"In field: objectPermissions - no CustomObject named {name} found"
            raise BadPart(problem, element.sourceline)
        rights = frozenset(right for right in OBJECT_RIGHTS if read_flag(element, right))
        for right in sorted(rights):
            missing = [need for need in NEEDS.get(right, ()) if need not in rights]
            if missing:
                problem = f"Permission {right} of {name} depends on permission(s): {', '.join(missing)}"
                raise BadPart(problem, element.sourceline)
        made.objects[name] = rights

    def _install_set(self, made: PermissionSet, known_id: str) -> None:
        tx = Tx(self.org, self.user_id, system=True)
        shown = {"Name": made.name, "Label": made.label, "Description": made.description or None}
        sobject = self.org.schema["PermissionSet"]
        set_id = known_id or dml.plant(tx, sobject, **shown)
        if known_id:
            dml.write_system(tx, sobject, known_id, shown)
        self.org.permission_sets[set_id] = made

    # -- files and removals

    def _files(self, package: Package, kind: str, judge: Callable[[Part, bytes], None]) -> Iterator[Part]:
        folder, suffix = next((name, end) for name, (each, end) in FOLDERS.items() if each == kind)
        for name in package.members.get(kind, ()):
            part = Part(kind, name, f"{folder}/{name}{suffix}")
            try:
                if part.file not in package.files:
                    raise _not_in_zip(name, kind)
                judge(part, package.files[part.file])
            except BadPart as problem:
                part.problem, part.line = problem.problem, problem.line
            yield part

    def _unlisted(self, package: Package) -> Iterator[Part]:
        """Files that the manifest does not mention are refused too."""
        for file in package.files:
            folder, _, rest = file.partition("/")
            kind, suffix = FOLDERS.get(folder, ("", ""))
            if not kind or not rest.endswith(suffix):
                continue
            name = rest.removesuffix(suffix)
            mentioned = name in package.members.get(kind, ())
            if kind == "CustomObject":
                listed = package.members.get("CustomField", ())
                mentioned = mentioned or any(each.startswith(f"{name}.") for each in listed)
            if not mentioned:
                yield Part(kind, name, file, problem="Not in package.xml")

    def _removals(self, package: Package) -> Iterator[Part]:
        removers = {
            "CustomField": self._remove_field,
            "CustomObject": self._remove_object,
            "PermissionSet": self._remove_set,
        }
        for kind, names in package.removals.items():
            for name in names:
                part = Part(kind, name, "destructiveChanges.xml", deleted=True)
                try:
                    removers[kind](part)
                except KeyError:
                    part.problem = f"No {kind} named: {name} found"
                    part.warning = bool(self.options.get("ignoreWarnings"))
                except BadPart as problem:
                    part.problem = problem.problem
                yield part

    def _remove_field(self, part: Part) -> None:
        sobject_name, _, field_name = part.name.partition(".")
        sobject = self.org.schema[sobject_name]
        found = sobject.fields[field_name.lower()]
        if not found.custom:
            raise BadPart(f"Cannot delete the standard field {part.name}")
        part.apply = lambda: self._uninstall_field(sobject, found)

    def _uninstall_field(self, sobject: SObject, gone: Field) -> None:
        sobject.fields.pop(gone.name.lower(), None)
        for each in self.org.permission_sets.values():
            each.fields.pop(f"{sobject.name}.{gone.name}", None)
        table = self.org.tables[sobject.name]
        for row in table.rows.values():
            row.pop(gone.name, None)
        table.refresh()

    def _remove_object(self, part: Part) -> None:
        sobject = self.org.schema[part.name]
        if not sobject.custom:
            raise BadPart(f"Cannot delete the standard object {part.name}")
        part.apply = lambda: self.org.uninstall(sobject.name)

    def _remove_set(self, part: Part) -> None:
        set_id = {each.name: key for key, each in self.org.permission_sets.items()}[part.name]
        assignments = self.org.tables["PermissionSetAssignment"]
        assigned = assignments.pointing_at("PermissionSetId", set_id)
        if any(not assignments.rows[each]["IsDeleted"] for each in assigned):
            raise BadPart("You can't delete this permission set because it is assigned to users")
        part.apply = lambda: self._uninstall_set(set_id)

    def _uninstall_set(self, set_id: str) -> None:
        self.org.permission_sets.pop(set_id, None)
        self.org.tables["PermissionSet"].drop(set_id)


def _not_in_zip(name: str, kind: str) -> BadPart:
    text = f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
    return BadPart(text)


def _well_formed(part: Part, data: bytes) -> None:
    parse_xml(data, part.kind, part.file)


def _field_element(package: Package, sobject_name: str, field_name: str) -> Element | None:
    file = f"objects/{sobject_name}.object"
    if file not in package.files:
        return None
    root = parse_xml(package.files[file], "CustomObject", file)
    fields = root.findall(NAMESPACE + "fields")
    return next((each for each in fields if child_text(each, "fullName") == field_name), None)


def _fields_in(package: Package, sobject_name: str) -> list[str]:
    file = f"objects/{sobject_name}.object"
    if file not in package.files:
        return []
    try:
        root = parse_xml(package.files[file], "CustomObject", file)
    except BadPart:
        return []  # said already of the object itself
    return [f"{sobject_name}.{child_text(each, 'fullName')}" for each in root.findall(NAMESPACE + "fields")]
