"""The company that a command is given by its key."""

from __future__ import annotations

from django.core.management.base import CommandError

from qbwc.models import Company


def company_of(key: str) -> Company:
    company = Company.objects.filter(key=key).first()
    if company is None:
        known = ", ".join(Company.objects.values_list("key", flat=True)) or "none yet"
        raise CommandError(f"There is no company {key}. Known: {known}.")
    return company
