"""manage.py field_mapping: every field of every flow of a pair, and whether both sides can take the pair's own ones."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncapp import field_mapping, mapping_trial
from syncapp.connectors.base import ConnectorError
from syncapp.field_mapping import Line
from syncapp.flows import FLOWS, NAMES, settings_of
from syncapp.models import Pair
from syncapp.records import Side

EPILOG = """
Fields are changed in the settings file, or on the pair's page; docs/field-mapping.md tells how. --check asks Salesforce
and the catalogue of qbXML; --try shows one record by the id of either side, and what would travel. Neither writes.
Exit status: 0 fine, 1 something speaks against the mapping, 2 wrong usage.
"""
COLUMNS = ("Field", "Salesforce", "QuickBooks", "Direction", "In a conflict", "")


class Command(BaseCommand):
    help = "Shows the field mapping of a pair: the defaults, and what the pair's settings have made of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("pair", metavar="PAIR", help="the pair's key")
        parser.add_argument("flow", nargs="?", metavar="FLOW", choices=list(NAMES), help="one flow, such as customers")
        parser.add_argument("--own", action="store_true", help="only what is not as the default has it")
        parser.add_argument("--check", action="store_true", help="check the pair's own fields against both sides")
        parser.add_argument("--try", dest="record", metavar="ID", help="try the mapping of FLOW on this record")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = Pair.objects.select_related("org", "desktop").filter(key=options["pair"]).first()
        if pair is None:
            raise CommandError(f"There is no pair “{options['pair']}”.", returncode=2)
        if options["record"] and not options["flow"]:
            raise CommandError("Name the flow of the record, such as customers.", returncode=2)
        kinds = [NAMES[options["flow"]]] if options["flow"] else list(FLOWS)
        if options["record"]:
            self._try(pair, kinds[0], options["record"])
        elif options["check"]:
            self._check(pair, kinds)
        else:
            for kind in kinds:
                self._show(pair, kind, own=options["own"])

    def _show(self, pair: Pair, kind: str, *, own: bool) -> None:
        found = field_mapping.lines(kind, settings_of(pair.flows)[kind])
        found = [each for each in found if not own or each.origin != field_mapping.DEFAULT]
        if found or not own:
            self.stdout.write(f"\n{FLOWS[kind].mapping.plural}")
            self._table([COLUMNS, *(_cells(each) for each in found)])

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _check(self, pair: Pair, kinds: list[str]) -> None:
        bad = 0
        for kind in kinds:
            plural = FLOWS[kind].mapping.plural
            found, silent = field_mapping.judge(pair, kind, settings_of(pair.flows)[kind])
            for each in found:
                self.stdout.write(f"{'Warning: ' if each.warning else ''}{plural}: {each}")
            if silent:
                self.stdout.write(f"{plural}: Salesforce could not be asked. {silent}")
            bad += sum(not each.warning for each in found) + bool(silent)
        if bad:
            raise CommandError("The field mapping needs correcting.", returncode=1)
        self.stdout.write("Both sides have what the field mapping names.")

    def _try(self, pair: Pair, kind: str, text: str) -> None:
        link = mapping_trial.find(pair, kind, text)
        if link is None:
            raise CommandError(f"No record of this flow has the id, or alone the name, “{text}”.", returncode=2)
        try:
            trial = mapping_trial.attempt(pair, kind, settings_of(pair.flows)[kind], link)
        except ConnectorError as problem:
            raise CommandError(f"{problem.message} {problem.remedy}".strip(), returncode=1) from None
        head = ("Field", "Salesforce", "QuickBooks", "To Salesforce", "To QuickBooks", "Problem")
        rows = [
            (
                each.label,
                *(_said(each.held.get(side)) for side in Side),
                *(_said(each.sent.get(side)) for side in Side),
                each.problem,
            )
            for each in trial.rows
        ]
        self._table([head, *rows])
        for line in filter(None, (trial.reason, trial.waits)):
            self.stdout.write(line)


def _said(value: Any) -> str:
    return "" if value is None else str(value).replace("\n", " / ")[:60]


def _cells(each: Line) -> tuple[str, ...]:
    made_by = f"= {each.made_by}" if each.made_by else ""
    to_salesforce = each.direction == "to_salesforce"
    ours = each.salesforce if to_salesforce else each.salesforce or made_by
    theirs = each.quickbooks or made_by if to_salesforce else each.quickbooks
    origin = "" if each.origin == field_mapping.DEFAULT else each.origin
    return (f"{each.name} ({each.label})", ours, theirs, each.direction, each.conflict, origin)
