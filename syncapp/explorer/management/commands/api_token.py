"""`manage.py api_token create|list|revoke`: lets programs in to the API, and out again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc.models import Company
from syncapp import clock
from syncapp.explorer import tokens
from syncapp.explorer.models import ApiToken


class Command(BaseCommand):
    help = "Makes, lists and revokes the API's tokens. A token's text is shown once, when it is made."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="create|list|revoke")
        create = what.add_parser("create", help="make a token and show it, this once")
        create.add_argument("name", metavar="NAME", help="what it is called in lists, such as the program it is for")
        scopes = ", ".join(f"{scope.value} ({scope.label})" for scope in ApiToken.Scope)
        create.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=ApiToken.Scope.values,
            help=f"what it may do; may be repeated: {scopes}",
        )
        create.add_argument(
            "--company", action="append", default=[], metavar="KEY", help="only this company; may be repeated"
        )
        create.add_argument("--days", type=int, metavar="N", help="valid for so many days; else until it is revoked")
        what.add_parser("list", help="every token with its scopes, companies and last use")
        revoke = what.add_parser("revoke", help="let a token in no more, from the next request on")
        revoke.add_argument("name", metavar="NAME", help="the token's name")

    def handle(self, *args: Any, **options: Any) -> None:
        {"create": self._create, "list": self._list, "revoke": self._revoke}[options["what"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        companies = list(Company.objects.filter(key__in=options["company"]))
        if missing := sorted(set(options["company"]) - {company.key for company in companies}):
            known = ", ".join(Company.objects.values_list("key", flat=True)) or "none"
            raise CommandError(f"There is no company “{missing[0]}”. There are: {known}.")
        try:
            _, text = tokens.make(options["name"], options["scope"], companies=companies, days=options["days"])
        except tokens.BadToken as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(text)
        self.stderr.write("Keep it safe: it is shown this once. Send it as “Authorization: Bearer TOKEN”.")

    def _list(self, options: dict[str, Any]) -> None:
        now = clock.now()
        for token in ApiToken.objects.prefetch_related("companies"):
            state = "revoked" if token.revoked_at else "valid" if tokens.is_valid(token, now) else "expired"
            where = ",".join(company.key for company in token.companies.all()) or "all companies"
            used = f"used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
            until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "no end"
            scopes = ",".join(token.scopes)
            self.stdout.write(
                f"{token.name}  {tokens.MARK}_{token.prefix}_…  {state}  {scopes}  {where}  {until}  {used}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        token = ApiToken.objects.filter(name=options["name"]).first()
        if token is None:
            raise CommandError(f"There is no token “{options['name']}”. `manage.py api_token list` shows all.")
        if not tokens.revoke(token):
            raise CommandError(f"The token “{token.name}” was revoked before.")
        self.stdout.write(f"The token “{token.name}” lets nobody in any more.")
