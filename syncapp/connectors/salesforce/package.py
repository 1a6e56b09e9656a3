"""Installing, upgrading and removing what the product adds to an org.

Words    loss  what would be gone for good if our package were removed: records of our objects, and what other records
               hold in our fields
Rules    1 Deploying the same package again changes nothing, so installing may be repeated at any time.
         2 Fields made by a deployment are visible to nobody, so the permission set is assigned to our user at once.
         3 Nothing that people may miss is removed unless it is asked for in so many words.
         4 Removing goes in two steps: our fields and objects while our user can still see whether they are gone, then
           the permission sets, which Salesforce keeps as long as anybody has them.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncapp.connectors.base import ConnectorError
from syncapp.connectors.salesforce import editions
from syncapp.connectors.salesforce.deploying import POLL_SECONDS, Say, deploy
from syncapp.connectors.salesforce.errors import Refused
from syncapp.connectors.salesforce.gateway import PARTS_MAX, Gateway, query_part
from syncapp.connectors.salesforce.installed import (
    Assignment,
    InstalledSet,
    assignment_id,
    assignments,
    permission_sets,
)
from syncapp.connectors.salesforce.metadata import CustomField, Package
from syncapp.connectors.salesforce.metadata_xml import package_zip, removable, removal_zip, stamp_of
from syncapp.connectors.salesforce.our_package import PACKAGE, SYNC
from syncapp.connectors.salesforce.sales_parts import package_of, package_with

STAYS = (
    "What stays: all accounts, contacts, products and opportunities, without our fields; page layouts and reports, "
    "without their columns. Salesforce keeps deleted fields and objects for 15 days in Setup, from where an "
    "administrator can bring them back."
)


def install(
    gateway: Gateway,
    say: Say,
    *,
    poll_seconds: float = POLL_SECONDS,
    assign: bool = True,
    check_only: bool = False,
    force: bool = False,
    package: Package | None = None,
) -> None:
    """Deploy the fields, objects and permission sets, and let our user see them. ``check_only`` changes nothing.

    Without ``package`` it is ours, with the parts that the org's pairs need and those that the org has.
    """
    there = permission_sets(gateway).get(SYNC.name)
    package = package or package_for(gateway, there)
    ours = stamp_of(package)
    _say_what_lacks(gateway, package, say, force=force)
    if there and there.stamp.version > ours.version and not force:
        raise ConnectorError(
            f"The org has version {there.stamp.version} of our package, and this program brings {ours.version}.",
            remedy="Update this program. --force puts the older version in the newer one's place.",
            retry_seconds=None,
        )
    deploy(
        gateway,
        package_zip(gateway.version, package),
        say,
        poll_seconds=poll_seconds,
        traces=lambda: SYNC.name in (now := permission_sets(gateway)) and now[SYNC.name].stamp == ours,
        check_only=check_only,
    )
    if check_only:
        say("Salesforce would take the package. Nothing was changed.")
        return
    gateway.forget_describes()
    say(f"Version {ours.version} of the package is installed.")
    if assign:
        assign_to_our_user(gateway, say)
    else:
        say(f"Nobody was given the permission set {SYNC.name}: the sync's user needs it.")


def upgrade(
    gateway: Gateway,
    say: Say,
    *,
    poll_seconds: float = POLL_SECONDS,
    assign: bool = True,
    check_only: bool = False,
    force: bool = False,
) -> None:
    """Bring an org that has an older version of ours up to this one."""
    there = permission_sets(gateway).get(SYNC.name)
    if there is None:
        raise ConnectorError(
            f"Salesforce org “{gateway.org.key}” does not have our package yet.",
            remedy=f"Run manage.py salesforce_package install {gateway.org.key}.",
            retry_seconds=None,
        )
    ours = stamp_of(package_for(gateway, there))
    if there.stamp == ours and not force:
        say(f"The org has version {there.stamp.version} already: there is nothing to upgrade.")
        return
    say(f"Upgrading from {there.stamp if there.stamp.version else 'an older package'} to {ours}.")
    install(gateway, say, poll_seconds=poll_seconds, assign=assign, check_only=check_only, force=force)


def package_for(gateway: Gateway, there: InstalledSet | None) -> Package:
    """What the org is to have; a part whose object is there no more cannot be upgraded, and is left alone."""
    remembered = there.stamp.parts if there else ()
    seen = gateway.describe(*remembered, fresh=True) if remembered else []
    return package_of(gateway.org, [main for main, fields in zip(remembered, seen, strict=True) if fields])


def assign_to_our_user(gateway: Gateway, say: Say) -> None:
    there = permission_sets(gateway).get(SYNC.name)
    if there is None:
        raise ConnectorError(
            "The package was deployed, but its permission set cannot be found.",
            remedy="Give the sync's user “View Setup and Configuration”, and run the command again.",
            retry_seconds=None,
        )
    if not assignment_id(gateway, there.id):
        _assign(gateway, there)
        gateway.forget_describes()
    say(f"The permission set {SYNC.name} is assigned to the sync's user.")


def _assign(gateway: Gateway, there: InstalledSet) -> None:
    try:
        gateway.create("PermissionSetAssignment", {"AssigneeId": gateway.org.user_id, "PermissionSetId": there.id})
    except Refused as error:
        if error.problem.code == "DUPLICATE_VALUE":
            return
        raise ConnectorError(
            f"The package is there, but its permission set could not be assigned: {error.message}",
            remedy=f"In Setup, Permission Sets, {SYNC.label}, Manage Assignments: add the sync's user. Or give it "
            "“Assign Permission Sets”, and run the command again.",
            retry_seconds=None,
        ) from None


def _say_what_lacks(gateway: Gateway, package: Package, say: Say, *, force: bool) -> None:
    about = editions.look(gateway)
    seen = [name for name in package.sobjects if about.has(name)]
    fields = dict(zip(seen, gateway.describe(*seen), strict=True)) if seen else {}
    found = editions.lacks(about, package, fields)
    for each in found:
        say(each.message)
    if any(each.fatal for each in found) and not force:
        raise ConnectorError(
            "The package would not fit into this org: " + " ".join(each.message for each in found if each.fatal),
            remedy="Put that right in Setup, or try in spite of it with --force.",
            retry_seconds=None,
        )


# Removing ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loss:
    """What a removal would destroy; ``counted`` is False where our user cannot see how much that is."""

    records: dict[str, int]
    others: tuple[Assignment, ...] = ()
    counted: bool = True

    def __bool__(self) -> bool:
        return bool(self.records or self.others or not self.counted)

    def lines(self) -> list[str]:
        told = [f"{what}: {count:,}" for what, count in self.records.items()]
        if self.others:
            told.append(f"the permission sets of others: {', '.join(sorted({each.user for each in self.others}))}")
        if not self.counted:
            told.append("an unknown number of records, since the sync's user cannot see them")
        return told


def remove(
    gateway: Gateway,
    say: Say,
    *,
    poll_seconds: float = POLL_SECONDS,
    force: bool = False,
    check_only: bool = False,
    package: Package | None = None,
) -> None:
    """Take away our fields and objects, with all that they hold, and our permission sets."""
    sets = permission_sets(gateway)
    if not sets and not force:
        say("Nothing of ours is installed, as far as the sync's user can see.")
        return
    package = package or package_with(sets[SYNC.name].stamp.parts if SYNC.name in sets else ())
    loss = what_would_be_lost(gateway, sets, package)
    if loss and not force:
        raise ConnectorError(
            "\n - ".join(["Removing our package would destroy:", *loss.lines()]),
            remedy="Export what somebody may need; then run the command again with --force.",
            retry_seconds=None,
        )
    for line in loss.lines():
        say(f"This destroys {line}." if not check_only else f"This would destroy {line}.")
    _remove_fields(gateway, say, package, poll_seconds, check_only=check_only, counted=loss.counted)
    if check_only:
        say("Salesforce would carry out the removal. Nothing was changed.")
        return
    _remove_sets(gateway, say, sets, poll_seconds)
    gateway.forget_describes()
    say(STAYS)


def _remove_fields(
    gateway: Gateway, say: Say, package: Package, poll_seconds: float, *, check_only: bool, counted: bool
) -> None:
    deploy(
        gateway,
        removal_zip(gateway.version, removable(package)),
        say,
        poll_seconds=poll_seconds,
        traces=lambda: counted and not _visible(gateway, package),
        check_only=check_only,
    )


def _remove_sets(gateway: Gateway, say: Say, sets: dict[str, InstalledSet], poll_seconds: float) -> None:
    for each in assignments(gateway, sets):
        gateway.delete("PermissionSetAssignment", each.id)
    if sets:
        deploy(
            gateway,
            removal_zip(gateway.version, {"PermissionSet": sorted(sets)}),
            say,
            poll_seconds=poll_seconds,
            traces=lambda: not permission_sets(gateway),
        )


def what_would_be_lost(gateway: Gateway, sets: dict[str, InstalledSet], package: Package = PACKAGE) -> Loss:
    people = assignments(gateway, sets)
    me = gateway.org.user_id
    others = tuple(each for each in people if each.user_id != me)
    if not any(each.user_id == me and each.permission_set == SYNC.name for each in people):
        return Loss({}, others, counted=False)
    seen = _visible(gateway, package)
    conditions = {sobject: _holding(package, sobject, fields) for sobject, fields in seen.items()}
    counts = _counts(
        gateway,
        {
            _spoken(package, sobject): f"SELECT COUNT() FROM {sobject}{condition}"
            for sobject, condition in conditions.items()
            if condition or sobject in package.own
        },
    )
    return Loss({what: count for what, count in counts.items() if count}, others)


def _visible(gateway: Gateway, package: Package) -> dict[str, list[CustomField]]:
    """Our fields that our user sees now, by object; of an object of ours also an empty list says that it is there."""
    found = {}
    for sobject, described in zip(package.sobjects, gateway.describe(*package.sobjects, fresh=True), strict=True):
        names = [each for each in package.fields_of(sobject) if each.name in described]
        if names or (described and sobject in package.own):
            found[sobject] = names
    return found


def _spoken(package: Package, sobject: str) -> str:
    own = next((each for each in package.objects if each.name == sobject), None)
    return f"{own.plural} ({sobject})" if own else f"{sobject} records with something in a field of ours"


def _holding(package: Package, sobject: str, fields: list[CustomField]) -> str:
    """The condition under which a record of the org's own object holds something of ours.

    Long texts cannot be asked about. A checkbox that is ticked by itself says nothing, and unticked it is on every
    record that is older than the field.
    """
    if sobject in package.own:
        return ""
    tests = [
        f"{each.name} = true" if each.type == "Checkbox" else f"{each.name} != null"
        for each in fields
        if each.type != "LongTextArea" and each.more.get("defaultValue") != "true"
    ]
    return f" WHERE {' OR '.join(tests)}" if tests else ""


def _counts(gateway: Gateway, queries: dict[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    waiting = list(queries.items())
    while waiting:
        some, waiting = waiting[:PARTS_MAX], waiting[PARTS_MAX:]
        answers = gateway.together([query_part(soql) for _, soql in some])
        found |= {what: int(answer.need()["totalSize"]) for (what, _), answer in zip(some, answers, strict=True)}
    return found
