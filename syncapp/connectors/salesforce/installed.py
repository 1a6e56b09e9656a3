"""Whether an org has what the sync needs, as our user sees it; asked before every fetch, from what is remembered."""

from __future__ import annotations

from collections import defaultdict

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.schema import CUSTOM_FIELDS, PERMISSION_SET, READ_FIELDS, is_written
from syncapp.connectors.salesforce.soql import quote

OURS = {each.full_name for each in CUSTOM_FIELDS}


def missing_fields(gateway: Gateway, *kinds: str, fresh: bool = False) -> dict[str, str]:
    """What stands in the way of these kinds of record (of all, if none is named), by field ("Account.QB_Id__c"): it is
    not visible to our user, or not editable."""
    found: dict[str, str] = {}
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind in kinds or READ_FIELDS:
        for sobject, names in READ_FIELDS[kind].items():
            wanted[sobject].update(names)
    descriptions = gateway.describe(*wanted, fresh=fresh)
    for (sobject, names), described in zip(wanted.items(), descriptions, strict=True):
        for name in sorted(names):
            if name not in described:
                found[f"{sobject}.{name}"] = "is missing, or not visible to the sync's user"
            elif is_written(sobject, name) and not described[name]["updateable"]:
                found[f"{sobject}.{name}"] = "may not be edited by the sync's user"
    return found


def require_fields(gateway: Gateway, kind: str, *, fresh: bool = False) -> None:
    """Raises ConnectorError that names the fields at fault and the remedy."""
    missing = missing_fields(gateway, kind, fresh=fresh)
    if not missing:
        return
    gateway.forget_describes()
    raise ConnectorError(
        f"Salesforce org “{gateway.org.key}”: " + "; ".join(f"{name} {what}" for name, what in missing.items()) + ".",
        remedy=remedy(gateway, set(missing)),
        retry_seconds=None,
    )


def remedy(gateway: Gateway, missing: set[str]) -> str:
    """What to do about fields that are missing or not visible: Salesforce itself does not tell the two apart."""
    advice = []
    if missing & OURS:
        command = f"manage.py salesforce_package install {gateway.org.key}"
        permission_set = permission_set_id(gateway)
        if not permission_set:
            advice.append(f"Run {command}, which adds the fields and lets the sync's user see them.")
        elif not assignment_id(gateway, permission_set):
            advice.append(f"Assign the permission set {PERMISSION_SET} to the sync's user, or run {command}.")
        else:
            advice.append(f"Run {command}: the permission set is assigned, but a field is not as it should be.")
    if others := sorted(missing - OURS):
        advice.append(f"Let the sync's user read and edit {', '.join(others)} (field-level security).")
    return " ".join(advice)


def permission_set_id(gateway: Gateway) -> str:
    return _first(gateway, f"SELECT Id FROM PermissionSet WHERE Name = {quote(PERMISSION_SET)} LIMIT 1")


def assignment_id(gateway: Gateway, permission_set: str) -> str:
    return _first(
        gateway,
        f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {quote(permission_set)}"
        f" AND AssigneeId = {quote(gateway.org.user_id)} LIMIT 1",
    )


def _first(gateway: Gateway, soql: str) -> str:
    rows = [row for page in gateway.query(soql) for row in page]
    return str(rows[0]["Id"]) if rows else ""
