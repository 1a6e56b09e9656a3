"""Pairs: what travels, when, and who wins; with buttons to run, preview and approve."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_q.tasks import async_task
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from syncapp import audit, backfill, clock, field_mapping, history, reading
from syncapp.admin import fields_page, overview, pair_form, tie_out_page
from syncapp.admin.base import ORG_SECRETS, definitions, dialog, goes_to, link_to, moment, note, number, short, who
from syncapp.admin.pair_fields import BackfillForm
from syncapp.flows.sales import KIND as SALE
from syncapp.models import Pair
from syncapp.settings_rules import PAIR_SWITCHES, complete, plan_again, reschedule

RECORDED = ("enabled", "schedule", "first_run", *PAIR_SWITCHES, "flows")
LAST_CYCLE, NEXT_CYCLE = moment("last_cycle_at", "Last cycle"), moment("next_cycle_at", "Next cycle")


@admin.register(Pair)
class PairAdmin(ModelAdmin):
    form = pair_form.PairForm
    list_display = (*("key", "org_", "desktop_", "enabled", "waits", "schedule_", "cycles"),)
    sortable_by = ("key",)
    list_filter = ("enabled",)
    list_select_related = ("org", "desktop")
    actions = None
    nothing_yet = "A pair joins a Salesforce org and a QuickBooks company: add those first, under Settings."
    warn_unsaved_form = True
    change_form_outer_before_template = "syncapp/admin/pair_status.html"
    actions_detail = (
        *("sync_now", "preview", "approve", "tie_out"),
        {
            "title": "More",
            "icon": "more_horiz",
            "items": ["field_mapping", "pause_history", "resume_history", "reach_back"],
        },
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pair]:
        rows: QuerySet[Pair] = super().get_queryset(request)
        return rows.select_related("org", "desktop").defer(*ORG_SECRETS)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None or self.has_change_permission(request, obj):
            return pair_form.fieldsets(fixed=obj is not None)
        return [*pair_form.fieldsets(fixed=True)[:1], ("What travels, and who wins", {"fields": ("settings_",)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Links belong to the org and the company that they were made with."""
        return ("key", "org_", "desktop_", "settings_") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was linked is not thrown away with a click; such a pair is disabled instead."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (isinstance(obj, Pair) and obj.links.exists())

    def has_run_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("syncapp.run_pair") or request.user.has_perm("syncapp.change_pair"))

    @display(description="Salesforce org")
    def org_(self, pair: Pair) -> SafeString | str:
        return link_to(pair.org)

    @display(description="QuickBooks company")
    def desktop_(self, pair: Pair) -> SafeString | str:
        return link_to(pair.desktop)

    @display(description="Settings")
    def settings_(self, pair: Pair) -> SafeString:
        return definitions(pair_form.spelt_out(pair))

    @display(description="Schedule")
    def schedule_(self, pair: Pair) -> SafeString:
        return format_html('<span class="oversight-moment">{}</span>', pair.schedule)

    @display(description="Last and next cycle")
    def cycles(self, pair: Pair) -> SafeString:
        return format_html('<span class="oversight-moment">{}<br>{}</span>', LAST_CYCLE(pair), NEXT_CYCLE(pair))

    @display(description="Waits for", empty_value="—")
    def waits(self, pair: Pair) -> str:
        if pair.held_because:
            return short(f"Approval: {pair.held_because}", 80)
        return "Approval of the first run" if overview.first_run_waits(pair) else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        pair = Pair.objects.filter(pk=number(object_id)).first()
        if pair is not None:
            extra_context = {**(extra_context or {}), "card": overview.card(pair)}
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return response

    def _tell_of_source(self, request: HttpRequest, pair: Pair) -> None:
        """Salesforce is asked once the settings are stored: it may take long to answer."""
        for warning in field_mapping.source_warnings(pair):
            self.message_user(request, warning, messages.WARNING)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Pair, form: Any, change: bool) -> None:
        """Only what the form holds is saved: a cycle may be writing to the same row."""
        stored = Pair.objects.select_related("org", "desktop").defer(*ORG_SECRETS).filter(pk=obj.pk).first() or Pair()
        before, old_flows = audit.pair_state(stored), dict(stored.flows)
        flows = form.chosen_flows()
        same = all(complete(kind, flows) == complete(kind, old_flows) for kind in {*flows, *old_flows})
        obj.flows = old_flows if change and same else flows
        obj.save(update_fields=RECORDED if change else None)
        changes = audit.changes(before, audit.pair_state(obj))
        if not change:
            audit.tell_pair(obj, "pair created", changes, who=who(request))
            return
        if changes:
            audit.tell_pair(obj, "settings changed", changes, who=who(request))
        if obj.flows != old_flows:
            plan_again(obj, old_flows)
            transaction.on_commit(partial(self._tell_of_source, request, obj))
        if "schedule" in changes:
            reschedule(obj)
        if warning := form.warning():
            self.message_user(request, warning, messages.WARNING)

    # Buttons

    def get_urls(self) -> list[URLPattern]:
        address = path(
            "<int:pk>/reconciliation/",
            self.admin_site.admin_view(tie_out_page.page),
            name="syncapp_pair_reconciliation",
        )
        fields = path(
            "<int:object_id>/fields/<slug:flow>/",
            self.admin_site.admin_view(fields_page.page),
            name="syncapp_pair_fields",
        )
        return [address, fields, *super().get_urls()]

    @action(description="Tie out", icon="balance", permissions=["view"], url_path="tie_out")
    def tie_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:syncapp_pair_reconciliation", args=[number(object_id)]))

    def _start(self, request: HttpRequest, object_id: str, event: str, **how: bool) -> HttpResponse:
        """In the background: a cycle takes as long as Salesforce does."""
        page = reverse("admin:syncapp_pair_change", args=[object_id])
        pair = get_object_or_404(Pair, pk=number(object_id))
        if not pair.enabled and not how.get("preview"):
            self.message_user(request, "The pair is disabled: enable it first.", messages.ERROR)
            return goes_to(page)
        if pair.leased_until and pair.leased_until > clock.now():
            self.message_user(request, "A cycle is at work already; wait until it has finished.", messages.ERROR)
            return goes_to(page)
        name = who(request)
        with transaction.atomic():
            history.write([note(pair, event, who=name)])
            transaction.on_commit(lambda: async_task("syncapp.admin.jobs.cycle_now", pair.pk, f"by {name}"[:40], **how))
        self.message_user(request, "It starts in a moment; the newest run is the first in the list below.")
        return goes_to(f"{reverse('admin:syncapp_run_changelist')}?pair={pair.pk}")

    @action(
        description="Sync now",
        icon="sync",
        permissions=["run"],
        variant=ActionVariant.PRIMARY,
        dialog=dialog("Sync now", "One cycle, as if it were due by the schedule.", "Sync now"),
    )
    def sync_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._start(request, object_id, "sync asked for")

    @action(
        description="Preview",
        icon="visibility",
        permissions=["run"],
        dialog=dialog("Preview", "Both sides are read, and the plan is shown. Nothing is written.", "Preview"),
    )
    def preview(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._start(request, object_id, "preview asked for", preview=True)

    @action(
        description="Approve",
        icon="check",
        permissions=["run"],
        dialog=dialog(
            "Approve and carry out",
            "What was held is written to both sides now. Look at the plan of the newest run first.",
            "Approve",
        ),
    )
    def approve(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._start(request, object_id, "approved", approve=True)

    @action(
        description="Pause history",
        icon="pause",
        permissions=["run"],
        dialog=dialog(
            "Pause the reading of history",
            "QuickBooks is asked for nothing more of it until somebody resumes it, and what was read is kept. "
            "Changes of the same kinds are not read meanwhile.",
            "Pause",
        ),
    )
    def pause_history(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        pair = get_object_or_404(Pair, pk=number(object_id))
        paused = reading.pause(pair, who=who(request))
        self.message_user(request, f"Paused: {', '.join(paused)}." if paused else "No history is being read.")
        return goes_to(reverse("admin:syncapp_pair_change", args=[object_id]))

    @action(
        description="Resume history",
        icon="play_arrow",
        permissions=["run"],
        dialog=dialog("Resume the reading of history", "It goes on where it was paused.", "Resume"),
    )
    def resume_history(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        pair = get_object_or_404(Pair, pk=number(object_id))
        resumed = reading.resume(pair, who=who(request))
        self.message_user(request, f"It goes on: {', '.join(resumed)}." if resumed else "No history was paused.")
        return goes_to(reverse("admin:syncapp_pair_change", args=[object_id]))

    @action(
        description="Backfill sales",
        icon="history",
        permissions=["change"],
        dialog=dialog(
            "Backfill sales",
            "Sends opportunities that were won before the sync began. First it only counts them.",
            "Go on",
            BackfillForm,
        ),
    )
    def reach_back(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        pair = get_object_or_404(Pair, pk=number(object_id))
        since = form.cleaned_data["since"]
        said = backfill.reach(pair, since).said
        if form.cleaned_data["send"]:
            backfill.reach_back(pair, since, who(request))
            self.message_user(request, f"{said} They are sent from the next cycle on.")
        else:
            self.message_user(request, f"{said} Nothing has been changed; tick “Send them” to go on.")
        return goes_to(reverse("admin:syncapp_pair_change", args=[object_id]))

    @action(description="Field mapping", icon="compare_arrows", permissions=["view"])
    def field_mapping(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:syncapp_pair_fields", args=[object_id, "customers"]))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Only what there is something to do for: to approve, to pause, to resume, to backfill."""
        found: list[Any] = super().get_actions_detail(request, object_id)
        pair = Pair.objects.filter(pk=number(object_id)).first()
        under_way = reading.progress(pair) if pair is not None else []
        possible = {
            "approve": pair is not None and bool(pair.held_because or overview.first_run_waits(pair)),
            "pause_history": any(not each.paused for each in under_way),
            "resume_history": any(each.paused for each in under_way),
            "reach_back": pair is not None and bool(pair.flows.get(SALE, {}).get("on")),
        }
        idle = tuple(f"_{name}" for name, here in possible.items() if not here)
        return [each for each in found if not each.action_name.endswith(idle)]
