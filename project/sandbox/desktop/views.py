"""A record as its Ret shows it: stored fields, and those that QuickBooks works out."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from . import accounts, addresses, contacts, items
from .kinds import ITEMS, KINDS, TARGETS
from .lists import Record
from .values import money as money

if TYPE_CHECKING:
    from .company_file import CompanyFile

SSN_LENGTH_MAX = 11  # what an answer shows; a request may hold more


def view(file: CompanyFile, record: Record, owners: Collection[str] = ()) -> dict[str, Any]:
    """Every field by its qbXML name, as text; ``owners`` are the OwnerIDs whose custom fields are asked for."""
    kind = KINDS[record.kind]
    shown: dict[str, Any] = {
        "ListID": record.list_id,
        "TimeCreated": file.time.stamp(record.created),
        "TimeModified": file.time.stamp(record.modified),
        "EditSequence": str(record.edit_sequence),
        kind.name_field or "Name": record.name,
        "FullName": record.full_name,
        "IsActive": "true" if record.is_active else "false",
    }
    if kind.hierarchical:
        shown["Sublevel"] = str(record.full_name.count(":"))
    if record.parent:
        above = file.lists.shelf(record.kind).by_id[record.parent]
        shown[kind.parent_field] = {"ListID": above.list_id, "FullName": above.full_name}
    for field, value in record.data.items():
        shown[field] = pointed_out(file, field, value)
        if addresses.is_address(field):
            shown[field + "Block"] = addresses.block(value, file.product.country)
    if kind.shelf == "names":
        _add_name_fields(file, record, shown)
    elif record.kind == "Account":
        accounts.show(file, record, shown)
    elif record.kind in ITEMS:
        items.show(file, record, shown)
    if "SSN" in shown:
        shown["SSN"] = shown["SSN"][:SSN_LENGTH_MAX] if file.settings.personal_data else ""
    if owners:
        shown["DataExtRet"] = custom_fields(file, record.custom, owners)
    return shown


def pointed_out(file: CompanyFile, field: str, value: Any) -> Any:
    """The value with every reference in it, at any depth, shown by id and full name."""
    if isinstance(value, dict):
        return {name: pointed_out(file, name, each) for name, each in value.items()}
    if isinstance(value, list):
        return [pointed_out(file, field, each) for each in value]
    return reference(file, field, value) if field in TARGETS else value


def reference(file: CompanyFile, field: str, list_id: str) -> dict[str, str]:
    target = file.lists.find(TARGETS[field], list_id)
    return {"ListID": list_id, "FullName": target.full_name if target else ""}


def _add_name_fields(file: CompanyFile, record: Record, shown: dict[str, Any]) -> None:
    shown["AdditionalContactRef"] = contacts.listed(record.data)
    shown["Balance"] = money(record.balance)
    if record.kind == "Customer":
        shown["TotalBalance"] = money(total_balance(file, record))
        if file.quirks.shows_none:
            shown.setdefault("JobStatus", "None")
            shown.setdefault("PreferredDeliveryMethod", "None")


def total_balance(file: CompanyFile, record: Record) -> int:
    shelf = file.lists.shelf(record.kind)
    if record.list_id not in shelf.children:
        return record.balance
    return record.balance + sum(below.balance for below in shelf.below(record))


def custom_fields(
    file: CompanyFile, custom: dict[str, dict[str, str]], owners: Collection[str]
) -> list[dict[str, str]]:
    wanted = {owner.casefold() for owner in owners}
    return [
        {
            "OwnerID": owner,
            "DataExtName": name,
            "DataExtType": file.definitions.type_of(owner, name),
            "DataExtValue": value,
        }
        for owner, values in custom.items()
        if owner.casefold() in wanted
        for name, value in sorted(values.items())
    ]
