"""A Web Connector's words, spoken straight into the WSGI app, and QuickBooks's answers, canned."""

from __future__ import annotations

import io
import re
from xml.sax.saxutils import escape

from django.core import signals
from django.db import close_old_connections
from lxml import etree

TNS = "{http://developer.intuit.com/}"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
PATH = r"C:\Books\Acme.QBW"
NOTHING_EXECUTED = "0x80040400"


def wsgi_app():
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def soap_document(name: str, parameters: dict[str, object]) -> bytes:
    """As .NET's proxy writes it."""
    inside = "".join(
        f"<{key}>{escape(str(value))}</{key}>" if value != "" else f"<{key} />" for key, value in parameters.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope'
        f' xmlns:soap="{ENVELOPE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
        f'<{name} xmlns="http://developer.intuit.com/">{inside}</{name}></soap:Body></soap:Envelope>'
    ).encode()


class Http:
    """One POST or GET to the endpoint, without a server between."""

    def __init__(self, app=None, address: str = "203.0.113.7"):
        self.app = app or wsgi_app()
        self.address = address

    def __call__(self, method: str, path: str = "/qbwc/", body: bytes = b"", **extra):
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "text/xml; charset=utf-8",
        } | extra
        taken: dict = {}

        def start_response(status, headers, exc_info=None):
            taken.update(status=int(status.split()[0]), headers=dict(headers))

        # What a server does at the end of a request would close the connection that holds the test's transaction.
        signals.request_started.disconnect(close_old_connections)
        signals.request_finished.disconnect(close_old_connections)
        result = self.app(environ, start_response)
        content = b"".join(result)
        return taken["status"], taken["headers"], content


class WebConnector:
    """Calls as QBWC makes them; `answer` is asked for QuickBooks's answer to each document."""

    def __init__(self, username: str, password: str, *, hcp: str = "", app=None, address: str = "203.0.113.7"):
        self.http = Http(app, address)
        self.username, self.password, self.hcp = username, password, hcp
        self.path = PATH
        self.country, self.version = "US", (16, 0)
        self.ticket = ""
        self.first = True

    def call(self, name: str, **parameters):
        status, headers, content = self.http("POST", body=soap_document(name, parameters))
        assert status == 200, content
        assert headers["Content-Type"].startswith("text/xml")
        root = etree.fromstring(content)
        response = root[0][0]
        assert response.tag == f"{TNS}{name}Response"
        (result,) = response
        assert result.tag == f"{TNS}{name}Result"
        if name == "authenticate":
            return [child.text or "" for child in result]
        return result.text or ""

    def authenticate(self) -> list[str]:
        answer = self.call("authenticate", strUserName=self.username, strPassword=self.password)
        self.ticket, self.first = answer[0], True
        return answer

    def send(self) -> str:
        hcp, self.first = (self.hcp if self.first else ""), False
        return self.call(
            "sendRequestXML",
            ticket=self.ticket,
            strHCPResponse=hcp,
            strCompanyFileName=self.path,
            qbXMLCountry=self.country,
            qbXMLMajorVers=self.version[0],
            qbXMLMinorVers=self.version[1],
        )

    def receive(self, response: str = "", hresult: str = "", message: str = "") -> int:
        return int(
            self.call("receiveResponseXML", ticket=self.ticket, response=response, hresult=hresult, message=message)
        )

    def error(self) -> str:
        return self.call("getLastError", ticket=self.ticket)

    def close(self) -> str:
        return self.call("closeConnection", ticket=self.ticket)

    def update(self, answer, rounds: int = 200) -> list[str]:
        """A whole update; `answer(document)` gives the response text, or (hresult, message)."""
        documents: list[str] = []
        path = self.authenticate()[1]
        if path.lower() in {"none", "nvu", "busy"}:
            return documents
        for _ in range(rounds):
            document = self.send()
            if not document:
                self.ended_with = self.error()
                break
            documents.append(document)
            reply = answer(document)
            progress = self.receive(*(("", *reply) if isinstance(reply, tuple) else (reply,)))
            if progress >= 100:
                break
            if progress < 0:
                self.ended_with = self.error()
                break
        else:
            raise AssertionError("the session never ended")
        self.close()
        return documents


# QuickBooks's answers ------------------------------------------------------------------------------------

REQUEST = re.compile(r"<(\w+)Rq\b([^>]*?)/?>")


def requests_in(document: str) -> list[tuple[str, dict[str, str]]]:
    root = etree.fromstring(document.encode())
    return [(element.tag.removesuffix("Rq"), dict(element.attrib)) for element in root[0]]


def message_attributes(document: str) -> dict[str, str]:
    return dict(etree.fromstring(document.encode())[0].attrib)


def wrap(inside: str, attributes: str = "") -> str:
    return f'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs{attributes}>\n{inside}</QBXMLMsgsRs>\n</QBXML>\n'


def rs(name: str, request_id: str, inside: str = "", code: int = 0, message: str = "Status OK", more: str = "") -> str:
    severity = "Info" if code < 500 else "Error"
    return (
        f'<{name}Rs requestID="{request_id}" statusCode="{code}" statusSeverity="{severity}"'
        f' statusMessage="{message}"{more}>\n{inside}</{name}Rs>\n'
    )


def customer(number: int, modified: str = "2026-02-03T10:02:44-08:00") -> str:
    return (
        f"<CustomerRet>\n<ListID>8000{number:04X}-1770138927</ListID>\n"
        f"<TimeModified>{modified}</TimeModified>\n<EditSequence>1770141764</EditSequence>\n"
        f"<Name>Customer {number}</Name>\n"
        f"<FullName>Customer {number}</FullName>\n</CustomerRet>\n"
    )


def ok(document: str) -> str:
    """Every request done: adds and mods return a customer, queries one too."""
    if not requests_in(document):
        return wrap("", ' messageSetStatusCode="0"')
    attributes = message_attributes(document)
    recovery = (
        f' newMessageSetID="{attributes["newMessageSetID"]}" messageSetStatusCode="0"'
        if "newMessageSetID" in attributes
        else ""
    )
    parts = [rs(name, given["requestID"], customer(int(given["requestID"]))) for name, given in requests_in(document)]
    return wrap("".join(parts), recovery)


def recovered(document_sent: str, code: int = 0, message: str = "Status OK") -> str:
    """What a status check returns when the document was executed."""
    inside = "".join(
        rs(
            name,
            given["requestID"],
            "<ErrorRecovery><ListID>80000001-1</ListID></ErrorRecovery>\n",
            code,
            message,
        )
        for name, given in requests_in(document_sent)
    )
    set_id = message_attributes(document_sent)["newMessageSetID"]
    return wrap(inside, f' newMessageSetID="{set_id}" messageSetStatusCode="0"')


def hcp_of(
    file_guid: str, company_name: str = "Acme Widgets", *, product: str = "QuickBooks Pro 2014", versions=None
) -> str:
    spoken = versions or ("12.0", "13.0", "16.0")
    supported = "".join(f"<SupportedQBXMLVersion>{version}</SupportedQBXMLVersion>\n" for version in spoken)
    stamp = (
        "<DataExtRet>\n<OwnerID>{57F3B9B6-86F1-4FCC-B1FF-966DE1813D20}</OwnerID>\n<DataExtName>FileID</DataExtName>\n"
        f"<DataExtType>STR255TYPE</DataExtType>\n<DataExtValue>{file_guid}</DataExtValue>\n</DataExtRet>\n"
        if file_guid
        else ""
    )
    return wrap(
        rs(
            "HostQuery",
            "0",
            f"<HostRet>\n<ProductName>{product}</ProductName>\n<MajorVersion>24</MajorVersion>\n<MinorVersion>0</MinorVersion>\n"
            f"<Country>US</Country>\n{supported}<IsAutomaticLogin>false</IsAutomaticLogin>\n"
            "<QBFileMode>SingleUser</QBFileMode>\n</HostRet>\n",
        )
        + rs(
            "CompanyQuery",
            "1",
            f"<CompanyRet>\n<IsSampleCompany>false</IsSampleCompany>\n<CompanyName>{company_name}</CompanyName>\n{stamp}</CompanyRet>\n",
        )
        + rs(
            "PreferencesQuery",
            "2",
            "<PreferencesRet>\n<AccountingPreferences>\n<IsUsingAccountNumbers>true</IsUsingAccountNumbers>\n"
            "<IsUsingClassTracking>false</IsUsingClassTracking>\n</AccountingPreferences>\n<MultiCurrencyPreferences>\n"
            "<IsMultiCurrencyOn>false</IsMultiCurrencyOn>\n</MultiCurrencyPreferences>\n</PreferencesRet>\n",
        )
    )
