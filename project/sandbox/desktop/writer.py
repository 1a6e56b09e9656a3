"""The text of an answer, as QuickBooks prints it.

One element per line, no indentation, LF; only elements that have a value, in the order of the rule; nothing newer
than the declared version; what is not ASCII as numeric references, and the five predefined entities.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .notation import Content, Version

_SPECIAL = re.compile("[&<>\"'\x80-\U0010ffff]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
HEAD = '<?xml version="1.0" ?>\n<QBXML>\n'
TAIL = "</QBXML>\n"


def escape(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _NAMED.get(found[0]) or f"&#{ord(found[0])};", text)


def ret(name: str, content: Content, values: Mapping[str, Any], version: Version, only: Collection[str] = ()) -> str:
    """One XxxRet; ``only`` is what IncludeRetElement named (empty: everything)."""
    lines = [f"<{name}>"]
    _inside(lines, content, values, version, only)
    lines.append(f"</{name}>\n")
    return "\n".join(lines)


def inner(content: Content, values: Mapping[str, Any], version: Version, only: Collection[str] = ()) -> str:
    """The elements alone, for answers without a Ret around them (ListDelRs)."""
    lines: list[str] = []
    _inside(lines, content, values, version, only)
    return "".join(f"{line}\n" for line in lines)


def _inside(
    lines: list[str], content: Content, values: Mapping[str, Any], version: Version, only: Collection[str]
) -> None:
    for element in content.elements:
        name = element.name
        value = values.get(name)
        if not value or element.since > version or (only and name not in only):
            continue
        for each in value if isinstance(value, list) else (value,):
            if element.inner is None:
                lines.append(f"<{name}>{escape(each)}</{name}>")
            elif each:
                lines.append(f"<{name}>")
                _inside(lines, element.inner, each, version, ())
                lines.append(f"</{name}>")


def element(name: str, attributes: Iterable[tuple[str, str]], body: str) -> str:
    head = name + "".join(f' {key}="{escape(value)}"' for key, value in attributes)
    return f"<{head}>\n{body}</{name}>\n" if body else f"<{head} />\n"


def document(attributes: Iterable[tuple[str, str]], answers: Iterable[str]) -> str:
    return HEAD + element("QBXMLMsgsRs", attributes, "".join(answers)) + TAIL
