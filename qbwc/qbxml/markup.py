"""How qbXML is spelt: character references outwards, and the keys of the plain shape that are no element names."""

from __future__ import annotations

import re

from .errors import BadRequest

ORDER = "#order"  # the names of mixed elements (lines and line groups) in their order
TEXT = "#text"  # the text of an element that also has attributes


_ILLEGAL = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search


def escape(value: str) -> str:
    """Element text in ASCII: what is not, and what XML gives a meaning, as character references."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value if value.isascii() else value.encode("ascii", "xmlcharrefreplace").decode("ascii")


def quote(value: str) -> str:
    """An attribute's value in ASCII, with its quotes; BadRequest if it holds what XML cannot."""
    if _ILLEGAL(value):
        raise BadRequest("", "characters", value, "an attribute holds a character that XML forbids")
    escaped = escape(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{escaped}"'
