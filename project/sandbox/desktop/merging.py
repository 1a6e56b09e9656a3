"""Two elements of a list become one: ListMerge, and what people do by giving one the name of another.

Rule     whatever referred to the first refers to the second; what stood below the first stands below the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import errors, records, writer
from .answers import Answer
from .fields import replaced
from .kinds import KINDS
from .lists import Record
from .reader import Call
from .rules import RETS
from .txns import references as booked

if TYPE_CHECKING:
    from .company_file import CompanyFile
    from .session import Session


def list_merge(file: CompanyFile, call: Call, session: Session) -> Answer:
    kind = call.data["ListMergeType"]
    records.check_available(file, KINDS[kind])
    pair = []
    for place in ("MergeFrom", "MergeTo"):
        sent = call.data[place]
        record = records.existing(file, kind, sent["ListID"])
        if record.locked:
            raise errors.in_use(record.list_id, "merging the object")
        if str(record.edit_sequence) != sent["EditSequence"]:
            raise errors.stale(sent["EditSequence"])
        pair.append(record)
    gone, kept = pair
    _check_addresses(gone, kept, call.data.get("SameShipAddrOk") == "true")
    merge(file, gone, kept)
    now = file.time.stamp(file.clock.unix())
    shown = {
        "ListMergeType": kind,
        "MergedFrom": {"ListID": gone.list_id, "TimeDeleted": now, "FullName": gone.full_name},
        "MergedTo": {
            "ListID": kept.list_id,
            "TimeCreated": file.time.stamp(kept.created),
            "TimeModified": file.time.stamp(kept.modified),
            "EditSequence": str(kept.edit_sequence),
            "FullName": kept.full_name,
        },
    }
    recovery = {"ListID": kept.list_id, "EditSequence": str(kept.edit_sequence)}
    return Answer(body=writer.inner(RETS["ListMerge"], shown, call.version), recovery=recovery)


def _check_addresses(gone: Record, kept: Record, is_ok: bool) -> None:
    """Customers with ship-to addresses of the same name are merged only if the application says that this is right."""
    names = [{each["Name"].casefold() for each in record.data.get("ShipToAddress", ())} for record in (gone, kept)]
    if names[0] & names[1] and not is_ok:
        raise errors.Fault(3170, "Both customers have ship-to addresses of the same name.")


def merge(file: CompanyFile, gone: Record, kept: Record) -> None:
    """Raises a Fault, having changed nothing, if the two cannot be one."""
    shelf = file.lists.shelf(gone.kind)
    now = file.clock.unix()
    _check(file, gone, kept)
    for child in [shelf.by_id[each] for each in shelf.children.get(gone.list_id, ())]:
        shelf.rename(child, child.name, kept.list_id)
        shelf.touch(child, now)
    for other in list(records.pointing_at(file, gone)):
        other.data = replaced(other.data, (gone.kind,), gone.list_id, kept.list_id)
    booked.move(file, gone, kept)
    kept.balance += gone.balance
    kept.used = kept.used or gone.used
    shelf.remove(gone)
    file.deleted.note(gone, now)
    shelf.touch(kept, now)


def _check(file: CompanyFile, gone: Record, kept: Record) -> None:
    shelf = file.lists.shelf(gone.kind)
    if gone is kept or kept in shelf.below(gone):
        raise errors.Fault(3170, "An element cannot be merged into itself or into one below it.")
    if gone.kind == "Account":
        special = {record.data.get("SpecialAccountType") for record in (gone, kept)} - {None}
        if gone.data["AccountType"] != kept.data["AccountType"] or special:
            raise errors.Fault(3170, "Accounts of different types, and those of QuickBooks itself, cannot be merged.")
    if shelf.level(kept) + max((shelf.level(each) - shelf.level(gone) for each in shelf.below(gone)), default=0) >= (
        records.LEVELS_MAX
    ):
        raise errors.bad_parent(kept.full_name, KINDS[gone.kind].plural)
    for child in shelf.children.get(gone.list_id, ()):
        name = shelf.by_id[child].name
        if f"{kept.full_name}:{name}".casefold() in shelf.by_key:
            raise errors.name_in_use(name)
