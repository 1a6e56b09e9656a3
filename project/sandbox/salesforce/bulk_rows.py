"""One row of an ingest job: from the texts of its cells to a record that is written, deleted or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import dml, ids, values
from .bulk_csv import NULL, BadCsv
from .errors import SalesforceError
from .intake import find_by_key
from .schema import NUMBER_TYPES, Field, SObject
from .transaction import Tx

TRUE, FALSE = ("true", "1", "yes", "y", "on"), ("false", "0", "no", "n", "off")
CELL_CHARS_MAX = 32_000
ROW_CHARS_MAX = 400_000
OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")


def check_header(tx: Tx, sobject: SObject, operation: str, key: str, header: Sequence[str]) -> None:
    """Every column has to be one of the object's, and the one by which records are found has to be there."""
    names = {name.lower() for name in header}
    wanted = {"insert": "", "upsert": key}.get(operation, "Id")
    if wanted and wanted.lower() not in names:
        raise BadCsv(f"InvalidBatch : Field name not found : {wanted}")
    for name in header:
        allowed = name.lower() == wanted.lower() or (
            operation not in ("delete", "hardDelete") and _known(tx, sobject, name)
        )
        if not allowed:
            raise BadCsv(f"InvalidBatch : Field name not found : {name}")


def _known(tx: Tx, sobject: SObject, name: str) -> bool:
    if "." in name:
        relationship, _, key = name.partition(".")
        lookup = sobject.by_relationship(relationship)
        target = tx.org.schema.find(lookup.reference_to) if lookup else None
        field = tx.access(target).readable.get(key.lower()) if target else None
        return field is not None and (field.external_id or field.id_lookup)
    field = tx.access(sobject).readable.get(name.lower())
    return field is not None and field.name != "Id" and field.type != "address"


def apply(tx: Tx, sobject: SObject, operation: str, key: str, row: dict[str, str]) -> tuple[str, bool]:
    """The record's id, and whether it is new."""
    if sum(len(text) for text in row.values()) > ROW_CHARS_MAX:
        raise SalesforceError("STRING_TOO_LONG", f"A record has at most {ROW_CHARS_MAX} characters")
    given = {name.lower(): text for name, text in row.items()}
    if operation in ("delete", "hardDelete"):
        record_id = _id(sobject, given.get("id", ""), "delete")
        dml.delete(tx, sobject, record_id)
        return record_id, False
    fields = _fields(tx, sobject, row, without=(key or "Id").lower() if operation != "insert" else "")
    if operation == "insert":
        return dml.insert(tx, sobject, fields), True
    if operation == "update":
        record_id = _id(sobject, given.get("id", ""), "update")
        dml.update(tx, sobject, record_id, fields)
        return record_id, False
    return _upsert(tx, sobject, key, given.get(key.lower(), ""), fields)


def _id(sobject: SObject, text: str, verb: str) -> str:
    if not text:
        raise SalesforceError("MISSING_ARGUMENT", f"Id not specified in an {verb} call", ["Id"])
    record_id = ids.full(text)
    if record_id is None or record_id[:3] != sobject.prefix:
        raise SalesforceError("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {text}", ["Id"])
    return record_id


def _upsert(tx: Tx, sobject: SObject, key: str, value: str, fields: dict[str, Any]) -> tuple[str, bool]:
    if not value or value == NULL:
        raise SalesforceError("MISSING_ARGUMENT", f"{key} not specified", [key])
    matches = find_by_key(tx, sobject, key, value)
    if len(matches) > 1:
        text = f"More than one record found for external id field: {matches}"
        raise SalesforceError("DUPLICATE_EXTERNAL_ID", text, [key])
    if matches:
        dml.update(tx, sobject, matches[0], fields)
        return matches[0], False
    if key.lower() == "id":
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return dml.insert(tx, sobject, {key: value, **fields}), True


def _fields(tx: Tx, sobject: SObject, row: dict[str, str], *, without: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in row.items():
        if name.lower() == without or text == "":
            continue
        if len(text) > CELL_CHARS_MAX:
            raise SalesforceError("STRING_TOO_LONG", f"{name}: a field has at most {CELL_CHARS_MAX} characters", [name])
        if "." in name:
            relationship, _, key = name.partition(".")
            lookup = sobject.by_relationship(relationship)
            if lookup is not None and text == NULL:
                found[lookup.name] = None
            else:
                found[relationship] = {key: text}
        else:
            found[name] = None if text == NULL else _cell(sobject.field(name), text)
    return found


def _cell(field: Field | None, text: str) -> Any:
    if field is None:
        return text
    if field.type == "boolean":
        if text.lower() not in TRUE + FALSE:
            raise _wrong_type(field, text)
        return text.lower() in TRUE
    if field.type in NUMBER_TYPES | {"int", "date", "datetime"}:
        try:
            return values.load(field, text)
        except SalesforceError as refusal:
            if refusal.code == "JSON_PARSER_ERROR":
                raise _wrong_type(field, text) from None
            raise
    return text


def _wrong_type(field: Field, text: str) -> SalesforceError:
    message = f"{field.label}: value not of required type: {text}"
    return SalesforceError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, [field.name])
