"""What people and programs ask of a QuickBooks company directly, and what came of it.

Words    saved operation  a named question or change that can be run again: by hand, by schedule, by command, by the API
         job              one run of a saved operation, or of something asked once
         row              one record that a job adds, modifies, deletes or voids
         result page      a part of what a query found, as it came
Rule     jobs.py writes jobs and rows, results.py result pages, saved.py saved operations, tokens.py tokens;
         imports.py writes the rows of drafts, webhooks.py what a job's webhook came to
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class Action(models.TextChoices):
    QUERY = "query"
    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"
    VOID = "void"


DESTRUCTIVE = (Action.DELETE, Action.VOID)


class SavedOperation(models.Model):
    """A named question or change."""

    key = models.SlugField(max_length=60, unique=True, help_text="Short and fixed: commands and the API name it so.")
    name = models.CharField(max_length=120)
    company = models.ForeignKey("qbwc.Company", models.PROTECT, related_name="saved_operations")
    record_type = models.CharField(max_length=60)  # "Customer": a name of kinds.RECORD_TYPES
    action = models.CharField(max_length=10, choices=Action.choices)
    data: Any = models.JSONField(default=dict, blank=True)  # filters of a query, or the record of a change
    fields: Any = models.JSONField(default=list, blank=True)  # columns to show and to export; none: all
    schedule = models.CharField(max_length=100, blank=True, help_text="Five fields in cron terms; empty: by hand.")
    enabled = models.BooleanField(default=True, help_text="While switched off, its schedule rests.")
    webhook_url = models.URLField(max_length=500, blank=True, help_text="Told when a job of it has ended.")
    next_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.CharField(max_length=150, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["key"]
        permissions = [("destroy_records", "Can delete and void records in QuickBooks")]

    def __str__(self) -> str:
        return self.name or self.key


class Job(models.Model):
    """One run: a query with its result, or a change of one record or of many."""

    class State(models.TextChoices):
        DRAFT = "draft"  # an upload that nobody has started yet
        OPEN = "open"  # draft -> open; done, failed, cancelled -> open: what failed is tried again
        DONE = "done"  # open -> done: everything was answered; rows may have failed
        FAILED = "failed"  # open -> failed: a query that brought nothing, see `problem`
        CANCELLED = "cancelled"  # draft, open -> cancelled: what was not sent yet will not be

    CLOSED = (State.DONE, State.FAILED, State.CANCELLED)

    company = models.ForeignKey("qbwc.Company", models.CASCADE, related_name="jobs")
    saved_operation = models.ForeignKey(SavedOperation, models.SET_NULL, null=True, blank=True, related_name="jobs")
    record_type = models.CharField(max_length=60)
    action = models.CharField(max_length=10, choices=Action.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    data: Any = models.JSONField(default=dict, blank=True)  # filters of a query
    fields: Any = models.JSONField(default=list, blank=True)
    problem = models.TextField(blank=True)
    remark = models.TextField(blank=True)  # what QuickBooks remarked although it answered
    total = models.PositiveIntegerField(null=True, blank=True)  # rows of a change; records of a query once known
    done = models.PositiveIntegerField(default=0)  # rows done, or records received
    failed = models.PositiveIntegerField(default=0)
    # An upload: the file's name, its columns, and which element each of them fills.
    source_name = models.CharField(max_length=200, blank=True)
    columns: Any = models.JSONField(default=list, blank=True)
    mapping: Any = models.JSONField(default=dict, blank=True)
    asked_by = models.CharField(max_length=150, blank=True)  # "ann", "token erp", "schedule", "command"
    token = models.ForeignKey("ApiToken", models.SET_NULL, null=True, blank=True, related_name="jobs")
    idempotency_key = models.CharField(max_length=200, blank=True)
    idempotency_hash = models.CharField(max_length=64, blank=True)  # of what was asked: the same key means the same
    webhook_url = models.URLField(max_length=500, blank=True)
    webhook_state = models.CharField(max_length=200, blank=True)  # "", "due", "delivered", or why it was given up
    webhook_attempts = models.PositiveIntegerField(default=0)
    webhook_next_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "-id"], name="explorer_job_company"),
            models.Index(fields=["state", "-id"], name="explorer_job_state"),
            models.Index(fields=["webhook_next_at"], name="explorer_job_webhook"),
            models.Index(fields=["finished_at"], name="explorer_job_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["token", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="one_job_per_idempotency_key",
            ),
            # No two keys of nobody's are alike to a database, unless it is told so.
            models.UniqueConstraint(
                fields=["idempotency_key"],
                condition=Q(token__isnull=True) & ~Q(idempotency_key=""),
                name="one_job_per_key_of_a_form",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.action} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Row(models.Model):
    """One record that a job changes."""

    class State(models.TextChoices):
        WAITING = "waiting"  # not in the outbox yet; failed, skipped -> waiting: tried again
        QUEUED = "queued"  # waiting -> queued: a request of it is in the outbox
        DONE = "done"  # queued -> done; unknown -> done: a person says so
        FAILED = "failed"  # waiting, queued, unknown -> failed: refused by us or by QuickBooks, see `problem`
        UNKNOWN = "unknown"  # queued -> unknown: perhaps done; a person must look, since looking did not decide
        SKIPPED = "skipped"  # waiting, queued -> skipped: the job was cancelled before it was sent

    CLOSED = (State.DONE, State.FAILED, State.UNKNOWN, State.SKIPPED)

    job = models.ForeignKey(Job, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # from 1; of an upload: the (first) line of the file without its head
    source: Any = models.JSONField(default=list, blank=True)  # its lines as they were uploaded: [column -> text, …]
    data: Any = models.JSONField(default=dict, blank=True)  # the record in the plain shape, as build() takes it
    custom: Any = models.JSONField(default=dict, blank=True)  # custom fields: name -> value
    guid = models.UUIDField(default=uuid.uuid4)  # ExternalGUID of what is added: found again by it
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    problem = models.TextField(blank=True)  # in plain words, with the remedy
    status_code = models.IntegerField(null=True, blank=True)
    record_id = models.CharField(max_length=40, blank=True)  # ListID or TxnID
    record: Any = models.JSONField(default=dict, blank=True)  # what QuickBooks stored, as far as it answered
    attempts = models.PositiveIntegerField(default=0)  # writes that went into the outbox
    # What is on its way for it, and what was learnt on the way (steps.Progress).
    request = models.ForeignKey("qbwc.Request", models.SET_NULL, null=True, blank=True, related_name="+")
    progress: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["job", "number"]
        indexes = [models.Index(fields=["job", "state", "number"], name="explorer_row_state")]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_row_per_number")]

    def __str__(self) -> str:
        return f"row {self.number} of job {self.job_id}"


class ResultPage(models.Model):
    """Part of a query's result. A window of a pull that starts again replaces its pages."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="pages")
    window = models.CharField(max_length=50, blank=True)
    number = models.BigIntegerField()  # the request's: pages stand in the order in which they were asked for
    starts = models.BooleanField(default=False)  # begins its window; what came of the window before is void
    first = models.PositiveIntegerField()  # how many records came before
    count = models.PositiveIntegerField()
    records: Any = models.JSONField(default=list)  # [["Customer", {plain shape, values as JSON}], …]
    xml = models.TextField(blank=True)  # the records as QuickBooks wrote them

    class Meta:
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_page_per_number")]

    def __str__(self) -> str:
        return f"page {self.number} of job {self.job_id}"


class ApiToken(models.Model):
    """Lets a program in. The token itself is shown once; only a keyed hash of it is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Query, and read jobs and saved operations"
        WRITE = "write", "Add and modify"
        DESTROY = "destroy", "Delete and void"
        RUN = "run", "Run saved operations, whatever they do"

    name = models.CharField(max_length=100, unique=True)
    prefix = models.CharField(max_length=12, unique=True, editable=False)  # the part by which it is found
    token_hash = models.CharField(max_length=64, editable=False)
    scopes: Any = models.JSONField(default=list)
    companies = models.ManyToManyField("qbwc.Company", blank=True, help_text="None: all companies.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name
