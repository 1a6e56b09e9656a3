"""The Web Connector's contract in spyne: eleven thin methods, and nothing else.

spyne finds the method, turns elements into values and values into elements. Its own HTTP layer is left out:
the document is parsed here, strictly, and handed to spyne's protocol objects, which halves the cost of a call.

Rule     a method never raises: a fault would show the user a code instead of a reason. What breaks is logged,
         kept for getLastError, and answered with the value that the protocol has for failure.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from qbwc import service, spyne_shim
from qbwc.operations import NAME, NAMESPACE

assert spyne_shim  # before spyne
from spyne import Application, ComplexModel, Integer, MethodContext, Service, Unicode, rpc  # noqa: E402
from spyne.model.fault import Fault  # noqa: E402
from spyne.protocol.soap import Soap11  # noqa: E402

log = logging.getLogger(__name__)

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
BODY = f"{{{ENVELOPE}}}Body"
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SERVER_VERSION = "qbwc 1"
BROKEN = "The server had a problem. Nothing is lost; it is tried again at the next update."


class NotSoap(Exception):
    """The document that came is not one this service can read; the message is for the client."""


class ArrayOfString(ComplexModel):
    __namespace__ = NAMESPACE
    __type_name__ = "ArrayOfString"
    string = Unicode(max_occurs="unbounded", nillable=True)


def operation(*parameters: Any, result: Any = Unicode, failure: Any = "") -> Callable[[Callable[..., Any]], Any]:
    """A method of the service; on an exception it returns its failure value."""

    def decorate(function: Callable[..., Any]) -> Any:
        name = function.__name__

        @wraps(function)
        def door(ctx: Any, *given: Any) -> Any:
            values = [value if value is not None else "" for value in given]
            try:
                return _legal(function(ctx, *values))
            except Exception:
                ticket = values[0] if values and name not in NO_TICKET else ""
                log.exception("%s failed", name)
                _remember_failure(ticket)
                return failure

        names = list(inspect.signature(function).parameters)[1:]
        return rpc(*parameters, _args=names, _returns=result, _out_variable_name=f"{name}Result")(door)

    return decorate


NO_TICKET = {"authenticate", "clientVersion"}


def _remember_failure(ticket: str) -> None:
    try:
        if ticket:
            service.failed(ticket, BROKEN)
    except Exception:
        log.exception("the failure could not be written down")


def _legal(value: Any) -> Any:
    if isinstance(value, str):
        return ILLEGAL.sub("", value)
    if isinstance(value, list):
        return ArrayOfString(string=[ILLEGAL.sub("", text) for text in value])
    return value


def _int(value: Any) -> int:
    return int(value) if value not in ("", None) else 0


class WebConnectorService(Service):
    """Parameter names are the wire's: spyne takes them from here."""

    __service_name__ = NAME

    @operation(Unicode)
    def serverVersion(ctx: Any, strVersion: str) -> str:
        return SERVER_VERSION

    @operation(Unicode)
    def clientVersion(ctx: Any, strVersion: str) -> str:
        return ""

    @operation(Unicode, Unicode, result=ArrayOfString, failure=ArrayOfString(string=["", "busy"]))
    def authenticate(ctx: Any, strUserName: str, strPassword: str) -> list[str]:
        return service.authenticate(strUserName, strPassword, ctx.udc or "")

    @operation(Unicode, Unicode, Unicode, Unicode, Integer, Integer)
    def sendRequestXML(
        ctx: Any,
        ticket: str,
        strHCPResponse: str,
        strCompanyFileName: str,
        qbXMLCountry: str,
        qbXMLMajorVers: Any,
        qbXMLMinorVers: Any,
    ) -> str:
        version = _int(qbXMLMajorVers), _int(qbXMLMinorVers)
        return service.send_request(ticket, strHCPResponse, strCompanyFileName, qbXMLCountry, *version)

    @operation(Unicode, Unicode, Unicode, Unicode, result=Integer, failure=-1)
    def receiveResponseXML(ctx: Any, ticket: str, response: str, hresult: str, message: str) -> int:
        return service.receive_response(ticket, response, hresult, message)

    @operation(Unicode, Unicode, Unicode, failure="done")
    def connectionError(ctx: Any, ticket: str, hresult: str, message: str) -> str:
        return service.connection_error(ticket, hresult, message)

    @operation(Unicode, failure=BROKEN)
    def getLastError(ctx: Any, ticket: str) -> str:
        return service.get_last_error(ticket)

    @operation(Unicode, failure="OK")
    def closeConnection(ctx: Any, ticket: str) -> str:
        return service.close_connection(ticket)

    @operation(Unicode, Unicode)
    def getInteractiveURL(ctx: Any, wcTicket: str, sessionID: str) -> str:
        return ""  # interactive mode is never asked for

    @operation(Unicode, Unicode)
    def interactiveRejected(ctx: Any, wcTicket: str, reason: str) -> str:
        return "Nothing needs you now."

    @operation(Unicode)
    def interactiveDone(ctx: Any, wcTicket: str) -> str:
        return "Done"


application = Application(
    [WebConnectorService],
    tns=NAMESPACE,
    name=NAME,
    in_protocol=Soap11(validator="soft", huge_tree=True),
    out_protocol=Soap11(cleanup_namespaces=False),
)


class Transport:
    """What a MethodContext wants to know of its server: nothing that matters here."""

    app = application
    transport = "qbwc"


def answer(body: bytes, address: str = "") -> bytes:
    """The reply to one SOAP document; NotSoap if it is none, or names no operation of this service."""
    ctx = MethodContext(Transport, MethodContext.SERVER)
    ctx.udc = address
    ctx.in_document = (_parse(body), {})
    incoming, outgoing = application.in_protocol, application.out_protocol
    try:
        incoming.decompose_incoming_envelope(ctx, incoming.REQUEST)
        (ctx,) = incoming.generate_method_contexts(ctx)
        incoming.deserialize(ctx, incoming.REQUEST)
    except Fault as fault:
        raise NotSoap(str(fault.faultstring)) from None
    application.process_request(ctx)
    outgoing.serialize(ctx, outgoing.RESPONSE)
    written: bytes = etree.tostring(ctx.out_document, encoding="utf-8", xml_declaration=True)
    return written


def _parse(body: bytes) -> etree._Element:
    """The envelope, without a document type, entities or anything fetched; always UTF-8, as the client sends it."""
    if b"<!DOCTYPE" in body:
        raise NotSoap("A document type is not allowed.")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotSoap(f"The document is not well-formed: {error}") from None
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        raise NotSoap("The document is not a SOAP 1.1 envelope.")
    inside = root.find(BODY)
    if inside is None or len(inside) == 0:
        raise NotSoap("The envelope is empty.")
    return root


def fault(reason: str) -> bytes:
    """A SOAP fault, for documents that cannot be answered otherwise."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body><soap:Fault>'
        f"<faultcode>soap:Client</faultcode><faultstring>{escape(ILLEGAL.sub('', reason))}</faultstring>"
        "</soap:Fault></soap:Body></soap:Envelope>"
    ).encode()
