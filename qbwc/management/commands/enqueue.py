"""`manage.py enqueue COMPANY FILE|-`: the requests of a qbXML document, one by one, into the outbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from qbwc import outbox
from qbwc.management.commands._company import company_of
from qbwc.qbxml import build
from qbwc.qbxml.errors import BadRequest


class Command(BaseCommand):
    help = "Puts the requests of a qbXML document into a company's outbox, and prints their ids; all or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="key of the company")
        parser.add_argument("file", help="the document, or - for the input")
        parser.add_argument("--priority", type=int, default=0, help="higher goes first")
        parser.add_argument("--reference", default="", help="a word of your own to find them by")
        parser.add_argument("--chain", action="store_true", help="each waits for the one before it")
        parser.add_argument("--repeat-minutes", type=int, help="do it again so many minutes after each answer")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_of(options["company"])
        before = None
        with transaction.atomic():
            for number, body in enumerate(self._requests(options["file"]), start=1):
                try:
                    before = outbox.enqueue(
                        company,
                        "",
                        body=body,
                        priority=options["priority"],
                        reference=options["reference"],
                        depends_on=before if options["chain"] else None,
                        repeat_minutes=options["repeat_minutes"],
                    )
                except (BadRequest, ValueError) as error:
                    raise CommandError(f"Request {number} is not valid: {error}. None was queued.") from None
                self.stdout.write(str(before.pk))

    def _requests(self, file: str) -> list[str]:
        try:
            document = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The document could not be read: {error}") from None
        try:
            found = build.requests_of(document)
        except BadRequest as error:
            raise CommandError(f"The document is not valid: {error}") from None
        if not found:
            raise CommandError("The document holds no requests.")
        return found
