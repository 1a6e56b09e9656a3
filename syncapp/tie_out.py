"""What a person is shown of a pair that is tied out: all kinds of its documents, as data, or as lines of a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.urls import reverse

from syncapp import mirror, tying
from syncapp.flows import FLOWS, active, settings_of
from syncapp.models import Cursor, Pair


class SupportsWrite(Protocol):
    """Where text goes: a file, or the like of it."""

    def write(self, text: str, /) -> Any: ...


HEADINGS = ("what", "by", "name", "currency", "side", "count", "total", "left", "ties", "difference", "link", "record")


def kinds_of(pair: Pair) -> list[str]:
    """The kinds of document and payment that are on. Raises BadSetting."""
    return [flow.kind for flow in active(pair.flows) if flow.flow.read_once]


def unread(pair: Pair) -> list[str]:
    """Those of them that were not read completely yet, by name."""
    return [FLOWS[kind].mapping.plural for kind in kinds_of(pair) if not mirror.ready(pair, kind)]


def list_anew(pair: Pair) -> None:
    """QuickBooks is listed completely with the next cycle."""
    Cursor.objects.filter(pair=pair, kind__in=kinds_of(pair)).update(full_at=None)


def tallies(pair: Pair, first: str, last: str) -> list[tying.Tally]:
    """Each kind between two dates (inclusive; empty: no bound). Raises ConnectorError, ImproperlyConfigured."""
    from syncapp.connectors.salesforce.connector import SalesforceConnector
    from syncapp.connectors.salesforce.documents import Documents

    connector = SalesforceConnector(pair.org, pair.desktop.key, settings_of(pair.flows))
    readers = [connector.reader(kind) for kind in kinds_of(pair)]
    return [tying.tally(pair, each, first=first, last=last) for each in readers if isinstance(each, Documents)]


def record_url(pair: Pair, record_id: str) -> str:
    """Where Salesforce shows a record; empty where there is none, or the org's address is not known."""
    base = urlsplit(pair.org.instance_url or "")
    return f"{base.scheme}://{base.netloc}/{record_id}" if record_id and base.netloc else ""


def link_url(difference: tying.Difference) -> str:
    return reverse("admin:syncapp_link_change", args=[difference.link]) if difference.link else ""


def as_json(tally: tying.Tally, pair: Pair) -> dict[str, Any]:
    def rows(buckets: list[tying.Bucket]) -> list[dict[str, Any]]:
        return [
            {
                "name": tally.names.get(each.name, each.name),
                "currency": each.currency,
                "ties": each.ties,
                "quickbooks": each.quickbooks.as_json(),
                "salesforce": each.salesforce.as_json(),
            }
            for each in buckets
        ]

    return {
        "kind": tally.kind,
        "ties": tally.ties,
        "quickbooks_listed_at": tally.read_at,
        "months": rows(tally.months),
        "customers": rows(tally.customers),
        "differences": [
            {**vars(each), "link_page": link_url(each), "salesforce_page": record_url(pair, each.salesforce_id)}
            for each in tally.differences
        ],
    }


def write_csv(file: SupportsWrite, found: list[tying.Tally], pair: Pair) -> None:
    """One line for each side of each month and customer, and one for each record that differs."""
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    for tally in found:
        for row in _lines(tally, pair):
            writer.writerow([_harmless(each) for each in row])


def _lines(tally: tying.Tally, pair: Pair) -> Iterator[tuple[Any, ...]]:
    kind = FLOWS[tally.kind].mapping.plural
    for by, buckets in (("month", tally.months), ("customer", tally.customers)):
        for each in buckets:
            name, ties = tally.names.get(each.name, each.name), "yes" if each.ties else "no"
            for side, sums in (("QuickBooks", each.quickbooks), ("Salesforce", each.salesforce)):
                yield kind, by, name, each.currency, side, *sums.as_json().values(), ties, "", "", ""
    for one in tally.differences:
        links = (link_url(one), record_url(pair, one.salesforce_id))
        yield kind, "record", one.name, "", "", "", "", "", "no", one.what, *links


def _harmless(value: Any) -> str:
    """What a spreadsheet would take for a formula is text; a number may begin with a minus."""
    text = str(value)
    number = text.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not number else text
