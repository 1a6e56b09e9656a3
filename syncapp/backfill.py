"""Sales of before the flow was switched on: how many a date would reach, and reaching back to it.

Rule     counted are the opportunities that were read and left alone for their age alone; the condition, the products
         and the account of all others were found wanting, whatever the date
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from syncapp import audit, mirror
from syncapp.flows.sales import KIND
from syncapp.mapping.sales import TOO_OLD
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Side
from syncapp.settings_rules import plan_again


@dataclass(frozen=True)
class Reach:
    since: date
    number: int
    total: Decimal
    first: date | None
    read: bool  # whether all opportunities have been read

    @property
    def said(self) -> str:
        if not self.number:
            found = f"No opportunity that was left alone for its age was closed since {self.since}."
        else:
            what = "opportunity was" if self.number == 1 else "opportunities were"
            found = (
                f"{self.number} {what} closed since {self.since} and left alone for being older than the sync, "
                f"the first on {self.first}; together {self.total:,.2f}."
            )
        return found if self.read else f"{found} Not all opportunities have been read yet."


def reach(pair: Pair, since: date) -> Reach:
    """Whom this date would reach. Memory is bounded: rows come one by one."""
    number, total, first = 0, Decimal(0), ""
    links = Link.objects.filter(pair=pair, kind=KIND, state="unwanted", reason=TOO_OLD, quickbooks_id__isnull=True)
    rows = MirrorRecord.objects.filter(
        pair=pair, side=Side.SALESFORCE.value, kind=KIND, deleted=False, record_id__in=links.values("salesforce_id"),
    )  # fmt: skip
    for fields, modified in rows.values_list("fields", "modified").iterator():
        # A quote has no date of its own: when it was changed last counts, for Salesforce's side as well.
        day = fields.get("date") or (modified.date().isoformat() if modified else "")
        if day < since.isoformat():
            continue
        number += 1
        total += Decimal(fields.get("amount") or 0)
        first = min(first or day, day)
    return Reach(since, number, total, date.fromisoformat(first) if first else None, mirror.ready(pair, KIND))


def reach_back(pair: Pair, since: date, who: str) -> None:
    """From the next cycle on those that were closed since then are sent, too."""
    before = pair.flows.get(KIND, {}).get("since", "")
    with transaction.atomic():
        pair.flows = {**pair.flows, KIND: {**pair.flows.get(KIND, {}), "since": since.isoformat()}}
        pair.save(update_fields=["flows"])
        audit.tell_pair(pair, "settings changed", {"sales.since": [before, since.isoformat()]}, who=who)
        plan_again(pair)
