"""The admin's pages of this app: companies, sessions, requests, messages and pulls.

Rule     no page counts a large table, reads a large text for a list, or shows a secret
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from qbwc import identity, outbox, passwords
from qbwc.admin_base import QuickAdmin, shown
from qbwc.models import Company, Message, Pull, Request, Session
from qbwc.qbxml.status import Meaning
from qbwc.signals import company_changed


def explained(meaning: Meaning | None) -> str:
    """A code for a person: what it means, why it came, and what to do."""
    if meaning is None:
        return "-"
    return format_html("<b>{}</b> ({}). {} {}", meaning.meaning, meaning.code, meaning.cause, meaning.remedy)


@admin.register(Company)
class CompanyAdmin(ModelAdmin):
    list_display = ("name", "key", "username", "last_contact_at", "late", "paused", "problem_line", "setup_file")
    list_filter = ("paused",)
    search_fields = ("name", "key", "username", "company_name")
    readonly_fields = (
        "file_id", "company_name", "found_name", "problem", "last_contact_at", "last_address",
        "next_expected_at", "late", "version", "facts", "facts_at", "setup_file",
    )  # fmt: skip
    fields = (
        "key", "name", "username", "company_file", "run_every_minutes", "paused",
        "company_name", "found_name", "problem", "last_contact_at", "last_address", "next_expected_at", "late",
        "version", "facts", "facts_at", "file_id", "setup_file",
    )  # fmt: skip
    actions = ("rotate_password", "accept_new_name", "forget_file", "pair_again")

    def get_readonly_fields(self, request: HttpRequest, obj: Company | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else ("key", *self.readonly_fields)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "company_file":
            kwargs["widget"] = UnfoldAdminTextInputWidget()  # a path is one line
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(boolean=True)
    def late(self, company: Company) -> bool:
        return company.late

    @admin.display(description="Problem")
    def problem_line(self, company: Company) -> str:
        return company.problem[:120]

    @admin.display(description="Version of qbXML")
    def version(self, company: Company) -> str:
        return f"{company.qbxml_version} ({company.country})"

    @admin.display(description="Set-up file")
    def setup_file(self, company: Company) -> str:
        if company.pk is None:
            return ""
        link = '<a class="text-primary-600 dark:text-primary-500" href="{}">Download</a>'
        return format_html(link, reverse("qbwc:download", args=[company.key]))

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        named = form.changed_data if change else []
        before = Company.objects.filter(pk=obj.pk).values(*named).first() if named else None
        super().save_model(request, obj, form, change)
        if not change:
            entered = {name: [None, getattr(obj, name)] for name in form.changed_data}
            _tell(request, obj, "company created", entered)
            self._show_password(request, obj)
        elif before:
            changes = {name: [before[name], getattr(obj, name)] for name in named}
            _tell(request, obj, "company changed", changes)

    def _show_password(self, request: HttpRequest, company: Company) -> None:
        password = passwords.set_password(company)
        text = f"The password of {company.username} is {password} (it is shown only this once)."
        self.message_user(request, text, messages.WARNING)

    @admin.action(description="Give a new password", permissions=["change"])
    def rotate_password(self, request: HttpRequest, rows: QuerySet[Company]) -> None:
        for company in rows:
            self._show_password(request, company)
            _tell(request, company, "password replaced")

    @admin.action(description="Accept the company's new name", permissions=["change"])
    def accept_new_name(self, request: HttpRequest, rows: QuerySet[Company]) -> None:
        for company in rows:
            before, name = company.company_name, identity.accept_name(company)
            _tell(request, company, "name accepted", {"company_name": [before, name]})
            self.message_user(request, f"{company.key} is held to the name {name}.")

    @admin.action(description="Forget the file's path (use what is open)", permissions=["change"])
    def forget_file(self, request: HttpRequest, rows: QuerySet[Company]) -> None:
        for company in rows:
            _tell(request, company, "file forgotten", {"company_file": [company.company_file, ""]})
        rows.update(company_file="")

    @admin.action(description="Pair again: learn name and facts at the next session", permissions=["change"])
    def pair_again(self, request: HttpRequest, rows: QuerySet[Company]) -> None:
        for company in rows:
            _tell(request, company, "paired again", {"company_name": [company.company_name, ""]})
        rows.update(company_file="", company_name="", found_name="", problem="", facts={})


def _tell(request: HttpRequest, company: Company, event: str, changes: dict[str, Any] | None = None) -> None:
    who = request.user.get_username()
    company_changed.send(Company, company=company, event=event, who=who, changes=changes or {})


@admin.register(Session)
class SessionAdmin(QuickAdmin):
    list_display = ("id", "company", "state", "identity", "percent", "started_at", "last_call_at", "last_error")
    list_filter = ("state", "identity", "company")
    list_select_related = ("company",)
    search_fields = ("company__key",)
    exclude = ("ticket",)


@admin.register(Request)
class RequestAdmin(QuickAdmin):
    list_display = ("id", "company", "name", "state", "status_code", "reference", "created_at", "closed_at")
    list_filter = ("state", "company")
    list_select_related = ("company",)
    search_fields = ("reference", "name")
    search_help_text = "The exact id, reference or kind of request"
    heavy = ("body", "status_message")
    exclude = ("body",)
    readonly_fields = ("explanation", "document", "answered")
    actions = ("cancel", "resend")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("company")

    @admin.display(description="What its status means")
    def explanation(self, request: Request) -> str:
        return explained(request.meaning)

    @admin.display(description="Request")
    def document(self, request: Request) -> str:
        return shown(request.body)

    @admin.display(description="Answer")
    def answered(self, request: Request) -> str:
        return shown(request.answer)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("qbwc.change_request")

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Request]) -> None:
        ids = list(rows.values_list("id", flat=True))
        done = sum(outbox.cancel(one, f"Cancelled by {request.user}.") for one in ids)
        self.message_user(request, f"{done} of {len(ids)} cancelled; the others were out or closed already.")

    @admin.action(description="Send again", permissions=["cancel"])
    def resend(self, request: HttpRequest, rows: QuerySet[Request]) -> None:
        for one in list(rows.values_list("id", flat=True)):
            try:
                outbox.resend(one)
            except outbox.NotPossible as error:
                self.message_user(request, str(error), messages.ERROR)


@admin.register(Message)
class MessageAdmin(QuickAdmin):
    list_display = ("id", "company", "kind", "state", "hresult", "message_set_id", "sent_at", "answered_at")
    list_filter = ("kind", "state", "company")
    list_select_related = ("company",)
    search_fields = ("message_set_id",)
    heavy = ("body", "response", "parts", "hresult_message")
    exclude = ("body", "response", "parts")
    readonly_fields = ("explanation", "document", "answer")

    @admin.display(description="What its error means")
    def explanation(self, message: Message) -> str:
        return explained(message.meaning)

    @admin.display(description="Sent")
    def document(self, message: Message) -> str:
        return shown(message.body)

    @admin.display(description="Answer")
    def answer(self, message: Message) -> str:
        return shown(message.response)


@admin.register(Pull)
class PullAdmin(QuickAdmin):
    list_display = ("id", "company", "name", "state", "received", "counted", "restarts", "created_at", "problem")
    list_filter = ("state", "company")
    list_select_related = ("company",)
    search_fields = ("reference", "name")
    heavy = ("windows", "filters")
