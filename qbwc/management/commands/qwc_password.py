"""`manage.py qwc_password COMPANY`: a new password for its Web Connector user."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc import passwords
from qbwc.command_user import command_user
from qbwc.management.commands._company import company_of
from qbwc.models import Company
from qbwc.signals import company_changed


class Command(BaseCommand):
    help = "Gives a company's Web Connector user a new password and prints it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="key of the company")
        parser.add_argument(
            "--stdin", action="store_true", help=f"take it from the input ({passwords.LENGTH_MIN} characters at least)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_of(options["company"])
        given = sys.stdin.readline().rstrip("\r\n") if options["stdin"] else ""
        if options["stdin"] and not given:
            raise CommandError("No password came in.")
        try:
            password = passwords.set_password(company, given)
        except passwords.TooWeak as error:
            raise CommandError(str(error)) from None
        company_changed.send(Company, company=company, event="password replaced", who=command_user(), changes={})
        if not given:
            self.stdout.write(password)
