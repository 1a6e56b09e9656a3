"""Orgs, pairs, and what the engine remembers.

One writer per table: MirrorRecord and Cursor are written by mirror.py; Link by links.py; Operation by ledger.py;
Run by runs.py; HistoryEntry by history.py. What people set of orgs and pairs is written by configure.py and the admin;
the rest column by column: an org's token and usage by connectors/salesforce, a pair's lease by runs.py, its approval
by cycle.py, and when it is due by settings_rules.py, wake.py and tasks.py. LedgerAccount is written by chart.py,
Webhook by webhook.py, and BulkJob by connectors/salesforce/bulk_jobs.py.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from syncapp.bulk_job_model import BulkJob as BulkJob
from syncapp.secrets import SecretField
from syncapp.webhook_model import Webhook as Webhook


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
    """An account of QuickBooks's chart as last read: what the settings of new items may name."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE)
    full_name = models.CharField(max_length=200)
    account_type = models.CharField(max_length=40, help_text="In QuickBooks's words, such as Income.")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "full_name"], name="one_account_per_name")]

    def __str__(self) -> str:
        return self.full_name


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
    its own becomes part of."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE)
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
