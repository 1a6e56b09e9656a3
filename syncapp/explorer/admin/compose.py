"""The generated form: what is asked is typed, previewed as qbXML, sent, or saved as an operation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import slugify

from qbwc.models import Company
from syncapp.admin.base import who
from syncapp.explorer import fields, saved, service
from syncapp.explorer.admin import asked as typed
from syncapp.explorer.admin import essentials
from syncapp.explorer.admin.asked import CUSTOM_KEY, Asked
from syncapp.explorer.admin.base import DEEDS, context, demand, expected, kind_or_404, why_not
from syncapp.explorer.models import DESTRUCTIVE, Action
from syncapp.explorer.problems import Problem, Refused

KEY_LENGTH = 60
# A person sees one record's qbXML; of many that are named in a form, the first.
NAMES_SHOWN = 200


def compose(request: HttpRequest, company_key: str, record_type: str, action: str) -> HttpResponse:
    company = get_object_or_404(Company, key=company_key)
    kind = kind_or_404(record_type, action)
    demand(request, action)
    if request.method != "POST":
        return _page(request, typed.begun(request, company, kind, action))
    asked = typed.posted(request, company, kind, action)
    if "more" in request.POST or "_back" in request.POST:
        return _page(request, asked)
    try:
        if "_preview" in request.POST:
            return _page(request, asked, preview=_preview(asked))
        if "_save" in request.POST or "_update" in request.POST:
            return _save(request, asked)
        if action in DESTRUCTIVE and "confirmed" not in request.POST:
            return _confirm(request, asked)
        return _send(request, asked)
    except Refused as refused:
        return _page(request, asked, refused.problems)


def _preview(asked: Asked) -> str:
    _some(asked)
    record, custom = asked.records[0], asked.custom_values or None
    return service.preview(asked.company, asked.kind.name, asked.action, record, custom, fields=asked.columns).qbxml


def _some(asked: Asked) -> None:
    if not asked.records:
        raise Refused([Problem("", "Nothing is named yet.", "required", remedy="Give an id or a name.")])


def _send(request: HttpRequest, asked: Asked) -> HttpResponse:
    _some(asked)
    custom = [asked.custom_values] if asked.takes_custom and asked.custom_values else None
    job = service.submit(
        asked.company,
        asked.kind.name,
        asked.action,
        asked.records,
        fields=asked.columns,
        custom=custom,
        asked_by=who(request),
        idempotency_key=_once(request, asked, custom),
    )
    return HttpResponseRedirect(reverse("admin:explorer_job_change", args=[job.pk]))


def _once(request: HttpRequest, asked: Asked, custom: Any) -> str:
    """The same of the same form: a second click finds the job of the first. What was corrected since is another."""
    if not asked.once:
        return ""
    sent = json.dumps([asked.company.key, asked.kind.name, asked.action, asked.records, custom, asked.columns])
    return f"form {who(request)[:100]} {asked.once} {hashlib.sha256(sent.encode()).hexdigest()[:32]}"


def _save(request: HttpRequest, asked: Asked) -> HttpResponse:
    """As a new operation, or into the one whose question is changed."""
    again = asked.saved if "_update" in request.POST else None
    needed = "explorer.add_savedoperation" if again is None else "explorer.change_savedoperation"
    if not request.user.has_perm(needed):
        raise Refused([Problem("", "You may not save operations.", "permission")])
    name = request.POST.get("saved_name", "").strip()
    if again is None and not name:
        raise Refused([Problem("", "The operation needs a name.", "required", remedy="Give it one below.")])
    record = asked.records[0] if asked.records else {}
    data = record | ({CUSTOM_KEY: asked.custom_values} if asked.custom_values else {})
    if again is not None:
        operation = saved.change(again, by=who(request), data=data, fields=asked.columns)
    else:
        operation = saved.create(
            company=asked.company,
            key=slugify(request.POST.get("saved_key", "").strip() or name)[:KEY_LENGTH],
            name=name,
            record_type=asked.kind.name,
            action=asked.action,
            data=data,
            fields=asked.columns,
            schedule=request.POST.get("saved_schedule", "").strip(),
            created_by=who(request),
        )
    messages.success(request, f"Saved as {operation}.")
    return HttpResponseRedirect(reverse("admin:explorer_savedoperation_change", args=[operation.pk]))


def _page(request: HttpRequest, asked: Asked, problems: Sequence[Problem] = (), preview: str = "") -> HttpResponse:
    form = asked.form(problems)
    columns = fields.columns(asked.kind.name) if asked.action == Action.QUERY else ()
    deed = DEEDS[Action(asked.action)]
    shown: dict[str, Any] = {
        "asked": asked,
        "form": form,
        "wrong": len(problems),
        "preview": preview,
        "deed": deed,
        "destructive": asked.action in DESTRUCTIVE,
        "columns": [(path, path in asked.columns) for path in columns],
        "before": json.dumps(asked.before) if asked.before else "",
        "expected": expected(asked.company),
        "why_not": why_not(asked.company, asked.kind, asked.action),
        "what": describe(asked.known) if asked.known else "",
        "may_save": request.user.has_perm("explorer.add_savedoperation") and asked.action not in DESTRUCTIVE,
        "typed": request.POST,
    }
    return TemplateResponse(request, "explorer/compose.html", context(request, f"{deed}: {asked.kind.label}", **shown))


def _confirm(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Names what will be gone, before it is."""
    _some(asked)
    deed = DEEDS[Action(asked.action)]
    records = [next(iter(record.items())) for record in asked.records]
    known_id = asked.known.get(asked.kind.id_name)
    shown = {
        "asked": asked,
        "deed": deed,
        "flat": asked.flat,
        "many": len(records),
        "more": max(0, len(records) - NAMES_SHOWN),
        "records": [
            {
                "by": essentials.LABELS.get(name, fields.label(name)),
                "by_id": name == asked.kind.id_name,
                "value": value,
                "what": describe(asked.known) if value == known_id else "",
            }
            for name, value in records[:NAMES_SHOWN]
        ],
    }
    return TemplateResponse(request, "explorer/confirm.html", context(request, f"{deed}: {asked.kind.label}", **shown))


def describe(record: Any) -> str:
    """A record in a few words: its number or name, whose it is, its date and its amount."""
    paths = ("FullName", "Name", "RefNumber", "CustomerRef/FullName", "VendorRef/FullName", "PayeeEntityRef/FullName")
    found = [fields.value_at(record, path) for path in paths]
    if found[0]:
        found[1] = None
    dated = fields.value_at(record, "TxnDate")
    amounts = (fields.value_at(record, path) for path in ("TotalAmount", "AmountDue", "Amount", "Subtotal"))
    amount = next((each for each in amounts if each), None)
    open_ = fields.value_at(record, "BalanceRemaining")
    texts = [*(str(each) for each in found if each)]
    texts += [f"of {dated}"] if dated else []
    texts += [f"amount {amount}"] if amount else []
    texts += [f"{open_} open"] if open_ else []
    return ", ".join(texts)
