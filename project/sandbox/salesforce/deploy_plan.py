"""The schema as it would be after a deployment: what the judges of single components look at.

Words    coming    fields that the package brings, by object; they are judged against each other before any is installed
         leaving   full names of what the package removes
         pages     layouts, list views and tabs: kept by full name, with what they refer to
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .formula import World
from .metadata import Package
from .schema import Field, SObject
from .state import OrgState
from .store import Row


@dataclass(frozen=True)
class Page:
    """A layout, list view or tab: its object, and the fields that it shows."""

    kind: str
    name: str
    sobject: str
    label: str = ""
    fields: tuple[str, ...] = ()
    scope: str = ""


@dataclass
class Plan:
    org: OrgState
    user_id: str
    options: dict[str, Any]
    package: Package = field(default_factory=lambda: Package({}))
    objects: dict[str, SObject] = field(default_factory=dict)
    coming: dict[str, list[Field]] = field(default_factory=dict)
    tabs: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    finish: list[Callable[[], None]] = field(default_factory=list)  # once everything is installed

    def field(self, sobject: SObject | None, name: str) -> Field | None:
        """A field by its name, whatever its case, as it would be after the deployment."""
        if sobject is None or f"{sobject.name}.{name}" in self.leaving:
            return None
        coming = {item.name.lower(): item for item in self.coming.get(sobject.name, ())}
        return coming.get(name.lower()) or sobject.field(name)

    def fields(self, sobject: SObject) -> list[Field]:
        found = {item.name: item for item in sobject if f"{sobject.name}.{item.name}" not in self.leaving}
        found |= {item.name: item for item in self.coming.get(sobject.name, ())}
        return list(found.values())

    def world(self) -> World:
        org = self.org

        def row(name: str, record_id: str | None) -> Row | None:
            return org.tables[name].get(record_id) if name in org.tables else None

        def read(sobject: str, name: str, here: Row) -> Any:
            kind = org.schema.find(sobject)
            item = kind.field(name) if kind else None
            return item.value(here) if item else None

        return World(self.objects.get, self.field, self.fields, row, read, org.now)
