"""QuickBooks's chart of accounts: whether the accounts that the settings name for new items are there.

Words    chart     all accounts of the company, as last read: every write to LedgerAccount is here
         problem   an account that the settings name, and that is not there, or not such that an item can use it
Rule     nothing is created in QuickBooks before the chart was read, nor while there is a problem: it stands as the
         reason on each product that would become an item, and goes when the account, or the setting, is put right
"""

from __future__ import annotations

import difflib
from datetime import timedelta

from django.db import transaction

from qbwc import outbox
from qbwc.models import Request
from qbwc.qbxml.read import Result
from syncapp import bulk, clock, limits, links, mirror
from syncapp.engine.situation import WHOLE_RECORD
from syncapp.flows import settings_of
from syncapp.flows.base import BadSetting
from syncapp.flows.items import FLOW, Needed, accounts_needed
from syncapp.models import LedgerAccount, Link, Pair
from syncapp.records import Side

ACCOUNT = "account"  # how the chart's cursor is called
QUERY = "AccountQuery"
PRIORITY = 20  # as other reading
NEAR_MAX = 3
UNREAD = "The accounts of new items are being looked up in QuickBooks."


# Reading -------------------------------------------------------------------------------


def ask_if_due(pair: Pair) -> None:
    """Queue the question for all accounts where they are needed: once a day, and whenever one is missing."""
    if not _needed(pair):
        return
    read_at = mirror.cursor(pair, Side.QUICKBOOKS, ACCOUNT).full_at
    fresh = read_at is not None and clock.now() - read_at < timedelta(hours=limits.FULL_LISTING_HOURS)
    if not fresh or problems(pair):
        _ask(pair)


def _ask(pair: Pair) -> None:
    reference = f"chart/{pair.pk}"
    waiting = Request.objects.filter(company=pair.desktop, reference=reference, state__in=("queued", "sent"))
    if not waiting.exists():
        outbox.enqueue(pair.desktop, QUERY, {"ActiveStatus": "All"}, reference=reference, priority=PRIORITY)


@transaction.atomic
def heard(pair: Pair, result: Result | None) -> None:
    """The answer: what is known of the chart is replaced; products that had to wait for it are looked at again."""
    if result is None or result.status not in (0, 1):
        return
    before = obstacle(pair, FLOW.kind)
    found = {
        str(ret.data["FullName"]): LedgerAccount(
            pair=pair,
            full_name=str(ret.data["FullName"]),
            account_type=str(ret.data.get("AccountType") or ""),
            active=ret.data.get("IsActive") is not False,
        )
        for ret in result.records
    }
    LedgerAccount.objects.filter(pair=pair).delete()
    bulk.insert(list(found.values()))
    mirror.cursor(pair, Side.QUICKBOOKS, ACCOUNT)
    mirror.move_cursor(pair, Side.QUICKBOOKS, ACCOUNT, "", full=True)
    if before != obstacle(pair, FLOW.kind):
        _offer_again(pair)


def doubt(pair: Pair) -> None:
    """QuickBooks refused an account that the chart has: it is read again."""
    if _needed(pair):
        _ask(pair)


def _offer_again(pair: Pair) -> None:
    halves = list(Link.objects.filter(pair=pair, kind=FLOW.kind, quickbooks_id__isnull=True))
    for link in halves:
        of_quickbooks = link.refused.get(Side.QUICKBOOKS.value, {})
        kept = {name: why for name, why in of_quickbooks.items() if name != WHOLE_RECORD}
        link.refused = {**link.refused, Side.QUICKBOOKS.value: kept}
    links.offer(halves)


# Judging -------------------------------------------------------------------------------


def obstacle(pair: Pair, kind: str) -> tuple[str, str] | None:
    """Why no record of this kind can be created in QuickBooks just now: a link's state, and the reason."""
    if kind != FLOW.kind or not _needed(pair):
        return None
    if not known(pair):
        return "waiting", UNREAD
    found = problems(pair)
    return ("refused", " ".join(found)) if found else None


def known(pair: Pair) -> bool:
    return mirror.cursor(pair, Side.QUICKBOOKS, ACCOUNT).complete


def problems(pair: Pair) -> list[str]:
    """What is wrong with the accounts that the settings name, as far as the chart is known."""
    needed = _needed(pair)
    if not needed or not known(pair):
        return []
    accounts = {row.full_name.casefold(): row for row in LedgerAccount.objects.filter(pair=pair)}
    return [problem for each in needed if (problem := _problem(each, accounts))]


def _needed(pair: Pair) -> list[Needed]:
    try:
        return accounts_needed(settings_of(pair.flows)[FLOW.kind])
    except BadSetting:
        return []


def _problem(needed: Needed, accounts: dict[str, LedgerAccount]) -> str:
    found = accounts.get(needed.name.casefold())
    named = f"Items: {needed.setting} names “{needed.name}”"
    if found is not None and needed.takes(found.account_type) and found.active:
        return ""
    fitting = [row.full_name for row in accounts.values() if row.active and needed.takes(row.account_type)]
    advice = _advice(needed.name, fitting)
    if found is None:
        remedy = "Correct the pair's settings, or add the account in QuickBooks"
        return f"{named}, and QuickBooks has no such account.{advice} {remedy}; it is looked up again by itself."
    if not needed.takes(found.account_type):
        must = f"it must be of the type {' or '.join(needed.types)}" if needed.types else "no item can be booked to it"
        return f"{named}, whose type is {found.account_type}: {must}.{advice} Name another in the pair's settings."
    return f"{named}, which is inactive in QuickBooks. Make it active there, or name another in the pair's settings."


def _advice(name: str, fitting: list[str]) -> str:
    """Accounts with names that are alike, or else some that would do."""
    by_key = {each.casefold(): each for each in fitting}
    near = [by_key[key] for key in difflib.get_close_matches(name.casefold(), by_key, NEAR_MAX)]
    last = [each for each in fitting if each.rpartition(":")[2].casefold() == name.casefold()]
    shown = list(dict.fromkeys([*last, *near]))[:NEAR_MAX]
    if shown:
        return f" Did you mean {' or '.join(f'“{each}”' for each in shown)}?"
    some = ", ".join(f"“{each}”" for each in sorted(fitting)[:NEAR_MAX])
    return f" There are, for example, {some}." if some else ""
