"""The endpoint over HTTP: what .NET sends, what goes wrong on the wire, and what must never come back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from lxml import etree

from qbwc import outbox, service
from qbwc.models import Request
from qbwc.operations import OPERATIONS
from tests.qbwc.conversation import ENVELOPE, Http, ok, requests_in, rs, soap_document, wrap

SHARED = Path(__file__).resolve().parents[3] / "shared"
WSDL = SHARED / "qbxml" / "QBWebConnectorSvc.wsdl"


@pytest.fixture
def http(db):
    return Http()


def text_of(content: bytes) -> str:
    return "".join(etree.fromstring(content).itertext())


# The certificate check and the WSDL ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_certificate_check_is_answered_200(http, method):
    status, headers, _ = http(method)
    assert (status, headers["Content-Type"]) == (200, "text/plain")


@pytest.mark.parametrize("query", ["?wsdl", "?WSDL", "?singleWsdl&wsdl"])
def test_the_wsdl_is_served(http, query):
    status, headers, content = http("GET", "/qbwc/" + query)
    assert status == 200
    assert headers["Content-Type"].startswith("text/xml")
    root = etree.fromstring(content)
    assert root.get("targetNamespace") == "http://developer.intuit.com/"
    actions = root.xpath("//*[local-name()='operation']/@soapAction")
    assert actions == [f"http://developer.intuit.com/{name}" for name in OPERATIONS]


def test_another_method_is_refused_in_plain_words(http):
    assert http("PUT")[0] == 405


def test_the_support_page_needs_no_login(http):
    assert http("GET", "/qbwc/support/")[0] == 200


# Every operation -----------------------------------------------------------------------------------------

GIVEN = {"string": "x", "int": 1}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_answers_with_its_result_element(http, name):
    parameters, kind = OPERATIONS[name]
    status, headers, content = http("POST", body=soap_document(name, {key: GIVEN[of] for key, of in parameters}))
    assert (status, headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    result = etree.fromstring(content)[0][0][0]
    assert result.tag == f"{{http://developer.intuit.com/}}{name}Result"
    if kind == "int":
        int(result.text)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("how", ["missing", "empty", "nil"])
def test_parameters_may_be_missing_or_empty_or_nil(http, name, how):
    parameters = OPERATIONS[name][0]
    inside = {"missing": "", "empty": "<{}/>", "nil": '<{} xsi:nil="true"/>'}[how]
    body = soap_document(name, {}).replace(
        f"</{name}>".encode(), "".join(inside.format(key) for key, _ in parameters).encode() + f"</{name}>".encode()
    )
    status, _, content = http("POST", body=body)
    assert status == 200
    assert b"Fault" not in content


def test_the_version_calls_let_everybody_through(http):
    status, _, content = http("POST", body=soap_document("clientVersion", {"strVersion": "34.0.10009.60"}))
    assert (status, text_of(content)) == (200, "")


def test_interactive_mode_is_declined_politely(http):
    assert text_of(http("POST", body=soap_document("getInteractiveURL", {"wcTicket": "x", "sessionID": "y"}))[2]) == ""
    assert text_of(http("POST", body=soap_document("interactiveDone", {"wcTicket": "x"}))[2]) == "Done"
    assert text_of(http("POST", body=soap_document("interactiveRejected", {"wcTicket": "x", "reason": "no"}))[2])


def test_the_array_of_authenticate_is_spelt_as_the_web_connector_reads_it(company, connector):
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    body = soap_document("authenticate", {"strUserName": company.username, "strPassword": company.password})
    result = etree.fromstring(connector.http("POST", body=body)[2])[0][0][0]
    assert [child.tag for child in result] == ["{http://developer.intuit.com/}string"] * 2
    assert b"nil" not in etree.tostring(result)


def test_rpc_style_is_understood(company, connector):
    body = (
        f'<soap:Envelope xmlns:soap="{ENVELOPE}" xmlns:q1="http://developer.intuit.com/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        '<soap:Body soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><q1:authenticate>'
        f'<strUserName xsi:type="xsd:string">{company.username}</strUserName>'
        f'<strPassword xsi:type="xsd:string">{company.password}</strPassword>'
        "</q1:authenticate></soap:Body></soap:Envelope>"
    ).encode()
    status, _, content = connector.http("POST", body=body)
    assert status == 200
    assert "nvu" not in text_of(content)


# Documents that are none ---------------------------------------------------------------------------------

SOUND = soap_document("serverVersion", {})
BROKEN = {
    "nothing": b"",
    "no xml": b"hello",
    "cut off": SOUND[:-20],
    "no envelope": b"<x/>",
    "empty envelope": f'<s:Envelope xmlns:s="{ENVELOPE}"/>'.encode(),
    "empty body": f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body/></s:Envelope>'.encode(),
    "a DTD": b'<!DOCTYPE x [<!ENTITY a "b">]>' + SOUND.split(b"?>", 1)[1],
    "a DTD in lower case": b"<!doctype x>" + SOUND.split(b"?>", 1)[1],
    "an entity bomb": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
    "an outside entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "an undefined entity": SOUND.replace(b"<serverVersion", b"&undefined;<serverVersion"),
    "UTF-16": SOUND.decode().replace("utf-8", "utf-16").encode("utf-16"),
    "UTF-16 with a DTD": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
    "no UTF-8": SOUND.replace(b"utf-8", b"latin-1").replace(b"<serverVersion", b"<a>\xe9\xff</a><serverVersion"),
    "control characters": SOUND.replace(b"<serverVersion", b"\x00\x0b<serverVersion"),
    "an unknown operation": soap_document("getServerVersion", {}),
    "another namespace": soap_document("serverVersion", {}).replace(b"developer.intuit.com", b"example.com"),
    "SOAP 1.2": SOUND.replace(ENVELOPE.encode(), b"http://www.w3.org/2003/05/soap-envelope"),
    "a word for a number": soap_document("sendRequestXML", {"ticket": "x", "qbXMLMajorVers": "many"}),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_is_no_call_gets_a_soap_fault_and_never_a_page_or_a_trace(http, body):
    status, headers, content = http("POST", body=body)
    assert (status, headers["Content-Type"]) == (500, "text/xml; charset=utf-8")
    assert etree.fromstring(content)[0][0].tag == f"{{{ENVELOPE}}}Fault"
    for word in (b"Traceback", b'File "', b"<html", b"root:"):
        assert word not in content


def test_a_fault_of_the_client_is_survived(http):
    """SOAP allows a fault in a request's body; nobody sends one."""
    body = f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><s:Fault/></s:Body></s:Envelope>'.encode()
    status, headers, _ = http("POST", body=body)
    assert (status, headers["Content-Type"]) == (500, "text/xml; charset=utf-8")


def test_a_call_that_is_too_large_by_its_header_is_not_even_read(http, settings):
    settings.QBWC_CALL_BYTES = 1000

    class Unreadable(io.BytesIO):
        def read(self, *_):
            raise AssertionError("read")

    status, headers, content = http("POST", **{"CONTENT_LENGTH": "1001", "wsgi.input": Unreadable()})
    assert (status, headers["Content-Type"]) == (500, "text/xml; charset=utf-8")
    assert "at most 1000 bytes" in text_of(content)


def test_an_endless_call_is_read_no_further_than_the_limit(http, settings):
    settings.QBWC_CALL_BYTES = 3 * 1024 * 1024

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += size
            return b"x" * size

    endless = Endless()
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "wsgi.input": endless}
    status, _, content = http("POST", **chunked, CONTENT_LENGTH="")
    assert status == 500
    assert b"at most" in content
    assert endless.given <= 5 * 1024 * 1024


def test_a_chunked_call_is_understood(http):
    extra = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "wsgi.input": io.BytesIO(SOUND)}
    assert http("POST", **extra, CONTENT_LENGTH="")[0] == 200


def test_a_call_that_breaks_off_gets_a_fault(http):
    assert http("POST", body=SOUND[:100], CONTENT_LENGTH=str(len(SOUND)))[0] == 500


# What the traps of the libraries would do ----------------------------------------------------------------


def test_an_answer_of_fifty_megabytes_passes(company, connector, settings):
    """Above spyne's 2 MiB, Django's 2.5 MB and lxml's 10 MB of text in one node."""
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < 50_000_000
    request = outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    (name, given), *_ = requests_in(connector.send())
    record = "<CustomerRet>\n<ListID>80000001-1</ListID>\n<Notes>" + "&amp;x" * 800 + "</Notes>\n</CustomerRet>\n"
    response = wrap(rs(name, given["requestID"], record * (50_000_000 // len(record) + 1)))
    assert len(response) > 50_000_000
    assert 0 < connector.receive(response) < 100
    assert connector.send() == ""
    assert connector.error() == "NoOp"
    assert service.sweep()["settled"] == 1
    request.refresh_from_db()
    assert (request.state, request.status_code) == ("answered", 0)
    assert len(request.answer) > 49_000_000
    assert connector.send() == ""
    assert connector.error() == ""


def test_an_answer_between_the_libraries_limits_is_settled_at_once(company, connector, settings):
    settings.QBWC_SETTLE_BYTES = 20_000_000
    request = outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    (name, given), *_ = requests_in(connector.send())
    record = f"<CustomerRet>\n<Notes>{'x' * 11_000_000}</Notes>\n</CustomerRet>\n"
    assert connector.receive(wrap(rs(name, given["requestID"], record))) == 100
    request.refresh_from_db()
    assert request.state == "answered"


def test_control_characters_in_a_text_for_the_window_are_left_out(company, connector):
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    connector.send()
    service.failed(connector.ticket, "odd \x0b text")
    assert connector.error() == "odd text"


def test_a_method_that_breaks_answers_with_its_failure_value_and_a_reason(company, connector, monkeypatch):
    outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()

    def broken(*_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(service, "send_request", broken)
    monkeypatch.setattr(service, "receive_response", broken)
    monkeypatch.setattr(service, "authenticate", broken)
    assert connector.send() == ""
    assert "Nothing is lost" in connector.error()
    assert connector.receive("<x/>") == -1
    assert "secret" not in connector.error()
    assert connector.call("authenticate", strUserName="a", strPassword="b") == ["", "busy"]


def test_an_answer_that_cannot_be_settled_is_kept_and_settled_later(company, connector, monkeypatch):
    request = outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    document = connector.send()
    with monkeypatch.context() as patch:
        patch.setattr("qbwc.settle.look", lambda text: 1 / 0)
        assert connector.receive(ok(document)) > 0
        assert connector.send() == ""
        assert connector.error() == "NoOp"
    assert service.sweep()["settled"] == 1
    request.refresh_from_db()
    assert request.state == Request.State.ANSWERED


def test_an_answer_that_can_never_be_settled_holds_nobody_up_for_ever(company, connector, monkeypatch, settings):
    settings.QBWC_CHECK_ATTEMPTS = 2
    read = outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})
    connector.authenticate()
    document = connector.send()
    monkeypatch.setattr("qbwc.settle.look", lambda text: 1 / 0)
    connector.receive(ok(document))
    for _ in range(2):
        service.sweep()
    read.refresh_from_db()
    assert read.state == Request.State.REFUSED
    assert connector.send() == ""
    assert connector.error() == ""


def test_markup_in_names_is_escaped_once(company, connector):
    outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "A & B <C>"}})
    connector.authenticate()
    document = connector.send()
    assert "<Name>A &amp; B &lt;C&gt;</Name>" in document


# A client made from a WSDL -------------------------------------------------------------------------------


class Transport:
    """Lets zeep speak straight into the WSGI app."""

    def __init__(self, http):
        self.http = http

    def load(self, url):
        return WSDL.read_bytes() if "Intuit" in str(url) else self.http("GET", "/qbwc/?wsdl")[2]

    def post_xml(self, address, envelope, headers):
        status, _, content = self.http("POST", body=etree.tostring(envelope))
        return type("Response", (), {"status_code": status, "content": content, "headers": {}, "encoding": "utf-8"})()


@pytest.mark.parametrize("source", ["Intuit's", "our own"])
def test_a_client_made_from_the_wsdl_runs_a_whole_session(company, connector, source):
    zeep = pytest.importorskip("zeep")
    if source == "Intuit's" and not WSDL.exists():
        pytest.skip("the shared references are not here")
    location = "http://Intuit/wsdl" if source == "Intuit's" else "http://localhost/ours"
    client = zeep.Client(location, transport=Transport(connector.http))
    port = client.create_service("{http://developer.intuit.com/}QBWebConnectorSvcSoap", "http://localhost/qbwc/")
    request = outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "Acme"}})
    port.serverVersion()
    assert not port.clientVersion("34.0.10009.60")
    ticket, path = port.authenticate(company.username, company.password)
    assert not path
    document = port.sendRequestXML(ticket, connector.hcp, r"C:\a.qbw", "US", 16, 0)
    assert isinstance(port.receiveResponseXML(ticket, ok(document), "", ""), int)
    clear = port.sendRequestXML(ticket, "", r"C:\a.qbw", "US", 16, 0)
    assert port.receiveResponseXML(ticket, ok(clear), "", "") == 100
    assert not port.getLastError(ticket)
    assert port.connectionError(ticket, "0x80040414", "A modal dialog box is showing") == "done"
    assert port.closeConnection(ticket)
    request.refresh_from_db()
    assert request.state == "answered"
    if source == "our own":
        assert port.interactiveDone(ticket) == "Done"
