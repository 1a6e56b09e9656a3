"""The whole state of our package in one org: what is missing, what differs, and what our user may not see or do.

Words    finding   one thing that is not as it should be
         needed    by a kind of record whose flow is on; the rest of the package may wait
Rule     only what is needed makes the state bad; everything else is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from syncapp.connectors.salesforce import editions
from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.installed import (
    MISSING,
    NotShown,
    assignments,
    judge,
    missing_fields,
    permission_sets,
    remedy,
    told,
)
from syncapp.connectors.salesforce.metadata import Package
from syncapp.connectors.salesforce.metadata_xml import Stamp, stamp_of
from syncapp.connectors.salesforce.our_package import PACKAGE, SYNC
from syncapp.connectors.salesforce.sales_parts import package_of, sources_of
from syncapp.connectors.salesforce.sales_sources import Source
from syncapp.connectors.salesforce.schema import reads
from syncapp.connectors.salesforce.soql import quote

SETS = "Permission set"
RIGHTS = {"createable": "create", "updateable": "edit", "deletable": "delete"}


@dataclass(frozen=True)
class State:
    installed: Stamp | None  # None: our permission set is not there, or our user cannot see permission sets
    ours: Stamp
    problems: Mapping[str, str]  # what is needed and not right, by field, object or permission set
    rest: Mapping[str, str]  # the same of what no flow needs that is on
    notes: tuple[str, ...]  # what the org lacks, and what else is worth knowing
    remedy: str

    @property
    def good(self) -> bool:
        return not self.problems

    @property
    def version(self) -> str:
        if self.installed is None:
            return "Our package is not installed, or the sync's user may not look at permission sets."
        if self.installed == self.ours:
            return f"Version {self.ours.version} is installed, which is the current one."
        if self.installed.version > self.ours.version:
            return f"Version {self.installed.version} is installed; this program brings {self.ours.version}: update it."
        there = f"Version {self.installed.version}" if self.installed.version else "An older version"
        return f"{there} is installed, and not the current one."

    def as_json(self) -> dict[str, Any]:
        return {
            "good": self.good,
            "version": self.version,
            "problems": told(self.problems),
            "rest": told(self.rest),
            "notes": list(self.notes),
            "remedy": self.remedy,
        }


def look(gateway: Gateway, kinds: Collection[str] | None = None) -> State:
    """Asks the org. ``kinds`` are those whose flows are on; without them, all of the package is needed."""
    about = editions.look(gateway)
    installed, of_sets, unseen = _sets(gateway)
    sources = sources_of(gateway.org)
    package = package_of(gateway.org, [each for each in (installed.parts if installed else ()) if about.has(each)])
    described = _described(gateway, about, package)
    everything = {**of_sets, **_package_findings(about, described, package)}
    needed: dict[str, str] = {}
    for source in sources:
        needed |= missing_fields(gateway, *(kinds or ()), source=source)
    if kinds is None:
        needed = {**everything, **needed}
    else:
        needed |= {name: what for name, what in everything.items() if _is_needed(name, kinds, sources)}
    rest = {name: what for name, what in everything.items() if name not in needed}
    ours = stamp_of(package)
    return State(
        installed,
        ours,
        needed,
        rest,
        (*unseen, *(each.message for each in editions.lacks(about, package, described))),
        _remedy(gateway, needed, package, stale=_is_stale(installed, ours)),
    )


def _is_stale(installed: Stamp | None, ours: Stamp) -> bool:
    return installed is not None and installed != ours and installed.version <= ours.version


def _described(gateway: Gateway, about: editions.About, package: Package) -> dict[str, Mapping[str, Any]]:
    names = package.sobjects
    seen = [name for name in names if about.has(name)]
    found = dict(zip(seen, gateway.describe(*seen, fresh=True), strict=True)) if seen else {}
    return {name: found.get(name, {}) for name in names}


def _package_findings(
    about: editions.About, described: Mapping[str, Mapping[str, Any]], package: Package
) -> dict[str, str]:
    found = {}
    for sobject in package.sobjects:
        if not described[sobject]:
            found[sobject] = MISSING
            continue
        if lacking := _lacking_rights(about.objects[sobject], sobject, package):
            found[sobject] = lacking
        for each in package.fields_of(sobject):
            if problem := judge(sobject, each.name, described[sobject], ours=each):
                found[each.full_name] = problem
    return found


def _lacking_rights(there: Mapping[str, Any], sobject: str, package: Package) -> str:
    """What the sync's user may not do with the records of an object, though our permission set would allow it."""
    [rights] = [each.rights for each in package.sets if each.name == SYNC.name]
    if sobject not in rights:
        return ""
    wanted = {"createable": rights[sobject].create, "updateable": rights[sobject].edit}
    wanted["deletable"] = rights[sobject].delete
    lacking = [word for right, word in RIGHTS.items() if wanted[right] and not there.get(right, True)]
    return f"may be seen, but the sync's user may not {' or '.join(lacking)} its records" if lacking else ""


def _sets(gateway: Gateway) -> tuple[Stamp | None, dict[str, str], list[str]]:
    """What the org remembers of our package, what is wrong with its permission sets, and whether that can be seen."""
    try:
        sets = permission_sets(gateway)
        people = assignments(gateway, sets)
    except NotShown as error:
        return None, {}, [f"{error.message} {error.remedy}"]
    found = {f"Permission set {each.name}": "is missing" for each in PACKAGE.sets if each.name not in sets}
    mine = any(each.user_id == gateway.org.user_id and each.permission_set == SYNC.name for each in people)
    if SYNC.name in sets and not mine:
        found[f"Permission set {SYNC.name}"] = f"is not assigned to the sync's user {_username(gateway)}"
    return (sets[SYNC.name].stamp if SYNC.name in sets else None), found, []


def _username(gateway: Gateway) -> str:
    soql = f"SELECT Username FROM User WHERE Id = {quote(gateway.org.user_id)}"
    rows = [row for page in gateway.query(soql) for row in page]
    return str(rows[0]["Username"]) if rows else gateway.org.user_id


def _is_needed(name: str, kinds: Collection[str], sources: Collection[Source]) -> bool:
    """Whether a finding of the package stands in the way of these kinds."""
    if name == f"Permission set {SYNC.name}":
        return True
    sobject, _, field = name.partition(".")
    read = [reads(kind, source) for kind in kinds for source in sources]
    wanted = [each[sobject] for each in read if sobject in each]
    return any(not field or field in names for names in wanted)


def _remedy(gateway: Gateway, needed: Mapping[str, str], package: Package, *, stale: bool) -> str:
    fields = {name for name in needed if not name.startswith(SETS)}
    if fields:
        return remedy(gateway, fields, package)
    if needed:
        return f"Run manage.py salesforce_package install {gateway.org.key}, or assign the permission set in Setup."
    return f"Run manage.py salesforce_package upgrade {gateway.org.key} when it suits you." if stale else ""
