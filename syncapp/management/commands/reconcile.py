"""manage.py reconcile: whether documents and payments of both sides tie out, and which records differ."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncapp import tie_out, tying
from syncapp.connectors.base import ConnectorError
from syncapp.flows import FLOWS
from syncapp.models import Pair

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
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--json", action="store_true", help="print the result as JSON")
        how.add_argument("--csv", action="store_true", help="print the result as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = Pair.objects.select_related("org", "desktop").filter(key=options["pair"]).first()
        if pair is None:
            raise CommandError(f"There is no pair “{options['pair']}”.", returncode=2)
        first, last = (_day(options[name]) for name in ("first", "last"))
        if not tie_out.kinds_of(pair):
            raise CommandError("No flow of documents or payments is on: there is nothing to compare.", returncode=2)
        if options["read"]:
            tie_out.list_anew(pair)
            self.stdout.write("QuickBooks is listed completely with the next cycle; run this again when it is done.")
            return
        tallies = self._tallies(pair, first, last)
        if options["json"]:
            self.stdout.write(json.dumps([tie_out.as_json(each, pair) for each in tallies], indent=2, default=str))
        elif options["csv"]:
            file = StringIO()
            tie_out.write_csv(file, tallies, pair)
            self.stdout.write(file.getvalue(), ending="")
        else:
            for each in tallies:
                self._tell(each, pair)
        if not all(each.ties for each in tallies):
            raise CommandError("The two sides differ.", returncode=1)

    def _tallies(self, pair: Pair, first: str, last: str) -> list[tying.Tally]:
        if unread := tie_out.unread(pair):
            self.stderr.write(f"Not read completely yet: {', '.join(unread)}.")
        try:
            return tie_out.tallies(pair, first, last)
        except (ConnectorError, ImproperlyConfigured) as problem:
            raise CommandError(f"{problem} {getattr(problem, 'remedy', '')}".strip(), returncode=1) from None

    def _tell(self, tally: tying.Tally, pair: Pair) -> None:
        count = sum(each.quickbooks.count for each in tally.months)
        verdict = "tie out" if tally.ties else "DIFFER"
        self.stdout.write(f"{FLOWS[tally.kind].mapping.plural}: {count} in QuickBooks; both sides {verdict}")
        for title, buckets in (("month", tally.months), ("customer", tally.customers)):
            for each in [each for each in buckets if not each.ties][:SHOWN_MAX]:
                name = f"{tally.names.get(each.name) or each.name or '(none)'} {each.currency}".strip()
                self.stdout.write(
                    f"  {title} {name}: QuickBooks {_said(each.quickbooks)}; Salesforce {_said(each.salesforce)}"
                )
        for difference in tally.differences[:SHOWN_MAX]:
            pages = (tie_out.link_url(difference), tie_out.record_url(pair, difference.salesforce_id))
            self.stdout.write(" ".join(filter(None, (f"  {difference.name}: {difference.what}", *pages))))


def _said(sums: tying.Sums) -> str:
    return f"{sums.count} with {sums.total:.2f}, {sums.left:.2f} left"


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise CommandError(f"“{text}” is not a date: write it as 2026-01-01.", returncode=2) from None
