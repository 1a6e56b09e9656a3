"""The package's files, made from its facts: what the Metadata API reads, and the same bytes every time.

Rules    1 A package holds only what is ours; no layout of a standard object, since deploying one replaces it whole.
         2 Elements stand in the order of the API's own description: the full name, then by the alphabet.
         3 What may not be granted is not listed: a master-detail field is seen by whoever sees the record.
Pure: no Django, no clock; the zip is made in memory.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from syncapp.connectors.salesforce.metadata import (
    CustomField,
    CustomObject,
    Package,
    PermissionSet,
    Section,
    View,
)

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
FINGERPRINT_LENGTH = 8
_STAMP = re.compile(r"\bPackage (\d+) \(([0-9a-f]{8})\)(?: with (\w+(?:, \w+)*))?")
_DEFAULT: Any = {None: NAMESPACE}  # elements are written without a prefix
Element = etree._Element


@dataclass(frozen=True)
class Stamp:
    """What an org remembers of the package that was deployed to it."""

    version: int
    fingerprint: str
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = f" with {', '.join(self.parts)}" if self.parts else ""
        return f"Package {self.version} ({self.fingerprint}){parts}"


def read_stamp(description: str) -> Stamp:
    """From the description of our permission set; one without a stamp is older than all that have one."""
    found = _STAMP.search(description)
    if not found:
        return Stamp(0, "")
    return Stamp(int(found[1]), found[2], tuple(found[3].split(", ")) if found[3] else ())


def stamp_of(package: Package) -> Stamp:
    digest = hashlib.sha256()
    for name, data in sorted(_components(package, "").items()):
        digest.update(name.encode() + b"\0" + data + b"\0")
    return Stamp(package.version, digest.hexdigest()[:FINGERPRINT_LENGTH], package.parts)


def package_zip(api_version: str, package: Package) -> bytes:
    files = _components(package, str(stamp_of(package)))
    return _zip({**files, "package.xml": _manifest(api_version, _members(package))})


def removal_zip(api_version: str, members: Mapping[str, Iterable[str]]) -> bytes:
    """Takes away what is named, by type."""
    return _zip({"package.xml": _manifest(api_version, {}), "destructiveChanges.xml": _manifest(api_version, members)})


def removable(package: Package) -> dict[str, list[str]]:
    """All but the permission sets, which can go once nobody has them; what belongs to our objects goes with them."""
    return {
        "CustomTab": list(package.tabs),
        "CustomField": [each.full_name for each in package.on_standard_objects],
        # Details before their masters.
        "CustomObject": sorted(package.own, key=lambda name: not _is_detail(package, name)),
    }


def _is_detail(package: Package, sobject: str) -> bool:
    return any(each.is_master for each in package.fields_of(sobject))


def _zip(files: Mapping[str, bytes]) -> bytes:
    """The same bytes for the same files: no time of day goes into it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _components(package: Package, stamp: str) -> dict[str, bytes]:
    files = {}
    for sobject in package.sobjects:
        own = next((each for each in package.objects if each.name == sobject), None)
        fields = [_field(each) for each in _sorted(package.fields_of(sobject))]
        parts = {"fields": fields, **(_own(own) if own else {})}
        files[f"objects/{sobject}.object"] = _document("CustomObject", parts)
    for each in package.objects:
        files[f"layouts/{each.layout}.layout"] = _document("Layout", _layout(package, each))
        if each.motif:
            files[f"tabs/{each.name}.tab"] = _document("CustomTab", {"customObject": True, "motif": each.motif})
    for one in package.sets:
        files[f"permissionsets/{one.name}.permissionset"] = _document("PermissionSet", _set(package, one, stamp))
    return files


def _members(package: Package) -> dict[str, list[str]]:
    return {
        "CustomField": [each.full_name for each in package.on_standard_objects],
        "CustomObject": list(package.own),
        "CustomTab": list(package.tabs),
        "Layout": [each.layout for each in package.objects],
        "PermissionSet": [each.name for each in package.sets],
    }


def _manifest(api_version: str, members: Mapping[str, Iterable[str]]) -> bytes:
    types = [{"members": list(names), "name": kind} for kind, names in sorted(members.items())]
    return _document("Package", {"types": [each for each in types if each["members"]], "version": api_version})


# Elements ------------------------------------------------------------------------------


def _document(root: str, parts: Mapping[str, Any]) -> bytes:
    element = _filled(root, parts)
    return etree.tostring(element, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _filled(name: str, value: Any) -> Element:
    """An element with what it holds: other elements by name, each once or, of a list, several times; or a text."""
    element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_DEFAULT)
    if not isinstance(value, Mapping):
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
        return element
    for inner in sorted(value, key=lambda each: (each != "fullName", each)):
        held = value[inner]
        element.extend(_filled(inner, each) for each in (held if isinstance(held, list) else [held]))
    return element


def _sorted(fields: Iterable[CustomField]) -> list[CustomField]:
    return sorted(fields, key=lambda each: each.name)


def _field(each: CustomField) -> dict[str, Any]:
    parts: dict[str, Any] = {"fullName": each.name, "label": each.label, "type": each.type, **each.more}
    parts["inlineHelpText"] = each.help
    if each.values:
        values = [{"fullName": value, "default": False, "label": value} for value in each.values]
        parts["valueSet"] = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
    return parts


def _own(each: CustomObject) -> dict[str, Any]:
    name = {"type": "AutoNumber", "displayFormat": each.numbers} if each.numbers else {"type": "Text"}
    return {
        "label": each.label,
        "pluralLabel": each.plural,
        "description": each.about,
        "deploymentStatus": "Deployed",
        "sharingModel": each.sharing,
        "enableReports": True,
        "enableSearch": True,
        "nameField": {"label": each.name_label, **name},
        "listViews": [_view(view) for view in each.views],
        "searchLayouts": {
            "customTabListAdditionalFields": list(each.columns),
            "lookupDialogsAdditionalFields": list(each.columns),
            "searchResultsAdditionalFields": list(each.columns),
        },
    }


def _view(view: View) -> dict[str, Any]:
    return {
        "fullName": view.name,
        "label": view.label,
        "filterScope": "Everything",
        "columns": ["NAME", *view.columns],
        "filters": [{"field": each.field, "operation": each.operation, "value": each.value} for each in view.filters],
    }


def _layout(package: Package, each: CustomObject) -> dict[str, Any]:
    masters = {one.name for one in package.fields_of(each.name) if one.is_master}
    behaviors = {"Name": "Readonly" if each.numbers else "Required", **dict.fromkeys(masters, "Required")}
    return {
        "layoutSections": [_section(section, behaviors) for section in each.sections],
        "relatedLists": [{"fields": ["NAME", *related.columns], "relatedList": related.by} for related in each.related],
    }


def _section(section: Section, behaviors: Mapping[str, str]) -> dict[str, Any]:
    columns = [
        {"layoutItems": [{"behavior": behaviors.get(name, "Edit"), "field": name} for name in names]}
        for names in (section.left, section.right)
        if names
    ]
    return {
        "customLabel": True,
        "detailHeading": True,
        "editHeading": True,
        "label": section.label,
        "layoutColumns": columns,
        "style": "TwoColumnsTopToBottom" if len(columns) == 2 else "OneColumn",
    }


def _set(package: Package, one: PermissionSet, stamp: str) -> dict[str, Any]:
    granted = sorted((each for each in package.fields if not each.is_master), key=lambda each: each.full_name)
    return {
        "description": f"{one.about} {stamp}".strip(),
        "label": one.label,
        "fieldPermissions": [
            {"editable": one.edits(each), "field": each.full_name, "readable": True} for each in granted
        ],
        "objectPermissions": [{"object": sobject, **rights.named()} for sobject, rights in sorted(one.rights.items())],
        "tabSettings": [{"tab": name, "visibility": "Visible"} for name in package.tabs],
    }
