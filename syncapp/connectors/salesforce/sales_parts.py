"""The package's optional parts: our fields on the object that a pair has in place of opportunities.

Words    part   what one such object is given; it goes to an org only where a pair of it uses the object, since many
                orgs have no quotes or orders, and a deployment that names an absent object fails
Rules    1 A part is known by its object alone: the org remembers the names of its parts, and nothing else of them.
         2 A part stays in an org, and is upgraded there, until the package is removed: what it holds may be needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from syncapp.connectors.salesforce.metadata import CustomField, Fields, Package, PermissionSet, Rights
from syncapp.connectors.salesforce.our_package import PACKAGE, SYNC
from syncapp.connectors.salesforce.sales_sources import DATE, OPPORTUNITY, ORDER, QUOTE, Source, lookup_of, source_of
from syncapp.connectors.salesforce.standard_fields import line_tax_code, on_sale
from syncapp.models import Org

DOCUMENT = "QB_Invoice__c"
_EDITS = Rights(edit=True, view_all=True)
_STANDARD = {each.main: each for each in (QUOTE, ORDER)}
_PO_NUMBER = "QB_PO_Number__c"  # orders have a field of their own for it


def part_of(main: str) -> tuple[CustomField, ...]:
    """What the object of this name, its products and our documents are given."""
    known = _STANDARD.get(main)
    noun = known.noun if known else "record"
    when = {"Quote": "accepted", "Order": "activated"}.get(main, "ready")
    fields = [each for each in on_sale(main, noun, when) if known is not ORDER or each.name != _PO_NUMBER]
    if known is None or not known.has_own_date:
        about = "The date of the transaction. Empty: the day on which QuickBooks makes it."
        fields.append(Fields(main).date(DATE, "QuickBooks Date", about, by_hand=True))
    label = main if known else main.removesuffix("__c").replace("_", " ").strip()
    lookup = Fields(DOCUMENT).lookup(
        lookup_of(main),
        label[:40],
        main,
        "QB_Invoices",
        "QuickBooks Documents",
        f"The {noun} that the document came from, if it came from one.",
    )
    return (*fields, *([line_tax_code(known.lines.name)] if known else []), lookup)


@cache
def _package(mains: tuple[str, ...]) -> Package:
    if not mains:
        return PACKAGE
    fields = (*PACKAGE.fields, *(each for main in mains for each in part_of(main)))
    sets = tuple(_with(each, mains) if each is SYNC else each for each in PACKAGE.sets)
    return replace(PACKAGE, fields=fields, sets=sets, parts=mains)


def _with(sync: PermissionSet, mains: Iterable[str]) -> PermissionSet:
    return replace(sync, rights={**sync.rights, **dict.fromkeys(mains, _EDITS)})


def package_with(mains: Iterable[str]) -> Package:
    """Our package with these parts, by their objects."""
    return _package(tuple(sorted(set(mains) - {OPPORTUNITY.main})))


def sources_of(org: Org) -> list[Source]:
    """What sales are in the pairs of an org whose sales are on; opportunities, if in none."""
    sales = [pair.flows.get("sale", {}) for pair in org.pairs.all()]
    found = {source.main: source for source in (source_of(each) for each in sales if each.get("on"))}
    return list(found.values()) or [OPPORTUNITY]


def package_of(org: Org, remembered: Iterable[str] = ()) -> Package:
    """Our package as the org's pairs need it; ``remembered`` are the parts that the org has already."""
    return package_with([*remembered, *(each.main for each in sources_of(org))])
