"""The servers that the endpoint is compared with: WSGI applications for gunicorn, chosen by name.

null        answers canned bytes, having read the call: what the driver and the web server cost
lxml_view   what a hand-written view would be: lxml parses the call, a template gives the answer
spyne_null  spyne as it comes (its WsgiApplication), with methods that do nothing
ours_null   spyne as we use it, with methods that do nothing: the same parser, the same protocol objects
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from tests.benchmarks.soap import NAMESPACE, SOAP, reply

WORK = "<QBXML><QBXMLMsgsRq onError='stopOnError'><CustomerQueryRq requestID='1'/></QBXMLMsgsRq></QBXML>"
CALL = re.compile(rb"<(\w+) xmlns=\"http://developer.intuit.com/\"")
RESULTS = {
    "authenticate": "<string>0123456789abcdef0123456789abcdef</string><string></string>",
    "sendRequestXML": WORK.replace("<", "&lt;").replace(">", "&gt;"),
    "receiveResponseXML": "50",
    "closeConnection": "OK",
}


def _canned(name: str) -> bytes:
    return reply(name, RESULTS.get(name, ""))


CANNED = {name: _canned(name) for name in RESULTS}


def _read(environ: dict[str, Any]) -> bytes:
    return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))


def _answer(start_response: Any, content: bytes) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(content)))])
    return [content]


def null(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    found = CALL.search(_read(environ)[:600])
    return _answer(start_response, CANNED[found.group(1).decode()] if found else b"")


def lxml_view(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = _read(environ)
    if not body:
        return _answer(start_response, b"")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    call = etree.fromstring(body, parser).find(f"{{{SOAP}}}Body")[0]
    name = etree.QName(call).localname
    parameters = {etree.QName(each).localname: each.text or "" for each in call}
    assert parameters
    return _answer(start_response, _canned(name))


def _null_service() -> Any:
    from qbwc import spyne_shim

    assert spyne_shim
    from spyne import ComplexModel, Integer, Service, Unicode, rpc

    class ArrayOfString(ComplexModel):
        __namespace__ = NAMESPACE
        string = Unicode(max_occurs="unbounded", nillable=True)

    class Null(Service):
        @rpc(Unicode, Unicode, _returns=ArrayOfString, _out_variable_name="authenticateResult")
        def authenticate(ctx, strUserName, strPassword):
            return ArrayOfString(string=["0123456789abcdef0123456789abcdef", ""])

        @rpc(
            *(Unicode, Unicode, Unicode, Unicode, Integer, Integer),
            _returns=Unicode,
            _out_variable_name="sendRequestXMLResult",
        )
        def sendRequestXML(
            ctx, ticket, strHCPResponse, strCompanyFileName, qbXMLCountry, qbXMLMajorVers, qbXMLMinorVers
        ):
            return WORK

        @rpc(Unicode, Unicode, Unicode, Unicode, _returns=Integer, _out_variable_name="receiveResponseXMLResult")
        def receiveResponseXML(ctx, ticket, response, hresult, message):
            return 50

        @rpc(Unicode, _returns=Unicode, _out_variable_name="closeConnectionResult")
        def closeConnection(ctx, ticket):
            return "OK"

    return Null


def _spyne_null() -> Any:
    service = _null_service()
    from spyne import Application
    from spyne.protocol.soap import Soap11
    from spyne.server.wsgi import WsgiApplication

    incoming = Soap11(validator="soft", huge_tree=True)
    application = Application([service], tns=NAMESPACE, name="Null", in_protocol=incoming, out_protocol=Soap11())
    served = WsgiApplication(application, max_content_length=100_000_000)

    def start(environ: dict[str, Any], start_response: Any) -> Any:
        return served(environ, start_response) if environ["REQUEST_METHOD"] == "POST" else _answer(start_response, b"")

    return start


def _ours_null() -> Any:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from qbwc import soap

    service = _null_service()
    from spyne import Application
    from spyne.protocol.soap import Soap11

    soap.application = soap.Transport.app = Application(
        [service],
        tns=NAMESPACE,
        name="Null",
        in_protocol=Soap11(validator="soft", huge_tree=True),
        out_protocol=Soap11(cleanup_namespaces=False),
    )

    def serve(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = _read(environ)
        return _answer(start_response, soap.answer(body) if body else b"")

    return serve


def __getattr__(name: str) -> Any:
    made = {"spyne_null": _spyne_null, "ours_null": _ours_null}
    if name not in made:
        raise AttributeError(name)
    return made[name]()
