"""Webhooks: where each pair is called, when it last was, why a call was refused; secrets are made and shown once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import display

from qbwc.admin_base import QuickAdmin
from syncapp import webhook
from syncapp.admin.base import ORG_SECRETS, moment, number, who
from syncapp.models import Pair, Webhook

SHOWN = ("pair", "address_", "secret_", "outbound_", "calls", moment("last_call_at", "Last call"))


@admin.register(Webhook)
class WebhookAdmin(QuickAdmin):
    list_display = (*SHOWN, "refused")
    fields = (*SHOWN, "how_", moment("called_at", "News that waits since"), moment("began_at", "Last read at"),
              "refused", moment("last_refused_at", "Last refused"), "last_refusal")  # fmt: skip
    readonly_fields = fields
    ordering = ("pair__key",)
    nothing_yet = "A webhook lets Salesforce start a cycle at once; add one, and it says where to call, and with what."
    actions = ("switch_off",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("pair__org", "pair__desktop")
        return rows.defer(*(f"pair__{name}" for name in ORG_SECRETS))

    @display(description="Address")
    def address_(self, row: Webhook) -> str:
        return webhook.address(row.pair)

    @display(description="Secret", label={"made": "success", "none": "default"})
    def secret_(self, row: Webhook) -> str:
        return "made" if row.secret_hash else "none"

    @display(description="Outbound messages", label={"taken": "success", "not taken": "default"})
    def outbound_(self, row: Webhook) -> str:
        return "taken" if row.pair.outbound_messages else "not taken"

    @display(description="It came", empty_value="—")
    def how_(self, row: Webhook) -> str:
        return row.last_how

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("syncapp.add_webhook"))

    def has_switch_off_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        pairs = Pair.objects.select_related("org", "desktop").defer(*ORG_SECRETS)
        shown: dict[str, Any] = {"pairs": [(pair, bool(_secret_of(pair))) for pair in pairs]}
        if request.method == "POST":
            pair = get_object_or_404(pairs, pk=number(request.POST.get("pair", "")))
            secret = webhook.make_secret(pair, who=who(request))
            shown |= {"pair": pair, "secret": secret, "address": webhook.address(pair)}
        told = {**admin.site.each_context(request), "title": "A new secret for a webhook", "opts": self.opts, **shown}
        return TemplateResponse(request, "syncapp/admin/webhook.html", told)

    @admin.action(description="End the secret", permissions=["switch_off"])
    def switch_off(self, request: HttpRequest, rows: QuerySet[Webhook]) -> HttpResponse:
        done = 0
        for row in rows:
            done += webhook.switch_off(row.pair, who=who(request))
        messages.success(request, f"{done} ended: the secret lets nobody in from now on.")
        return HttpResponseRedirect(reverse("admin:syncapp_webhook_changelist"))


def _secret_of(pair: Pair) -> str:
    return Webhook.objects.filter(pair=pair).values_list("secret_hash", flat=True).first() or ""
