"""What may travel together, and what a request looks like from outside.

Rule     pure. Reads share a document freely, also small first pages of pulls, up to a number of records; other pages
         travel alone. Adds and Mods of lists may share one where a status check tells them apart (qbXML 11.0 and
         later). Everything else travels alone, and reads never travel with writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

# Lists whose records QuickBooks keeps apart by name, so that even a doubtful Add can be looked up.
LISTS = frozenset(
    """
    Account Class Currency Customer CustomerMsg CustomerType DateDrivenTerms Employee InventorySite ItemDiscount
    ItemFixedAsset ItemGroup ItemInventory ItemInventoryAssembly ItemNonInventory ItemOtherCharge ItemPayment
    ItemSalesTax ItemSalesTaxGroup ItemService ItemSubtotal JobType OtherName PaymentMethod PriceLevel SalesRep
    SalesTaxCode ShipMethod StandardTerms UnitOfMeasureSet Vehicle Vendor VendorType
    """.split()  # noqa: SIM905
)
ERROR_RECOVERY_SINCE = (11, 0)
PLACEHOLDER = re.compile(r"@\{([A-Za-z0-9.]+)\}")
# Records that a first page may ask for and still share a document, and those that all pages in one may ask for.
SMALL_PAGE, PAGES_RECORDS_MAX = 50, 500
_ASKED = re.compile(r"<MaxReturned>(\d+)</MaxReturned>")


class Candidate(NamedTuple):
    """What the choice needs of a queued request."""

    id: int
    name: str
    body: str
    alone: bool
    pull_id: int | None
    depends_on_id: int | None
    checked_for: str


def is_read(name: str) -> bool:
    return name.endswith(("Query", "Report"))


def is_list_write(name: str) -> bool:
    return name.endswith(("Add", "Mod")) and name[:-3] in LISTS


def is_page(candidate: Candidate) -> bool:
    """A page of a pull, which may fill an answer; counts, and what QuickBooks answers without pages, are none."""
    return candidate.pull_id is not None and "iterator=" in candidate.body


def page_records(candidate: Candidate) -> int:
    """How many records a page asks for; 0 where this is no page."""
    asked = _ASKED.search(candidate.body) if is_page(candidate) else None
    return int(asked.group(1)) if asked else 0


def alone(candidate: Candidate) -> bool:
    """A page fills an answer by itself, unless it is a first one that asks for little."""
    if candidate.alone or not is_page(candidate):
        return candidate.alone
    return 'iterator="Start"' not in candidate.body or page_records(candidate) > SMALL_PAGE


def together(
    candidates: Sequence[Candidate], *, requests_max: int, characters_max: int, version: tuple[int, int]
) -> list[Candidate]:
    """The longest run from the head that may share one document; strictly in order."""
    head = candidates[0]
    if alone(head):
        return [head]
    if is_read(head.name):
        fits: Callable[[Candidate], bool] = lambda other: is_read(other.name)  # noqa: E731
    elif is_list_write(head.name) and version >= ERROR_RECOVERY_SINCE:
        fits = lambda other: is_list_write(other.name)  # noqa: E731
    else:
        return [head]
    chosen, characters, records = [head], len(head.body), page_records(head)
    for other in candidates[1:]:
        characters += len(other.body)
        records += page_records(other)
        if len(chosen) >= requests_max or characters > characters_max or records > PAGES_RECORDS_MAX:
            break
        if alone(other) or not fits(other):
            break
        chosen.append(other)
    return chosen
