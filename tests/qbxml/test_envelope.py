from __future__ import annotations

import pytest

from qbwc.qbxml import build, envelope
from qbwc.qbxml.errors import BadRequest

HOST = build.build("HostQuery", {})


def test_requests_travel_byte_for_byte(complaints):
    requests = [envelope.with_request_id(HOST, str(number)) for number in range(3)]
    text = envelope.document(requests, new_message_set_id="a" * 20, old_message_set_id="b")
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="13.0"?>\n<QBXML>')
    assert all(request in text for request in requests)
    assert build.requests_of(text) == requests
    assert complaints(text) == []


def test_a_status_is_asked_for_without_any_request(complaints):
    text = envelope.document([], new_message_set_id="a1", old_message_set_id="a1", response_data="includeNone")
    assert complaints(text) == []
    assert 'newMessageSetID="a1" oldMessageSetID="a1" responseData="includeNone"' in text


@pytest.mark.parametrize(
    "options",
    [
        {"version": "13"},
        {"on_error": "rollbackOnError"},
        {"new_message_set_id": "a" * 21},
        {"old_message_set_id": 'a"b'},
        {"response_data": "some"},
    ],
    ids=str,
)
def test_what_quickbooks_would_refuse_is_refused(options):
    with pytest.raises(BadRequest):
        envelope.document([HOST], **options)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("<HostQueryRq></HostQueryRq>", '<HostQueryRq requestID="9"></HostQueryRq>'),
        ("<HostQueryRq/>", '<HostQueryRq requestID="9"/>'),
        ('<HostQueryRq requestID="1"/>', '<HostQueryRq requestID="9"/>'),
        ("<CustomerQueryRq iterator='Start' requestID = 'x>y' >", "<CustomerQueryRq requestID=\"9\" iterator='Start'>"),
    ],
)
def test_a_request_gets_its_id_in_place_of_any_other(text, wanted):
    assert envelope.with_request_id(text, "9") == wanted
    assert envelope.with_request_id(wanted, "9") == wanted


def test_an_id_that_is_too_long_and_a_text_that_is_no_request_are_refused():
    for text, request_id in ((HOST, "x" * 51), ("<QBXML>", "1"), ("", "1"), (HOST, "\x00")):
        with pytest.raises(BadRequest):
            envelope.with_request_id(text, request_id)
