"""Adding, changing and deleting the elements of lists, by QuickBooks' rules.

Rule     everything that could refuse a change is asked before the first field is touched.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import addresses, contacts, errors
from .lists import KINDS, TARGETS, Kind, Record
from .values import is_list_id

if TYPE_CHECKING:
    from .company_file import CompanyFile

Data = dict[str, Any]

LEVELS_MAX = 5
# Handled here by name; every other field is kept as it comes.
_OWN = ("Name", "Initial", "IsActive", "ParentRef", "ListID", "EditSequence", "OpenBalance", "OpenBalanceDate")
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


def add(file: CompanyFile, kind_name: str, data: Data) -> Record:
    """A new element. Raises a Fault, having changed nothing, if a rule is broken."""
    kind = KINDS[kind_name]
    shelf = file.lists.shelf(kind_name)
    _check_features(file, data)
    name = _checked_name(kind, data)
    parent = _parent(file, kind, data.get("ParentRef") or {}, None)
    _check_free(file, kind, name, parent, None)
    kept = dict(_defaults(file, kind, parent))
    _merge(file, kind, kept, data)
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
        raise errors.not_found(list_id)
    return record


def change(file: CompanyFile, record: Record, data: Data) -> Record:
    kind = KINDS[record.kind]
    shelf = file.lists.shelf(record.kind)
    _check_features(file, data)
    name = _checked_name(kind, data) if kind.name_field in data else record.name
    parent = file.lists.get(record.kind, record.parent) if record.parent else None
    if "ParentRef" in data:
        parent = _parent(file, kind, data["ParentRef"], record)
    moved = name != record.name or (parent.list_id if parent else "") != record.parent
    if moved:
        _check_free(file, kind, name, parent, record)
    kept = dict(record.data)
    _merge(file, kind, kept, data, merge_addresses=file.quirks.addresses_in_mods == "merge")
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
    if record.used or record.balance or shelf.children.get(record.list_id) or is_pointed_at(file, record):
        raise errors.Fault(
            3160,
            f'Cannot delete the object specified by the id = "{record.list_id}".  QuickBooks error message: '
            "This list element cannot be deleted because it is being used.",
        )
    shelf.remove(record)
    file.deleted.note(record, file.clock.unix())


def is_pointed_at(file: CompanyFile, record: Record) -> bool:
    """Whether any other record refers to this one. Only small lists are asked this: names are not referred to."""
    fields = [field for field, kinds in TARGETS.items() if record.kind in kinds]
    if not fields:
        return False
    return any(
        other.data.get(field) == record.list_id
        for shelf in file.lists.shelves.values()
        for other in shelf.by_id.values()
        for field in fields
    )


def _check_features(file: CompanyFile, data: Data) -> None:
    """3250 for what the company has not switched on, 3261 for what this application may not see."""
    settings = file.settings
    needs = {
        "CurrencyRef": settings.multi_currency,
        "ClassRef": settings.class_tracking,
        "SalesTaxCodeRef": settings.sales_tax,
        "ItemSalesTaxRef": settings.sales_tax,
        "PriceLevelRef": settings.price_levels,
    }
    for field, available in needs.items():
        if data.get(field) and not available:
            raise errors.not_available()
    if data.get("CreditCardInfo") and not settings.personal_data:
        raise errors.Fault(3261, "The application does not have permission to access sensitive data.")


def _checked_name(kind: Kind, data: Data) -> str:
    if kind.name == "Employee":
        name = " ".join(data[part] for part in ("FirstName", "MiddleName", "LastName") if data.get(part))
    else:
        name = data.get(kind.name_field) or ""
    if not name or ":" in name:
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
    return parent


def _check_free(file: CompanyFile, kind: Kind, name: str, parent: Record | None, record: Record | None) -> None:
    full_name = f"{parent.full_name}:{name}" if parent else name
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


def _merge(file: CompanyFile, kind: Kind, kept: Data, data: Data, merge_addresses: bool = False) -> None:
    """Lay what was sent over what is kept: an omitted field stays, an empty one is cleared."""
    for field, value in data.items():
        if field in _OWN:
            continue
        if field in TARGETS:
            value = resolve(file, field, value, kind.name) if value else ""
        elif addresses.is_address(field):
            value = addresses.merged(kept.get(field, {}) if merge_addresses else {}, value, file.product.country)
        elif contacts.handles(field):
            contacts.merge(file, kept, field, value)
            continue
        if value:
            kept[field] = value
        else:
            kept.pop(field, None)


def resolve(file: CompanyFile, field: str, reference: Data, where: str) -> str:
    """The id of the record that a reference points to; unknown and inactive ones are Fault 3140."""
    list_id, full_name = reference.get("ListID") or "", reference.get("FullName") or ""
    if not list_id and not full_name:
        return ""
    record = file.lists.find(TARGETS[field], list_id, full_name)
    if record is None or not record.is_active:
        raise errors.bad_reference(field.removesuffix("Ref"), list_id or full_name, where)
    return record.list_id
