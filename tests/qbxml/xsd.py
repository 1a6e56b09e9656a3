"""Intuit's schema read anew, by other means than the derivation: what may stand inside each element, flat.

Rule     only what the catalogue must agree with: the order of the names, required, repeats, types, tokens, lengths
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
FILES = ("qbxmltypes130.xsd", "qbxml130.xsd", "qbxmlso130.xsd", "qbxmlops130.xsd")


@dataclass
class Declared:
    name: str
    required: bool  # within its branch
    most: int  # 0: any number
    base: str = ""  # the primitive type's name
    tokens: list[str] = field(default_factory=list)
    length: int | None = None
    inner: etree._Element | None = None  # its complex type
    attributes: dict[str, bool] = field(default_factory=dict)  # name -> required


class Xsd:
    def __init__(self, folder: Path) -> None:
        self.globals: dict[tuple[str, str], etree._Element] = {}
        for name in FILES:
            for item in etree.parse(str(folder / name)).getroot().iterchildren(tag=etree.Element):
                self.globals[etree.QName(item).localname, item.get("name", "")] = item

    def message(self, name: str) -> Declared:
        return self.declared(self.globals["element", "QBXMLMsgsRq" if name.endswith("Rq") else "QBXMLMsgsRs"], name)

    def declared(self, message_set: etree._Element, name: str) -> Declared:
        return next(found for found in self.below(message_set.find(f"{XS}complexType")) if found.name == name)

    def messages(self, message_set: str) -> list[str]:
        whole = self.globals["element", message_set].find(f"{XS}complexType")
        return list(dict.fromkeys(found.name for found in self.below(whole)))

    def below(self, kind: etree._Element | None) -> Iterator[Declared]:
        """The elements that a complex type allows, in the document's order, groups and choices laid flat."""
        for item in kind if kind is not None else ():
            tag = etree.QName(item).localname if isinstance(item.tag, str) else ""
            if item.get("maxOccurs") == "0" or not tag:
                continue
            if tag == "element":
                yield self._element(item)
            elif tag == "group":
                yield from self._repeating(item, self.below(self.globals["group", item.get("ref")]))
            elif tag in ("sequence", "choice"):
                yield from self._repeating(item, self.below(item))

    @staticmethod
    def _repeating(holder: etree._Element, found: Iterator[Declared]) -> Iterator[Declared]:
        for declared in found:
            if holder.get("maxOccurs", "1") != "1":
                declared.most = 0
            yield declared

    def _element(self, item: etree._Element) -> Declared:
        target = self.globals["element", item.get("ref")] if item.get("ref") else item
        most = item.get("maxOccurs", "1")
        found = Declared(target.get("name"), item.get("minOccurs") != "0", 0 if most == "unbounded" else int(most))
        named = target.get("type")
        complex_type = self.globals.get(("complexType", named)) if named else target.find(f"{XS}complexType")
        if complex_type is not None:
            simple = complex_type.find(f"{XS}simpleContent/{XS}extension")
            holder = complex_type if simple is None else simple
            uses = {a.get("name"): a.get("use") == "required" for a in holder.findall(f"{XS}attribute")}
            found.attributes = uses
            if simple is None:
                found.inner = complex_type
            else:
                self._simple(simple.get("base"), None, found)
        else:
            self._simple(named, target.find(f"{XS}simpleType"), found)
        return found

    def _simple(self, named: str | None, own: etree._Element | None, found: Declared) -> None:
        """Down the restrictions to the primitive type, the innermost facet winning."""
        kind = own if own is not None else self.globals.get(("simpleType", named or ""))
        restriction = kind.find(f"{XS}restriction") if kind is not None else None
        if named and (named.isupper() or restriction is None):
            found.base = named
            return
        assert restriction is not None
        found.tokens = found.tokens or [e.get("value") for e in restriction.findall(f"{XS}enumeration")]
        length = restriction.find(f"{XS}maxLength")
        if found.length is None and length is not None:
            found.length = int(length.get("value"))
        self._simple(restriction.get("base"), None, found)
