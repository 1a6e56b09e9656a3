"""The outbox: requests, the messages they travel in, and the pulls that make requests.

Words    request  one qbXML request, which has an answer of its own
         message  one document handed to the Web Connector; it owns bytes, message set id and "in flight"
         pull     all records of a type (or all changed ones), in windows of time, page by page
Rule     a request's body never changes; a message's body never changes once sent: QuickBooks recognises a
         repeated message set by its id and its bytes
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from qbwc.qbxml import status


class Message(models.Model):
    """One document, and the answer to it as it came."""

    class Kind(models.TextChoices):
        READ = "read"
        WRITE = "write"
        CHECK = "check"  # asks for the outcome of another message
        CLEAR = "clear"  # lets QuickBooks forget the outcome of another message
        IDENTITY = "identity"  # asks which company this is

    class State(models.TextChoices):
        SENT = "sent"  # handed over; QuickBooks may or may not have executed it
        KEPT = "kept"  # sent -> kept: the answer is stored, but too large to settle at once
        ANSWERED = "answered"  # sent, kept, lost -> answered
        REFUSED = "refused"  # sent -> refused: QuickBooks executed nothing of it
        LOST = "lost"  # sent -> lost: a write without an answer; a status check must tell
        AGAIN = "again"  # lost -> again: found never executed; the same bytes go out once more
        UNDECIDED = "undecided"  # lost -> undecided: QuickBooks can't tell; its requests are unknown
        ABANDONED = "abandoned"  # sent -> abandoned: a read without an answer; its requests are queued again

    company = models.ForeignKey("qbwc.Company", models.CASCADE, related_name="messages")
    session = models.ForeignKey("qbwc.Session", models.SET_NULL, null=True, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENT)
    body = models.TextField()
    message_set_id = models.CharField(max_length=20, blank=True)
    about = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="asked_by")
    response = models.TextField(blank=True)
    parts = models.JSONField(default=dict, blank=True)  # request id -> [start, end) of its answer in `response`
    hresult = models.CharField(max_length=20, blank=True)
    hresult_message = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=1)
    checks = models.PositiveIntegerField(default=0)  # status checks made about this message
    to_clear = models.BooleanField(default=False)  # its outcome is still stored in the company file
    tidied = models.BooleanField(default=False)  # masked
    cut = models.BooleanField(default=False)  # cut to the size that is kept for long
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "to_clear", "id"], name="qbwc_message_to_clear"),
            models.Index(fields=["company", "state", "id"], name="qbwc_message_state"),
            models.Index(fields=["tidied", "id"], name="qbwc_message_tidied"),
            models.Index(fields=["cut", "answered_at"], name="qbwc_message_cut"),
            models.Index(fields=["state"], name="qbwc_message_kept"),
            models.Index(fields=["sent_at"], name="qbwc_message_age"),
        ]
        constraints = [
            # What is not yet found out could be done twice: no second write before.
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(kind="write", state__in=["sent", "kept", "lost", "again"]),
                name="one_write_message_in_flight_per_company",
            ),
            models.UniqueConstraint(
                fields=["message_set_id"], condition=~Q(message_set_id=""), name="message_set_id_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    def part(self, request_id: int) -> str:
        """The answer to one request, as it stands in the response."""
        span = self.parts.get(str(request_id))
        return self.response[span[0] : span[1]] if span else ""

    @property
    def meaning(self) -> status.Meaning | None:
        """What QuickBooks's error means, why it came and what to do; None without one."""
        return status.explain_hresult(self.hresult) if self.hresult else None


class Pull(models.Model):
    """All records of one type, or those changed since a moment, fetched in windows with iterators inside."""

    class State(models.TextChoices):
        OPEN = "open"
        PAUSED = "paused"  # open -> paused -> open, as a person says; complete windows are kept
        DONE = "done"  # open -> done: every window is complete
        FAILED = "failed"  # open or paused -> failed: see `problem`

    company = models.ForeignKey("qbwc.Company", models.CASCADE, related_name="pulls")
    name = models.CharField(max_length=60)  # CustomerQuery
    filters = models.JSONField(default=dict, blank=True)
    since = models.CharField(max_length=30, blank=True)  # QuickBooks's local time as it came; empty: everything
    reference = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    problem = models.TextField(blank=True)
    windows: Any = models.JSONField(default=list, blank=True)
    counting = models.BooleanField(default=False)  # asking for counts, to cut the windows to size
    page_size = models.PositiveIntegerField()
    counted = models.PositiveIntegerField(null=True, blank=True)  # by QuickBooks's own, approximate count
    received = models.PositiveIntegerField(default=0)
    watermark = models.CharField(max_length=30, blank=True)  # highest TimeModified seen, without its offset
    restarts = models.PositiveIntegerField(default=0)  # windows that had to begin again
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["company", "reference", "-id"], name="qbwc_pull_reference")]
        constraints = [
            # Two at once would mark each other's records as missing.
            models.UniqueConstraint(
                fields=["company", "reference"],
                condition=Q(state__in=("open", "paused")) & ~Q(reference=""),
                name="one_open_pull_per_reference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} pull {self.pk}"


class Request(models.Model):
    """One qbXML request and what became of it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"  # queued -> sent: in a message that is in flight or lost
        ANSWERED = "answered"  # sent -> answered: with any status
        REFUSED = "refused"  # queued, sent -> refused: QuickBooks or we would not take it; nothing was executed
        UNKNOWN = "unknown"  # sent -> unknown: it may have been executed, and QuickBooks can't tell
        CANCELLED = "cancelled"  # queued, unknown -> cancelled: by a person, or with the request it waited for

    CLOSED = (State.ANSWERED, State.REFUSED, State.UNKNOWN, State.CANCELLED)

    company = models.ForeignKey("qbwc.Company", models.CASCADE, related_name="requests")
    name = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    ready = models.BooleanField(default=True)  # waits neither for another request nor for a moment
    priority = models.IntegerField(default=0)
    reference = models.CharField(max_length=200, blank=True, db_index=True)
    depends_on = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="dependants")
    awaited = models.BooleanField(default=False)  # another request depends on this one
    not_before = models.DateTimeField(null=True, blank=True)
    repeat_minutes = models.PositiveIntegerField(null=True, blank=True)
    alone = models.BooleanField(default=False)  # shares no message: one it shared was refused
    checked_for = models.CharField(max_length=20, blank=True)  # qbXML version and country it was validated for
    pull = models.ForeignKey(Pull, models.CASCADE, null=True, blank=True, related_name="requests")
    window = models.CharField(max_length=50, blank=True)
    # An iterator lives in one session: its next page can be asked for there only.
    bound_to = models.ForeignKey("qbwc.Session", models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="requests")
    # Where the answer stands: in its own message, or in the status check that recovered it.
    answered_in = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="answers")
    status_code = models.IntegerField(null=True, blank=True)
    status_message = models.TextField(blank=True)
    recovered = models.BooleanField(default=False)  # the answer is a status check's: it carries no record
    attempts = models.PositiveIntegerField(default=0)
    announced = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Not partial: a bound parameter must be able to use them. They keep the choice of work flat.
            models.Index(fields=["company", "state", "ready", "-priority", "id"], name="qbwc_request_queue"),
            models.Index(fields=["company", "state", "-id"], name="qbwc_request_list"),
            models.Index(fields=["announced", "closed_at"], name="qbwc_request_announce"),
            models.Index(fields=["state", "not_before"], name="qbwc_request_delay"),
            models.Index(fields=["state", "-id"], name="qbwc_request_state"),
            models.Index(fields=["closed_at"], name="qbwc_request_age"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"

    @property
    def answer(self) -> str:
        """The text of this request's Rs element; empty before it is answered and after its retention."""
        return self.answered_in.part(self.pk) if self.answered_in is not None else ""

    @property
    def failed(self) -> bool:
        """Closed without having done what it asks for."""
        if self.state == self.State.ANSWERED:
            return self.status_code is None or self.status_code >= 1000
        return self.state in {self.State.REFUSED, self.State.UNKNOWN, self.State.CANCELLED}

    @property
    def meaning(self) -> status.Meaning | None:
        """What its status means, why it came and what to do; None where QuickBooks said nothing."""
        if self.status_code is not None:
            return status.explain(self.status_code, self.status_message)
        refused = self.state == self.State.REFUSED and self.message is not None
        return self.message.meaning if refused and self.message is not None else None
