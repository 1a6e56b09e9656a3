"""Derive the rules of the QuickBooks Desktop sandbox from Intuit's schema files of the free QuickBooks SDK.

    python scripts/derive_sandbox_rules.py ../shared/qbxml

This is the sandbox's own reading. It shares nothing with the product's catalogue, so that each can judge the other.

Words    schema   the XSD of qbXML 13.0: order, repetition, choices, types, tokens
         sample   the "sample data" files: first version, countries and lengths, as the remark beside each element
         node     an element, or a choice (without a name), of the tree that is built from both
Rule     only facts go into the result (names, order, numbers, tokens), in the notation that
         ``project/sandbox/desktop/notation.py`` explains. What is in no Desktop edition of the US, Canada and the UK is
         left out, and so are reports and subscriptions.
"""

from __future__ import annotations

import argparse
import re
import sys
import tarfile
import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

XSD = "{http://www.w3.org/2001/XMLSchema}"
TARGET = Path(__file__).resolve().parents[1] / "project" / "sandbox" / "desktop" / "rules_data"
ALL = ("US", "CA", "UK")
EDITIONS = {"QBD": "US", "QBCA": "CA", "QBUK": "UK"}
KINDS = {
    "STRTYPE": "", "IDTYPE": "id", "BOOLTYPE": "bool", "DATETYPE": "date", "DATETIMETYPE": "moment",
    "TIMEINTERVALTYPE": "interval", "AMTTYPE": "amount", "PRICETYPE": "price", "QUANTYPE": "quantity",
    "PERCENTTYPE": "percent", "FLOATTYPE": "float", "INTTYPE": "int", "GUIDTYPE": "guid", "ENUMTYPE": "",
}  # fmt: skip
# The sample of 5.0 holds messages that were never released; it counts for the attribute "iterator" alone.
SAMPLES = ("20", "30", "40", "41", "60", "70", "80", "100", "110", "120", "130")
NEWEST = "130"
FRAGMENT_LENGTH_MIN = 30

Version = tuple[int, int]
Where = tuple[str, ...]
FIRST: Version = (1, 0)


@dataclass
class Remark:
    since: Version = FIRST
    countries: tuple[str, ...] = ALL
    limits: dict[str, int] = field(default_factory=dict)
    floor: int | None = None


@dataclass
class Node:
    name: str = ""
    sign: str = ""
    kind: str = ""
    options: tuple[str, ...] = ()
    range: tuple[str, str] = ("", "")
    limit: str = ""
    since: str = ""
    countries: str = ""
    macro: str = ""
    inner: list[Node] | None = None
    branches: list[list[Node]] = field(default_factory=list)
    optional: bool = False


def read_remark(text: str) -> Remark:
    """ "opt, max length = 3 for QBD|QBCA|QBUK, not in QBOE, v4.0" as data."""
    found = Remark()
    if since := re.search(r"\bv(\d+)\.(\d+)", text):
        found.since = int(since[1]), int(since[2])
    for missing in re.findall(r"not in ([A-Z|]+)", text):
        absent = {EDITIONS.get(each) for each in missing.split("|")}
        found.countries = tuple(each for each in found.countries if each not in absent)
    for length, editions in re.findall(r"max length = (\d+)(?: for ([A-Z|]+))?", text):
        countries = {EDITIONS.get(each, "") for each in editions.split("|")} if editions else set(ALL)
        found.limits |= {country: int(length) for country in countries if country in ALL}
    if floor := re.search(r"min value = (-?\d+)", text):
        found.floor = int(floor[1])
    return found


class Sample:
    """The remarks of one sample file by place; an element that stands twice in its parent has two."""

    def __init__(self, text: bytes) -> None:
        self.remarks: dict[Where, list[Remark]] = {}
        self.attributes: dict[str, set[str]] = {}
        root: Any = etree.fromstring(text, etree.XMLParser(huge_tree=True))
        beside: dict[int, str] = {node.sourceline: node.text or "" for node in root.iter(etree.Comment)}
        for messages in root:
            if isinstance(messages.tag, str) and messages.tag in ("QBXMLMsgsRq", "QBXMLMsgsRs"):
                for message in messages.iterchildren(tag=etree.Element):
                    self.attributes.setdefault(message.tag, set(message.attrib))
                    self._walk(message, (), beside)

    def _walk(self, node: Any, above: Where, beside: dict[int, str], group: Remark | None = None) -> None:
        where = (*above, node.tag)
        remark = read_remark(beside.get(node.sourceline, ""))
        if group is not None:
            remark.since = max(remark.since, group.since)
            remark.countries = tuple(each for each in remark.countries if each in group.countries)
        self.remarks.setdefault(where, []).append(remark)
        groups = [Remark()]
        for child in node:
            if child.tag is etree.Comment:
                if "BEGIN OR" in child.text:
                    inner = read_remark(child.text.partition("BEGIN OR")[0])
                    inner.since = max(inner.since, groups[-1].since)
                    groups.append(inner)
                elif "END OR" in child.text:
                    groups.pop()
            elif isinstance(child.tag, str):
                self._walk(child, where, beside, groups[-1])


class Samples:
    """All of them, for what one alone does not tell."""

    def __init__(self, folder: Path) -> None:
        with tarfile.open(folder / "qbxmlops.tar.xz") as archive:
            files = {name: archive.extractfile(f"qbxmlops{name}.xml") for name in (*SAMPLES, "50")}
            self.read = {name: Sample(file.read()) for name, file in files.items() if file is not None}

    def remark(self, where: Where, occurrence: int) -> Remark | None:
        found = self.read[NEWEST].remarks.get(where)
        if found is None:
            return None
        remark = found[min(occurrence, len(found) - 1)]
        if remark.since == FIRST:
            remark.since = self._first(where)
        return remark

    def _first(self, where: Where) -> Version:
        """The oldest sample that holds it; the oldest of all tells nothing."""
        oldest = next(name for name in SAMPLES if where in self.read[name].remarks)
        return FIRST if oldest == SAMPLES[0] else (int(oldest[:-1]), int(oldest[-1]))

    def attribute(self, message: str, name: str) -> Version:
        holders = [each for each in ("50", *SAMPLES) if name in self.read[each].attributes.get(message, ())]
        return min(((int(each[:-1]), int(each[-1])) for each in holders), default=FIRST)


class Schema:
    """The XSD, as trees of nodes with what the samples add."""

    def __init__(self, folder: Path, samples: Samples) -> None:
        self.samples = samples
        self.types: dict[str, Any] = {}
        self.elements: dict[str, Any] = {}
        self.groups: dict[str, Any] = {}
        for name in ("qbxmlops130", "qbxml130", "qbxmltypes130"):
            for node in etree.parse(folder / f"{name}.xsd").getroot().iterchildren(tag=etree.Element):
                kinds = {"complexType": self.types, "element": self.elements, "group": self.groups}
                kinds.get(node.tag.removeprefix(XSD), {})[str(node.get("name"))] = node

    def messages(self, which: str) -> list[str]:
        names = [node.get("name") for node in self.elements[f"QBXMLMsgs{which}"].iterfind(f".//{XSD}element")]
        return [name.removesuffix(which) for name in names]

    def has_attribute(self, message: str, name: str) -> bool:
        return any(node.get("name") == name for node in self.types[f"{message}Type"].iterchildren(f"{XSD}attribute"))

    def content(self, message: str, since: Version, countries: tuple[str, ...]) -> list[Node]:
        return self._content(self.types[f"{message}Type"], (message,), Counter(), since, countries)

    def elements_of(self, message: str) -> list[str]:
        """The names at the top of a message."""
        return [node.get("ref") or node.get("name") for node in self.types[f"{message}Type"].iter(f"{XSD}element")]

    def element(self, name: str, above: Where) -> Node | None:
        return self._element(self.elements[name], None, above, Counter(), FIRST, ALL)

    def _content(
        self, holder: Any, where: Where, seen: Counter[str], since: Version, countries: tuple[str, ...]
    ) -> list[Node]:
        """The nodes of a sequence, a group or a complex type."""
        parts = holder.iterchildren(tag=etree.Element)
        return [node for part in parts for node in self._part(part, where, seen, since, countries)]

    def _part(self, part: Any, *place: Any) -> list[Node]:
        tag = part.tag.removeprefix(XSD)
        if tag == "sequence":
            return self._content(part, *place)
        if tag == "group":
            return self._content(self.groups[part.get("ref")], *place)
        if tag == "choice":
            return self._choice(part, *place)
        if tag == "element":
            node = self._element(self.elements[part.get("ref")] if part.get("ref") else part, part, *place)
            return [node] if node is not None else []
        return []

    def _choice(
        self, part: Any, where: Where, seen: Counter[str], since: Version, countries: tuple[str, ...]
    ) -> list[Node]:
        branches = []
        for branch in part.iterchildren(tag=etree.Element):
            nodes = self._part(branch, where, seen, since, countries)
            optional = branch.get("minOccurs") == "0" and branch.get("maxOccurs") != "unbounded"
            branches.append((nodes, optional or all(node.optional for node in nodes)))
        kept = [(nodes, optional) for nodes, optional in branches if nodes]
        if not kept:
            return []
        may_lack = part.get("minOccurs") == "0" or any(optional for _, optional in kept)
        many = part.get("maxOccurs") == "unbounded"
        sign = ("*" if may_lack else "+") if many else ("?" if may_lack else "!")
        return [Node(sign=sign, branches=[nodes for nodes, _ in kept], optional=may_lack)]

    def _element(
        self, target: Any, part: Any, above: Where, seen: Counter[str], since: Version, countries: tuple[str, ...]
    ) -> Node | None:
        name = str(target.get("name"))
        remark = self.samples.remark((*above, name), seen[name])
        seen[name] += 1
        if remark is None or not (here := tuple(each for each in countries if each in remark.countries)):
            return None
        node = Node(name=name, sign=_sign(part), optional=part is not None and part.get("minOccurs") == "0")
        if remark.since > since:
            node.since = f"{remark.since[0]}.{remark.since[1]}"
        if here != countries:
            node.countries = ".".join(here)
        complex_type = target.find(f"{XSD}complexType")
        if complex_type is not None and complex_type.find(f"{XSD}simpleContent") is None:
            node.inner = self._content(complex_type, (*above, name), Counter(), max(since, remark.since), here)
            node.macro = "def" * (complex_type.find(f"{XSD}attribute") is not None)
        else:
            node.macro = "use" * (complex_type is not None)
            _simple(node, target, remark, here)
        return node


def _sign(part: Any) -> str:
    if part is None:
        return "!"
    least, most = part.get("minOccurs", "1"), part.get("maxOccurs", "1")
    if most == "1":
        return "!" if least == "1" else ""
    return "+" if least == "1" else "*" if most == "unbounded" else f"*{most}"


def _simple(node: Node, target: Any, remark: Remark, countries: tuple[str, ...]) -> None:
    """The type of a text, its tokens, limits and lengths."""
    restriction = target.find(f"{XSD}simpleType/{XSD}restriction")
    if restriction is None:
        restriction = target.find(f"{XSD}complexType/{XSD}simpleContent/{XSD}extension")
    base = target.get("type") or restriction.get("base")
    node.kind = KINDS[base]
    facets: dict[str, list[str]] = {}
    for facet in restriction if restriction is not None else ():
        facets.setdefault(facet.tag.removeprefix(XSD), []).append(facet.get("value"))
    node.options = tuple(facets.get("enumeration", ()))
    floor = facets.get("minInclusive", [""])[0] or ("" if remark.floor is None else str(remark.floor))
    node.range = (floor, facets.get("maxInclusive", [""])[0])
    if base != "STRTYPE":
        return
    widest = int(facets.get("maxLength", ["0"])[0])
    limits = {each: min(remark.limits.get(each, widest), widest or sys.maxsize) for each in countries}
    if len(set(limits.values())) > 1:
        node.limit = ".".join(f"{country}{limit}" for country, limit in limits.items())
    else:
        node.limit = str(limits[countries[0]] or "")


# Writing -------------------------------------------------------------------------------


class Writer:
    """Nodes as text; what occurs more than once gets a name."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()
        self.names: dict[str, str] = {}
        self.fragments: dict[str, str] = {}
        self.counting = True

    def sequence(self, nodes: Iterable[Node]) -> str:
        return " ".join(self.choice(node) if node.branches else self.element(node) for node in nodes)

    def choice(self, node: Node) -> str:
        return self._short(
            _plain([node]),
            f"or_{node.branches[0][0].name or node.branches[0][0].sign}".rstrip("?!*+"),
            lambda: self._branches(node),
        )

    def _branches(self, node: Node) -> str:
        return node.sign + "(" + " | ".join(self.sequence(branch) for branch in node.branches) + ")"

    def element(self, node: Node) -> str:
        if node.options:
            tokens = "|".join(node.options)
            return _head(node, f"enum[{self._short(tokens, f'{node.name}_tokens', lambda: tokens)}]")
        if node.inner is None or _is_reference(node.inner):
            return _plain([node])
        inner = node.inner
        if len(inner) == 1 and inner[0].branches:  # the choice gets a name of its own
            return _head(node) + "{" + self.choice(inner[0]) + "}"
        return _head(node) + "{" + self._short(_plain(inner), node.name, lambda: self.sequence(inner)) + "}"

    def _short(self, plain: str, name: str, write: Any) -> str:
        """The text itself, or the name of the fragment that holds it."""
        self.used[plain] += self.counting
        if self.counting or self.used[plain] < 2 or len(plain) < FRAGMENT_LENGTH_MIN:
            return str(write())
        if plain not in self.names:
            taken = sum(known.rstrip("0123456789") == name.rstrip("0123456789") for known in self.fragments)
            self.names[plain] = fragment = f"{name}{taken + 1}" if taken else name
            self.fragments[fragment] = ""
            self.fragments[fragment] = str(write())
        return f"${self.names[plain]}"


def _is_reference(inner: list[Node]) -> bool:
    bare = not any(node.since or node.countries or node.sign for node in inner)
    return bare and [node.name for node in inner] == ["ListID", "FullName"]


def _head(node: Node, kind: str = "", limit: str = "") -> str:
    parts = [node.name, node.sign, f":{kind}" if kind else ""]
    parts += [f">{node.range[0]}" if node.range[0] else "", f"<{node.range[1]}" if node.range[1] else ""]
    parts += [f"/{limit}" if limit else "", f"@{node.since}" if node.since else ""]
    parts += [f"^{node.countries}" if node.countries else "", f"~{node.macro}" if node.macro else ""]
    return "".join(parts)


def _plain(nodes: Iterable[Node]) -> str:
    """Without fragments."""
    found = []
    for node in nodes:
        if node.branches:
            found.append(node.sign + "(" + " | ".join(_plain(branch) for branch in node.branches) + ")")
        elif node.inner is None:
            kind = f"enum[{'|'.join(node.options)}]" if node.options else node.kind
            found.append(_head(node, kind, node.limit))
        elif _is_reference(node.inner):
            found.append(_head(node, "ref", node.inner[1].limit))
        else:
            found.append(_head(node) + "{" + _plain(node.inner) + "}")
    return " ".join(found)


def derive(folder: Path) -> dict[str, str]:
    """The files of the result by name."""
    schema = Schema(folder, samples := Samples(folder))
    requests: dict[str, tuple[str, list[Node]]] = {}
    rets: dict[str, list[Node]] = {}
    for name in schema.messages("Rq"):
        remark = samples.remark((f"{name}Rq",), 0)
        if remark is None or not remark.countries or name.endswith("ReportQuery"):
            continue
        answers = []
        for top in schema.elements_of(f"{name}Rs"):
            if top.endswith("Ret") and (node := schema.element(top, (f"{name}Rs",))) is not None:
                answers.append(top.removesuffix("Ret"))
                rets.setdefault(answers[-1], node.inner or [])
        if not answers and (body := schema.content(f"{name}Rs", FIRST, ALL)):
            rets.setdefault(name, body)
        words = [f"{remark.since[0]}.{remark.since[1]}"]
        words += [f"^{'.'.join(remark.countries)}"] if remark.countries != ALL else []
        for ability in ("metaData", "iterator"):
            if schema.has_attribute(f"{name}Rq", ability):
                since = samples.attribute(f"{name}Rq", ability)
                words.append(f"{ability}@{since[0]}.{since[1]}" if since > remark.since else ability)
        words += ["->", *answers] if answers else []
        requests[name] = (" ".join(words), schema.content(f"{name}Rq", remark.since, remark.countries))
    return _files(requests, rets)


def _files(requests: dict[str, tuple[str, list[Node]]], rets: dict[str, list[Node]]) -> dict[str, str]:
    writer = Writer()
    for writer.counting in (True, False):
        asked = [(f"{name} {head}", writer.sequence(nodes)) for name, (head, nodes) in requests.items()]
        given = [(name, writer.sequence(nodes)) for name, nodes in rets.items()]
    parts = {"requests": asked, "rets": given, "fragments": sorted(writer.fragments.items())}
    return {f"{name}.txt": "".join(map(_block, entries)) for name, entries in parts.items()}


def _block(entry: tuple[str, str]) -> str:
    head, text = entry
    wrapped = textwrap.wrap(text, 112, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{line}\n" for line in [head, *(f"    {line}" for line in wrapped)])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder with the schema and the archive of samples")
    for name, text in derive(parser.parse_args().folder).items():
        (TARGET / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(text)} characters\n")


if __name__ == "__main__":
    main()
