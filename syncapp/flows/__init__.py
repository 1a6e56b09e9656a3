"""The flows, in order of need: the product's table of contents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncapp.flows import contacts, customers, documents, items, payments, price_levels, quantities, sales
from syncapp.flows.base import Active, Flow
from syncapp.mapping.abilities import ALL, Abilities
from syncapp.mapping.fields import RecordMapping

_ALL = (
    *(customers.FLOW, contacts.FLOW, items.FLOW, quantities.FLOW, price_levels.FLOW, sales.FLOW),
    *documents.FLOWS,
    *payments.FLOWS,
)
FLOWS: dict[str, Flow] = {flow.kind: flow for flow in _ALL}
# How a settings file names each flow.
NAMES: dict[str, str] = {
    "customers": "customer",
    "contacts": "contact",
    "items": "item",
    "quantities": "stock",
    "price_levels": "price_level",
    "sales": "sale",
    **documents.NAMES,
    **payments.NAMES,
}


def settings_of(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All flows' settings with the defaults, by kind; ``given`` is what a pair stores. Raises BadSetting."""
    return {kind: flow.complete(given.get(kind, {})) for kind, flow in FLOWS.items()}


def active(given: Mapping[str, Any], abilities: Abilities = ALL) -> list[Active]:
    """The flows that are on, in order; ``abilities`` are QuickBooks's. Raises BadSetting."""
    return [Active(FLOWS[kind], chosen, abilities) for kind, chosen in settings_of(given).items() if chosen["on"]]


def mapping_of(given: Mapping[str, Any], kind: str) -> RecordMapping:
    """The field mapping of a kind that holds for a pair; ``given`` is what the pair stores. Raises BadSetting."""
    flow = FLOWS[kind]
    return flow.mapping_for(flow.complete(given.get(kind, {})))


def kinds_on(given: Mapping[str, Any]) -> list[str]:
    return [one.kind for one in active(given)]
