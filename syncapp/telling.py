"""Say on Salesforce's records how they stand: at the end of a cycle, only what changed, and never in its way.

Words    notice  what one record is to say
         told    stands for what it last said; kept with the link, so that nothing is read to find out what is news
Rules    1 A record that nobody wants in QuickBooks is not written to, unless it said something else before.
         2 A document or a payment is written to only once it is not in step: in step it says so itself, as what
           QuickBooks holds.
         3 Whatever goes wrong here fails neither the cycle nor a record: it is a warning, and tried again.
         4 Where a write is refused by a rule of the org, it is not offered again until the record stands otherwise.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from syncapp import limits, links, mirror
from syncapp.connectors.base import Connector, ConnectorError, Notice, Teller
from syncapp.engine.standing import IN_STEP, Standing, standing
from syncapp.flows import FLOWS
from syncapp.models import Link, MirrorRecord, Pair
from syncapp.records import Side

logger = logging.getLogger(__name__)


def tell(pair: Pair, kinds: Sequence[str], connector: Connector, still_ours: Callable[[], Any]) -> list[str]:
    """Tell the records of these kinds; what went wrong, as sentences for the run's message."""
    if not isinstance(connector, Teller) or not Pair.objects.filter(pk=pair.pk, status_on_record=True).exists():
        return []
    warnings: list[str] = []
    left = limits.TOLD_PER_CYCLE
    for kind in kinds:
        if kind not in connector.tells or not mirror.ready(pair, kind):
            continue
        try:
            left -= _tell_kind(pair, kind, connector, left, warnings, still_ours)
        except ConnectorError as problem:
            warnings.append(f"Statuses were not written: {problem.message} {problem.remedy}".strip())
    return warnings


def _tell_kind(
    pair: Pair, kind: str, connector: Teller, most: int, warnings: list[str], still_ours: Callable[[], Any]
) -> int:
    told, after = 0, 0
    while told < most and (some := links.untold(pair, kind, after=after, limit=limits.TOLD_AT_ONCE)):
        after = some[-1].pk
        quiet, news = _sorted(pair, kind, some)
        done = connector.tell(kind, [notice for _, notice in news]) if news else {}
        told += len(news)
        for link, notice in news:
            if problem := done.get(link.salesforce_id or ""):
                warnings.append(f"{link.name}: its status could not be written: {problem}")
            link.told = fingerprint(notice)
        links.note_told(pair, [*quiet, *(link for link, _ in news if link.salesforce_id in done)])
        still_ours()
    return told


def _sorted(pair: Pair, kind: str, some: Sequence[Link]) -> tuple[list[Link], list[tuple[Link, Notice]]]:
    """Links of which nothing is to be said, and those whose records say something else, or nothing yet."""
    rows = mirror.find(pair, Side.SALESFORCE, kind, [link.salesforce_id or "" for link in some])
    quiet: list[Link] = []
    news: list[tuple[Link, Notice]] = []
    for link in some:
        row = rows.get(link.salesforce_id or "")
        if row is None or row.deleted or (_left_out(link, row) and not link.told):
            quiet.append(link)
            continue
        said = standing_of(link)
        if said is None:
            continue  # it is on its way; told once that is over
        if FLOWS[kind].read_once and said.status == IN_STEP and not link.told:
            quiet.append(link)
            continue
        notice = _notice(link, row, said)
        if fingerprint(notice) == link.told:
            quiet.append(link)
        else:
            news.append((link, notice))
    return quiet, news


def _left_out(link: Link, row: MirrorRecord) -> bool:
    """Also where it waits to be looked at: our write would make it look edited, and so wanted (an old opportunity)."""
    return link.state == Link.State.UNWANTED or not (row.wanted or link.whole or link.needed)


def standing_of(link: Link) -> Standing | None:
    waits_for = link.waiting_for
    return standing(
        link.state,
        link.reason,
        whole=link.whole,
        waits_for=f"{waits_for.kind} {waits_for.name}".strip() if waits_for else "",
        refused_by=[side.label for side in Side if link.refused.get(side.value)],
    )


def _notice(link: Link, row: MirrorRecord, said: Standing) -> Notice:
    agreed_at = None if FLOWS[link.kind].read_once else link.agreed_at
    return Notice(row.record_id, row.version, said.status, said.error, agreed_at, page_of(link))


def page_of(link: Link) -> str:
    """The address of the link's page; nothing where people could not reach it."""
    return f"{settings.PUBLIC_URL}{reverse('admin:syncapp_link_change', args=[link.pk])}" if settings.PUBLIC_URL else ""


def fingerprint(notice: Notice) -> str:
    parts = (notice.status, notice.error, notice.agreed_at.isoformat() if notice.agreed_at else "", notice.link)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]
