"""The table of the addresses at which a pair can be called; written by webhook.py alone."""

from __future__ import annotations

from django.db import models


class Webhook(models.Model):
    """Where Salesforce, or any program, says that something has changed, and so asks for a cycle."""

    pair = models.OneToOneField("syncapp.Pair", on_delete=models.CASCADE, related_name="webhook")
    secret_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    made_at = models.DateTimeField(null=True, blank=True, help_text="When its present secret was made.")
    called_at = models.DateTimeField(null=True, blank=True, help_text="News that no cycle has begun to read yet.")
    began_at = models.DateTimeField(null=True, blank=True, help_text="When a cycle last began to read such news.")
    calls = models.PositiveBigIntegerField(default=0)
    last_call_at = models.DateTimeField(null=True, blank=True)
    last_how = models.CharField(max_length=20, blank=True, default="")
    window_at = models.DateTimeField(null=True, blank=True, help_text="When the calls of this minute began.")
    window_calls = models.PositiveIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    last_refused_at = models.DateTimeField(null=True, blank=True)
    last_refusal = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "syncapp"
        ordering = ["pair__key"]
        indexes = [
            models.Index(fields=["called_at"], name="webhook_called", condition=models.Q(called_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"Webhook of {self.pair}"
