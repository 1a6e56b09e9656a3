"""Bulk jobs: how large listings and loads travelled, each with its state, its numbers and what went wrong."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from qbwc.admin_base import QuickAdmin
from syncapp.admin.base import moment, short
from syncapp.models import BulkJob
from syncapp.oversight import plural

COLOURS = {
    BulkJob.State.MADE: "info",
    BulkJob.State.UPLOADED: "info",
    BulkJob.State.UNDER_WAY: "info",
    BulkJob.State.DONE: "success",
    BulkJob.State.FAILED: "danger",
    BulkJob.State.ABORTED: "warning",
}


@admin.register(BulkJob)
class BulkJobAdmin(QuickAdmin):
    list_display = (
        *(moment("made_at", "Made"), "company_key", "what", "state_"),
        *("rows", "failed", "took", "calls", "message_"),
    )
    list_filter = ("state", "way")
    search_fields = ("job_id",)
    search_help_text = "The whole id of a job"
    heavy = ("notes",)
    nothing_yet = "Very large listings and loads travel as bulk jobs: from how many records on, the org says."
    fields = (
        *("company_key", "what", "sobject", "state_", "job_id", "rows", "failed", "calls", "took"),
        *(moment("made_at", "Made"), moment("ended_at", "Ended"), moment("put_away_at", "Removed"), "message"),
    )
    readonly_fields = fields

    @display(description="What")
    def what(self, job: BulkJob) -> str:
        return f"{job.get_way_display()} {plural(job.kind)}: {job.sobject}"

    @display(description="State", label=COLOURS)
    def state_(self, job: BulkJob) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description="Took", empty_value="—")
    def took(self, job: BulkJob) -> str:
        return f"{(job.ended_at - job.made_at).total_seconds():,.0f} s" if job.ended_at else ""

    @display(description="Message", empty_value="—")
    def message_(self, job: BulkJob) -> str:
        return short(job.message)
