"""How further contacts stand in qbXML: rows of CustomerRet, from 12.0 on.

Words    id    the customer's ListID, a slash, and the contact's own; QuickBooks is asked by the customer's
Rules    1 The contact that is called as the customer's own first and last name travels with the customer, not here.
         2 They are read and never written: what a ContactsMod leaves alone of a customer's other contacts is documented
           nowhere, and it cannot add one.
         3 A contact that its customer no longer tells was removed there.
Element names: qbXML's CustomerRet; the names of phones and addresses are those that QuickBooks itself gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qbwc.qbxml.errors import BadRequest
from qbwc.qbxml.read import Ret
from syncapp.connectors.quickbooks_desktop.spelling import Asked, Settings, Spelling, modified
from syncapp.records import Operation, Record, Value

PLAIN = {"salutation": "Salutation", "first_name": "FirstName", "last_name": "LastName", "title": "JobTitle"}
# By the first name that is there.
REACHED = {"email": ("Main Email", "Additional Email"), "phone": ("Main Phone", "Work Phone"), "mobile": ("Mobile",)}
TOLD_SINCE = 12.0
NOT_BY_US = "the sync writes no contacts of their own to QuickBooks"


class Contacts(Spelling):
    kind = "contact"
    query = "CustomerQuery"
    asked_by_its_id = False

    def record(self, ret: Ret, settings: Settings) -> Record | None:
        return next(self.all_records(ret, settings), None)

    def all_records(self, ret: Ret, settings: Settings) -> Iterator[Record]:
        rows = ret.data.get("ContactsRet") or () if ret.name == "Customer" else ()
        own = _name(ret.data)
        for row in rows:
            if _name(row) != own:
                yield _record(ret.data, row)

    def whole(self, ret: Ret, version: str) -> tuple[str, tuple[str, ...]] | None:
        """A customer tells all of its contacts; below 12.0 it tells none, and that says nothing."""
        if ret.name != "Customer" or float(version or 0) < TOLD_SINCE:
            return None
        customer = str(ret.data["ListID"])
        return customer, tuple(f"{customer}/{row['ListID']}" for row in ret.data.get("ContactsRet") or ())

    def by_ids(self, ids: Sequence[str]) -> Asked:
        return Asked(self.query, {"ListID": sorted({self.remote_id(each) for each in ids})})

    def remote_id(self, record_id: str) -> str:
        return record_id.partition("/")[0]

    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        raise BadRequest("", "unknown", None, NOT_BY_US)

    def mod(self, operation: Operation, settings: Settings) -> Asked:
        raise BadRequest("", "unknown", None, NOT_BY_US)

    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        return ()


def _name(data: Mapping[str, Any]) -> str:
    return " ".join(str(data[part]) for part in ("FirstName", "LastName") if data.get(part))


def _record(customer: Mapping[str, Any], row: Mapping[str, Any]) -> Record:
    fields: dict[str, Value] = {name: row.get(element) for name, element in PLAIN.items()}
    reached = {each["ContactName"]: each["ContactValue"] for each in row.get("AdditionalContactRef") or ()}
    for name, labels in REACHED.items():
        fields[name] = next((reached[label] for label in labels if reached.get(label)), None)
    record_id = f"{customer['ListID']}/{row['ListID']}"
    active = customer.get("IsActive") is not False
    return Record(
        kind=Contacts.kind,
        id=record_id,
        version=str(row["EditSequence"]),
        fields={**fields, "name": _name(row), "customer": customer["ListID"], "quickbooks_id": record_id},
        modified=modified(str(row["EditSequence"])),
        wanted=active,
        why_unwanted="" if active else "Its customer is inactive in QuickBooks.",
    )
