"""A tiny SOAP server for the Web Connector's tests: it answers by a script and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

NS = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class ScriptedServer:
    """``documents`` go out one by one; then 100. Every method's answer can be replaced in ``answers``."""

    def __init__(self, documents: list[str] | None = None, **answers: Any) -> None:
        self.documents = list(documents or [])
        self.answers: dict[str, Any] = answers
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.requests: list[dict[str, Any]] = []
        self.status = "200 OK"
        self.get_status = "200 OK"
        self.content_type = "text/xml; charset=utf-8"
        self.ticket = "ticket-1"

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def arguments(self, method: str) -> list[dict[str, str]]:
        return [arguments for called, arguments in self.calls if called == method]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            start_response(self.get_status, [("Content-Type", "text/plain")])
            return [b"QBWC endpoint"]
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.requests.append({**environ, "body": body})
        call = etree.fromstring(body).find(f"{{{SOAP}}}Body")[0]
        method = etree.QName(call).localname
        arguments = {etree.QName(child).localname: child.text or "" for child in call}
        self.calls.append((method, arguments))
        result = self._result(method, arguments)
        start_response(self.status, [("Content-Type", self.content_type)])
        return [envelope(method, result).encode()]

    def _result(self, method: str, arguments: dict[str, str]) -> str:
        if method in self.answers:
            answer = self.answers[method]
            answer = answer(arguments) if callable(answer) else answer
            return answer if method == "authenticate" else escape(str(answer))
        if method == "authenticate":
            return strings(self.ticket, "")
        if method == "sendRequestXML":
            return escape(self.documents.pop(0)) if self.documents else ""
        if method == "receiveResponseXML":
            return "50" if self.documents else "100"
        return {"closeConnection": "OK", "serverVersion": "1.0"}.get(method, "")


def strings(*values: str) -> str:
    return "".join(f"<string>{escape(value)}</string>" for value in values)


def envelope(method: str, result: str) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}"><s:Body>'
        f'<{method}Response xmlns="{NS}"><{method}Result>{result}</{method}Result></{method}Response>'
        "</s:Body></s:Envelope>"
    )
