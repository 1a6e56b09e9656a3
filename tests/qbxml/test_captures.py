"""The wire captures of the facts, read and checked without loss."""

from __future__ import annotations

import re
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


def leaves(value: object) -> list[str]:
    """Every value in a plain shape, written as QuickBooks writes it."""
    if isinstance(value, dict):
        return [text for key, entry in value.items() if key != "#order" for text in leaves(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in leaves(entry)]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


@needs_facts
def test_there_are_captures_of_both_kinds():
    assert len(REQUESTS) >= 12
    assert len(ANSWERS) >= 15


@needs_facts
@pytest.mark.parametrize("text", ANSWERS, ids=range(len(ANSWERS)))
def test_no_value_of_an_answer_is_lost(text):
    root = etree.fromstring(text.encode())
    wanted = sorted(
        element.text for element in root.iter() if len(element) == 0 and element.text and element.text.strip()
    )
    answer = read.read(text)
    got = [leaf for result in answer.results for ret in result.records for leaf in leaves(ret.data)]
    got += [leaf for result in answer.results for leaf in leaves(result.recovery or {})]
    assert sorted(got) == wanted
    assert len(answer.results) == len(root[0])


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
