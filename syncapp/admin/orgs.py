"""Salesforce orgs: how we sign in. Secrets go in here and never come out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget

from syncapp import audit
from syncapp.admin import org_package as package_page
from syncapp.admin.base import dialog, goes_to, number, short, who
from syncapp.audit import stored_secret
from syncapp.connectors.base import ConnectorError
from syncapp.models import Org
from syncapp.secrets import REFERENCE
from syncapp.settings_rules import ACCESS, NEEDS, ORG_KEYS, SECRETS, bulk_problem, reset_access, revealed

LABELS = {
    "client_secret": "Client secret",
    "password": "Password",
    "security_token": "Security token",
    "private_key": "Private key",
}
LEARNT = ("org_id", "user_id", "instance_url", "problem", "calls")
SHOWN = (*LEARNT, "package_")


def _secret(name: str) -> forms.CharField:
    if name == "private_key":
        return forms.CharField(label=LABELS[name], required=False, widget=UnfoldAdminTextareaWidget({"rows": 4}))
    hidden = UnfoldAdminPasswordWidget({"autocomplete": "new-password"}, render_value=False)
    return forms.CharField(label=LABELS[name], required=False, strip=True, widget=hidden)


class OrgForm(forms.ModelForm):
    """Secrets are write-only: an empty field keeps what is stored."""

    new_client_secret = _secret("client_secret")
    new_password = _secret("password")
    new_security_token = _secret("security_token")
    new_private_key = _secret("private_key")

    class Meta:
        model = Org
        fields = ("key", "auth", "domain", "client_id", "username", "bulk_from")
        help_texts = {
            "bulk_from": "For all pairs of this org: from so many records of one kind on, a complete listing and new "
            "records travel by Bulk API 2.0, which takes fewer calls; 0: never.",
        }
        labels = {"auth": "Way of signing in", "username": "User name", "bulk_from": "Bulk jobs from"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            if f"new_{name}" in self.fields:
                self.fields[f"new_{name}"].help_text = self._help(name)

    def _help(self, name: str) -> str:
        stored = stored_secret(self.instance, name)
        if stored is None:
            return "Stored with a key that SECRETS_KEYS no longer lists: add that key, or enter it again."
        if stored.startswith(REFERENCE):
            return f"Read from the environment variable {stored.removeprefix(REFERENCE)}. Leave empty to keep it so."
        if stored:
            return "Stored, and not shown. Leave empty to keep it."
        return "Not set. Enter it, or env:NAME to read it from the environment."

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        given = {**data, **{name: data.get(f"new_{name}") or stored_secret(self.instance, name) for name in SECRETS}}
        for name in NEEDS.get(data.get("auth", ""), ()):
            if not given.get(name):
                field = f"new_{name}" if name in SECRETS else name
                way = Org.Auth(data["auth"]).label
                self.add_error(field, f"“{way}” needs it.")
        for name in SECRETS:
            self._check_reference(name, data.get(f"new_{name}") or "")
        return data

    def clean_bulk_from(self) -> int:
        least: int = self.cleaned_data["bulk_from"]
        if problem := bulk_problem(least):
            raise forms.ValidationError(problem[0].upper() + problem[1:])
        return least

    def _check_reference(self, name: str, value: str) -> None:
        if value.startswith(REFERENCE) and revealed(value) == value:
            variable = value.removeprefix(REFERENCE)
            self.add_error(f"new_{name}", f"The environment variable {variable} is not set here: set it first.")


@admin.register(Org)
class OrgAdmin(ModelAdmin):
    form = OrgForm
    list_display = ("key", "domain", "auth", "org_id", "calls", "problem_")
    actions = None
    readonly_fields = SHOWN
    actions_detail = ("try_to_sign_in", "check_package")
    fieldsets = (
        (None, {"fields": ("key", "auth", "domain", "client_id", "username")}),
        ("Secrets", {"fields": ("new_client_secret", "new_password", "new_security_token", "new_private_key")}),
        ("Large numbers of records", {"fields": ("bulk_from",)}),
        ("Learnt at the sign-in", {"fields": LEARNT}),
        ("What we add to the org", {"fields": ("package_",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Org]:
        """One secret that no key decrypts must not hide the page on which it can be entered again."""
        rows: QuerySet[Org] = super().get_queryset(request)
        return rows.defer(*SECRETS, "access_token")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only view is shown no fields to type secrets into."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return self.fieldsets[0], *self.fieldsets[2:]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*SHOWN, "key") if obj is not None else SHOWN

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (isinstance(obj, Org) and obj.pairs.exists())

    @display(description="API calls, last 24 hours")
    def calls(self, org: Org) -> str:
        return f"{org.api_used:,} of {org.api_allowed:,}" if org.api_allowed else "—"

    @display(description="Problem", empty_value="—")
    def problem_(self, org: Org) -> str:
        return short(org.problem)

    @display(description="Our package")
    def package_(self, org: Org) -> str:
        return package_page.shown(org)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Org, form: Any, change: bool) -> None:
        """Save what was entered and no more: sign-ins write tokens to the same row."""
        entered = {name: form.cleaned_data[f"new_{name}"] for name in SECRETS if form.cleaned_data.get(f"new_{name}")}
        before = {name: stored_secret(obj, name) or "" for name in entered}
        fresh = [name for name, value in entered.items() if revealed(before[name]) != revealed(value)]
        state = audit.org_state(self.get_queryset(request).get(pk=obj.pk) if change else Org())
        for name, value in entered.items():
            setattr(obj, name, value)
        plain = [name for name in form.changed_data if name in ORG_KEYS]
        obj.save(update_fields=[*plain, *entered] if change else None)
        changes = audit.changes(state, audit.org_state(obj))
        if not change:
            audit.tell_org(obj, "org created", changes, who=who(request))
        elif changes:
            audit.tell_org(obj, "org changed", changes, who=who(request))
        if change and (fresh or ACCESS.keys() & set(plain)):
            reset_access(obj)

    @contextmanager
    def _telling_problems(self, request: HttpRequest) -> Iterator[None]:
        try:
            yield
        except ConnectorError as problem:
            self.message_user(request, f"{problem.message} {problem.remedy}".strip(), messages.ERROR)
        except ImproperlyConfigured as problem:  # a secret that no key decrypts
            self.message_user(request, str(problem), messages.ERROR)

    @action(
        description="Try to sign in",
        icon="login",
        permissions=["change"],
        dialog=dialog(
            "Try to sign in",
            "Asks Salesforce for a new access token with these settings, and for nothing else.",
            "Sign in",
        ),
    )
    def try_to_sign_in(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        from syncapp.connectors.salesforce import auth, transport  # loads the client library, which takes a second

        with self._telling_problems(request):
            org = get_object_or_404(Org, pk=number(object_id))
            auth.sign_in(org, transport.session())
            self.message_user(request, f"Salesforce let us in: org {org.org_id}, user {org.user_id}.")
        return goes_to(reverse("admin:syncapp_org_change", args=[object_id]))

    @action(
        description="Check the package",
        icon="inventory",
        permissions=["change"],
        dialog=dialog(
            "Check the package",
            "Looks whether the org has our fields, objects and rights, and changes nothing there.",
            "Check",
        ),
    )
    def check_package(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        from syncapp import org_package  # loads the client library, which takes a second
        from syncapp.connectors.salesforce.gateway import Gateway

        with self._telling_problems(request):
            state = org_package.look(Gateway(get_object_or_404(Org, pk=number(object_id))))
            told = f"{state.version} {state.remedy}".strip()
            self.message_user(request, told, messages.SUCCESS if state.good else messages.WARNING)
        return goes_to(reverse("admin:syncapp_org_change", args=[object_id]))
