"""The document around the requests.

Rule     requests go in as they are, byte for byte: QuickBooks knows a repeated message set by its id and content.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .build import REQUEST_ID_LENGTH_MAX, VERSION
from .errors import BadRequest, shown
from .markup import quote

# The Programmer's Guide says 24, an older reference 23; 20 is safe with both.
MESSAGE_SET_ID_LENGTH_MAX = 20
ON_ERROR = ("stopOnError", "continueOnError")  # the schema also has rollbackOnError, which QuickBooks Desktop refuses
RESPONSE_DATA = ("includeAll", "includeNone")

_START = re.compile(r"""\s*<([A-Za-z]\w*Rq)((?:\s+\w+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>""")
_REQUEST_ID = re.compile(r"""\s+requestID\s*=\s*(?:"[^"]*"|'[^']*')""")
_MESSAGE_SET_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{MESSAGE_SET_ID_LENGTH_MAX}}}").fullmatch


def document(
    requests: Sequence[str],
    *,
    version: str = "13.0",
    on_error: str = "continueOnError",
    new_message_set_id: str = "",
    old_message_set_id: str = "",
    response_data: str = "",
) -> str:
    """The document that carries these requests, in their order; with ids and without requests it asks for a status."""
    if not VERSION(version):
        raise BadRequest("qbxml", "version", version, f"{shown(version)} is not a version of qbXML")
    if on_error not in ON_ERROR:
        raise BadRequest("@onError", "attribute", on_error, f"{shown(on_error)} is not one of {', '.join(ON_ERROR)}")
    if response_data and response_data not in RESPONSE_DATA:
        message = f"{shown(response_data)} is not one of {', '.join(RESPONSE_DATA)}"
        raise BadRequest("@responseData", "attribute", response_data, message)
    attributes = f' onError="{on_error}"'
    for name, value in (("newMessageSetID", new_message_set_id), ("oldMessageSetID", old_message_set_id)):
        if value:
            attributes += f' {name}="{_message_set_id(name, value)}"'
    if response_data:
        attributes += f' responseData="{response_data}"'
    inner = "\n".join(("", *requests, ""))
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="{version}"?>\n'
        f"<QBXML>\n<QBXMLMsgsRq{attributes}>{inner}</QBXMLMsgsRq>\n</QBXML>\n"
    )


def _message_set_id(name: str, value: str) -> str:
    if not _MESSAGE_SET_ID(value):
        message = f"a message set id has 1 to {MESSAGE_SET_ID_LENGTH_MAX} letters and digits, not {shown(value)}"
        raise BadRequest(f"@{name}", "format", value, message)
    return value


def with_request_id(rq_text: str, request_id: str) -> str:
    """The request with this requestID on its start tag, in place of any other; the rest stays as it is."""
    found = _START.match(rq_text)
    if found is None:
        raise BadRequest("", "well-formed", rq_text, "this does not begin with the start tag of a request")
    if len(request_id) > REQUEST_ID_LENGTH_MAX:
        raise BadRequest(
            "@requestID", "length", request_id, f"a requestID has at most {REQUEST_ID_LENGTH_MAX} characters"
        )
    others = _REQUEST_ID.sub("", found[2])
    identified = f" requestID={quote(request_id)}" if request_id else ""
    return f"<{found[1]}{identified}{others}{found[3]}>{rq_text[found.end() :]}"
