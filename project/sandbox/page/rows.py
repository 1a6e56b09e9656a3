"""The page's rows: both sides' records beside each other, tied as the product has tied them, with what it says of them.

Two halves of which each is the other's best possible match stand on one row, too, since a person has to compare them.

Rule     what the sides hold comes from the sandbox, what stands between them from the product's own tables
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from project.sandbox.page.desk import Desk
from syncapp.models import Link, Pair, Run

# What a person wants to know first: is it well, is it on its way, must I do something, or does it not concern us?
GROUPS = {
    "in_step": "in_step",
    "new": "on_its_way",
    "under_way": "on_its_way",
    "waiting": "on_its_way",
    "conflict": "needs_you",
    "proposed": "needs_you",
    "refused": "needs_you",
    "gone": "needs_you",
    "unwanted": "left_out",
    "closed": "left_out",
}
NOT_SEEN = "Not seen by the sync yet."


def rows(desk: Desk, pair: Pair) -> list[dict[str, Any]]:
    """One row for each link, and one for each record that has none yet."""
    accounts, customers = desk.accounts(), desk.customers()
    links = {link.pk: link for link in _links(pair)}
    found = [_linked(link, other, accounts, customers) for link, other in _side_by_side(links)]
    found = [row for row in found if row["salesforce"] or row["quickbooks"]]
    shown = {side: {row[side]["id"] for row in found if row[side]} for side in ("salesforce", "quickbooks")}
    found += [_alone("salesforce", view) for key, view in accounts.items() if key not in shown["salesforce"]]
    found += [_alone("quickbooks", view) for key, view in customers.items() if key not in shown["quickbooks"]]
    return sorted(found, key=lambda row: (row["sort"], row["key"]))


def _links(pair: Pair) -> QuerySet[Link]:
    fields = ("pk", "salesforce_id", "quickbooks_id", "name", "state", "reason", "detail")
    return Link.objects.filter(pair=pair, kind="customer").only(*fields)


def _side_by_side(links: Mapping[int, Link]) -> Iterator[tuple[Link, Link]]:
    """Each link with itself, or Salesforce's half with QuickBooks's half where each proposes the other first."""
    best = {pk: _proposal(link) for pk, link in links.items()}
    for pk, link in links.items():
        other = links.get(best[pk])
        if other is None or best[other.pk] != pk:
            yield link, link
        elif link.salesforce_id:
            yield link, other


def _proposal(link: Link) -> int:
    candidates = link.detail.get("candidates") if link.state == Link.State.PROPOSED else None
    return int(candidates[0]["link"]) if candidates else 0


def _linked(link: Link, other: Link, accounts: dict[str, Any], customers: dict[str, Any]) -> dict[str, Any]:
    account, customer = accounts.get(link.salesforce_id or ""), customers.get(other.quickbooks_id or "")
    return {
        "key": f"link {link.pk}",
        "sort": _sort(account, customer),
        "salesforce": account,
        "quickbooks": customer,
        "deleted": [
            side
            for side, record_id, view in (
                ("salesforce", link.salesforce_id, account),
                ("quickbooks", other.quickbooks_id, customer),
            )
            if record_id and view is None
        ],
        "state": link.state,
        "label": link.get_state_display(),
        "group": GROUPS[link.state],
        "reason": link.reason,
        "timeline": admin_path("syncapp_link_change", link.pk),
    }


def _alone(side: str, view: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": view["id"],
        "sort": _sort(view, None),
        "salesforce": None,
        "quickbooks": None,
        side: view,
        "deleted": [],
        "state": "new",
        "label": "New",
        "group": "on_its_way",
        "reason": NOT_SEEN,
        "timeline": "",
    }


def _sort(account: dict[str, Any] | None, customer: dict[str, Any] | None) -> str:
    """Children come right after their parent."""
    view = account or customer or {}
    parent = (view.get("parent") or "").replace(":", "\t")
    return f"{parent}\t{view.get('name')}".strip("\t").casefold()


def counts(found: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(row["group"] for row in found))


def last_run(pair: Pair) -> dict[str, Any] | None:
    run = Run.objects.filter(pair=pair).exclude(state=Run.State.RUNNING).order_by("-id").first()
    if run is None or run.finished_at is None:
        return None
    ok = run.state == Run.State.DONE
    return {"at": run.finished_at.isoformat(), "state": run.get_state_display(), "ok": ok, "message": run.message}


def admin_path(name: str, *args: Any) -> str:
    """An address in the admin; nothing where the admin shows no such thing."""
    try:
        return reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""
