"""What the connector's pages share: who may do what, what a company can take, and how states are called.

Rules    1 Who may view jobs sees everything. `add_job` asks, adds and modifies; `destroy_records` deletes and voids.
         2 Every page and every button asks for the permission itself, whatever was shown before.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone

from qbwc import facts
from qbwc.models import Company
from qbwc.models.company import number as version_number
from qbwc.qbxml import catalogue
from syncapp.explorer import kinds
from syncapp.explorer.kinds import RecordType
from syncapp.explorer.models import DESTRUCTIVE, Action, Job, Row

JOB_COLOURS = {
    Job.State.DRAFT: "warning",
    Job.State.OPEN: "info",
    Job.State.DONE: "success",
    Job.State.FAILED: "danger",
    Job.State.CANCELLED: "default",
}
ROW_COLOURS = {
    Row.State.WAITING: "default",
    Row.State.QUEUED: "info",
    Row.State.DONE: "success",
    Row.State.FAILED: "danger",
    Row.State.UNKNOWN: "warning",
    Row.State.SKIPPED: "default",
}
ROW_WORDS = {
    Row.State.WAITING: "waiting",
    Row.State.QUEUED: "in the outbox",
    Row.State.DONE: "done",
    Row.State.FAILED: "failed",
    Row.State.UNKNOWN: "needs you",
    Row.State.SKIPPED: "not sent",
}
DEEDS = {
    Action.QUERY: "Query",
    Action.ADD: "Add",
    Action.MODIFY: "Modify",
    Action.DELETE: "Delete",
    Action.VOID: "Void",
}


def may(request: HttpRequest, action: str) -> bool:
    needed = "explorer.destroy_records" if action in DESTRUCTIVE else "explorer.add_job"
    return bool(request.user.has_perm(needed))


def demand(request: HttpRequest, action: str) -> None:
    if not may(request, action):
        raise PermissionDenied


def context(request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, **more}


def kind_or_404(record_type: str, action: str) -> RecordType:
    kind = kinds.find(record_type)
    if kind is None or action not in kind.requests:
        raise Http404(f"QuickBooks cannot {action} a {record_type}.")
    return kind


def why_not(company: Company, kind: RecordType, action: str) -> str:
    """Why this company's QuickBooks cannot do this; empty if nothing speaks against it."""
    name = kind.requests[action]
    known = catalogue.request(name)
    if version_number(known.since) > version_number(company.qbxml_version):
        return f"This needs qbXML {known.since} or later."
    if company.country not in known.countries:
        return f"QuickBooks does not have this in {company.country}."
    return facts.refusal(f"{kind.name}{name}", "", company.facts) or facts.refusal(name, "", company.facts)


def expected(company: Company) -> str:
    """When the Web Connector comes next, as far as it is known."""
    if company.paused:
        return "Nothing is sent while the company is paused."
    if company.problem:
        return f"Nothing is sent until this is mended: {company.problem}"
    if company.last_contact_at is None:
        return "The Web Connector of this company has never called. Is its set-up file loaded?"
    if company.late:
        at = timezone.localtime(company.last_contact_at)
        return f"The Web Connector is late: it called last at {at:%Y-%m-%d %H:%M %Z}. Is the PC on?"
    if company.next_expected_at is None:
        return "The Web Connector comes when somebody starts it by hand."
    return f"The Web Connector is expected at {timezone.localtime(company.next_expected_at):%Y-%m-%d %H:%M %Z}."
