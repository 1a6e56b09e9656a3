"""Whether an org has what the sync needs, as our user sees it; asked before every fetch, from what is remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce.errors import Refused
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.metadata import DESCRIBED, CustomField, Package
from syncapp.connectors.salesforce.metadata_xml import Stamp, read_stamp, stamp_of
from syncapp.connectors.salesforce.our_package import PACKAGE
from syncapp.connectors.salesforce.sales_parts import package_of, package_with
from syncapp.connectors.salesforce.sales_sources import OPPORTUNITY, STANDARD, Source
from syncapp.connectors.salesforce.schema import PERMISSION_SET, READ_FIELDS, is_written, reads
from syncapp.connectors.salesforce.soql import quote, quote_all

MISSING = "is missing, or not visible to the sync's user"
LOCKED = "may not be edited by the sync's user"


def missing_fields(gateway: Gateway, *kinds: str, fresh: bool = False, source: Source = OPPORTUNITY) -> dict[str, str]:
    """What stands in the way of these kinds of record (of all, if none is named), by field ("Account.QB_Id__c") or
    object: it is not visible to our user, not editable, or not as the package brings it. ``source``: what sales are."""
    found: dict[str, str] = {}
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind in kinds or READ_FIELDS:
        for sobject, columns in reads(kind, source).items():
            wanted[sobject].update(columns)
    descriptions = gateway.describe(*wanted, fresh=fresh)
    for (sobject, names), described in zip(wanted.items(), descriptions, strict=True):
        if not described:
            found[sobject] = MISSING
            continue
        for name in sorted(names):
            if problem := judge(sobject, name, described, source):
                found[f"{sobject}.{name}"] = problem
    return found


def judge(
    sobject: str,
    name: str,
    described: Mapping[str, Mapping[str, Any]],
    source: Source = OPPORTUNITY,
    *,
    ours: CustomField | None = None,
) -> str:
    """What is wrong with a field, as the end of a sentence; empty if nothing is."""
    if name not in described:
        return MISSING
    ours = ours or package_with([source.main]).by_name.get(f"{sobject}.{name}")
    if ours and (difference := differs(ours, described[name])):
        return difference
    written = not ours.is_master if ours else is_written(sobject, name, source)
    return LOCKED if written and not described[name]["updateable"] else ""


def differs(ours: CustomField, there: Mapping[str, Any]) -> str:
    """How a field of the org is less than ours needs to be; one that holds more is welcome."""
    if there["type"] != DESCRIBED[ours.type]:
        return f"is of the type {there['type']}, and not {DESCRIBED[ours.type]}"
    if "length" in ours.more and int(there["length"] or 0) < int(ours.more["length"]):
        return f"holds {there['length']} characters, and not {ours.more['length']}"
    if "precision" in ours.more and (too_small := _digits(ours, there)):
        return too_small
    if ours.more.get("unique") == "true" and not (there["unique"] and there["externalId"]):
        return "is not a unique external id"
    if (target := ours.more.get("referenceTo")) and target not in (there["referenceTo"] or ()):
        return f"does not refer to {target}"
    if lacking := [value for value in ours.values if value not in there.get("values", ())]:
        return f"lacks the choices {', '.join(lacking)}"
    return ""


def _digits(ours: CustomField, there: Mapping[str, Any]) -> str:
    scale, whole = int(ours.more["scale"]), int(ours.more["precision"]) - int(ours.more["scale"])
    there_scale = int(there["scale"] or 0)
    there_whole = int(there["precision"] or 0) - there_scale
    if there_scale < scale or there_whole < whole:
        return f"holds {there_whole} digits and {there_scale} decimals, and not {whole} and {scale}"
    return ""


def told(findings: Mapping[str, str]) -> list[str]:
    """Findings as sentences without their full stop; what is said of several fields of an object is said once."""
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, what in findings.items():
        together[name.partition(".")[0], what].append(name)
    return [
        f"{names[0]} {what}" if len(names) == 1 else f"{', '.join(names)}: each {what}"
        for (_, what), names in together.items()
    ]


def require_fields(gateway: Gateway, kind: str, source: Source = OPPORTUNITY, *, fresh: bool = False) -> None:
    """Raises ConnectorError that names the fields at fault and the remedy."""
    missing = missing_fields(gateway, kind, fresh=fresh, source=source)
    if not missing:
        return
    gateway.forget_describes()
    raise ConnectorError(
        f"Salesforce org “{gateway.org.key}”: " + "; ".join(told(missing)) + ".",
        remedy=remedy(gateway, set(missing), package_with([source.main])) + _or_other_fields(source, missing),
        retry_seconds=None,
    )


def _or_other_fields(source: Source, missing: Mapping[str, str]) -> str:
    """What else may help: a custom object, or a column of it, may be spelt otherwise."""
    if source.name in STANDARD or not {name.partition(".")[0] for name in missing} & {source.main, source.lines.name}:
        return ""
    return " Or correct source and source_fields in the pair's sales settings."


def remedy(gateway: Gateway, missing: set[str], package: Package = PACKAGE) -> str:
    """What to do about fields that are missing or not visible: Salesforce itself does not tell the two apart."""
    ours = {name for name in missing if name in package.by_name or name in package.own}
    advice = [_remedy_for_ours(gateway)] if ours else []
    if others := sorted(missing - ours):
        advice.append(f"Let the sync's user read and edit {', '.join(others)} (its profile, or a permission set).")
    return " ".join(advice)


def _remedy_for_ours(gateway: Gateway) -> str:
    command = f"manage.py salesforce_package install {gateway.org.key}"
    try:
        there = permission_sets(gateway).get(PERMISSION_SET)
        assigned = bool(there and assignment_id(gateway, there.id))
    except NotShown:
        return f"Run {command}, which adds what is missing and lets the sync's user see it."
    if there is None:
        return f"Run {command}, which adds the fields and lets the sync's user see them."
    if not assigned:
        return f"Assign the permission set {PERMISSION_SET} to the sync's user, or run {command}."
    package = package_of(gateway.org, there.stamp.parts)
    if lacking := set(package.parts) - set(there.stamp.parts):
        return f"Run {command}, which adds our fields to {' and '.join(sorted(lacking))}."
    if there.stamp != stamp_of(package):
        upgrade = command.replace(" install ", " upgrade ")
        return f"Run {upgrade}: the org has version {there.stamp.version} of the package, and not {PACKAGE.version}."
    return f"Run {command}: the permission set is assigned, but a field is not as it should be."


# Permission sets -----------------------------------------------------------------------


class NotShown(ConnectorError):
    """Our user may not look at permission sets, so nothing is known of them."""


@dataclass(frozen=True)
class InstalledSet:
    id: str
    stamp: Stamp


@dataclass(frozen=True)
class Assignment:
    id: str
    user_id: str
    user: str
    permission_set: str


def permission_sets(gateway: Gateway) -> dict[str, InstalledSet]:
    """Those of ours that the org has, by name."""
    names = [each.name for each in PACKAGE.sets]
    rows = _rows(gateway, f"SELECT Id, Name, Description FROM PermissionSet WHERE Name IN {quote_all(names)}")
    return {row["Name"]: InstalledSet(str(row["Id"]), read_stamp(row["Description"] or "")) for row in rows}


def assignments(gateway: Gateway, sets: Mapping[str, InstalledSet]) -> list[Assignment]:
    """Who has our permission sets."""
    if not sets:
        return []
    names = {each.id: name for name, each in sets.items()}
    rows = _rows(
        gateway,
        "SELECT Id, AssigneeId, Assignee.Name, PermissionSetId FROM PermissionSetAssignment"
        f" WHERE PermissionSetId IN {quote_all(list(names))}",
    )
    return [
        Assignment(
            str(row["Id"]),
            str(row["AssigneeId"]),
            str((row["Assignee"] or {}).get("Name") or row["AssigneeId"]),
            names[row["PermissionSetId"]],
        )
        for row in rows
    ]


def assignment_id(gateway: Gateway, permission_set: str) -> str:
    rows = _rows(
        gateway,
        f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {quote(permission_set)}"
        f" AND AssigneeId = {quote(gateway.org.user_id)} LIMIT 1",
    )
    return str(rows[0]["Id"]) if rows else ""


def _rows(gateway: Gateway, soql: str) -> list[dict[str, Any]]:
    try:
        return [row for page in gateway.query(soql) for row in page]
    except Refused as error:
        if error.problem.code not in ("INVALID_TYPE", "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY"):
            raise
        raise NotShown(
            "The sync's user may not look at permission sets.",
            remedy="Give it “View Setup and Configuration”.",
            retry_seconds=None,
        ) from None
