"""One QuickBooks company file and what is known of it; who tried to sign in; this installation.

Rule     a company is known by its FileID and its name; the path of its file is data and may change
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from qbwc.conf import conf


class Company(models.Model):
    """A QuickBooks company, with the Web Connector user that speaks for it."""

    key = models.SlugField(max_length=40, unique=True, help_text="Short and fixed: other systems' ids contain it.")
    name = models.CharField(max_length=100)
    username = models.CharField(max_length=64, unique=True, help_text="What the Web Connector signs in with.")
    password_hash = models.CharField(max_length=200, blank=True, editable=False)
    file_id = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="The Web Connector stores it in the company file."
    )
    company_file = models.TextField(
        blank=True, help_text="Path of the company file on the QuickBooks PC; learnt at the first session."
    )
    company_name = models.CharField(max_length=255, blank=True, help_text="The name that QuickBooks gave; held to.")
    found_name = models.CharField(max_length=255, blank=True, editable=False)  # another name with the right FileID
    problem = models.TextField(blank=True, editable=False)  # what stops this company now, in plain words
    run_every_minutes = models.PositiveIntegerField(default=10, help_text="0: only when started by hand.")
    paused = models.BooleanField(default=False, help_text="While paused, calls are answered with 'nothing to do'.")
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_contact_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_expected_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_address = models.CharField(max_length=45, blank=True, editable=False)
    facts = models.JSONField(default=dict, blank=True, editable=False)
    facts_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["key"]
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name or self.key

    @property
    def file_guid(self) -> str:
        """The FileID as the Web Connector writes it."""
        return "{" + str(self.file_id).upper() + "}"

    @property
    def country(self) -> str:
        return str(self.facts.get("country") or "US")

    @property
    def qbxml_version(self) -> str:
        """The highest version that both sides speak."""
        wanted = number(conf.QBXML_VERSION)
        refused = set(self.facts.get("refused_versions", ()))
        spoken = [text for text in self.facts.get("versions", ()) if text not in refused and number(text) <= wanted]
        if not spoken:
            return str(conf.QBXML_VERSION)
        return str(max(spoken, key=number))

    def is_late(self, now: datetime | None = None) -> bool:
        """Whether several expected calls have not come."""
        if self.paused or not self.run_every_minutes or self.last_contact_at is None:
            return False
        patience = timedelta(minutes=self.run_every_minutes * conf.LATE_FACTOR)
        return (now or timezone.now()) > self.last_contact_at + patience

    @property
    def late(self) -> bool:
        return self.is_late()


def number(version: Any) -> tuple[int, int]:
    """`13.0` as (13, 0), so that versions compare; what is no version is lowest."""
    major, _, minor = str(version).partition(".")
    try:
        return int(major), int(minor or 0)
    except ValueError:
        return 0, 0


class LoginFailure(models.Model):
    """Wrong passwords of one user from one address, or of one address; kept for a day."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "failed sign-in"

    def __str__(self) -> str:
        return f"{self.failures} failures"


class Installation(models.Model):
    """The single row that says who we are to QuickBooks: the OwnerID in every set-up file."""

    owner_id = models.UUIDField(default=uuid.uuid4)

    class Meta:
        verbose_name = "installation"

    def __str__(self) -> str:
        return str(self.owner_id)
