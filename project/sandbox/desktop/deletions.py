"""What was deleted, for ninety days, and the queries that tell of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from . import records, writer
from .answers import NOTHING_FOUND, Answer
from .errors import bad_id, not_found
from .lists import KINDS, Record
from .reader import Call
from .rules import RETS
from .values import is_list_id

if TYPE_CHECKING:
    from .company_file import CompanyFile
    from .session import Session

KEPT_SECONDS = 90 * 24 * 3600


@dataclass
class Deletion:
    kind: str
    list_id: str
    created: int
    deleted: int
    full_name: str


class DeletedLog:
    def __init__(self, entries: list[Deletion] | None = None) -> None:
        self.entries = entries or []

    def note(self, record: Record, now: int) -> None:
        self.entries.append(Deletion(record.kind, record.list_id, record.created, now, record.full_name))
        self.entries = [each for each in self.entries if each.deleted > now - KEPT_SECONDS]

    def note_txn(self, kind: str, txn_id: str, created: int, now: int, ref_number: str) -> None:
        self.entries.append(Deletion(kind, txn_id, created, now, ref_number))
        self.entries = [each for each in self.entries if each.deleted > now - KEPT_SECONDS]

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(each) for each in self.entries]

    @classmethod
    def from_json(cls, state: list[dict[str, Any]]) -> DeletedLog:
        return cls([Deletion(**each) for each in state])


def list_del(file: CompanyFile, call: Call, session: Session) -> Answer:
    kind, list_id = call.data["ListDelType"], call.data["ListID"]
    if kind not in KINDS or not is_list_id(list_id):
        raise not_found(list_id) if is_list_id(list_id) else bad_id(list_id, "list id")
    record = records.existing(file, kind, list_id)
    file.disturb(record)
    records.delete(file, record)
    shown = {
        "ListDelType": kind,
        "ListID": list_id,
        "TimeDeleted": file.time.stamp(file.clock.unix()),
        "FullName": record.full_name,
    }
    return Answer(body=writer.inner(RETS["ListDeleted"], shown, call.version))


def list_deleted_query(file: CompanyFile, call: Call, session: Session) -> Answer:
    return _answer(file, call, "List", "ListID", "FullName")


def txn_deleted_query(file: CompanyFile, call: Call, session: Session) -> Answer:
    return _answer(file, call, "Txn", "TxnID", "RefNumber")


def _found(file: CompanyFile, call: Call, kinds: list[str]) -> list[Deletion]:
    """Grouped by kind, each in the order of time; only what the file still remembers."""
    window = call.data.get("DeletedDateRangeFilter", {})
    low, high = file.time.window(window.get("FromDeletedDate", ""), window.get("ToDeletedDate", ""))
    oldest = file.clock.unix() - KEPT_SECONDS
    found = []
    for kind in dict.fromkeys(kinds):
        for each in sorted(file.deleted.entries, key=lambda entry: entry.deleted):
            wall = file.time.wall(each.deleted)
            if each.kind == kind and each.deleted > oldest and low <= wall and (not high or wall <= high):
                found.append(each)
    return found


def _answer(file: CompanyFile, call: Call, what: str, id_field: str, name_field: str) -> Answer:
    found = _found(file, call, call.data[f"{what}DelType"])
    answer = Answer() if found else Answer(1, NOTHING_FOUND)
    metadata = call.attributes.get("metaData", "NoMetaData")
    if metadata != "NoMetaData":
        answer.attributes.append(("retCount", str(len(found))))
    if metadata != "MetaDataOnly":
        only = frozenset(call.data.get("IncludeRetElement", ()))
        name = f"{what}Deleted"
        answer.body = "".join(
            writer.ret(f"{name}Ret", RETS[name], _shown(file, each, what, id_field, name_field), call.version, only)
            for each in found
        )
    return answer


def _shown(file: CompanyFile, entry: Deletion, what: str, id_field: str, name_field: str) -> dict[str, str]:
    return {
        f"{what}DelType": entry.kind,
        id_field: entry.list_id,
        "TimeCreated": file.time.stamp(entry.created),
        "TimeDeleted": file.time.stamp(entry.deleted),
        name_field: entry.full_name,
    }
