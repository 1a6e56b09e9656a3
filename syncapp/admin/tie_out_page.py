"""The page that ties out a pair: counts and totals of both sides per month and customer, and what differs."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from syncapp import history, tie_out, tying
from syncapp.admin.base import note, who
from syncapp.connectors.base import ConnectorError
from syncapp.flows import FLOWS
from syncapp.models import Pair

ROWS_SHOWN = 200


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET compares where ``compare`` is given, as a page or as CSV; POST has QuickBooks listed completely."""
    pair = get_object_or_404(Pair.objects.select_related("org", "desktop"), pk=pk)
    if not request.user.has_perm("syncapp.view_pair"):
        raise PermissionDenied
    if request.method == "POST":
        return _list_anew(request, pair)
    first, last, problem = _dates(request)
    found: list[tying.Tally] = []
    compared = bool(request.GET.get("compare")) and not problem
    if compared:
        try:
            found = tie_out.tallies(pair, first, last)
        except (ConnectorError, ImproperlyConfigured) as error:
            problem, compared = f"{error} {getattr(error, 'remedy', '')}".strip(), False
    if compared and request.GET.get("compare") == "csv":
        return _csv(pair, found)
    shown = {
        "pair": pair,
        "opts": Pair._meta,
        "first": request.GET.get("from", ""),
        "last": request.GET.get("to", ""),
        "problem": problem,
        "nothing_on": not tie_out.kinds_of(pair),
        "unread": tie_out.unread(pair),
        "may_read": request.user.has_perm("syncapp.change_pair"),
        "compared": compared,
        "tallies": [_shown(each, pair) for each in found],
        "most": ROWS_SHOWN,
    }
    title = f"Tie out {pair.key}"
    return TemplateResponse(
        request, "syncapp/admin/tie_out.html", {**admin.site.each_context(request), "title": title, **shown}
    )


def _list_anew(request: HttpRequest, pair: Pair) -> HttpResponse:
    if not request.user.has_perm("syncapp.change_pair"):
        raise PermissionDenied
    tie_out.list_anew(pair)
    history.write([note(pair, "complete listing asked for", who=who(request))])
    messages.success(request, "QuickBooks is listed completely with the next cycle; compare again when it is done.")
    return HttpResponseRedirect(reverse("admin:syncapp_pair_reconciliation", args=[pair.pk]))


def _dates(request: HttpRequest) -> tuple[str, str, str]:
    """Both dates, and what is wrong with them."""
    found = []
    for name in ("from", "to"):
        text = request.GET.get(name, "").strip()
        try:
            found.append(date.fromisoformat(text).isoformat() if text else "")
        except ValueError:
            return "", "", f"“{text}” is not a date: write it as 2026-01-31."
    return found[0], found[1], ""


def _csv(pair: Pair, found: list[tying.Tally]) -> HttpResponse:
    file = StringIO()
    tie_out.write_csv(file, found, pair)
    name = f'attachment; filename="{pair.key}-tie-out.csv"'
    return HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _shown(tally: tying.Tally, pair: Pair) -> dict[str, Any]:
    """What differs comes first, and all that there is room for after it."""

    def rows(buckets: list[tying.Bucket], *, accounts: bool) -> list[dict[str, Any]]:
        some = sorted(buckets, key=lambda each: each.ties)[:ROWS_SHOWN]
        return [
            {
                "name": tally.names.get(each.name) or each.name or ("(no account)" if accounts else "(no date)"),
                "url": tie_out.record_url(pair, each.name) if accounts else "",
                "bucket": each,
            }
            for each in some
        ]

    return {
        "name": FLOWS[tally.kind].mapping.plural,
        "tally": tally,
        "count": sum(each.quickbooks.count for each in tally.months),
        "groups": [
            ("Month", rows(tally.months, accounts=False), len(tally.months)),
            ("Customer", rows(tally.customers, accounts=True), len(tally.customers)),
        ],
        "differences": [
            {"it": each, "link": tie_out.link_url(each), "record": tie_out.record_url(pair, each.salesforce_id)}
            for each in tally.differences
        ],
    }
