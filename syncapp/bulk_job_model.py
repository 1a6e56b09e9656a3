"""BulkJob: what syncapp.connectors.salesforce.bulk_jobs alone writes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


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

    org = models.ForeignKey("syncapp.Org", on_delete=models.CASCADE, related_name="bulk_jobs")
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
