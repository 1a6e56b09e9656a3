"""What an org's edition and features lack for us, said before anything fails.

Words    lack  something that is not there, and what it means; one that is fatal would make the package fail
Rule     an object that is absent and one that the sync's user may not see look alike from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncapp.connectors.salesforce.gateway import Gateway
from syncapp.connectors.salesforce.metadata import Package


@dataclass(frozen=True)
class Lack:
    message: str
    fatal: bool = False


@dataclass(frozen=True)
class About:
    """What an org says of itself; ``objects`` are those that our user sees."""

    edition: str
    is_sandbox: bool
    objects: Mapping[str, Mapping[str, Any]]

    def has(self, *names: str) -> bool:
        return all(name in self.objects for name in names)


@dataclass(frozen=True)
class Allowed:
    fields: int  # custom ones of one object
    objects: int  # custom ones


# By a part of the edition's name; others are not known to limit us.
ALLOWED = {
    "Professional": Allowed(100, 50),
    "Enterprise": Allowed(500, 200),
    "Unlimited": Allowed(800, 2_000),
    "Developer": Allowed(500, 400),
}
# Objects without which something does not work, and what.
WITHOUT = (
    (
        ("Product2", "PricebookEntry"),
        "products and price books: items and quantities cannot travel, and the lines of documents show no product",
    ),
    (("Opportunity",), "opportunities: accounts cannot be chosen by won deals, and no deal becomes a transaction"),
    (("OpportunityLineItem",), "products on opportunities: no deal becomes a transaction"),
)
# Features that are off in many orgs, where nothing fails for want of them.
OFF = (
    (("Order",), "Orders are off: no sale can be one."),
    (("Quote",), "Quotes are off: no sale can be one."),
    (
        ("CurrencyType",),
        "The org has a single currency: amounts in others are shown as they are, with the currency's code beside them.",
    ),
)


def look(gateway: Gateway) -> About:
    """Asks the org, in two calls."""
    rows = [row for page in gateway.query("SELECT OrganizationType, IsSandbox FROM Organization") for row in page]
    organization = rows[0] if rows else {}
    objects = {each["name"]: each for each in gateway.get("sobjects")["sobjects"]}
    return About(str(organization.get("OrganizationType") or ""), bool(organization.get("IsSandbox")), objects)


def lacks(about: About, package: Package, fields: Mapping[str, Mapping[str, Any]]) -> list[Lack]:
    """What is not there; ``fields`` are those that our user sees, by object."""
    found = [Lack(f"{name} is not there for the sync's user.", fatal=True) for name in _targets(about, package)]
    found += [
        Lack(f"The org, or the sync's user, has no {means} (no {' or '.join(names)}).")
        for names, means in WITHOUT
        if not about.has(*names)
    ]
    found += [Lack(text) for names, text in OFF if not about.has(*names)]
    return [*_over_the_limit(about, package, fields), *found]


def _targets(about: About, package: Package) -> list[str]:
    """Objects that every deployment of ours needs."""
    needed = [name for name in package.sobjects if name not in package.own]
    return [name for name in needed if not about.has(name)]


def _over_the_limit(about: About, package: Package, fields: Mapping[str, Mapping[str, Any]]) -> list[Lack]:
    allowed = next((limit for name, limit in ALLOWED.items() if name in about.edition), None)
    if allowed is None:
        return []
    found = []
    for sobject in package.sobjects:
        there = {name for name in fields.get(sobject, ()) if name.endswith("__c")}
        whole = there | {each.name for each in package.fields_of(sobject)}
        if len(whole) > allowed.fields:
            text = f"{sobject} would have {len(whole)} custom fields; {about.edition} allows {allowed.fields}."
            found.append(Lack(text, fatal=True))
    custom = {name for name, each in about.objects.items() if each.get("custom") and name.endswith("__c")}
    if len(custom | set(package.own)) > allowed.objects:
        text = f"The org would have {len(custom | set(package.own))} custom objects; {about.edition} allows"
        found.append(Lack(f"{text} {allowed.objects}.", fatal=True))
    return found
