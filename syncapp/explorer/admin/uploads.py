"""An uploaded CSV: the file, the mapping of its columns, a trial, and the start."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget

from qbwc.models import Company
from syncapp.admin.base import who
from syncapp.explorer import export, fields, imports, kinds, limits, service
from syncapp.explorer import mapping as maps
from syncapp.explorer.admin import names
from syncapp.explorer.admin.base import DEEDS, context, demand
from syncapp.explorer.models import Action, Job, Row
from syncapp.explorer.problems import Problem, Refused

ACTIONS = (Action.ADD, Action.MODIFY)
SAMPLES = 3
CHUNK = 500


def upload(request: HttpRequest) -> HttpResponse:
    """Choose the file, the company, the record type, and whether it adds or modifies."""
    demand(request, Action.ADD)
    problems: list[Problem] = []
    if request.method == "POST":
        sent = request.FILES.get("file")
        company = Company.objects.filter(key=request.POST.get("company", "")).first()
        record_type, action = request.POST.get("record_type", ""), request.POST.get("action", "")
        problems = _wrong(sent, company, record_type, action)
        if not problems and sent is not None and company is not None:
            try:
                job = imports.upload(company, record_type, action, sent.name or "", sent.read(), who(request))
                return HttpResponseRedirect(reverse("admin:explorer_job_mapping", args=[job.pk]))
            except Refused as refused:
                problems = refused.problems
    shown = {
        "file_input": UnfoldAdminFileFieldWidget().render("file", None, {"id": "file", "accept": ".csv,text/csv,.txt"}),
        "companies": Company.objects.all(),
        "types": [
            kind for kind in kinds.record_types().values() if "add" in kind.requests or "modify" in kind.requests
        ],
        "typed": request.POST or request.GET,
        "problems": problems,
        "rows_max": limits.ROWS_MAX,
        "megabytes": limits.UPLOAD_BYTES_MAX // 1024 // 1024,
    }
    return TemplateResponse(request, "explorer/upload.html", context(request, "Upload a CSV", **shown))


def _wrong(sent: Any, company: Company | None, record_type: str, action: str) -> list[Problem]:
    found = []
    if sent is None:
        found.append(Problem("file", "No file was chosen.", "required", remedy="Choose a CSV."))
    elif sent.size > limits.UPLOAD_BYTES_MAX:
        most = limits.UPLOAD_BYTES_MAX // 1024 // 1024
        found.append(Problem("file", f"The file is larger than {most} MB.", "length", remedy="Split it."))
    kind = kinds.find(record_type)
    if company is None:
        found.append(Problem("company", "No company was chosen.", "required", remedy="Choose one."))
    if kind is None:
        found.append(Problem("record_type", "There is no such record type.", "unknown", remedy="Choose one."))
    elif action not in ACTIONS or action not in kind.requests:
        can = ", ".join(DEEDS[each].lower() for each in ACTIONS if each in kind.requests)
        found.append(
            Problem("action", f"{kind.label} records cannot be changed so.", "unknown", remedy=f"They can: {can}.")
        )
    return found


def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column fills what; a trial tells what is wrong with which row."""
    job = get_object_or_404(Job.objects.select_related("company"), pk=pk)
    demand(request, job.action)
    if job.state != Job.State.DRAFT:
        return HttpResponseRedirect(reverse("admin:explorer_job_change", args=[job.pk]))
    problems: list[Problem] = []
    tried = False
    if request.method == "POST" and "_discard" in request.POST:
        service.cancel(job, who(request))
        messages.success(request, "The upload is discarded; nothing was sent.")
        return HttpResponseRedirect(reverse("admin:explorer_job_connect"))
    if request.method == "POST":
        try:
            imports.remap(job, _mapping(request, job), _constants(request), dates=request.POST.get("dates"))
            if "_start" in request.POST:
                service.start_import(job, who(request))
                return HttpResponseRedirect(reverse("admin:explorer_job_change", args=[job.pk]))
            problems, tried = imports.dry_run(job), True
        except Refused as refused:
            problems = refused.problems
        job.refresh_from_db()
    shown = _shown(request, job, problems, tried)
    return TemplateResponse(request, "explorer/mapping.html", context(request, f"Upload {job.source_name}", **shown))


def _mapping(request: HttpRequest, job: Job) -> dict[str, str]:
    return {name: request.POST.get(f"m:{i}", "").strip() for i, name in enumerate(job.columns)}


def _constants(request: HttpRequest) -> dict[str, str]:
    found = {}
    for name in request.POST:
        if name.startswith("k:") and name.endswith(":path") and request.POST[name].strip():
            found[request.POST[name].strip()] = request.POST.get(f"{name[:-5]}:value", "").strip()
    return found


def _kept(request: HttpRequest, job: Job) -> dict[str, str]:
    """The constants as they were typed, or as they are."""
    if request.method == "POST":
        return _constants(request)
    return {path: text for path, text in job.data.items() if path != imports.DATES}


def _shown(request: HttpRequest, job: Job, problems: list[Problem], tried: bool) -> dict[str, Any]:
    lines = [line for row in job.rows.order_by("number")[:SAMPLES] for line in row.source][:SAMPLES]
    kind = kinds.find(job.record_type)
    bad = [problem for problem in problems if problem.row is not None]
    others = [problem for problem in problems if problem.row is None]
    columns = []
    for i, name in enumerate(job.columns):
        target = request.POST.get(f"m:{i}", job.mapping.get(name, ""))
        samples = [text for line in lines if (text := str(line.get(name, "")))]
        mine = [problem for problem in others if problem.path in (name, target) and problem.path]
        columns.append({"name": name, "target": target, "samples": samples, "problems": mine})
    placed = [problem for column in columns for problem in column["problems"]]
    wrong_rows = len({problem.row for problem in bad})
    return {
        "job": job,
        "label": kind.label if kind else job.record_type,
        "deed": DEEDS[Action(job.action)],
        "columns": columns,
        "targets": targets(job),
        "problems": [problem for problem in others if problem not in placed],
        "bad": bad,
        "bad_count": wrong_rows,
        "good_count": max(0, (job.total or 0) - wrong_rows),
        "tried": tried,
        "too_many": len(problems) >= limits.PROBLEMS_MAX,
        "constants": [*_kept(request, job).items(), ("", ""), ("", "")],
        "dates": request.POST.get("dates") or job.data.get(imports.DATES, maps.ISO),
    }


def targets(job: Job) -> list[tuple[str, str]]:
    """What a column may fill: paths, and how they are called."""
    company, kind = job.company, kinds.find(job.record_type)
    listed = [(leaf.path, leaf.label) for leaf in imports.targets(job)]
    custom = names.custom_fields(company, kind) if kind else []
    return [*listed, *((f"{fields.CUSTOM}{name}", f"Custom field {name}") for name in custom)]


def failed(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The failed lines as they were uploaded, each with its reason, to be corrected and uploaded again."""
    job = get_object_or_404(Job, pk=pk)
    if not request.user.has_perm("explorer.view_job"):
        raise PermissionDenied
    response = StreamingHttpResponse(_failed_lines(job), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{job.record_type}-{job.pk}-failed.csv"'
    return response


def _failed_lines(job: Job) -> Iterator[str]:
    yield "\ufeff" + _csv([*job.columns, "Problem"])  # with its mark, so that Excel reads UTF-8
    after = 0
    rows = job.rows.filter(state=Row.State.FAILED).order_by("number")
    while listed := list(rows.filter(number__gt=after).only("number", "source", "problem", "job")[:CHUNK]):
        for row in listed:
            for i, line in enumerate(row.source):
                yield _csv([*(str(line.get(name, "")) for name in job.columns), row.problem if i == 0 else ""])
        after = listed[-1].number


def _csv(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([export.cell(cell) for cell in cells])  # no spreadsheet takes one for a formula
    return written.getvalue()
