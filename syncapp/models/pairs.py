"""What people set up: orgs, pairs, and the addresses at which pairs can be called."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from syncapp.secrets import SecretField


class Org(models.Model):
    """One Salesforce org, and how we sign in to it."""

    class Auth(models.TextChoices):
        CLIENT_CREDENTIALS = "client_credentials", "Client credentials"
        JWT = "jwt", "JWT bearer"
        PASSWORD = "password", "User name and password (OAuth)"

    # What each way needs of the settings below; what it does not need means nothing to it.
    NEEDS = {
        "client_credentials": ("domain", "client_id", "client_secret"),
        "jwt": ("domain", "client_id", "username", "private_key"),
        "password": ("domain", "client_id", "client_secret", "username", "password"),
    }

    key = models.SlugField(unique=True)
    auth = models.CharField(max_length=20, choices=Auth.choices, default=Auth.CLIENT_CREDENTIALS)
    domain = models.CharField(
        max_length=200,
        help_text="My Domain, such as acme.my; a sandbox is acme--dev.sandbox.my; or login, or test.",
    )
    client_id = models.CharField(max_length=400, help_text="The consumer key of the External Client App.")
    client_secret = SecretField(blank=True, default="")
    username = models.CharField(max_length=200, blank=True, default="")
    password = SecretField(blank=True, default="")
    security_token = SecretField(blank=True, default="")
    private_key = SecretField(blank=True, default="", help_text="JWT only: the RSA key, in PEM.")

    org_id = models.CharField(
        max_length=18,
        blank=True,
        default="",
        help_text="Learnt at the first sign-in; another org is refused.",
    )
    user_id = models.CharField(max_length=18, blank=True, default="")
    instance_url = models.CharField(max_length=300, blank=True, default="")
    access_token = SecretField(blank=True, default="")
    token_version = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, default="", help_text="Why the last call failed, with the remedy.")
    api_used = models.PositiveIntegerField(default=0)
    api_allowed = models.PositiveIntegerField(default=0)
    bulk_from = models.PositiveIntegerField(
        default=10_000,
        help_text="From so many records on, a complete listing and new records travel by Bulk API 2.0; 0: never.",
    )
    package = models.JSONField(default=dict, editable=False, help_text="What the last look at our package found.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["key"]
        verbose_name = "Salesforce org"

    def __str__(self) -> str:
        return self.key


class Pair(models.Model):
    """One org with one company: what travels, when, and who wins."""

    class FirstRun(models.TextChoices):
        PREVIEW = "preview", "Show what would happen, and wait for approval"
        APPLY = "apply", "Apply at once"

    key = models.SlugField(unique=True)
    org = models.ForeignKey(Org, on_delete=models.PROTECT, related_name="pairs")
    desktop = models.ForeignKey("qbwc.Company", on_delete=models.PROTECT, related_name="pairs")
    enabled = models.BooleanField(default=True)
    schedule = models.CharField(max_length=100, default="*/10 * * * *", help_text="In cron terms.")
    first_run = models.CharField(max_length=10, choices=FirstRun.choices, default=FirstRun.PREVIEW)
    flows = models.JSONField(default=dict, help_text="The settings of each flow, by kind.")
    status_on_record = models.BooleanField(
        default=True, help_text="How each record stands is written on it in Salesforce, for those who work there."
    )
    outbound_messages = models.BooleanField(
        default=False, help_text="Outbound messages of this org start a cycle; they cannot carry a secret."
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    held_because = models.TextField(blank=True, default="", help_text="Why nothing is written until approval.")

    # One cycle at a time: whoever sets these two by compare-and-swap works on the pair until then.
    lease = models.CharField(max_length=40, blank=True, default="", editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_cycle_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_cycle_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    woken_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["org", "desktop"], name="one_pair_per_org_and_company")]
        permissions = [("run_pair", "Can run, preview and approve cycles")]

    def __str__(self) -> str:
        return self.key


class Webhook(models.Model):
    """Where Salesforce, or any program, says that something has changed, and so asks for a cycle."""

    pair = models.OneToOneField(Pair, on_delete=models.CASCADE, related_name="webhook")
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
        ordering = ["pair__key"]
        indexes = [models.Index(fields=["called_at"], name="webhook_called", condition=Q(called_at__isnull=False))]

    def __str__(self) -> str:
        return f"Webhook of {self.pair}"
