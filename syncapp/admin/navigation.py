"""The sidebar: what a person may see, in the order in which it is wanted."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

# Model, title, icon; and the page, where it is not the model's list.
GROUPS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    (
        "Synchronisation",
        (
            ("syncapp.Link", "Links", "link"),
            ("syncapp.Run", "Runs", "sync"),
            ("syncapp.Operation", "Operations", "edit_note"),
            ("syncapp.HistoryEntry", "History", "history"),
            ("syncapp.BulkJob", "Large loads", "inventory_2"),
        ),
    ),
    (
        "Connector",
        (
            ("explorer.Job", "Query, add, change", "bolt", "explorer_job_connect"),
            ("explorer.Job", "Upload a CSV", "upload_file", "explorer_job_upload"),
            ("explorer.Job", "Jobs", "work_history"),
            ("explorer.SavedOperation", "Saved operations", "bookmark"),
            ("explorer.ApiToken", "API tokens", "key"),
        ),
    ),
    (
        "Settings",
        (
            ("syncapp.Pair", "Pairs", "swap_horiz"),
            ("syncapp.Org", "Salesforce orgs", "cloud"),
            ("qbwc.Company", "QuickBooks companies", "storefront"),
            ("syncapp.Webhook", "Webhooks", "call_received"),
        ),
    ),
    (
        "Web Connector",
        (
            ("qbwc.Request", "Outbox", "outbox"),
            ("qbwc.Message", "Messages", "mail"),
            ("qbwc.Session", "Sessions", "cable"),
            ("qbwc.Pull", "Pulls", "download"),
        ),
    ),
    (
        "What is remembered",
        (
            ("syncapp.MirrorRecord", "Records as last seen", "content_copy"),
            ("syncapp.Cursor", "How far each side was read", "flag"),
        ),
    ),
    (
        "People",
        (
            ("auth.User", "Users", "person"),
            ("auth.Group", "Groups", "group"),
        ),
    ),
)


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's navigation; pages that a person may not see are left out."""
    overview = {"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}
    found: list[dict[str, Any]] = [{"title": "", "items": [overview]}]
    for title, entries in GROUPS:
        items = [item for entry in entries if (item := _item(request, *entry))]
        if items:
            found.append({"title": title, "separator": True, "items": items})
    return found


def _item(request: HttpRequest, label: str, title: str, icon: str, name: str = "") -> dict[str, Any] | None:
    model = apps.get_model(label)
    page = admin.site._registry.get(model)
    if page is None or not page.has_view_permission(request):
        return None
    link = reverse(f"admin:{name or f'{model._meta.app_label}_{model._meta.model_name}_changelist'}")
    # A page below another's address has an entry of its own.
    deeper = [reverse(f"admin:{entry[3]}") for _, entries in GROUPS for entry in entries if len(entry) > 3]
    elsewhere = any(request.path.startswith(other) for other in deeper if other != link)
    return {"title": title, "icon": icon, "link": link, "active": request.path.startswith(link) and not elsewhere}


def stylesheet(request: HttpRequest) -> str:
    return static("syncapp/oversight.css")


def icon(request: HttpRequest) -> str:
    return static("syncapp/icon.svg")
