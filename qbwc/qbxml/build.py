"""Build one qbXML request, or check one that somebody wrote.

Rule     whatever the order of the data, the elements come in the order that QuickBooks demands, in ASCII. What
         QuickBooks would refuse for its form is refused here, with the path, the rule and the value: its own
         complaint is a single code for the whole message, without saying which element it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from . import catalogue, parse, plans
from .catalogue import RequestFacts, UnknownRequest
from .errors import BadRequest, BadResponse, shown
from .markup import quote

REQUEST_ID_LENGTH_MAX = 50
ATTRIBUTES_SINCE = {"iterator": "5.0", "iteratorID": "5.0", "metaData": "4.0"}
VERSION = re.compile(r"[1-9][0-9]?\.[0-9]").fullmatch
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


def build(
    name: str,
    data: Mapping[str, object],
    *,
    version: str = "13.0",
    country: str = "US",
    request_id: str = "",
    attributes: Mapping[str, str] = NO_ATTRIBUTES,
) -> str:
    """The text of one ``<nameRq>``; ``data`` is what stands below it, as dicts, lists and plain values.

    None and "" clear an element in a Mod and are left out in an Add; elsewhere they are refused. A repeated
    element is a list; the order among mixed ones (lines and line groups) may be given as "#order": [name, name …].
    An attribute of an element is "@name", and the text beside it "#text".
    """
    empties = "clear" if name.endswith("Mod") else "drop" if name.endswith("Add") else "refuse"
    return _build(name, data, version, country, request_id, attributes, empties)


def _build(
    name: str,
    data: Mapping[str, object],
    version: str,
    country: str,
    request_id: str,
    attributes: Mapping[str, str],
    empties: str,
) -> str:
    facts = _facts(name, version, country)
    if not isinstance(data, Mapping):
        raise BadRequest(name + "Rq", "type", data, f"{shown(data)} is not a group of elements")
    opening = f"<{name}Rq{_attributes(facts, version, request_id, attributes)}>"
    _check_iterator(attributes, data)
    if attributes.get("iterator") == "Stop" and not data:
        return f"{opening}</{name}Rq>"
    try:
        inner = plans.plan_for(name, version, country, empties).write(data)
    except BadRequest as problem:
        raise problem.under(name + "Rq") if not problem.path else problem from None
    return f"{opening}{inner}</{name}Rq>"


def _facts(name: str, version: str, country: str) -> RequestFacts:
    try:
        facts = catalogue.request(name)
    except UnknownRequest as problem:
        raise BadRequest(name, "unknown", name, str(problem)) from None
    if not VERSION(version):
        raise BadRequest(name, "version", version, f"{shown(version)} is not a version of qbXML")
    if country not in catalogue.COUNTRIES:
        raise BadRequest(name, "country", country, f"{shown(country)} is not one of {', '.join(catalogue.COUNTRIES)}")
    if float(facts.since) > float(version):
        raise BadRequest(name, "version", version, f"this request needs qbXML {facts.since} or later")
    if country not in facts.countries:
        raise BadRequest(name, "country", country, f"QuickBooks does not have this request in {country}")
    return facts


def _attributes(facts: RequestFacts, version: str, request_id: str, given: Mapping[str, str]) -> str:
    if len(request_id) > REQUEST_ID_LENGTH_MAX:
        message = f"a requestID has at most {REQUEST_ID_LENGTH_MAX} characters"
        raise BadRequest("@requestID", "length", request_id, message)
    written = f" requestID={quote(request_id)}" if request_id else ""
    for key, value in given.items():
        known = facts.attributes.get(key)
        if known is None or key == "requestID" or not isinstance(value, str):
            raise BadRequest(f"@{key}", "attribute", value, f"{facts.name} has no attribute {key!r}")
        if known.values and value not in known.values:
            message = f"{shown(value)} is not one of {', '.join(known.values)}"
            raise BadRequest(f"@{key}", "attribute", value, message)
        if float(since := ATTRIBUTES_SINCE.get(key, catalogue.OLDEST)) > float(version):
            raise BadRequest(f"@{key}", "version", value, f"this needs qbXML {since} or later")
        written += f" {key}={quote(value)}"
    for name, known in facts.attributes.items():
        if known.required and name not in given:
            raise BadRequest(f"@{name}", "required", None, "this attribute is required")
    return written


def _check_iterator(given: Mapping[str, str], data: Mapping[str, object]) -> None:
    step, known = given.get("iterator"), given.get("iteratorID")
    if step is None and known:
        raise BadRequest("@iteratorID", "attribute", known, "an iteratorID needs an iterator")
    if step in ("Continue", "Stop") and not known:
        raise BadRequest("@iteratorID", "required", known, f"iterator {step} needs the iteratorID of its Start")
    if step == "Start" and known:
        raise BadRequest("@iteratorID", "attribute", known, "iterator Start makes its own iteratorID")
    if step in ("Start", "Continue") and data.get("MaxReturned") in (None, ""):
        raise BadRequest("MaxReturned", "required", None, "an iterator needs MaxReturned")


def check(xml_text: str, *, version: str = "13.0", country: str = "US") -> str:
    """One request given as text, in the form that we send; BadRequest if QuickBooks would refuse it.

    A whole document is checked request by request, and its requests are returned one after the other.
    """
    return "".join(_check_one(text, version, country) for text in requests_of(xml_text))


def _check_one(text: str, version: str, country: str) -> str:
    element = _parsed(text)
    name, attributes = element.tag.removesuffix("Rq"), dict(element.attributes)
    request_id = attributes.pop("requestID", "")
    data = parse.data_of(element, catalogue.request(name).fields if catalogue.exists(name) else None)
    built = _build(name, data, version, country, request_id, attributes, "keep")
    _check_order(element, _parsed(built), name + "Rq")
    return built


def _check_order(given: parse.Element, wanted: parse.Element, path: str) -> None:
    """Raise where the elements that were given stand in another order than the catalogue's."""
    for mine, right in zip(given.children, wanted.children, strict=False):
        if mine.tag != right.tag:
            message = f"{mine.tag} stands too early; {right.tag} comes before it"
            raise BadRequest(f"{path}/{mine.tag}", "order", mine.tag, message)
        _check_order(mine, right, f"{path}/{mine.tag}")


def _parsed(text: str | bytes) -> parse.Element:
    try:
        return parse.tree(text)
    except BadResponse as problem:
        raise BadRequest("", "well-formed", None, str(problem)) from None


def requests_of(document: str | bytes) -> list[str]:
    """The requests of a qbXML document, or the one request that was given bare, each as text."""
    root = _parsed(document)
    if root.tag != "QBXML":
        return [parse.written(_request(root))]
    sets = [child for child in root.children if child.tag == "QBXMLMsgsRq"]
    if len(sets) != 1 or len(root.children) != 1:
        raise BadRequest("QBXML", "unknown", None, "the document needs one QBXMLMsgsRq, and nothing beside it")
    return [parse.written(_request(element)) for element in sets[0].children]


def _request(element: parse.Element) -> parse.Element:
    name = element.tag.removesuffix("Rq")
    if name == element.tag or not catalogue.exists(name):
        raise BadRequest(element.tag, "unknown", element.tag, f"qbXML has no request named {element.tag!r}")
    return element
