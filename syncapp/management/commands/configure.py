"""manage.py configure: a settings file into the database, or the database's settings as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncapp import field_mapping
from syncapp.configure import BadFile, Report, configure
from syncapp.export import export
from syncapp.models import Pair

EPILOG = """
The file is TOML: a [salesforce.NAME], [desktop.NAME] and [pair.NAME] for each org, company and pair. Secrets stand in
it, or as "env:NAME" in the environment. A key that is left out stays as it is, a flow's table is taken whole, and what
the file does not name is left alone. Exit status: 0 fine, 1 the file cannot be taken and nothing was written.
"""


class Command(BaseCommand):
    help = "Creates or updates orgs, companies and pairs from a settings file. Running it twice changes nothing more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("file", nargs="?", metavar="FILE.toml", help="the settings file; - reads standard input")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="only say what would be done; write nothing")
        what.add_argument("--export", action="store_true", help="print the present settings as such a file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["export"]:
            self.stdout.write(export(), ending="")
            return
        if not options["file"]:
            raise CommandError("Name a settings file, or use --export.", returncode=2)
        try:
            report = configure(self._read(options["file"]), check=options["check"])
        except BadFile as problem:
            for line in problem.problems:
                self.stderr.write(line)
            number = len(problem.problems)
            raise CommandError(f"{number} problem{'s' if number > 1 else ''}; nothing was written.") from None
        self._tell(report, check=options["check"])

    def _read(self, name: str) -> str:
        try:
            return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
        except OSError as problem:
            raise CommandError(f"{name} cannot be read: {problem.strerror}.") from None
        except UnicodeDecodeError:
            raise CommandError(f"{name} is not text in UTF-8: save it in that encoding.") from None

    def _tell(self, report: Report, *, check: bool) -> None:
        for what, table, keys in report.done:
            verb = what if what == "unchanged" or not check else f"would be {what}"
            details = f": {', '.join(keys)}" if what == "updated" else ""
            self.stdout.write(f"{verb:<10} {table}{details}")
        for warning in report.warnings:
            self.stderr.write(f"Warning: {warning}")
        for table in () if check else [table for what, table, _ in report.done if table.startswith("pair.")]:
            pair = Pair.objects.select_related("org", "desktop").get(key=table.removeprefix("pair."))
            for warning in field_mapping.warnings(pair):
                self.stderr.write(f"Warning: [{table}] {warning}")
        for table, password in report.made_passwords.items():
            self.stdout.write(f"The Web Connector password of {table}, shown this once: {password}")
        if not report.done:
            self.stdout.write("The file is empty: nothing to do.")
