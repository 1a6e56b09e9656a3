"""The page's rows: both sides' records beside each other, tied as the product has tied them, with what it says of them.

Two halves of which each is the other's best possible match stand on one row, too, since a person has to compare them.

Rule     what the sides hold comes from the sandbox, what stands between them from the product's own tables
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

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


# What each part of the page shows, by the kinds of the product's links.
PARTS: dict[str, tuple[str, ...]] = {
    "customer": ("customer",),
    "item": ("item",),
    "level": ("price_level",),
    "sale": ("sale",),
    "document": ("invoice", "sales_order", "sales_receipt", "estimate", "credit_memo", "refund"),
    "payment": ("payment", "credit"),
}
Views = Mapping[str, dict[str, Any]]


def rows(desk: Desk, pair: Pair) -> list[dict[str, Any]]:
    """One row for each link, and one for each record that has none yet; each says which part of the page it is of."""
    documents = desk.papers.documents()
    sides: dict[str, tuple[Views, Views]] = {
        "customer": (desk.accounts(), desk.customers()),
        "item": (desk.wares.products(), desk.wares.items()),
        "level": (desk.levels.books(), desk.levels.levels()),
        "sale": (desk.deals.opportunities(), documents),
        "document": (desk.papers.shown_documents(), documents),
        "payment": (desk.papers.shown_payments(), desk.papers.payments()),
    }
    links = _links(pair)
    found = []
    for part, (here, there) in sides.items():
        held = {link.pk: link for link in links if link.kind in PARTS[part]}
        found += [{**row, "part": part} for row in _part(part, held, here, there)]
    return found


def _part(part: str, links: Mapping[int, Link], here: Views, there: Views) -> list[dict[str, Any]]:
    found = [_linked(link, other, here, there) for link, other in _side_by_side(links)]
    found = [row for row in found if row["salesforce"] or row["quickbooks"]]
    shown = {side: {row[side]["id"] for row in found if row[side]} for side in ("salesforce", "quickbooks")}
    found += [_alone("salesforce", view) for key, view in here.items() if key not in shown["salesforce"]]
    if part != "sale":  # transactions that came from no opportunity are documents, and no sales
        found += [_alone("quickbooks", view) for key, view in there.items() if key not in shown["quickbooks"]]
    return sorted(found, key=lambda row: (*_order(part, row), row["sort"], row["key"]))


def _order(part: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Opportunities with products come first; of papers, the newest ones."""
    view = row["quickbooks"] or row["salesforce"]
    if part == "sale":
        return (not (row["salesforce"] or view).get("lines"),)
    if part in ("document", "payment"):
        number = int(row["quickbooks"]["id"].partition("-")[0], 16) if row["quickbooks"] else 0  # QuickBooks counts
        return (-int((view.get("date") or "0").replace("-", "")), -number)
    return ()


def _links(pair: Pair) -> list[Link]:
    fields = ("pk", "kind", "salesforce_id", "quickbooks_id", "name", "state", "reason", "detail")
    kinds = [kind for kinds in PARTS.values() for kind in kinds]
    return list(Link.objects.filter(pair=pair, kind__in=kinds).only(*fields))


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


def _linked(link: Link, other: Link, here: Views, there: Views) -> dict[str, Any]:
    account, customer = here.get(link.salesforce_id or ""), there.get(_id(other))
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


def _id(link: Link) -> str:
    """As QuickBooks has it: the product puts a transaction's kind before it, where it may be of several."""
    return (link.quickbooks_id or "").rpartition(":")[2]


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


def counts(found: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """For each part of the page, how many rows are of each group."""
    return {part: dict(Counter(row["group"] for row in found if row["part"] == part)) for part in PARTS}


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
