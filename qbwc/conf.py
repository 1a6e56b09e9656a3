"""Every setting and limit of the app, with its default and the reason for it.

Words    a setting is read from Django's settings first, then from the environment, then from here
Rule     a bound that an installation may have reason to change stands here; those that only the code has an opinion
         about stand in capitals where they are used
"""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    # What travels together ---------------------------------------------------------------------------
    # Requests in one document; 1 sends them singly. Fifty small ones stay well under a second in QuickBooks.
    "QBWC_REQUESTS_PER_MESSAGE": 50,
    # Characters of one document's requests. A single larger request still travels, alone.
    "QBWC_MESSAGE_BYTES": 512 * 1024,
    # QuickBooks's time for one document; a slower one halves the next, a quick one doubles it again.
    "QBWC_MESSAGE_SECONDS": 30,
    # An answer above this halves the next document too.
    "QBWC_ANSWER_BYTES": 4 * 1024 * 1024,
    # The highest qbXML version spoken. 13.0 is taken by every QuickBooks since 2014.
    "QBWC_QBXML_VERSION": "13.0",
    # Pulls -------------------------------------------------------------------------------------------
    "QBWC_PAGE_RECORDS": 500,  # of a list
    "QBWC_PAGE_TRANSACTIONS": 100,  # of transactions, whose lines make them larger
    "QBWC_WINDOW_RECORDS": 5000,  # what a dying session can cost at most is one window
    "QBWC_WINDOWS": 2000,  # of one pull; beyond, windows grow instead of multiplying
    "QBWC_WINDOW_ATTEMPTS": 5,  # contradictions of QuickBooks in one window before its pull fails visibly
    "QBWC_PULL_RESTARTS": 100,  # windows of one pull that begin again because their session died
    # Sizes -------------------------------------------------------------------------------------------
    "QBWC_CALL_BYTES": 96 * 1024 * 1024,  # of one SOAP call; QuickBooks's largest answers are about half
    "QBWC_SETTLE_BYTES": 8 * 1024 * 1024,  # larger answers are settled by the sweep while the session waits
    # Patience ----------------------------------------------------------------------------------------
    "QBWC_NOOPS": 240,  # waits of five seconds in a row, so twenty minutes
    "QBWC_REQUEST_ATTEMPTS": 5,  # how often a read is asked whose answer never comes
    "QBWC_CHECK_ATTEMPTS": 10,  # how often the outcome of one lost message is asked for
    "QBWC_RESEND_ATTEMPTS": 5,  # how often a message goes again that was found never to have been executed
    "QBWC_CONNECTION_RETRIES": 1,  # per session, with another file path
    "QBWC_SESSION_HOURS": 12,  # a session without a call is dead; QuickBooks may work for hours on one document
    "QBWC_CLEARS_PER_SESSION": 25,  # stored message sets forgotten at the end of a session
    # By Intuit's own words 9002 is "no stored response", which leaves open whether the set was executed.
    "QBWC_9002_MEANS_NOT_EXECUTED": False,
    # Signing in --------------------------------------------------------------------------------------
    "QBWC_LOGIN_FREE_FAILURES": 5,  # wrong passwords of one user from one address before it must wait
    "QBWC_LOGIN_ADDRESS_FREE_FAILURES": 20,  # wrong passwords from one address, whoever it claims to be
    "QBWC_LOGIN_WAIT_SECONDS": 300,  # the longest wait; it doubles from one second
    "QBWC_PROXIES": 0,  # reverse proxies in front, whose X-Forwarded-For is believed
    # What is kept ------------------------------------------------------------------------------------
    "QBWC_KEEP_DAYS": 30,  # closed requests and their messages
    "QBWC_KEEP_LARGE_HOURS": 24,  # whole answers; pages of a pull are cut as soon as they are consumed
    "QBWC_KEEP_BYTES": 256 * 1024,  # of one message's text after that
    "QBWC_SWEEP_ROWS": 500,  # of each kind of chore in one sweep
    # The set-up file ---------------------------------------------------------------------------------
    "QBWC_APP_NAME": "Web Connector Sync",
    "QBWC_APP_DESCRIPTION": "Keeps QuickBooks in step with your other systems",
    "QBWC_OWNER_ID": "",  # a GUID; empty: one is made at the first use and kept in the database
    "QBWC_LATE_FACTOR": 3,  # a company is late after this many intervals without a call
}


def _from_environment(name: str, default: Any) -> Any:
    text = os.environ.get(name)
    if text is None:
        return default
    if isinstance(default, bool):
        return text.strip().lower() in {"1", "true", "yes", "on"}
    return type(default)(text)


class Conf:
    """`conf.NOOPS` is the setting QBWC_NOOPS, looked up at each use so that tests can change it."""

    def get(self, name: str) -> Any:
        try:
            return getattr(settings, name)
        except AttributeError:
            return _from_environment(name, DEFAULTS[name])

    def __getattr__(self, short: str) -> Any:
        name = f"QBWC_{short}"
        if name not in DEFAULTS:
            raise AttributeError(f"{name} is no setting of qbwc")
        return self.get(name)


conf = Conf()
