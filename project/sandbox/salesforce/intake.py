"""From the fields of a write to stored values: every refusal that concerns a single field.

The order of refusals is the platform's: unknown or invisible columns, then columns that may not be written, then
values, then lookups.  Required fields are checked later, on the whole row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import values
from .errors import SalesforceError, unknown_field
from .schema import Field, SObject
from .transaction import Tx


def read_values(tx: Tx, sobject: SObject, given: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
    access = tx.access(sobject)
    writable = access.createable if creating else access.updateable
    found: list[tuple[Field, Any]] = []
    refused: list[str] = []
    for name, raw in given.items():
        key = name.lower()
        if key == "attributes":
            continue
        field = access.readable.get(key)
        if key == "id":
            raise _misplaced_id(creating)
        if field is None:
            field, raw = _by_relationship(tx, sobject, name, raw)
        if field.name in writable:
            found.append((field, raw))
        else:
            refused.append(field.name)
    if refused:
        raise _not_writable(refused)
    return {field.name: _load(tx, field, raw) for field, raw in found}


def _misplaced_id(creating: bool) -> SalesforceError:
    if creating:
        return SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
    return SalesforceError("INVALID_FIELD", "The Id field should not be specified in the sobject data.")


def _not_writable(names: list[str]) -> SalesforceError:
    text = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field "
        "and verify that it is read/write for your profile or permission set."
    )
    return SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", text, names)


def _load(tx: Tx, field: Field, raw: Any) -> Any:
    value = values.load(field, raw)
    if value is not None and field.reference_to:
        check_lookup(tx, field, value)
    return value


def check_lookup(tx: Tx, field: Field, record_id: str) -> None:
    target = tx.org.schema[field.reference_to]
    if record_id[:3] != target.prefix:
        text = f"{field.label}: id value of incorrect type: {record_id}"
        raise SalesforceError("MALFORMED_ID", text, [field.name])
    row = tx.org.table(target).get(record_id)
    if row is None:
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
    if row["IsDeleted"]:
        raise SalesforceError("ENTITY_IS_DELETED", "entity is deleted")


def _by_relationship(tx: Tx, sobject: SObject, name: str, raw: Any) -> tuple[Field, Any]:
    """A lookup given as its parent's external id: ``{"Account": {"Ext__c": "17"}}``."""
    field = sobject.by_relationship(name)
    if field is None or field.name.lower() not in tx.access(sobject).readable or not isinstance(raw, dict):
        raise unknown_field(name, sobject.name)
    keys = {key: value for key, value in raw.items() if key != "attributes"}
    if len(keys) != 1:
        text = f"{name}: exactly one external id or idLookup field must be given for a foreign key"
        raise SalesforceError("INVALID_FIELD", text)
    ((key, value),) = keys.items()
    target = tx.org.schema[field.reference_to]
    matches = find_by_key(tx, target, key, value)
    if not matches:
        text = f"Foreign key external ID: {value} not found for field {key} in entity {target.name}"
        raise SalesforceError("INVALID_FIELD", text)
    if len(matches) > 1:
        text = f"{key}: more than one record found for external id field: {matches}"
        raise SalesforceError("INVALID_FIELD", text)
    return field, matches[0]


def find_by_key(tx: Tx, sobject: SObject, name: str, value: Any) -> list[str]:
    """Ids of the records that carry this external id; NOT_FOUND if there is no such key field to be seen."""
    field = tx.access(sobject).readable.get(name.lower())
    if field is None or not (field.external_id or field.id_lookup):
        text = f"Provided external ID field does not exist or is not accessible: {name}"
        raise SalesforceError("NOT_FOUND", text, status=404)
    if value is None or value == "":
        return []
    key = values.reference(field, value) if field.type == "id" else values.load(field, value)
    return [] if key is None else tx.org.table(sobject).with_value(field.name, key)
