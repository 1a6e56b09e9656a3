"""API tokens: made here and shown once, and revoked.

Rule     nobody gives a program more than they may do themselves
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import display

from qbwc.admin_base import QuickAdmin
from qbwc.models import Company
from syncapp import clock
from syncapp.admin.base import moment
from syncapp.explorer import tokens
from syncapp.explorer.admin.base import context
from syncapp.explorer.models import ApiToken

Scope = ApiToken.Scope
NEEDED = {
    Scope.READ: ("explorer.view_job",),
    Scope.WRITE: ("explorer.add_job",),
    Scope.DESTROY: ("explorer.destroy_records",),
    Scope.RUN: ("explorer.add_job", "explorer.destroy_records"),
}
STATES = {"valid": "success", "expired": "default", "revoked": "danger"}
SHOWN = ("name", "scopes_", "for_", "state_")


@admin.register(ApiToken)
class ApiTokenAdmin(QuickAdmin):
    list_display = (*SHOWN, moment("last_used_at", "Last used"), moment("expires_at", "Valid until"))
    fields = (*SHOWN, "prefix", "created_by", moment("created_at", "Made"), moment("expires_at", "Valid until"),
              moment("last_used_at", "Last used"), moment("revoked_at", "Revoked"))  # fmt: skip
    readonly_fields = fields
    search_fields = ("name", "prefix")
    search_help_text = "The exact name, or the prefix of a token"
    ordering = ("name",)
    actions = ("revoke",)

    @display(description="May")
    def scopes_(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @display(description="For")
    def for_(self, token: ApiToken) -> str:
        return ", ".join(str(company) for company in token.companies.all()) or "all companies"

    @display(description="State", label=STATES)
    def state_(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return "revoked"
        return "valid" if tokens.is_valid(token, clock.now()) else "expired"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("companies")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("explorer.add_apitoken"))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("explorer.change_apitoken") or request.user.has_perm("explorer.add_apitoken"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        shown: dict[str, Any] = {
            "scopes": [(scope, _may_give(request, scope)) for scope in Scope],
            "companies": Company.objects.all(),
            "typed": request.POST,
            "chosen": request.POST.getlist("scope") or ["read"],
            "for_companies": request.POST.getlist("company"),
            "days_max": tokens.DAYS_MAX,
        }
        if request.method == "POST":
            try:
                shown["token"], shown["text"] = self._make(request)
            except tokens.BadToken as problem:
                shown["problem"] = str(problem)
        told = context(request, "A new API token", opts=self.opts, **shown)
        return TemplateResponse(request, "explorer/token.html", told)

    def _make(self, request: HttpRequest) -> tuple[ApiToken, str]:
        wanted = request.POST.getlist("scope")
        if any(scope in Scope.values and not _may_give(request, Scope(scope)) for scope in wanted):
            raise PermissionDenied
        companies = list(Company.objects.filter(key__in=request.POST.getlist("company")))
        days = request.POST.get("days", "").strip()
        if days and not (days.isascii() and days.isdigit()):
            raise tokens.BadToken(f"“{days}” is no number of days.")
        name = request.POST.get("name", "").strip()
        return tokens.make(
            name,
            wanted,
            companies=companies,
            days=int(days[:9]) if days else None,
            created_by=request.user if request.user.is_authenticated else None,
        )

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> HttpResponse:
        done = sum(tokens.revoke(token) for token in rows)
        messages.success(request, f"{done} revoked: it lets nobody in from now on.")
        return HttpResponseRedirect(reverse("admin:explorer_apitoken_changelist"))


def _may_give(request: HttpRequest, scope: Scope) -> bool:
    return all(request.user.has_perm(permission) for permission in NEEDED[scope])
