"""Companies, what can be asked of each, and the forms of that, as data; and what the sorts of problems mean."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from qbwc.models import Company
from qbwc.qbxml import catalogue
from syncapp.explorer import fields, kinds
from syncapp.explorer.api import shapes
from syncapp.explorer.api.auth import companies, company_of, token_of
from syncapp.explorer.api.problems import SORTS, Problem
from syncapp.explorer.kinds import RecordType

router = Router(tags=["What there is"])


@router.get("/companies", response=list[shapes.CompanyTold], summary="The companies that the token is for")
def list_companies(request: HttpRequest) -> list[dict[str, Any]]:
    return [_company(company) for company in companies(token_of(request))]


@router.get("/companies/{slug:key}", response=shapes.CompanyTold, summary="One company")
def show_company(request: HttpRequest, key: str) -> dict[str, Any]:
    return _company(company_of(token_of(request), key))


def _company(company: Company) -> dict[str, Any]:
    return {
        "key": company.key,
        "name": company.name,
        "country": company.country,
        "qbxml_version": company.qbxml_version,
        "edition": str(company.facts.get("edition") or ""),
        "last_contact_at": company.last_contact_at,
        "late": company.late,
        "paused": company.paused,
        "problem": company.problem,
    }


@router.get("/record-types", response=list[shapes.RecordTypeTold], summary="Every record type, with its actions")
def list_record_types(request: HttpRequest, company: str = "") -> list[dict[str, Any]]:
    """With `company`, only the actions that this company's QuickBooks has."""
    found = company_of(token_of(request), company) if company else None
    described = [_record_type(kind, found) for kind in kinds.record_types().values()]
    return [each for each in described if each["actions"]]


def _record_type(kind: RecordType, company: Company | None) -> dict[str, Any]:
    actions = [action for action in shapes.ActionName.__args__ if action in kind.requests]  # type: ignore[attr-defined]
    if company is not None:
        actions = [action for action in actions if _has(company, kind.requests[action])]
    return {
        "name": kind.name,
        "label": kind.label,
        "sort": kind.sort,
        "actions": actions,
        "id_name": kind.id_name,
        "queried_by": list(kind.queried_by),
    }


def _has(company: Company, request: str) -> bool:
    known = catalogue.request(request)
    return float(known.since) <= float(company.qbxml_version) and company.country in known.countries


@router.get(
    "/record-types/{slug:record_type}/{slug:action}", response=shapes.FormTold, summary="What can be filled in, as data"
)
def show_form(request: HttpRequest, record_type: str, action: str, company: str = "") -> dict[str, Any]:
    """With `company`, as its QuickBooks has it; else as qbXML 13.0 in the US does."""
    found = company_of(token_of(request), company) if company else None
    kind = kind_of(record_type, action)
    version, country = (found.qbxml_version, found.country) if found else ("13.0", "US")
    return {
        "record_type": kind.name,
        "action": action,
        "request": kind.requests[action],
        "fields": [_field(entry) for entry in fields.entries(kind.name, action, version, country)],
        "columns": list(fields.columns(kind.name)),
    }


def kind_of(record_type: str, action: str) -> RecordType:
    kind = kinds.find(record_type)
    if kind is None:
        raise Problem("not-found", f"QuickBooks has no record type “{record_type[:60]}”; see /api/v1/record-types.")
    if action not in kind.requests:
        may = ", ".join(kind.requests)
        raise Problem("not-found", f"{kind.name} has no action “{action[:20]}” in QuickBooks. It has {may}.")
    return kind


def _field(entry: fields.Entry) -> dict[str, Any]:
    names = ("path", "name", "label", "type", "limit", "required", "low", "high", "since", "repeats", "reference")
    places = ("choice", "branch", "required")
    return {
        **{name: getattr(entry, name) for name in (*names, "refused", "help")},
        "values": list(entry.values),
        "alternatives": [{name: getattr(each, name) for name in places} for each in entry.alternatives],
        "children": [_field(child) for child in entry.children],
    }


@router.get(
    "/problems/{slug:sort}", response=shapes.SortTold, auth=None, tags=["Problems"], summary="What a problem means"
)
def show_problem(request: HttpRequest, sort: str) -> dict[str, Any]:
    if sort not in SORTS:
        raise Problem("not-found", f"There is no sort of problem “{sort[:60]}”. There are {', '.join(SORTS)}.")
    status, title, remedy = SORTS[sort]
    return {"type": f"/api/v1/problems/{sort}", "title": title, "status": status, "detail": remedy}
