"""The QuickBooks Web Connector in miniature: runs update sessions between a QuickBooks and a server.

Words    update    one run: authenticate, exchanges until the server has no more, closeConnection
         exchange  one document fetched, executed, and its answer delivered
Rule     what the server sees is what the real program would send, in the same order (QBWC Programmer's Guide);
         whatever ends a run is told by the UpdateResult, never by an exception.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from . import soap_wire
from .chance import Chance
from .clock import Clock
from .desktop import CompanyFile, QuickBooks, Refused, Session
from .faults import Faults
from .qwc import Registration, read_qwc
from .update import Exchange, SessionOver, SoapClient, UpdateResult

CONNECTION_RETRIES_MAX = 5
NO_OPS_MAX = 1_000
EXCHANGES_MAX = 100_000
NO_OP_SECONDS = 5
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|\[.*\]|.*:.*:.*")


class WebConnector:
    """One application in one Web Connector.

    With ``wsgi_app`` the calls stay in process, without it they go to ``url`` over HTTP(S). A server's NoOp sleeps
    for ``no_op_pause_seconds`` (by default five seconds of the clock's kind), after calling ``while_waiting``.
    """

    def __init__(
        self,
        quickbooks: CompanyFile | QuickBooks,
        *,
        username: str,
        password: str,
        clock: Clock,
        chance: Chance,
        url: str = "https://localhost/qbwc/",
        wsgi_app: soap_wire.WsgiApp | None = None,
        faults: Faults | None = None,
        registration: Registration | None = None,
        transport: soap_wire.Transport | None = None,
        while_waiting: Callable[[], None] | None = None,
        no_op_pause_seconds: float | None = None,
        keep_exchanges: bool = True,
        company_facts: bool = True,
        auto_run: bool = True,
        version: str = "34.0.10009.60",
    ) -> None:
        self.quickbooks = quickbooks if isinstance(quickbooks, QuickBooks) else QuickBooks(quickbooks)
        self.file = self.quickbooks.files[0]
        self.registration = registration or Registration(url=url, username=username)
        self.url = url
        self.username, self.password = username, password
        self.clock, self.chance, self.faults = clock, chance, faults or Faults()
        transport = transport or (soap_wire.WsgiTransport(wsgi_app) if wsgi_app else soap_wire.HttpTransport())
        self._soap = SoapClient(transport, url, clock, chance, self.faults)
        self.while_waiting = while_waiting
        self.no_op_pause_seconds = no_op_pause_seconds
        self.keep_exchanges, self.company_facts, self.auto_run = keep_exchanges, company_facts, auto_run
        self.version = version
        self.other_file: CompanyFile | None = None  # what the fault wrong_company_file opens
        self._session: Session | None = None
        self.registration.add_to(self.file)

    @classmethod
    def from_qwc(
        cls,
        quickbooks: CompanyFile | QuickBooks,
        qwc: str,
        *,
        password: str,
        clock: Clock,
        chance: Chance,
        **options: Any,
    ) -> WebConnector:
        """As a user adds a .qwc file: its address, user and ids count. Raises QwcError for a file QBWC would refuse."""
        registration = read_qwc(qwc)
        return cls(
            quickbooks,
            username=registration.username,
            password=password,
            clock=clock,
            chance=chance,
            registration=registration,
            **{"url": registration.url, **options},
        )

    def update(self) -> UpdateResult:
        """Update Selected: one whole run."""
        self._soap.result = UpdateResult()
        opened = self.quickbooks.open_file
        try:
            self._run()
        except SessionOver as over:
            self.result.status, self.result.error = over.status, over.error
            self._soap.log(f"{over.error or 'QBWC'}: {over.status}")
            if over.close:
                self._close_after(over)
        finally:
            if self._session is not None:
                self._session.end()
                self._session = None
            if opened is not None:  # after a crash, or another company, somebody opens it again
                self.quickbooks.open(opened)
            self._soap.transport.close()
        return self.result

    # The run

    def _run(self) -> None:
        self._check_address()
        self._soap.call("serverVersion")
        self._check_client_version(self._soap.call("clientVersion", strVersion=self.version))
        path = self._authenticate()
        if self._soap.strikes("wrong_company_file"):
            self.quickbooks.open(self._another_company())
        self._begin(path)
        self._exchange_all()
        self._finish()

    def _check_address(self) -> None:
        parts = urlsplit(self.url)
        if _ADDRESS.fullmatch(parts.hostname or ""):
            raise SessionOver(f"An IP address is not accepted as the server's name: {self.url}", "QBWC1001")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname == "localhost"):
            raise SessionOver(f"The address must begin with https:// (or be http://localhost): {self.url}", "QBWC1010")
        try:
            reply = self._soap.transport.request("GET", self.registration.cert_url or self.url, b"", {})
        except soap_wire.WireError as error:
            raise SessionOver(
                f"Could not verify the web application server certificate. {error}", "QBWC1048"
            ) from error
        if reply.status != 200:
            text = f"Could not verify the web application server certificate (HTTP status {reply.status})."
            raise SessionOver(text, "QBWC1048")

    def _check_client_version(self, answer: str) -> None:
        kind, text = answer[:2], answer[2:]
        if kind in ("E:", "O:"):
            raise SessionOver(text, "QBWC1037")
        if answer and kind != "W:":
            raise SessionOver(f"Bad syntax in the answer to clientVersion: {answer}", "QBWC1046")
        if kind == "W:":
            self._soap.log(f"Warning: {text}")

    def _authenticate(self) -> str:
        """The company file to open; ends the run where the server has no work or does not know us."""
        array = self._soap.element("authenticate", strUserName=self.username, strPassword=self.password)
        strings = [] if array is None else array.findall(f"{{{soap_wire.NAMESPACE}}}string")
        values = [string.text or "" for string in strings]
        if len(values) < 2 or strings[1].get("{http://www.w3.org/2001/XMLSchema-instance}nil") in ("true", "1"):
            raise SessionOver("Index was outside the bounds of the array.", "QBWC1012")
        self._soap.log(
            "Received from authenticate(): " + "".join(f"<authRet[{i}]={v!r}>" for i, v in enumerate(values))
        )
        self.result.ticket, word = values[0], values[1]
        if self.auto_run:
            self.result.postpone_seconds = _seconds(values, 2)
            self.result.minimum_run_seconds = _seconds(values, 3)
        if self.result.postpone_seconds:
            raise SessionOver("Update postponed by application", close=True)
        ends = {
            "none": ("No data exchange", ""),
            "nvu": (f"Invalid password for username {self.username}", "QBWC1040"),
            "busy": ("Application busy", ""),
        }
        if word.lower() in ends:
            raise SessionOver(*ends[word.lower()], close=True)
        return word

    def _begin(self, path: str) -> None:
        """BeginSession, and connectionError as often as the server names another file."""
        for _ in range(CONNECTION_RETRIES_MAX):
            try:
                if self._soap.strikes("modal_dialog"):
                    raise Refused("0x80040414")
                self._session = self.quickbooks.begin_session(path, self.registration.app)
                return
            except Refused as refused:
                self._soap.log(f"BeginSession failed: {refused.hresult} {refused.message}")
                path = self._soap.call(
                    "connectionError", ticket=self.result.ticket, hresult=refused.hresult, message=refused.message
                )
                status = f"QuickBooks could not be reached: {refused.message}"
            if path.lower() == "done":
                raise SessionOver(status, "QBWC1013", close=True)
        raise SessionOver(f"{status} The server named another file too often.", "QBWC1013", close=True)

    def _exchange_all(self) -> None:
        facts = self._facts() if self.company_facts else ""
        no_ops = 0
        for _ in range(EXCHANGES_MAX):
            document = self._send_request(facts)
            facts = ""
            if not document:
                error = self._soap.call("getLastError", ticket=self.result.ticket)
                if error != "NoOp":
                    raise SessionOver(error, "QBWC1031" if error else "", close=True)
                no_ops += 1
                if no_ops > NO_OPS_MAX:
                    raise SessionOver("The server answered NoOp without end.", "QBWC1041", close=True)
                self._wait()
            elif self._exchange(document) == 100:
                return
        raise SessionOver("The server never ends the session.", "QBWC1042", close=True)

    def _send_request(self, facts: str) -> str:
        major, minor = self._open_session.file.qbxml_version
        return self._soap.call(
            "sendRequestXML",
            ticket=self.result.ticket,
            strHCPResponse=facts,
            strCompanyFileName=self._open_session.file.path,
            qbXMLCountry=self._open_session.file.product.country,
            qbXMLMajorVers=str(major),
            qbXMLMinorVers=str(minor),
        )

    def _exchange(self, document: str) -> int:
        """Execute one document and deliver the answer; the percentage that the server gives back."""
        if self._soap.strikes("lost_request"):
            raise SessionOver("QuickBooks was closed before the request was executed.", "QBWC1013")
        exchange = self._crash(document) if self._soap.strikes("quickbooks_crash") else self._execute(document)
        if self._soap.strikes("lost_answer"):
            raise SessionOver("The answer could not be delivered.", "QBWC1042")
        percentages = [
            self._deliver(exchange) for _ in range(2 if self._soap.strikes("answer_twice") else 1)
        ]  # a proxy that repeats a call returns either answer
        percentage = self.chance.pick(percentages) if len(percentages) > 1 else percentages[0]
        self.result.progress.append(percentage)
        if percentage < 0:
            error = self._soap.call("getLastError", ticket=self.result.ticket)
            raise SessionOver(error or f"The application reported the error {percentage}.", "QBWC1031", close=True)
        return min(percentage, 100)

    def _execute(self, document: str) -> Exchange:
        session = self._open_session
        before = session.file.executed.total()
        self.result.documents += 1
        try:
            if self._soap.strikes("modal_dialog"):
                raise Refused("0x80040414")
            exchange = Exchange(document, session.process(document))
        except Refused as refused:
            self._soap.log(f"ProcessRequest failed: {refused.hresult} {refused.message} {refused.detail}")
            exchange = Exchange(document, "", refused.hresult)
        self.result.executed += session.file.executed.total() - before
        if self.keep_exchanges:
            self.result.exchanges.append(exchange)
        return exchange

    def _crash(self, document: str) -> Exchange:
        """QuickBooks dies before or after it has done the work, and only it could tell which."""
        if self.chance.happens(0.5):
            self._execute(document)
        self._open_session.end()
        self.quickbooks.close()
        return Exchange(document, "", self.chance.pick(("0x80040402", "0x8004040D", "0x80010108")))

    def _deliver(self, exchange: Exchange) -> int:
        message = Refused(exchange.hresult).message if exchange.hresult else ""
        answer = self._soap.call(
            "receiveResponseXML",
            ticket=self.result.ticket,
            response=exchange.response,
            hresult=exchange.hresult,
            message=message,
        )
        try:
            return int(answer)
        except ValueError as error:
            raise SessionOver(f"receiveResponseXML did not return a number: {answer!r}", "QBWC1042") from error

    def _finish(self) -> None:
        self.result.status = self._soap.call("closeConnection", ticket=self.result.ticket)
        self.result.finished = True

    def _close_after(self, over: SessionOver) -> None:
        try:
            self._soap.call("closeConnection", ticket=self.result.ticket)
            self.result.finished = True
        except SessionOver as second:
            self._soap.log(f"{second.error}: {second.status}")

    # Parts

    @property
    def result(self) -> UpdateResult:
        return self._soap.result

    @property
    def _open_session(self) -> Session:
        assert self._session is not None
        return self._session

    def _facts(self) -> str:
        """The Host, Company and Preferences queries that QBWC makes for itself."""
        major, minor = self._open_session.file.qbxml_version
        owner = f"<OwnerID>{self.registration.owner_id}</OwnerID>"
        try:
            return self._open_session.process(
                f'<?xml version="1.0"?><?qbxml version="{major}.{minor}"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
                f'<HostQueryRq requestID="0"/><CompanyQueryRq requestID="1">{owner}</CompanyQueryRq>'
                '<PreferencesQueryRq requestID="2"/></QBXMLMsgsRq></QBXML>'
            )
        except Refused as refused:
            self._soap.log(f"QBWC1014: {refused.message}")
            return ""

    def _wait(self) -> None:
        if self.while_waiting is not None:
            self.while_waiting()
        pause = self.no_op_pause_seconds
        if pause is None:
            pause = NO_OP_SECONDS if self.clock.real else 0
        time.sleep(pause)
        if not self.clock.real:
            self.clock.advance(NO_OP_SECONDS)

    def _another_company(self) -> CompanyFile:
        """Somebody has another company open: one that knows our application under another FileID, or not at all."""
        if self.other_file is None:
            self.other_file = CompanyFile("Another Company", clock=self.clock, chance=self.chance)
        self.other_file.apps.clear()
        if self.chance.happens(0.5):
            other = Registration(**{**vars(self.registration), "file_id": self.chance.guid()})
            other.add_to(self.other_file)
        return self.other_file


def _seconds(values: list[str], index: int) -> int:
    text = values[index].strip() if len(values) > index else ""
    return int(text) if text.isdigit() else 0
