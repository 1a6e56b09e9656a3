"""Person accounts: an Account that is a person, and shows that person's fields itself.

An org has them once they were switched on: describe of Account then names IsPersonAccount. Such an account's Name is
made of first and last name and cannot be written, it has no parent, and its record type says that it is a person.
(Salesforce's documentation of person accounts.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncapp.connectors.salesforce.fields import CONTACT, Row, Spelling, same
from syncapp.mapping.people import is_persons_name
from syncapp.records import Value

IS_PERSON = "IsPersonAccount"
PERSON: dict[str, Spelling] = {
    **{name: CONTACT[name] for name in ("contact_salutation", "contact_first_name", "contact_last_name")},
    "contact_title": Spelling("PersonTitle"),
    "contact_email": Spelling("PersonEmail"),
    "contact_phone": Spelling("PersonMobilePhone"),
}
COLUMNS = (IS_PERSON, *(each.name for each in PERSON.values()))
NEVER_WRITTEN = ("Name", "ParentId")
RECORD_TYPES = (
    "SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = 'Account' AND IsPersonType = true AND IsActive = true"
    " ORDER BY DeveloperName"
)


def is_person(row: Row | None) -> bool:
    return bool(row and row.get(IS_PERSON))


def person_fields(row: Row) -> dict[str, Value]:
    return {neutral: each.read(row.get(each.name)) for neutral, each in PERSON.items()}


def person_row(values: Mapping[str, Value]) -> dict[str, Any]:
    return {PERSON[name].name: PERSON[name].write(value) for name, value in values.items() if name in PERSON}


def to_be_a_person(values: Mapping[str, Value]) -> bool:
    """Whether a new customer is one: it stands below nobody and is called as its contact is."""
    return not values.get("parent") and _named_so(values)


def cannot_take(asked: Mapping[str, Value], current: Mapping[str, Value]) -> dict[str, str]:
    """Why some of these fields cannot be written to a person account, by neutral name."""
    after = {**current, **asked}
    refused = {}
    if "contact_last_name" in asked and not asked["contact_last_name"]:
        refused["contact_last_name"] = "A person account must have a last name: Salesforce keeps the one it has."
    if "name" in asked and not same(asked["name"], current["name"]) and not _named_so(after):
        why = "Salesforce makes a person account's name of first and last name: change those of the customer, too."
        refused["name"] = why
    if asked.get("parent"):
        refused["parent"] = "A person account cannot stand below another account."
    return refused


def _named_so(values: Mapping[str, Value]) -> bool:
    return is_persons_name(values.get("name"), values.get("contact_first_name"), values.get("contact_last_name"))
