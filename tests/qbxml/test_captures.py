"""The wire captures of the facts, read and checked without loss."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from qbwc.qbxml import build, catalogue, read

from .conftest import captures

FOUND = captures()
REQUESTS = [text for text in FOUND if "QBXMLMsgsRq" in text]
ANSWERS = [text for text in FOUND if "QBXMLMsgsRs" in text]
needs_facts = pytest.mark.skipif(not FOUND, reason="the facts are not beside the repository")


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value in a plain shape with its path, written as QuickBooks writes it."""
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            if key != "#order":
                yield from leaves(entry, f"{path}/{key}")
    elif isinstance(value, list):
        for entry in value:
            yield from leaves(entry, path)
    elif isinstance(value, bool):
        yield path, str(value).lower()
    else:
        yield path, "" if value is None or value == {} else str(value)


def texts(element: etree._Element, path: str = "") -> Iterator[tuple[str, str]]:
    """The same by lxml: every element without elements inside."""
    for child in element:
        below = f"{path}/{child.tag}"
        yield from ((f"{below}/@{name}", value) for name, value in child.items())
        yield from texts(child, below) if len(child) else [(below, child.text or "")]


def by_path(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """In the document's order, which says which of several belongs to which."""
    sorted_out: dict[str, list[str]] = defaultdict(list)
    for path, text in found:
        sorted_out[path].append(text)
    return sorted_out


@needs_facts
def test_there_are_captures_of_both_kinds():
    assert len(REQUESTS) >= 12
    assert len(ANSWERS) >= 15


@needs_facts
@pytest.mark.parametrize("text", ANSWERS, ids=range(len(ANSWERS)))
def test_nothing_of_an_answer_is_lost(text):
    root = etree.fromstring(text.encode())
    answer = read.read(text)
    assert len(answer.results) == len(root[0])
    known = dict(root[0].items())
    code = answer.message_set_status
    told = {"newMessageSetID": answer.message_set_id, "messageSetStatusCode": "" if code is None else str(code)}
    assert {name: value for name, value in told.items() if value} == known
    for result, element in zip(answer.results, root[0], strict=True):
        assert f"{result.name}Rs" == element.tag
        assert attributes(result) == dict(element.items())
        records = [found for ret in result.records for found in leaves(ret.data, record_path(result, ret))]
        records += leaves(result.recovery, "/ErrorRecovery") if result.recovery else []
        assert by_path(records) == by_path(texts(element))


def attributes(result: read.Result) -> dict[str, str]:
    """What stands on the Rs element, as far as it does."""
    told = {
        "requestID": result.request_id or None,
        "statusCode": result.status,
        "statusSeverity": result.severity,
        "statusMessage": result.message,
        "retCount": result.count,
        "iteratorRemainingCount": result.remaining,
        "iteratorID": result.iterator_id or None,
    }
    return {name: str(value) for name, value in told.items() if value is not None}


def record_path(result: read.Result, ret: read.Ret) -> str:
    """A deletion's fields stand in the Rs element itself; a record's in its Ret."""
    return "" if ret.name == result.name else f"/{ret.name}Ret"


@needs_facts
def test_a_lost_value_would_be_seen():
    text = next(text for text in ANSWERS if "Abercrombie" in text)
    (result,) = read.read(text).results
    whole = by_path(leaves(result.records[0].data))
    for path in list(whole):
        name = path.split("/")[1]
        less = {key: value for key, value in result.records[0].data.items() if key != name}
        assert by_path(leaves(less)) != whole


@needs_facts
@pytest.mark.parametrize("text", ANSWERS, ids=range(len(ANSWERS)))
def test_an_answer_streams_as_it_reads(text):
    whole = read.read(text)
    parts = list(read.stream(text.encode()))
    assert [p for p in parts if isinstance(p, read.Ret)] == [ret for result in whole.results for ret in result.records]
    assert [p.status for p in parts if isinstance(p, read.Result)] == [result.status for result in whole.results]


@needs_facts
@pytest.mark.parametrize("text", ANSWERS, ids=range(len(ANSWERS)))
def test_the_catalogue_knows_every_element_of_an_answer(text):
    for result in etree.fromstring(text.encode())[0]:
        content = catalogue.answer(result.tag.removesuffix("Rs")).fields
        for element in result.iterdescendants():
            above = [a.tag for a in element.iterancestors()][::-1][3:]
            assert content.find("/".join([*above, element.tag])), element.tag


@needs_facts
@pytest.mark.parametrize("text", REQUESTS, ids=range(len(REQUESTS)))
def test_every_captured_request_passes_the_check(text):
    for request in build.requests_of(text):
        assert build.check(request) == request
        assert build.check(request).isascii()


@needs_facts
def test_a_customer_is_read_by_its_types():
    text = next(text for text in ANSWERS if "Abercrombie" in text)
    result = read.read(text).results[0]
    customer = result.records[0].data
    assert (result.name, result.status, result.records[0].name) == ("CustomerQuery", 0, "Customer")
    assert (customer["IsActive"], customer["Sublevel"], customer["Balance"]) == (True, 0, Decimal("0.00"))
    assert customer["TimeCreated"] == "1999-07-29T11:24:18-08:00"
    assert re.fullmatch(r"\{[0-9a-f-]+\}", result.iterator_id)
    assert isinstance(result.remaining, int)


@needs_facts
def test_the_state_of_a_lost_message_is_read():
    answer = next(a for a in map(read.read, ANSWERS) if a.results and a.results[0].recovery)
    assert answer.message_set_status == 0
    assert answer.results[0].recovery["TxnID"] == "1A3F-1770147610"
    assert answer.results[0].records == []


@needs_facts
def test_an_invoice_has_dates_and_lists_of_lines():
    results = [result for text in ANSWERS for result in read.read(text).results]
    invoice = next(ret.data for result in results for ret in result.records if ret.name == "Invoice")
    assert isinstance(invoice["TxnDate"], date)
    assert isinstance(invoice["InvoiceLineRet"], list)
