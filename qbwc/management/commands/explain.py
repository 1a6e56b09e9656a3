"""`manage.py explain CODE`: what a code of QuickBooks or of the Web Connector means, and what to do."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc.qbxml import status


class Command(BaseCommand):
    help = "Tells what a code means, why it came and what to do: QBWC1012, 0x80040414, 3180, or a line of a log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", nargs="+", help="the code, or a text that holds some")

    def handle(self, *args: Any, **options: Any) -> None:
        found = status.look_up(" ".join(options["code"]))
        if not found:
            raise CommandError("There is no code in this that we know of.")
        for name, meaning in found.items():
            self.stdout.write(f"{name}: {meaning.meaning}\n    {meaning.cause}\n    {meaning.remedy}")
