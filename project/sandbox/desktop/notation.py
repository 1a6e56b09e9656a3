"""The notation in which rules_data/ writes down what a request or an answer may hold, and in which order.

Name            an optional element of text            Name!       it must be there
Name*           any number of times    Name*8  at most eight times    Name+  at least once
Name/41         at most 41 characters  Name/US3.CA6.UK6  where countries differ
Name@12.0       since qbXML 12.0       Name^US.CA  in files of these countries only
Name:amount     of that type (values.py)               Name:enum[A|B]   one of these tokens
Name{ … }       an aggregate with children in this order
XRef:ref/31     short for XRef{ListID:id FullName/31}
Name:int>1<12   a number from 1 to 12
Name~def        may carry the attribute defMacro       Name~use    or useMacro in place of a text
?( a | b c )    at most one of the branches            !( a | b )  exactly one
*( A | B )      any number of A and B, mixed           +( A | B )  at least one
$word           the fragment of that name

What a mixture holds keeps its order: it is read, kept and written as ``LINES``, a list of (name, value).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

Version = tuple[int, int]

_ELEMENT = re.compile(
    r"(?P<name>[A-Za-z]\w*)(?P<must>!)?(?P<many>\+|\*\d*)?(?::(?P<kind>[a-z]+)(?:\[(?P<options>[^\]]*)\])?)?"
    r"(?:>(?P<floor>-?\d+))?(?:<(?P<ceiling>\d+))?(?:/(?P<limit>[A-Z\d.]+))?(?:@(?P<since>\d+\.\d+))?"
    r"(?:\^(?P<countries>[A-Z.]+))?(?:~(?P<macro>def|use))?(?P<open>\{)?"
)
# The key under which the lines of a transaction stand where several kinds of them are mixed.
LINES = "lines"
_FRAGMENT = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Element:
    name: str
    kind: str = "text"
    least: int = 0
    most: int = 1
    limit: int = 0
    limits: Mapping[str, int] = field(default_factory=dict)  # by country, where they differ
    since: Version = (1, 0)
    countries: tuple[str, ...] = ()  # none: all
    options: tuple[str, ...] = ()
    floor: int | None = None
    ceiling: int | None = None
    macro: str = ""  # the attribute that it may carry
    inner: Content | None = None

    @property
    def repeats(self) -> bool:
        return self.most > 1


@dataclass(frozen=True)
class Choice:
    branches: tuple[Content, ...]
    must: bool
    mixed: bool = False

    def branch(self, name: str | None) -> Content | None:
        """The one that begins with this element."""
        return next((each for each in self.branches if name in each.beginnings), None)


@dataclass(frozen=True)
class Content:
    """A sequence of elements and choices: what stands inside one element."""

    parts: tuple[Element | Choice, ...]

    @cached_property
    def by_name(self) -> dict[str, Element]:
        """Every element that can stand here, whichever branch it belongs to."""
        found: dict[str, Element] = {}
        for part in self.parts:
            if isinstance(part, Element):
                found.setdefault(part.name, part)
            else:
                for branch in part.branches:
                    for name, element in branch.by_name.items():
                        found.setdefault(name, element)
        return found

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The names that it can begin with."""
        found: set[str] = set()
        for part in self.parts:
            if isinstance(part, Element):
                found.add(part.name)
                must = part.least > 0
            else:
                found.update(*(branch.beginnings for branch in part.branches))
                must = part.must
            if must:
                break
        return frozenset(found)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        return tuple(self.by_name.values())


MANY = 1_000_000


def version(text: str) -> Version:
    major, _, minor = text.partition(".")
    return int(major), int(minor or 0)


def compile_content(text: str, fragments: Mapping[str, str]) -> Content:
    """Read the notation; a mistake in it is a ValueError that shows the place."""
    while _FRAGMENT.search(text):
        text = _FRAGMENT.sub(lambda found: fragments[found.group(1)], text)
    content, at = _sequence(text, 0)
    if text[at:].strip():
        raise ValueError(f"The rule ends too early, before: {text[at : at + 40]!r}")
    return content


def _sequence(text: str, at: int) -> tuple[Content, int]:
    parts: list[Element | Choice] = []
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in "|)}":
            break
        elif text[at : at + 2] in ("?(", "!(", "*(", "+("):
            choice, at = _choice(text, at)
            parts.append(choice)
        else:
            element, at = _element(text, at)
            parts.append(element)
    return Content(tuple(parts)), at


def _choice(text: str, at: int) -> tuple[Choice, int]:
    must, mixed = text[at] in "!+", text[at] in "*+"
    at += 2
    branches: list[Content] = []
    while True:
        branch, at = _sequence(text, at)
        branches.append(branch)
        if at >= len(text) or text[at] == "}":
            raise ValueError(f"A choice is not closed before: {text[at : at + 40]!r}")
        at += 1
        if text[at - 1] == ")":
            return Choice(tuple(branches), must, mixed), at


def _element(text: str, at: int) -> tuple[Element, int]:
    found = _ELEMENT.match(text, at)
    if found is None:
        raise ValueError(f"No element can be read at: {text[at : at + 40]!r}")
    at = found.end()
    inner = None
    kind = found["kind"] or "text"
    limit, limits = _limits(found["limit"] or "0")
    if found["open"]:
        inner, at = _sequence(text, at)
        if text[at : at + 1] != "}":
            raise ValueError(f"{found['name']} is not closed before: {text[at : at + 40]!r}")
        at, kind = at + 1, "aggregate"
    elif kind == "ref":
        inner = Content((Element("ListID", kind="id"), Element("FullName", limit=limit, limits=limits)))
    many = found["many"] or ""
    element = Element(
        name=found["name"],
        kind=kind,
        least=1 if found["must"] or many == "+" else 0,
        most=int(many[1:]) if many[1:] else MANY if many else 1,
        limit=limit,
        limits=limits,
        since=version(found["since"]) if found["since"] else (1, 0),
        countries=tuple(found["countries"].split(".")) if found["countries"] else (),
        options=tuple(found["options"].split("|")) if found["options"] else (),
        floor=int(found["floor"]) if found["floor"] else None,
        ceiling=int(found["ceiling"]) if found["ceiling"] else None,
        macro=f"{found['macro']}Macro" if found["macro"] else "",
        inner=inner,
    )
    return element, at


def _limits(text: str) -> tuple[int, dict[str, int]]:
    """One length for all, or (the largest and) one for each country."""
    if text.isdigit():
        return int(text), {}
    limits = {each[:2]: int(each[2:]) for each in text.split(".")}
    return max(limits.values()), limits
