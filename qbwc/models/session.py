"""One update session of the Web Connector, known by its ticket."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qbwc.session import State


class Session(models.Model):
    """A ticket, bound to one company, and how far its conversation is."""

    STATES = [(state.value, state.value) for state in State if state is not State.CHOOSING]
    IDENTITIES = [("", "not checked yet"), ("verified", "verified"), ("mismatch", "another company")]

    ticket = models.CharField(max_length=64, unique=True)
    company = models.ForeignKey("qbwc.Company", models.CASCADE, related_name="sessions")
    state = models.CharField(max_length=10, choices=STATES, default=State.OPEN.value)
    # The document that is out while waiting; afterwards the last one, so that a repeated answer is recognised.
    message = models.ForeignKey("qbwc.Message", models.SET_NULL, null=True, blank=True, related_name="+")
    last_error = models.TextField(blank=True)
    identity = models.CharField(max_length=10, choices=IDENTITIES, blank=True)
    company_file = models.TextField(blank=True)  # what the Web Connector says is open
    given_path = models.TextField(blank=True)  # what we asked it to open
    recovering = models.BooleanField(default=False)  # a message's outcome must be found out first
    more = models.BooleanField(default=False)  # more was queued behind the last document
    no_ops = models.PositiveIntegerField(default=0)  # waits in a row
    connection_errors = models.PositiveIntegerField(default=0)
    clears = models.PositiveIntegerField(default=0)
    batch = models.PositiveIntegerField(default=0)  # requests in the next document at most; 0: the setting
    done = models.PositiveIntegerField(default=0)  # requests and pulls finished
    expected = models.PositiveIntegerField(default=0)  # of them, as far as known when the session began
    percent = models.PositiveSmallIntegerField(default=0)
    address = models.CharField(max_length=45, blank=True)
    started_at = models.DateTimeField()
    last_call_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    # Within one call only: how far the pull at work is, and whether requests were closed beside the answer.
    pull_fraction = 0.0
    closed_in_passing = False

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["closed_at", "last_call_at"], name="qbwc_session_open")]
        constraints = [
            # A newer sign-in ends the session before it: two of them would hand out the same work.
            models.UniqueConstraint(
                fields=["company"], condition=Q(closed_at__isnull=True), name="one_open_session_per_company"
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"
