"""manage.py history: how far QuickBooks's history has been read for a pair; pauses and resumes it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc.command_user import command_user
from syncapp import mirror, oversight, reading
from syncapp.flows import FLOWS, kinds_on
from syncapp.models import Pair

EPILOG = """
What is paused stays so until it is resumed, through restarts, cycles and sessions; windows that are complete are not
read again. What was read already goes on to Salesforce. Exit status: 0 fine, 1 there was nothing to pause or to
resume, 2 wrong usage.
"""


class Command(BaseCommand):
    help = "Tells how far the complete listings of QuickBooks have come, and pauses or resumes them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("pair", metavar="PAIR", help="the pair's key")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--pause", action="store_true", help="ask QuickBooks for nothing more of it until --resume")
        what.add_argument("--resume", action="store_true", help="go on where it was paused")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = Pair.objects.select_related("desktop").filter(key=options["pair"]).first()
        if pair is None:
            raise CommandError(f"There is no pair “{options['pair']}”.", returncode=2)
        if options["pause"] and not reading.pause(pair, who=command_user()):
            raise CommandError("No history is being read: there is nothing to pause.", returncode=1)
        if options["resume"] and not reading.resume(pair, who=command_user()):
            raise CommandError("No history is paused: there is nothing to resume.", returncode=1)
        rows = self._rows(pair)
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            counted = ", ".join(f"{number} {group}" for group, number in row["links"].items() if number)
            self.stdout.write(f"{row['name']}: {row['said']}{f'; {counted}' if counted else ''}")

    def _rows(self, pair: Pair) -> list[dict[str, Any]]:
        """One for each flow that is on: how far it was read, and how its links stand."""
        under_way = {each.kind: each for each in reading.progress(pair)}
        groups = {tally.kind: tally.groups for tally in oversight.tallies([pair])[pair.pk]}
        rows = []
        for kind in kinds_on(pair.flows):
            each = under_way.get(kind)
            state = ("paused" if each.paused else "reading") if each else "done" if mirror.ready(pair, kind) else "due"
            said = {"done": "read completely", "due": "to be read with the next cycles"}.get(state, state)
            if each is not None:
                said = f"{said}, {each.received} so far, about {each.percent} %"
            rows.append(
                {
                    "kind": kind,
                    "name": FLOWS[kind].mapping.plural,
                    "state": state,
                    "said": said,
                    "received": each.received if each else None,
                    "percent": each.percent if each else None,
                    "links": groups.get(kind, {}),
                }
            )
        return rows
