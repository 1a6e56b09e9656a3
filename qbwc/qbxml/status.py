"""What a code means, why it came, what to do, and how the machinery reacts.

Words    policy of a status code
             OK       it is done, perhaps with a remark
             EMPTY    a valid answer that holds nothing, or not all that was asked for
             FIX      our data or our program is wrong: never the same again, a person corrects it
             REREAD   what we knew is old: read, compare, plan again
             RETRY    the same again later
             HUMAN    a setting or a right in QuickBooks
             RECOVER  whether it was done must be found out first
         policy of an HRESULT
             RETRY_LATER, HUMAN, INTERNAL (a fault of the program), FIX_REQUEST (nothing was carried out),
             SUPPLY_PATH (name the company file), END_SESSION (QuickBooks is gone; what was under way is unknown)
         policy of a Web Connector code
             HUMAN (the person at that PC), ADMIN (whoever runs our server), RETRY_LATER
Rule     decide by the code, never by the severity: QuickBooks has been seen to call an error "Info". Every code has a
         meaning; one that is not in the tables gets that of its range, and a write is never repeated for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .connector_codes import HRESULTS, QBWC
from .status_codes import STATUS


@dataclass(frozen=True, slots=True)
class Meaning:
    code: int | str
    meaning: str
    cause: str
    remedy: str
    policy: str


# What QuickBooks says behind a general code when somebody else was at work in the same list.
_PASSING = re.compile(r"modified by another user|has been modified|in use|could not be locked|try again", re.IGNORECASE)
_BY_TEXT = {3170, 3180}
_READ_MESSAGE = "Read the message beside this; if it does not help, report it to us with this code."


def explain(code: int, message: str = "") -> Meaning:
    """The meaning of a statusCode; the message decides where the code covers many causes."""
    if code in STATUS:
        meaning, cause, remedy, policy = STATUS[code]
        if code in _BY_TEXT and _PASSING.search(message) and "already in use" not in message:
            return Meaning(code, meaning, "Somebody else was changing the same thing.", "It is tried again.", "RETRY")
        return Meaning(code, meaning, cause, remedy, policy)
    if 2000 <= code < 3000:
        return Meaning(code, *STATUS[2000])
    return Meaning(code, *_by_range(code))


def _by_range(code: int) -> tuple[str, str, str, str]:
    if 0 <= code < 500:
        return "Done", "QuickBooks did what it was asked, and has a remark.", "Nothing to do.", "OK"
    if 0 <= code < 1000:
        return "Done, with a warning", "QuickBooks did it, perhaps not completely.", "Read the warning.", "OK"
    if 3000 <= code < 3100:
        return "A value is not valid", "A value has the wrong form.", "Correct what the message names.", "FIX"
    if 9000 <= code < 9100:
        return "Message-set error", "QuickBooks cannot tell about this message.", _READ_MESSAGE, "RECOVER"
    if 9100 <= code < 9200:
        return "Macro error", "A name that stands for a new record is wrong.", "Report this to us as a fault.", "FIX"
    return "QuickBooks refused it", "The code is not known to us; nothing was changed.", _READ_MESSAGE, "FIX"


def explain_hresult(code: str | int) -> Meaning:
    """The meaning of an HRESULT, in any of the forms in which it is written."""
    known = _hresult(code)
    if known in HRESULTS:
        return Meaning(known, *HRESULTS[known])
    cause = "The Web Connector reports a code that is not known to us."
    remedy = "Restart QuickBooks and the Web Connector. What was under way is looked up in the next run."
    return Meaning(known, "Unknown error", cause, remedy, "END_SESSION")


def _hresult(code: str | int) -> str:
    """In the form of the tables: "0x80040414"; what is not a number stays as it is."""
    text = str(code).strip()[:40]
    try:
        number = int(text, 16 if re.fullmatch(r"(0[xX])?[0-9a-fA-F]{8}", text) else 10)
    except ValueError:
        return text
    return f"0x{number & 0xFFFFFFFF:08X}"


# The codes that a person may have before him, alone or in a line of a log.
_QBWC_CODE = re.compile(r"\bQBWC\s?([0-9]{4})\b", re.IGNORECASE)
_HRESULT_CODE = re.compile(r"\b0x[0-9a-f]{8}\b|(?<![\w-])-214[0-9]{7}\b", re.IGNORECASE)
_STATUS_CODE = re.compile(r"status\s?code\W{1,3}([0-9]{1,5})\b", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"\s*([0-9]{1,5})\s*").fullmatch
_LOOKED_AT_MAX = 2000


def look_up(text: str) -> dict[str, Meaning]:
    """What the codes in a text mean, each under its full name: "QBWC1012", "0x80040414", "status 3180".

    A number alone may be a status code or one of the Web Connector's; it gets the meanings of both.
    """
    text = text[:_LOOKED_AT_MAX]
    connectors = [int(code) for code in _QBWC_CODE.findall(text)]
    statuses = [int(code) for code in _STATUS_CODE.findall(text)]
    if bare := _BARE_NUMBER(text):
        number = int(bare[1])
        connectors += [number] if number in QBWC else []
        statuses += [number] if number in STATUS or number not in QBWC else []
    found = {f"QBWC{code}": explain_qbwc(code) for code in connectors}
    found |= {str(meaning.code): meaning for meaning in map(explain_hresult, _HRESULT_CODE.findall(text))}
    return found | {f"status {code}": explain(code) for code in statuses}


def explain_qbwc(code: int) -> Meaning:
    """The meaning of a QBWCnnnn code, which a user reads off the Web Connector."""
    if code in QBWC:
        return Meaning(code, *QBWC[code])
    cause = "The code is not known to us."
    remedy = "In the Web Connector choose View Log, and send us the last lines."
    return Meaning(code, "Web Connector error", cause, remedy, "HUMAN")
