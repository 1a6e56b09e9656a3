"""Adding, changing and deleting the elements of lists, by QuickBooks' rules.

Rule     everything that could refuse a change is asked before the first field is touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import errors, particulars
from .fields import lay, references
from .fields import resolve as resolve
from .kinds import ITEMS, KINDS, QUERIED_WHEN_OFF, REFERENCE_NEEDS, TARGETS, Kind
from .lists import Record
from .values import is_list_id

if TYPE_CHECKING:
    from .company_file import CompanyFile

Data = dict[str, Any]

LEVELS_MAX = 5
NAME_LENGTH_MAX = 41  # of people; an employee's is put together
_PERSON = ("FirstName", "MiddleName", "LastName")
# What a new job takes over from its parent where it brings no value of its own.
_INHERITED = [
    "CompanyName",
    "Salutation",
    "FirstName",
    "MiddleName",
    "LastName",
    "JobTitle",
    "BillAddress",
    "ShipAddress",
    "Phone",
    "AltPhone",
    "Fax",
    "Email",
    "Cc",
    "Contact",
    "AltContact",
    "CustomerTypeRef",
    "TermsRef",
    "SalesRepRef",
    "SalesTaxCodeRef",
    "ItemSalesTaxRef",
    "ResaleNumber",
    "PreferredPaymentMethodRef",
    "PreferredDeliveryMethod",
    "PriceLevelRef",
    "CurrencyRef",
]


def add(file: CompanyFile, kind_name: str, data: Data, *, own: bool = False) -> Record:
    """A new element. Raises a Fault, having changed nothing, if a rule is broken.

    ``own``: by QuickBooks itself, which needs no permission and no completeness.
    """
    kind = KINDS[kind_name]
    shelf = file.lists.shelf(kind_name)
    if not own:
        check_available(file, kind)
        _check_features(file, data)
    name = _checked_name(kind, data)
    parent = _parent(file, kind, data.get(kind.parent_field) or {}, None)
    _check_free(file, kind, name, parent, None)
    kept = dict(_defaults(file, kind, parent))
    lay(file, kind, kept, data)
    if not own:
        particulars.prepare(file, kind, particulars.Draft(kept, data, name, parent))
    now = file.clock.unix()
    record = Record(kind_name, shelf.next_id(now), name, parent.list_id if parent else "", now)
    record.data = kept
    record.is_active = data.get("IsActive") != "false"
    if data.get("OpenBalance"):
        record.balance = int(Decimal(data["OpenBalance"]) * 100)
        record.used = True
    shelf.add(record)
    return record


def modify(file: CompanyFile, kind_name: str, data: Data) -> Record:
    """What an application asks for with a Mod: guarded by EditSequence and by people who have the record open."""
    record = existing(file, kind_name, data["ListID"])
    if record.locked:
        raise errors.in_use(record.list_id, "modifying the object")
    if data["EditSequence"] != str(record.edit_sequence):
        raise errors.stale(data["EditSequence"])
    return change(file, record, data)


def existing(file: CompanyFile, kind_name: str, list_id: str) -> Record:
    if not is_list_id(list_id):
        raise errors.bad_id(list_id, "list id")
    record = file.lists.get(kind_name, list_id)
    if record is None:
        other = file.lists.shelf(kind_name).by_id.get(list_id) if kind_name in ITEMS else None
        raise errors.wrong_item(other.full_name, "ListID") if other is not None else errors.not_found(list_id)
    return record


def change(file: CompanyFile, record: Record, data: Data) -> Record:
    kind = KINDS[record.kind]
    shelf = file.lists.shelf(record.kind)
    check_available(file, kind)
    _check_features(file, data)
    named = {**{part: record.data[part] for part in _PERSON if part in record.data}, **data}
    renames = any(part in data for part in (_PERSON if kind.name == "Employee" else (kind.name_field,)))
    name = _checked_name(kind, named) if renames else record.name
    parent = file.lists.get(record.kind, record.parent) if record.parent else None
    if kind.parent_field and kind.parent_field in data:
        parent = _parent(file, kind, data[kind.parent_field], record)
    moved = name != record.name or (parent.list_id if parent else "") != record.parent
    if moved:
        _check_free(file, kind, name, parent, record)
    kept = dict(record.data)
    lay(file, kind, kept, data, modifies=True)
    particulars.prepare(file, kind, particulars.Draft(kept, data, name, parent, record))
    record.data = kept
    if data.get("IsActive"):
        record.is_active = data["IsActive"] == "true"
    if moved:
        shelf.rename(record, name, parent.list_id if parent else "")
    shelf.touch(record, file.clock.unix())
    return record


def delete(file: CompanyFile, record: Record) -> None:
    if record.locked:
        raise errors.in_use(record.list_id, "deleting the object")
    shelf = file.lists.shelf(record.kind)
    busy = record.used or record.balance or shelf.children.get(record.list_id) or particulars.is_special(record)
    if busy or is_pointed_at(file, record) or _is_booked(file, record):
        raise errors.Fault(
            3160,
            f'Cannot delete the object specified by the id = "{record.list_id}".  QuickBooks error message: '
            "This list element cannot be deleted because it is being used.",
        )
    shelf.remove(record)
    file.deleted.note(record, file.clock.unix())


def _is_booked(file: CompanyFile, record: Record) -> bool:
    """Whether a transaction refers to it."""
    from .txns import references as booked  # the transactions stand on the lists

    return booked.refer(file, record)


def is_pointed_at(file: CompanyFile, record: Record) -> bool:
    """Whether any other record refers to this one."""
    return next(pointing_at(file, record), None) is not None


def pointing_at(file: CompanyFile, record: Record) -> Iterator[Record]:
    fields = {field for field, kinds in TARGETS.items() if record.kind in kinds}
    holders = {kind for field in fields for kind in particulars.HOLDERS.get(field, KINDS)}
    for kind in holders:
        for other in file.lists.shelf(kind).in_order(kind):
            if any(field in fields and list_id == record.list_id for field, list_id in references(other.data)):
                yield other


def check_available(file: CompanyFile, kind: Kind, queries: bool = False) -> None:
    """3250 for a list that this edition lacks, or that the company has not switched on."""
    if kind.editions and file.product.edition not in kind.editions:
        raise errors.not_available()
    if kind.needs and not getattr(file.settings, kind.needs) and not (queries and kind.name in QUERIED_WHEN_OFF):
        raise errors.not_available()


def _check_features(file: CompanyFile, data: Data) -> None:
    """3250 for what the company has not switched on, 3261 for what this application may not see."""
    for field, needed in REFERENCE_NEEDS.items():
        if data.get(field) and not getattr(file.settings, needed):
            raise errors.not_available()
    if (data.get("CreditCardInfo") or data.get("SSN")) and not file.settings.personal_data:
        raise errors.Fault(3261, "The application does not have permission to access sensitive data.")


def _checked_name(kind: Kind, data: Data) -> str:
    if kind.name == "Employee":
        name = " ".join(data[part] for part in _PERSON if data.get(part))
        if len(name) > NAME_LENGTH_MAX:
            raise errors.too_long(name, "Name")
    else:
        name = data.get(kind.name_field) or "" if kind.name_field else ""
    if (kind.name_field and not name) or ":" in name:
        raise errors.bad_name(name)
    return name


def _parent(file: CompanyFile, kind: Kind, reference: Data, record: Record | None) -> Record | None:
    """The record above, checked: it exists, is in the same list, makes no circle and not too many levels."""
    list_id, full_name = reference.get("ListID") or "", reference.get("FullName") or ""
    if not list_id and not full_name:
        return None
    parent = file.lists.find((kind.name,), list_id, full_name)
    refused = errors.bad_parent(list_id or full_name, kind.plural)
    if parent is None:
        raise refused
    shelf = file.lists.shelf(kind.name)
    below = 0
    if record is not None:
        family = list(shelf.below(record))
        if parent is record or parent in family:
            raise refused
        below = max((shelf.level(each) - shelf.level(record) for each in family), default=0)
    if shelf.level(parent) + 1 + below >= LEVELS_MAX:
        raise refused
    if not kind.hierarchical and (parent.parent or below or (record and shelf.children.get(record.list_id))):
        raise refused  # sites have locations, and those have nothing below
    return parent


def _check_free(file: CompanyFile, kind: Kind, name: str, parent: Record | None, record: Record | None) -> None:
    if not name:
        return
    full_name = f"{parent.full_name}:{name}" if parent and kind.hierarchical else name
    holder = file.lists.shelf(kind.name).by_key.get(full_name.casefold())
    if holder is not None and holder is not record:
        raise errors.name_in_use(name)


def _defaults(file: CompanyFile, kind: Kind, parent: Record | None) -> Data:
    if kind.name != "Customer":
        return {}
    if parent is not None:
        return {field: parent.data[field] for field in _INHERITED if field in parent.data}
    if not file.settings.sales_tax:
        return {}
    return {field: record.list_id for field, record in file.default_taxes().items()}
