"""How qbXML is spelt: character references outwards, and the keys of the plain shape that are no element names."""

from __future__ import annotations

ORDER = "#order"  # the names of mixed elements (lines and line groups) in their order
TEXT = "#text"  # the text of an element that also has attributes


def escape(value: str) -> str:
    """Element text in ASCII: what is not, and what XML gives a meaning, as character references."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value if value.isascii() else value.encode("ascii", "xmlcharrefreplace").decode("ascii")


def quote(value: str) -> str:
    """An attribute's value in ASCII, with its quotes."""
    escaped = escape(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{escaped}"'
