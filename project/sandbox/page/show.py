"""What the page is given to show, and what it may ask for."""

from __future__ import annotations

from typing import Any

from project.sandbox.page import rows
from project.sandbox.page.plain import Refusal
from project.sandbox.page.pulse import Pulse
from project.sandbox.page.world import World


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
            "terms": self.world.desk.terms(),
            "sync": self.pulse.status(),
            "admin": self.admin_url,
            "links": self.links,
        }

    def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One edit, or a sync now. Raises Refusal."""
        act, side, record_id = (asked.get(name, "") for name in ("act", "side", "id"))
        values = asked.get("values", {})
        if not isinstance(values, dict) or not all(isinstance(each, str) for each in (act, side, record_id)):
            raise Refusal("The page knows no such thing to do.")
        if act == "sync":
            self.pulse.sync_now()
            return {"done": ""}
        return {"done": self.world.desk.do(side, act, record_id, values)}
