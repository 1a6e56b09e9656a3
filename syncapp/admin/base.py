"""What all pages share: filters, badges, and the rules of who may do what.

Rules    1 No list counts, sorts or reads more of a large table than the page that it shows.
         2 Who may only view sees everything but secrets, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.forms import BaseDialogForm

from syncapp.flows import FLOWS
from syncapp.models import HistoryEntry, Link, Operation, Pair, Run
from syncapp.oversight import plural
from syncapp.settings_rules import SECRETS

LINK_COLOURS = {
    Link.State.NEW: "default",
    Link.State.IN_STEP: "success",
    Link.State.UNDER_WAY: "info",
    Link.State.WAITING: "info",
    Link.State.CONFLICT: "danger",
    Link.State.PROPOSED: "warning",
    Link.State.REFUSED: "danger",
    Link.State.GONE: "warning",
    Link.State.UNWANTED: "default",
    Link.State.CLOSED: "default",
}
RUN_COLOURS = {
    Run.State.RUNNING: "info",
    Run.State.DONE: "success",
    Run.State.PREVIEW: "default",
    Run.State.HELD: "warning",
    Run.State.FAILED: "danger",
}
OPERATION_COLOURS = {
    **dict.fromkeys(Operation.OPEN, "info"),
    Operation.State.APPLIED: "success",
    Operation.State.REJECTED: "danger",
    Operation.State.TAKEN: "warning",
    Operation.State.MISSING: "warning",
}
NOTHING = "—"
REASON_SHOWN = 160
# An org's secrets are never read where only its name is wanted: one that no key decrypts would break the page.
ORG_SECRETS = tuple(f"org__{name}" for name in (*SECRETS, "access_token"))


class PairFilter(SimpleListFilter):
    title = "pair"
    parameter_name = "pair"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(str(pk), key) for pk, key in Pair.objects.values_list("pk", "key")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pair=self.value()) if (self.value() or "").isdigit() else queryset


class KindFilter(SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(kind, plural(kind)) for kind in FLOWS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


def badge(text: str, colour: str = "default") -> SafeString:
    return format_html('<span class="oversight-badge oversight-{}">{}</span>', colour, text)


def link_to(row: models.Model | None, text: str = "") -> SafeString | str:
    """A link to the row's own page."""
    if row is None:
        return "—"
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a class="oversight-link" href="{}">{}</a>', reverse(name, args=[row.pk]), text or str(row))


def short(text: str, most: int = REASON_SHOWN) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def said(value: Any) -> str:
    """A stored value as a person reads it."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(said(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} = {said(each)}" for name, each in value.items()) or NOTHING
    return str(value)


def moment(name: str, label: str) -> Callable[[Any], SafeString | str]:
    """A column with a time, in one line."""

    def shown(row: Any) -> SafeString | str:
        value = getattr(row, name)
        if value is None:
            return "—"
        local = timezone.localtime(value)
        line = '<span class="oversight-moment">{} <small class="oversight-quiet">{}</small></span>'
        return format_html(line, f"{local:%Y-%m-%d %H:%M:%S}", f"{local:%Z}")

    shown.short_description = label  # type: ignore[attr-defined]
    shown.__name__ = f"{name}_shown"
    return shown


def definitions(rows: Iterable[tuple[str, Any]]) -> SafeString:
    """Names and values, one under the other."""
    line = '<tr><th>{}</th><td class="oversight-text">{}</td></tr>'
    lines = format_html_join("", line, ((name, said(value)) for name, value in rows))
    return format_html('<table class="oversight-table">{}</table>', lines) if lines else SafeString("—")


def dialog(title: str, description: str, submit: str, form: type[BaseDialogForm] = BaseDialogForm) -> Any:
    """What unfold asks before it runs an action; ``submit`` stands on the button."""
    return {"title": title, "description": description, "form_class": form, "form_submit_text": submit}


def goes_to(url: str) -> HttpResponse:
    """Ends a dialog: the page behind it is loaded anew."""
    return HttpResponse(headers={"HX-Redirect": url})


def note(pair: Pair, event: str, *, who: str, message: str = "", changes: Any = None) -> HistoryEntry:
    """An entry about the pair as a whole, not about one of its links."""
    return HistoryEntry(pair=pair, event=event, name=pair.key, message=message, who=who, changes=dict(changes or {}))


def number(object_id: object) -> int:
    """A row's number as it stands in an address; 0, which no row has, for anything else."""
    text = str(object_id)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def who(request: HttpRequest) -> str:
    return request.user.get_username()
