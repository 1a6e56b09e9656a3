"""A valid request, wrong in one place: every kind of wrong at every place that the catalogue has.

Words    mutation   one wrong document: its kind, the field that it concerns, and the text of the request
Rule     each field of the catalogue is mutated once, wherever it comes up first, since it is one and the same there
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qbwc.qbxml import build, catalogue, parse
from qbwc.qbxml.catalogue import Content, Field, Group
from qbwc.qbxml.parse import Element

from .examples import Example, attributes, available

COUNTRY = "US"
TURNS = 6
WRONG = {
    "bool": "True", "date": "2026-02-30", "datetime": "2026-02-07T14:30:00Z", "interval": "1:30", "amount": "5.0",
    "price": "1.123456", "quantity": "1,5", "percent": "6%", "float": "one", "int": "1.5", "guid": "{0F0E6B1C}",
}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    kind: str
    holder: str
    field: str
    type: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {self.holder}/{self.field} ({self.type})"


def of_requests() -> Iterator[Mutation]:
    """Every mutation of every request."""
    done: set[tuple[str, int, str]] = set()
    for name in catalogue.requests():
        facts = catalogue.request(name)
        if COUNTRY not in facts.countries:
            continue
        for full in (True, False):
            for turn in range(TURNS):
                data = Example(COUNTRY, turn, full).of(facts.fields)
                text = build.build(name, data, attributes=attributes(name))
                yield from Mutator(name, parse.tree(text), done).all(facts.fields)


class Mutator:
    """Mutates one document in place, and takes each mutation back."""

    def __init__(self, name: str, root: Element, done: set[tuple[str, int, str]]) -> None:
        self.name = name
        self.root = root
        self.done = done

    def all(self, content: Content) -> Iterator[Mutation]:
        yield from self._within(self.root, content)

    def _within(self, element: Element, content: Content) -> Iterator[Mutation]:
        yield from self._unknown(element, content)
        yield from self._swapped(element, content)
        yield from self._branches(element, content.items, content)
        for index, child in enumerate(list(element.children)):
            field = content.fields[child.tag]
            yield from self._child(element, index, child, field, content)
            if field.content is not None:
                yield from self._within(child, field.content)

    def _new(self, kind: str, content: Content, name: str) -> bool:
        key = kind, id(content), name
        new = key not in self.done
        self.done.add(key)
        return new

    def _made(self, kind: str, element: Element, field: Field | None) -> Mutation:
        name, type_ = (field.name, field.type) if field else ("", "")
        return Mutation(kind, element.tag, name, type_, parse.written(self.root))

    def _child(self, parent: Element, at: int, child: Element, field: Field, content: Content) -> Iterator[Mutation]:
        siblings = parent.children
        same = sum(other.tag == child.tag for other in siblings)
        if field.required and same == 1 and self._new("missing", content, field.name):
            del siblings[at]
            # What is required in a branch is not, where the whole choice may be left out.
            yield self._made("missing" if field in content.items else "missing in a choice", parent, field)
            siblings.insert(at, child)
        if field.most and field.name not in content.mixed and self._new("too many", content, field.name):
            more = [child] * (field.most + 1 - same)
            siblings[at:at] = more
            yield self._made("too many", parent, field)
            del siblings[at : at + len(more)]
        if field.content is not None:
            if child.children and self._new("emptied", content, field.name):
                before, child.children = child.children, []
                yield self._made("emptied", parent, field)
                child.children = before
            return
        for kind, text in self._wrong_texts(field):
            if self._new(kind, content, field.name):
                before, child.text = child.text, text
                yield self._made(kind, parent, field)
                child.text = before

    @staticmethod
    def _wrong_texts(field: Field) -> Iterator[tuple[str, str]]:
        yield "empty", ""
        if field.values:
            yield "bad enum", "Nonsense"
        elif field.type in WRONG:
            yield "wrong type", WRONG[field.type]
        elif limit := field.limit(COUNTRY):
            yield "too long", "x" * (limit + 1)
        for kind, bound, step in (("too small", field.low, -1), ("too large", field.high, 1)):
            if bound is not None:
                yield kind, str(bound + step)

    def _unknown(self, element: Element, content: Content) -> Iterator[Mutation]:
        if self._new("unknown", content, ""):
            element.children.append(Element("Nonsense", {}))
            yield self._made("unknown", element, None)
            element.children.pop()

    def _swapped(self, element: Element, content: Content) -> Iterator[Mutation]:
        children = element.children
        for at in range(len(children) - 1):
            one, two = children[at], children[at + 1]
            mixed = one.tag in content.mixed and two.tag in content.mixed
            if one.tag != two.tag and not mixed and self._new(f"swapped {one.tag}", content, two.tag):
                children[at], children[at + 1] = two, one
                yield self._made("swapped", element, content.fields[two.tag])
                children[at], children[at + 1] = one, two

    def _branches(self, element: Element, items: tuple[Field | Group, ...], content: Content) -> Iterator[Mutation]:
        """For each choice: an element of another branch, before and behind what was chosen."""
        for group in (item for item in items if isinstance(item, Group)):
            present = {child.tag for child in element.children}
            for branch in group.branches:
                yield from self._branches(element, branch, content)
            if group.kind != "choice" or group.mixes:
                continue
            for branch in group.branches:
                first = next((item for item in branch if isinstance(item, Field) and available(item, COUNTRY)), None)
                if first is None or first.name in present:
                    continue
                chosen = [
                    n for n, child in enumerate(element.children) if child.tag in {f.name for f in group.fields()}
                ]
                for kind, at in (
                    (("two branches", chosen[-1] + 1), ("two branches, reversed", chosen[0])) if chosen else ()
                ):
                    if self._new(kind, content, first.name):
                        element.children.insert(at, self._example(first))
                        yield self._made(kind, element, first)
                        del element.children[at]

    def _example(self, field: Field) -> Element:
        """The least that this element can hold."""
        value = Example(COUNTRY, 0, False)._value(field)
        one = value[0] if isinstance(value, list) else value
        if field.content is None:
            return Element(field.name, {}, [], "true" if one is True else str(one))
        steps = Example(COUNTRY, 0, False).of(field.content) or Example(COUNTRY, 0, False)._of_reference(field)
        return Element(field.name, {}, [self._example(field.content.fields[name]) for name in steps])
