"""The connector's first page: a company, a record type, and what to do."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from qbwc.models import Company
from syncapp.explorer import kinds
from syncapp.explorer.admin.base import DEEDS, context, may, why_not
from syncapp.explorer.kinds import LIST, OTHER, TRANSACTION, RecordType

PEOPLE = "People and lists"
ITEMS = "Items"
TRANSACTIONS = "Transactions"
REST = "Reports and other"
GROUPS = (PEOPLE, ITEMS, TRANSACTIONS, REST)
# What people want most often stands first in its group; the others follow by their names.
FIRST = ("Customer", "Vendor", "Employee", "Account", "Item", "ItemService", "ItemInventory", "ItemNonInventory")
FIRST_TRANSACTIONS = ("Invoice", "SalesOrder", "Estimate", "SalesReceipt", "ReceivePayment", "CreditMemo", "Bill")


def connect(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("explorer.view_job") and not may(request, "query"):
        raise PermissionDenied
    companies = list(Company.objects.all())
    company = next((each for each in companies if each.key == request.GET.get("company")), None)
    if company is None and companies:
        company = companies[0]
    shown = {
        "companies": companies,
        "company": company,
        "groups": _groups(request, company) if company else [],
        "may_add": may(request, "add"),
    }
    return TemplateResponse(request, "explorer/start.html", context(request, "Connector", **shown))


def group_of(kind: RecordType) -> str:
    if kind.name.startswith("Item") and kind.sort == LIST:
        return ITEMS
    return {LIST: PEOPLE, TRANSACTION: TRANSACTIONS, OTHER: REST}[kind.sort]


def _groups(request: HttpRequest, company: Company) -> list[tuple[str, list[dict[str, Any]]]]:
    wanted = {name: number for number, name in enumerate((*FIRST, *FIRST_TRANSACTIONS))}
    ordered = sorted(kinds.record_types().values(), key=lambda kind: (wanted.get(kind.name, len(wanted)), kind.label))
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for kind in ordered:
        deeds = [
            {"action": action, "label": label, "why_not": why_not(company, kind, action), "may": may(request, action)}
            for action, label in DEEDS.items()
            if action in kind.requests
        ]
        found[group_of(kind)].append({"kind": kind, "deeds": deeds})
    return list(found.items())
