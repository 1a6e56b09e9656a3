"""Runs: every cycle and preview, with its plan and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display

from qbwc.admin_base import QuickAdmin
from syncapp.admin.base import (
    OPERATION_COLOURS,
    RUN_COLOURS,
    PairFilter,
    badge,
    moment,
    number,
    said,
    short,
)
from syncapp.models import Operation, Run
from syncapp.oversight import GROUPS, Tally
from syncapp.records import Side

# Of a run's operations on its page; the list of operations has them all.
SHOWN_MAX = 200


@admin.register(Run)
class RunAdmin(QuickAdmin):
    list_display = (moment("started_at", "Started"), "pair", "trigger", "state_", "duration", "opened", "message_")
    list_select_related = ("pair",)
    list_filter = (PairFilter, "state")
    heavy = ("plan",)
    nothing_yet = "The first run comes by the schedule of a pair, or with “Sync now” or “Preview” on the pair's page."
    fields = (
        "pair",
        "trigger",
        "state_shown",
        moment("started_at", "Started"),
        "duration",
        "opened",
        "counted",
        "message",
    )
    readonly_fields = fields
    change_form_after_template = "syncapp/admin/run_plan.html"

    @display(description="State", label=RUN_COLOURS)
    def state_(self, run: Run) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @display(description="State")
    def state_shown(self, run: Run) -> SafeString:
        return badge(run.get_state_display(), RUN_COLOURS[Run.State(run.state)])

    @display(description="Took")
    def duration(self, run: Run) -> str:
        if run.finished_at is None:
            return "—"
        seconds = (run.finished_at - run.started_at).total_seconds()
        return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"

    @display(description="Changes begun", empty_value="—")
    def opened(self, run: Run) -> str:
        found = run.counts.get("opened", {})
        return ", ".join(f"{found[side.value]} in {side.label}" for side in Side if found.get(side.value))

    @display(description="Afterwards", empty_value="—")
    def counted(self, run: Run) -> str:
        lines = []
        for kind, states in (run.counts.get("links") or {}).items():
            tally = Tally(kind, states)
            lines.append(f"{tally.label}: " + ", ".join(f"{tally.group(name)} {name}" for name in GROUPS))
        return "; ".join(lines)

    @display(description="Message")
    def message_(self, run: Run) -> str:
        return short(run.message)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        run = Run.objects.filter(pk=number(object_id)).first()
        if run is not None:
            extra_context = {**(extra_context or {}), **plan_of(run)}
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return response


def plan_of(run: Run) -> dict[str, Any]:
    """The rows of the plan, or of what the run began."""
    operations = Operation.objects.filter(run=run).select_related("link").defer("basis", "link__base")
    return {
        "plan": [_planned(row) for row in run.plan],
        "operations": [
            {"operation": operation, "colour": OPERATION_COLOURS.get(operation.state, "default")}
            for operation in operations[:SHOWN_MAX]
        ],
    }


def _planned(row: dict[str, Any]) -> dict[str, Any]:
    did = []
    if row.get("match"):
        did.append(f"Link to {row['match']}, because {row.get('how')}")
    if row.get("verb"):
        did.append(row["verb"].capitalize())
    if row.get("cannot"):
        did.append(f"Nothing: {row['cannot']}")
    return {
        "link": row["link"],
        "name": row["name"] or f"{row['kind']} {row['link']}",
        "kind": row["kind"],
        "side": Side(row["side"]).label if row.get("side") else "—",
        "what": "; ".join(did),
        "values": [(label, said(value)) for label, value in row.get("values", {}).items()],
    }
