"""Load what is dirty, plan it, open the operations: the step that is repeated until nothing is left to do.

Rule     a chunk is loaded, planned and opened in one transaction that holds the pair, so that the Web Connector's
         thread and a worker never plan the same link from different knowledge
Imports  the engine, and the tables' writers; connectors are handed in
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from syncapp import clock, companions, families, history, ledger, limits, links
from syncapp.engine import agree
from syncapp.engine.barriers import BARRED
from syncapp.engine.plan import plan_link
from syncapp.engine.situation import Plan, Rules
from syncapp.knowledge import Knowledge
from syncapp.links import ID_FIELD
from syncapp.models import HistoryEntry, Link, Operation, Pair, Run
from syncapp.records import Side

# States of a plan that compared the fields, and so says of each doubt whether it is one still.
COMPARED = ("in_step", "conflict", "refused")


@dataclass
class Chunk:
    """What one step did (or, in a preview, would do)."""

    seen: int = 0
    last: int = 0  # the highest link looked at
    opened: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    overwrites: int = 0
    matched: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    look_for: list[str] = field(default_factory=list)  # records of QuickBooks that must be read before going on


def chunk(
    pair: Pair,
    rules: Rules,
    *,
    run: Run | None = None,
    limit: int = limits.LINKS_PER_CHUNK,
    after: int = 0,
    dry: bool = False,
) -> Chunk:
    """Plan the next dirty links and open what they need; ``dry``: only say what would be done.

    Nothing is planned once the settings differ from those of ``pair``: that is left to a cycle that knows them.
    """
    with transaction.atomic():
        if links.lock(pair.pk) != pair.flows:
            return Chunk(last=after)
        due = links.due(pair, rules.mapping.kind, after=after, limit=limit)
        result = Chunk(seen=len(due), last=due[-1].pk if due else after)
        if not due:
            return result
        known = Knowledge(pair, rules, due)
        planned: list[tuple[Link, Plan]] = []
        used: set[int] = set()
        seen: set[int] = set()
        for link in due:
            plan = plan_link(known.situation(link), rules, known.references)
            if link.pk in used or (plan.match and plan.match.link_id in used):
                continue  # it became part of another link a moment ago; what is left is planned again
            if plan.match and plan.match.link_id in seen:
                continue  # the other one was planned by itself a moment ago: next time
            seen.add(link.pk)
            if plan.match:
                used |= {link.pk, plan.match.link_id}
            planned.append((link, plan))
        _count(result, planned, rules)
        if not dry:
            _apply(pair, rules, run, known, planned)
    return result


def _count(result: Chunk, planned: Sequence[tuple[Link, Plan]], rules: Rules) -> None:
    for link, plan in planned:
        if plan.write is not None:
            result.opened[plan.write.side] += 1
            result.overwrites += plan.write.overwrites
        result.matched += plan.match is not None
        result.look_for += [plan.look_for] if plan.look_for else []
        if plan.write is not None or plan.match is not None or plan.detail.get(BARRED):
            result.rows.append(describe(link, plan, rules))


def describe(link: Link, plan: Plan, rules: Rules) -> dict[str, Any]:
    """One line of a preview: what would be done to this link."""
    row: dict[str, Any] = {"link": link.pk, "name": link.name, "kind": link.kind}
    if plan.match is not None:
        row |= {"match": plan.match.record.id, "how": plan.how}
    if plan.write is not None:
        labels = {f.name: f.label for f in rules.mapping.fields}
        row |= {
            "side": plan.write.side.value,
            "verb": plan.write.verb.value,
            "values": {labels[name]: value for name, value in plan.write.sent.items()},
        }
    if plan.detail.get(BARRED):
        row["cannot"] = plan.reason
    return row


# Applying ----------------------------------------------------------------------------


def _apply(pair: Pair, rules: Rules, run: Run | None, known: Knowledge, planned: Sequence[tuple[Link, Plan]]) -> None:
    """Write the plans down.

    1. Halves that were found to be one become one link.
    2. The base learns what both sides agree on.
    3. Operations are opened; states and reasons are stored.
    4. What a waiting link waits for is wanted, too.
    """
    entries: list[HistoryEntry] = []
    operations: list[Operation] = []
    needed: set[int] = set()
    ended: dict[int, int] = {}  # halves that became part of another link, by that link
    for link, plan in planned:
        if plan.match is not None and (problem := _merge(link, plan, entries)):
            plan = Plan("conflict", problem)
        elif plan.match is not None:
            ended[plan.match.link_id] = link.pk
        if plan.agreed or plan.spelt:
            link.base = agree.learn(link.base, plan.agreed, plan.spelt)
        if plan.state in COMPARED:
            link.doubts = [name for name in link.doubts if name in plan.detail.get("conflicts", {})]
        if plan.write is not None:
            operations.append(ledger.new(link, plan.write, rules.mapping, pair, run))
        needed |= {*plan.needs, *([] if plan.waits_for is None else [plan.waits_for])}
        _note(link, plan, known)
    for link, _ in planned:
        link.waiting_for_id = ended.get(link.waiting_for_id or 0, link.waiting_for_id)
    links.save([link for link, _ in planned])
    if needed:
        links.need({ended.get(pk, pk) for pk in needed})
        families.refuse_circles([link for link, plan in planned if plan.waits_for is not None])
    moved = [link for link, plan in planned if rules.mapping.match.parent in plan.agreed and link.whole]
    families.offer_again(pair, rules.mapping, moved)
    companions.plan_again(
        pair, rules.mapping, [link for link, plan in planned if plan.match is not None and link.whole]
    )
    ledger.open_all(operations)
    history.write(entries)


def _merge(link: Link, plan: Plan, entries: list[HistoryEntry]) -> str:
    assert plan.match is not None
    side = Side.QUICKBOOKS if link.salesforce_id else Side.SALESFORCE
    problem = links.adopt(link, side, plan.match.record.id, how=plan.how)
    if not problem:
        entries.append(history.entry(link, "linked", message=f"Linked, because {plan.how}."))
    return problem


def _note(link: Link, plan: Plan, known: Knowledge) -> None:
    if plan.state == "in_step" and (link.state != "in_step" or plan.agreed):
        link.agreed_at = clock.now()
    link.state, link.reason, link.detail = plan.state, plan.reason, dict(plan.detail)
    link.waiting_for_id = plan.waits_for if plan.waits_for is not None else plan.listens_to
    link.dirty = False
    # What stands in the way of a barred record lies outside all records, so that nobody wakes it.
    again = clock.now() + timedelta(minutes=limits.BARRED_RETRY_MINUTES)
    link.retry_at = again if plan.detail.get(BARRED) else None
    for side in (Side.QUICKBOOKS, Side.SALESFORCE):
        row = known.rows[side].get(getattr(link, ID_FIELD[side]) or "")
        if row is not None and row.name:
            link.name = row.name
    if plan.detail.get("unlink"):
        link.how = "unlinked, as the settings say"
