"""What the page is given to show, and what it may ask for."""

from __future__ import annotations

from typing import Any

from project.sandbox.page import rows
from project.sandbox.page.papers import DOCUMENTS, METHODS, REFUND
from project.sandbox.page.plain import Refusal
from project.sandbox.page.pulse import Pulse
from project.sandbox.page.wares import NEW_ITEMS
from project.sandbox.page.world import World

NEVER_ON_LINES = ("San Mateo", "Deposit Received")  # the sales tax, and what stands for a payment


class Show:
    def __init__(self, world: World, pulse: Pulse, admin_url: str) -> None:
        self.world, self.pulse, self.admin_url = world, pulse, admin_url
        self.links = {
            "admin": rows.admin_path("index"),
            # The demo has one pair, so that everybody's history is the pair's.
            "history": rows.admin_path("syncapp_historyentry_changelist") or rows.admin_path("index"),
        }

    def state(self) -> dict[str, Any]:
        found = rows.rows(self.world.desk, self.world.pair)
        return {
            "rows": found,
            "counts": rows.counts(found),
            "choices": self._choices(found),
            "sync": self.pulse.status(),
            "admin": self.admin_url,
            "links": self.links,
        }

    def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One edit, or a sync now. Raises Refusal."""
        act, side, record_id = (asked.get(name, "") for name in ("act", "side", "id"))
        values, kind = asked.get("values", {}), asked.get("kind", "customer")
        if not isinstance(values, dict) or not all(isinstance(each, str) for each in (act, side, record_id, kind)):
            raise Refusal("The page knows no such thing to do.")
        if act == "sync":
            self.pulse.sync_now()
            return {"done": ""}
        return {"done": self.world.desk.do(side, act, record_id, values, kind)}

    def _choices(self, found: list[dict[str, Any]]) -> dict[str, list[str]]:
        """What may be chosen in a form, by the form's own words."""
        held = {
            (part, side): [row[side] for row in found if row["part"] == part and row[side]]
            for part in ("customer", "item")
            for side in ("salesforce", "quickbooks")
        }
        customers = (f"{c['parent']}:{c['name']}" if c["parent"] else c["name"] for c in held["customer", "quickbooks"])
        active = [each["name"] for each in held["item", "quickbooks"] if each["active"]]
        return {
            "terms": self.world.desk.terms(),
            "accounts": sorted({each["name"] for each in held["customer", "salesforce"]}),
            "customers": sorted(customers),
            "products": sorted(each["name"] for each in held["item", "salesforce"] if each["active"]),
            "items": sorted(name for name in active if name not in NEVER_ON_LINES),
            "deals": ["Invoice", "Sales Order", "Sales Receipt", "Estimate"],
            "documents": [words for kind, words in DOCUMENTS.items() if kind != REFUND],
            "types": list(NEW_ITEMS),
            "methods": list(METHODS),
        }
