"""How what is sent becomes what is kept: references as ids, renamed aggregates, additions to what is there.

Rule     an omitted field stays, an empty one is cleared. A list inside a record (members of a group, prices of a
         price level) is replaced as a whole; a part of an item (SalesOrPurchase …) is changed field by field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import addresses, contacts, errors
from .kinds import TARGETS, Kind

if TYPE_CHECKING:
    from .company_file import CompanyFile

Data = dict[str, Any]

# Handled by name where records are written; never fields of their own.
_OWN = ("Name", "Initial", "IsActive", "ParentRef", "ParentSiteRef", "ListID", "EditSequence", "OpenBalanceDate")
# Instructions to QuickBooks, which no record shows.
_INSTRUCTIONS = frozenset(
    (
        *("ApplyAccountRefToExistingTxns", "ApplyIncomeAccountRefToExistingTxns"),
        *("ApplyExpenseAccountRefToExistingTxns", "ApplyCOGSAccountRefToExistingTxns"),
        *("ForceUOMChange", "InventoryDate", "ClearItemsInGroup", "ClearEarnings", "OpenBalance"),
    )
)
# What a request calls one way and a record another.
_KEPT_AS = {
    "SalesOrPurchaseMod": "SalesOrPurchase",
    "SalesAndPurchaseMod": "SalesAndPurchase",
    "FixedAssetSalesInfoMod": "FixedAssetSalesInfo",
    "EmployeePayrollInfoMod": "EmployeePayrollInfo",
    "PriceLevelPerItem": "PriceLevelPerItemRet",
    "BillingRatePerItem": "BillingRatePerItemRet",
    "RateEntry": "RateHistory",
}
_PARTS = frozenset(("SalesOrPurchase", "SalesAndPurchase", "FixedAssetSalesInfo", "EmployeePayrollInfo"))
# What must keep a value once it has one.
_LASTING = frozenset(
    (
        *("AccountRef", "IncomeAccountRef", "COGSAccountRef", "AssetAccountRef", "ExpenseAccountRef"),
        *("SalesRepEntityRef", "AccountType", "IsTaxable", "CurrencyCode", "DepositToAccountRef"),
    )
)


def lay(file: CompanyFile, kind: Kind, kept: Data, sent: Data, modifies: bool = False) -> None:
    """Lay what was sent over what is kept. Raises a Fault for a reference that leads nowhere."""
    merges = modifies and file.quirks.addresses_in_mods == "merge"
    for name, value in sent.items():
        if name in _OWN or name in _INSTRUCTIONS or name == kind.name_field or name.startswith("@"):
            continue
        field = _KEPT_AS.get(name, name)
        if field in _LASTING and modifies and not _holds(value):
            raise errors.Fault(3190, f'The element "{field}" cannot be cleared.')
        if addresses.is_address(field):
            value = addresses.merged(kept.get(field, {}) if merges else {}, value, file.product.country)
        elif contacts.handles(field):
            contacts.merge(file, kept, field, value)
            continue
        elif field == "BarCode":
            field, value = "BarCodeValue", value.get("BarCodeValue", "")
        elif field in _PARTS:
            part = dict(kept.get(field) or {})
            lay(file, kind, part, value, modifies)
            value = part
        else:
            value = pointing(file, field, value, kind.name)
        if _holds(value):
            kept[field] = value
        else:
            kept.pop(field, None)


def _holds(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else bool(value)


def pointing(file: CompanyFile, field: str, value: Any, where: str) -> Any:
    """The value with every reference in it, at any depth, as the id of what it refers to."""
    if isinstance(value, list):
        return [pointing(file, field, each, where) for each in value]
    if not isinstance(value, dict):
        return value
    if field in TARGETS:
        return resolve(file, field, value, where)
    inner = {name: pointing(file, name, each, where) for name, each in value.items() if not name.startswith("@")}
    return {name: each for name, each in inner.items() if each}


def resolve(file: CompanyFile, field: str, reference: Data, where: str) -> str:
    """The id of the record that a reference points to; unknown and inactive ones are Fault 3140."""
    list_id, full_name = reference.get("ListID") or "", reference.get("FullName") or ""
    if not list_id and not full_name:
        return ""
    record = file.lists.find(TARGETS[field], list_id, full_name)
    if record is None or not record.is_active:
        raise errors.bad_reference(field.removesuffix("Ref"), list_id or full_name, where)
    return record.list_id


def references(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """The references in what a record keeps, at any depth: (name of the element, id)."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from references(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from references(each, field)
    elif field in TARGETS and isinstance(value, str):
        yield field, value


def replaced(value: Any, kinds: tuple[str, ...], gone: str, kept: str, field: str = "") -> Any:
    """The value with the references to one record leading to another."""
    if isinstance(value, dict):
        return {name: replaced(each, kinds, gone, kept, name) for name, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, kinds, gone, kept, field) for each in value]
    if value == gone and set(TARGETS.get(field, ())) & set(kinds):
        return kept
    return value
