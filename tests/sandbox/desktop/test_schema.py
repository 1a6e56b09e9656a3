"""The rules here and Intuit's schema agree on what is a request. (Every other test checks its answers likewise.)

Both were derived from the same files once; here the schema itself judges documents that the rules allow or refuse.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from functools import cache

import pytest
from lxml import etree

from project.sandbox.desktop import Fault, Refused, reader, rules
from project.sandbox.desktop.notation import compile_content
from project.sandbox.desktop.settings import Product
from project.sandbox.desktop.values import read_value
from tests.house.files import ROOT

from . import shapes
from .support import SCHEMA, document, needs_schema, schema

VALUE_CODES = {3000, 3010, 3020, 3030, 3031, 3035, 3040, 3041, 3045, 3050, 3060, 3065, 3070, 3085, 3110}
REQUESTS = sorted(name for name, rule in rules.REQUESTS.items() if not rule.countries or "US" in rule.countries)
SUPPORTED = Product("Enterprise", 2024, "US").supported
MUTATIONS = 20

# Where the two differ on purpose: the request and a text that is in the document -> why.
DISAGREEMENTS: dict[str, str] = {
    "ValueAdjustment": "The XSD forbids both of NewValue and ValueDifference by a slip (a choice of at most none); the "
    "sample schema, and QuickBooks, take one of them.",
}


def accepted_here(text: str) -> bool:
    """Neither thrown back nor refused for a value."""
    try:
        envelope = reader.read_document(text, SUPPORTED, shapes.COUNTRY)
    except Refused:
        return False
    return all(call.fault is None or call.fault.code not in VALUE_CODES for call in envelope.calls)


def accepted_there(text: str) -> bool:
    judge = schema()
    assert judge is not None
    return bool(judge.validate(etree.fromstring(text.encode())))


def filled(name: str, take: int = 0) -> str:
    return document(f"<{name}Rq>{shapes.most(rules.REQUESTS[name].content, take)}</{name}Rq>")


def bare(name: str) -> str:
    return document(f"<{name}Rq>{shapes.least(rules.REQUESTS[name].content)}</{name}Rq>")


def excused(text: str) -> bool:
    return any(f"<{each}>" in text for each in DISAGREEMENTS)


@needs_schema
@pytest.mark.parametrize("name", REQUESTS)
def test_both_accept_the_least_that_a_request_may_hold(name):
    text = bare(name)
    assert accepted_there(text), schema().error_log
    assert accepted_here(text)


@needs_schema
@pytest.mark.parametrize("name", REQUESTS)
def test_both_accept_the_most_that_a_request_may_hold(name):
    for take in range(shapes.branches(rules.REQUESTS[name].content)):
        text = filled(name, take)
        assert accepted_here(text)
        assert accepted_there(text) or excused(text), f"{schema().error_log}\n{text}"


@needs_schema
@pytest.mark.parametrize("name", REQUESTS)
def test_both_agree_on_mutated_requests(name):
    """Systematically: every element that must be there is left out once; and by chance."""
    content = rules.REQUESTS[name].content
    for seed in range(MUTATIONS):
        chance = random.Random(f"{name} {seed}")
        text = filled(name, chance.randint(0, shapes.branches(content) - 1))
        root = etree.fromstring((text if chance.random() < 0.7 else bare(name)).encode())
        if excused(etree.tostring(root, encoding="unicode")):
            continue
        what = shapes.mutated(root, chance)
        inner = "".join(etree.tostring(child, encoding="unicode") for child in root[0])
        text = document(inner)
        assert accepted_here(text) == accepted_there(text), f"{name}, seed {seed}: {what}\n{text}"


@needs_schema
@pytest.mark.parametrize("name", REQUESTS)
def test_what_must_be_there_is_missed_by_both(name):
    root = etree.fromstring(bare(name).encode())
    for node in list(root[0].iter())[2:]:
        parent = node.getparent()
        at = parent.index(node)
        parent.remove(node)
        text = document("".join(etree.tostring(child, encoding="unicode") for child in root[0]))
        parent.insert(at, node)
        assert accepted_here(text) == accepted_there(text), f"without {node.tag} in {parent.tag}"


def answered_by() -> dict[str, str]:
    """The name of a Ret and one request that it answers."""
    return {ret: name for name, rule in rules.REQUESTS.items() for ret in rule.rets}


@needs_schema
@pytest.mark.parametrize("name", sorted(rules.RETS))
def test_every_answer_with_all_its_elements_is_one_for_the_schema(name):
    content = rules.RETS[name]
    for take in range(shapes.branches(content)):
        inner = shapes.most(content, take)
        request = answered_by().get(name)
        body = f"<{name}Ret>{inner}</{name}Ret>" if request else inner
        tag = f"{request or name}Rs"
        text = f'<QBXML><QBXMLMsgsRs><{tag} statusCode="0" statusSeverity="Info">{body}</{tag}></QBXMLMsgsRs></QBXML>'
        assert schema().validate(etree.fromstring(text)), f"{schema().error_log}"


@needs_schema
@pytest.mark.parametrize("name", REQUESTS)
def test_both_take_the_same_attributes(name):
    body = shapes.least(rules.REQUESTS[name].content)
    for attribute in ('metaData="MetaDataOnly"', 'iterator="Start"', 'iteratorID="x"', 'requestID="1"', 'colour="red"'):
        text = document(f"<{name}Rq {attribute}>{body}</{name}Rq>")
        assert accepted_here(text) == accepted_there(text), attribute


@needs_schema
def test_macros_are_taken_where_the_schema_takes_them():
    add = "<TransferAdd{}><TxnDate>2026-02-03</TxnDate></TransferAdd>"
    invoice = (
        '<InvoiceAdd defMacro="TxnID:I1"><CustomerRef><FullName>A</FullName></CustomerRef><SetCredit>'
        '<CreditTxnID useMacro="TxnID:C1"/><AppliedAmount>1.00</AppliedAmount></SetCredit></InvoiceAdd>'
    )
    for name, body in (
        ("InvoiceAdd", invoice),
        ("InvoiceAdd", invoice.replace("defMacro", "useMacro")),
        ("InvoiceAdd", invoice.replace("useMacro", "defMacro")),
        ("TransferAdd", add.format(' defMacro="TxnID:1"')),
    ):
        text = document(f"<{name}Rq>{body}</{name}Rq>")
        assert accepted_here(text) == accepted_there(text), text
    call = reader.read_document(document(f"<InvoiceAddRq>{invoice}</InvoiceAddRq>"), SUPPORTED, "US").calls[0]
    assert call.data["InvoiceAdd"]["@defMacro"] == "TxnID:I1"
    assert call.data["InvoiceAdd"]["SetCredit"][0]["CreditTxnID"] == "TxnID:C1"


@needs_schema
@pytest.mark.parametrize("country", ["CA", "UK"])
def test_both_accept_what_other_countries_have(country, monkeypatch):
    monkeypatch.setattr(shapes, "COUNTRY", country)
    for name, rule in rules.REQUESTS.items():
        if not rule.countries or country in rule.countries:
            for take in range(shapes.branches(rule.content)):
                text = filled(name, take)
                assert accepted_here(text), name
                assert accepted_there(text) or excused(text), f"{name} {schema().error_log}"


# Countries and versions, which the schema does not know -----------------------------------


def test_an_element_of_other_countries_is_an_error():
    country = "<CustomerAdd><Name>A</Name><SalesTaxCountry>UK</SalesTaxCountry></CustomerAdd>"
    text = document(f"<CustomerAddRq>{country}</CustomerAddRq>")
    for country in ("CA", "UK"):
        assert reader.read_document(text, SUPPORTED, country).calls[0].fault is None
    with pytest.raises(Refused, match="0x80040400"):
        reader.read_document(text, SUPPORTED, "US")


def test_a_request_of_other_countries_is_not_supported():
    text = document("<SalesTaxReturnQueryRq/>")
    faults = {country: reader.read_document(text, SUPPORTED, country).calls[0].fault for country in ("US", "CA")}
    assert (faults["US"].code, faults["CA"]) == (1030, None)


def test_lengths_may_differ_from_country_to_country():
    name = compile_content("Name/US3.CA6", {}).by_name["Name"]
    assert read_value(name, "Exempt", "CA") == "Exempt"
    with pytest.raises(Fault, match="3070"):
        read_value(name, "Exempt", "US")


@pytest.mark.parametrize(
    ("body", "since"),
    [
        ("<CustomerQueryRq iterator='Start'><MaxReturned>1</MaxReturned></CustomerQueryRq>", "5.0"),
        ("<CustomerQueryRq metaData='MetaDataOnly'/>", "4.0"),
        ("<InventorySiteQueryRq/>", "10.0"),
        ("<CustomerAddRq><CustomerAdd><Name>A</Name><Cc>c</Cc></CustomerAdd></CustomerAddRq>", "12.0"),
        ("<ListMergeRq><ListMergeType>Customer</ListMergeType><MergeFrom><ListID>1</ListID><EditSequence>1</EditSequence>"
         "</MergeFrom><MergeTo><ListID>2</ListID><EditSequence>1</EditSequence></MergeTo></ListMergeRq>", "7.0"),
    ],
)  # fmt: skip
def test_what_is_newer_than_the_declared_version_is_an_error(body, since):
    def taken(version: str) -> bool:
        try:
            reader.read_document(document(body, version=version), SUPPORTED, "US")
        except Refused:
            return False
        return True

    assert [version for version in SUPPORTED if taken(version)] == SUPPORTED[SUPPORTED.index(since) :]


@cache
def script():
    place = ROOT / "scripts" / "derive_sandbox_rules.py"
    spec = importlib.util.spec_from_file_location("derive_sandbox_rules", place)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look it up there
    spec.loader.exec_module(module)
    return module


@needs_schema
def test_the_rules_are_what_the_script_derives():
    for name, text in script().derive(SCHEMA.parent).items():
        held = ROOT / "project" / "sandbox" / "desktop" / "rules_data" / name
        assert held.read_text(encoding="utf-8") == text, name
