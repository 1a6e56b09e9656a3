"""Whether everything stands as the example says it must: each case's links, its fields on both sides, and nothing more.

Rule     what must be is computed from the example and from what both programs hold; of the product's tables only the
         links are looked at, for the ties and the stated reasons
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from project.sandbox import example
from project.sandbox.example import Case
from project.sandbox.page.world import World
from syncapp.models import Link

# What is the same on both sides once a record is in step, in the page's words.
SHARED = (
    *("phone", "fax", "number", "street", "city", "state", "postal_code", "country", "first", "last", "email"),
    *("contact_phone", "terms", "tax_code", "credit_limit", "balance", "active"),
)
NAME_MAX = 41


def problems(world: World) -> list[str]:
    """What is not as it should be, a sentence each."""
    cases = example.cases(world.seed)
    accounts, customers = world.desk.accounts(), world.desk.customers()
    found = [problem for case in cases for problem in _case(world, case, accounts, customers)]
    for what, views, fewest in (
        ("Accounts", accounts, [c for c in cases if c.account is not None or c.crosses]),
        ("customers", customers, [c for c in cases if c.customer is not None or c.crosses]),
    ):
        if len(views) != len(fewest):
            found.append(f"There are {len(views)} {what}, and there should be {len(fewest)}.")
    return found


def _case(world: World, case: Case, accounts: Mapping[str, Any], customers: Mapping[str, Any]) -> Iterator[str]:
    account_id, customer_id = world.accounts.ids.get(case.key), world.customers.ids.get(case.key)
    found = links_of(world, account_id, customer_id)
    for link in found:
        if link.state != case.state or case.reason not in link.reason:
            wanted = f"“{case.state}”" + (f" because of “{case.reason}”" if case.reason else "")
            yield f"{case.name} ({case.shows}) is “{link.state}” ({link.reason or 'no reason'}) instead of {wanted}."
    if not case.crosses:
        if len(found) != (account_id is not None) + (customer_id is not None):
            yield f"{case.name} ({case.shows}) was linked."
        return
    if len(found) != 1 or not found[0].whole:
        yield f"{case.name} ({case.shows}) is not linked one to one."
        return
    account, customer = accounts.get(found[0].salesforce_id or ""), customers.get(found[0].quickbooks_id or "")
    if account is None or customer is None:
        yield f"{case.name} ({case.shows}) is linked with a record that is not there."
        return
    for problem in differences(account, customer, case.differs):
        yield f"{case.name} ({case.shows}): {problem}"


def links_of(world: World, account_id: str | None, customer_id: str | None) -> list[Link]:
    query = Link.objects.filter(pair=world.pair, kind="customer")
    ids = {"salesforce_id": account_id, "quickbooks_id": customer_id}
    found = {link.pk: link for name, each in ids.items() if each for link in query.filter(**{name: each})}
    return list(found.values())


def differences(account: Mapping[str, Any], customer: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    """Fields that should be equal and are not, but for those that are known to be impossible."""
    if "name" in known:
        yield from _awkward_name(account["name"], customer["name"])
    elif account["name"] != customer["name"]:
        yield f"the names are “{account['name']}” and “{customer['name']}”."
    parent = (customer["parent"] or "").rpartition(":")[2] or None
    if account["parent"] != parent:
        yield f"the parents are “{account['parent']}” and “{parent}”."
    for name in SHARED:
        if f"billing {name}" not in known and name not in known and _same(account[name]) != _same(customer[name]):
            yield f"{name} is “{account[name]}” in Salesforce and “{customer[name]}” in QuickBooks."


def _same(value: Any) -> Any:
    """No balance is a balance of nothing."""
    if value in (None, "", "0.00"):
        return None
    return "\n".join(" ".join(line.split()) for line in value.split("\n")) if isinstance(value, str) else value


def _awkward_name(account: str, customer: str) -> Iterator[str]:
    """It begins like the other, and QuickBooks holds it unchanged."""
    if customer[:6] != account[:6] or len(customer) > NAME_MAX or ":" in customer:
        yield f"the name “{account}” became “{customer}”."
