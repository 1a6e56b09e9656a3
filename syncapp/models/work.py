"""What is done: runs, operations, what became of them, and jobs of Salesforce."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from syncapp.models.links import Link
from syncapp.models.mirror import SideChoice
from syncapp.models.pairs import Org, Pair


class Run(models.Model):
    """One cycle of a pair, or its preview."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PREVIEW = "preview", "Preview"
        HELD = "held", "Held: waiting for approval"
        FAILED = "failed", "Failed"

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    plan = models.JSONField(default=list, blank=True, help_text="The first changes of a preview or a held run.")
    message = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pair} {self.started_at:%Y-%m-%d %H:%M}"


class Operation(models.Model):
    """One write to one side, from the moment it is decided until it is settled. Settled exactly once."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"  # committed; nothing sent
        SUBMITTED = "submitted", "Submitted"  # planned -> submitted: handed to the connector, outcome unknown
        FINDING_OUT = (
            "finding_out",
            "Finding out",
        )  # submitted -> finding_out: the answer is lost, or holds no record
        APPLIED = "applied", "Applied"
        STALE = "stale", "Out of date"
        TAKEN = "taken", "Name taken"
        MISSING = "missing", "Record gone"
        REJECTED = "rejected", "Refused"
        DEFERRED = "deferred", "Deferred"
        DROPPED = "dropped", "Dropped"  # planned -> dropped: never sent, and no longer wanted

    OPEN = ("planned", "submitted", "finding_out")

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="operations")
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="operations")
    side = models.CharField(max_length=10, choices=SideChoice.choices)
    kind = models.CharField(max_length=30)
    verb = models.CharField(max_length=10)
    key = models.CharField(max_length=150)
    record_id = models.CharField(max_length=50, blank=True, default="")
    counterpart_id = models.CharField(max_length=50, blank=True, default="")
    values = models.JSONField(default=dict, help_text="What is to be stored, by field.")
    basis = models.JSONField(default=dict, help_text="{side: {field: canonical value}} that it was planned from.")
    expected_version = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLANNED)
    message = models.TextField(blank=True, default="")
    code = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Two planners at once cannot both create the customer.
            models.UniqueConstraint(
                fields=["link"],
                condition=Q(state__in=("planned", "submitted", "finding_out")),
                name="one_open_operation_per_link",
            ),
        ]
        indexes = [
            models.Index(
                fields=["pair", "side", "id"],
                condition=Q(state__in=("planned", "submitted", "finding_out")),
                name="operation_open",
            ),
            models.Index(fields=["link", "created_at"], name="operation_recent"),
            models.Index(fields=["key"], name="operation_key"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} in {self.get_side_display()}"


class HistoryEntry(models.Model):
    """What happened to a link: before and after, by what or whom. Never changed, but that it goes over to the link that
    its own becomes part of. What people set of an org or a company has no pair where there is none yet."""

    pair = models.ForeignKey(Pair, null=True, blank=True, on_delete=models.CASCADE)
    link = models.ForeignKey(Link, null=True, on_delete=models.SET_NULL, related_name="history")
    operation = models.ForeignKey(Operation, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(default=timezone.now)
    event = models.CharField(max_length=30)
    side = models.CharField(max_length=10, blank=True, default="")
    name = models.CharField(max_length=300, blank=True, default="")
    changes = models.JSONField(default=dict, blank=True, help_text="{field: [before, after]}")
    message = models.TextField(blank=True, default="")
    who = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "history"
        indexes = [models.Index(F("at").desc(), name="history_at")]

    def __str__(self) -> str:
        return f"{self.event} {self.name}"


class BulkJob(models.Model):
    """One job of Salesforce's Bulk API 2.0, written down before Salesforce is asked for it.

    Jobs of one ``load`` belong together: the main rows, what belongs to them, and which of them are wanted.
    """

    class Way(models.TextChoices):
        QUERY = "query", "Read"
        INGEST = "ingest", "Create"

    class State(models.TextChoices):
        MADE = "made", "Being made"
        UPLOADED = "uploaded", "Waiting to begin"
        UNDER_WAY = "under_way", "Under way"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        ABORTED = "aborted", "Stopped"

    ENDED = ("done", "failed", "aborted")

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="bulk_jobs")
    company_key = models.CharField(max_length=50)
    kind = models.CharField(max_length=30)
    way = models.CharField(max_length=10, choices=Way.choices)
    load = models.CharField(max_length=40, help_text="Shared by the jobs that belong together.")
    part = models.CharField(max_length=10, help_text="Which of them it is: main, part or wanted.")
    sobject = models.CharField("object", max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MADE)
    job_id = models.CharField("job in Salesforce", max_length=18, blank=True, default="")
    rows = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField("refused rows", default=0)
    calls = models.PositiveIntegerField("HTTP calls", default=0)
    message = models.TextField(blank=True, default="")
    notes = models.JSONField(default=dict, editable=False, help_text="What a later cycle needs to carry on.")
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    put_away_at = models.DateTimeField(null=True, blank=True, help_text="When its results had been taken.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "bulk job"
        indexes = [
            models.Index(
                fields=["org", "company_key", "kind"], condition=Q(put_away_at__isnull=True), name="bulk_job_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.sobject}"
