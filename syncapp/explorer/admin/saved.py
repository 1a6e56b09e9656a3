"""Saved operations: what each asks, when it runs in plain words, and running it now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cron_descriptor import Options, get_description
from cron_descriptor.Exception import FormatError
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import display

from qbwc.admin_base import QuickAdmin
from syncapp import clock
from syncapp.admin.base import moment, number, who
from syncapp.explorer import kinds, saved, service
from syncapp.explorer.admin import tables
from syncapp.explorer.admin.base import DEEDS, JOB_COLOURS, context, expected, may
from syncapp.explorer.models import DESTRUCTIVE, Action, Job, SavedOperation
from syncapp.explorer.problems import Problem, Refused
from syncapp.schedule import next_time
from syncapp.settings_rules import schedule_problem

TIMES_SHOWN = 3
JOBS_SHOWN = 10


def in_words(schedule: str) -> str:
    """ "30 6 * * 1-5" is "At 06:30, Monday through Friday"."""
    if not schedule:
        return "By hand"
    options = Options()
    options.use_24hour_time_format, options.locale_code = True, "en_US"
    try:
        return str(get_description(schedule, options))
    except FormatError:
        return schedule


def next_times(schedule: str) -> list[Any]:
    """The next few, of a schedule that is one."""
    found: list[Any] = []
    after = clock.now()
    while schedule and not schedule_problem(schedule) and len(found) < TIMES_SHOWN:
        after = next_time(schedule, after + timedelta(seconds=1 if found else 0))
        found.append(timezone.localtime(after))
    return found


@admin.register(SavedOperation)
class SavedOperationAdmin(QuickAdmin):
    list_display = ("name_", "what", "company", "when", moment("next_run_at", "Next"), "enabled")
    list_display_links = ("name_",)
    nothing_yet = "Compose a request under “Query, add, change”, and save it there, to run it again or on a schedule."
    list_select_related = ("company",)
    list_filter = ("company", "action", "enabled")
    search_fields = ("key", "name", "record_type")
    search_help_text = "The exact key, name, or record type"
    ordering = ("key",)
    heavy = ("data", "fields")

    @display(description="Name")
    def name_(self, operation: SavedOperation) -> str:
        return str(operation)

    @display(description="What")
    def what(self, operation: SavedOperation) -> str:
        return f"{DEEDS[Action(operation.action)]} {operation.record_type}"

    @display(description="When")
    def when(self, operation: SavedOperation) -> str:
        return in_words(operation.schedule)

    def get_urls(self) -> list[URLPattern]:
        do_ = path("<int:pk>/do/", self.admin_site.admin_view(do), name="explorer_savedoperation_do")
        return [do_, *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        operation = get_object_or_404(SavedOperation.objects.select_related("company"), pk=number(object_id))
        problems: list[Problem] = []
        if request.method == "POST":
            if not _may_change(request, operation):
                raise PermissionDenied
            try:
                saved.change(operation, by=who(request), **_sent(request))
                messages.success(request, "Saved.")
                return HttpResponseRedirect(request.path)
            except Refused as refused:
                problems = refused.problems
                for name, value in _sent(request).items():
                    setattr(operation, name, value)
        shown = _shown(request, operation, problems)
        told = context(request, str(operation), opts=self.opts, object=operation, **shown)
        return TemplateResponse(request, "explorer/saved.html", told)


def _may_change(request: HttpRequest, operation: SavedOperation) -> bool:
    """A schedule does what its operation does, so whoever sets it must be allowed to do that."""
    return bool(request.user.has_perm("explorer.change_savedoperation")) and may(request, operation.action)


def _sent(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    values = {name: sent.get(name, "").strip() for name in ("name", "schedule", "webhook_url")}
    return {**values, "enabled": "enabled" in sent}


def _shown(request: HttpRequest, operation: SavedOperation, problems: list[Problem]) -> dict[str, Any]:
    kind = kinds.find(operation.record_type)
    jobs = Job.objects.filter(saved_operation=operation).order_by("-pk")[:JOBS_SHOWN]
    held = {problem.path for problem in problems} & {"name", "schedule", "webhook_url"}
    return {
        "operation": operation,
        "label": kind.label if kind else operation.record_type,
        "deed": DEEDS[Action(operation.action)],
        "asks": tables.asks(operation.data),
        "words": in_words(operation.schedule),
        "times": next_times(operation.schedule) if operation.enabled else [],
        "expected": expected(operation.company),
        "jobs": [{"job": job, "words": tables.words(job), "colour": JOB_COLOURS[Job.State(job.state)]} for job in jobs],
        "may_change": _may_change(request, operation),
        "may_delete": request.user.has_perm("explorer.delete_savedoperation"),
        "may_run": may(request, operation.action),
        "destructive": operation.action in DESTRUCTIVE,
        "by_path": {problem.path: [problem] for problem in problems},
        "problems": [problem for problem in problems if problem.path not in held],
    }


def do(request: HttpRequest, pk: int) -> HttpResponse:
    """Run it now, or delete it."""
    operation = get_object_or_404(SavedOperation.objects.select_related("company"), pk=pk)
    here = HttpResponseRedirect(reverse("admin:explorer_savedoperation_change", args=[pk]))
    deed = request.POST.get("deed", "")
    if deed == "delete":
        if not request.user.has_perm("explorer.delete_savedoperation"):
            raise PermissionDenied
        saved.delete(operation, by=who(request))
        messages.success(request, f"{operation} is deleted; its jobs stay.")
        return HttpResponseRedirect(reverse("admin:explorer_savedoperation_changelist"))
    if deed != "run":
        return here
    # What destroys is confirmed on a page that names it.
    if not may(request, operation.action) or operation.action in DESTRUCTIVE:
        raise PermissionDenied
    try:
        job = service.run_saved(operation, asked_by=who(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return here
    return HttpResponseRedirect(reverse("admin:explorer_job_change", args=[job.pk]))
