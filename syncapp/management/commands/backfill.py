"""manage.py backfill: send opportunities that were won before the sync began, from a date on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc.command_user import command_user
from syncapp import backfill
from syncapp.flows import kinds_on
from syncapp.flows.sales import KIND
from syncapp.models import Pair

EPILOG = """
Without --send it only counts. With it, the pair's sales reach back to that date from the next cycle on (the setting
since); “manage.py sync PAIR --preview” shows each of them before.
"""


class Command(BaseCommand):
    help = "Counts, or sends, opportunities that were won before the sync began."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("pair", metavar="PAIR", help="the pair's key")
        parser.add_argument("--since", required=True, metavar="DATE", help="the first close date, such as 2026-01-01")
        parser.add_argument("--send", action="store_true", help="send them from the next cycle on")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = Pair.objects.filter(key=options["pair"]).first()
        if pair is None:
            raise CommandError(f"There is no pair “{options['pair']}”.", returncode=2)
        if KIND not in kinds_on(pair.flows):
            raise CommandError("Its sales are not on: no opportunity is sent, of whatever date.", returncode=2)
        try:
            since = date.fromisoformat(options["since"])
        except ValueError:
            message = f"--since is “{options['since']}”, but must be a date such as 2026-01-01."
            raise CommandError(message, returncode=2) from None
        found = backfill.reach(pair, since)
        self.stdout.write(found.said)
        if options["send"]:
            backfill.reach_back(pair, since, command_user())
            self.stdout.write("They are sent from the next cycle on.")
        elif found.number:
            self.stdout.write("Nothing has been changed; --send sends them.")
