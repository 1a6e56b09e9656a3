"""`manage.py requests COMPANY`: what is in its outbox and what became of it; cancel, or send again."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc import outbox
from qbwc.management.commands._company import company_of
from qbwc.masking import masked
from qbwc.models import Company, Request

ANSWER_CHARACTERS_MAX = 20_000


class Command(BaseCommand):
    help = "Lists a company's requests with state, status and answer; or cancels some, or sends some again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="key of the company")
        parser.add_argument(
            "--state", action="append", choices=Request.State.values, help="only these; may be repeated"
        )
        parser.add_argument("--reference", help="only those with this reference")
        parser.add_argument("--limit", type=int, default=100, help="newest so many (100)")
        parser.add_argument("--json", action="store_true", help="one JSON array, with bodies and answers")
        parser.add_argument("--cancel", nargs="+", type=int, metavar="ID", help="cancel these")
        parser.add_argument("--resend", nargs="+", type=int, metavar="ID", help="queue these again")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_of(options["company"])
        if options["cancel"]:
            self._cancel(company, options["cancel"])
        if options["resend"]:
            self._resend(company, options["resend"])
        if options["cancel"] or options["resend"]:
            return
        rows = Request.objects.filter(company=company).select_related("answered_in", "message").order_by("-id")
        if options["state"]:
            rows = rows.filter(state__in=options["state"])
        if options["reference"]:
            rows = rows.filter(reference=options["reference"])
        found = list(rows[: max(0, options["limit"])])
        if options["json"]:
            self.stdout.write(json.dumps([self._plain(request) for request in found], indent=2))
            return
        for request in found:
            status = "" if request.status_code is None else f" {request.status_code}"
            self.stdout.write(
                f"{request.pk}  {request.state}{status}  {request.name}  {request.status_message}".rstrip()
            )
            if request.failed and request.meaning is not None:
                self.stdout.write(f"    {request.meaning.cause} {request.meaning.remedy}")

    def _plain(self, request: Request) -> dict[str, Any]:
        return {
            "id": request.pk,
            "name": request.name,
            "state": request.state,
            "status_code": request.status_code,
            "status_message": request.status_message,
            "remedy": request.meaning.remedy if request.meaning is not None else "",
            "reference": request.reference,
            "recovered": request.recovered,
            "created_at": request.created_at.isoformat(),
            "closed_at": request.closed_at.isoformat() if request.closed_at else None,
            "body": masked(request.body),
            "answer": masked(request.answer[:ANSWER_CHARACTERS_MAX]),
        }

    def _cancel(self, company: Company, ids: list[int]) -> None:
        failed = []
        for one in self._known(company, ids):
            if outbox.cancel(one):
                self.stdout.write(f"{one} cancelled")
            else:
                failed.append(one)
        if failed:
            raise CommandError(f"Out or closed already, so not cancelled: {', '.join(map(str, failed))}.")

    def _resend(self, company: Company, ids: list[int]) -> None:
        failed = []
        for one in self._known(company, ids):
            try:
                outbox.resend(one)
            except outbox.NotPossible as error:
                failed.append(str(error))
            else:
                self.stdout.write(f"{one} queued again")
        if failed:
            raise CommandError(" ".join(failed))

    def _known(self, company: Company, ids: list[int]) -> list[int]:
        known = set(Request.objects.filter(company=company, id__in=ids).values_list("id", flat=True))
        unknown = [str(one) for one in ids if one not in known]
        if unknown:
            raise CommandError(f"Not a request of {company.key}: {', '.join(unknown)}.")
        return ids
