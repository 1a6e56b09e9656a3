"""Jobs: the list, each job's page, and what people do to a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from qbwc.admin_base import QuickAdmin
from qbwc.models import Company
from syncapp.admin.base import moment, number, who
from syncapp.explorer import export, service
from syncapp.explorer.admin import names, tables, uploads
from syncapp.explorer.admin.base import DEEDS, JOB_COLOURS, context, demand, may
from syncapp.explorer.admin.compose import compose
from syncapp.explorer.admin.start import connect
from syncapp.explorer.models import Action, Job, Row
from syncapp.explorer.problems import Refused

FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "xml": "application/xml"}
DOUBTFUL = Exists(Row.objects.filter(job=OuterRef("pk"), state=Row.State.UNKNOWN))
WRITERS: dict[str, Callable[[Job], Iterator[str]]] = {
    "csv": partial(export.csv_rows, bom=True),
    "json": export.json_text,
    "xml": export.xml_text,
}


class NeedsYou(SimpleListFilter):
    title = "needs you"
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("you", "Rows of which nobody knows whether they were done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(DOUBTFUL) if self.value() else queryset


@admin.register(Job)
class JobAdmin(QuickAdmin):
    list_display = (*(moment("created_at", "Asked"), "what", "company", "state_", "counted", "asked_by", "problem_"),)
    list_display_links = ("what",)
    nothing_yet = "What is asked of QuickBooks under “Query, add, change”, by a CSV or by the API is listed here."
    list_select_related = ("company",)
    list_filter = ("company", "state", "action", NeedsYou)
    search_fields = ("record_type",)
    search_help_text = "The number of a job, or a record type such as Invoice"
    heavy = ("data", "fields", "columns", "mapping", "remark")

    @display(description="What")
    def what(self, job: Job) -> str:
        return f"{DEEDS[Action(job.action)]} {job.record_type}" + (f" ({job.source_name})" if job.source_name else "")

    @display(description="State", label=JOB_COLOURS)
    def state_(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description="Done")
    def counted(self, job: Job) -> str:
        if job.action == Action.QUERY:
            return f"{job.done:,}"
        failed = f", {job.failed:,} failed" if job.failed else ""
        needs = ", needs you" if getattr(job, "doubtful", False) else ""
        return f"{job.done:,} of {job.total or 0:,}{failed}{needs}"

    @display(description="Problem")
    def problem_(self, job: Job) -> str | SafeString:
        return job.problem[:100]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("connect/", view(connect), name="explorer_job_connect"),
            path("connect/<slug:company_key>/names/", view(suggested), name="explorer_job_names"),
            path(
                "connect/<slug:company_key>/<str:record_type>/<str:action>/", view(compose), name="explorer_job_compose"
            ),
            path("upload/", view(uploads.upload), name="explorer_job_upload"),
            path("<int:pk>/mapping/", view(uploads.mapping), name="explorer_job_mapping"),
            path("<int:pk>/part/", view(part), name="explorer_job_part"),
            path("<int:pk>/do/", view(do), name="explorer_job_do"),
            path("<int:pk>/result.<str:form>", view(download), name="explorer_job_download"),
            path("<int:pk>/failed.csv", view(uploads.failed), name="explorer_job_failed"),
            *super().get_urls(),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = get_object_or_404(Job.objects.select_related("company", "saved_operation"), pk=number(object_id))
        if job.state == Job.State.DRAFT and may(request, job.action):
            return HttpResponseRedirect(reverse("admin:explorer_job_mapping", args=[job.pk]))
        shown = tables.of(request, job)
        return TemplateResponse(
            request, "explorer/job.html", context(request, f"Job {job.pk}", opts=self.opts, object=job, **shown)
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("company").annotate(doubtful=DOUBTFUL)


def _seen(request: HttpRequest, pk: int) -> Job:
    """A job, for somebody who may see it."""
    if not request.user.has_perm("explorer.view_job"):
        raise PermissionDenied
    return get_object_or_404(Job.objects.select_related("company", "saved_operation"), pk=pk)


def part(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes on a job's page while it runs."""
    job = _seen(request, pk)
    response = TemplateResponse(request, "explorer/job_part.html", tables.of(request, job))
    response["X-Job-Open"] = "yes" if job.is_open else "no"
    return response


def suggested(request: HttpRequest, company_key: str) -> HttpResponse:
    company = get_object_or_404(Company, key=company_key)
    if not request.user.has_perm("explorer.view_job"):
        raise PermissionDenied
    return JsonResponse({"names": names.known(company, request.GET.get("name", ""))})


def download(request: HttpRequest, pk: int, form: str) -> HttpResponse | StreamingHttpResponse:
    """The whole result, as a stream."""
    job = _seen(request, pk)
    if form not in FORMATS:
        raise Http404(f"A result is downloaded as {', '.join(FORMATS)}.")
    if form == "xml" and job.action != Action.QUERY:
        raise Http404("Only a query's result is kept as XML.")
    response = StreamingHttpResponse(WRITERS[form](job), content_type=FORMATS[form])
    response["Content-Disposition"] = f'attachment; filename="{job.record_type}-{job.pk}.{form}"'
    return response


def do(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel, try again, or say what became of a row in doubt."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    job = _seen(request, pk)
    demand(request, job.action)
    try:
        text = _done(request, job, request.POST.get("deed", ""))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, text)
    return HttpResponseRedirect(reverse("admin:explorer_job_change", args=[job.pk]))


def _done(request: HttpRequest, job: Job, deed: str) -> str:
    me = who(request)
    if deed == "cancel":
        return f"Cancelled; {service.cancel(job, me)} will not be sent. What is out already is still heard of."
    row = number(request.POST.get("row"))
    if deed == "retry":
        return f"{service.retry(job, me, [row] if row else None)} will be tried again."
    found = get_object_or_404(Row, pk=row, job=job)
    if deed not in ("was_done", "was_not_done"):
        raise Http404("Nothing of that name can be done to a job.")
    settled = service.decide(found, deed == "was_done", me)
    return "Noted." if settled else "Somebody else decided it, or it is not in doubt any more."
