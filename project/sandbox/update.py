"""One run of the Web Connector: what it yields, how it ends, and its SOAP calls with the faults that strike them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from . import soap_wire
from .chance import Chance
from .clock import Clock
from .faults import Faults

# What the user reads when a call fails, by the method that was called.
CODES = {
    "serverVersion": "QBWC1012",
    "clientVersion": "QBWC1036",
    "authenticate": "QBWC1012",
    "sendRequestXML": "QBWC1041",
    "receiveResponseXML": "QBWC1042",
    "getLastError": "QBWC1043",
    "closeConnection": "QBWC1044",
    "connectionError": "QBWC1045",
}


@dataclass
class Exchange:
    request: str
    response: str
    hresult: str = ""


@dataclass
class UpdateResult:
    """How a run ended: ``status`` is the text of the status column, ``error`` the QBWC code, "" if all went well."""

    status: str = ""
    error: str = ""
    ticket: str = ""
    log: list[str] = field(default_factory=list)
    soap_calls: Counter[str] = field(default_factory=Counter)
    exchanges: list[Exchange] = field(default_factory=list)
    documents: int = 0  # executed or refused by QuickBooks
    executed: int = 0  # requests that QuickBooks did
    progress: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # the faults that struck this run
    postpone_seconds: int = 0
    minimum_run_seconds: int = 0
    finished: bool = False  # the session was closed as it should be

    @property
    def ok(self) -> bool:
        return self.finished and not self.error

    @property
    def calls(self) -> int:
        return sum(self.soap_calls.values())


class SessionOver(Exception):
    """The session is over. ``close`` asks for a last closeConnection."""

    def __init__(self, status: str, error: str = "", close: bool = False) -> None:
        self.status, self.error, self.close = status, error, close
        super().__init__(status)


class SoapClient:
    """Calls the server's methods; a failure of any kind ends the session, as it does in QBWC."""

    def __init__(self, transport: soap_wire.Transport, url: str, clock: Clock, chance: Chance, faults: Faults) -> None:
        self.transport, self.url = transport, url
        self.clock, self.chance, self.faults = clock, chance, faults
        self.result = UpdateResult()

    def log(self, line: str) -> None:
        self.result.log.append(f"{self.clock.now():%Y%m%d.%H:%M:%S} UTC : {line}")

    def strikes(self, fault: str) -> bool:
        """Whether that fault happens now; it is then noted in the result."""
        if not self.chance.happens(getattr(self.faults, fault)):
            return False
        self.result.faults.append(fault)
        self.log(f"(fault: {fault})")
        return True

    def call(self, method: str, **arguments: str) -> str:
        element = self.element(method, **arguments)
        text = "" if element is None else element.text or ""
        self.log(f"Received from {method}(): <{text[:50]}>")
        return text

    def element(self, method: str, **arguments: str) -> Any:
        """The result element of one call, None where the server left it out."""
        if self.strikes("session_killed"):
            raise SessionOver("The Web Connector was ended.", "QBWC1006")
        self.log(f"*** Calling {method}().")
        # A proxy's error page comes before the server has seen the call, or in place of its answer.
        failing = self.strikes("error_500")
        error_page = SessionOver("The request failed with HTTP status 500: Internal Server Error.", CODES[method])
        if failing and self.chance.happens(0.5):
            raise error_page
        reply = self._post(method, arguments)
        if failing:
            raise error_page
        try:
            return soap_wire.result(method, reply)
        except soap_wire.WireError as error:
            raise SessionOver(str(error), CODES[method]) from error

    def _post(self, method: str, arguments: dict[str, str]) -> soap_wire.Reply:
        self.result.soap_calls[method] += 1
        body, headers = soap_wire.envelope(method, arguments), soap_wire.headers(method)
        try:
            reply = self.transport.request("POST", self.url, body, headers)
        except soap_wire.WireError as error:
            raise SessionOver(str(error), CODES[method]) from error
        if self.strikes("slow"):
            seconds = self.chance.number(5, 2 * soap_wire.TIMEOUT_SECONDS)
            self.clock.advance(seconds)
            if seconds > soap_wire.TIMEOUT_SECONDS:
                raise SessionOver("The operation has timed out", CODES[method])
        return reply
