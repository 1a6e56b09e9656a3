"""How Salesforce spells the neutral fields of a customer: an Account, and one Contact of it, the billing contact.

Words    row       a record as SOQL returns it
         spelling  a neutral field's name in Salesforce, and how its value reads and is written
Rule     this table is the only place that knows the spellings; what reads a row back gives what was written.
Pure: no Django, no I/O, no clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from syncapp.records import Value

Row = Mapping[str, Any]

# Salesforce demands a last name; this one says that QuickBooks has none, and reads as none.
NO_LAST_NAME = "[not provided]"

EXTERNAL_ID = "QB_Id__c"
TICK = "QB_Billing_Contact__c"
CONTACT_KEY = "QB_Key__c"


def _as_it_is(value: Any) -> Any:
    return value


def read_lines(value: Any) -> Value:
    return None if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")


def _write_lines(value: Value) -> Any:
    return None if value is None else str(value).replace("\r\n", "\n").replace("\n", "\r\n")


def read_number(value: Any) -> Value:
    return None if value is None else Decimal(str(value))


def _read_last_name(value: Any) -> Value:
    return None if value == NO_LAST_NAME else value


def _read_whole_name(value: Any) -> Value:
    return None if value is None else str(value).removesuffix(NO_LAST_NAME).strip()


def _write_last_name(value: Value) -> Any:
    return value or NO_LAST_NAME


@dataclass(frozen=True)
class Spelling:
    name: str
    read: Callable[[Any], Value] = _as_it_is
    write: Callable[[Value], Any] = _as_it_is


def _read_day(value: Any) -> Value:
    return None if value is None else date.fromisoformat(str(value)[:10])


def _write_day(value: Value) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def day(name: str) -> Spelling:
    return Spelling(name, _read_day, _write_day)


def number(name: str) -> Spelling:
    return Spelling(name, read_number)


def text(name: str) -> Spelling:
    """Text that is only read, or written as it is."""
    return Spelling(name, read_lines)


def _address(neutral: str, theirs: str) -> dict[str, Spelling]:
    return {
        f"{neutral}_street": Spelling(f"{theirs}Street", read_lines, _write_lines),
        f"{neutral}_city": Spelling(f"{theirs}City"),
        f"{neutral}_state": Spelling(f"{theirs}State"),
        f"{neutral}_postal_code": Spelling(f"{theirs}PostalCode"),
        f"{neutral}_country": Spelling(f"{theirs}Country"),
    }


# quickbooks_id and active need to know more than their own value: see account_fields and account_row.
ACCOUNT: dict[str, Spelling] = {
    "name": Spelling("Name"),
    "parent": Spelling("ParentId"),
    "active": Spelling("QB_Active__c"),
    **_address("billing", "Billing"),
    **_address("shipping", "Shipping"),
    "phone": Spelling("Phone"),
    "fax": Spelling("Fax"),
    "account_number": Spelling("AccountNumber"),
    "website": Spelling("Website"),
    "quickbooks_id": Spelling(EXTERNAL_ID),
    "full_name": Spelling("QB_Full_Name__c"),
    "terms": Spelling("QB_Terms__c"),
    "tax_code": Spelling("QB_Tax_Code__c"),
    "credit_limit": Spelling("QB_Credit_Limit__c", read_number),
    "balance": Spelling("QB_Balance__c", read_number),
}
CONTACT: dict[str, Spelling] = {
    "contact_salutation": Spelling("Salutation"),
    "contact_first_name": Spelling("FirstName"),
    "contact_last_name": Spelling("LastName", _read_last_name, _write_last_name),
    "contact_title": Spelling("Title"),
    "contact_email": Spelling("Email"),
    "contact_phone": Spelling("Phone"),
}

# A further contact; Salesforce makes its name of first and last name.
FURTHER: dict[str, Spelling] = {
    "name": Spelling("Name", _read_whole_name),
    "customer": Spelling("AccountId"),
    **{name.removeprefix("contact_"): each for name, each in CONTACT.items()},
    "mobile": Spelling("MobilePhone"),
    "quickbooks_id": Spelling(EXTERNAL_ID),
}

STAMPS = ("Id", "SystemModstamp", "LastModifiedById", "IsDeleted", "MasterRecordId")
ACCOUNT_COLUMNS = (*STAMPS, *(each.name for each in ACCOUNT.values()))
CONTACT_COLUMNS = (*STAMPS, "AccountId", "CreatedDate", TICK, CONTACT_KEY, *(each.name for each in CONTACT.values()))
FURTHER_COLUMNS = (*STAMPS, TICK, *(each.name for each in FURTHER.values()))

ACCOUNT_NEUTRAL = {each.name: neutral for neutral, each in ACCOUNT.items()}


# The external id ---------------------------------------------------------------------


def external_id(company_key: str, quickbooks_id: str) -> str:
    return f"{company_key}:{quickbooks_id}"


def other_company(row: Row, company_key: str) -> str:
    """The key of the company that the Account is linked with, where it is not ours."""
    key, _, _ = (row.get(EXTERNAL_ID) or "").rpartition(":")
    return "" if not row.get(EXTERNAL_ID) or key == company_key else key or "an unknown company"


def own_id(row: Row, company_key: str) -> str | None:
    """The QuickBooks id that the Account holds, where it is one of our company's."""
    value = row.get(EXTERNAL_ID) or ""
    return value.removeprefix(f"{company_key}:") if value.startswith(f"{company_key}:") else None


# Reading -----------------------------------------------------------------------------


def account_fields(row: Row, company_key: str) -> dict[str, Value]:
    fields = {neutral: each.read(row.get(each.name)) for neutral, each in ACCOUNT.items()}
    fields["quickbooks_id"] = own_id(row, company_key)
    if not row.get(EXTERNAL_ID):
        # Accounts older than our field have it unticked, which says nothing until they are linked.
        fields["active"] = None
    return fields


def contact_fields(row: Row | None) -> dict[str, Value]:
    return {neutral: each.read(row.get(each.name)) if row else None for neutral, each in CONTACT.items()}


def _as_text(value: Any) -> str:
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)


def digest(fields: Mapping[str, Value]) -> str:
    """Tells values apart that share a stamp: Salesforce's stamps are whole seconds, and two edits fit into one."""
    text = json.dumps(fields, sort_keys=True, default=_as_text)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def version(account: Row, contact: Row | None, fields: Mapping[str, Value]) -> str:
    who, when = (contact["Id"], contact["SystemModstamp"]) if contact else ("", "")
    return f"{account['SystemModstamp']}|{who}|{when}|{digest(fields)}"


# Writing -----------------------------------------------------------------------------


def account_row(values: Mapping[str, Value], company_key: str) -> dict[str, Any]:
    """Neutral values as the Account takes them; what the Contact holds, and what never travels, is left out."""
    row = {ACCOUNT[name].name: ACCOUNT[name].write(value) for name, value in values.items() if name in ACCOUNT}
    row.pop("Website", None)
    if values.get("quickbooks_id"):
        row[EXTERNAL_ID] = external_id(company_key, str(values["quickbooks_id"]))
    if "active" in values:
        row["QB_Active__c"] = values["active"] is not False
    return row


def contact_row(values: Mapping[str, Value]) -> dict[str, Any]:
    return {CONTACT[name].name: CONTACT[name].write(value) for name, value in values.items() if name in CONTACT}


def split(values: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """What goes to the Account, and what to the Contact."""
    account = {name: value for name, value in values.items() if name in ACCOUNT}
    return account, {name: value for name, value in values.items() if name in CONTACT}


def same(one: Value, other: Value) -> bool:
    """Whether writing the one over the other would change nothing; empty text is nothing."""
    return (one if one != "" else None) == (other if other != "" else None)
