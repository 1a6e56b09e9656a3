"""Derive the catalogue of qbXML facts from Intuit's schema files, which come with the free QuickBooks SDK.

    python scripts/derive_catalogue.py ../shared/qbxml

Words    schema   the XSD of qbXML 13.0: structure, order, types, enumerations
         sample   the "sample data" files of 2.0 to 14.0: first version, limits and countries of every element
         node     one element or one group of the tree that is built from both, as plain lists and dicts
Rule     only facts go into the result (names, order, numbers, tokens): no comments, no schema text. The result is
         ``qbwc/qbxml/catalogue_data/catalogue.json``; its form is told in ``qbwc/qbxml/catalogue.py``.

The sample of 5.0 holds messages that were never released and that of 9.0 is missing, so a first version is taken from
the remark beside an element, and only without a remark from the first sample that holds the element.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
TARGET = Path(__file__).resolve().parents[1] / "qbwc" / "qbxml" / "catalogue_data" / "catalogue.json"
COUNTRIES = {"QBD": "US", "QBCA": "CA", "QBUK": "UK", "QBAU": "AU"}
TYPES = {
    "STRTYPE": "str", "IDTYPE": "id", "BOOLTYPE": "bool", "DATETYPE": "date", "DATETIMETYPE": "datetime",
    "TIMEINTERVALTYPE": "interval", "AMTTYPE": "amount", "PRICETYPE": "price", "QUANTYPE": "quantity",
    "PERCENTTYPE": "percent", "FLOATTYPE": "float", "INTTYPE": "int", "GUIDTYPE": "guid", "ENUMTYPE": "enum",
    "UUIDTYPE": "str", "MACROTYPE": "str",
}  # fmt: skip
SAMPLES = ["20", "30", "40", "41", "60", "70", "80", "100", "110", "120", "130", "140"]

Node = dict[str, Any]
Path_ = tuple[str, ...]


class Sample:
    """What one sample file says about every element: path below the message set -> facts."""

    LINE = re.compile(r"\s*<(/?)([A-Za-z]\w*)[^<>]*?(/?)>\s*(?:([^<>]*?)</\2>)?\s*(?:<!--(.*?)-->)?\s*$")
    VALUES = re.compile(r"<!--\s*(\w+) m(?:ay|ust) have one of the following values: (.*?)\s*-->")

    def __init__(self, text: str) -> None:
        self.facts: dict[Path_, Node] = {}
        self._stack: list[str] = []
        self._groups: list[str] = []
        self._values: dict[str, list[str]] = {}
        for line in text.splitlines():
            if line.strip().startswith("<!--"):
                self._remark(line)
            elif line.strip() and not line.strip().startswith("<?"):
                self._element(line)

    def _remark(self, line: str) -> None:
        if found := self.VALUES.search(line):
            tokens = re.sub(r"\[[^\]]*\]", "", found[2]).split(",")
            self._values[found[1]] = [token.strip() for token in tokens]
        elif "BEGIN OR" in line:
            version = re.search(r"v(\d+\.\d+)", line.split("BEGIN OR")[0])
            self._groups.append(version[1] if version else "")
        elif "END OR" in line:
            self._groups.pop()

    def _element(self, line: str) -> None:
        found = self.LINE.match(line)
        if found is None:
            raise SystemExit(f"cannot read this line of the sample: {line}")
        close, name, empty, text, remark = found.groups()
        if close:
            self._stack.pop()
            return
        facts = self._facts_of(remark or "")
        if facts.get("since") is None and (since := next((v for v in reversed(self._groups) if v), "")):
            facts["since"] = since
        if text in TYPES:
            facts["type"] = TYPES[text]
        if name in self._values:
            facts["values"] = self._values.pop(name)
        self.facts[(*self._stack[2:], name)] = facts
        if not empty and text is None:
            self._stack.append(name)

    @staticmethod
    def _facts_of(remark: str) -> Node:
        facts: Node = {"limits": {}}
        absent = re.search(r"not in ([A-Z|]+)", remark)
        facts["absent"] = {COUNTRIES[x] for x in absent[1].split("|") if x in COUNTRIES} if absent else set()
        for number, where in re.findall(r"max length = (\d+)(?: for ([A-Z|]+))?", remark):
            for edition in (where or "|".join(COUNTRIES)).split("|"):
                if edition in COUNTRIES:
                    facts["limits"][COUNTRIES[edition]] = int(number)
        for key, word in (("min", "min value"), ("max", "max value")):
            if found := re.search(rf"{word} = (-?\d+)", remark):
                facts[key] = int(found[1])
        if found := re.search(r"\bv(\d+\.\d+)", remark):
            facts["since"] = found[1]
        return facts


class Schema:
    """The XSD files as a tree of nodes: an element node has a name, a group node has ``choice`` or ``seq``."""

    def __init__(self, folder: Path) -> None:
        self.named: dict[tuple[str, str], Any] = {}
        for file in ("qbxmltypes130.xsd", "qbxml130.xsd", "qbxmlso130.xsd", "qbxmlops130.xsd"):
            item: Any
            for item in etree.parse(str(folder / file)).getroot().iterchildren(tag=etree.Element):
                if item.get("name"):
                    self.named[(item.tag.removeprefix(XS), item.get("name"))] = item

    def messages(self, name: str) -> Iterator[Any]:
        """The element declarations that a message set may hold (QBXMLMsgsRq or QBXMLMsgsRs)."""
        return self.named[("element", name)].iter(XS + "element")

    def element(self, item: Any) -> Node:
        low, high = self._occurs(item)
        declared: Any = self.named[("element", item.get("ref"))] if item.get("ref") else item
        node: Node = {"name": declared.get("name"), "required": low > 0, "many": high}
        node.update(self._content(declared))
        return node

    @staticmethod
    def _occurs(item: Any) -> tuple[int, int]:
        high = item.get("maxOccurs", "1")
        return int(item.get("minOccurs", "1")), 0 if high == "unbounded" else int(high)

    def _content(self, declared: Any) -> Node:
        named: str = declared.get("type", "")
        kind: Any = next((child for child in declared if child.tag in (XS + "complexType", XS + "simpleType")), None)
        if named and ("complexType", named) in self.named:
            return self._complex(self.named[("complexType", named)])
        if named:
            return self._simple_named(named)
        return self._complex(kind) if kind.tag == XS + "complexType" else self._simple(kind)

    def _simple_named(self, name: str) -> Node:
        if name in TYPES:
            return {"type": TYPES[name]}
        return self._simple(self.named[("simpleType", name)])

    def _simple(self, kind: Any) -> Node:
        restriction = kind.find(XS + "restriction")
        facts = self._simple_named(restriction.get("base"))
        values = [entry.get("value") for entry in restriction.iter(XS + "enumeration")]
        if values:
            facts["values"] = values
        for key, tag in (("length", "maxLength"), ("min", "minInclusive"), ("max", "maxInclusive")):
            if (found := restriction.find(XS + tag)) is not None:
                facts[key] = int(found.get("value"))
        return facts

    def _complex(self, kind: Any) -> Node:
        extension = kind.find(f"{XS}simpleContent/{XS}extension")
        if extension is not None:
            return {**self._simple_named(extension.get("base")), "attributes": self._attributes(extension)}
        return {"type": "aggregate", "items": self._items(kind), "attributes": self._attributes(kind)}

    def _attributes(self, holder: Any) -> Node:
        found: Node = {}
        for item in holder.findall(XS + "attribute"):
            facts = self._content(item)
            if item.get("use") == "required":
                facts["required"] = True
            found[item.get("name")] = facts
        return found

    def _items(self, holder: Any) -> list[Node]:
        items: list[Node] = []
        for child in holder:
            if child.tag == XS + "element" and child.get("maxOccurs") != "0":
                items.append(self.element(child))
            elif child.tag == XS + "group":
                items += self._group(child, self._items(self.named[("group", child.get("ref"))]), "seq")
            elif child.tag == XS + "sequence":
                items += self._group(child, self._items(child), "seq")
            elif child.tag == XS + "choice" and child.get("maxOccurs") != "0":
                items += self._group(child, self._branches(child), "choice")
        return items

    def _branches(self, choice: Any) -> list[list[Node]]:
        return [items for child in choice if child.tag != etree.Comment and (items := self._items_of_one(child))]

    def _items_of_one(self, child: Any) -> list[Node]:
        holder = etree.Element("holder")
        holder.append(etree.fromstring(etree.tostring(child)))
        return self._items(holder)

    def _group(self, holder: Any, items: list[Any], kind: str) -> list[Node]:
        low, high = self._occurs(holder)
        if not items:
            return []
        if kind == "seq" and (low, high) == (1, 1):
            return items
        return [{kind: items, "required": low > 0, "many": high}]


class Merge:
    """Lay the facts of the samples over the tree of the schema."""

    def __init__(self, samples: dict[str, Sample]) -> None:
        self.samples = samples
        self.newest = samples["130"]
        self.unknown: list[Path_] = []

    def message(self, node: Node) -> Node | None:
        return self._element(node, (), "2.0")

    def _items(self, items: list[Node], path: Path_, since: str) -> list[Node]:
        return [merged for item in items if (merged := self._item(item, path, since)) is not None]

    def _item(self, node: Node, path: Path_, since: str) -> Node | None:
        if "name" in node:
            return self._element(node, path, since)
        if "seq" in node:
            items = self._items(node["seq"], path, since)
            return {**node, "seq": items} if items else None
        branches = [merged for branch in node["choice"] if (merged := self._items(branch, path, since))]
        return {**node, "choice": branches} if branches else None

    def _element(self, node: Node, above: Path_, since: str) -> Node | None:
        path = (*above, node["name"])
        facts = self.newest.facts.get(path)
        if facts is None:
            self.unknown.append(path)
            facts = {"limits": {}, "absent": set(COUNTRIES.values()) if above else set()}
        if len(facts["absent"]) == len(COUNTRIES):
            return None
        own = facts.get("since") or self._first_seen(path, above)
        result = {key: value for key, value in node.items() if value not in ({}, None)}
        if float(own) > float(since):
            result["since"] = own
        if facts["absent"]:
            result["absent"] = sorted(facts["absent"])
        result.update(self._limits(node, facts))
        if "values" in node:
            result["values"] = self._values(node["values"], path, own)
        if "items" in node:
            items = self._items(node["items"], path, max(own, since, key=float))
            result["items"] = self._with_newer(items, path)
        return result

    def _with_newer(self, items: list[Node], path: Path_) -> list[Node]:
        """The items, and before the element that follows it each optional element that only 14.0 has."""
        names = [below[-1] for below in self.samples["140"].facts if below[:-1] == path]
        for at, name in enumerate(names[:-1]):
            below = (*path, name)
            if below not in self.newest.facts:
                place = next(i for i, item in enumerate(items) if item.get("name") == names[at + 1])
                kind = self.samples["140"].facts[below]["type"]
                items.insert(place, {"name": name, "type": kind, "required": False, "many": 1, "since": "14.0"})
        return items

    def _first_seen(self, path: Path_, above: Path_) -> str:
        """The first sample that holds the element, unless what is around it is just as old."""
        first = next(name for name, sample in self.samples.items() if path in sample.facts)
        around = next((name for name, sample in self.samples.items() if above in sample.facts), "20")
        return "2.0" if first == around and above else f"{int(first) / 10:.1f}"

    def _values(self, values: list[str], path: Path_, since: str) -> dict[str, str]:
        """Each token with the first version that knows it, where that is later than the element's own."""
        found = {}
        for token in values:
            first = next((n for n, s in self.samples.items() if token in s.facts.get(path, {}).get("values", ())), "20")
            version = f"{int(first) / 10:.1f}"
            found[token] = version if float(version) > float(since) and first != self._first_listed(path) else ""
        listed = self.samples["140"].facts.get(path, {}).get("values", ())
        older = self.newest.facts.get(path, {}).get("values", ())
        return found | dict.fromkeys((token for token in listed if token not in older and token not in found), "14.0")

    def _first_listed(self, path: Path_) -> str:
        return next((name for name, sample in self.samples.items() if sample.facts.get(path, {}).get("values")), "")

    @staticmethod
    def _limits(node: Node, facts: Node) -> Node:
        found: Node = {}
        limits: dict[str, int] = facts["limits"]
        ceiling = node.get("length")
        if limits:
            present = [country for country in COUNTRIES.values() if country not in facts["absent"]]
            # The schema's lengths are those of the US, where the samples have numbers of their own for the others.
            kept = {country: n for country in present if (n := limits.get(country, ceiling))}
            if "US" in kept:
                kept["US"] = min(kept["US"], ceiling or kept["US"])
            found["length"] = next(iter(kept.values())) if len(set(kept.values())) == 1 else kept
        for key in ("min", "max"):
            if key in facts:
                found[key] = facts[key]
        return found


class Pack:
    """Write every distinct element and every distinct content once, and name it by its number."""

    def __init__(self) -> None:
        self.elements: dict[str, int] = {}
        self.contents: dict[str, int] = {}
        self.enums: dict[str, int] = {}

    def number(self, table: dict[str, int], value: Any) -> int:
        return table.setdefault(json.dumps(value, separators=(",", ":")), len(table))

    def content(self, items: list[Node]) -> int:
        return self.number(self.contents, [self._item(item) for item in items])

    def _item(self, node: Node) -> Any:
        if "name" in node:
            return self.element(node)
        kind = "seq" if "seq" in node else "choice"
        body = node[kind] if kind == "choice" else [node[kind]]
        return [kind, int(node["required"]), node["many"], *([self._item(x) for x in branch] for branch in body)]

    def element(self, node: Node) -> int:
        entry: Node = {"n": node["name"], "t": node["type"]}
        if node["required"]:
            entry["r"] = 1
        if node["many"] != 1:
            entry["m"] = node["many"]
        for key, short in (("length", "l"), ("min", "lo"), ("max", "hi"), ("since", "v"), ("absent", "x")):
            if key in node:
                entry[short] = node[key]
        if "values" in node:
            entry["e"] = self.number(self.enums, node["values"])
        if node.get("attributes"):
            entry["a"] = {name: self._attribute(facts) for name, facts in node["attributes"].items()}
        if "items" in node:
            entry["c"] = self.content(node["items"])
        return self.number(self.elements, entry)

    def _attribute(self, facts: Node) -> Node:
        values = {"e": self.number(self.enums, dict.fromkeys(facts["values"], ""))} if "values" in facts else {}
        required = {"r": 1} if facts.get("required") else {}
        return {"t": facts["type"], **values, **required}

    @staticmethod
    def listed(table: dict[str, int]) -> list[Any]:
        return [json.loads(text) for text in table]


def read_samples(folder: Path) -> dict[str, Sample]:
    samples = {}
    with tarfile.open(folder / "qbxmlops.tar.xz") as archive:
        members = {Path(member.name).name: member for member in archive.getmembers()}
        for name in SAMPLES:
            file = archive.extractfile(members[f"qbxmlops{name}.xml"])
            assert file is not None
            samples[name] = Sample(file.read().decode("latin-1"))
    return samples


def derive(folder: Path) -> tuple[Node, list[Path_]]:
    schema, merge, pack = Schema(folder), Merge(read_samples(folder)), Pack()
    result: Node = {}
    for part, message_set in (("requests", "QBXMLMsgsRq"), ("answers", "QBXMLMsgsRs")):
        found: dict[str, int] = {}
        for item in schema.messages(message_set):
            if item.get("name") == message_set:
                continue
            node = merge.message(schema.element(item))
            if node is not None:
                found[node["name"][:-2]] = pack.element({**node, "required": False, "many": 1})
        result[part] = found
    tables = {"elements": pack.elements, "contents": pack.contents, "enums": pack.enums}
    return {**{name: pack.listed(table) for name, table in tables.items()}, **result}, merge.unknown


def main() -> int:
    parser = argparse.ArgumentParser(description="Derive the catalogue of qbXML facts from Intuit's schema files.")
    parser.add_argument("folder", type=Path, help="holds qbxmlops130.xsd, its parts, and qbxmlops.tar.xz")
    parser.add_argument("--unknown", action="store_true", help="list what the schema has and no sample names")
    given = parser.parse_args()
    catalogue, unknown = derive(given.folder)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(catalogue, separators=(",", ":")) + "\n", encoding="ascii")
    sizes = {name: len(part) for name, part in catalogue.items()}
    sys.stdout.write(f"{TARGET.name}: {TARGET.stat().st_size} bytes, {sizes}\n")
    if given.unknown:
        sys.stdout.writelines("/".join(path) + "\n" for path in unknown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
