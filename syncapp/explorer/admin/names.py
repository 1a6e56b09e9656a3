"""Names that may be meant, from what a company answered lately: suggestions, never a rule.

Rule     no more than some result pages are read for one form
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qbwc.models import Company
from syncapp.explorer import fields, kinds
from syncapp.explorer.kinds import RecordType
from syncapp.explorer.models import Action, ResultPage
from syncapp.models import MirrorRecord
from syncapp.records import Side

PAGES_READ = 10
NAMES_MAX = 500
CUSTOM_MAX = 20
ENTITIES = ("Customer", "Vendor", "Employee", "OtherName", "Entity")


def types_of(element: str) -> tuple[str, ...]:
    """The record types that a reference may name: "ItemRef" every sort of item, "IncomeAccountRef" an account."""
    name = element.removesuffix("Ref")
    if name.endswith("Entity"):
        return ENTITIES
    if name == "Item":
        return tuple(each for each in kinds.record_types() if each.startswith("Item"))
    whole = [each for each in kinds.record_types() if name == each]
    return tuple(whole or [each for each in kinds.record_types() if name.endswith(each)])


def known(company: Company, element: str) -> list[str]:
    """Names in full, in alphabetical order."""
    wanted = types_of(element)
    found: set[str] = set()
    for name, record in _records(company, wanted):
        if name in wanted and (full := record.get("FullName") or record.get("Name")):
            found.add(str(full))
            if len(found) >= NAMES_MAX:
                break
    if "Customer" in wanted:
        mirrored = MirrorRecord.objects.filter(pair__desktop=company, side=Side.QUICKBOOKS.value, kind="customer")
        found.update(mirrored.exclude(name="").values_list("name", flat=True)[:NAMES_MAX])
    return sorted(found)[:NAMES_MAX]


def custom_fields(company: Company, kind: RecordType) -> list[str]:
    """The custom fields that records of this type had, or that the company told of."""
    found: dict[str, None] = {}
    for name, record in _records(company, (kind.name, "DataExtDef"), PAGES_READ // 2):
        if name == "DataExtDef":
            assigned = record.get("AssignToObject") or []
            if kind.name in (assigned if isinstance(assigned, list) else [assigned]):
                found[str(record.get("DataExtName"))] = None
        else:
            found |= dict.fromkeys(fields.custom_fields(record))
    return list(found)[:CUSTOM_MAX]


def _records(company: Company, types: Iterable[str], pages: int = PAGES_READ) -> Iterable[tuple[str, dict[str, Any]]]:
    there = ResultPage.objects.filter(job__company=company, job__record_type__in=types, job__action=Action.QUERY)
    for records in there.order_by("-pk").values_list("records", flat=True)[:pages]:
        yield from records
