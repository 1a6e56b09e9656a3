"""The org's schema: objects and fields, which every other part reads and only a metadata deploy changes.

Words    sobject       one kind of record (Account)
         field         one column, with the facts that describe shows and writes are checked against
         relationship  the name under which a lookup's parent is reached (Account for AccountId)
         children      the name under which a parent reaches the records that look up to it (Contacts)
Rule     names are found whatever their case; they are answered as they were defined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

TEXT_TYPES = frozenset(
    {"string", "textarea", "picklist", "multipicklist", "phone", "url", "email", "combobox", "encryptedstring"}
)
NUMBER_TYPES = frozenset({"double", "currency", "percent"})


@dataclass(frozen=True)
class Summary:
    """What a roll-up summary field counts or adds up: the details of one master, those that pass the filters."""

    child: str
    lookup: str
    operation: str
    field: str = ""
    filters: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Field:
    name: str
    type: str
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted: bool = False
    default: Any = None
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    custom: bool = False
    calculated: bool = False
    name_field: bool = False
    reference_to: str = ""
    relationship: str = ""
    children: str = ""
    cascade: bool = False
    master: bool = False
    values: tuple[str, ...] = ()
    restricted: bool = False
    compound: str = ""
    auto_number: str = ""
    help: str = ""
    restrict: bool = False  # the parent cannot be deleted while a record points at it
    reading_master: bool = False  # a detail is written by whoever may read its master
    formula: str = ""
    default_formula: str = ""
    default_value: Any = None  # of a picklist: the choice that a new record starts with
    summary: Summary | None = None
    compute: Callable[[dict[str, Any]], Any] | None = field(default=None, compare=False, repr=False)
    compute_default: Callable[[dict[str, Any]], Any] | None = field(default=None, compare=False, repr=False)

    @property
    def required(self) -> bool:
        return not self.nillable and self.createable and not self.defaulted

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def is_long(self) -> bool:
        return self.type == "textarea" and self.length > 255

    @property
    def filterable(self) -> bool:
        return not self.is_long and self.type != "address"

    @property
    def sortable(self) -> bool:
        return self.filterable and self.type != "multipicklist"

    def value(self, row: dict[str, Any]) -> Any:
        """What a row holds of this field; a formula is worked out whenever it is looked at."""
        return row.get(self.name) if self.compute is None else self.compute(row)

    @property
    def indexed(self) -> bool:
        return self.unique or self.external_id or self.id_lookup

    @property
    def governed(self) -> bool:
        """Whether field-level security decides who sees it: custom, and neither required nor a master."""
        return self.custom and not self.required and not self.master


@dataclass
class SObject:
    name: str
    label: str
    plural: str
    prefix: str
    custom: bool = False
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    replicateable: bool = True
    mergeable: bool = False
    undeletable: bool = True
    sharing: str = "ReadWrite"
    fields: dict[str, Field] = field(default_factory=dict)

    def add(self, fields: Iterable[Field]) -> None:
        for item in fields:
            self.fields[item.name.lower()] = item

    def field(self, name: str) -> Field | None:
        return self.fields.get(name.lower())

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def by_relationship(self, name: str) -> Field | None:
        wanted = name.lower()
        return next((item for item in self if item.relationship.lower() == wanted), None) if wanted else None

    @property
    def masters(self) -> list[Field]:
        return [item for item in self if item.master]

    @property
    def name_field(self) -> Field | None:
        return next((item for item in self if item.name_field), None)


class Schema:
    def __init__(self, sobjects: Iterable[SObject]) -> None:
        self.sobjects: dict[str, SObject] = {}
        for sobject in sobjects:
            self.add(sobject)

    def add(self, sobject: SObject) -> None:
        self.sobjects[sobject.name.lower()] = sobject

    def remove(self, name: str) -> None:
        self.sobjects.pop(name.lower(), None)

    def find(self, name: str) -> SObject | None:
        return self.sobjects.get(name.lower())

    def __getitem__(self, name: str) -> SObject:
        return self.sobjects[name.lower()]

    def __iter__(self) -> Iterator[SObject]:
        return iter(self.sobjects.values())

    def by_prefix(self, prefix: str) -> SObject | None:
        return next((item for item in self if item.prefix == prefix), None)

    def lookups_to(self, name: str) -> list[tuple[SObject, Field]]:
        """Every lookup that points at this object, with the object that holds it."""
        return [(item, each) for item in self for each in item if each.reference_to == name]
