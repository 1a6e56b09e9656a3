"""manage.py sync: one cycle of a pair now, or its preview."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncapp import checking, mirror, oversight, reading, tasks
from syncapp.flows import kinds_on
from syncapp.models import Link, Pair, Run
from syncapp.records import Side

# As many as fit a terminal; the admin lists them all.
REASONS_MAX = 20
EPILOG = """
What QuickBooks Desktop must do waits for the Web Connector's next poll. Exit status: 0 fine, 1 the run failed or
another cycle was at work, 2 wrong usage.
"""


class Command(BaseCommand):
    help = "Runs one cycle of a pair now: fetches, plans and submits. A held or first run is shown and waits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("pair", metavar="PAIR", help="the pair's key")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--preview", action="store_true", help="print the plan and write nothing to either side")
        how.add_argument("--approve", action="store_true", help="carry out what was held, or the first run")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pair = self._pair(options["pair"])
        except ImproperlyConfigured as problem:  # a secret that no key decrypts
            raise CommandError(str(problem), returncode=1) from None
        if not pair.enabled and not options["preview"]:
            raise CommandError(f"The pair “{pair.key}” is disabled: enable it, or use --preview.", returncode=2)
        try:
            run = tasks.run_cycle(pair, trigger="command", preview=options["preview"], approve=options["approve"])
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem), returncode=1) from None
        except Exception as problem:
            name = type(problem).__name__
            raise CommandError(f"The run stopped at a fault of ours ({name}); the log has the details.") from problem
        if run is None:
            raise CommandError(f"Another cycle of “{pair.key}” is at work: wait until it has finished.", returncode=1)
        if options["json"]:
            self.stdout.write(json.dumps(result(pair, run), indent=2, default=str))
        else:
            self._tell(pair, run)
        if run.state == Run.State.FAILED:
            raise CommandError(run.message or "The run failed.", returncode=1)

    def _pair(self, key: str) -> Pair:
        pair = Pair.objects.select_related("org", "desktop").filter(key=key).first()
        if pair is None:
            keys = ", ".join(Pair.objects.values_list("key", flat=True)) or "none yet: see manage.py configure --help"
            raise CommandError(f"There is no pair “{key}”. There are: {keys}.", returncode=2)
        return pair

    def _tell(self, pair: Pair, run: Run) -> None:
        self.stdout.write(f"{pair.key}: {run.get_state_display()}")
        for problem in checking.problems(pair):
            self.stdout.write(f"  {problem}")
        if run.state in (Run.State.PREVIEW, Run.State.HELD):
            self._tell_plan(run)
            return
        if run.state == Run.State.DONE and run.message:
            self.stdout.write(f"  {run.message}")
        opened = run.counts.get("opened", {})
        for side in Side:
            if number := opened.get(side.value):
                later = ", some of which wait for the Web Connector" if side is Side.QUICKBOOKS else ""
                self.stdout.write(f"  {_changes(number)} for {side.label}{later}")
        for tally in oversight.tallies([pair])[pair.pk]:
            counted = ", ".join(f"{number} {group}" for group, number in tally.groups.items())
            self.stdout.write(f"  {tally.label}: {counted}")
        for each in reading.progress(pair):
            self.stdout.write(f"  {each.said}")
        self._tell_asking(pair)

    def _tell_plan(self, run: Run) -> None:
        for row in run.plan:
            self.stdout.write(f"  {line(row)}")
            for label, value in row.get("values", {}).items():
                text = "(empty)" if value is None else str(value).replace("\n", "\n" + " " * (8 + len(label)))
                self.stdout.write(f"      {label}: {text}")
        self.stdout.write(f"{_changes(sum('cannot' not in row for row in run.plan))}; nothing has been written.")
        if not all(mirror.ready(run.pair, kind) for kind in kinds_on(run.pair.flows)):
            self.stdout.write("Not everything has been read yet: QuickBooks is read when the Web Connector calls.")
        if run.state == Run.State.HELD:
            self.stdout.write(f"{run.message} (manage.py sync {run.pair.key} --approve)")

    def _tell_asking(self, pair: Pair) -> None:
        found = oversight.asking(pair, REASONS_MAX + 1)
        for link in found[:REASONS_MAX]:
            self.stdout.write(f"  {link.get_state_display()}: {link.name or link.pk}. {link.reason}".rstrip())
        if len(found) > REASONS_MAX:
            self.stdout.write("  … and more, which the admin lists under Links.")


def line(row: dict[str, Any]) -> str:
    """One planned change: what would be done to which record."""
    did = []
    if row.get("match"):
        did.append(f"link to {row['match']} ({row.get('how', '')})")
    if row.get("verb"):
        did.append(f"{row['verb']} in {Side(row['side']).label}")
    if row.get("cannot"):
        did.append(f"nothing: {row['cannot']}")
    return f"{row['name'] or row['link']}: {', '.join(did)}"


def _changes(number: int) -> str:
    return f"{number} change{'' if number == 1 else 's'}"


def result(pair: Pair, run: Run) -> dict[str, Any]:
    asking: list[Link] = oversight.asking(pair, 1000)
    return {
        "pair": pair.key,
        "run": run.pk,
        "state": run.state,
        "message": run.message,
        "problems": checking.problems(pair),
        "opened": run.counts.get("opened", {}),
        "plan": run.plan,
        "links": [oversight.as_json(tally) for tally in oversight.tallies([pair])[pair.pk]],
        "reading": [vars(each) for each in reading.progress(pair)],
        "asking": [
            {"link": link.pk, "kind": link.kind, "name": link.name, "state": link.state, "reason": link.reason}
            for link in asking
        ],
    }
