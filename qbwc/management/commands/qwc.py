"""`manage.py qwc COMPANY`: the set-up file for the Web Connector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc import qwc_file
from qbwc.management.commands._company import company_of


class Command(BaseCommand):
    help = "Prints the Web Connector's set-up file of a company; the same file each time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="key of the company")
        parser.add_argument("--output", help="write it to this file instead")
        parser.add_argument("--seconds", type=int, help="call every so many seconds instead of the company's minutes")
        parser.add_argument(
            "--required", action="store_true", help="demand the right to run while QuickBooks is closed"
        )
        parser.add_argument("--read-only", action="store_true", help="ask for read access only (recent ones refuse it)")
        parser.add_argument(
            "--personal-data",
            default="pdpNotNeeded",
            choices=qwc_file.PERSONAL_DATA,
            help="whether QuickBooks shall give out personal data such as social security numbers",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = qwc_file.document(
                company_of(options["company"]),
                every_seconds=options["seconds"],
                unattended=not options["required"],
                personal_data=options["personal_data"],
                read_only=options["read_only"],
            )
        except qwc_file.NotPossible as error:
            raise CommandError(str(error)) from None
        if not options["output"]:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["output"]).write_text(text, encoding="ascii")
        except OSError as error:
            raise CommandError(f"The file could not be written: {error}") from None
        self.stderr.write(f"Written to {options['output']}.")
