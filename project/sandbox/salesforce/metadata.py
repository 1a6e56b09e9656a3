"""A metadata package, read and judged: which fields, objects and permission sets it would bring or remove.

Words    manifest   package.xml: what of the files is meant
         part       one component: how it is named, what is wrong with it, and how it would be applied
Rule     everything is judged first; nothing is applied if anything is wrong (rollbackOnError).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from .state import API_VERSIONS

NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
FILES_MAX = 10_000
ZIP_BYTES_MAX = 39_000_000
KINDS = ("CustomField", "CustomObject", "ListView", "PermissionSet", "Layout", "CustomTab")
FOLDERS = {
    "objects": ("CustomObject", ".object"),
    "permissionsets": ("PermissionSet", ".permissionset"),
    "layouts": ("Layout", ".layout"),
    "tabs": ("CustomTab", ".tab"),
}


class BadPart(Exception):
    """One component cannot be deployed; the text is what Salesforce would say of it."""

    def __init__(self, problem: str, line: object = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line if isinstance(line, int) else None


class BadPackage(Exception):
    """The package as a whole cannot be read."""


@dataclass
class Part:
    kind: str
    name: str
    file: str
    apply: Callable[[], None] | None = None
    created: bool = False
    changed: bool = True
    deleted: bool = False
    problem: str = ""
    line: int | None = None
    warning: bool = False

    def shown(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "componentType": self.kind,
            "fullName": self.name,
            "fileName": self.file,
            "success": not self.problem,
            "changed": self.changed,
            "created": self.created,
            "deleted": self.deleted,
        }
        if self.problem:
            body |= {"problem": self.problem, "problemType": "Warning" if self.warning else "Error"}
            body |= {"lineNumber": self.line, "changed": False}
        return body


@dataclass
class Package:
    files: dict[str, bytes]
    members: dict[str, list[str]] = field(default_factory=dict)
    removals: dict[str, list[str]] = field(default_factory=dict)


Element = etree._Element


def check_elements(element: Element, known: frozenset[str], kind: str) -> None:
    """Refuse the first child element that this type of component does not have."""
    for child in element:
        if local(child) not in known:
            problem = f"Error parsing file: Element {local(child)} invalid at this location in type {kind}"
            raise BadPart(problem, child.sourceline)


def children(element: Element, name: str) -> list[Element]:
    return element.findall(NAMESPACE + name)


def parse_xml(data: bytes, root: str, file: str) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        element = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise BadPart(f"Error parsing file: {problem.msg}", problem.lineno) from problem
    if element.tag != NAMESPACE + root:
        raise BadPart(f"Error parsing file: Element {element.tag} found where {root} was expected in {file}", 1)
    return element


def local(element: Element) -> str:
    """The element's name; one of another namespace is not known here."""
    tag = str(element.tag)
    if not tag.startswith(NAMESPACE):
        raise BadPart(f"Error parsing file: Element {tag} invalid at this location", element.sourceline)
    return tag.removeprefix(NAMESPACE)


def child_text(element: Element, name: str) -> str:
    return (element.findtext(NAMESPACE + name) or "").strip()


def read_package(data: bytes) -> Package:
    """Unpack the zip and read its manifests; raises BadPackage, or BadPart for a bad manifest."""
    if len(data) > ZIP_BYTES_MAX:
        raise BadPackage("The zip is larger than 39 MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except (zipfile.BadZipFile, KeyError, ValueError) as problem:
        raise BadPackage("Failed to read the zip file") from problem
    if len(files) > FILES_MAX:
        raise BadPackage("The zip holds more than 10,000 files")
    if "package.xml" not in files:
        raise BadPackage("No package.xml found")
    package = Package(files)
    package.members = _manifest(files["package.xml"], "package.xml", versioned=True)
    for name in ("destructiveChangesPre.xml", "destructiveChanges.xml", "destructiveChangesPost.xml"):
        if name in files:
            for kind, members in _manifest(files[name], name, versioned=False).items():
                package.removals.setdefault(kind, []).extend(members)
    return package


def _manifest(data: bytes, file: str, *, versioned: bool) -> dict[str, list[str]]:
    root = parse_xml(data, "Package", file)
    members: dict[str, list[str]] = {}
    version = ""
    for element in root:
        name = local(element)
        if name == "version":
            version = (element.text or "").strip()
        elif name == "types":
            kind = child_text(element, "name")
            if kind not in KINDS:
                raise BadPart(f"Unknown type name '{kind}' specified in {file}", element.sourceline)
            listed = [(each.text or "").strip() for each in element.findall(NAMESPACE + "members")]
            members.setdefault(kind, []).extend(listed)
        elif name not in ("fullName", "description"):
            raise BadPart(f"Error parsing file: Element {name} invalid at this location", element.sourceline)
    number = version.removesuffix(".0")
    if versioned and not (number.isdigit() and int(number) in API_VERSIONS):
        raise BadPart(f"The package's version '{version}' is not a version of the API")
    return members


def read_choice(element: Element, name: str, choices: tuple[str, ...], kind: str) -> str:
    """A value out of a list; an absent one is empty."""
    text = child_text(element, name)
    if text and text not in choices:
        raise BadPart(f"'{text}' is not a valid value for the enum '{kind}'", element.sourceline)
    return text


def read_flag(element: Element, name: str, default: bool = False) -> bool:
    text = child_text(element, name)
    if text not in ("", "true", "false"):
        raise BadPart(f"Error parsing file: '{text}' is not a valid value for the boolean {name}", element.sourceline)
    return text == "true" if text else default


def read_number(element: Element, name: str, least: int, most: int) -> int:
    text = child_text(element, name)
    if not text.isdigit() or not least <= int(text) <= most:
        raise BadPart(f"Must specify '{name}' between {least} and {most} for a CustomField of this type")
    return int(text)
