"""Further fields of the lines of sales and documents, as the setting ``line_fields`` names them: a field of a line in
Salesforce, and an element of QuickBooks's.

Words    part     one of them: its values stand in each line under its key
Rules    1 An element that is mapped by default (Desc, ServiceDate, SalesTaxCodeRef) takes the named field instead of
           the usual one; of a document, which goes one way, both are filled.
         2 A part has a key of its own, which changes with what it means: what was agreed of the lines before says
           nothing of it.
         3 A custom field of a line only travels to Salesforce: no Mod of QuickBooks can carry one.
Pure: no Django, no I/O, no clock. Source: qbXML's …LineAdd, …LineMod and …LineRet of the four transactions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from syncapp.mapping.document_rows import Rows
from syncapp.mapping.fields import RecordMapping
from syncapp.mapping.sales import OWN
from syncapp.records import Row

CUSTOM = "custom:"
COLUMN = re.compile(r"[A-Za-z]\w*")
FIELDS_MAX = 20
# Fields of a line that the default mapping reads and writes.
USUAL = ("Quantity", "UnitPrice", "TotalPrice", "Discount", "Description", "ServiceDate", "SortOrder", "QB_Tax_Code__c")


@dataclass(frozen=True)
class Element:
    name: str
    day: bool = False
    reference: bool = False
    usual: str = ""  # the part of a line that the default mapping keeps it in
    types: tuple[str, ...] = ("Invoice", "Sales Order", "Sales Receipt", "Estimate")  # whose lines have it


ELEMENTS = {
    each.name: each
    for each in (
        Element("Desc", usual="description"),
        Element("ServiceDate", day=True, usual="service_date", types=("Invoice", "Sales Receipt")),
        Element("SalesTaxCodeRef", reference=True, usual="tax_code"),
        Element("ClassRef", reference=True),
        Element("InventorySiteRef", reference=True),
        Element("Other1"),
        Element("Other2"),
    )
}


class BadLineField(ValueError):
    """The setting makes no sense; the message names the entry, and says what to do."""


@dataclass(frozen=True)
class Part:
    column: str  # of the opportunity's product
    element: Element

    @property
    def key(self) -> str:
        digest = hashlib.sha256(f"{self.column} {self.element.name}".encode()).hexdigest()[:6]
        return f"{OWN}{self.column.lower()}_{digest}"

    @property
    def custom(self) -> str:
        """The custom field's name, if it is one."""
        return self.element.name.removeprefix(CUSTOM) if self.element.name.startswith(CUSTOM) else ""


@dataclass(frozen=True)
class LineFields:
    parts: tuple[Part, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(each.column for each in self.parts)

    @property
    def replaced(self) -> frozenset[str]:
        """Parts of a line that the default mapping no longer fills."""
        return frozenset(each.element.usual for each in self.parts if each.element.usual)

    @property
    def reads_custom(self) -> bool:
        return any(each.custom for each in self.parts)

    def line(self, usual: Row, own: Mapping[str, Any]) -> dict[str, Any]:
        """A line as read: without what was replaced, and with the parts that it holds."""
        kept = {name: value for name, value in usual.items() if name not in self.replaced}
        return {**kept, **{key: value for key, value in own.items() if value not in (None, "")}}

    def mapping(self, default: RecordMapping) -> RecordMapping:
        """The mapping whose lines are compared with the parts."""
        if not self.parts:
            return default
        fields = [replace(f, codec=self._codec(f.codec)) if f.name == "lines" else f for f in default.fields]
        return replace(default, fields=tuple(fields))

    def _codec(self, codec: Any) -> Rows:
        days = [each.key for each in self.parts if each.element.day]
        texts = [each.key for each in self.parts if not each.element.day]
        replaced = self.replaced if codec.merges else ()  # one element may fill two fields, where nothing goes back
        kept_days = [name for name in codec.days if name not in replaced]
        kept_texts = [name for name in codec.texts if name not in replaced]
        found: Rows = replace(codec, days=(*kept_days, *days), texts=(*kept_texts, *texts))
        return found


NONE = LineFields()


def of(settings: Mapping[str, Any]) -> LineFields:
    """Those of a flow's settings. Raises BadLineField."""
    given = settings.get("line_fields")
    return _remembered(tuple(given.items())) if given else NONE


@lru_cache(maxsize=256)
def _remembered(given: tuple[tuple[str, str], ...]) -> LineFields:
    return read(dict(given))


def read(given: Mapping[str, Any]) -> LineFields:
    """Raises BadLineField."""
    if len(given) > FIELDS_MAX:
        raise BadLineField(f"line_fields has {len(given)} entries; {FIELDS_MAX} are allowed.")
    parts = tuple(Part(column, _element(column, name)) for column, name in given.items())
    names = [each.element.name.casefold() for each in parts]
    if twice := next((each for each in parts if names.count(each.element.name.casefold()) > 1), None):
        raise BadLineField(f"line_fields names {twice.element.name} twice. Leave it to one field.")
    return LineFields(parts)


def _element(column: str, name: Any) -> Element:
    if not COLUMN.fullmatch(column):
        raise BadLineField(f"line_fields.{column}: name a field of the lines in Salesforce, such as Class__c.")
    if column in USUAL:
        raise BadLineField(f"line_fields.{column}: the lines' own {column} is mapped already. Choose another field.")
    known = ", ".join(ELEMENTS)
    if isinstance(name, str) and re.fullmatch(rf"{CUSTOM}[^\]]{{1,31}}", name):
        return Element(name)
    if not isinstance(name, str) or name not in ELEMENTS:
        may = f"it may be {known}; or custom: and a custom field's name, which only travels to Salesforce"
        raise BadLineField(f"line_fields.{column} is “{name}”, but {may}.")
    return ELEMENTS[name]


def problem(settings: Mapping[str, Any]) -> str:
    """Why the setting makes no sense; or nothing."""
    try:
        read(settings["line_fields"])
    except BadLineField as bad:
        return str(bad)
    return ""
