"""What each side holds, as last seen, and how far it was read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from syncapp.models.pairs import Pair


class SideChoice(models.TextChoices):
    SALESFORCE = "salesforce", "Salesforce"
    QUICKBOOKS = "quickbooks", "QuickBooks"


class MirrorRecord(models.Model):
    """A record as its side was last seen to hold it."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE)
    side = models.CharField(max_length=10, choices=SideChoice.choices)
    kind = models.CharField(max_length=30)
    record_id = models.CharField(max_length=50)
    version = models.CharField(max_length=100, blank=True, default="")
    fields = models.JSONField(default=dict)
    name = models.CharField(max_length=300, blank=True, default="")
    modified = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField(help_text="Our clock when it was asked for: older news never replaces newer.")
    deleted = models.BooleanField(default=False)
    merged_into = models.CharField(max_length=50, blank=True, default="")
    wanted = models.BooleanField(default=True)
    why_unwanted = models.CharField(max_length=200, blank=True, default="")
    suspect = models.BooleanField(default=False, help_text="Known to be out of date; being read again.")
    open = models.BooleanField(default=False, help_text="May change without a change of its version.")
    # What a first match looks for (syncapp.engine.match).
    name_key = models.CharField(max_length=300, blank=True, default="")
    near_key = models.CharField(max_length=300, blank=True, default="")
    email_key = models.CharField(max_length=300, blank=True, default="")
    phone_key = models.CharField(max_length=40, blank=True, default="")
    code_key = models.CharField(max_length=300, blank=True, default="")
    counterpart_key = models.CharField(max_length=50, blank=True, default="", help_text="The other side's id on it.")
    origin = models.CharField(max_length=40, blank=True, default="", help_text="Our key of the create that made it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair", "side", "kind", "record_id"], name="one_mirror_per_record"),
        ]
        verbose_name = "record as last seen"
        verbose_name_plural = "records as last seen"
        indexes = [
            models.Index(
                fields=["pair", "kind", "side", "counterpart_key"],
                name="mirror_counterpart",
                condition=~Q(counterpart_key=""),
            ),
            models.Index(fields=["pair", "kind", "side", "as_of"], name="mirror_open", condition=Q(open=True)),
            models.Index(fields=["pair", "kind", "side", "name_key"], name="mirror_name", condition=~Q(name_key="")),
            models.Index(fields=["pair", "kind", "side", "near_key"], name="mirror_near", condition=~Q(near_key="")),
            models.Index(fields=["pair", "kind", "side", "email_key"], name="mirror_email", condition=~Q(email_key="")),
            models.Index(fields=["pair", "kind", "side", "origin"], name="mirror_origin", condition=~Q(origin="")),
            models.Index(fields=["pair", "kind", "side", "phone_key"], name="mirror_phone", condition=~Q(phone_key="")),
            models.Index(fields=["pair", "kind", "side", "code_key"], name="mirror_code", condition=~Q(code_key="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.kind} {self.name or self.record_id}"


class Cursor(models.Model):
    """How far a side has been read. ``complete``: a full listing has been seen, so that absence means something."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE)
    side = models.CharField(max_length=10, choices=SideChoice.choices)
    kind = models.CharField(max_length=30)
    value = models.TextField(blank=True, default="")
    complete = models.BooleanField(default=False)
    full_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "side", "kind"], name="one_cursor_per_side_and_kind")]

    def __str__(self) -> str:
        return f"{self.pair} {self.side} {self.kind}"


class LedgerAccount(models.Model):
    """What the settings of new items may name, as last read: an account of QuickBooks's chart, or of another list."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE)
    of = models.CharField(max_length=20, default="account", help_text="account, tax_code, unit_set or vendor.")
    full_name = models.CharField(max_length=200)
    account_type = models.CharField(
        max_length=40, blank=True, default="", help_text="In QuickBooks's words, such as Income."
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "of", "full_name"], name="one_entry_per_list_and_name")]

    def __str__(self) -> str:
        return self.full_name
