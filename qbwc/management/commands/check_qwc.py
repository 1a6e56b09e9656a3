"""`manage.py check_qwc URL`: the endpoint's address as a QuickBooks PC sees it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc import check, qwc_file


class Command(BaseCommand):
    help = "Tests an address as the Web Connector uses it; exit status 1 if something would not work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", nargs="?", help="the endpoint's address; else the one in the set-up files")
        parser.add_argument("--support", help="the support page's address; else support/ below the endpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        url = options["url"] or qwc_file.endpoint_url()
        support = options["support"] or ("" if options["url"] else qwc_file.support_url())
        self.stdout.write(f"Testing {url}")
        findings = check.check(url, support)
        for finding in findings:
            self.stdout.write(
                f"  {'good' if finding.ok else 'BAD ' if finding.serious else 'slow'}  {finding.name}: {finding.said}"
            )
            if not finding.ok:
                self.stdout.write(f"        {finding.remedy}")
        bad = sum(not finding.ok and finding.serious for finding in findings)
        if bad:
            raise CommandError(f"{bad} of {len(findings)} tests failed.")
        self.stdout.write("The Web Connector can use this address.")
