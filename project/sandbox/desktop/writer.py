"""The text of an answer, as QuickBooks prints it.

One element per line, no indentation, LF; only elements that have a value, in the order of the rule; nothing newer
than the declared version; what is not ASCII as numeric references, and the five predefined entities.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .notation import LINES, Content, Element, Version

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
    for part in content.parts:
        if isinstance(part, Element):
            value = values.get(part.name)
            if value and part.since <= version and (not only or part.name in only):
                for each in value if isinstance(value, list) else (value,):
                    _element(lines, part, each, version)
        elif part.mixed:
            for name, value in values.get(LINES, ()):
                branch = part.branch(name)
                if branch is not None and (not only or name in only):
                    _element(lines, branch.by_name[name], value, version)
        else:
            for branch in part.branches:
                _inside(lines, branch, values, version, only)


def _element(lines: list[str], element: Element, value: Any, version: Version) -> None:
    name = element.name
    if element.inner is None:
        lines.append(f"<{name}>{escape(value)}</{name}>")
    elif value:
        lines.append(f"<{name}>")
        _inside(lines, element.inner, value, version, ())
        lines.append(f"</{name}>")


def element(name: str, attributes: Iterable[tuple[str, str]], body: str) -> str:
    head = name + "".join(f' {key}="{escape(value)}"' for key, value in attributes)
    return f"<{head}>\n{body}</{name}>\n" if body else f"<{head} />\n"


def document(attributes: Iterable[tuple[str, str]], answers: Iterable[str]) -> str:
    return HEAD + element("QBXMLMsgsRs", attributes, "".join(answers)) + TAIL
