"""How a customer is spelt in qbXML: neutral fields to CustomerAdd and CustomerMod, and CustomerRet to neutral fields.

Pure. Element names and their meaning: qbXML's CustomerAdd, CustomerMod and CustomerRet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qbwc.qbxml.read import Ret
from syncapp.connectors.quickbooks_desktop.currencies import currency
from syncapp.connectors.quickbooks_desktop.spelling import (
    Asked,
    Settings,
    Spelling,
    filled,
    modified,
    named,
    origin,
)
from syncapp.mapping.people import is_persons_name
from syncapp.records import Operation, Record, Value

ADD, MOD = "CustomerAdd", "CustomerMod"

PLAIN = {
    "name": "Name",
    "active": "IsActive",
    "contact_salutation": "Salutation",
    "contact_first_name": "FirstName",
    "contact_last_name": "LastName",
    "contact_title": "JobTitle",
    "phone": "Phone",
    "contact_phone": "AltPhone",
    "fax": "Fax",
    "contact_email": "Email",
    "account_number": "AccountNumber",
}
ADDRESS = {"city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}
ADDRESSES = {"billing": "BillAddress", "shipping": "ShipAddress"}
ADDRESS_LINES = 5
REFERENCES = {"terms": "TermsRef", "tax_code": "SalesTaxCodeRef"}
# The parts of an address by element, without the address's prefix.
PARTS = {f"Addr{n}": "street" for n in range(1, ADDRESS_LINES + 1)} | {
    element: part for part, element in ADDRESS.items()
}


class Customers(Spelling):
    kind = "customer"
    query = "CustomerQuery"
    lists = ("Customer",)
    records = ((query, "Customer"),)
    requests = (ADD, MOD)
    custom_of = "Customer"

    def record(self, ret: Ret, settings: Settings) -> Record | None:
        return _record(ret.data, settings) if ret.name == "Customer" else None

    def add(self, operation: Operation, settings: Settings, *, number: str = "") -> Asked:
        values = operation.values
        data = _elements(values, values)
        person = is_persons_name(values.get("name"), values.get("contact_first_name"), values.get("contact_last_name"))
        data["CompanyName"] = None if person else values.get("name")
        data["ExternalGUID"] = "{" + operation.key + "}"
        return Asked(ADD, {ADD: filled(data)})

    def mod(self, operation: Operation, settings: Settings) -> Asked:
        """The changed elements, and an address always as a whole.

        Whether QuickBooks keeps the parts of an address that a Mod leaves out is not documented, so none is left out:
        what is empty is sent as empty, which clears it.
        """
        whole = {**operation.current, **operation.values}
        data = {"ListID": operation.record_id, "EditSequence": operation.expected_version}
        return Asked(MOD, {MOD: data | _elements(operation.values, whole)})

    def fields_at_fault(self, path: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        """By a path of elements (`CustomerAdd/ShipAddress/City`), or by the last of them alone, as QuickBooks does.
        Only fields of this operation count."""
        elements = named(path)
        plain = {element: name for name, element in PLAIN.items()} | {"ParentRef": "parent"}
        prefixes = [prefix for prefix, element in ADDRESSES.items() if element in elements] or list(ADDRESSES)
        found = [plain[element] for element in elements if element in plain]
        found += [f"{prefix}_{PARTS[element]}" for prefix in prefixes for element in elements if element in PARTS]
        return tuple(name for name in found if name in values)

    def whose(self, same_kind: bool) -> str:
        return "another customer" if same_kind else "a vendor, an employee or another name"


def _elements(values: Mapping[str, Value], whole: Mapping[str, Value]) -> dict[str, Any]:
    data: dict[str, Any] = {PLAIN[name]: value for name, value in values.items() if name in PLAIN}
    if "parent" in values:
        parent = values["parent"]
        data["ParentRef"] = {"ListID": parent} if parent else None
    for prefix, element in ADDRESSES.items():
        if any(name.startswith(f"{prefix}_") for name in values):
            data[element] = _address(prefix, whole)
    return data


def _address(prefix: str, values: Mapping[str, Value]) -> dict[str, Any]:
    lines = str(values.get(f"{prefix}_street") or "").split("\n")
    lines += [""] * (ADDRESS_LINES - len(lines))
    address: dict[str, Any] = {f"Addr{n}": line for n, line in enumerate(lines, 1)}
    return address | {element: values.get(f"{prefix}_{part}") or "" for part, element in ADDRESS.items()}


def _record(data: Mapping[str, Any], settings: Settings) -> Record:
    fields: dict[str, Value] = {name: data.get(element) for name, element in PLAIN.items()}
    for prefix, element in ADDRESSES.items():
        fields |= _read_address(prefix, data.get(element) or {})
    fields |= {name: (data.get(element) or {}).get("FullName") for name, element in REFERENCES.items()}
    fields["parent"] = (data.get("ParentRef") or {}).get("ListID")
    fields["quickbooks_id"] = data["ListID"]
    fields["currency"] = currency(data) or (data.get("CurrencyRef") or {}).get("FullName")
    fields["full_name"] = data.get("FullName")
    fields["credit_limit"] = data.get("CreditLimit")
    # Where jobs have no account of their own, their balances count for the customer.
    fields["balance"] = data.get("TotalBalance" if settings["jobs"] == "skip" else "Balance")
    fields["stands_for"] = fields["parent"] if _left_out(data, settings) else None
    why = _why_unwanted(data, settings)
    return Record(
        kind=Customers.kind,
        id=data["ListID"],
        version=str(data["EditSequence"]),
        fields=fields,
        modified=modified(str(data["EditSequence"])),
        wanted=not why,
        why_unwanted=why,
        origin=origin(data),
    )


def _read_address(prefix: str, data: Mapping[str, Any]) -> dict[str, Value]:
    lines = [data.get(f"Addr{n}") for n in range(1, ADDRESS_LINES + 1)]
    street = "\n".join(line for line in lines if line) or None
    return {f"{prefix}_street": street} | {f"{prefix}_{part}": data.get(element) for part, element in ADDRESS.items()}


def _why_unwanted(data: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    if data.get("IsActive") is False:
        return "Inactive in QuickBooks."
    return "A job; the settings leave jobs out." if _left_out(data, settings) else ""


def _left_out(data: Mapping[str, Any], settings: Settings) -> bool:
    is_job = int(data.get("Sublevel") or 0) > 0 and data.get("JobStatus") not in (None, "", "None")
    return is_job and settings["jobs"] == "skip"
