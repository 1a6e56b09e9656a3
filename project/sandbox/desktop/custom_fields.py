"""Custom fields (data extensions): public ones that people see (owner 0) and an application's private ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from . import errors, writer
from .answers import NOTHING_FOUND, Answer
from .lists import KINDS
from .reader import Call
from .rules import RETS

if TYPE_CHECKING:
    from .company_file import CompanyFile
    from .session import Session

PUBLIC = "0"
Custom = dict[str, dict[str, str]]  # owner -> name -> value
TEXT_LENGTHS = {"STR255TYPE": 255, "STR1024TYPE": 1024}


@dataclass
class Definition:
    number: int
    owner: str
    name: str
    kind: str
    assigned: list[str]


class Definitions:
    def __init__(self, entries: list[Definition] | None = None) -> None:
        self.entries = entries or []

    def find(self, owner: str, name: str) -> Definition | None:
        """Owners and names are compared without regard to case."""
        wanted = (owner.casefold(), name.casefold())
        return next((each for each in self.entries if (each.owner.casefold(), each.name.casefold()) == wanted), None)

    def define(self, owner: str, name: str, kind: str, assigned: list[str]) -> Definition:
        if self.find(owner, name) is not None:
            raise errors.name_in_use(name)
        number = max((each.number for each in self.entries), default=0) + 1
        definition = Definition(number, owner, name, kind, list(assigned))
        self.entries.append(definition)
        return definition

    def type_of(self, owner: str, name: str) -> str:
        found = self.find(owner, name)
        return found.kind if found else "STR255TYPE"

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(each) for each in self.entries]

    @classmethod
    def from_json(cls, state: list[dict[str, Any]]) -> Definitions:
        return cls([Definition(**each) for each in state])


def write_value(file: CompanyFile, call: Call, session: Session) -> Answer:
    """DataExtAdd, DataExtMod and DataExtDel."""
    sent = call.data[call.name]
    held, touch, assigned = _holder(file, sent)
    definition = file.definitions.find(sent["OwnerID"], sent["DataExtName"])
    if definition is None or assigned not in definition.assigned:
        raise errors.bad_reference("DataExtDef", sent["DataExtName"], call.name)
    values = held.setdefault(definition.owner, {})
    value = sent.get("DataExtValue", "")
    if len(value) > TEXT_LENGTHS.get(definition.kind, 255):
        raise errors.too_long(value, "DataExtValue")
    if call.name == "DataExtAdd" and definition.name in values:
        raise errors.name_in_use(definition.name)
    if call.name == "DataExtDel" or not value:
        values.pop(definition.name, None)
    else:
        values[definition.name] = value
    if touch is not None:
        touch(file.clock.unix())
    shown = {
        "OwnerID": definition.owner,
        "DataExtName": definition.name,
        "DataExtType": definition.kind,
        "DataExtValue": value,
    }
    body = "" if call.name == "DataExtDel" else writer.ret("DataExtRet", RETS["DataExt"], shown, call.version)
    return Answer(body=body, recovery={"OwnerID": definition.owner})


def _holder(file: CompanyFile, sent: dict[str, Any]) -> tuple[Custom, Callable[[int], None] | None, str]:
    """Where the values are kept, what marks their object as changed, and the object type that must have the field."""
    if "OtherDataExtType" in sent:
        return file.company_custom, None, "Company"
    if "TxnDataExtType" in sent:
        found = file.txns.holder(sent["TxnDataExtType"], sent["TxnID"], sent.get("TxnLineID", ""))
        if found is None:
            raise errors.not_found(sent["TxnID"])
        return *found, sent["TxnDataExtType"]
    kind, reference = sent["ListDataExtType"], sent["ListObjRef"]
    kinds = tuple(each.name for each in KINDS.values() if each.custom_fields == kind)
    record = file.lists.find(kinds, reference.get("ListID", ""), reference.get("FullName", ""))
    if record is None:
        name = reference.get("ListID") or reference.get("FullName", "")
        raise errors.bad_reference(kind, name, "DataExt")
    file.disturb(record)
    if record.locked:
        raise errors.in_use(record.list_id, "modifying the object")
    shelf = file.lists.shelf(record.kind)
    return record.custom, lambda now: shelf.touch(record, now), kind


def _all_values(file: CompanyFile) -> Iterator[Custom]:
    """Every place where values of custom fields are kept."""
    yield file.company_custom
    for shelf in file.lists.shelves.values():
        yield from (record.custom for record in shelf.by_id.values() if record.custom)
    for txn in file.txns.by_id.values():
        yield txn.custom
        yield from (line.custom for line in txn.all_lines())


def redefine(file: CompanyFile, call: Call, session: Session) -> Answer:
    """DataExtDefMod: another name, more objects or fewer."""
    sent = call.data["DataExtDefMod"]
    definition = _defined(file, sent, call.name)
    new = sent.get("DataExtNewName", "")
    if new and file.definitions.find(definition.owner, new) not in (None, definition):
        raise errors.name_in_use(new)
    gone = set(sent.get("RemoveFromObject", ()))
    kept = [each for each in definition.assigned if each not in gone]
    definition.assigned = [*kept, *(each for each in sent.get("AssignToObject", ()) if each not in kept)]
    if new:
        for custom in _all_values(file):
            values = custom.get(definition.owner, {})
            if definition.name in values:
                values[new] = values.pop(definition.name)
        definition.name = new
    return Answer(body=_shown(call, definition), recovery={"OwnerID": definition.owner})


def undefine(file: CompanyFile, call: Call, session: Session) -> Answer:
    """DataExtDefDel: the field is gone, and its values with it."""
    definition = _defined(file, call.data, call.name)
    for custom in _all_values(file):
        custom.get(definition.owner, {}).pop(definition.name, None)
    file.definitions.entries.remove(definition)
    shown = {
        "OwnerID": definition.owner,
        "DataExtName": definition.name,
        "TimeDeleted": file.time.stamp(file.clock.unix()),
    }
    return Answer(body=writer.ret("DataExtDefDelRet", RETS["DataExtDefDel"], shown, call.version))


def _defined(file: CompanyFile, sent: dict[str, Any], where: str) -> Definition:
    definition = file.definitions.find(sent["OwnerID"], sent["DataExtName"])
    if definition is None:
        raise errors.bad_reference("DataExtDef", sent["DataExtName"], where)
    return definition


def define(file: CompanyFile, call: Call, session: Session) -> Answer:
    sent = call.data["DataExtDefAdd"]
    if not sent["DataExtName"]:
        raise errors.bad_name("")
    definition = file.definitions.define(
        sent["OwnerID"], sent["DataExtName"], sent["DataExtType"], sent.get("AssignToObject", [])
    )
    return Answer(body=_shown(call, definition), recovery={"OwnerID": definition.owner})


def query_definitions(file: CompanyFile, call: Call, session: Session) -> Answer:
    owners = {owner.casefold() for owner in call.data.get("OwnerID", ())}
    objects = set(call.data.get("AssignToObject", ()))
    found = [
        each
        for each in file.definitions.entries
        if (not owners or each.owner.casefold() in owners) and (not objects or objects & set(each.assigned))
    ]
    answer = Answer() if found else Answer(1, NOTHING_FOUND)
    metadata = call.attributes.get("metaData", "NoMetaData")
    if metadata != "NoMetaData":
        answer.attributes.append(("retCount", str(len(found))))
    if metadata != "MetaDataOnly":
        answer.body = "".join(_shown(call, each) for each in found)
    return answer


def _shown(call: Call, definition: Definition) -> str:
    shown = {
        "OwnerID": definition.owner,
        "DataExtID": str(definition.number),
        "DataExtName": definition.name,
        "DataExtType": definition.kind,
        "AssignToObject": definition.assigned,
        "DataExtListRequire": "false",
        "DataExtTxnRequire": "false",
        "DataExtFormatString": "Any Text",
    }
    only = frozenset(call.data.get("IncludeRetElement", ()))
    return writer.ret("DataExtDefRet", RETS["DataExtDef"], shown, call.version, only)
