"""The words in which our package is written down: fields, objects, their pages, and who may do what.

Words    package   everything that we add to an org, with the version that the org remembers
         own       an object that the package brings, such as QB_Invoice__c; the others are the org's
         by hand   a field that people fill in; all others are the sync's
         set       a permission set: who has it sees and edits what it names
Rule     a fact is written once, in these words; the metadata's XML, the check of an org and the documentation are all
         made from them.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

# How each type of field calls itself when an object is described.
DESCRIBED = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Url": "url",
    "Picklist": "picklist",
    "Lookup": "reference",
    "MasterDetail": "reference",
}


@dataclass(frozen=True)
class CustomField:
    sobject: str
    name: str
    label: str
    type: str
    help: str
    more: Mapping[str, str] = field(default_factory=dict)  # elements of its type, in the metadata's own words
    values: tuple[str, ...] = ()  # of a picklist; no other value is taken
    by_hand: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.sobject}.{self.name}"

    @property
    def is_master(self) -> bool:
        return self.type == "MasterDetail"

    @property
    def kind(self) -> str:
        """The type as documentation writes it: Text(40), Currency(16, 2), Lookup(Account)."""
        if self.type in ("Number", "Currency", "Percent"):
            whole = int(self.more["precision"]) - int(self.more["scale"])
            return f"{self.type}({whole}, {self.more['scale']})"
        if self.type in ("Lookup", "MasterDetail"):
            return f"{self.type}({self.more['referenceTo']})"
        return f"{self.type}({self.more['length']})" if "length" in self.more else self.type


@dataclass(frozen=True)
class Filter:
    field: str
    operation: str
    value: str


@dataclass(frozen=True)
class View:
    """A list view that everybody sees who may see the object."""

    name: str
    label: str
    columns: tuple[str, ...]
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a layout: what stands on the left, and what on the right."""

    label: str
    left: tuple[str, ...]
    right: tuple[str, ...] = ()


@dataclass(frozen=True)
class Related:
    """A list of other records on a layout: the field that leads here, as Object.Field, and the columns."""

    by: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class CustomObject:
    """An object of our own. ``numbers`` is the pattern of a name that Salesforce counts up; without it, it is text."""

    name: str
    label: str
    plural: str
    about: str
    name_label: str
    sections: tuple[Section, ...]
    columns: tuple[str, ...]  # what lists and search results show beside the name
    numbers: str = ""
    sharing: str = "Read"  # everybody who may see the object sees every record; only the sync changes them
    related: tuple[Related, ...] = ()
    views: tuple[View, ...] = ()
    motif: str = ""  # the colour and icon of its tab; no tab without one

    @property
    def layout(self) -> str:
        """Salesforce makes a layout of this name with the object and gives it to everybody; ours takes its place."""
        return f"{self.name}-{self.label} Layout"


@dataclass(frozen=True)
class Rights:
    """What a set allows with the records of one object; reading always."""

    create: bool = False
    edit: bool = False
    delete: bool = False
    view_all: bool = False
    modify_all: bool = False

    def named(self) -> dict[str, bool]:
        """By the metadata's own words."""
        return {
            "allowCreate": self.create,
            "allowDelete": self.delete,
            "allowEdit": self.edit,
            "allowRead": True,
            "modifyAllRecords": self.modify_all,
            "viewAllRecords": self.view_all,
        }


@dataclass(frozen=True)
class PermissionSet:
    name: str
    label: str
    about: str
    rights: Mapping[str, Rights]
    edits_all: bool = False  # else only what is filled in by hand

    def edits(self, each: CustomField) -> bool:
        return self.edits_all or each.by_hand


@dataclass(frozen=True)
class Package:
    version: int
    objects: tuple[CustomObject, ...]
    fields: tuple[CustomField, ...]
    sets: tuple[PermissionSet, ...]
    parts: tuple[str, ...] = ()  # the optional ones among the fields, by their objects

    @property
    def own(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.objects)

    @property
    def sobjects(self) -> tuple[str, ...]:
        """Every object with a field of ours, the org's first."""
        return tuple(dict.fromkeys([each.sobject for each in self.fields] + list(self.own)))

    def fields_of(self, sobject: str) -> tuple[CustomField, ...]:
        return tuple(each for each in self.fields if each.sobject == sobject)

    @cached_property
    def by_name(self) -> Mapping[str, CustomField]:
        """Every field, as Object.Field."""
        return {each.full_name: each for each in self.fields}

    @property
    def on_standard_objects(self) -> tuple[CustomField, ...]:
        return tuple(each for each in self.fields if each.sobject not in self.own)

    @property
    def tabs(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.objects if each.motif)


class Fields:
    """Makes the fields of one object, each type with the elements that it needs."""

    def __init__(self, sobject: str) -> None:
        self.sobject = sobject

    def text(self, name: str, label: str, length: int, help: str, *, by_hand: bool = False) -> CustomField:
        return CustomField(self.sobject, name, label, "Text", help, {"length": str(length)}, by_hand=by_hand)

    def key(self, name: str, label: str, length: int, help: str) -> CustomField:
        """What keeps a record from being made twice: Salesforce itself sees to it that it is unique."""
        more = {"length": str(length), "externalId": "true", "unique": "true", "caseSensitive": "false"}
        return CustomField(self.sobject, name, label, "Text", help, more)

    def long_text(self, name: str, label: str, length: int, help: str, lines: int = 3) -> CustomField:
        more = {"length": str(length), "visibleLines": str(lines)}
        return CustomField(self.sobject, name, label, "LongTextArea", help, more)

    def money(self, name: str, label: str, help: str, *, scale: int = 2) -> CustomField:
        return CustomField(self.sobject, name, label, "Currency", help, {"precision": "18", "scale": str(scale)})

    def number(self, name: str, label: str, help: str, *, whole: int = 13, scale: int = 5) -> CustomField:
        more = {"precision": str(whole + scale), "scale": str(scale)}
        return CustomField(self.sobject, name, label, "Number", help, more)

    def percent(self, name: str, label: str, help: str) -> CustomField:
        return CustomField(self.sobject, name, label, "Percent", help, {"precision": "18", "scale": "5"})

    def checkbox(self, name: str, label: str, help: str, *, ticked: bool, by_hand: bool = False) -> CustomField:
        more = {"defaultValue": str(ticked).lower()}
        return CustomField(self.sobject, name, label, "Checkbox", help, more, by_hand=by_hand)

    def date(self, name: str, label: str, help: str, *, by_hand: bool = False) -> CustomField:
        return CustomField(self.sobject, name, label, "Date", help, by_hand=by_hand)

    def moment(self, name: str, label: str, help: str) -> CustomField:
        return CustomField(self.sobject, name, label, "DateTime", help)

    def address(self, name: str, label: str, help: str) -> CustomField:
        """The address of a page, of at most 255 characters."""
        return CustomField(self.sobject, name, label, "Url", help)

    def choice(
        self, name: str, label: str, values: tuple[str, ...], help: str, *, by_hand: bool = False
    ) -> CustomField:
        return CustomField(self.sobject, name, label, "Picklist", help, values=values, by_hand=by_hand)

    def lookup(self, name: str, label: str, to: str, children: str, children_label: str, help: str) -> CustomField:
        """A reference that is emptied when its target is deleted. ``children`` is its name on the other side."""
        more = {
            "deleteConstraint": "SetNull",
            "referenceTo": to,
            "relationshipLabel": children_label,
            "relationshipName": children,
        }
        return CustomField(self.sobject, name, label, "Lookup", help, more)

    def master(self, name: str, label: str, to: str, children: str, children_label: str, help: str) -> CustomField:
        """The record that this one is a part of, goes with, and is shared with."""
        more = {
            "referenceTo": to,
            "relationshipLabel": children_label,
            "relationshipName": children,
            "relationshipOrder": "0",
            "reparentableMasterDetail": "false",
            "writeRequiresMasterRead": "false",
        }
        return CustomField(self.sobject, name, label, "MasterDetail", help, more)
