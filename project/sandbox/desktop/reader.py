"""From the text of a document to checked requests, as strict as QuickBooks' own parser.

Whatever concerns the shape (order, unknown or missing elements, attributes, versions, countries) throws the whole
document back before anything is executed. Whatever concerns one value becomes the fault of its request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from .errors import Fault, Refused, not_supported
from .notation import LINES, Choice, Content, Element, Version, version
from .rules import REPORTS, REQUESTS, Request
from .values import Macro, read_value

PARSE_ERROR = "0x80040400"
REQUEST_ID_LENGTH_MAX = 50
NEVER: Version = (1000, 0)

_VERSION_LINE = re.compile(r"""\s*version\s*=\s*(["'])([^"']*)\1\s*""")
_PLAIN_VERSION = re.compile(r"\d+\.\d+")
_BODY = re.compile(r"<QBXMLMsgsRq\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*?(/?)>", re.S)
_ATTRIBUTES = {
    "onError": ("stopOnError", "continueOnError", "rollbackOnError"),
    "responseData": ("includeAll", "includeNone"),
    "newMessageSetID": None,
    "oldMessageSetID": None,
}
_QUERY_ATTRIBUTES = {
    "metaData": ("NoMetaData", "MetaDataOnly", "MetaDataAndResponseData"),
    "iterator": ("Start", "Continue", "Stop"),
    "iteratorID": None,
}


@dataclass
class Call:
    """One request of a document, ready to be executed."""

    name: str
    rule: Request | None
    request_id: str | None
    attributes: dict[str, str]
    data: dict[str, Any]
    version: Version
    fault: Fault | None = None


@dataclass
class Envelope:
    version: Version
    on_error: str
    with_data: bool
    new_set: str | None
    old_set: str | None
    body: str
    calls: list[Call] = field(default_factory=list)


def read_document(document: str, supported: list[str], country: str) -> Envelope:
    """Parse and check the whole document; raises Refused, after which nothing has happened."""
    root = _parse(document)
    declared = _declared_version(root, supported)
    if root.tag != "QBXML" or root.attrib or _has_text(root):
        raise Refused(PARSE_ERROR, "the root element is QBXML, without attributes or text")
    if len(root) != 1 or root[0].tag != "QBXMLMsgsRq":
        raise Refused(PARSE_ERROR, "QBXML holds exactly one QBXMLMsgsRq")
    messages = root[0]
    attributes = _attributes(messages, _ATTRIBUTES)
    if "onError" not in attributes:
        raise Refused(PARSE_ERROR, "onError is required")
    if attributes["onError"] == "rollbackOnError":
        raise Refused("0x80040413")
    if _has_text(messages):
        raise Refused(PARSE_ERROR, "text between the requests")
    envelope = Envelope(
        version=declared,
        on_error=attributes["onError"],
        with_data=attributes.get("responseData") != "includeNone",
        new_set=attributes.get("newMessageSetID"),
        old_set=attributes.get("oldMessageSetID"),
        body=_body(document),
    )
    envelope.calls = [_call(node, declared, country) for node in messages]
    return envelope


def _parse(document: str) -> Any:
    if not document.startswith("<?xml"):
        raise Refused(PARSE_ERROR, "the document must begin with its XML declaration")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, remove_comments=True, huge_tree=True)
    try:
        root = etree.fromstring(document.encode("utf-8", "surrogatepass"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(PARSE_ERROR, str(error)) from error
    tree: Any = root.getroottree()
    if tree.docinfo.doctype:
        raise Refused(PARSE_ERROR, "a document type is not accepted")
    return root


def _declared_version(root: Any, supported: list[str]) -> Version:
    lines = [node for node in root.itersiblings(preceding=True) if node.tag is etree.PI and node.target == "qbxml"]
    found = _VERSION_LINE.fullmatch(lines[0].text or "") if len(lines) == 1 else None
    if found is None:
        raise Refused(PARSE_ERROR, 'the line <?qbxml version="…"?> is missing or unreadable')
    text = found[2].strip()
    if _PLAIN_VERSION.fullmatch(text) is None or text not in supported:
        raise Refused("0x80040423", f"version {text!r}")
    return version(text)


def _body(document: str) -> str:
    """The text between the tags of QBXMLMsgsRq, which the checksum of a message set is taken of."""
    found = _BODY.search(document)
    if found is None or found[1]:
        return ""
    return document[found.end() : document.rfind("</QBXMLMsgsRq")]


def _attributes(node: Any, known: Mapping[str, tuple[str, ...] | None]) -> dict[str, str]:
    for name, value in node.attrib.items():
        options = known.get(name, ())
        if options is not None and value not in options:
            raise Refused(PARSE_ERROR, f"{node.tag} does not take {name}={value!r}")
    return dict(node.attrib)


def _call(node: Any, declared: Version, country: str) -> Call:
    name = node.tag[:-2] if isinstance(node.tag, str) and node.tag.endswith("Rq") else ""
    rule = REQUESTS.get(name)
    if rule is None:
        return _call_elsewhere(node, name, declared)
    if rule.since > declared:
        raise Refused(PARSE_ERROR, f"{name} is newer than the declared version")
    allowed: dict[str, tuple[str, ...] | None] = {"requestID": None}
    if declared >= rule.abilities.get("metaData", NEVER):
        allowed["metaData"] = _QUERY_ATTRIBUTES["metaData"]
    if declared >= rule.abilities.get("iterator", NEVER):
        allowed |= {key: _QUERY_ATTRIBUTES[key] for key in ("iterator", "iteratorID")}
    attributes = _attributes(node, allowed)
    shape = _Shape(declared, country)
    data = shape.aggregate(rule.content, node)
    call = Call(name, rule, attributes.get("requestID"), attributes, data, declared, shape.fault)
    if len(call.request_id or "") > REQUEST_ID_LENGTH_MAX:
        call.fault = Fault(1060, f'The request ID "{call.request_id}" is invalid.')
    elif rule.countries and country not in rule.countries:
        call.fault = not_supported()
    return call


def _call_elsewhere(node: Any, name: str, declared: Version) -> Call:
    """A request that real QuickBooks knows and this miniature does not answers for itself; any other is an error."""
    if name not in REPORTS:
        raise Refused(PARSE_ERROR, f"{node.tag} is not a request")
    return Call(name, None, node.get("requestID"), dict(node.attrib), {}, declared, not_supported())


class _Shape:
    """Walks one request along its rule; keeps the first value that its type refuses."""

    def __init__(self, declared: Version, country: str) -> None:
        self.declared = declared
        self.country = country
        self.fault: Fault | None = None

    def aggregate(self, content: Content, node: Any) -> dict[str, Any]:
        if _has_text(node):
            raise Refused(PARSE_ERROR, f"text inside the aggregate {node.tag}")
        children = list(node)
        data: dict[str, Any] = {}
        reached = self._sequence(content, children, 0, data)
        if reached < len(children):
            raise Refused(PARSE_ERROR, f"{children[reached].tag} is unknown or out of place in {node.tag}")
        return data

    def _sequence(self, content: Content, children: list[Any], at: int, data: dict[str, Any]) -> int:
        for part in content.parts:
            if isinstance(part, Choice):
                at = self._choice(part, children, at, data)
            else:
                at = self._element(part, children, at, data)
        return at

    def _choice(self, choice: Choice, children: list[Any], at: int, data: dict[str, Any]) -> int:
        branch = choice.branch(children[at].tag if at < len(children) else None)
        if branch is None:
            if choice.must:
                raise Refused(PARSE_ERROR, f"one of {[list(each.by_name) for each in choice.branches]} is missing")
            return at
        if not choice.mixed:
            return self._sequence(branch, children, at, data)
        while branch is not None:
            one: dict[str, Any] = {}
            at = self._sequence(branch, children, at, one)
            data.setdefault(LINES, []).extend(one.items())
            branch = choice.branch(children[at].tag if at < len(children) else None)
        return at

    def _element(self, element: Element, children: list[Any], at: int, data: dict[str, Any]) -> int:
        first = at
        name = element.name
        while at < len(children) and children[at].tag == name and at - first < element.most:
            value = self._value(element, children[at])
            if element.repeats:
                data.setdefault(name, []).append(value)
            else:
                data[name] = value
            at += 1
        if at - first < element.least:
            raise Refused(PARSE_ERROR, f"{name} is missing")
        return at

    def _value(self, element: Element, node: Any) -> Any:
        if element.since > self.declared:
            raise Refused(PARSE_ERROR, f"{element.name} is newer than the declared version")
        if element.countries and self.country not in element.countries:
            raise Refused(PARSE_ERROR, f"{element.name} is not for this country")
        if node.attrib and set(node.attrib) != {element.macro}:
            raise Refused(PARSE_ERROR, f"{element.name} has an attribute")
        if element.inner is not None:
            data = self.aggregate(element.inner, node)
            return data | {f"@{name}": value for name, value in node.attrib.items()}
        if len(node):
            raise Refused(PARSE_ERROR, f"{element.name} holds text, not elements")
        if element.macro and element.macro in node.attrib:
            return Macro(node.get(element.macro))
        try:
            return read_value(element, node.text or "", self.country)
        except Fault as fault:
            self.fault = self.fault or fault
            return ""


def _has_text(node: Any) -> bool:
    if node.text and node.text.strip():
        return True
    return any(child.tail and child.tail.strip() for child in node)
