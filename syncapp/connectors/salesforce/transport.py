"""How HTTP leaves for Salesforce: time limits, the sandbox's address where one is set, and patience for reads.

Rule     what was sent and may have been done is never repeated here; ``patiently`` is for what may be repeated: reads
         and requests for a token.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from requests.adapters import HTTPAdapter

from syncapp.connectors.salesforce.errors import Lost, Unreachable

CONNECT_SECONDS = 5
READ_SECONDS = 120
ATTEMPTS = 3

# At DEBUG urllib3 writes whole addresses, and a query's address holds people's names.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

Result = TypeVar("Result")


class PatientAdapter(HTTPAdapter):
    """simple-salesforce sets no time limit anywhere, so the adapter does."""

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        limit = timeout or (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, stream=stream, timeout=limit, verify=verify, cert=cert, proxies=proxies)


class LoopbackAdapter(PatientAdapter):
    """Sends what is meant for https://anything to the sandbox; it tells hosts apart by the Host header."""

    def __init__(self, url: str) -> None:
        self.to = urlsplit(url)
        super().__init__()

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:  # type: ignore[override]
        meant = urlsplit(request.url or "")
        request.headers["Host"] = meant.netloc
        request.url = urlunsplit((self.to.scheme, self.to.netloc, meant.path, meant.query, ""))
        options["proxies"] = {}
        return super().send(request, **options)  # type: ignore[arg-type]


def session() -> requests.Session:
    """A session for one connector; requests does not promise that threads may share one."""
    made = requests.Session()
    # Without this, requests lets an entry of ~/.netrc take the place of our Authorization header.
    made.auth = _as_it_is
    loopback = getattr(settings, "SALESFORCE_LOOPBACK_URL", "")
    if loopback and not settings.TRYING:
        raise ImproperlyConfigured("SALESFORCE_LOOPBACK_URL is for the demo and for DEBUG only: unset it.")
    made.mount("https://", LoopbackAdapter(loopback) if loopback else PatientAdapter())
    return made


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def patiently(call: Callable[[], Result]) -> Result:
    """Repeat what may be repeated, a few times and a little later each time; then let the error through."""
    pause = getattr(settings, "SALESFORCE_RETRY_PAUSE_SECONDS", 0.3)
    for attempt in range(1, ATTEMPTS):
        try:
            return call()
        except (Unreachable, Lost):
            time.sleep(pause * attempt**2)
    return call()
