"""Documents made from the rules of the sandbox: the least that a request may hold, and the most."""

from __future__ import annotations

import random
from collections.abc import Iterator

from lxml import etree

from project.sandbox.desktop.notation import Choice, Content, Element

SAMPLES = {
    "bool": "true",
    "date": "2026-02-03",
    "moment": "2026-02-03T10:00:00-08:00",
    "interval": "PT1H30M",
    "amount": "1.00",
    "price": "1.5",
    "quantity": "2",
    "percent": "1.5",
    "float": "1.25",
    "int": "1",
    "guid": "0",
    "id": "80000001-1",
}
# One country, and the newest version: what the rules hold for US files.
COUNTRY = "US"


def least(content: Content) -> str:
    return "".join(_part(part, most=False, take=0) for part in content.parts)


def most(content: Content, take: int = 0) -> str:
    """Everything at once; ``take`` says which branch of each choice."""
    return "".join(_part(part, most=True, take=take) for part in content.parts)


def branches(content: Content) -> int:
    """How many fillings it takes to see every branch."""
    return max((each for each in _branches(content)), default=1)


def _branches(content: Content) -> Iterator[int]:
    for part in content.parts:
        if isinstance(part, Choice):
            yield len(part.branches)
            for branch in part.branches:
                yield from _branches(branch)
        elif part.inner is not None:
            yield from _branches(part.inner)


def _part(part: Element | Choice, most: bool, take: int) -> str:
    if isinstance(part, Element):
        return _element(part, most, take) if most or part.least else ""
    if not most and not part.must:
        return ""
    if part.mixed and most:
        # Both kinds, twice, so that the order matters.
        return "".join(_filled(branch, most, take) for branch in (*part.branches, *part.branches))
    return _filled(part.branches[take % len(part.branches)], most, take)


def _filled(content: Content, most: bool, take: int) -> str:
    return "".join(_part(part, most, take) for part in content.parts)


def _element(element: Element, most: bool, take: int) -> str:
    if element.countries and COUNTRY not in element.countries:
        return ""
    one = f"<{element.name}>{_value(element, most, take)}</{element.name}>"
    return one * min(element.most, 2) if most else one


def _value(element: Element, most: bool, take: int) -> str:
    if element.inner is not None:
        return _filled(element.inner, most, take)
    if element.options:
        return element.options[take % len(element.options)] if most else element.options[0]
    if element.kind == "text":
        return "x" * (element.limits.get(COUNTRY, element.limit) or 1) if most else "x"
    return str(element.ceiling) if most and element.ceiling else SAMPLES[element.kind]


def mutated(root: etree._Element, chance: random.Random) -> str:
    """One thing in the requests is moved, doubled, removed, misspelt or filled with nonsense; says what."""
    nodes = [node for node in root[0].iter() if isinstance(node.tag, str)][2:]
    if not nodes:
        etree.SubElement(root[0][0], "Inner").text = "1"
        return "bury in the request"
    node = chance.choice(nodes)
    parent = node.getparent()
    assert parent is not None
    act = chance.choice(["move", "double", "remove", "rename", "text", "attribute", "long", "bury"])
    if act == "move":
        parent.insert(chance.randint(0, len(parent)), node)
    elif act == "double":
        parent.insert(parent.index(node), etree.fromstring(etree.tostring(node)))
    elif act == "remove":
        parent.remove(node)
    elif act == "rename":
        node.tag += "X"
    elif act == "text":
        node.text = "non sense!"
    elif act == "attribute":
        node.set("colour", "red")
    elif act == "long":
        node.text = "x" * 5000
    else:
        etree.SubElement(node, "Inner").text = "1"
    return f"{act} {node.tag} in {parent.tag}"
