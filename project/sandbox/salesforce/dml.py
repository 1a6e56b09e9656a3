"""Inserts, updates, deletes, undeletes and merges of single records inside a transaction.

Order of a save    values, defaults, the object's own rules, before-triggers, required fields, validation rules,
                   duplicate rules, uniqueness, locks, the row, the object's after-rules, after-triggers
Rule               a refusal raises SalesforceError; the caller rolls back to its mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from . import rollups, rules
from .errors import SalesforceError, is_deleted, lock_refused, no_such_record
from .intake import read_values
from .schema import Field, SObject
from .store import Row
from .transaction import Tx

TRIGGER_DEPTH_MAX = 16
Deleted = dict[str, tuple[SObject, Row]]
BATCH = "~deleted with"  # not a field: which deletion took a row along, so that undelete brings them all back


def insert(tx: Tx, sobject: SObject, given: Mapping[str, Any]) -> str:
    if not sobject.createable or "allowCreate" not in tx.access(sobject).rights:
        raise _forbidden(sobject, "create")
    if not tx.system:
        tx.org.check_storage()
    changes = read_values(tx, sobject, given, creating=True)
    row = new_row(tx, sobject)
    tx.given = frozenset(changes)
    _change(row, changes)
    _save(tx, sobject, row, None)
    return str(row["Id"])


def plant(tx: Tx, sobject: SObject, **stored: Any) -> str:
    """Insert a row of setup data as the platform does: no checks, values in stored form."""
    row = new_row(tx, sobject)
    row.update(stored)
    tx.put(sobject, row)
    return str(row["Id"])


def new_row(tx: Tx, sobject: SObject) -> Row:
    row: Row = {
        "Id": tx.org.new_id(sobject),
        "IsDeleted": False,
        "CreatedDate": tx.stamp,
        "CreatedById": tx.user_id,
        "LastModifiedDate": tx.stamp,
        "LastModifiedById": tx.user_id,
        "SystemModstamp": tx.stamp,
    }
    for field in sobject:
        default = field.default if field.default_value is None else field.default_value
        if field.summary is not None and field.summary.operation in ("count", "sum"):
            default = Decimal(0)
        if field.compute_default is not None:
            default = field.compute_default({})
        if default is not None:
            row.setdefault(field.name, default)
        elif field.auto_number:
            row[field.name] = _next_auto_number(tx, sobject, field.name, field.auto_number)
    if "ownerid" in sobject.fields:
        row["OwnerId"] = tx.user_id
    if sobject.name in tx.org.default_record_types:
        row["RecordTypeId"] = tx.org.default_record_types[sobject.name]
    return row


def _next_auto_number(tx: Tx, sobject: SObject, name: str, pattern: str) -> str:
    numbers = tx.org.table(sobject).auto_numbers
    numbers[name] = numbers.get(name, 0) + 1
    head, _, rest = pattern.partition("{")
    zeros, _, tail = rest.partition("}")
    return f"{head}{numbers[name]:0{len(zeros)}d}{tail}"


def update(tx: Tx, sobject: SObject, record_id: str, given: Mapping[str, Any]) -> None:
    if not sobject.updateable or "allowEdit" not in tx.access(sobject).rights:
        raise _forbidden(sobject, "update")
    old = live_row(tx, sobject, record_id)
    changes = read_values(tx, sobject, given, creating=False)
    row = dict(old)
    _change(row, changes)
    touch(tx, row, old)
    tx.given = frozenset(changes)
    _save(tx, sobject, row, old)


def write_system(tx: Tx, sobject: SObject, record_id: str, stored: Mapping[str, Any]) -> None:
    """Change a row as the platform itself does (roll-ups, cleared lookups): no checks, the stamp moves."""
    old = tx.org.table(sobject).rows[record_id]
    row = dict(old)
    _change(row, stored)
    row["SystemModstamp"] = tx.stamp_after(old)
    tx.put(sobject, row)


def live_row(tx: Tx, sobject: SObject, record_id: str) -> Row:
    row = tx.org.table(sobject).get(record_id) if record_id[:3] == sobject.prefix else None
    if row is None:
        raise no_such_record()
    if row["IsDeleted"]:
        raise is_deleted()
    return row


def touch(tx: Tx, row: Row, old: Row) -> None:
    stamp = tx.stamp_after(old)
    row.update(LastModifiedDate=stamp, LastModifiedById=tx.user_id, SystemModstamp=stamp)


def _change(row: Row, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value


def _forbidden(sobject: SObject, verb: str) -> SalesforceError:
    text = f"entity type {sobject.name} does not support {verb}, or the user may not {verb} it"
    return SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", text, status=403)


def _save(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    if tx.depth > TRIGGER_DEPTH_MAX:
        raise SalesforceError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "maximum trigger depth exceeded")
    rules.before(tx, sobject, row, old)
    _run_triggers(tx, sobject, "before", row, old)
    _require(sobject, row)
    _validate(tx, sobject, row, old)
    _look_for_duplicates(tx, sobject, row)
    _keep_unique(tx, sobject, row)
    _take_lock(tx, row)
    _take_locks_of_masters(tx, sobject, row)
    tx.put(sobject, row)
    rules.after(tx, sobject, row, old)
    rollups.refresh(tx, sobject, row, old)
    _run_triggers(tx, sobject, "after", row, old)


def _run_triggers(tx: Tx, sobject: SObject, when: str, row: Row, old: Row | None) -> None:
    for trigger in tx.org.triggers:
        if trigger.sobject != sobject.name or trigger.when != when:
            continue
        try:
            trigger.run(tx.as_system(), row, old)
        except SalesforceError as refusal:
            event = f"{when.capitalize()}{'Update' if old else 'Insert'}"
            text = f"{trigger.name}: execution of {event} caused by: {refusal}"
            raise SalesforceError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text) from refusal


def _require(sobject: SObject, row: Row) -> None:
    missing = [field.name for field in sobject if field.required and row.get(field.name) is None]
    if missing:
        text = f"Required fields are missing: [{', '.join(missing)}]"
        raise SalesforceError("REQUIRED_FIELD_MISSING", text, missing)


def _validate(tx: Tx, sobject: SObject, row: Row, old: Row | None) -> None:
    for rule in tx.org.validation_rules.get(sobject.name, ()):
        text = rule(row, old)
        if text:
            raise SalesforceError("FIELD_CUSTOM_VALIDATION_EXCEPTION", text)


def _look_for_duplicates(tx: Tx, sobject: SObject, row: Row) -> None:
    rule = tx.org.duplicate_rules.get(sobject.name)
    if rule is None or tx.allow_duplicates:
        return
    matches = [record_id for record_id in rule(row) if record_id != row["Id"]]
    if matches:
        raise SalesforceError(
            "DUPLICATES_DETECTED",
            "Use one of these records?",
            extra={"duplicateResut": _duplicate_result(sobject, matches)},
        )


def _duplicate_result(sobject: SObject, matches: list[str]) -> dict[str, Any]:
    """The key under which this travels is misspelt by the platform: ``duplicateResut``."""
    records = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {
                    "type": sobject.name,
                    "url": f"/services/data/v62.0/sobjects/{sobject.name}/{each}",
                },
                "Id": each,
            },
        }
        for each in matches
    ]
    match = {
        "entityType": sobject.name,
        "errors": [],
        "matchEngine": "FuzzyMatchEngine",
        "matchRecords": records,
        "rule": f"Standard_{sobject.name}_Match_Rule_v1_0",
        "size": len(records),
        "success": True,
    }
    return {
        "allowSave": True,
        "duplicateRule": f"Standard_{sobject.name}_Duplicate_Rule",
        "duplicateRuleEntityType": sobject.name,
        "errorMessage": "Use one of these records?",
        "matchResults": [match],
    }


def _keep_unique(tx: Tx, sobject: SObject, row: Row) -> None:
    table = tx.org.table(sobject)
    for field in sobject:
        if not field.unique or (value := row.get(field.name)) is None:
            continue
        others = [record_id for record_id in table.with_value(field.name, value) if record_id != row["Id"]]
        if others:
            text = f"duplicate value found: {field.name} duplicates value on record with id: {others[0][:15]}"
            raise SalesforceError("DUPLICATE_VALUE", text)


def _take_lock(tx: Tx, row: Row) -> None:
    if row["Id"] in tx.org.locked or (not tx.system and tx.org.happens("lock")):
        raise lock_refused(row["Id"])


def _take_locks_of_masters(tx: Tx, sobject: SObject, row: Row) -> None:
    """Whoever writes a detail holds its master, too."""
    for master in sobject.masters:
        if row.get(master.name) in tx.org.locked:
            raise lock_refused(row[master.name])


def delete(tx: Tx, sobject: SObject, record_id: str) -> None:
    if not sobject.deletable or "allowDelete" not in tx.access(sobject).rights:
        raise _forbidden(sobject, "delete")
    row = live_row(tx, sobject, record_id)
    _take_lock(tx, row)
    _take_locks_of_masters(tx, sobject, row)
    rules.before_delete(tx, sobject, row)
    if rules.archived_instead(tx, sobject, row):
        return
    _bin(tx, sobject, record_id, batch=record_id)


def _bin(tx: Tx, sobject: SObject, record_id: str, *, batch: str, master: str = "") -> None:
    """Into the recycle bin, with all that depends on the record; other lookups to it are cleared."""
    for child, field in tx.org.schema.lookups_to(sobject.name):
        if field.name not in tx.org.table(child).children or master:
            continue
        for child_id in tx.org.table(child).pointing_at(field.name, record_id):
            if tx.org.table(child).rows[child_id]["IsDeleted"]:
                continue
            if field.restrict:
                raise _restricted(tx, sobject, record_id, child, child_id)
            if field.cascade:
                _bin(tx, child, child_id, batch=batch)
            else:
                write_system(tx, child, child_id, {field.name: None})
    old = tx.org.table(sobject).rows[record_id]
    row = dict(old)
    touch(tx, row, old)
    row.update({"IsDeleted": True, BATCH: batch})
    if master:
        row["MasterRecordId"] = master
    tx.put(sobject, row)
    rules.after_delete(tx, sobject, row)
    rollups.refresh(tx, sobject, row, old)


def _restricted(tx: Tx, sobject: SObject, record_id: str, child: SObject, child_id: str) -> SalesforceError:
    name = tx.org.table(sobject).rows[record_id].get("Name")
    other = tx.org.table(child).rows[child_id].get("Name") or child_id
    text = (
        f"Your attempt to delete {name} could not be completed because it is associated with the following "
        f"{child.plural}.: {other}\n"
    )
    return SalesforceError("DELETE_FAILED", text)


def undelete(tx: Tx, sobject: SObject, record_id: str) -> None:
    row = tx.org.table(sobject).get(record_id)
    if row is None or not row["IsDeleted"] or row.get("MasterRecordId"):
        raise SalesforceError("UNDELETE_FAILED", "Entity is not in the recycle bin")
    if not sobject.undeletable:
        raise SalesforceError("UNDELETE_FAILED", f"entity type {sobject.name} does not support undelete")
    for master in sobject.masters:
        parent = tx.org.tables[master.reference_to].get(row.get(master.name))
        if parent is None or parent["IsDeleted"]:
            raise SalesforceError("UNDELETE_FAILED", "The record that this one belongs to is deleted")
    coming = _deleted_together(tx, row.get(BATCH))
    _leave_out_orphans(tx, coming)
    if record_id not in coming:
        raise SalesforceError("UNDELETE_FAILED", "The record that this one belongs to is deleted")
    for other, old in coming.values():
        _restore(tx, other, old, coming)
    for restored_id, (other, _) in coming.items():
        rollups.work_out(tx, other, restored_id)  # a detail may have come back before its master


def _deleted_together(tx: Tx, batch: str | None) -> Deleted:
    return {
        old["Id"]: (sobject, old)
        for sobject in tx.org.schema
        for old in tx.org.table(sobject).rows.values()
        if old["IsDeleted"] and old.get(BATCH) == batch
    }


def _leave_out_orphans(tx: Tx, coming: Deleted) -> None:
    """What cannot be without a record that was deleted otherwise stays in the recycle bin."""
    orphans: list[str] = [""]
    while orphans:
        orphans = [
            record_id
            for record_id, (sobject, old) in coming.items()
            if any(field.required or field.master for field in _dead_ends(tx, sobject, old, coming))
        ]
        for record_id in orphans:
            del coming[record_id]


def _dead_ends(tx: Tx, sobject: SObject, old: Row, coming: Deleted) -> list[Field]:
    """The lookups that lead into the recycle bin, or nowhere."""
    found = []
    for field in sobject:
        target = old.get(field.name) if field.reference_to and field.name != "MasterRecordId" else None
        if target is not None and target not in coming and field.reference_to in tx.org.tables:
            row = tx.org.tables[field.reference_to].get(target)
            found += [field] if row is None or row["IsDeleted"] else []
    return found


def _restore(tx: Tx, sobject: SObject, old: Row, coming: Deleted) -> None:
    row = dict(old)
    touch(tx, row, old)
    row["IsDeleted"] = False
    row.pop(BATCH, None)
    for field in _dead_ends(tx, sobject, old, coming):
        row.pop(field.name, None)
    _keep_unique(tx, sobject, row)
    tx.put(sobject, row)
    rules.after(tx, sobject, row, old)
    rollups.refresh(tx, sobject, row, old)


def merge(tx: Tx, sobject: SObject, winner: str, losers: list[str], given: Mapping[str, Any]) -> None:
    """One record remains, with the values given; what pointed at the losers points at it."""
    if not sobject.mergeable or not 1 <= len(losers) <= 2 or winner in losers:
        raise SalesforceError("INVALID_OPERATION", "one or two other records can be merged into one")
    live_row(tx, sobject, winner)
    for loser in losers:
        live_row(tx, sobject, loser)
        for child, field in tx.org.schema.lookups_to(sobject.name):
            if field.name in tx.org.table(child).children and field.name != "MasterRecordId":
                for child_id in tx.org.table(child).pointing_at(field.name, loser):
                    target = None if child_id == winner else winner
                    write_system(tx, child, child_id, {field.name: target})
        _bin(tx, sobject, loser, batch=loser, master=winner)
    update(tx, sobject, winner, given)
