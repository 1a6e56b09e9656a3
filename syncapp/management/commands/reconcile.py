"""manage.py reconcile: whether documents and payments of both sides tie out, and which records differ."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from syncapp import mirror, tying
from syncapp.connectors.base import ConnectorError
from syncapp.flows import FLOWS, active, settings_of
from syncapp.models import Cursor, Pair

SHOWN_MAX = 50
EPILOG = """
Salesforce's sums are asked for anew. QuickBooks's are those of its last complete listing with all changes since:
--read has it listed again, which takes a cycle and the Web Connector's calls. Exit status: 0 both sides tie out,
1 they differ, or something could not be asked, 2 wrong usage.
"""


class Command(BaseCommand):
    help = "Compares counts and totals of documents and payments, per month and per customer, and lists what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("pair", metavar="PAIR", help="the pair's key")
        parser.add_argument(
            "--from", dest="first", default="", metavar="DATE", help="the first date, such as 2026-01-01"
        )
        parser.add_argument("--to", dest="last", default="", metavar="DATE", help="the last date")
        parser.add_argument("--read", action="store_true", help="have QuickBooks listed completely with the next cycle")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = Pair.objects.select_related("org", "desktop").filter(key=options["pair"]).first()
        if pair is None:
            raise CommandError(f"There is no pair “{options['pair']}”.", returncode=2)
        first, last = (_day(options[name]) for name in ("first", "last"))
        kinds = [flow.kind for flow in active(pair.flows) if flow.flow.read_once]
        if not kinds:
            raise CommandError("No flow of documents or payments is on: there is nothing to compare.", returncode=2)
        if options["read"]:
            Cursor.objects.filter(pair=pair, kind__in=kinds).update(full_at=None)
            self.stdout.write("QuickBooks is listed completely with the next cycle; run this again when it is done.")
            return
        tallies = self._tallies(pair, kinds, first, last)
        if options["json"]:
            self.stdout.write(json.dumps([as_json(each) for each in tallies], indent=2, default=str))
        else:
            for each in tallies:
                self._tell(each, pair)
        if not all(each.ties for each in tallies):
            raise CommandError("The two sides differ.", returncode=1)

    def _tallies(self, pair: Pair, kinds: list[str], first: str, last: str) -> list[tying.Tally]:
        from syncapp.connectors.salesforce.connector import SalesforceConnector
        from syncapp.connectors.salesforce.documents import Documents

        unread = [FLOWS[kind].mapping.plural for kind in kinds if not mirror.ready(pair, kind)]
        if unread:
            self.stderr.write(f"Not read completely yet: {', '.join(unread)}.")
        try:
            connector = SalesforceConnector(pair.org, pair.desktop.key, settings_of(pair.flows))
            readers = [connector.reader(kind) for kind in kinds]
            found = [tying.tally(pair, each, first=first, last=last) for each in readers if isinstance(each, Documents)]
        except (ConnectorError, ImproperlyConfigured) as problem:
            raise CommandError(f"{problem} {getattr(problem, 'remedy', '')}".strip(), returncode=1) from None
        return found

    def _tell(self, tally: tying.Tally, pair: Pair) -> None:
        count = sum(each.quickbooks.count for each in tally.months)
        verdict = "tie out" if tally.ties else "DIFFER"
        self.stdout.write(f"{FLOWS[tally.kind].mapping.plural}: {count} in QuickBooks; both sides {verdict}")
        for title, buckets in (("month", tally.months), ("customer", tally.customers)):
            for each in [each for each in buckets if not each.ties][:SHOWN_MAX]:
                name = tally.names.get(each.name) or each.name or "(none)"
                self.stdout.write(
                    f"  {title} {name}: QuickBooks {_said(each.quickbooks)}; Salesforce {_said(each.salesforce)}"
                )
        for difference in tally.differences[:SHOWN_MAX]:
            where = f" {reverse('admin:syncapp_link_change', args=[difference.link])}" if difference.link else ""
            record = f" {pair.org.instance_url}/{difference.salesforce_id}" if difference.salesforce_id else ""
            self.stdout.write(f"  {difference.name}: {difference.what}{where}{record}")


def _said(sums: tying.Sums) -> str:
    return f"{sums.count} with {sums.total:.2f}, {sums.left:.2f} left"


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise CommandError(f"“{text}” is not a date: write it as 2026-01-01.", returncode=2) from None


def as_json(tally: tying.Tally) -> dict[str, Any]:
    def rows(buckets: list[tying.Bucket]) -> list[dict[str, Any]]:
        return [
            {
                "name": tally.names.get(each.name, each.name),
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
        "differences": [vars(each) for each in tally.differences],
    }
