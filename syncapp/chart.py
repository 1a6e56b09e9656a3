"""What new items use: whether the accounts, and what else the settings name for them, are there in QuickBooks.

Words    chart     all accounts of the company, its sales tax codes and sets of units, and the vendor that the settings
                   name, as last read: every write to LedgerAccount is here
         problem   a name in the settings that is not there, or not such that an item can use it
Rule     nothing is created in QuickBooks before the chart was read, nor while there is a problem: it stands as the
         reason on each product that would become an item, and goes when the account, or the setting, is put right
"""

from __future__ import annotations

import difflib
from datetime import timedelta

from django.db import transaction

from qbwc import outbox
from qbwc.models import Request
from qbwc.qbxml.read import Result, Ret
from syncapp import bulk, clock, limits, links, mirror
from syncapp.connectors.quickbooks_desktop.abilities import abilities
from syncapp.engine.situation import WHOLE_RECORD
from syncapp.flows import settings_of
from syncapp.flows.base import BadSetting
from syncapp.flows.items import FLOW, Needed, names_needed
from syncapp.models import LedgerAccount, Link, Pair
from syncapp.records import Side

ACCOUNT = "account"
# How each list is asked for, and what one of its entries is called. Vendors are many: only the one that is named.
QUERIES = {
    ACCOUNT: ("AccountQuery", "account"),
    "tax_code": ("SalesTaxCodeQuery", "sales tax code"),
    "unit_set": ("UnitOfMeasureSetQuery", "unit of measure set"),
    "vendor": ("VendorQuery", "vendor"),
}
BY_NAME = "vendor"
# Answers that say what there is: something, nothing, no such name, or a company without such a list.
TELLING = (0, 1, 500, 3250)
PRIORITY = 20  # as other reading
NEAR_MAX = 3
UNREAD = "What the settings name for new items is being looked up in QuickBooks."


# Reading -------------------------------------------------------------------------------


def ask_if_due(pair: Pair) -> None:
    """Queue the questions for what is needed: once a day, and whenever something is missing."""
    needed = _needed(pair)
    wrong = {each.of for each in needed if _problem_of(pair, each)}
    for each in needed:
        read_at = mirror.cursor(pair, Side.QUICKBOOKS, each.of).full_at
        old = read_at is None or clock.now() - read_at >= timedelta(hours=limits.FULL_LISTING_HOURS)
        if old or each.of in wrong or not _was_read(pair, each):
            _ask(pair, each)


def _ask(pair: Pair, needed: Needed) -> None:
    reference = f"chart/{pair.pk}/{needed.of}"
    waiting = Request.objects.filter(company=pair.desktop, reference=reference, state__in=("queued", "sent"))
    if not waiting.exists():
        query, _ = QUERIES[needed.of]
        asked = {"FullName": [needed.name]} if needed.of == BY_NAME else {"ActiveStatus": "All"}
        outbox.enqueue(pair.desktop, query, asked, reference=reference, priority=PRIORITY)


@transaction.atomic
def heard(pair: Pair, of: str, result: Result | None) -> None:
    """The answer: what is known of a list is replaced; products that had to wait for it are looked at again."""
    if of not in QUERIES or result is None or result.status not in TELLING:
        return
    before = obstacle(pair, FLOW.kind)
    found = {_name(ret): _row(pair, of, ret) for ret in result.records}
    LedgerAccount.objects.filter(pair=pair, of=of).delete()
    bulk.insert(list(found.values()))
    mirror.cursor(pair, Side.QUICKBOOKS, of)
    named = next((each.name for each in _needed(pair) if each.of == of == BY_NAME), "")
    mirror.move_cursor(pair, Side.QUICKBOOKS, of, named.casefold(), full=True)
    if before != obstacle(pair, FLOW.kind):
        _offer_again(pair)


def _name(ret: Ret) -> str:
    return str(ret.data.get("FullName") or ret.data.get("Name"))


def _row(pair: Pair, of: str, ret: Ret) -> LedgerAccount:
    account_type, active = str(ret.data.get("AccountType") or ""), ret.data.get("IsActive") is not False
    return LedgerAccount(pair=pair, of=of, full_name=_name(ret), account_type=account_type, active=active)


def doubt(pair: Pair) -> None:
    """QuickBooks refused a new item, perhaps for something that the chart has: it is read again."""
    for each in _needed(pair):
        _ask(pair, each)


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
    """Whether all that is needed was looked up."""
    return all(_was_read(pair, each) for each in _needed(pair))


def _was_read(pair: Pair, needed: Needed) -> bool:
    """A vendor was looked up by its name: of another one nothing is known."""
    cursor = mirror.cursor(pair, Side.QUICKBOOKS, needed.of)
    return cursor.complete and (needed.of != BY_NAME or cursor.value == needed.name.casefold())


def problems(pair: Pair) -> list[str]:
    """What is wrong with the names in the settings, as far as the lists of QuickBooks are known."""
    return [problem for each in _needed(pair) if (problem := _problem_of(pair, each))]


def _needed(pair: Pair) -> list[Needed]:
    facts = pair.desktop.facts
    country = str(facts.get("country") or pair.desktop.country)
    try:
        return names_needed(settings_of(pair.flows)[FLOW.kind], abilities(facts, country).lacks)
    except BadSetting:
        return []


def _problem_of(pair: Pair, needed: Needed) -> str:
    if not _was_read(pair, needed):
        return ""
    rows = LedgerAccount.objects.filter(pair=pair, of=needed.of)
    return _problem(needed, {row.full_name.casefold(): row for row in rows})


def _problem(needed: Needed, entries: dict[str, LedgerAccount]) -> str:
    found = entries.get(needed.name.casefold())
    named = f"Items: {needed.setting} names “{needed.name}”"
    if found is not None and needed.takes(found.account_type) and found.active:
        return ""
    fitting = [row.full_name for row in entries.values() if row.active and needed.takes(row.account_type)]
    advice = _advice(needed.name, fitting)
    if found is None:
        _, noun = QUERIES[needed.of]
        remedy = f"Correct the pair's settings, or add the {noun} in QuickBooks"
        return f"{named}, and QuickBooks has no such {noun}.{advice} {remedy}; it is looked up again by itself."
    if not needed.takes(found.account_type):
        must = f"it must be of the type {' or '.join(needed.types)}" if needed.types else "no item can be booked to it"
        return f"{named}, whose type is {found.account_type}: {must}.{advice} Name another in the pair's settings."
    return f"{named}, which is inactive in QuickBooks. Make it active there, or name another in the pair's settings."


def _advice(name: str, fitting: list[str]) -> str:
    """Entries with names that are alike, or else some that would do."""
    by_key = {each.casefold(): each for each in fitting}
    near = [by_key[key] for key in difflib.get_close_matches(name.casefold(), by_key, NEAR_MAX)]
    last = [each for each in fitting if each.rpartition(":")[2].casefold() == name.casefold()]
    shown = list(dict.fromkeys([*last, *near]))[:NEAR_MAX]
    if shown:
        return f" Did you mean {' or '.join(f'“{each}”' for each in shown)}?"
    some = ", ".join(f"“{each}”" for each in sorted(fitting)[:NEAR_MAX])
    return f" There are, for example, {some}." if some else ""
