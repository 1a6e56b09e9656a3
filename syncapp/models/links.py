"""What ties the records of both sides, and what both last agreed on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from syncapp.models.pairs import Pair


class Link(models.Model):
    """Ties a Salesforce record to a QuickBooks record, or waits for the other half.

    ``base`` holds, per side and field, what that side held when both last agreed, in canonical form.
    """

    class State(models.TextChoices):
        NEW = "new", "Not looked at yet"
        IN_STEP = "in_step", "In step"
        UNDER_WAY = "under_way", "Under way"
        WAITING = "waiting", "Waiting"
        CONFLICT = "conflict", "A person must decide"
        PROPOSED = "proposed", "Possible match"
        REFUSED = "refused", "Refused"
        GONE = "gone", "Deleted on one side"
        UNWANTED = "unwanted", "Left out by the settings"
        CLOSED = "closed", "Closed"

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=30)
    salesforce_id = models.CharField(max_length=50, null=True, blank=True)  # noqa: DJ001 - unique where present
    quickbooks_id = models.CharField(max_length=50, null=True, blank=True)  # noqa: DJ001
    name = models.CharField(max_length=300, blank=True, default="")
    base = models.JSONField(default=dict, help_text="{side: {field: canonical value}}")
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    reason = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict, blank=True)
    dirty = models.BooleanField(default=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    waiting_for = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="waiters")
    needed = models.BooleanField(default=False, help_text="Something that is wanted refers to it.")
    name_taken = models.CharField(max_length=300, blank=True, default="", help_text="A name that another record has.")
    refused = models.JSONField(
        default=dict, blank=True, help_text="{side: {field: [value, why]}}: not offered again until it changes."
    )
    decisions = models.JSONField(default=dict, blank=True, help_text="{field: side}: a person's choice.")
    doubts = models.JSONField(
        default=list, blank=True, help_text="Fields whose write is in doubt, and which somebody has changed since."
    )
    not_matches = models.JSONField(default=list, blank=True, help_text="Ids of links that a person said are others.")
    how = models.CharField(max_length=200, blank=True, default="", help_text="How both halves were found to be one.")
    linked_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True, help_text="When both sides last came to agree.")
    told = models.CharField(max_length=40, blank=True, default="", help_text="Stands for what its record last said.")
    untold = models.BooleanField(default=True, help_text="It may stand otherwise than its record in Salesforce says.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            # At most one link per record and pair.
            models.UniqueConstraint(
                fields=["pair", "kind", "salesforce_id"],
                condition=Q(salesforce_id__isnull=False),
                name="one_link_per_salesforce_record",
            ),
            models.UniqueConstraint(
                fields=["pair", "kind", "quickbooks_id"],
                condition=Q(quickbooks_id__isnull=False),
                name="one_link_per_quickbooks_record",
            ),
            models.CheckConstraint(
                condition=Q(salesforce_id__isnull=False) | Q(quickbooks_id__isnull=False),
                name="a_link_has_at_least_one_record",
            ),
        ]
        indexes = [
            models.Index(fields=["pair", "kind", "id"], name="link_dirty", condition=Q(dirty=True)),
            models.Index(fields=["pair", "kind", "id"], name="link_untold", condition=Q(untold=True)),
            models.Index(fields=["pair", "kind", "state"], name="link_state"),
            models.Index(fields=["name"], name="link_name"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.kind} {self.pk}"

    @property
    def whole(self) -> bool:
        return bool(self.salesforce_id and self.quickbooks_id)
