"""What qbXML allows: every request and answer of 2.0 to 14.0, reports among them, as facts.

No schema of a later version was ever published. 15.0, 16.0 and 17.0 are spoken as supersets: a document may carry
them, it is checked for what 14.0 knows, and whatever they add to an answer is read as text. What only they have cannot
be sent.

Words    field    one element: its type, limits, tokens, first version, the countries that lack it
         content  what stands inside a request or an aggregate, in the order that QuickBooks demands
         group    part of a content: a choice between branches, or a sequence that may be left out as a whole
Rule     the facts are derived by ``scripts/derive_catalogue.py`` and never edited by hand. They are loaded when first
         asked for, and every distinct field and content exists once.

The form of ``catalogue_data/catalogue.json``: ``elements``, ``contents`` and ``enums`` are numbered tables;
``requests`` and ``answers`` give the element of each name. An element is {n: name, t: type, r: 1 if required,
m: most repetitions (0: any number; absent: 1), l: longest text (a number, or one for each country), lo/hi: smallest and
largest number, v: first version, x: countries that lack it, e: enum, a: attributes, c: content}. A content is a list of
element numbers and groups; a group is [kind, required, most repetitions, branch, branch …].
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "catalogue_data" / "catalogue.json"
COUNTRIES = ("US", "CA", "UK", "AU")
OLDEST = "2.0"


class UnknownRequest(KeyError):
    """The catalogue has no request, or no answer, of this name."""

    def __str__(self) -> str:
        return f"qbXML has no request named {self.args[0]!r}"


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    type: str
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One element as it may stand at one place."""

    name: str
    type: str
    required: bool = False
    most: int = 1  # 0: any number
    limits: Mapping[str, int] = field(default_factory=dict)  # country -> longest text
    low: int | None = None
    high: int | None = None
    since: str = OLDEST
    absent: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)  # token -> first version, "" for as old as the field
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    content: Content | None = None

    @property
    def repeats(self) -> bool:
        return self.most != 1

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(country for country in COUNTRIES if country not in self.absent)

    @property
    def is_reference(self) -> bool:
        """Whether this names another record, by ListID or FullName."""
        return self.content is not None and self.name.endswith("Ref") and "FullName" in self.content.fields

    def limit(self, country: str = "US") -> int | None:
        return self.limits.get(country)


@dataclass(frozen=True, slots=True)
class Group:
    """A choice (exactly one branch, or any mixture if it repeats) or a sequence (its one branch) within a content."""

    kind: str  # "choice" or "seq"
    required: bool
    most: int
    branches: tuple[tuple[Field | Group, ...], ...]

    @property
    def mixes(self) -> bool:
        """Whether different elements may follow each other in any order, so that the order carries meaning."""
        return self.most != 1

    def fields(self) -> Iterator[Field]:
        for branch in self.branches:
            yield from _fields_of(branch)


@dataclass(frozen=True, slots=True)
class Content:
    items: tuple[Field | Group, ...]
    fields: Mapping[str, Field]
    mixed: frozenset[str]  # names that may follow each other in any order

    def find(self, path: str) -> Field | None:
        """The field at a path such as "CustomerAdd/BillAddress/City"."""
        name, _, rest = path.partition("/")
        found = self.fields.get(name)
        if found is None or not rest:
            return found
        return found.content.find(rest) if found.content else None


@dataclass(frozen=True, slots=True)
class RequestFacts:
    name: str
    since: str
    countries: tuple[str, ...]
    iterator: bool
    metadata: bool
    attributes: Mapping[str, Attribute]
    fields: Content

    def find(self, path: str) -> Field | None:
        return self.fields.find(path)


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    name: str
    fields: Content
    records: Mapping[str, Field]  # "Customer" -> what stands in a CustomerRet


def _fields_of(items: tuple[Field | Group, ...]) -> Iterator[Field]:
    for item in items:
        if isinstance(item, Field):
            yield item
        else:
            yield from item.fields()


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DATA.read_text(encoding="ascii"))
    return loaded


@cache
def _enum(number: int) -> Mapping[str, str]:
    found: dict[str, str] = _data()["enums"][number]
    return found


@cache
def _field(number: int) -> Field:
    entry = _data()["elements"][number]
    limits = entry.get("l", {})
    return Field(
        name=entry["n"],
        type=entry["t"],
        required="r" in entry,
        most=entry.get("m", 1),
        limits=limits if isinstance(limits, dict) else dict.fromkeys(COUNTRIES, limits),
        low=entry.get("lo"),
        high=entry.get("hi"),
        since=entry.get("v", OLDEST),
        absent=frozenset(entry.get("x", ())),
        values=_enum(entry["e"]) if "e" in entry else {},
        attributes={name: _attribute(name, facts) for name, facts in entry.get("a", {}).items()},
        content=_content(entry["c"]) if "c" in entry else None,
    )


def _attribute(name: str, facts: dict[str, Any]) -> Attribute:
    values = tuple(_enum(facts["e"])) if "e" in facts else ()
    return Attribute(name, facts["t"], "r" in facts, values)


@cache
def _content(number: int) -> Content:
    items = tuple(_item(item) for item in _data()["contents"][number])
    mixed: set[str] = set()
    for item in items:
        mixed |= _mixed(item)
    return Content(items, {found.name: found for found in _fields_of(items)}, frozenset(mixed))


def _item(item: Any) -> Field | Group:
    if isinstance(item, int):
        return _field(item)
    kind, required, most, *branches = item
    group = Group(kind, bool(required), most, tuple(tuple(_item(x) for x in branch) for branch in branches))
    return group if most == 1 else _repeating(group)


def _repeating(group: Group) -> Group:
    """A group that may come again and again, so that each of its elements may."""
    branches = tuple(
        tuple(replace(item, most=0) if isinstance(item, Field) else _repeating(item) for item in branch)
        for branch in group.branches
    )
    return replace(group, branches=branches)


def _mixed(item: Field | Group) -> set[str]:
    if isinstance(item, Field):
        return set()
    names = {found.name for found in item.fields()}
    if item.mixes:
        return names if len(names) > 1 else set()
    return set().union(*(_mixed(inner) for branch in item.branches for inner in branch))


def requests() -> list[str]:
    """The names of all requests: "CustomerAdd", "CustomerMod", "CustomerQuery" …"""
    return list(_data()["requests"])


def exists(name: str) -> bool:
    return name in _data()["requests"]


@cache
def request(name: str) -> RequestFacts:
    """The facts of one request ("CustomerAdd"); UnknownRequest if there is none."""
    if name not in _data()["requests"]:
        raise UnknownRequest(name)
    found = _field(_data()["requests"][name])
    return RequestFacts(
        name=name,
        since=found.since,
        countries=found.countries,
        iterator="iterator" in found.attributes,
        metadata="metaData" in found.attributes,
        attributes=found.attributes,
        fields=found.content or Content((), {}, frozenset()),
    )


@cache
def answer(name: str) -> AnswerFacts:
    """The facts of the answer to a request of this name; UnknownRequest if there is none."""
    if name not in _data()["answers"]:
        raise UnknownRequest(name)
    content = _field(_data()["answers"][name]).content or Content((), {}, frozenset())
    records = {key[:-3]: found for key, found in content.fields.items() if key.endswith("Ret")}
    return AnswerFacts(name, content, records)
