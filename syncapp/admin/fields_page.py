"""The page of a pair's field mapping: every field of a flow, and one of them to change, check, try and save.

Rule     whoever may view the pair sees the mapping; checking, trying and saving need the right to change it
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from syncapp import field_mapping, mapping_trial
from syncapp.admin.base import number, said, who
from syncapp.admin.fields_form import FieldForm, initial
from syncapp.connectors.base import ConnectorError
from syncapp.connectors.quickbooks_desktop.kinds import SPELLINGS
from syncapp.connectors.quickbooks_desktop.own_fields import elements
from syncapp.field_mapping import Line
from syncapp.flows import FLOWS, NAMES, settings_of
from syncapp.flows.base import BadSetting
from syncapp.mapping.finding import Finding
from syncapp.mapping.formula_values import FUNCTIONS
from syncapp.mapping.overrides import is_fixed
from syncapp.mapping.registry import MAPPINGS
from syncapp.models import Link, Pair
from syncapp.records import Side

ORIGINS = {
    field_mapping.DEFAULT: ("default", "default"),
    field_mapping.CHANGED: ("overridden", "warning"),
    field_mapping.OWN: ("your own", "info"),
    field_mapping.SWITCHED_OFF: ("switched off", "danger"),
}
WAYS = {"both": "both ways", "to_salesforce": "to Salesforce", "to_quickbooks": "to QuickBooks", "off": "off"}
POLICIES = {"quickbooks": "QuickBooks wins", "salesforce": "Salesforce wins", "newest": "the newest wins", "ask": "ask"}


def page(request: HttpRequest, object_id: str, flow: str = "customers") -> HttpResponse:
    pair = get_object_or_404(Pair.objects.select_related("org", "desktop"), pk=number(object_id))
    if flow not in NAMES:
        raise Http404
    if not request.user.has_perm("syncapp.view_pair") and not request.user.has_perm("syncapp.change_pair"):
        raise PermissionDenied
    return _Page(request, pair, flow).answer()


class _Page:
    def __init__(self, request: HttpRequest, pair: Pair, flow: str) -> None:
        self.request, self.pair, self.flow, self.kind = request, pair, flow, NAMES[flow]
        self.settings = settings_of(pair.flows)[self.kind]
        self.may_change = request.user.has_perm("syncapp.change_pair") and "fields" in self.settings
        self.fields: dict[str, Any] = dict(self.settings.get("fields", {}))
        self.findings: list[Finding] = []
        self.problem = self.silent = ""
        self.trial: mapping_trial.Trial | None = None
        self.checked = False

    @property
    def url(self) -> str:
        return reverse("admin:syncapp_pair_fields", args=[self.pair.pk, self.flow])

    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            name = self.request.GET.get("field", "")
            return self._shown(FieldForm(initial=initial(name, self.fields.get(name, {})) if name else None))
        if not self.may_change:
            raise PermissionDenied
        if "_remove" in self.request.POST:
            return self._removed(self.request.POST.get("name", ""))
        form = FieldForm(self.request.POST)
        if form.is_valid():
            try:
                return self._taken(form)
            except BadSetting as problem:
                self.problem = str(problem)
        return self._shown(form)

    def _removed(self, name: str) -> HttpResponse:
        rest = {key: table for key, table in self.fields.items() if key != name}
        if field_mapping.save(self.pair, self.kind, rest, who=who(self.request)):
            self._say(f"“{name}” is as the default has it. Every record is read and compared again.")
        return HttpResponseRedirect(self.url)

    def _taken(self, form: FieldForm) -> HttpResponse:
        name = form.cleaned_data["name"]
        proposed = field_mapping.with_field(self.pair, self.kind, name, form.table)
        self._check(proposed)
        bad = [each for each in self.findings if not each.warning and each.field == name]
        if "_save" in self.request.POST and not bad:
            if field_mapping.save(self.pair, self.kind, proposed["fields"], who=who(self.request)):
                self._say("Saved. Every record is read and compared again with the next cycles.")
            for each in self.findings:
                messages.warning(self.request, str(each))
            if self.silent:
                messages.warning(self.request, f"Salesforce could not be asked: {self.silent}")
            return HttpResponseRedirect(self.url)
        if "_try" in self.request.POST:
            self._try(proposed)
        return self._shown(form)

    def _say(self, text: str) -> None:
        messages.success(self.request, text)

    def _check(self, proposed: dict[str, Any]) -> None:
        self.checked = True
        try:
            self.findings, self.silent = field_mapping.judge(self.pair, self.kind, proposed)
        except ImproperlyConfigured as problem:  # a secret that no key decrypts
            self.silent = str(problem)

    def _try(self, proposed: dict[str, Any]) -> None:
        text = self.request.POST.get("record", "")
        link = mapping_trial.find(self.pair, self.kind, text)
        if link is None:
            self.problem = f"No record of this flow has the id, or alone the name, “{text}”."
            return
        try:
            self.trial = mapping_trial.attempt(self.pair, self.kind, proposed, link)
        except (ConnectorError, ImproperlyConfigured) as problem:
            self.silent = " ".join(filter(None, [str(problem), getattr(problem, "remedy", "")]))

    # Showing

    def _shown(self, form: FieldForm) -> HttpResponse:
        mapping = MAPPINGS[self.kind]
        shown = {
            **admin.site.each_context(self.request),
            "title": f"Field mapping of {self.pair}: {mapping.plural}",
            "pair": self.pair,
            "flow": self.flow,
            "flows": [(name, FLOWS[kind].mapping.plural) for name, kind in NAMES.items()],
            "lines": [_line(each) for each in field_mapping.lines(self.kind, self.settings)],
            "form": form if self.may_change else None,
            "entered": form["name"].value() in self.fields,
            "known": [each for each in mapping.fields if each.travels and not is_fixed(each, mapping)],
            "elements": elements(SPELLINGS[self.kind]) if self.may_change else (),
            "functions": [each.about for each in FUNCTIONS.values() if each.about],
            "records": self._records(),
            "record": self.request.POST.get("record", ""),
            "problem": self.problem,
            "findings": self.findings,
            "silent": self.silent,
            "checked": self.checked and not self.findings and not self.silent and not self.problem,
            "trial": self.trial,
            "rows": [_row(each) for each in self.trial.rows] if self.trial else [],
            "sides": [side.label for side in Side],
        }
        return TemplateResponse(self.request, "syncapp/admin/fields.html", shown)

    def _records(self) -> list[Link]:
        return mapping_trial.some(self.pair, self.kind) if self.may_change else []


def _line(each: Line) -> dict[str, Any]:
    label, colour = ORIGINS[each.origin]
    return {
        "line": each,
        "origin": label,
        "colour": colour,
        "way": WAYS[each.direction],
        "conflict": POLICIES.get(each.conflict, ""),
        "words": ", ".join(f"{ours} = {theirs}" for ours, theirs in (each.words or {}).items()),
    }


def _row(each: mapping_trial.Row) -> dict[str, Any]:
    return {
        "row": each,
        "held": ["not read yet" if side in each.unread else said(each.held.get(side)) for side in Side],
        "sent": [said(each.sent[side]) if side in each.sent else "" for side in Side],
    }
