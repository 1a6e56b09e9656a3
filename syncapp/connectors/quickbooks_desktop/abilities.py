"""What a company's QuickBooks cannot take, of what it told of itself (qbwc.facts), in neutral words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from qbwc import facts
from syncapp.mapping.abilities import Abilities
from syncapp.mapping.items import UNITS
from syncapp.mapping.sales import CLASSES, SALES_TAX, TYPES

HOME = {"US": "USD", "CA": "CAD", "UK": "GBP"}
# What stands for a feature: a request of no matter which kind, with an element that needs it.
FEATURES = {CLASSES: "<ClassRef>", SALES_TAX: "<ItemSalesTaxRef>", UNITS: "<UnitOfMeasureSetRef>"}


def abilities(known: Mapping[str, Any], country: str, home: str = "") -> Abilities:
    """``home``: the company's own currency, where the settings say that it is another than its edition's."""
    home = home or HOME.get(country, "")
    lacks = {each: facts.refusal(f"{each.replace(' ', '')}Add", "", known) for each in TYPES}
    lacks |= {name: facts.refusal("InvoiceAdd", element, known) for name, element in FEATURES.items()}
    several = known.get("preferences", {}).get("multi_currency")
    closed = str(known.get("closing_date") or "")
    return Abilities(
        lacks={name: why for name, why in lacks.items() if why},
        closed_until=date.fromisoformat(closed[:10]) if closed else None,
        currency=home if several is False else "",
        home=home if several else "",
    )
